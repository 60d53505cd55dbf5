"""A coarse synthetic globe: its files are like the real ones and agree with its truth."""

import hashlib

import matplotlib.image
import netCDF4
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from proda.data.cells import Cells
from proda.data.covariate_table import read_covariate_table
from proda.data.covariates import site_covariates
from proda.data.land_model.soil_forcing import annual_litter_input, read_clm_soil
from proda.data.profiles import collect_profiles
from proda.data.region import Region, read_region
from proda.errors import InputError
from proda.figures.globe_overview import draw_globe_overview
from proda.model import MatrixModel, MonthlyForcing
from proda.model.processes import PROCESSES, processes_of
from proda.model.structures import GLOBAL, get_structure
from proda.resources import resource
from proda.twin.globe import GlobalTwinConfig, write_globe
from proda.twin.globe.places import Places, bumps, noise
from proda.twin.globe.world import Globe
from proda.twin.observations import at_depth
from workflow_runs import ROOT

SETTINGS = {"format": "globe", "n_profiles": 40, "resolution": 10.0, "clm_years": 2}
WOSIS = "wosis/WoSIS_2023_December"
LAYERS = 20
SMALL = Region("box", shapely.box(-10, -30, 60, 75), {})


@pytest.fixture(scope="module")
def region():
    return read_region(resource("world.geojson"))


@pytest.fixture(scope="module")
def world(tmp_path_factory, region):
    folder = tmp_path_factory.mktemp("globe")
    write_globe(folder, SETTINGS, region)
    return folder


@pytest.fixture(scope="module")
def globes(tmp_path_factory, region):
    """The two worlds, not written."""
    folder = tmp_path_factory.mktemp("globes")
    return {
        governed_by: Globe(
            folder, GlobalTwinConfig.of(SETTINGS | {"governed_by": governed_by}), region
        )
        for governed_by in ("cue", "environment")
    }


@pytest.fixture(scope="module")
def grid(world):
    with xr.open_dataset(world / "truth" / "truth_grid.nc") as data:
        return data.load()


@pytest.fixture(scope="module")
def sites(world):
    with xr.open_dataset(world / "truth" / "truth_sites.nc") as data:
        return data.load()


@pytest.fixture(scope="module")
def history(world):
    return read_clm_soil(get_structure(GLOBAL), str(world / "clm" / "*.nc"))


def digests(folder):
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def places_at(region, lon, lat):
    area = np.ones(len(lon))
    return Places(region, Cells(1.0, np.array(lon, float), np.array(lat, float), area, area))


def forcing_from(history, lat, lon):
    """Forcing of the cells that hold points, as the workflow makes it of the history."""
    land = get_structure(GLOBAL).land_model
    here = history.sel(
        lat=xr.DataArray(lat, dims="n"), lon=xr.DataArray(lon, dims="n"), method="nearest"
    )
    litter = annual_litter_input(here, land.litter_inputs, MatrixModel(GLOBAL).grid.thickness)
    return MonthlyForcing(
        **{
            name: here[name].transpose("n", "month", "layer").values.astype(float)
            for name in ("soil_temperature", "water_scalar", "oxygen_scalar", "nitrogen_scalar")
        },
        **{
            name: here[name].transpose("n", "month").values.astype(float)
            for name in ("active_layer_depth", "active_layer_depth_last_year")
        },
        bedrock_layer=here["bedrock_layer"].values,
        litter_input=litter["litter_input"].transpose("n", "pool").values,
    )


def test_the_same_config_gives_the_same_bytes_and_another_seed_others(tmp_path):
    settings = SETTINGS | {"clm_years": 1, "n_profiles": 10}
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_globe(tmp_path / name, settings | {"seed": seed}, SMALL)
    first, again, other = (digests(tmp_path / name) for name in "abc")
    assert first == again and first.keys() == other.keys()
    unlike = {name for name in first if first[name] != other[name]}
    # Bedrock, too, is another one.
    assert unlike >= {"covariates.nc", "clm/surfdata_twin.nc", "truth/truth_sites.nc"}
    draw_globe_overview(tmp_path / "a", SMALL, tmp_path / "overview.png")
    picture = matplotlib.image.imread(tmp_path / "overview.png")
    assert picture.shape[:2] == (975, 1275) and picture[..., :3].std() > 0.1


def test_the_history_gives_the_forcing_of_the_truth(history, grid, sites):
    """True SOC follows from the true parameters and the forcing that is read back."""
    model = MatrixModel(GLOBAL)
    forcing = forcing_from(history, sites["lat"].values, sites["lon"].values)
    soc = model.soc(model.steady_state(sites["theta"].values, forcing))
    np.testing.assert_allclose(soc, sites["soc"], rtol=1e-4)
    row, column = np.nonzero(np.isfinite(grid["theta"][0].values))
    forcing = forcing_from(history, grid["lat"].values[row], grid["lon"].values[column])
    soc = model.soc(model.steady_state(grid["theta"].values[:, row, column].T, forcing))
    np.testing.assert_allclose(soc, grid["soc"].values[:, row, column].T, rtol=1e-4)
    physical = model.physical(grid["theta"].values[:, row, column].T)
    processes = processes_of(model, physical, forcing)
    for process in PROCESSES:
        if process.name == "input_beta_later_code":
            continue  # which layers it is a mean of is decided by the rounding of their input
        true = grid[process.name].values[row, column]
        np.testing.assert_allclose(true, processes[process.name], rtol=1e-3, err_msg=process.name)
    cue = sites["carbon_use_efficiency"].values
    assert 0.02 < cue.min() < cue.max() < 0.9


def test_the_history_is_written_as_clm5_does(world, history):
    files = sorted((world / "clm").glob("*.h0.*.nc"))
    assert len(files) == 24
    with netCDF4.Dataset(files[1]) as data:
        assert data["TSOI"].dimensions == ("time", "levgrnd", "lat", "lon")
        assert data["W_SCALAR"].dimensions == ("time", "levsoi", "lat", "lon")
        assert data["FPI_vr"].dimensions == ("time", "levdcmp", "lat", "lon")
        assert (data.dimensions["levgrnd"].size, data.dimensions["levsoi"].size) == (25, 20)
        assert "levsoi" not in data.variables and "nbedrock" not in data.variables
        assert data["lon"][0] > 0 and data["time"].calendar == "noleap"
        assert data["time"][:] == data["time_bounds"][0, 1] == 59
        assert data["TSOI"]._FillValue == np.float32(1e36)
    npp = sum(_monthly_npp(file) for file in files[:12])
    litter = history[["input_cwd", "input_metabolic", "input_cellulose", "input_lignin"]]
    thickness = MatrixModel(GLOBAL).grid.thickness
    total = (litter.to_array().sum(["variable", "month"]) * thickness[:, None, None]).sum("layer")
    here = np.isfinite(history["bedrock_layer"].values)
    # Longitudes of the reader start at -180.
    np.testing.assert_allclose(np.roll(npp, 18, axis=1)[here], total.values[here], rtol=1e-3)


def _monthly_npp(file):
    with netCDF4.Dataset(file) as data:
        days = data["time_bounds"][0, 1] - data["time_bounds"][0, 0]
        return data["NPP"][0].filled(np.nan) * 86400 * days


def test_nothing_decomposes_below_bedrock_and_some_soils_are_shallow_or_frozen(history, grid):
    water, layers = history["water_scalar"].values, history["bedrock_layer"].values
    here = np.isfinite(layers)
    below = np.arange(LAYERS)[:, None] >= layers[here]
    assert (water[:, :, here][:, below] == 0).all() and (water[:, :, here][:, ~below] > 0).all()
    assert layers[here].min() <= 8 and layers[here].max() >= 18
    thaw = grid["active_layer_depth"]
    assert float(thaw.sel(lat=slice(-50, 30)).median()) > 40
    assert 0.15 < thaw.sel(lat=slice(60, 80)).min() < 2 < thaw.sel(lat=slice(60, 80)).max()
    assert history["oxygen_scalar"].min() < 0.97


def test_climate_zones_lie_where_they_do(globes):
    globe = globes["cue"]

    def at(name, lon, lat):
        return globe.covariates[name][globe.places.cells.index_of(lon, lat)]

    assert at("BIO1", 25, 0) > 22 > at("BIO1", 15, 45) > 0 > at("BIO1", 125, 65)
    amazon, sahara, siberia = (at("BIO12", *place) for place in ((-62, -4), (15, 25), (95, 65)))
    assert amazon > 1000 > 600 > siberia > sahara and sahara < 150
    assert at("Climate", 15, 25) == 4 and at("Climate", -62, -4) in (1, 2, 3)
    assert 17 <= at("Climate", 95, 65) <= 30
    rain = globe.climate.precipitation[:, globe.places.cells.index_of(79, 22)]
    assert rain[6] > 5 * rain[0]
    # The warmest month of the south is in its summer.
    south = globe.places.cells.index_of(145, -25)
    assert globe.climate.temperature[:, south].argmax() in (11, 0, 1)
    assert globe.climate.ice[globe.places.cells.index_of(-40, 75)]


def test_fields_have_no_seam_at_the_date_line_and_none_at_the_pole(region):
    places = places_at(region, [179.999, -179.999, 0.0, 90.0], [10.0, 10.0, 90.0, 90.0])
    for field in (noise(places, 1, "any", 5.0, 10.0), bumps(places, [(178, 10, 5, 5, 2.0)])):
        assert field[0] == pytest.approx(field[1], abs=1e-3)
        assert field[2] == pytest.approx(field[3], abs=1e-9)


def test_noise_is_standard_and_as_smooth_as_stated(region):
    rng = np.random.default_rng(5)
    lon, lat = rng.uniform(-180, 180, 4000), np.degrees(np.arcsin(rng.uniform(-1, 1, 4000)))
    for name in ("a", "b"):
        field = noise(places_at(region, lon, lat), 3, name, 5.0)
        assert abs(field.mean()) < 0.15 and field.std() == pytest.approx(1, abs=0.15)
        near = noise(places_at(region, lon, np.clip(lat + 0.5, -90, 90)), 3, name, 5.0)
        far = noise(places_at(region, lon, -lat), 3, name, 5.0)
        assert np.corrcoef(field, near)[0, 1] > 0.98 and abs(np.corrcoef(field, far)[0, 1]) < 0.2


def spread_left(globe, held):
    """Variance of log stock (1 m) that differences between ``held`` and the world leave of it."""
    model, columns = globe.model, np.arange(globe.columns.cell.size)
    theta = globe.truth.theta(globe.covariates_at(globe.columns.cell))
    processes = np.array(model.parameters.processes)
    forcing = globe.columns.forcing(columns)
    whole = np.log(model.stock(model.soc(model.steady_state(theta, forcing)), 0, 1))
    if held == "environment":
        # Everywhere the mean rate modifiers, by month and layer, and the mean parameters.
        above = forcing.water_scalar > 0
        water = forcing.water_scalar.mean(axis=0, where=above)
        values = vars(forcing) | {
            "water_scalar": np.where(above, water, 0.0),
            "oxygen_scalar": np.broadcast_to(forcing.oxygen_scalar.mean(0), above.shape),
            "soil_temperature": np.broadcast_to(forcing.soil_temperature.mean(0), above.shape),
        }
        forcing = MonthlyForcing(**values)
    group = processes == held
    assert group.sum() >= 2
    theta = np.where(group, theta.mean(axis=0), theta)
    other = np.log(model.stock(model.soc(model.steady_state(theta, forcing)), 0, 1))
    return 1 - np.var(whole - other) / np.var(whole)


def test_the_stock_is_governed_by_what_the_setting_names(globes):
    """Of all mechanisms the one that is named takes away most of the pattern if it is uniform."""
    others = ("carbon use efficiency", "environment", "decomposition", "vertical transport")
    for governed_by, name in (("cue", others[0]), ("environment", others[1])):
        left = {held: spread_left(globes[governed_by], held) for held in others}
        assert left.pop(name) < 0.65
        assert min(left.values()) > 0.85


def test_stocks_are_like_those_of_real_soils(globes):
    for globe in globes.values():
        theta = globe.truth.theta(globe.covariates_at(globe.columns.cell))
        soc = globe.solve(theta, np.arange(len(theta)))["soc"]
        stock = globe.model.stock(soc, 0, 1) / 1000
        total = stock @ globe.places.cells.land_area_m2[globe.columns.cell] / 1e12
        assert 800 < total < 2500  # Pg
        assert np.quantile(stock, 0.05) > 0.1 and stock.max() < 150
        assert soc.max() < 150e3


def test_the_ledger_of_the_reader_is_the_one_that_was_meant(world, region):
    ledger = collect_profiles({"format": "wosis_2023", "path": world / WOSIS}, region.contains)
    meant = pd.read_csv(world / "truth" / "profiles.csv").set_index("profile_id")["kind"]
    found = ledger.profiles["status"].astype(str)
    found.index = found.index.astype(int)
    # That there is no forcing is found out later.
    assert (found == meant.replace("no_forcing", "accepted").loc[found.index]).all()
    assert (meant == "accepted").sum() == 40 and meant.nunique() == 11


def test_profiles_end_at_bedrock_and_observations_follow_the_truth(world, sites):
    model = MatrixModel(GLOBAL)
    profile = np.repeat(np.arange(40), sites["row_size"].values)
    bottom = model.grid.interface[sites["bedrock_layer"].values.astype(int) - 1]
    assert (sites["depth"].values < bottom[profile]).all()
    for k in (0, 17, 39):
        rows = profile == k
        depth = sites["depth"].values[rows]
        true = at_depth(model.grid.node, sites["soc"].values[k : k + 1], depth[None])[0]
        np.testing.assert_allclose(sites["horizon_soc"].values[rows], true, rtol=1e-9)
    ratio = sites["horizon_soc_observed"].values / sites["horizon_soc"].values
    assert ratio.std() == pytest.approx(0.3, abs=0.07)


def test_all_covariates_of_the_table_can_be_read_at_every_site(world, sites):
    table = read_covariate_table(ROOT / "config" / "global_covariates.csv", world)
    read = site_covariates(table, sites["profile_id"], sites["lon"], sites["lat"])
    for layer in table:
        assert np.isfinite(read[layer.name].values).all(), layer.name
    assert np.abs(read["Latitude"].values - sites["lat"].values).max() <= 5


def test_a_folder_without_a_globe_cannot_be_drawn(tmp_path):
    with pytest.raises(InputError, match="expected a synthetic globe"):
        draw_globe_overview(tmp_path, SMALL, tmp_path / "none.png")


def test_a_wrong_setting_is_named():
    with pytest.raises(InputError, match=r"twin.noise.*maximum|twin.noise: expected"):
        GlobalTwinConfig.of(SETTINGS | {"noise": 5.0})
    with pytest.raises(InputError, match=r"twin.governed_by: expected one of cue, environment"):
        GlobalTwinConfig.of(SETTINGS | {"governed_by": "chance"})
