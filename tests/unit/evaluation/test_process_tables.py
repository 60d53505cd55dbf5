"""Totals, zones and recovery of bulk processes, of values made by hand."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from process_cases import process_dataset
from proda.errors import InputError
from proda.evaluation.paper_values import read_paper_values
from proda.evaluation.process_recovery import COMPARED, process_recovery, weighted_scores
from proda.evaluation.process_totals import region_totals
from proda.evaluation.process_zones import (
    TRUTH,
    climate_zones,
    latitude_zones,
    zone_table,
    zoned_maps,
)
from projection_files import small_cells

CELLS = small_cells()  # land of 1, 1, .5, 1, .2 and 1 of 1e10 m2 at 40.5 and 41.5 degrees north
VALUES = np.array([1.0, 2.0, 3.0, 4.0, 5.0, np.nan])


def totals(method, published):
    table = region_totals({method: process_dataset(CELLS, VALUES, 0.1)}, CELLS, published)
    return table.set_index(["quantity", "item"])


def test_stocks_are_of_the_land_with_a_value():
    found = totals("one_batch", None)
    stock = found.loc[("soc_stock", "whole depth")]
    # 1 + 2 + 1.5 + 4 + 1 kg... in g m-2 on 1e10 m2.
    assert stock["value"] == pytest.approx(9.5e10 * 1e-15)
    assert (stock["p05"], stock["p95"]) == pytest.approx((0.9 * 9.5e-5, 1.1 * 9.5e-5))
    assert stock["area_million_km2"] == pytest.approx(0.037)
    assert found.loc[("turnover_time", "area_mean"), "value"] == pytest.approx(9.5 / 3.7)
    assert found.loc[("turnover_time", "cell_mean"), "value"] == pytest.approx(3.0)
    median = found.loc[("turnover_time", "cell_median")]
    assert median["value"] == 3.0 and np.isnan(median["p05"])


def test_published_values_stand_beside_their_method_and_statistic_only():
    world = totals("neural_network", read_paper_values())
    columns = ["published", "published_low", "published_high"]
    metre = world.loc[("soc_stock", "0-100 cm"), columns]
    assert list(metre) == [1322, 1247, 1397]
    assert world.loc[("turnover_time", "cell_mean"), "published"] == 112
    assert np.isnan(world.loc[("turnover_time", "area_mean"), "published"])
    assert world["published"].notna().sum() == 4
    assert totals("neural_network", None)[columns].isna().all(axis=None)
    assert totals("hybrid", read_paper_values())[columns].isna().all(axis=None)


def test_zones_weighted_and_not():
    zones = latitude_zones(CELLS, 1.0), climate_zones(
        np.array([1.0, 1.0, 2.0, 9.0, np.nan, 2.0]), {"A": (1,), "B": (2, 3), "E": (30,)}
    )  # fmt: skip
    maps = {
        "one_batch": zoned_maps(process_dataset(CELLS, VALUES), CELLS),
        TRUTH: dict.fromkeys(COMPARED, 2 * VALUES),
    }
    table = zone_table(maps, zones, CELLS).set_index(["zones", "zone", "method", "process"])
    south = table.loc[("latitude", "40 to 41", "one_batch", "turnover_time")]
    assert (south["cells"], south["cell_mean"], south["cell_median"]) == (3, 2.0, 2.0)
    assert south["area_mean"] == pytest.approx(4.5 / 2.5)
    assert south["area_p16"] < south["area_median"] < south["area_p84"]
    north = table.loc[("latitude", "41 to 42", TRUTH, "soc_stock")]
    assert north["area_mean"] == pytest.approx(2 * 5 / 1.2) and north["units"] == "g m-2"
    assert table.loc[("climate", "A", "one_batch", "soc_stock"), "cell_mean"] == 1.5
    # The cell without a value is in no mean, and a class without cells has none.
    assert table.loc[("climate", "B", "one_batch", "soc_stock"), "cells"] == 1
    assert np.isnan(table.loc[("climate", "E", "one_batch", "soc_stock"), "area_mean"])
    with pytest.raises(InputError, match=r"B, class 1: expected each once, found also in A"):
        climate_zones(np.ones(1), {"A": (1,), "B": (1,)})


def test_scores_of_a_linear_map():
    rng = np.random.default_rng(0)
    true, weight = rng.random(50), rng.random(50)
    found = weighted_scores(true, 0.5 * true + 0.2, weight)
    assert found["r"] == pytest.approx(1) and found["slope"] == pytest.approx(0.5)
    mean = true @ weight / weight.sum()
    assert found["bias"] == pytest.approx(0.2 - 0.5 * mean)
    assert found["sd"] == pytest.approx(0.5 * found["true_sd"])
    assert found["rmse"] ** 2 == pytest.approx(found["bias"] ** 2 + found["sd"] ** 2)
    # A weight of two is the value twice.
    twice = weighted_scores(true[[0, 0, 1, 2]], true[[3, 3, 4, 5]], np.ones(4))
    once = weighted_scores(true[:3], true[3:6], np.array([2.0, 1, 1]))
    assert twice == pytest.approx(once)
    flat = weighted_scores(true, np.full(50, 0.3), weight)
    assert np.isnan(flat["r"]) and flat["slope"] == 0
    assert np.isnan(weighted_scores(np.full(3, 0.3), true[:3], np.ones(3))["slope"])


@pytest.fixture
def truth(tmp_path):
    grid = {name: CELLS.to_grid(np.arange(1.0, 7.0)) for name in COMPARED}
    xr.Dataset(grid).to_netcdf(tmp_path / "grid.nc")
    sites = {name: ("profile", np.array([3.0, 1.0, 2.0])) for name in COMPARED}
    ids = ("profile", np.array([13, 11, 12], dtype=np.int32))
    xr.Dataset(sites, {"profile_id": ids}).to_netcdf(tmp_path / "sites.nc")
    return tmp_path / "grid.nc", tmp_path / "sites.nc"


def test_maps_and_sites_against_the_truth(truth):
    maps = {
        "one_batch": process_dataset(CELLS, np.full(6, 2.0)),
        "hybrid": process_dataset(CELLS, 2 * VALUES),
    }
    ids = ("profile", np.array(["11", "12"], dtype=object))
    posterior = {f"{name}_mean": ("profile", [1.5, 2.5]) for name in COMPARED}
    sites = xr.Dataset(posterior, {"profile_id": ids})
    table = process_recovery(maps, sites, "site_by_site", *truth, CELLS)
    table = table.set_index(["where", "method", "process"])
    assert len(table) == 3 * len(COMPARED)
    hybrid = table.loc[("grid", "hybrid", "carbon_use_efficiency")]
    assert (hybrid["n"], hybrid["slope"]) == (5, pytest.approx(2))
    assert hybrid["bias"] == pytest.approx(9.5 / 3.7)
    one = table.loc[("grid", "one_batch", "soc_stock")]
    assert (one["n"], one["slope"], one["units"]) == (5, 0, "g m-2") and np.isnan(one["r"])
    site = table.loc[("all", "site_by_site", "turnover_time")]
    assert (site["n"], site["bias"], site["rmse"]) == (2, pytest.approx(0.5), pytest.approx(0.5))


def test_a_truth_of_other_profiles_or_without_processes_is_refused(truth, tmp_path):
    ids = ("profile", np.array(["99"], dtype=object))
    sites = xr.Dataset({f"{name}_mean": ("profile", [1.0]) for name in COMPARED},
                       {"profile_id": ids})  # fmt: skip
    with pytest.raises(InputError, match=r"sites.nc, profile_id: .*found no 99"):
        process_recovery({}, sites, "site_by_site", *truth, CELLS)
    xr.Dataset({"theta": 1}).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(InputError, match=r"other.nc: expected variables"):
        process_recovery({}, sites, "site_by_site", tmp_path / "other.nc", truth[1], CELLS)


def test_tables_do_not_depend_on_the_order_of_methods():
    maps = {name: zoned_maps(process_dataset(CELLS, k * VALUES), CELLS)
            for k, name in enumerate(("one_batch", "hybrid"), 1)}  # fmt: skip
    zones = (latitude_zones(CELLS, 30.0),)
    one = zone_table(maps, zones, CELLS)
    other = zone_table(dict(reversed(maps.items())), zones, CELLS)
    keys = ["zone", "method", "process"]
    pd.testing.assert_frame_equal(
        one.sort_values(keys).reset_index(drop=True), other.sort_values(keys).reset_index(drop=True)
    )
