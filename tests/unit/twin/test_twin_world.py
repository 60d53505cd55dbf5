"""A small twin world: its files are like the real ones and agree with its truth."""

import hashlib
from pathlib import Path

import matplotlib.image
import netCDF4
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
import xarray as xr

from clm_files import read_clm_annual
from proda.data.cells import make_cells
from proda.data.covariate_table import read_covariate_table
from proda.data.covariates import site_covariates
from proda.data.interpolation import sample
from proda.data.npp import find_npp_files, npp_at
from proda.data.profiles import collect_profiles
from proda.data.references.soilgrids import soilgrids_stocks
from proda.data.references.wise import wise_stocks
from proda.data.region import Region
from proda.errors import InputError
from proda.model import AnnualForcing, MatrixModel
from proda.twin import TwinConfig
from proda.twin.covariates import TABLE
from proda.twin.observations import at_depth
from proda.twin.overview import draw_twin_overview
from proda.twin.world import write_twin

SMALL = {"n_profiles": 20, "resolution": 0.25, "clm_years": 2, "npp_years": (2000, 2002)}
REGION = shapely.box(-98.0, 29.0, -84.0, 42.0)
INSIDE = Region("box", REGION, {}).contains
WOSIS = "wosis/WoSIS_2023_December"
DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twin")
    write_twin(folder, SMALL, REGION)
    return folder


@pytest.fixture(scope="module")
def sites(world):
    with xr.open_dataset(world / "truth" / "truth_sites.nc") as data:
        return data.load()


@pytest.fixture(scope="module")
def grid(world):
    with xr.open_dataset(world / "truth" / "truth_grid.nc") as data:
        return data.load()


def wosis(world, name):
    return pd.read_csv(world / WOSIS / f"wosis_202312_{name}.tsv", sep="\t")


def digests(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_config_gives_the_same_bytes(world, tmp_path):
    write_twin(tmp_path / "again", dict(SMALL), REGION)
    first, second = digests(world), digests(tmp_path / "again")
    assert len(first) > 100
    assert first == second


def test_another_seed_gives_another_world(world, tmp_path):
    write_twin(tmp_path / "other", SMALL | {"seed": 1}, REGION)
    first, second = digests(world), digests(tmp_path / "other")
    assert first.keys() == second.keys()
    for name in ("worldclim14/bio_1.bil", f"{WOSIS}/wosis_202312_orgc.tsv", "truth/truth_sites.nc"):
        assert first[name] != second[name]


def test_more_profiles_leave_the_land_as_it_is(world, tmp_path):
    write_twin(tmp_path / "larger", SMALL | {"n_profiles": 40}, REGION)
    first, second = digests(world), digests(tmp_path / "larger")
    for name, digest in first.items():
        if not name.startswith(("wosis", "truth")):
            assert second[name] == digest, name


def test_wosis_tables_have_the_columns_and_types_of_the_release(world):
    expected = {
        "sites": ["site_id", "longitude", "latitude"],
        "profiles": ["profile_id", "site_id"],
    }
    expected["layers"] = ["profile_id", "layer_id", "site_id", "upper_depth", "lower_depth",
                          "layer_name", "layer_number", "organic_surface"]  # fmt: skip
    for name, columns in expected.items():
        assert set(columns) <= set(wosis(world, name).columns)
    orgc = wosis(world, "orgc")
    columns = ["profile_id", "layer_id", "upper_depth", "lower_depth", "value", "value_avg",
               "longitude", "latitude", "positional_uncertainty", "date", "country_name", "region",
               "continent", "dataset_id", "profile_code", "licence", "method"]  # fmt: skip
    assert set(columns) <= set(orgc.columns)
    assert orgc["value"].str.fullmatch(r"\{[0-9.e+-]+\}").all()
    assert orgc["value"].str.strip("{}").astype(float).to_numpy() == pytest.approx(
        orgc["value_avg"]
    )
    assert not orgc["layer_id"].duplicated().any()
    assert '"profile_id"\t' in (world / WOSIS / "wosis_202312_orgc.tsv").read_text()
    texture = [
        wosis(world, name).set_index("layer_id")["value_avg"] for name in ("sand", "silt", "clay")
    ]
    assert sum(texture).to_numpy() == pytest.approx(100.0, abs=0.2)


def test_the_ledger_of_the_reader_is_the_one_that_was_meant(world):
    source = {"format": "wosis_2023", "path": world / WOSIS}
    ledger = collect_profiles(source, INSIDE)
    meant = pd.read_csv(world / "truth" / "profiles.csv", dtype={"profile_id": str})
    meant = meant.set_index("profile_id")["kind"]
    # Forcing is looked at later: to the reader of profiles these are good.
    found = ledger.profiles["status"].astype(str)
    pd.testing.assert_series_equal(
        meant.replace("no_forcing", "accepted").sort_index(),
        found,
        check_names=False,
        check_index_type=False,
    )
    assert (meant == "accepted").sum() == SMALL["n_profiles"]
    assert (meant == "no_forcing").sum() == 1
    horizons = pd.read_csv(world / "truth" / "horizons.csv")
    good = meant[meant == "accepted"].index.astype(int)
    counted = horizons[horizons["profile_id"].isin(good)]["kind"].value_counts()
    rows = ledger.horizons
    rows = rows[rows["profile_id"].astype(str).isin(meant[meant == "accepted"].index)]
    read = rows["status"].astype(str).value_counts()
    assert read.to_dict() == counted.to_dict()
    assert len(counted) == 7  # accepted and six faults


def test_soc_density_read_from_the_raw_files_is_the_meant_one(world, sites):
    ledger = collect_profiles({"format": "wosis_2023", "path": world / WOSIS}, INSIDE)
    meant = pd.read_csv(world / "truth" / "horizons.csv", dtype={"layer_id": str})
    meant = meant[meant["kind"] == "accepted"].set_index("layer_id")
    read = ledger.accepted_horizons().set_index("horizon_id")
    both = meant.join(read[["soc_density", "node_depth", "bulk_density_source"]], how="inner")
    assert len(both) >= 0.95 * len(meant)  # of equal horizons the reader may keep the other one
    assert np.max(np.abs(both["soc_density"] / both["soc_observed"] - 1)) < 1e-6
    assert both["bulk_density_source"].nunique() == 7
    assert sites["horizon_soc_observed"].size == len(meant)
    in_truth = pd.Series(sites["depth"].values, index=sites["layer_id"].values.astype(str))
    assert both["node_depth"].to_numpy() == pytest.approx(in_truth[both.index].to_numpy())


def forcing_of(data):
    fields = ("npp_min", "npp_max", "active_layer_depth")
    layered = ("soil_temperature", "soil_water_potential")
    values = {name: data[name].values for name in fields + layered}
    return AnnualForcing(**values)


def test_site_truth_is_consistent_with_the_model(sites):
    model = MatrixModel("clm45-10")
    theta = sites["theta"].values
    assert np.all((theta > 0) & (theta < 1))
    assert list(sites["parameter"].values) == list(model.parameters.names)
    soc = model.soc(model.steady_state(theta, forcing_of(sites)))
    assert soc == pytest.approx(sites["soc"].values, rel=1e-12)
    ends = np.cumsum(sites["row_size"].values)
    for i, end in enumerate(ends):
        here = slice(end - sites["row_size"].values[i], end)
        depth = sites["depth"].values[here][None]
        assert np.all(np.diff(depth) > 0)
        value = at_depth(model.grid.node, soc[i : i + 1], depth)[0]
        assert value == pytest.approx(sites["horizon_soc"].values[here], rel=1e-12)
    assert ends[-1] == sites.sizes["horizon"]
    factor = sites["horizon_soc_observed"].values / sites["horizon_soc"].values
    assert np.std(factor) == pytest.approx(0.3, abs=0.08)


def test_grid_truth_is_consistent_with_the_model(grid):
    known = np.isfinite(grid["stock_100cm"].values)
    assert known.sum() > 3000
    model = MatrixModel("clm45-10")
    cells = {name: variable.values[..., known] for name, variable in grid.data_vars.items()}
    forcing = AnnualForcing(
        npp_min=cells["npp_min"],
        npp_max=cells["npp_max"],
        active_layer_depth=cells["active_layer_depth"],
        soil_temperature=cells["soil_temperature"].T,
        soil_water_potential=cells["soil_water_potential"].T,
    )
    soc = model.soc(model.steady_state(cells["theta"].T, forcing))
    assert pytest.approx(cells["soc"], rel=1e-12) == soc.T
    for depth in (30, 100, 200):
        stock = model.stock(soc, 0, depth / 100) / 1000
        assert stock == pytest.approx(cells[f"stock_{depth}cm"], rel=1e-12)
    assert np.all(np.diff(grid["lat"]) > 0)
    assert grid["lat"].values[0] == 24.75


def test_soc_is_like_that_of_real_soils(sites, grid):
    model = MatrixModel("clm45-10")
    stock = model.stock(sites["soc"].values, 0, 1) / 1000
    assert 5 < np.median(stock) < 20
    assert stock.min() > 1
    assert stock.max() < 100
    assert 10 < np.median(sites["soc"].values[:, 0]) / 1000 < 60
    assert np.all(np.diff(sites["soc"].values, axis=1) < 0)
    everywhere = grid["stock_100cm"].values
    assert 5 < np.nanmedian(everywhere) < 15

    def mean(west, east, south, north):
        return float(grid["stock_100cm"].sel(lon=slice(west, east), lat=slice(south, north)).mean())

    desert, prairie, northeast = (
        mean(-116, -106, 31, 35), mean(-96, -90, 40, 44), mean(-78, -70, 41, 45)
    )  # fmt: skip
    assert desert < 0.5 * prairie
    assert desert < 0.5 * northeast


def test_clm_history_is_written_as_clm_does(world):
    files = sorted((world / "clm").glob("*.nc"))
    assert len(files) == 24
    assert files[0].name.endswith(".clm2.h0.0996-01.nc")
    fields = {
        "TSOI": "K", "SOILPSI": "MPa", "ALTMAX": "m", "ALTMAX_LASTYEAR": "m", "NPP": "gC/m^2/s",
        "TOTSOMC": "gC/m^2", "CELLSAND": "%", "SOIL1C_vr": "gC/m^3",
        "SOIL2C_vr": "gC/m^3", "SOIL3C_vr": "gC/m^3",
    }  # fmt: skip
    with netCDF4.Dataset(files[13]) as data:  # February of the second year
        data.set_auto_mask(False)
        assert data["time"].calendar == "noleap"
        assert data["time"][0] == 365 + 31 + 28  # the END of the month
        assert list(data["time_bounds"][0]) == [365 + 31, 365 + 31 + 28]
        assert data["lon"][0] == 0
        assert data["lon"][-1] == 357.5
        assert data["lat"][[0, -1]].tolist() == [-90, 90]
        assert len(data.dimensions["levgrnd"]) == 15
        assert data["levgrnd"][9] == pytest.approx(2.864607, rel=1e-6)
        assert "levsoi" not in data.variables  # CLM gives it no coordinate
        land = data["landfrac"][:] > 0
        for name, unit in fields.items():
            variable = data[name]
            assert variable.units == unit
            assert variable.long_name
            assert variable.dtype == np.float32
            assert variable._FillValue == variable.missing_value == np.float32(1e36)
            values = variable[0]
            assert np.all(values[..., ~land] == np.float32(1e36))
            assert np.all(np.abs(values[..., land]) < 1e6)
        assert np.all(data["SOILPSI"][0][:, land] <= 0)
        pools = sum(data[f"SOIL{i}C_vr"][0] for i in (1, 2, 3))[:, land]
        thickness = MatrixModel("clm45-10").grid.thickness
        assert (thickness @ pools) == pytest.approx(data["TOTSOMC"][0][land], rel=1e-5)
        area = data["area"][:].sum(dtype=float)
        assert area == pytest.approx(4 * np.pi * 6371.22**2, rel=1e-5)


def check_clm_forcing(folder, sites):
    """By hand: mean over days, then the four cells around each site, ocean excluded.

    Returns at how many sites an ocean cell had to be excluded.
    """
    files = sorted((folder / "clm").glob("*.nc"))
    total, last_year = 0.0, 0.0
    all_days = np.tile(DAYS, len(files) // 12)
    for path, days in zip(files, all_days, strict=True):
        with xr.open_dataset(path, decode_times=False) as data:
            total = total + days * data["TSOI"].values[0, :10].astype(float)
            last_year = last_year + days * data["ALTMAX_LASTYEAR"].values[0].astype(float)
    mean, last_year = total / all_days.sum(), last_year / all_days.sum()
    coastal = 0
    for i in range(sites.sizes["profile"]):
        x, y = sites["lon"].values[i] % 360 / 2.5, (sites["lat"].values[i] + 90) / (180 / 95)
        column, row = int(x), int(y)
        weights = np.outer([1 - (y - row), y - row], [1 - (x - column), x - column])
        box = np.s_[..., row : row + 2, column : column + 2]
        ocean = np.isnan(mean[0][box])
        coastal += ocean.any()
        weights[ocean] = 0
        expected = np.nansum(mean[box] * weights, axis=(1, 2)) / weights.sum()
        assert sites["soil_temperature"].values[i] == pytest.approx(expected, abs=1e-4)
        expected = np.nansum(last_year[box] * weights) / weights.sum()
        assert sites["active_layer_depth"].values[i] == pytest.approx(expected)
    return coastal


def test_site_forcing_is_what_the_raw_files_give(world, sites):
    check_clm_forcing(world, sites)
    years = []
    for year in (2000, 2001, 2002):
        with rasterio.open(world / f"mod17a3/MOD17A3_Science_NPP_{year}.tif") as raster:
            points = zip(sites["lon"].values, sites["lat"].values, strict=True)
            years.append([0.1 * value[0] for value in raster.sample(points)])
    assert np.max(years, axis=0) == pytest.approx(sites["npp_max"].values)
    assert np.min(years, axis=0) == pytest.approx(sites["npp_min"].values)
    assert np.mean(years, axis=0) == pytest.approx(sites["npp_mean"].values)


def test_npp_rasters_hold_codes_where_nothing_grows(world):
    crs = []
    for year in (2000, 2001, 2002):
        with rasterio.open(world / f"mod17a3/MOD17A3_Science_NPP_{year}.tif") as raster:
            assert raster.dtypes == ("uint16",)
            assert (0.5 / raster.res[0]) % 1 == 0
            crs.append(raster.crs)
            values = raster.read(1)
            assert values[-1, -1] == 65535  # the Atlantic
            codes = values[values >= 65500]
            assert set(np.unique(codes)) <= set(range(65529, 65536))
            assert {65530, 65535} <= set(np.unique(codes))  # towns, ocean
            grown = values[values < 65500] * 0.1
            assert 20 < grown.min() < grown.max() < 1500
    assert crs[0] is None
    assert crs[1].to_epsg() == 4326


def test_all_sixty_covariates_can_be_read_at_every_site(world, sites):
    layers = read_covariate_table(TABLE, world)
    assert len(layers) == 60
    values = site_covariates(layers, sites["profile_id"], sites["lon"], sites["lat"])
    assert all(values[name].notnull().all() for name in values)
    total = sum(values[f"{part}_Content_30cm"] for part in ("Sand", "Silt", "Clay"))
    assert total.to_numpy() == pytest.approx(100, abs=1.5)
    annual_range = (values["BIO5"] - values["BIO6"]).to_numpy()
    assert values["BIO7"].to_numpy() == pytest.approx(annual_range, abs=0.11)
    assert (values["NPPmin"] <= values["NPPmean"]).all()
    assert values["NPPmax"].to_numpy() == pytest.approx(sites["npp_max"].values, rel=1e-5)
    assert ((values["BIO1"] >= 5) & (values["BIO1"] <= 25)).all()


def test_raw_codes_and_fills_are_those_of_the_products(world):
    with rasterio.open(world / "worldclim14/bio_1.bil") as raster:
        assert raster.dtypes == ("int16",)
        assert raster.crs is None
        assert raster.nodata == -9999
        raw = raster.read(1)
    assert raw[-1, -1] == -9999
    assert 50 < np.median(raw[raw != -9999]) < 200  # degC x 10
    expected = {
        "soilgrids2017/PHIHOX_M_sl1_250m_ll.tif": ("uint8", 255),
        "soilgrids2017/CLYPPT_M_sl4_250m_ll.tif": ("uint8", 255),
        "soilgrids2017/BLDFIE_M_sl1_250m_ll.tif": ("int16", -32768),
        "soilgrids2017/BDRICM_M_250m_ll.tif": ("int32", None),
        "soilgrids2017/OCSTHA_M_sd6_250m_ll.tif": ("int16", -32768),
        "koppen/Beck_KG_V1_present_0p0083.tif": ("uint8", 0),
        "user/drought.tif": ("float32", -9999),
    }
    for file, (dtype, nodata) in expected.items():
        with rasterio.open(world / file) as raster:
            assert raster.dtypes == (dtype,), file
            assert raster.crs.to_epsg() == 4326
            if nodata is not None:
                assert raster.nodata == nodata
    with rasterio.open(world / "modis/MCD12Q1_LC_Type1.tif") as raster:
        assert raster.read(1)[-1, -1] == 17  # water is a class


def test_reference_stocks_follow_the_truth_with_errors_of_their_own(world, grid):
    cells = make_cells(Region("box", REGION, {}), 0.5)
    place = {"lon": xr.DataArray(cells.lon), "lat": xr.DataArray(cells.lat)}
    for stocks in (
        soilgrids_stocks(world / "soilgrids2017", cells),
        wise_stocks(world / "wise30sec", cells),
    ):
        for depth, stock in zip((30, 100, 200), stocks, strict=True):
            true = grid[f"stock_{depth}cm"].sel(place).values
            both = np.isfinite(true) & np.isfinite(stock)
            assert both.mean() > 0.9
            assert 0.5 < np.corrcoef(true[both], stock[both])[0, 1] < 0.99
            assert stock[both].mean() == pytest.approx(true[both].mean(), rel=0.2)


def test_wise_table_has_codes_shares_and_the_published_spelling(world):
    folder = world / "wise30sec/Interchangeable_format"
    legend = pd.read_csv(folder / "wise_30sec_v1.tsv", sep="\t")
    assert list(legend.columns) == ["pixel_vaue", "description"]
    assert legend["description"][0] == "nodata"
    table = pd.read_csv(folder / "HW30s_FULL.txt")
    assert {-1, -3, -7} <= set(table.loc[table["ORGC"] < 0, "ORGC"].astype(int))
    assert set(legend["description"][1:]) == set(table["NEWSUID"])
    totals = table[table["Layer"] == "D1"].groupby("NEWSUID")["PROP"].sum()
    assert (totals == 100).all()
    assert set(table["Layer"]) == {f"D{i}" for i in range(1, 8)}


def test_without_noise_and_unexplained_variation_observations_are_the_explained_model(tmp_path):
    settings = SMALL | {
        "resolution": 0.5,
        "noise": 0.0,
        "unexplained_fraction": 0.0,
        "clm_years": 1,
    }
    write_twin(tmp_path, settings, REGION)
    with xr.open_dataset(tmp_path / "truth/truth_sites.nc") as sites:
        assert np.array_equal(sites["theta"], sites["theta_without_site_variation"])
        assert np.array_equal(sites["horizon_soc"], sites["horizon_soc_observed"])


def test_a_world_without_a_region_puts_profiles_on_all_land_of_the_box(tmp_path):
    write_twin(tmp_path, SMALL | {"resolution": 0.5, "n_profiles": 200, "clm_years": 1})
    profiles = pd.read_csv(tmp_path / "truth/profiles.csv")
    lat = profiles["lat"][profiles["kind"] == "accepted"]
    assert len(lat) == 200
    assert lat.between(24.5, 49.5).all()
    assert lat.max() - lat.min() > 18
    with xr.open_dataset(tmp_path / "truth/truth_sites.nc") as sites:
        assert check_clm_forcing(tmp_path, sites) > 10


def test_the_overview_is_a_picture(world, tmp_path):
    path = tmp_path / "overview.png"
    draw_twin_overview(world, path)
    pixels = matplotlib.image.imread(path)
    assert pixels.shape[0] > 1000
    assert pixels[..., :3].std() > 0.1
    again = tmp_path / "again.png"
    draw_twin_overview(world, again)
    assert path.read_bytes() == again.read_bytes()


@pytest.mark.parametrize(
    ("settings", "fragments"),
    [
        ({"profiles": 3}, ("twin.profiles", "n_profiles", "unknown key")),
        ({"n_profiles": 0}, ("twin.n_profiles", "1 to 400000", "0")),
        ({"n_profiles": 2.5}, ("twin.n_profiles", "a whole number", "2.5")),
        ({"noise": -0.1}, ("twin.noise", "0 to 2", "-0.1")),
        ({"unexplained_fraction": 1.2}, ("twin.unexplained_fraction", "0 to 1", "1.2")),
        ({"resolution": 0.3}, ("twin.resolution", "divisor of 0.5", "0.3")),
        ({"npp_years": (2001, 2001)}, ("twin.npp_years", "later last year", "2001")),
        ({"clm_years": 0}, ("twin.clm_years", "1 to 100", "0")),
    ],
)
def test_a_wrong_setting_is_named(settings, fragments):
    with pytest.raises(InputError) as error:
        TwinConfig.of(settings)
    for fragment in fragments:
        assert fragment in str(error.value)


def test_a_region_at_sea_has_no_room(tmp_path):
    with pytest.raises(InputError, match="accepted: expected eligible land pixels, found none"):
        write_twin(tmp_path, SMALL | {"resolution": 0.5}, shapely.box(-60, 0, -50, 10))


def test_a_folder_without_a_world_cannot_be_drawn(tmp_path):
    with pytest.raises(InputError, match="expected a twin world, found no truth"):
        draw_twin_overview(Path(tmp_path), tmp_path / "x.png")


def test_the_forcing_readers_give_the_forcing_of_the_truth(world, sites):
    nodes = MatrixModel("clm45-10").grid.node
    soil, found = sample(
        read_clm_annual(world / "clm" / "*.nc", nodes), sites["lon"].values, sites["lat"].values
    )
    assert found.all()
    for name in ("soil_temperature", "soil_water_potential"):
        assert pytest.approx(sites[name].values, rel=1e-5) == soil[name].values.T
    assert soil["active_layer_depth"].values == pytest.approx(sites["active_layer_depth"].values)
    assert soil["sand"].min() > 1
    files = find_npp_files(world / "mod17a3", SMALL["npp_years"])
    npp = npp_at(files, sites["lon"].values, sites["lat"].values)
    for name in ("npp_mean", "npp_min", "npp_max"):
        assert npp[name].values == pytest.approx(sites[name].values)
    profiles = pd.read_csv(world / "truth" / "profiles.csv")
    bare = profiles[profiles["kind"] == "no_forcing"]
    assert np.isnan(npp_at(files, bare["lon"], bare["lat"])["npp_mean"]).all()
