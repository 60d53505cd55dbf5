"""Forcing on cells and at profiles: shared within a cell, never borrowed across the border."""

import tracemalloc

import numpy as np
import pytest
import shapely
import xarray as xr

from clm_files import field, write_history, year_bounds
from own_data_files import write_clm_monthly
from proda.config.sections.forcing import NppLandModel, NppMod17a3, NppNetcdf, NppVariables
from proda.data.cells import make_cells, read_cells, write_cells
from proda.data.forcing import load_grid_forcing, load_site_forcing, write_forcing
from proda.data.forcing_merge import grid_forcing, site_forcing
from proda.data.forcing_sources import (
    at_points,
    npp_at_points,
    npp_on_cells,
    on_cells,
    read_soil,
    soil_of_cells,
)
from proda.data.interpolation import sample
from proda.data.npp_summary import write_npp_summary
from proda.data.region import Region
from proda.errors import InputError
from proda.model import MonthlyForcing
from proda.model.structures import get_structure
from proda.netcdf import netcdf_in_file
from raster_files import write_raster


def cells_of(*boxes):
    geometry = shapely.union_all([shapely.box(*box) for box in boxes])
    return make_cells(Region("boxes", geometry, {}))


@pytest.fixture
def cells():
    """Six cells of half a degree in an L."""
    return cells_of((10, 40, 12, 40.5), (10, 40.5, 11, 41))


@pytest.fixture
def soil():
    """A field linear in longitude and latitude on 1 degree cells."""
    lat, lon = np.arange(35.0, 46), np.arange(5.0, 16)
    values = 250 + 2 * lon + 0.25 * lat[:, None]
    return xr.Dataset(
        {
            "soil_temperature": (("layer", "lat", "lon"), np.stack([values, values + 1])),
            "active_layer_depth": (("lat", "lon"), values / 100),
        },
        {"lat": lat, "lon": lon},
        {"structure": "clm45-10"},
    )


def test_cells_come_back_from_their_file(cells, tmp_path):
    write_cells(cells, tmp_path / "cells.nc", {"region": "boxes"})
    again = read_cells(tmp_path / "cells.nc")
    assert again.resolution == cells.resolution
    for name in ("lon", "lat", "area_m2", "land_fraction"):
        np.testing.assert_array_equal(getattr(again, name), getattr(cells, name))
    with xr.open_dataset(tmp_path / "cells.nc") as file:
        assert file.cell_area.attrs["units"] == "m2" and file.attrs["region"] == "boxes"


def test_fields_on_cells_are_those_of_their_centres_and_nothing_outside(cells, soil):
    grid = on_cells(soil, cells)
    number = grid.cell.values
    assert sorted(number[number >= 0]) == list(range(len(cells)))
    for name in ("soil_temperature", "active_layer_depth"):
        assert np.isnan(grid[name].values[..., number < 0]).all()
    expected = 250 + 2 * cells.lon + 0.25 * cells.lat
    found = cells.from_grid(grid.soil_temperature.isel(layer=0))
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_profiles_of_a_cell_share_its_climate_bit_for_bit(cells, soil):
    grid = on_cells(soil, cells)
    lon, lat = (
        np.array([10.01, 10.49, 10.26, 11.9, 9.9]),
        np.array([40.01, 40.3, 40.49, 40.2, 40.2]),
    )
    shared = soil_of_cells(grid, cells, lon, lat)
    np.testing.assert_array_equal(shared.cell, [0, 0, 0, 3, -1])
    column = shared.soil_temperature.values
    assert column[0, 0] == column[0, 1] == column[0, 2] == grid.soil_temperature.values[0, 0, 0]
    assert column[1, 3] == pytest.approx(250 + 2 * 11.75 + 0.25 * 40.25 + 1, rel=1e-12)
    assert np.isnan(column[:, 4]).all()
    own = at_points(soil, lon, lat)
    np.testing.assert_allclose(own.soil_temperature[0], 250 + 2 * lon + 0.25 * lat, rtol=1e-12)


def write_years(folder, *years, north=41, west=10):
    """Annual NPP of six pixels to half a degree; ``years`` are (12, 24) digital numbers."""
    for i, numbers in enumerate(years):
        path = folder / "npp" / f"MOD17A3_Science_NPP_{2000 + i}.tif"
        write_raster(path, np.asarray(numbers, np.uint16), west, north, 1 / 12)
    return NppMod17a3(format="mod17a3", folder="npp", years=(2000, 1999 + len(years)))


def test_npp_of_a_cell_is_the_mean_of_its_own_pixels(cells, tmp_path):
    numbers = np.full((12, 24), 65535)
    numbers[6:, :6] = 1000  # the first cell
    numbers[6:, 6] = 5000  # 6 of 36 pixels of the second
    numbers[6, 12] = 4000  # 1 of 36 of the third, too few
    source = write_years(tmp_path, numbers, numbers + (numbers < 65535) * 100)
    npp = npp_on_cells(source, tmp_path, cells)
    mean, low, high = (cells.from_grid(npp[f"npp_{name}"]) for name in ("mean", "min", "max"))
    np.testing.assert_allclose(mean[:2], [105, 505])
    np.testing.assert_allclose(low[:2], [100, 500])
    np.testing.assert_allclose(high[:2], [110, 510])
    assert np.isnan(mean[2:]).all()
    points = npp_at_points(source, tmp_path, np.array([10.55, 10.6]), np.array([40.2, 40.2]))
    np.testing.assert_allclose(points.npp_mean, [505, np.nan])


def test_npp_of_pixels_over_the_years_masks_codes_before_scaling(tmp_path):
    first, second = np.full((12, 24), 2000), np.full((12, 24), 3000)
    second[0, 0], first[1, 1], second[1, 1] = 65530, 65535, 65533
    source = write_years(tmp_path, first, second)
    files = {2000 + i: tmp_path / "npp" / f"MOD17A3_Science_NPP_{2000 + i}.tif" for i in range(2)}
    assert source.years == (2000, 2001)
    write_npp_summary(files, (11, 40, 11.5, 40.5), tmp_path / "npp.nc", {"seed": "1"})
    with xr.open_dataset(tmp_path / "npp.nc") as data:
        assert data.sizes == {"lat": 12, "lon": 24} and data.attrs["seed"] == "1"
        assert data.NPPmean.attrs["units"] == "g m-2 yr-1"
        np.testing.assert_allclose(data.NPPmean[0, :2], [200, 250])
        assert np.isnan(data.NPPmax[1, 1])
        assert float(data.NPPmax.max()) == 300 and float(data.NPPmin.min()) == 200
    write_npp_summary(files, (11.4, 40.1, 11.5, 40.2), tmp_path / "npp.nc")
    with xr.open_dataset(tmp_path / "npp.nc") as data:
        assert data.sizes["lon"] < 24  # one degree around the region, no more
    with pytest.raises(InputError, match=r"expected a raster that holds the region"):
        write_npp_summary(files, (50, 10, 60, 20), tmp_path / "npp.nc")


def test_npp_from_netcdf_is_interpolated_and_told_apart(cells, tmp_path):
    lat, lon = np.arange(38.0, 44), np.arange(8.0, 14)
    flat = xr.DataArray(np.full((6, 6), 0.4), {"lat": lat, "lon": lon}, ("lat", "lon"))
    flat.attrs["units"] = "kgC m-2 yr-1"
    xr.Dataset({"m": flat, "lo": flat * 0.5, "hi": flat * 2}).map(
        lambda v: v.assign_attrs(units="kgC m-2 yr-1")
    ).to_netcdf(tmp_path / "npp.nc")
    source = NppNetcdf(format="netcdf", file="npp.nc", names=NppVariables("m", "lo", "hi"))
    npp = npp_on_cells(source, tmp_path, cells)
    np.testing.assert_allclose(cells.from_grid(npp.npp_max), 800)
    assert npp.attrs["source"] == "net primary production: npp.nc"


def test_npp_of_the_land_model_is_of_the_years_of_its_climate(cells, tmp_path):
    flux = np.array([1.0, 2.0, 6.0])
    path = write_history(tmp_path / "history.nc", {"NPP": field(1e-6 * flux)}, year_bounds(3))
    source, history = NppLandModel("clm"), [path]
    lon, lat = np.array([10.2]), np.array([40.2])
    for years, low, high in ((None, 1, 6), ((1, 2), 1, 2), ((2, 2), 2, 2)):
        on_grid = npp_on_cells(source, tmp_path, cells, history, years)
        at_profile = npp_at_points(source, tmp_path, lon, lat, history, years)
        for found in (cells.from_grid(on_grid.npp_min), at_profile.npp_min):
            np.testing.assert_allclose(found, low * 1e-6 * 86400 * 365, rtol=1e-6)
        for found in (cells.from_grid(on_grid.npp_max), at_profile.npp_max):
            np.testing.assert_allclose(found, high * 1e-6 * 86400 * 365, rtol=1e-6)


def test_the_20_layer_structure_takes_its_litter_input_from_the_land_model(tmp_path):
    months = np.arange(1.0, 13)
    path = write_clm_monthly(tmp_path / "history.nc")
    cells = cells_of((10, 40, 10.5, 40.5))
    soil = read_soil("clm5-20", [path])
    grid = grid_forcing(on_cells(soil, cells, max_distance_km=1e5))
    write_forcing(grid, tmp_path / "grid.nc")
    number, forcing = load_grid_forcing(tmp_path / "grid.nc")
    assert isinstance(forcing, MonthlyForcing) and list(number) == [0]
    np.testing.assert_allclose(forcing.soil_temperature[0, :, 3], 280 + months)
    depth = get_structure("clm5-20").grid.thickness.sum()
    np.testing.assert_allclose(forcing.litter_input[0], 7.8 * depth * np.arange(1, 5), rtol=1e-6)
    np.testing.assert_allclose(forcing.litter_input_by_layer[0, 2], 23.4, rtol=1e-6)
    assert forcing.bedrock_layer[0] == 7
    np.testing.assert_allclose(forcing.active_layer_depth[0], months + 1)

    shared = soil_of_cells(grid, cells, np.array([10.1, 10.3]), np.array([40.1, 40.4]))
    sites, _ = site_forcing(["a", "b"], shared)
    write_forcing(sites, tmp_path / "sites.nc")
    ids, at_sites = load_site_forcing(tmp_path / "sites.nc")
    assert ids == ["a", "b"]
    np.testing.assert_array_equal(at_sites.water_scalar[1], forcing.water_scalar[0])


def test_bedrock_of_a_neighbour_is_no_drought():
    """CLM's scalars are 0 below bedrock: the mean is that of the cells with soil in the layer."""
    layer = np.arange(20)
    soil = np.stack([np.ones(20), layer < 8], axis=1)  # two cells, the eastern one shallow
    water = np.broadcast_to(np.array([0.4, 0.8]) * soil, (12, 20, 2))[:, :, None]
    fields = dict.fromkeys(("water_scalar", "oxygen_scalar", "nitrogen_scalar"), water)
    fields["soil_temperature"] = np.full((12, 20, 1, 2), 280.0)
    dims = ("month", "layer", "lat", "lon")
    monthly = xr.Dataset(
        {name: (dims, values, {"units": "1"}) for name, values in fields.items()}
        | {"bedrock_layer": (("lat", "lon"), np.array([[20, 8]]))},
        {"lat": [40.0], "lon": [-100.0, -99.0]},
    )
    # A single row of cells has no bilinear neighbours: the same row twice.
    monthly = xr.concat([monthly, monthly.assign_coords(lat=[41.0])], "lat")
    found = at_points(monthly, np.array([-99.75, -99.25, -100.0]), np.full(3, 40.5))
    assert found["bedrock_layer"].values.tolist() == [20, 8, 20]
    for name in ("water_scalar", "oxygen_scalar", "nitrogen_scalar"):
        value = found[name].transpose("point", "month", "layer").values
        np.testing.assert_allclose(value[0, :, :8], 0.5, rtol=1e-12)
        np.testing.assert_allclose(value[0, :, 8:], 0.4, rtol=1e-12)
        np.testing.assert_allclose(value[1, :, :8], 0.7, rtol=1e-12)
        np.testing.assert_allclose(value[2], 0.4, rtol=1e-12)
        assert found[name].attrs == {"units": "1"}
    np.testing.assert_allclose(found["soil_temperature"], 280.0)
    assert not [name for name in found if name.startswith("_")]
    nearest = at_points(monthly, np.array([-99.2]), np.array([40.5]), "nearest")
    np.testing.assert_array_equal(nearest["water_scalar"][:, 8:], 0.0)
    np.testing.assert_allclose(nearest["water_scalar"][:, :8], 0.8)


BLOCK_BYTES = "proda.data.interpolation.BLOCK_BYTES"


def difficult_soil(lat, lon, time="month", steps=12):
    """Random fields of a land model with sea, bedrock, with and without time and layers."""
    rng = np.random.default_rng(5)
    place = (lat.size, lon.size)
    sea = rng.random(place) < 0.2
    layered = (time, "layer", "lat", "lon")
    scalars = {
        name: (layered, rng.random((steps, 20, *place)).astype(np.float32))
        for name in ("soil_temperature", "water_scalar", "oxygen_scalar")
    }
    others = {
        "nitrogen_scalar": (("layer", "lat", "lon"), rng.random((20, *place))),
        "active_layer_depth": (("month", "lat", "lon"), rng.random((12, *place))),
        "litter_input_by_layer": (("pool", "layer", "lat", "lon"), rng.random((4, 20, *place))),
        "litter_input": (("pool", "lat", "lon"), rng.random((4, *place))),
        "bedrock_layer": (("lat", "lon"), rng.integers(2, 21, place).astype(float)),
    }
    depth = ("layer", np.arange(20.0), {"units": "m"})
    soil = xr.Dataset(scalars | others, {"lat": lat, "lon": lon, "depth": depth}, {"source": "s"})
    return soil.where(xr.DataArray(~sea, dims=("lat", "lon")))


def whole_fields(soil, lon, lat, method):
    """Interpolation of all values at once, by the equations of the documentation."""
    above = xr.DataArray(np.arange(20), dims="layer") < soil["bedrock_layer"]
    scalars = [name for name in soil if name.endswith("scalar")]
    masked = soil.assign({name: soil[name] * above for name in scalars} | {"above": above * 1.0})
    masked = masked.where(soil["bedrock_layer"].notnull())
    found, _ = sample(masked, lon, lat, method, 500, ["bedrock_layer"])
    for name in scalars:
        share = found["above"].where(found["above"] > 0)
        mean = (found[name] / share).fillna(0).clip(0, 1).where(found[name].notnull())
        found[name] = mean.transpose(*found[name].dims)
    return found.drop_vars("above")


@pytest.mark.parametrize("method", ["bilinear", "nearest"])
@pytest.mark.parametrize("time", ["month", "step"])
@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (np.arange(-88.0, 90, 8), np.arange(0.0, 360, 10)),  # the globe, from the first meridian
        (np.arange(36.0, 45), np.arange(5.0, 16)),  # a region
    ],
)
def test_fields_are_interpolated_alike_in_blocks_of_any_size(monkeypatch, method, time, lat, lon):
    soil = difficult_soil(lat, lon, time, 24 if time == "step" else 12)
    cells = cells_of((6, 37, 14, 43), (10, 43, 11, 44))
    x, y = np.random.default_rng(6).uniform((4, 35), (17, 46), (200, 2)).T
    expected = whole_fields(soil, x, y, method)
    grids = []
    for size in (1, 20 * 8 * lat.size * lon.size * 5, 2**40):
        monkeypatch.setattr(BLOCK_BYTES, size)
        grids.append(on_cells(soil, cells, method, 500))
        assert at_points(soil, x, y, method, 500).identical(expected)
        assert grids[-1].identical(grids[0])
    centres = whole_fields(soil, cells.lon, cells.lat, method)
    for name in soil:
        on_grid = grids[0][name].transpose("lat", "lon", ...).values[grids[0]["cell"].values >= 0]
        np.testing.assert_array_equal(on_grid, centres[name].transpose("point", ...).values)


def test_a_single_column_serves_places_near_by(monkeypatch):
    monkeypatch.setattr(BLOCK_BYTES, 1)
    soil = difficult_soil(np.array([40.2]), np.array([10.3]))
    grid = on_cells(soil, cells_of((10, 40, 11, 40.5)), "bilinear", 30)
    found = grid["water_scalar"].values[:, :, 0]
    above = np.arange(20) < soil["bedrock_layer"].item()
    np.testing.assert_array_equal(found[..., 0], soil["water_scalar"].values[:, :, 0, 0] * above)
    assert np.isnan(found[..., 1]).all()


def test_interpolation_takes_little_more_memory_than_its_result(monkeypatch):
    soil = difficult_soil(np.arange(-59.0, 80, 2), np.arange(-179.0, 180, 2))
    monkeypatch.setattr(BLOCK_BYTES, 2**20)
    tracemalloc.start()
    try:
        result = on_cells(soil, cells_of((-60, -50, 60, 70)), "nearest", 1)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert result.nbytes > 1e8
    assert peak < 1.25 * result.nbytes


def test_climate_of_profiles_is_read_from_a_file_as_from_memory(cells, tmp_path):
    grid = on_cells(difficult_soil(np.arange(36.0, 45), np.arange(5.0, 16)), cells, "nearest", 500)
    write_forcing(grid.assign_attrs(structure="clm5-20"), tmp_path / "grid.nc")
    lon, lat = np.array([10.1, 30.0, 11.9, 10.6]), np.array([40.1, 40.2, 40.3, 40.7])
    with netcdf_in_file(tmp_path / "grid.nc", "forcing", ["cell"]) as in_file:
        from_file = soil_of_cells(in_file, cells, lon, lat)
    in_memory = soil_of_cells(grid, cells, lon, lat)
    assert set(from_file) == set(in_memory)
    for name in in_memory:
        np.testing.assert_array_equal(from_file[name], in_memory[name])
    assert from_file["cell"].values.tolist() == [0, -1, 3, 5]
    assert np.isnan(from_file["water_scalar"][..., 1]).all()
