"""Recovery of a truth made by hand: parameters at sites and on cells, stocks and totals."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from proda.errors import InputError
from proda.evaluation.recovery import parameter_recovery, recovery_summary, stock_recovery
from projection_files import MODEL, grid_projection, small_cells

N, D = 12, len(MODEL.parameters)
NAMES = np.array(MODEL.parameters.names, dtype=object)


def profiles():
    role = ["training"] * 6 + ["validation"] * 2 + ["test"] * 3 + [""]
    ids = [str(100 + i) for i in range(N)]
    return pd.DataFrame({"profile_id": ids, "used": [True] * 11 + [False], "role": role})


@pytest.fixture
def truth(tmp_path):
    """Truth at the sites in another order than the run, with one more; and on the grid."""
    rng = np.random.default_rng(4)
    cells = small_cells()
    theta = rng.uniform(0.1, 0.9, (N + 1, D))
    order = rng.permutation(N + 1)
    site = xr.Dataset(
        {"theta": (("profile", "parameter"), theta[order])},
        {"profile_id": ("profile", (100 + order).astype(np.int32)), "parameter": NAMES},
    )
    site.to_netcdf(tmp_path / "truth_sites.nc")
    on_cells = rng.uniform(0.1, 0.9, (len(cells), D))
    maps = xr.concat([cells.to_grid(column) for column in on_cells.T], "parameter")
    density = np.array([1.0, 2.0, 3.0, 4.0, 5.0, np.nan])
    stocks = {f"stock_{cm}cm": cells.to_grid(density * cm / 100) for cm in (30, 100, 200)}
    grid = xr.Dataset({"theta": maps, **stocks}, {"parameter": NAMES})
    grid.to_netcdf(tmp_path / "truth_grid.nc")
    paths = {"truth_sites": tmp_path / "truth_sites.nc", "truth_grid": tmp_path / "truth_grid.nc"}
    return theta[:N], on_cells, cells, paths


@pytest.fixture
def found(truth):
    theta, on_cells, cells, paths = truth
    at_sites = {
        "one_batch": np.full((N, D), 0.5),
        "neural_network": theta + 0.1,
        "site_by_site": theta,
        "neural_network_blocks": 1 - theta,
    }
    at_sites["neural_network"][0] = np.nan
    on_grid = {"one_batch": np.full((6, D), 0.5), "neural_network": 0.5 * on_cells}
    table = parameter_recovery(MODEL, profiles(), at_sites, on_grid, cells=cells, **paths)
    return table.set_index(["where", "method", "quantity"])


def test_every_set_method_and_parameter_has_a_row(found):
    places = ["all", "training", "held_out", "cross_validation"]
    assert len(found) == (4 * 3 + 2) * D
    assert found.index.get_level_values("where").unique().tolist() == [*places, "grid"]
    n = found.groupby(level="where", sort=False)["n"].unique().explode().to_dict()
    # A place counts where all methods have it: the first profile lacks a network.
    assert n == {"all": 10, "training": 7, "held_out": 3, "cross_validation": 11, "grid": 6}


def test_recovered_against_true(found, truth):
    theta, on_cells, *_ = truth
    row = found.loc[("held_out", "neural_network", "q10")]
    assert (row["r"], row["rmse"], row["bias"]) == pytest.approx((1, 0.1, 0.1))
    row = found.loc[("cross_validation", "neural_network", "q10")]
    assert row["r"] == pytest.approx(-1)
    k = list(NAMES).index("q10")
    assert row["truth_sd"] == pytest.approx(theta[:11, k].std())
    row = found.loc[("grid", "neural_network", "q10")]
    assert row["r"] == pytest.approx(1)
    assert row["rmse"] == pytest.approx(0.5 * np.sqrt((on_cells[:, k] ** 2).mean()))
    assert (found.xs("site_by_site", level="method")["rmse"] == 0).all()


def test_one_set_for_all_places_has_an_error_but_no_correlation(found, truth):
    rows = found.xs("one_batch", level="method").loc["grid"]
    assert rows["r"].isna().all() and (rows["note"] == "no variance of the modelled values").all()
    expected = np.sqrt(((truth[1] - 0.5) ** 2).mean(axis=0))
    np.testing.assert_allclose(rows["rmse"], expected)
    assert (rows["rmse"] >= rows["truth_sd"]).all()  # no constant is nearer than the mean


def test_summary_counts_parameters(found):
    summary = recovery_summary(found.reset_index()).set_index(["where", "method"])
    assert len(summary) == 4 * 3 + 2 and (summary["parameters"] == D).all()
    network = summary.loc[("held_out", "neural_network")]
    assert network["median_r"] == pytest.approx(1) and network["recovered"] == D
    assert network["mean_rmse"] == pytest.approx(0.1)
    assert summary.loc[("cross_validation", "neural_network"), "recovered"] == 0
    constant = summary.loc[("all", "one_batch")]
    assert np.isnan(constant["median_r"]) and constant["recovered"] == 0
    assert constant["better_than_constant"] == 0 and constant["median_rmse_over_truth_sd"] >= 1


def test_stocks_and_totals_on_the_cells_of_all(truth):
    _, _, cells, paths = truth
    density = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    some = np.where(np.arange(6) == 1, np.nan, 2 * density)
    projections = {
        "one_batch": grid_projection(cells, density),
        "neural_network": grid_projection(cells, some),
    }
    table = stock_recovery(projections, paths["truth_grid"], cells)
    table = table.set_index(["method", "quantity"])
    assert (table["n"] == 4).all()  # cells 0, 2, 3, 4
    perfect = table.loc[("one_batch", "30-100 cm")]
    assert (perfect["r"], perfect["rmse"], perfect["bias"]) == pytest.approx((1, 0, 0), abs=1e-7)
    assert perfect["unit"] == "kg m-2"
    # Densities 1, 3, 4, 5 on land of 1, 0.5, 1, 0.2 of 1e10 m2: 7.5e10 kg per m of depth.
    assert perfect["true_total_pg"] == pytest.approx(0.7 * 0.075)
    twice = table.loc[("neural_network", "0-200 cm")]
    assert twice["total_pg"] == pytest.approx(2 * 2 * 0.075)
    assert twice["true_total_pg"] == pytest.approx(2 * 0.075)
    assert twice["bias"] == pytest.approx(2 * np.mean([1, 3, 4, 5]))


def test_a_truth_of_another_world_is_refused(truth):
    _, _, cells, paths = truth
    arguments = (MODEL, profiles().assign(profile_id="x"), {}, {})
    message = r"truth_sites.nc, profile_id: expected all profiles of the run, found no x"
    with pytest.raises(InputError, match=message):
        parameter_recovery(*arguments, cells=cells, **paths)
    other = xr.load_dataset(paths["truth_sites"]).isel(parameter=slice(0, 3))
    other.to_netcdf(paths["truth_sites"].with_name("other.nc"))
    with pytest.raises(InputError, match=r"other.nc, parameter: expected 25: bioturbation"):
        parameter_recovery(
            *arguments, cells=cells, truth_sites=paths["truth_sites"].with_name("other.nc"),
            truth_grid=paths["truth_grid"],
        )  # fmt: skip
