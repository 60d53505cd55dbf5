"""Site and grid forcing: what is complete goes on, the rest comes back with a reason."""

import numpy as np
import pytest
import xarray as xr
from proda.data.forcing import grid_forcing, site_forcing, write_forcing
from proda.data.interpolation import regrid, sample
from proda.errors import InputError


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
    forcing, left_out = site_forcing(
        ["a", "b", "c", "d", "e"], points, npp([300, 300, np.nan, 0, 9])
    )
    assert list(forcing.profile_id.values) == ["a", "e"]
    assert list(zip(left_out.profile_id, left_out.reason, strict=True)) == [
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
    forcing, left_out = site_forcing(["a", "b"], points, mixed)
    assert list(forcing.profile_id.values) == ["b"]
    assert list(left_out.reason) == ["npp_not_positive"]


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
        assert meanings == ["has_forcing", "no_soil_forcing", "no_npp", "npp_not_positive"]
        for name in ("soil_temperature", "active_layer_depth", "npp_mean", "npp_max"):
            complete = file[name].notnull().all([d for d in file[name].dims if d == "layer"])
            np.testing.assert_array_equal(complete, file.no_forcing == 0)
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
