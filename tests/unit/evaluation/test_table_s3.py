"""Totals by depth, over the own area of each map and over the one all maps have."""

import numpy as np
import pytest

from proda.data.references import reference_dataset
from proda.errors import InputError
from proda.evaluation.paper_values import read_paper_values
from proda.evaluation.table_s3 import table_s3
from projection_files import grid_projection, small_cells


@pytest.fixture
def cells():
    return small_cells()  # land 1, 1, 0.5, 1, 0.2, 1 of 1e10 m2


def table(cells, **projections):
    stock = np.array([[5.0] * 6, [8.0] * 6, [9.0] * 6])
    stock[:, 5] = np.nan
    references = reference_dataset({"WISE30sec": stock}, cells)
    made = table_s3(projections, references, cells, read_paper_values())
    return made.set_index(["method", "interval"])


def test_totals_are_stock_times_land(cells):
    everywhere = np.full(6, 10.0)
    some = np.array([10.0, np.nan, 10.0, 10.0, 10.0, 10.0])
    found = table(
        cells,
        one_batch=grid_projection(cells, everywhere, 0.5, 1.5),
        neural_network=grid_projection(cells, some),
    )
    row = found.loc[("one_batch", "0-30 cm")]
    # 10 kg m-3 in 0.3 m on 4.7e10 m2 is 1.41e11 kg.
    assert row["total_pg"] == pytest.approx(0.141)
    assert (row["low_pg"], row["high_pg"]) == pytest.approx((0.0705, 0.2115))
    assert row["area_million_km2"] == pytest.approx(0.047)
    assert (row["paper_pg"], row["paper_low_pg"], row["paper_high_pg"]) == (77, 49, 112)
    other = found.loc[("neural_network", "100-200 cm")]
    assert other["total_pg"] == pytest.approx(0.37) and other["area_million_km2"] == 0.037
    assert np.isnan([other["low_pg"], other["high_pg"]]).all() and other["paper_pg"] == 68
    # In common: without the cells 1 (network) and 5 (reference), 2.7e10 m2.
    assert found["common_area_million_km2"].to_numpy() == pytest.approx(0.027)
    for method in ("one_batch", "neural_network"):
        assert found.loc[(method, "100-200 cm"), "common_pg"] == pytest.approx(0.27)


def test_intervals_of_a_reference_are_differences_of_its_stocks(cells):
    found = table(cells, default=grid_projection(cells, np.full(6, 1.0)))
    reference = found.loc["WISE30sec"]
    assert (reference["kind"] == "reference").all() and reference["low_pg"].isna().all()
    area = 0.037e12  # m2 without the last cell
    expected = {"0-30 cm": 5, "30-100 cm": 3, "100-200 cm": 1, "0-100 cm": 8, "0-200 cm": 9}
    assert list(reference.index) == list(expected)
    np.testing.assert_allclose(
        reference["total_pg"], [stock * area / 1e12 for stock in expected.values()]
    )
    assert reference["paper_pg"].dropna().tolist() == [98, 81, 64]
    sums = found["total_pg"].unstack()
    np.testing.assert_allclose(sums["0-200 cm"], sums["0-100 cm"] + sums["100-200 cm"])


def test_means_over_the_scatter_between_places_stand_beside_the_medians(cells):
    """Of a method that has them; the columns are empty for all others."""
    batch = grid_projection(cells, np.full(6, 10.0), 0.5, 1.5)
    for kind, factor in (("mean", 1.2), ("p05", 0.6), ("p95", 1.8)):
        batch[f"total_with_scatter_{kind}"] = factor * batch["total_mean"]
    found = table(cells, one_batch=batch, default=grid_projection(cells, np.full(6, 1.0)))
    row = found.loc[("one_batch", "0-30 cm")]
    assert row["total_pg"] == pytest.approx(0.141)
    names = [f"with_scatter_{name}" for name in ("pg", "low_pg", "high_pg")]
    assert row[names].tolist() == pytest.approx([0.1692, 0.0846, 0.2538])
    assert found.drop("one_batch")[names].isna().all(axis=None)


def test_maps_without_a_common_cell_have_no_common_total(cells):
    only_last = np.array([np.nan] * 5 + [3.0])
    found = table(cells, neural_network=grid_projection(cells, only_last))
    assert found["common_pg"].isna().all() and (found["common_area_million_km2"] == 0).all()
    assert found.loc[("neural_network", "0-100 cm"), "total_pg"] == pytest.approx(0.03)


def test_other_intervals_or_cells_are_refused(cells):
    whole = grid_projection(cells, np.full(6, 1.0))
    with pytest.raises(InputError, match=r"expected intervals 0-30 cm, 30-100 cm, .*found 0-30 cm"):
        table(cells, default=whole.isel(interval=[0]))
    with pytest.raises(InputError, match=r"expected the centres of all cells"):
        table(cells, default=whole.isel(lon=[0, 1]))
