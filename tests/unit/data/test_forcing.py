"""Site and grid forcing: what is complete goes on, the rest comes back with a reason."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from proda.data.forcing import (
    load_grid_forcing,
    load_site_columns,
    load_site_forcing,
    write_forcing,
)
from proda.data.forcing_merge import grid_forcing, require_forcing, site_forcing
from proda.data.interpolation import regrid, sample
from proda.errors import InputError
from proda.model import AnnualForcing, MatrixModel, MonthlyForcing


@pytest.fixture
def soil():
    """Soil forcing of two layers; the eastern half is ocean."""
    values = np.broadcast_to(np.array([280.0, 281.0])[:, None, None], (2, 5, 8)).copy()
    values[:, :, 4:] = np.nan
    return xr.Dataset(
        {
            "soil_temperature": (("layer", "lat", "lon"), values, {"units": "K"}),
            "active_layer_depth": (("lat", "lon"), values[0] * 0 + 2.5, {"units": "m"}),
        },
        {"lat": np.arange(0, 50, 10.0), "lon": np.arange(0, 80, 10.0)},
        {"source": "a model"},
    )


def npp(mean, dims="point"):
    mean = np.asarray(mean, dtype=float)
    values = {"npp_mean": mean, "npp_min": 0.5 * mean, "npp_max": 2 * mean}
    return xr.Dataset({k: (dims, v) for k, v in values.items()}, attrs={"source": "a satellite"})


def test_profiles_without_forcing_come_back_with_their_reason(soil):
    points, _ = sample(soil, [5, 60, 15, 25, 35], [5, 5, 5, 5, 5], max_distance_km=500)
    forcing, excluded = site_forcing(
        ["a", "b", "c", "d", "e"], points, npp([300, 300, np.nan, 0, 9])
    )
    assert list(forcing.profile_id.values) == ["a", "e"]
    assert list(zip(excluded.profile_id, excluded.reason, strict=True)) == [
        ("b", "no_soil_forcing"),
        ("c", "no_npp"),
        ("d", "npp_not_positive"),
    ]
    assert forcing.soil_temperature.dims == ("profile", "layer")
    np.testing.assert_array_equal(forcing.npp_mean, [300, 9])
    np.testing.assert_array_equal(forcing.lon, [5, 35])
    assert forcing.attrs["source"] == "a model; a satellite"
    assert all(variable.notnull().all() for variable in forcing.data_vars.values())


def test_a_year_of_negative_npp_is_no_forcing(soil):
    points, _ = sample(soil, [5, 15], [5, 5])
    mixed = npp([300, 300]).assign(npp_min=("point", [-9.0, 9.0]))
    forcing, excluded = site_forcing(["a", "b"], points, mixed)
    assert list(forcing.profile_id.values) == ["b"]
    assert list(excluded.reason) == ["npp_not_positive"]


def test_site_forcing_as_a_file(soil, tmp_path):
    points, _ = sample(soil, [5, 15], [5, 5])
    flat = npp([300, 300]).assign(npp_min=("point", [300.0, 100]), npp_max=("point", [300.0, 500]))
    forcing, _ = site_forcing([101, 102], points, flat)
    write_forcing(forcing, tmp_path / "site_forcing.nc", {"seed": 1})
    with xr.open_dataset(tmp_path / "site_forcing.nc") as file:
        assert file.attrs["Conventions"] == "CF-1.11" and file.attrs["seed"] == 1
        assert list(file.profile_id.values) == ["101", "102"]
        assert file.soil_temperature.dims == ("profile", "layer")
        assert file.soil_temperature.attrs["units"] == "K"
        np.testing.assert_allclose(file.soil_temperature, [[280, 281], [280, 281]])
        np.testing.assert_allclose(file.npp_min, [150, 100])
        np.testing.assert_array_equal(file.npp_range_assumed, [1, 0])
        assert file.lon.attrs["standard_name"] == "longitude"
        assert file.npp_mean.dims == file.active_layer_depth.dims == ("profile",)


def test_grid_forcing_tells_why_a_cell_has_none(soil, tmp_path):
    lat, lon = np.array([5.0, 15]), np.array([5.0, 15, 65])
    cells, _ = regrid(soil, lat, lon, max_distance_km=100)
    mean = npp([[300, np.nan, 300], [0, 300, 300]], ("lat", "lon"))
    result = grid_forcing(cells, mean.assign_coords(lat=lat, lon=lon))
    write_forcing(result, tmp_path / "grid_forcing.nc")
    with xr.open_dataset(tmp_path / "grid_forcing.nc") as file:
        np.testing.assert_array_equal(file.no_forcing, [[0, 2, 1], [3, 0, 1]])
        meanings = file.no_forcing.attrs["flag_meanings"].split()
        assert meanings[:4] == ["has_forcing", "no_soil_forcing", "no_npp", "npp_not_positive"]
        # A cell without NPP keeps its soil climate for the profiles on it.
        has_soil = file.soil_temperature.notnull().all("layer")
        np.testing.assert_array_equal(has_soil, file.no_forcing != 1)
        np.testing.assert_array_equal(file.npp_max.notnull(), [[1, 0, 1], [1, 1, 1]])
        assert file.soil_temperature.dims == ("layer", "lat", "lon")


def test_inputs_that_do_not_fit(soil):
    points, _ = sample(soil, [5, 15], [5, 5])
    with pytest.raises(InputError, match=r"equally many points, found .*'npp': 3"):
        site_forcing(["a", "b"], points, npp([1, 2, 3]))
    with pytest.raises(InputError, match=r"profile_id: expected each identifier once, found 'a'"):
        site_forcing(["a", "a"], points, npp([1, 2]))
    cells, _ = regrid(soil, [5.0], [5.0])
    other = npp([[1.0]], ("lat", "lon")).assign_coords(lat=[6.0], lon=[5.0])
    with pytest.raises(
        InputError, match=r"npp: lat: expected the grid of soil, found another grid"
    ):
        grid_forcing(cells, other)


def test_litter_input_stands_in_for_npp(soil):
    points, _ = sample(soil, [5, 15], [5, 5])
    litter = np.array([[1.0, 0], [2, 0], [3, 0], [4, 0]])
    forcing, excluded = site_forcing(
        ["a", "b"], points.assign(litter_input=(("pool", "point"), litter))
    )
    assert list(forcing.profile_id.values) == ["a"]
    assert forcing.litter_input.dims == ("profile", "pool")
    assert list(excluded.reason) == ["no_litter_input"]


def annual(n=5):
    """Site forcing of n profiles, each field with a value of its own at every profile."""
    profile, layers = np.arange(n, dtype=float), np.arange(10.0)
    by_layer = 280 + profile[:, None] + 0.01 * layers
    return xr.Dataset(
        {
            "profile_id": ("profile", np.array([f"p{i}" for i in range(n)], dtype=object)),
            "npp_min": ("profile", 100 + profile),
            "npp_max": ("profile", 300 + profile),
            "npp_mean": ("profile", 200 + profile),
            "active_layer_depth": ("profile", 2 + profile),
            "soil_temperature": (("profile", "layer"), by_layer),
            "soil_water_potential": (("profile", "layer"), -by_layer),
        },
        attrs={"structure": "clm45-10"},
    )


def test_profiles_are_loaded_in_parts(tmp_path):
    path = tmp_path / "site_forcing.nc"
    whole = annual()
    write_forcing(whole, path)
    ids, forcing = load_site_forcing(path, 3, 1)
    assert ids == ["p3"]
    assert isinstance(forcing, AnnualForcing) and len(forcing) == 1
    np.testing.assert_array_equal(forcing.soil_temperature[0], whole.soil_temperature[3])
    assert (forcing.npp_min[0], forcing.npp_mean[0], forcing.npp_max[0]) == (103, 203, 303)
    assert forcing.sand is None
    ids, forcing = load_site_forcing(path)
    assert ids == [f"p{i}" for i in range(5)]
    np.testing.assert_array_equal(forcing.active_layer_depth, [2, 3, 4, 5, 6])


@pytest.mark.parametrize("portion", [1, 2, 5, 64])
def test_portions_are_prepared_as_all_profiles_at_once(tmp_path, monkeypatch, portion):
    path, model = tmp_path / "site_forcing.nc", MatrixModel("clm45-10")
    write_forcing(annual(), path)
    monkeypatch.setattr("proda.data.forcing.PORTION", portion)
    ids, columns = load_site_columns(path, model)
    expected, forcing = load_site_forcing(path)
    assert ids == expected
    np.testing.assert_array_equal(columns, model.columns(forcing))


def test_parts_beyond_the_file_and_other_files_are_refused(tmp_path):
    path = tmp_path / "site_forcing.nc"
    write_forcing(annual(), path)
    with pytest.raises(InputError, match=r"expected profiles 4 to 6, found 5 profiles"):
        load_site_forcing(path, 4, 2)
    with pytest.raises(InputError, match=r"expected forcing with cell and its structure"):
        load_grid_forcing(path)
    write_forcing(annual().drop_vars("soil_water_potential"), path)
    with pytest.raises(InputError, match=r"expected a variable soil_water_potential"):
        load_site_forcing(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(InputError, match=r"expected a whole netCDF file of forcing"):
        load_site_forcing(path)
    with pytest.raises(InputError, match=r"absent.nc: expected a netCDF file of forcing"):
        load_site_forcing(tmp_path / "absent.nc")


def test_monthly_forcing_of_cells_comes_in_the_order_of_their_numbers(tmp_path):
    place = xr.DataArray(np.arange(6.0).reshape(2, 3), dims=("lat", "lon"))
    monthly = place + xr.zeros_like(xr.DataArray(np.zeros((12, 20)), dims=("month", "layer")))
    dataset = xr.Dataset(
        {
            "soil_temperature": 280 + monthly,
            "water_scalar": monthly / 10,
            "oxygen_scalar": monthly / 20,
            "nitrogen_scalar": monthly / 30,
            "active_layer_depth": (1 + monthly.isel(layer=0)),
            "active_layer_depth_last_year": (2 + monthly.isel(layer=0)),
            "bedrock_layer": 1 + place,
            "litter_input": place + xr.DataArray([1.0, 2, 3, 4], dims="pool"),
            "cell": xr.DataArray([[-1, 0, 1], [2, 3, -1]], dims=("lat", "lon")).astype("int32"),
            "no_forcing": xr.DataArray([[0, 0, 1], [0, 0, 0]], dims=("lat", "lon")).astype("int8"),
        },
        {"lat": [0.25, 0.75], "lon": [5.25, 5.75, 6.25]},
        {"structure": "clm5-20"},
    )
    order = ("month", "layer", "pool", "lat", "lon")
    path = tmp_path / "grid_forcing.nc"
    write_forcing(dataset.transpose(*order), path)
    cells, forcing = load_grid_forcing(path)
    assert isinstance(forcing, MonthlyForcing)
    np.testing.assert_array_equal(cells, [0, 2, 3])
    np.testing.assert_array_equal(forcing.bedrock_layer, [2, 4, 5])
    np.testing.assert_array_equal(forcing.litter_input[1], [4, 5, 6, 7])
    assert forcing.soil_temperature.shape == (3, 12, 20)
    np.testing.assert_array_equal(forcing.water_scalar[:, 3, 4], [0.1, 0.3, 0.4])


def test_loading_needs_neither_pandas_nor_xarray():
    code = "import sys, proda.data.forcing; print({'xarray', 'rasterio'} & set(sys.modules))"
    folder = Path(__file__).parents[3] / "workflow"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"


def test_a_grid_without_forcing_anywhere_counts_the_reasons():
    require_forcing([1, 1, 0, np.nan], "cells of the grid")
    expected = r"cells of the grid: .* none of 5: no_soil_forcing 2, no_npp 2, npp_not_positive 1"
    with pytest.raises(InputError, match=expected):
        require_forcing([1, 2, 2, 3, np.nan], "cells of the grid")
