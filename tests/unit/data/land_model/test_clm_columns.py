"""History of a single column, in the layouts CLM and the tools around it write."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from clm_files import (
    NODES_10,
    NODES_20,
    field,
    month_bounds,
    read_clm_annual,
    read_clm_monthly,
    write_history,
    year_bounds,
)
from proda.data.forcing_sources import at_points
from proda.data.land_model.history import History
from proda.data.land_model.products import read_clm_npp
from proda.errors import InputError

PLACE = {"lat": np.array([40.06]), "lon": np.array([271.8])}
LITTER = ("CWD_INPUT_ACC_VECTOR", *(f"LITR{i}_INPUT_ACC_VECTOR" for i in (1, 2, 3)))
LAYOUTS = ("size_one", "lndgrid", "scalar", "two_dimensions")


def annual(path):
    fields = {
        "TSOI": field([283.0, 285], 15, 1, 1) + np.arange(15)[:, None, None],
        "SOILPSI": field([-0.1, -0.3], 15, 1, 1),
        "ALTMAX_LASTYEAR": field([4.0, 6], 0, 1, 1),
        "NPP": field([1e-5, 2e-5], 0, 1, 1),
    }
    return write_history(path, fields, year_bounds(2), nodes=NODES_10, **PLACE)


def monthly(path):
    month = np.tile(np.arange(1.0, 13), 2)
    layered = {"TSOI": 270 + month, "W_SCALAR": month / 12, "O_SCALAR": month / 24}
    layered |= {"FPI_vr": np.full(24, 0.5)} | dict.fromkeys(LITTER, month)
    fields = {name: field(values, 20, 1, 1) for name, values in layered.items()}
    fields |= {"ALTMAX": field(month / 2, 0, 1, 1), "ALTMAX_LASTYEAR": field(month, 0, 1, 1)}
    fields["nbedrock"] = field(np.full(24, 12.0), 0, 1, 1)
    return write_history(
        path,
        fields,
        month_bounds(24),
        nodes=NODES_20,
        level="levsoi",
        units=dict.fromkeys(LITTER, "gC/m^3/month"),
        **PLACE,
    )


def laid_out(path, layout):
    """The file with its single column in another layout."""
    if layout == "size_one":
        return path
    with xr.open_dataset(path, decode_times=False) as data:
        data = data.load()
    if layout == "lndgrid":
        data = data.stack(lndgrid=("lat", "lon"), create_index=False)
    if layout == "scalar":
        data = data.isel(lat=0, lon=0)
    if layout == "two_dimensions":
        data = data.rename_dims(lat="y", lon="x").reset_index(["lat", "lon"], drop=True)
        for name in ("lat", "lon"):
            data[name] = (("y", "x"), PLACE[name].reshape(1, 1))
    data.encoding.clear()
    result = path.with_name(f"{layout}.nc")
    data.to_netcdf(result)
    return result


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_column_serves_the_annual_structure(tmp_path, layout):
    path = laid_out(annual(tmp_path / "a.nc"), layout)
    result = read_clm_annual(path, NODES_10[:10])
    assert dict(result.sizes) == {"layer": 10, "lat": 1, "lon": 1}
    np.testing.assert_allclose([result.lat[0], result.lon[0]], [40.06, -88.2])
    np.testing.assert_allclose(result.soil_temperature[:, 0, 0], 284 + np.arange(10))
    np.testing.assert_allclose(result.soil_water_potential, -0.2, rtol=1e-6)
    np.testing.assert_allclose(result.active_layer_depth, 5)
    npp = read_clm_npp(path)
    np.testing.assert_allclose(npp.npp_max, 2e-5 * 86400 * 365, rtol=1e-6)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_column_serves_the_monthly_structure(tmp_path, layout):
    path = laid_out(monthly(tmp_path / "m.nc"), layout)
    result = read_clm_monthly(path, NODES_20[:20])
    month = np.arange(1, 13)
    np.testing.assert_allclose(result.soil_temperature[:, 3, 0, 0], 270 + month)
    np.testing.assert_allclose(result.oxygen_scalar[:, 19, 0, 0], month / 24, rtol=1e-6)
    np.testing.assert_allclose(result.input_lignin[:, 0, 0, 0], month)
    np.testing.assert_array_equal(result.bedrock_layer, [[12]])


def test_places_near_the_column_take_it_up_to_the_stated_distance(tmp_path):
    result = read_clm_annual(laid_out(annual(tmp_path / "a.nc"), "lndgrid"), NODES_10[:10])
    lon, lat = np.array([-88.0, -80.0]), np.array([40.0, 40.0])
    near = at_points(result, lon, lat, "bilinear", max_distance_km=50)
    np.testing.assert_allclose(near.soil_temperature[0], [284, np.nan])
    with pytest.raises(InputError, match=r"forcing.max_distance_km.*single row or column"):
        at_points(result, lon, lat)


@pytest.mark.parametrize(
    ("dims", "message"),
    [
        (
            ("lndgrid",),
            r"lat, lon: expected a grid lat\(lat\), lon\(lon\) or one column, found 3 "
            r"places on \(lndgrid\) .*ncremap",
        ),
        (("y", "x"), r"found 3 places on \(y, x\)"),
    ],
)
def test_many_columns_are_no_grid(tmp_path, dims, message):
    shape = (3,) if len(dims) == 1 else (1, 3)
    with netCDF4.Dataset(tmp_path / "a.nc", "w") as data:
        for name, size in zip(dims, shape, strict=True):
            data.createDimension(name, size)
        for name in ("lat", "lon"):
            data.createVariable(name, "f8", dims)[:] = np.arange(3.0).reshape(shape)
    with pytest.raises(InputError, match=message):
        History(tmp_path / "a.nc")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("lat", np.nan, r"a.nc: lat\[0\]: expected degrees in \[-90, 90\], found nan"),
        ("lat", 90.5, r"a.nc: lat\[0\]: .*found 90.5"),
        ("lon", 4e5, r"a.nc: lon\[0\]: expected degrees in \[-360, 360\], found 400000"),
    ],
)
def test_coordinates_that_are_none(tmp_path, name, value, message):
    path = annual(tmp_path / "a.nc")
    with netCDF4.Dataset(path, "a") as data:
        data[name][0] = value
    with pytest.raises(InputError, match=message):
        History(path)


def test_output_by_column_of_the_land_surface_is_no_field_of_a_place(tmp_path):
    path = laid_out(annual(tmp_path / "a.nc"), "lndgrid")
    with netCDF4.Dataset(path, "a") as data:
        data.renameVariable("TSOI", "other")
        data.createDimension("column", 17)
        data.createVariable("TSOI", "f4", ("time", "levgrnd", "column")).units = "K"
    with pytest.raises(InputError, match=r"TSOI: expected variable TSOI or tsl, found only"):
        read_clm_annual(path, NODES_10[:10])
