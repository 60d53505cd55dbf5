"""What a small run from raw files to figures leaves: tables, maps, figures, report, and the same
again on one core."""

import json
import re

import netCDF4
import numpy as np
import pandas as pd
import pytest
import rasterio
import rioxarray
import xarray as xr

import own_data_files as own
from proda.data.cells import read_cells
from proda.data.forcing import load_site_forcing
from proda.evaluation.pairs import read_pairs
from proda.evaluation.skill import skill
from proda.explorer.encoding import RELATIVE_ERROR, Block, decode
from proda.learning.splits import read_splits
from proda.model import MatrixModel
from proda.parameters.draws import open_draws
from proda.projection.files import read_grid_projection, read_sites_projection
from proda.projection.inputs import load_grid
from proda.projection.stocks import INTERVALS
from warm_python import another_warm_python
from workflow_runs import planned, snakemake

pytestmark = pytest.mark.workflow

LEARNERS = ["neural_network", "random_forest", "hybrid"]
DRAWN = ["one_batch", "random_sampling", *LEARNERS]
DIRECT = ["direct_network", "direct_forest"]
METHODS = ["default", *DRAWN, *DIRECT]
MODEL = MatrixModel("clm45-10")
CASE = "CLM history (case twin.I1850CRUCLM45BGC)"  # of the twin's history files
FIGURES = [f"figure_{n}" for n in ("1", "2", "3", "4", "5", "s1", "s2", "s3", "s4", "s5", "s6")]
FIGURES += ["convergence", "skill", "recovery", "training", "example_columns"]
FIGURES += [f"{learner}_parameters" for learner in LEARNERS]


@pytest.fixture
def results(whole_run):
    return whole_run[0] / "results" / "twin"


@pytest.fixture
def cells(results):
    return read_cells(results / "inputs" / "cells.nc")


def draws_of(results, method):
    if method in ("one_batch", "site_by_site"):
        name = {"one_batch": "one_batch", "site_by_site": "site_posteriors"}[method]
        return open_draws(results / "assimilation" / f"{name}.nc", MODEL)
    return open_draws(results / "parameters" / f"{method}.nc", MODEL)


# --- tables --------------------------------------------------------------------------------------


def test_a_second_run_has_nothing_to_do(whole_run):
    assert planned(*whole_run) == set()


def test_the_explorer_shows_the_results(results, cells):
    page = (results / "explorer.html").read_text(encoding="utf-8")
    about = json.loads(re.search(r'(?s) id="about">(.*?)</script>', page)[1])
    assert [one["name"] for one in about["methods"] if one["mapped"]] == METHODS
    blocks = dict(re.findall(r'data-array="([^"]+)">([^<]*)<', page))
    for method in METHODS:
        name = f"cell.stock.{method}"
        found = decode(Block(blocks[name], about["arrays"][name], RELATIVE_ERROR))
        with read_grid_projection(results / "projection" / f"{method}_grid.nc") as file:
            stock = cells.from_grid(file["stock_mean"].where(file["valid"])) / 1000
        np.testing.assert_allclose(found[: len(stock)], stock, rtol=RELATIVE_ERROR + 1e-9)


def test_ledgers_count_every_profile_once(results):
    tables = results / "tables"
    profiles = pd.read_csv(results / "evaluation" / "profiles.csv")
    used = int(profiles["used"].sum())
    assert len(profiles) == 40 and used >= 20
    assimilated = pd.read_csv(tables / "assimilation_ledger.csv", index_col=0)["profiles"]
    assert assimilated["used"] == used
    vegetation = pd.read_csv(tables / "vegetation_profiles.csv")
    assert vegetation["profiles"].sum() == 40 and vegetation["used"].sum() == used
    splits = pd.read_csv(results / "learning" / "splits.csv", keep_default_na=False)
    assert list(splits["profile_id"]) == list(profiles["profile_id"])
    assert (splits["role"] != "").sum() == used and set(splits["fold"]) == {0, 1}
    assert (splits.groupby("block")["fold"].nunique() == 1).all()


def test_profiles_are_counted_in_the_region_that_holds_them(results):
    table = pd.read_csv(results / "tables" / "regions.csv")
    profiles = pd.read_csv(results / "evaluation" / "profiles.csv")
    north = profiles["latitude"] > own.SOUTH + 1
    counts = table.drop_duplicates("region").set_index("region")["accepted"]
    assert counts.to_dict() == {"north": north.sum(), "south": (~north).sum(), "all": 40}
    whole = table[table["region"] == "all"].set_index("method")
    table_1 = pd.read_csv(results / "tables" / "table_1.csv")
    held_out = table_1[table_1["sites"] == "cross_validation"].set_index("method")
    assert whole.loc["hybrid_blocks", "rmse"] == held_out.loc["hybrid", "rmse"]


def test_table_1_has_a_row_for_every_set_of_sites_and_method(results):
    table = pd.read_csv(results / "tables" / "table_1.csv")
    sets = ["all", "training", "held_out", "cross_validation"]
    wanted = [(sites, method) for sites in sets for method in [*METHODS, "site_by_site"]]
    assert list(zip(table["sites"], table["method"], strict=True)) == wanted
    pairs = read_pairs(*(results / "evaluation" / f for f in ("pairs.csv.gz", "profiles.csv")))
    used = pairs.profiles["used"].to_numpy()[pairs.horizons["profile"]]
    rows = table.set_index(["sites", "method"])
    for sites, ending in (("all", ""), ("cross_validation", "_blocks")):
        here = pairs.horizons[used]
        expected = skill(here["observed"].to_numpy(), here[f"neural_network{ending}"].to_numpy())
        assert rows.loc[(sites, "neural_network"), "rmse"] == pytest.approx(expected.rmse, rel=1e-5)
    assert set(rows["label"].xs("default", level="method")) == {CASE}
    counts = rows["profiles"].xs("default", level="method")
    assert counts["training"] + counts["held_out"] == counts["all"] == counts["cross_validation"]


def test_maps_are_adjusted_by_factors_of_held_out_horizons(results):
    tables = results / "tables"
    adjusted = pd.read_csv(tables / "bias_adjustment.csv").set_index("method")
    assert list(adjusted.index) == METHODS
    table_1 = pd.read_csv(tables / "table_1.csv")
    held_out = table_1[table_1["sites"] == "cross_validation"].set_index("method").loc[METHODS]
    for name in ("profiles", "horizons", "median_ratio", "bias", "rmse"):
        pd.testing.assert_series_equal(adjusted[name], held_out[name])
    pairs = read_pairs(*(results / "evaluation" / f for f in ("pairs.csv.gz", "profiles.csv")))
    used = pairs.horizons[pairs.profiles["used"].to_numpy()[pairs.horizons["profile"]]]
    factor = used["observed"].sum() / used["neural_network_blocks"].sum()
    row = adjusted.loc["neural_network"]
    assert row["mean_factor"] == pytest.approx(factor, rel=1e-5)
    stocks = pd.read_csv(tables / "table_s3.csv").set_index(["method", "interval"])["total_pg"]
    total = stocks["neural_network", "0-100 cm"]
    assert row["mean_total_pg"] == pytest.approx(total * factor, rel=1e-4)


def test_table_s3_sums_up_the_maps(results, cells):
    table = pd.read_csv(results / "tables" / "table_s3.csv").set_index(["method", "interval"])
    assert list(table.index.unique("method")) == [*METHODS, "WISE30sec", "SoilGrids250m"]
    maps = {m: read_grid_projection(results / "projection" / f"{m}_grid.nc") for m in METHODS}
    land = cells.land_area_m2
    stocks = {m: [cells.from_grid(x) for x in maps[m]["stock_mean"]] for m in METHODS}
    with xr.open_dataset(results / "inputs" / "references.nc") as file:
        for name in ("WISE30sec", "SoilGrids250m"):
            top = [1000 * cells.from_grid(x) for x in file["stock"].sel(reference=name)]
            stocks[name] = [top[0], top[1] - top[0], top[2] - top[1], top[1], top[2]]
    for name, layers in stocks.items():
        for interval, stock in zip(INTERVALS, layers, strict=True):
            row = table.loc[(name, interval.label)]
            assert row["total_pg"] == pytest.approx(np.nansum(stock * land) / 1e15, rel=1e-5)
            assert row["area_million_km2"] == pytest.approx(land.sum() / 1e12, rel=1e-5)
            # All maps of this run cover all cells.
            assert row["common_pg"] == pytest.approx(row["total_pg"], rel=1e-5)
        parts = table.loc[name, "total_pg"]
        assert parts.iloc[:3].sum() == pytest.approx(parts["0-200 cm"], rel=1e-5)
    spread = table["high_pg"] - table["low_pg"]
    for method in METHODS:
        has_draws = method not in ("default", "random_forest", "direct_forest")
        assert (spread[method] > 0).all() if has_draws else spread[method].isna().all()


# --- projections ---------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [*DRAWN, "site_by_site"])
def test_projections_are_the_model_at_the_draws(results, method):
    ids, forcing = load_site_forcing(results / "inputs" / "site_forcing.nc")
    places = [("sites", 7, forcing)]
    if method != "site_by_site":
        grid = load_grid(*(results / "inputs" / f for f in ("cells.nc", "grid_forcing.nc")))
        places.append(("grid", 11, grid.forcing.take(grid.column)))
    for place, i, columns in places:
        with draws_of(results, method) as draws:
            read = draws.at_profiles if place == "sites" else draws.on_cells
            theta = read(0, 1)[0] if draws.homogeneous else read(i, 1)[0]
        column = columns.take(np.full(len(theta), i))
        soc = MODEL.soc(MODEL.steady_state(theta, column))
        path = results / "projection" / f"{method}_{place}.nc"
        if place == "sites":
            found = read_sites_projection(path)
            assert list(found["profile_id"].values) == ids
            made, stock = found["soc_mean"][i].values, found["stock_mean"][i].values
        else:
            found = read_grid_projection(path)
            made, stock = (
                np.array([grid.cells.from_grid(x)[i] for x in found[f"{name}_mean"]])
                for name in ("soc", "stock")
            )
        np.testing.assert_allclose(made, soc.mean(axis=0), rtol=1e-9)
        wanted = [MODEL.stock(soc, one.top, one.bottom).mean() for one in INTERVALS]
        np.testing.assert_allclose(stock, wanted, rtol=1e-9)


def test_site_by_site_predicts_what_the_assimilation_has_recorded(results):
    found = read_sites_projection(results / "projection" / "site_by_site_sites.nc")
    with netCDF4.Dataset(results / "assimilation" / "observations.nc") as file:
        square = (found["predicted_mean"].values - file["value"][:]) ** 2
        ends = np.cumsum(file["row_size"][:])
    with netCDF4.Dataset(results / "assimilation" / "site_posteriors.nc") as file:
        recorded = np.ma.filled(file["rmse"][:], np.nan)
    errors = [np.sqrt(part.mean()) for part in np.split(square, ends[:-1])]
    np.testing.assert_allclose(errors, recorded, rtol=1e-4)


@pytest.mark.parametrize("learner", LEARNERS)
def test_held_out_parameters_come_from_the_fold_that_held_the_profile_out(results, learner):
    splits = read_splits(results / "learning" / "splits.csv")
    with draws_of(results, f"{learner}_blocks") as draws:
        found = draws.at_profiles()
    for split in splits.names[1:]:
        with open_draws(results / "learning" / learner / f"{split}.nc", MODEL) as draws:
            held_out = splits.in_fold(split)
            assert draws.profile_ids == list(splits.profile_id[held_out])
            np.testing.assert_array_equal(found[held_out], draws.at_profiles())
    with draws_of(results, learner) as draws:
        assert (found != draws.at_profiles()[:, : found.shape[1]]).any()


# --- maps, figures and report --------------------------------------------------------------------


def band_maps(path):
    """Bands of a GeoTIFF, south up as in netCDF, and its overall layout."""
    with rasterio.open(path) as file:
        assert file.crs.to_epsg() == 4326
        return file.read()[:, ::-1], file.bounds, file.tags(ns="IMAGE_STRUCTURE").get("LAYOUT")


def test_geotiffs_are_cloud_optimised_and_agree_with_the_netcdf_files(results):
    for method in METHODS:
        stocks, bounds, layout = band_maps(results / "maps" / f"{method}_stocks.tif")
        grid = read_grid_projection(results / "projection" / f"{method}_grid.nc")
        # One posterior for all places also has maps that average over the scatter between them.
        names = ("stock", "stock_with_scatter") if method == "one_batch" else ("stock",)
        kinds = [f"{name}_{kind}" for name in names for kind in ("mean", "p05", "p95")]
        wanted = np.concatenate([grid[kind].values for kind in kinds if kind in grid]) / 1000
        np.testing.assert_allclose(stocks, wanted, rtol=1e-6)
        assert layout == "COG" and tuple(bounds) == (-100, 38, -96, 41)
    for learner in LEARNERS:
        found, _, layout = band_maps(results / "maps" / f"{learner}_parameters.tif")
        with xr.open_dataset(results / "maps" / f"{learner}_parameters.nc") as file:
            names = file["parameter"].values
            means = np.stack([file[name].values for name in names])
            spreads = [file[f"{name}_sd"].values[None] for name in names if f"{name}_sd" in file]
            wanted = np.concatenate([means, file["contraction"].values, *spreads])
        np.testing.assert_allclose(found, wanted, rtol=1e-6)
        assert layout == "COG"


def test_figures_are_pictures_of_journal_width(results):
    from PIL import Image

    for name in FIGURES:
        with Image.open(results / "figures" / f"{name}.png") as picture:
            assert picture.format == "PNG"
            width, height = (pixels / 300 for pixels in picture.size)
            shades = picture.convert("L").getextrema()
        # 89 to 183 mm, in inches, and no longer than a sheet of paper.
        assert 3.2 <= width <= 7.4 and 1.5 <= height <= 11.7, (name, width, height)
        assert shades[0] < 100 and shades[1] == 255, name
    # As the configuration of this run says; others have both.
    assert not list((results / "figures").glob("*.pdf"))


def test_the_report_holds_everything_and_opens_offline(whole_run):
    folder, config = whole_run
    run = snakemake(folder, config, "--report", "report.html")
    assert run.returncode == 0, run.stderr
    page = (folder / "report.html").read_text()
    for name in FIGURES:
        assert f"{name}.png" in page, name
    for name in ("1", "s1", "s3"):
        assert f"table_{name}.csv" in page
    ledgers = ("ledger_summary", "assimilation_ledger", "vegetation_profiles", "doubtful_cells")
    for name in (*ledgers, "recovery_stocks"):
        assert f"{name}.csv" in page
    # The first page is made of the summary, whose best method is that of Table 1.
    facts = json.loads((folder / "results/twin/summary.json").read_text())["facts"]
    table = pd.read_csv(folder / "results/twin/tables/table_1.csv").set_index("sites")
    rows = table.loc["cross_validation"]
    rows = rows[rows["method"] != "site_by_site"].sort_values("rmse")
    assert [one["method"] for one in facts["skill"]["ranking"]] == list(rows["method"])
    assert f"{rows['label'].iloc[0]} predicts soil carbon best" in page
    assert len(facts["skill"]["lead"]) == len(METHODS) - 1
    assert 'this.content = "summary"' in page
    for category in ("Inputs", "Model", "Assimilation", "Parameters", "Results", "Truth"):
        assert f'"{category}"' in page
    # Captions, one of which names the version of the run.
    assert "squared Pearson correlation" in page and "default parameters of CLM4.5" in page
    # Whatever the browser would fetch to show the page: scripts, styles, pictures, frames.
    assert not re.findall(r"<(?:script|link|img|iframe)\b[^>]*(?:src|href)\s*=\s*.?https?:", page)


# --- the same again ------------------------------------------------------------------------------

MADE = ("learning", "parameters", "soc", "projection", "evaluation", "tables")


def contents(results):
    """Values of all netCDF variables and bytes of all other files that learning made, and what
    follows from it."""
    found = {}
    for path in sorted(path for folder in MADE for path in (results / folder).rglob("[!.]*.*")):
        name = str(path.relative_to(results))
        if path.suffix != ".nc":
            found[name] = path.read_bytes()
            continue
        with netCDF4.Dataset(path) as file:
            file.set_auto_mask(False)
            found[name] = {
                name: list(variable[:]) if variable.dtype is str else variable[...].tobytes()
                for name, variable in file.variables.items()
            }
    return found


def test_one_core_in_another_folder_gives_the_same_bits(whole_run, copy_of_run):
    folder, config = copy_of_run(remove=MADE)
    words = ("--cores", "1", "--", "table_1", "table_s3")
    with another_warm_python() as python:
        run = snakemake(folder, config, *words, python=python)
    assert run.returncode == 0, run.stderr
    again, before = (contents(one / "results" / "twin") for one in (folder, whole_run[0]))
    tables = {f"tables/table_{name}.csv" for name in ("1", "1_differences", "s3")}
    unasked = {name for name in before if name.startswith("tables/")}
    unasked |= {"evaluation/pit.csv.gz", "learning/applicability.nc"}
    assert again.keys() == before.keys() - unasked | tables
    assert [name for name in again if again[name] != before[name]] == []
    picture = "results/twin/figures/skill.png"
    assert (folder / picture).read_bytes() == (whole_run[0] / picture).read_bytes()


# --- catalogue -----------------------------------------------------------------------------------


def test_maps_of_the_catalogue_have_the_values_and_places_of_the_netcdf_files(results):
    catalog = results / "catalog"
    names = {path.stem for path in (catalog / "maps").iterdir()}
    assert names >= {f"{method}_stocks" for method in METHODS} | {"applicability"}
    assert names >= {f"{learner}_parameters" for learner in LEARNERS}
    assert {path.stem for path in (catalog / "items").iterdir()} == names
    for method in METHODS:
        grid = read_grid_projection(results / "projection" / f"{method}_grid.nc")
        image = rioxarray.open_rasterio(catalog / "maps" / f"{method}_stocks.tif")
        assert image.rio.crs.to_epsg() == 4326 and image.sizes["x"] == grid.sizes["lon"]
        wanted = grid["stock_mean"].values / 1000
        found = image.sel(x=grid["lon"], y=grid["lat"]).values[: len(wanted)]
        np.testing.assert_allclose(found, wanted, rtol=1e-6)


def test_every_table_of_the_run_is_described_with_types_and_keys_that_hold(results):
    catalog = results / "catalog"
    assert "does not agree" not in (results / "logs" / "catalog.log").read_text()
    package = json.loads((catalog / "datapackage.json").read_text())
    described = {resource["path"] for resource in package["resources"]}
    folders = ("tables", "evaluation", "learning")
    made = {path for name in folders for path in (results / name).rglob("*.csv*")}
    made = {path for path in made if not path.name.startswith(".")}
    assert {str(path.relative_to(results)) for path in made} <= described
    kinds = {"number": "fi", "integer": "if", "boolean": "b"}
    for resource in package["resources"]:
        table = pd.read_csv(catalog / resource["path"])
        fields = resource["schema"]["fields"]
        assert [field["name"] for field in fields] == list(table.columns)
        for field in fields:
            values = table[field["name"]].dropna()
            assert field["description"], field
            if field["type"] != "string" and len(values):
                assert values.dtype.kind in kinds[field["type"]], (resource["path"], field)
            if field["type"] == "integer":
                assert (values % 1 == 0).all(), (resource["path"], field)
        if key := resource["schema"].get("primaryKey"):
            assert not table.duplicated(key).any(), resource["path"]
