"""Runs that differ from the small whole one: methods and parts switched off, covariates with gaps
and strange classes, too few profiles."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import rasterio
import xarray as xr

from proda.data.cells import read_cells
from proda.data.covariates import load_site_covariates, site_table
from proda.figures.figure_5 import draw_figure_5
from proda.learning.splits import read_splits
from proda.projection.files import read_grid_projection
from proda.projection.soc import Status
from proda.resources import resource
from workflow_runs import planned, snakemake

pytestmark = pytest.mark.workflow

SAND, LAND_COVER = "Sand_Content_0cm", "IGBP"
BARREN = 16  # a class of land cover no profile of the small twin has


# --- parts switched off --------------------------------------------------------------------------


def test_without_learners_references_and_covariates_no_job_is_for_them(copy_of_run):
    """From the inputs on, because the profiles are those with all covariates."""
    folder, config = copy_of_run(
        remove=["learning", "parameters"],
        methods=["default", "one_batch"],
        references={},
        covariates={"names": []},
    )
    config["model"] = {"default_source": "matrix"}
    results = folder / "results" / "twin"
    for name in ("references", "grid_covariates"):
        (results / "inputs" / f"{name}.nc").unlink()
    rules = planned(folder, config)
    assert rules >= {"project_default", "pairs", "table_1", "table_s3", "figure_4", "figure_s4"}
    assert not rules & {
        "references", "grid_covariates", "random_sampling", "splits", "learn", "learn_fold",
        "learned",
        "map_parameters", "parameter_maps", "training", "vegetation", "figure_5", "figure_s6",
    }  # fmt: skip
    figures = [f"results/twin/figures/figure_{name}.png" for name in ("3", "4", "s4", "s5")]
    figures.append("results/twin/tables/omitted.csv")
    run = snakemake(folder, config, "--", "projection", "evaluation", *figures)
    assert run.returncode == 0, run.stderr
    sites = load_site_covariates(results / "inputs" / "site_covariates.nc")
    assert not sites.data_vars and sites.sizes["profile"] > 20
    table = pd.read_csv(results / "tables" / "table_1.csv")
    assert list(table["method"].unique()) == ["default", "one_batch", "site_by_site"]
    assert list(table["label"].unique()) == ["CLM4.5 parameters", "One-batch", "Site by site"]
    assert "cross_validation" not in set(table["sites"])
    stocks = pd.read_csv(results / "tables" / "table_s3.csv")
    assert list(stocks["method"].unique()) == ["default", "one_batch"]
    with xr.open_dataset(results / "projection" / "default_grid.nc") as file:
        assert "matrix model at the default parameters" in file.attrs["default_source"]
    omitted = pd.read_csv(results / "tables" / "omitted.csv")
    assert set(omitted["reason"]) == {"no covariates to learn from"} and len(omitted) == 5
    assert planned(folder, config, "projection", "evaluation", *figures) == set()


def test_folds_in_one_job_are_learned_as_in_a_job_for_each(copy_of_run, whole_run):
    folder, config = copy_of_run()
    config["learning"] = config["learning"] | {"folds_in_one_job": True}
    learning = "results/twin/learning/random_forest"
    folds = [f"{learning}/fold_{k}.nc" for k in range(config["learning"]["folds"])]
    run = snakemake(folder, config, "--", *folds)
    assert run.returncode == 0, run.stderr
    logs = [path.name for path in (folder / "results/twin/logs/learn").glob("random_forest-fold*")]
    assert sorted(logs) == ["random_forest-fold_0.log", "random_forest-fold_1.log",
                            "random_forest-folds.log"]  # fmt: skip
    for fold in folds:
        assert (folder / fold).stat().st_mtime > (whole_run[0] / fold).stat().st_mtime
        with xr.open_dataset(folder / fold) as found, xr.open_dataset(whole_run[0] / fold) as each:
            xr.testing.assert_equal(found, each)


def test_covariates_of_profiles_only_are_learned_from_without_a_map(copy_of_run, tmp_path):
    """Covariates in a table with the profiles: one continuous, one of texts, one constant."""
    folder, config = copy_of_run(methods=["one_batch", "random_forest", "direct_forest"])
    results = folder / "results" / "twin"
    values = load_site_covariates(results / "inputs" / "candidates" / "site_covariates.nc")
    ids = values["profile_id"].values
    table = pd.DataFrame({"pit": ids, "temperature": values["BIO1"].values, "country": 840})
    table["cover"] = np.where(np.arange(len(ids)) % 2, "wood", "open land")
    table.to_csv(folder / "sites.csv", index=False)
    columns = {
        "profile_id": "pit",
        "temperature": "temperature",
        "cover": "cover",
        "country": "country",
    }
    sites = {"path": str(folder / "sites.csv"), "columns": columns, "classes": ["cover"]}
    config["covariates"] = {"sites": sites}
    targets = ["evaluation", "results/twin/tables/omitted.csv", "results/twin/figures/figure_3.png"]
    run = snakemake(folder, config, "--rerun-triggers", "params", "mtime", "--", *targets)
    assert run.returncode == 0, run.stderr
    assert "Not made: map of stocks" in run.stdout + run.stderr
    omitted = pd.read_csv(results / "tables" / "omitted.csv")
    assert omitted["result"].to_list() == [
        "maps/random_forest_stocks.tif", "maps/direct_forest_stocks.tif",
    ]  # fmt: skip
    assert set(omitted["reason"]) == {"no raster of temperature, cover, country"}
    skill = pd.read_csv(results / "tables" / "table_1.csv")
    learned = skill[skill["method"].isin(["random_forest", "direct_forest"])]
    assert set(learned["sites"]) >= {"cross_validation"} and learned["r2"].notna().any()
    mapped = set(pd.read_csv(results / "tables" / "table_s3.csv")["method"])
    assert "one_batch" in mapped and not mapped & {"random_forest", "direct_forest"}
    used = pd.read_csv(results / "tables" / "covariates.csv").set_index("covariate")
    assert used["use"].to_dict() == {
        "temperature": "learned from",
        "cover": "learned from",
        "country": "dropped: the same value at all profiles",
    }
    assert set(used["on_grid"]) == {"no"}
    with xr.open_dataset(results / "inputs" / "site_covariates.nc") as file:
        assert file["cover"].attrs["flag_meanings"] == "open_land wood"


@pytest.mark.parametrize(
    ("changes", "fragments"),
    [
        (
            {
                "covariates": {"names": ["BIO1", "BIO12"]},
                "evaluation": {"vegetation": {"covariate": "IGBP", "groups": {"Forest": [1]}}},
            },
            [
                "evaluation.vegetation.covariate: expected a class covariate of this run",
                "it has none, found IGBP",
                "vegetation: null",
            ],
        ),
        (
            {"learning": {"neural_network": {"hidden": [8, 8]}}},
            ["config learning", "dropout", "2 fractions, one per hidden layer"],
        ),
        (
            {"learning": {"held_out": "regions", "regions": "BIO1", "min_profiles": 20}},
            ["config learning.regions: expected a class covariate of this run: IGBP, found BIO1"],
        ),
    ],
)
def test_what_would_fail_after_the_assimilation_is_refused_before_it(
    whole_run, tmp_path, changes, fragments
):
    run = snakemake(tmp_path, whole_run[1] | changes, "--dry-run")
    assert run.returncode != 0
    for fragment in fragments:
        assert fragment in run.stdout + run.stderr


# --- covariates ----------------------------------------------------------------------------------


def altered_table(folder, source, **edits):
    """A table of covariates of the twin ``source``, some of them from altered rasters.

    edits: {name: function of (values, lon, lat, nodata) of the pixels that changes the values, or
    the kind to call it}.
    """
    table = pd.read_csv(resource("covariates.csv"), dtype=str, keep_default_na=False)
    table = table.set_index("name", drop=False)
    for name, edit in edits.items():
        if isinstance(edit, str):
            table.loc[name, "kind"] = edit
            continue
        with rasterio.open(source / table.loc[name, "file"]) as raster:
            values, profile = raster.read(1), raster.profile
            rows, columns = np.indices(values.shape)
            lon, lat = raster.xy(rows.ravel(), columns.ravel())
        edit(values, *(np.reshape(x, values.shape) for x in (lon, lat)), profile["nodata"])
        path = folder / f"{name}.tif"
        with rasterio.open(path, "w", **profile) as raster:
            raster.write(values, 1)
        table.loc[name, "file"] = str(path)
    table.to_csv(folder / "covariates.csv", index=False)
    return str(folder / "covariates.csv")


def in_boxes(lon, lat, cells):
    """Whether points lie in one of these cells of half a degree."""
    found = np.zeros(lon.shape, dtype=bool)
    for x, y in cells:
        found |= (np.abs(lon - x) < 0.25) & (np.abs(lat - y) < 0.25)
    return found


@pytest.fixture
def places(whole_run):
    """Cells of the small run as (lon, lat): (with profiles, without any)."""
    inputs = whole_run[0] / "results" / "twin" / "inputs"
    cells = read_cells(inputs / "cells.nc")
    profiles = pd.read_csv(inputs / "candidates" / "profiles.csv")
    profiles = profiles[profiles["status"] == "accepted"]
    inhabited = np.zeros(len(cells), dtype=bool)
    inhabited[cells.index_of(profiles["longitude"], profiles["latitude"])] = True
    centres = np.stack([cells.lon, cells.lat], axis=1)
    return [tuple(x) for x in centres[inhabited]], [tuple(x) for x in centres[~inhabited]]


def test_gaps_and_unseen_classes_on_the_grid_are_listed_and_leave_no_silent_gap(
    whole_run, copy_of_run, places, tmp_path
):
    gaps, strange = places[1][:2], places[1][2:5]
    half_gap = places[1][5]

    def without_sand(values, lon, lat, nodata):
        values[in_boxes(lon, lat, gaps)] = nodata
        values[in_boxes(lon, lat, [half_gap]) & (lon < half_gap[0])] = nodata

    def barren(values, lon, lat, nodata):
        values[in_boxes(lon, lat, strange)] = BARREN

    raw = whole_run[0] / "results" / "twin" / "raw"
    table = altered_table(tmp_path, raw, **{SAND: without_sand, LAND_COVER: barren})
    groups = {"Cropland": [12, 14], "Grassland": [10], "Barren": [BARREN]}
    folder, config = copy_of_run(methods=["default", "random_forest"], references={})
    config["covariates"] = config["covariates"] | {"table": table}
    config["evaluation"] = config["evaluation"] | {
        "vegetation": {"covariate": LAND_COVER, "groups": groups}
    }
    regions = {"held_out": "regions", "regions": LAND_COVER}
    config["learning"] = config["learning"] | regions
    results = folder / "results" / "twin"
    maps = results / "maps" / "random_forest_stocks.tif"
    run = snakemake(folder, config, "--", "evaluation", str(maps.relative_to(folder)))
    assert run.returncode == 0, run.stderr

    ledger = pd.read_csv(results / "learning" / "random_forest" / "doubtful_cells.csv")
    listed = {(row.lon, row.lat): row.reason for row in ledger.itertuples()}
    assert listed == dict.fromkeys(gaps, f"missing_covariate {SAND}") | dict.fromkeys(
        strange, f"unseen_class {LAND_COVER}={BARREN}"
    )
    splits = read_splits(results / "learning" / "splits.csv")
    cover = site_table(load_site_covariates(results / "inputs" / "site_covariates.nc"))
    of_fold = pd.Series(splits.fold).groupby(cover.loc[splits.profile_id, LAND_COVER].to_numpy())
    assert len(of_fold) > 1 and (of_fold.nunique() == 1).all()
    cells = read_cells(results / "inputs" / "cells.nc")
    gap = in_boxes(cells.lon, cells.lat, gaps)
    grid = read_grid_projection(results / "projection" / "random_forest_grid.nc")
    status = cells.from_grid(grid["status"])
    assert (status[gap] == Status.NO_PARAMETERS).all() and (status[~gap] == 0).all()
    assert "no_parameters 2" in grid.attrs["places_by_status"]
    log = results / "logs" / "project_grid" / "random_forest.log"
    assert "cells: 46 projected, 2 no_parameters" in log.read_text()
    for stock in grid["stock_mean"]:
        np.testing.assert_array_equal(np.isnan(cells.from_grid(stock)), gap)
    with rasterio.open(maps) as file:
        assert (file.read_masks(1) == 0).sum() == gap.sum()

    table = pd.read_csv(results / "tables" / "table_s3.csv").set_index(["method", "interval"])
    land = cells.land_area_m2 / 1e12
    forest, default = table.loc["random_forest"], table.loc["default"]
    assert forest["area_million_km2"].iloc[0] == pytest.approx(land[~gap].sum(), rel=1e-5)
    assert default["area_million_km2"].iloc[0] == pytest.approx(land.sum(), rel=1e-5)
    for rows in (forest, default):
        common = rows["common_area_million_km2"]
        assert common.to_numpy() == pytest.approx(land[~gap].sum(), rel=1e-5)
    assert (default["common_pg"] < default["total_pg"]).all()

    counts = pd.read_csv(results / "tables" / "vegetation_profiles.csv", index_col="vegetation")
    assert list(counts.index[:3]) == list(groups) and counts.loc["Barren"].sum() == 0
    assert counts["profiles"].sum() == 40
    figure = draw_figure_5(pd.read_csv(results / "tables" / "vegetation.csv"))
    texts = {axis.get_title(): [t.get_text() for t in axis.texts] for axis in figure.axes}
    assert texts["Barren (0)"] == ["no profiles"]
    assert all(texts[title] == [] for title in texts if title.startswith(("Crop", "Grass")))
    plt.close(figure)
    # A single learner of a single member: nothing to compare step by step but the better of the two
    # with the other, and no spread to map.
    differences = pd.read_csv(results / "tables" / "table_1_differences.csv")
    compared = map(frozenset, zip(differences["method"], differences["other"], strict=True))
    assert set(compared) == {
        frozenset(("site_by_site", "default")), frozenset(("random_forest", "default"))
    }  # fmt: skip


def test_a_covariate_missing_at_all_sites_or_on_all_the_grid_is_named(
    whole_run, copy_of_run, places, tmp_path
):
    sites = pd.read_csv(
        whole_run[0] / "results" / "twin" / "inputs" / "candidates" / "profiles.csv"
    )
    sites = sites[sites["status"] == "accepted"]

    def away_from_sites(values, lon, lat, nodata):
        values[in_boxes(lon, lat, places[0])] = nodata

    def at_sites_alone(values, lon, lat, nodata):
        near = np.zeros(values.shape, dtype=bool)
        for x, y in zip(sites["longitude"], sites["latitude"], strict=True):
            near |= (np.abs(lon - x) <= 0.125) & (np.abs(lat - y) <= 0.125)
        values[~near] = nodata

    raw = whole_run[0] / "results" / "twin" / "raw"
    table = altered_table(tmp_path, raw, IGBP=away_from_sites, Sand_Content_0cm=at_sites_alone)
    folder, config = copy_of_run()
    config["covariates"] = config["covariates"] | {"table": table, "min_valid_fraction": 1}
    run = snakemake(folder, config, "--keep-going", "--", "inputs")
    assert run.returncode != 0
    for fragments in (
        [
            f"{LAND_COVER}.tif, {LAND_COVER}: expected a covariate with data",
            f"all {len(sites)} sites",
        ],
        [f"{SAND}.tif, {SAND}: expected a covariate with data", "missing at all 48 grid cells"],
    ):
        for fragment in fragments:
            assert fragment in run.stderr


def test_a_class_raster_called_continuous_is_refused_before_the_assimilation(
    whole_run, copy_of_run, tmp_path
):
    table = altered_table(tmp_path, None, IGBP="continuous")
    folder, config = copy_of_run()
    config["covariates"] = config["covariates"] | {"table": table}
    run = snakemake(folder, config, "--", "site_covariates")
    assert run.returncode != 0
    for fragment in ("IGBP, kind: expected class, as it holds codes", "found continuous"):
        assert fragment in run.stderr


def test_learners_refuse_fewer_profiles_than_they_need(copy_of_run):
    folder, config = copy_of_run()
    config["learning"] = {key: config["learning"][key] for key in ("folds", "block_size")}
    run = snakemake(folder, config, "--", "splits")
    assert run.returncode != 0
    for fragment in (
        "expected at least 50 accepted profiles to learn from, found 40",
        "leave neural_network, random_forest, hybrid, direct_network, direct_forest out of methods",
        "learning.min_profiles",
    ):
        assert fragment in run.stderr
