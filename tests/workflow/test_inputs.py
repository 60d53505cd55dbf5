"""The input stage as a user runs it: on a small twin world, on own data, and on broken files."""

import json
import re
import shutil
import threading
import zipfile
from contextlib import chdir
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

import own_data_files as own
from proda.data.covariates import load_site_covariates, site_table
from proda.data.downloads.register import COLUMNS
from proda.data.forcing import load_grid_forcing, load_site_forcing
from proda.inspection.inspect import inspect
from proda.model import MonthlyForcing
from workflow_runs import ROOT, planned, snakemake, tiny_twin_config

pytestmark = pytest.mark.workflow

COVARIATES = ["IGBP", "NPPmean", "BIO1", "BIO12", "Sand_Content_0cm"]


@pytest.fixture(scope="module")
def twin(tmp_path_factory):
    """A small twin world and its inputs: (folder, configuration)."""
    folder = tmp_path_factory.mktemp("twin")
    config = tiny_twin_config(folder, 20)
    config["covariates"] = {"names": COVARIATES}
    run = snakemake(folder, config, "--", "inputs")
    assert run.returncode == 0, run.stderr
    return folder, config


@pytest.fixture
def results(twin):
    return twin[0] / "results" / "twin"


# --- the twin ------------------------------------------------------------------------------------


def test_every_profile_and_horizon_ends_as_the_twin_meant_it(results):
    summary = pd.read_csv(results / "inputs" / "ledger_summary.csv", index_col="status")
    numbers = summary[["profiles", "horizons"]]
    assert numbers.drop("total").sum().equals(numbers.loc["total"])
    assert summary.loc["accepted", "profiles"] == 20
    for table, key, file in (
        ("profiles.csv", "profile_id", "profiles.csv"),
        ("horizons_ledger.csv.gz", "horizon_id", "horizons.csv"),
    ):
        found = pd.read_csv(results / "inputs" / table, dtype={key: str}).set_index(key)["status"]
        meant = pd.read_csv(results / "raw" / "truth" / file)
        meant = meant.set_index(meant[key.replace("horizon", "layer")].astype(str))["kind"]
        # Horizons outside the region were only counted.
        unseen = meant.index.difference(found.index)
        assert set(meant[unseen]) <= {"outside_region", "invalid_coordinates"}
        pd.testing.assert_series_equal(
            found.sort_index(), meant[found.index].sort_index(), check_names=False
        )
    assert (meant == "accepted").sum() == summary.loc["accepted", "horizons"]


def checked(folder, config, *arguments):
    """What `proda check` finds in the folder of a run."""
    with chdir(folder):
        return inspect(config, arguments)


def counts(ledger):
    """Profiles and horizons by status, as `ledger_summary.csv` has them where there are any."""
    rows = ledger.iterrows()
    return {
        status: (row.profiles, row.horizons) for status, row in rows if row.horizons or row.profiles
    }


def test_the_check_counts_the_profiles_as_the_run_does(twin, results):
    found = checked(twin[0], "config.yaml")
    ledger = pd.read_csv(results / "inputs" / "ledger_summary.csv", index_col="status")
    assert {row[0]: row[1:3] for row in found.ledger.rows} == counts(ledger)
    with xr.open_dataset(results / "inputs" / "grid_forcing.nc") as grid:
        usable = int(((grid["no_forcing"] == 0) & (grid["cell"] >= 0)).sum())
    coverage = {one.what: one for one in found.coverage}
    assert coverage["grid cells with forcing"].covered == usable
    assert found.not_examined == [] and "former run" in found.former_run


def test_soc_density_from_the_raw_files_is_the_meant_one_by_every_route(results):
    with (
        xr.open_dataset(results / "inputs" / "horizons.nc") as horizons,
        xr.open_dataset(results / "raw" / "truth" / "truth_sites.nc") as truth,
    ):
        np.testing.assert_allclose(horizons.node_depth, truth.depth, rtol=1e-9)
        np.testing.assert_allclose(horizons.soc_density, truth.horizon_soc_observed, rtol=1e-6)
        flags = horizons.bulk_density_source
        routes = np.array(flags.attrs["flag_meanings"].split())[np.unique(flags)]
    assert set(routes) == {
        "bdfiod", "bdfi33", "bdfiad", "bdfifm", "bdwsod", "bdwsad", "ptf_tao_2024",
    }  # fmt: skip


def test_all_files_of_sites_have_the_same_profiles_in_the_same_order(results):
    inputs = results / "inputs"
    profiles = pd.read_csv(inputs / "profiles.csv", dtype={"profile_id": str})
    accepted = profiles.loc[profiles["status"] == "accepted", "profile_id"].tolist()
    ids, forcing = load_site_forcing(inputs / "site_forcing.nc")
    covariates = site_table(load_site_covariates(inputs / "site_covariates.nc"))
    with xr.open_dataset(inputs / "horizons.nc") as horizons:
        in_horizons = list(horizons.profile_id.values.astype(str))
    assert accepted == ids == in_horizons == covariates.index.tolist()
    assert list(covariates.columns) == COVARIATES
    assert len(forcing) == 20


def test_sites_take_the_climate_of_their_cell_and_npp_of_their_pixel(results):
    inputs = results / "inputs"
    _, sites = load_site_forcing(inputs / "site_forcing.nc")
    cells, grid = load_grid_forcing(inputs / "grid_forcing.nc")
    with (
        xr.open_dataset(inputs / "site_forcing.nc") as file,
        xr.open_dataset(results / "raw" / "truth" / "truth_sites.nc") as truth,
    ):
        place = np.searchsorted(cells, file.cell.values)
        np.testing.assert_array_equal(cells[place], file.cell.values)
        for name in ("npp_mean", "npp_min", "npp_max"):
            np.testing.assert_allclose(file[name], truth[name], rtol=1e-6)
        np.testing.assert_allclose(file.soil_temperature, truth.soil_temperature, atol=1.5)
    np.testing.assert_array_equal(sites.soil_temperature, grid.soil_temperature[place])
    np.testing.assert_array_equal(sites.soil_water_potential, grid.soil_water_potential[place])
    np.testing.assert_array_equal(sites.active_layer_depth, grid.active_layer_depth[place])


def test_the_grid_files_cover_the_cells_and_say_where_they_come_from(results):
    inputs = results / "inputs"
    for name in (
        "cells", "grid_forcing", "grid_covariates", "site_covariates", "references", "horizons",
    ):  # fmt: skip
        with xr.open_dataset(inputs / f"{name}.nc") as file:
            assert file.attrs["Conventions"] == "CF-1.11"
            for key in ("workflow_version", "settings_digest", "input_digests", "seed"):
                assert file.attrs[key], (name, key)
            if "lat" in file:
                assert (file.sizes["lat"], file.sizes["lon"]) == (6, 8)
    with xr.open_dataset(inputs / "references.nc") as references:
        assert list(references.reference.values) == ["WISE30sec", "SoilGrids250m"]
    with xr.open_dataset(inputs / "grid_covariates.nc") as covariates:
        assert list(covariates.data_vars) == COVARIATES
        assert covariates.IGBP.attrs["kind"] == "class"


def test_every_job_has_a_log_and_a_benchmark(results):
    rules = {"twin", "profiles", "cells", "grid_forcing", "site_forcing", "site_covariates",
             "grid_covariates", "references", "sites"}  # fmt: skip
    assert rules <= {path.stem for path in (results / "logs").glob("*.log")}
    assert rules <= {path.stem for path in (results / "benchmarks").glob("*.tsv")}


def test_a_second_run_has_nothing_to_do(twin):
    assert planned(*twin, "inputs") == set()


@pytest.mark.parametrize(
    ("section", "change", "rules"),
    [
        (
            "profiles",
            {"pedotransfer": "post_kwon_2000"},
            {"profiles", "site_covariates", "site_forcing", "sites"},
        ),
        ("forcing", {"grid_interpolation": "nearest"}, {"grid_forcing", "site_forcing", "sites"}),
        ("forcing", {"site_interpolation": "bilinear"}, {"site_forcing", "sites"}),
        ("covariates", {"min_valid_fraction": 0.5}, {"grid_covariates"}),
    ],
)
def test_a_changed_key_reruns_what_depends_on_it_and_no_more(twin, section, change, rules):
    folder, config = twin
    config = config | {section: config[section] | change}
    assert planned(folder, config, "inputs") - {"inputs", "total"} == rules


def test_a_misspelt_key_is_named(twin):
    folder, config = twin
    run = snakemake(folder, config | {"forcng": {}}, "--dry-run", "--", "inputs")
    assert run.returncode != 0
    assert "found 'forcng' (did you mean 'forcing'?)" in run.stdout + run.stderr


# --- own data ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_data(tmp_path_factory):
    """A folder of own data as config/own_data.yaml wants it: (folder, arguments)."""
    folder = tmp_path_factory.mktemp("own")
    own.write_own_data(folder / "data")
    region = own.write_region(folder / "region.geojson")
    (folder / "config").mkdir()
    shutil.copy(ROOT / "config" / "own_covariates.csv", folder / "config")
    return folder, ["--config", "data_dir=data", f"region={json.dumps({'polygon': str(region)})}"]


def run_own(folder, arguments, *targets):
    return snakemake(folder, ROOT / "config" / "own_data.yaml", *arguments, "--", *targets)


def test_own_data_run_as_they_are(own_data):
    folder, arguments = own_data
    run = run_own(folder, arguments, "inputs")
    assert run.returncode == 0, run.stderr
    inputs = folder / "results" / "own_data" / "inputs"
    summary = pd.read_csv(inputs / "ledger_summary.csv", index_col="status")
    numbers = {
        status: (row.profiles, row.horizons)
        for status, row in summary.iterrows()
        if row.horizons > 0
    }
    assert numbers == {
        "accepted": (7, 20),
        "organic_or_litter": (0, 7),
        "zero_carbon": (0, 1),
        "outside_region": (1, 4),
        "total": (8, 32),
    }
    found = checked(folder, ROOT / "config" / "own_data.yaml", *arguments[1:])
    assert {row[0]: row[1:3] for row in found.ledger.rows} == numbers
    _, forcing = load_site_forcing(inputs / "site_forcing.nc")
    np.testing.assert_allclose(forcing.npp_max - forcing.npp_mean, 100, rtol=1e-6)
    with xr.open_dataset(inputs / "references.nc") as references:
        stock = references.stock.sel(reference="SoilCarbonDebt")
        np.testing.assert_allclose(stock.max(["lat", "lon"]), [6, 11, 15])


def test_maps_are_validated_with_measured_stocks(own_data):
    folder, arguments = own_data
    results = folder / "results" / "own_data"
    target = "results/own_data/tables/validation_RaCA.csv"
    run = run_own(folder, [*arguments, 'methods=["default"]'], target)
    assert run.returncode == 0, run.stderr
    points = pd.read_csv(results / "evaluation" / "validation_RaCA.csv", index_col="point_id")
    assert points["status"].value_counts().to_dict() == {
        "accepted": 6,
        "outside_region": 1,
        "no_stock": 1,
    }
    used = points[points["status"] == "accepted"]
    np.testing.assert_allclose(used["stock_kg_m2"], [6, 8, 10, 12, 14, 16])
    np.testing.assert_allclose(used["SoilCarbonDebt"], 11.0)
    with xr.open_dataset(results / "projection" / "default_grid.nc") as default:
        to_one_metre = default["stock_mean"].isel(interval=3)
        cells = to_one_metre.sel(lat=[38.25, 40.25], lon=[-99.75, -96.75], method="nearest")
        modelled = used["default"].iloc[[0, 5]] * 1000
        np.testing.assert_allclose(np.diag(cells), modelled, rtol=1e-5)
    table = pd.read_csv(results / "tables" / "validation_RaCA.csv", index_col="source")
    assert list(table.index) == ["default", "SoilCarbonDebt"]
    assert (table[["points", "cells"]] == [6, 5]).all(axis=None)
    assert table.loc["SoilCarbonDebt", "bias"] == pytest.approx(0.0, abs=1e-6)
    assert table.loc["SoilCarbonDebt", "rmse"] == pytest.approx(np.sqrt(70 / 6))
    for name in ("validation_RaCA", "validation_RaCA_maps"):
        for suffix in ("png", "pdf"):
            assert (results / "figures" / f"{name}.{suffix}").stat().st_size > 1000


def test_the_20_layer_structure_runs_on_monthly_history_without_npp(tmp_path):
    """The folder's name has what patterns, shells and Snakemake could take for their own."""
    data = own.write_own_data(tmp_path / "da[t]a of *'s #1 %20 $HOME ü")
    own.write_clm_monthly(data / "monthly.nc")
    config = yaml.safe_load((ROOT / "config" / "own_data.yaml").read_text())
    config |= {"structure": "clm5-20", "references": {}, "data_dir": data.name}
    config["region"] = {"polygon": str(own.write_region(tmp_path / "region.geojson"))}
    config["covariates"]["table"] = str(ROOT / "config" / "own_covariates.csv")
    config["forcing"] = {"clm": {"files": ["month*.nc"]}, "max_distance_km": 20000}
    run = snakemake(tmp_path, config, "--", "inputs")
    assert run.returncode == 0, run.stderr
    ids, forcing = load_site_forcing(
        tmp_path / "results" / "own_data" / "inputs" / "site_forcing.nc"
    )
    assert isinstance(forcing, MonthlyForcing) and len(ids) == 7
    np.testing.assert_allclose(forcing.soil_temperature[3, :, 0], 281 + np.arange(12))
    ratio = forcing.litter_input[0] / forcing.litter_input[0, 0]
    np.testing.assert_allclose(ratio, [1, 2, 3, 4], rtol=1e-6)


BROKEN = {
    "first": {
        "profiles": (
            lambda data: own.write_horizons(data / "neon_layers.csv", upper_depth_cm=None),
            ["neon_layers.csv", "a column 'upper_depth_cm' (upper_depth)", "columns profile_id"],
        ),
        "grid_forcing": (
            lambda data: own.write_clm(data / "clm_annual_4x5.nc", units={"TSOI": None}),
            ["clm_annual_4x5.nc", "TSOI", "units", "no units attribute"],
        ),
        "references": (
            lambda data: own.write_stock(
                data / "SOCS_0_30cm_year_2010AD_10km_conus.tif", 60, fill=-32767, nodata=None
            ),
            ["SOCS_0_30cm", "values in [0, 1000] kg m-2", "raw number -32767", "`missing`"],
        ),
        "grid_covariates": (
            lambda data: own.write_covariates(data / "covariates_halfdeg.nc", BIO1=-999.0),
            ["covariates_halfdeg.nc, BIO1", "values in [-60, 40] degC", "raw number -999.0"],
        ),
    },
    "second": {
        "profiles": (
            lambda data: own.write_horizons(
                data / "neon_layers.csv", longitude=40.0, latitude=-98.0
            ),
            ["neon_layers.csv", "latitudes in [-90, 90]", "are longitude and latitude swapped?"],
        ),
        "grid_forcing": (
            lambda data: truncate(data / "clm_annual_4x5.nc"),
            ["clm_annual_4x5.nc: expected a netCDF file of", "a truncated file: fetch it again"],
        ),
        "references": (
            lambda data: own.write_stock(
                data / "SOCS_0_100cm_year_2010AD_10km_conus.tif", 110, crs="EPSG:5070"
            ),
            ["SOCS_0_100cm", "coordinates in metre, as its crs says", "wrong crs?"],
        ),
        "grid_covariates": (
            lambda data: own.write_covariates(data / "covariates_halfdeg.nc", BIO12=np.nan),
            ["covariates_halfdeg.nc, BIO12", "a covariate with data", "missing at all"],
        ),
    },
    "third": {
        "profiles": (
            lambda data: own.write_horizons(
                data / "neon_layers.csv", upper_depth_cm=0.0, lower_depth_cm=0.3
            ),
            ["neon_layers.csv, depth", "looks like m read as cm", "source.depth_unit"],
        ),
        "cells": (
            lambda data: (data.parent / "region.geojson").write_text(
                json.dumps({"type": "FeatureCollection", "features": []})
            ),
            ["region.geojson", "at least one polygon with an area", "an empty region"],
        ),
    },
}


def truncate(path):
    path.write_bytes(path.read_bytes()[:-5000])


@pytest.mark.parametrize("group", BROKEN)
def test_broken_files_are_named_on_the_screen_and_in_the_log(tmp_path, group):
    own.write_own_data(tmp_path / "data")
    region = own.write_region(tmp_path / "region.geojson")
    (tmp_path / "config").mkdir()
    shutil.copy(ROOT / "config" / "own_covariates.csv", tmp_path / "config")
    faults = BROKEN[group]
    for damage, _ in faults.values():
        damage(tmp_path / "data")
    polygon = json.dumps({"polygon": str(region)})
    if "cells" in faults:  # the first rule to read the region would hide the others
        run = run_own(tmp_path, ["--config", "data_dir=data", f"region={polygon}"], "cells")
        plain = run_own(tmp_path, ["--config", "data_dir=data"], "profiles")
        screen = run.stderr + plain.stderr
    else:
        run = run_own(tmp_path, ["--config", "data_dir=data", f"region={polygon}"], "inputs")
        screen = run.stderr
    assert run.returncode != 0
    results = tmp_path / "results" / "own_data"
    own_config = ROOT / "config" / "own_data.yaml"
    regions = ([f"region={polygon}"], []) if "cells" in faults else ([f"region={polygon}"],)
    check = [checked(tmp_path, own_config, "data_dir=data", *region) for region in regions]
    messages = {finding.message for found in check for finding in found.findings.found}
    for rule, (_, fragments) in faults.items():
        log = (results / "logs" / f"{rule}.log").read_text()
        assert re.findall(r"(?m)^proda\.errors\.InputError: (.*)$", log)[-1] in messages
        assert "Traceback" in log
        for fragment in fragments:
            assert fragment in log, (rule, fragment, log[-600:])
            assert fragment in screen, (rule, fragment)
    # Records of what made them are hidden files.
    written = {path.name for path in (results / "inputs").rglob("[!.]*") if path.is_file()}
    assert written <= {"cells.nc"}


# --- downloads -----------------------------------------------------------------------------------


def test_missing_files_of_a_product_are_downloaded_first(tmp_path):
    (tmp_path / "www").mkdir()
    own.write_horizons(tmp_path / "neon_layers.csv")
    with zipfile.ZipFile(tmp_path / "www" / "pits.zip", "w") as archive:
        archive.write(tmp_path / "neon_layers.csv", "soil/neon_layers.csv")
    handler = partial(SimpleHTTPRequestHandler, directory=tmp_path / "www")
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}/pits.zip"
        lines = [",".join(COLUMNS), f"pits,1,pits.zip,{address},,,open,none,open,no,"]
        (tmp_path / "sources.csv").write_text("\n".join(lines) + "\n")
        config = yaml.safe_load((ROOT / "config" / "own_data.yaml").read_text())
        config["profiles"]["source"]["path"] = "own/soil/neon_layers.csv"
        product = {"product": "pits", "version": "1", "folder": "own", "unpack": ["*.csv"]}
        config["downloads"] = {"sources": "sources.csv", "products": {"pits": product}}
        run = snakemake(tmp_path, config, "--", "profiles")
        server.shutdown()
        thread.join()
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "data" / "own" / "soil" / "neon_layers.csv").exists()
    manifest = (tmp_path / "data" / "downloads" / "pits.sha256").read_text()
    assert manifest.split()[1] == "downloads/archives/pits/pits.zip"
    profiles = pd.read_csv(
        tmp_path / "results" / "own_data" / "inputs" / "candidates" / "profiles.csv"
    )
    assert len(profiles) == 8
    assert planned(tmp_path, config, "downloads") == set()
