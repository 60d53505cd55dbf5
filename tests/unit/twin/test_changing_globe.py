"""The globe that changes: its scenario, its history, and series that give it back."""

from dataclasses import replace

import netCDF4
import numpy as np
import pytest

from proda.data.region import read_region
from proda.data.series import open_series
from proda.model import MatrixModel
from proda.model.grid import CLM5_20
from proda.resources import resource
from proda.twin.globe.changing import ChangingGlobe
from proda.twin.globe.config import GlobalTwinConfig
from proda.twin.globe.scenario import make_scenario
from proda.twin.globe.world import Globe
from proda.twin.truth import true_parameters
from support.globe_cases import BASE, REGION, SETTINGS, YEARS, ChangingCase


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    return ChangingCase(tmp_path_factory.mktemp("globe"), every=2, resolution=5.0)


@pytest.fixture(scope="module")
def world():
    """The land of the globe, and its scenario over two centuries."""
    config = GlobalTwinConfig.of({"format": "globe", "resolution": 10.0})
    globe = Globe("unused", config, read_region(resource("world.geojson")))
    years, base = (1900, 2100), (1900, 1919)
    return globe, make_scenario(globe.places, config.seed, years, base, config.warming)


def weather(world, years):
    """Climate and relative NPP of years, (years, 12, n) and (years, n)."""
    globe, scenario = world
    found = [scenario.year(year, globe.places, globe.climate) for year in years]
    return (
        np.stack([each.climate.temperature for each in found]),
        np.stack([each.climate.precipitation for each in found]),
        np.stack([each.npp for each in found]),
    )


def test_base_years_have_the_climate_of_the_unchanged_world(world):
    globe, _ = world
    temperature, rain, npp = weather(world, range(1900, 1920))
    np.testing.assert_allclose(temperature.mean(axis=0), globe.climate.temperature, atol=1e-10)
    geometric = np.exp(np.log(rain).mean(axis=0))
    np.testing.assert_allclose(geometric, globe.climate.precipitation, rtol=1e-10)
    np.testing.assert_allclose(npp.mean(axis=0), 1.0, atol=0.005)
    assert temperature.mean(axis=(1, 2)).std() > 0.1


def test_warming_is_that_of_the_settings_and_stronger_in_the_north(world):
    globe, scenario = world
    calm = replace(scenario, warmth=0.0 * scenario.warmth, rain=0.0 * scenario.rain)
    temperature, rain, npp = weather((globe, calm), [2100])
    change = temperature[0].mean(axis=0) - globe.climate.temperature.mean(axis=0)
    land, lat = globe.places.cells.land_area_m2, globe.places.lat
    np.testing.assert_allclose(np.average(change, weights=land), globe.config.warming)
    assert change[lat > 65].min() > 1.5 * change[lat < 20].max()
    wetter = rain[0].mean(axis=0) / globe.climate.precipitation.mean(axis=0)
    assert wetter[np.abs(np.abs(lat) - 27) < 4].max() < 0.85 and wetter[lat > 65].min() > 1.05
    assert 1.1 < np.average(npp[0], weights=land) < 1.8


def test_series_give_the_columns_of_the_world_back(case):
    paths, counts = case.build(case.folder / "series", parts=2)
    world = ChangingGlobe(case.config, REGION, YEARS, BASE, 2)
    assert counts[0] == world.cell.size > 10 and counts[2:].sum() == 0
    years = dict(world.columns())
    for year in (1900, 1907, 1912):
        own, last = years[year], years[max(year - 1, 1900)]
        expected = own.forcing(np.arange(world.cell.size))
        found = []
        for path in paths:
            with open_series(path) as series:
                here = series.cells.cell[series.positions]
                found.append((here, series.forcing(year, year)))
        order = np.concatenate([here for here, _ in found])
        np.testing.assert_array_equal(order, world.cell)
        for name in ("soil_temperature", "water_scalar", "bedrock_layer"):
            values = np.concatenate([getattr(forcing, name) for _, forcing in found])
            np.testing.assert_array_equal(values, getattr(expected, name))
        litter = np.concatenate([forcing.litter_input for _, forcing in found])
        np.testing.assert_allclose(litter, expected.litter_input, rtol=1e-6)
        thaw = np.concatenate([forcing.active_layer_depth for _, forcing in found])
        larger = np.maximum(own.active_layer, last.active_layer)
        np.testing.assert_array_equal(thaw[:, 3], larger)
        above = np.arange(20) < expected.bedrock_layer[:, None, None]
        nitrogen = np.concatenate([forcing.nitrogen_scalar for _, forcing in found])
        np.testing.assert_array_equal(nitrogen, expected.nitrogen_scalar * above)


def test_history_is_written_by_decade_on_the_rows_that_are_taken(case):
    files = sorted((case.folder / "history").glob("*.h0.*.nc"))
    assert [path.name[-10:-3] for path in files] == ["1900-01", "1910-01"]
    with netCDF4.Dataset(files[1]) as data:
        assert data["TSOI"].shape == (36, 25, 18, 36)
        assert data["time_bounds"][0].tolist() == [3650.0, 3681.0]
        assert data["time"].calendar == "noleap"
        assert data["NPP"].units == "gC/m^2/s"
        litter = sum(
            data[name][:12, :20].filled(0.0)
            for name in data.variables
            if name.endswith("_INPUT_ACC_VECTOR")
        )
        npp = data["NPP"][:12].filled(0.0) * 86400.0
        total = (litter * CLM5_20.thickness[:, None, None]).sum(axis=(0, 1))
        days = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
        reported = (npp * days[:, None, None]).sum(axis=0)
        some = reported > 1.0
        assert some.sum() > 10
        np.testing.assert_allclose(total[some], reported[some], rtol=1e-4)


def true_parameters_of(globe, folder):
    cells = globe.places.cells
    return true_parameters(
        folder / "truth" / "truth_grid.nc", MatrixModel("clm5-20"), cells.lat, cells.lon
    )


def test_true_parameters_of_cells(case, tmp_path):
    globe = Globe(tmp_path, case.config, REGION)
    globe.write_grid()
    theta = true_parameters_of(globe, tmp_path)
    expected = globe.truth.theta(globe.covariates_at(globe.columns.cell))
    np.testing.assert_allclose(theta[globe.columns.cell], expected, rtol=1e-12)
    other = np.setdiff1d(np.arange(len(globe.places.cells)), globe.columns.cell)
    assert np.isnan(theta[other]).all()


def test_all_places_may_share_their_parameters(tmp_path):
    config = GlobalTwinConfig.of(SETTINGS | {"uniform_parameters": True})
    globe = Globe(tmp_path, config, REGION)
    variation = np.random.default_rng(0).standard_normal((globe.columns.cell.size, 21))
    theta = globe.truth.theta(globe.covariates_at(globe.columns.cell), variation)
    assert np.all(theta == theta[0]) and np.unique(theta[0]).size > 10
    globe.write_grid()
    found = true_parameters_of(globe, tmp_path)
    np.testing.assert_array_equal(found[globe.columns.cell], theta)
