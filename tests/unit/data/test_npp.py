"""NPP from annual rasters and from netCDF: codes out before scaling, exact means, honest units."""

import netCDF4
import numpy as np
import pytest
import rasterio
import xarray as xr

import raster_files
from proda.data.interpolation import sample
from proda.data.npp import (
    find_npp_files,
    npp_at,
    read_npp_geotiffs,
    read_npp_netcdf,
    widen_flat_range,
)
from proda.data.npp_summary import write_npp_summary
from proda.errors import InputError

PIXEL = 1 / 12  # six pixels to half a degree


def write_raster(path, numbers, crs="EPSG:4326", west=-10.0, north=50.0, pixel=PIXEL):
    return raster_files.write_raster(path, numbers, west, north, pixel, crs)


@pytest.fixture
def years(tmp_path):
    """Three years on 12 x 18 pixels (2 x 3 cells): 100, 200, 600 gC m-2 yr-1 everywhere."""
    return {
        year: write_raster(
            tmp_path / f"MOD17A3_Science_NPP_{year}.tif", np.full((12, 18), number, dtype="uint16")
        )
        for year, number in ((2000, 1000), (2001, 2000), (2002, 6000))
    }


def edit(path, change):
    with rasterio.open(path, "r+") as raster:
        numbers = raster.read(1)
        change(numbers)
        raster.write(numbers, 1)


# --- rasters -------------------------------------------------------------------------------------


def test_mean_smallest_and_largest_year_of_each_cell(years):
    result = read_npp_geotiffs(years, 0.5, 0.05)
    np.testing.assert_allclose(result.npp_mean, 300)
    np.testing.assert_allclose(result.npp_min, 100)
    np.testing.assert_allclose(result.npp_max, 600)
    np.testing.assert_array_equal(result.npp_years, 3)
    np.testing.assert_allclose(result.lat, [49.25, 49.75])
    np.testing.assert_allclose(result.lon, [-9.75, -9.25, -8.75])
    assert result.npp_mean.attrs["units"] == "g m-2 year-1"
    assert result.attrs["source"] == "MOD17A3 annual rasters of 3 years, 2000-2002"


@pytest.mark.parametrize("code", [65500, 65529, 65534, 65535])
def test_codes_are_masked_before_scaling(years, code):
    def change(numbers):
        numbers[:6, :2] = code  # 12 of the 36 pixels of the north-western cell
        numbers[0, 17] = 32700  # the largest number that is a value

    edit(years[2000], change)
    result = read_npp_geotiffs({2000: years[2000]}, 0.5, 0.05)
    np.testing.assert_allclose(result.npp_mean.sel(lat=49.75, lon=-9.75), 100)
    np.testing.assert_allclose(result.valid_fraction.sel(lat=49.75, lon=-9.75), 24 / 36)
    np.testing.assert_allclose(result.npp_mean.sel(lat=49.75, lon=-8.75), (35 * 100 + 3270) / 36)
    at = npp_at({2000: years[2000]}, [-9.95], [49.95])
    assert np.isnan(at.npp_mean[0]) and at.npp_years[0] == 0


@pytest.mark.parametrize("number", [32701, 32766, 32767, 60000, 65499])
def test_numbers_that_are_neither_codes_nor_production(years, number):
    """The codes of MOD17A3HGF begin at 32761 and pass as 3.3 kgC m-2 yr-1."""

    def change(numbers):
        numbers[7, 8] = number

    edit(years[2001], change)
    lat, lon = 50 - 7.5 * PIXEL, -10 + 8.5 * PIXEL
    message = rf"2001.tif: expected values in \[-500, 3270\] .* found {number / 10:g} at lat "
    message += rf"{lat:g}, lon {lon:g}; 1 of"
    with pytest.raises(InputError, match=message):
        read_npp_geotiffs(years, 0.5, 0.05)
    message = message.replace(f"{lat:g}", f"{lat + 0.01:g}")
    with pytest.raises(InputError, match=message):
        npp_at(years, [lon], [lat + 0.01])
    with pytest.raises(InputError, match=r"2001.tif: expected values in"):
        write_npp_summary(years, (-10, 49, -8.5, 50), years[2001].with_name("npp.nc"))


def test_a_scale_of_another_product_in_the_tags(years):
    with rasterio.open(years[2001], "r+") as raster:
        raster.scales = [0.0001]
    with pytest.raises(InputError, match=r"2001.tif: expected digital numbers of 0.1 gC m-2 yr-1"):
        read_npp_geotiffs(years, 0.5, 0.05)


def test_block_means_are_exact(tmp_path):
    numbers = np.random.default_rng(5).integers(0, 40000, (12, 18)).astype("uint16")
    numbers[numbers > 30000] = 65535
    result = read_npp_geotiffs({2000: write_raster(tmp_path / "n.tif", numbers)}, 0.5, 0.01)
    values = np.where(numbers < 65500, numbers * 0.1, np.nan).reshape(2, 6, 3, 6)
    np.testing.assert_allclose(result.npp_mean[::-1], np.nanmean(values, axis=(1, 3)))
    np.testing.assert_allclose(result.valid_fraction[::-1], np.isfinite(values).mean(axis=(1, 3)))


def test_too_few_valid_pixels_give_no_value(years):
    def change(numbers):
        numbers[:6, :4] = 65535  # a third of the cell is left

    edit(years[2001], change)
    cell = {"lat": 49.75, "lon": -9.75}
    result = read_npp_geotiffs(years, 0.5, 0.5).sel(cell)
    assert result.npp_years == 2 and result.npp_mean == pytest.approx(350)  # 2000 and 2002
    result = read_npp_geotiffs(years, 0.5, 0.3).sel(cell)
    assert result.npp_years == 3 and result.npp_mean == pytest.approx(300)


def test_a_cell_without_any_year_is_missing(years):
    for path in years.values():
        edit(path, lambda numbers: numbers[:6, :6].fill(65535))
    result = read_npp_geotiffs(years, 0.5, 0.05)
    assert np.isnan(result.npp_mean.sel(lat=49.75, lon=-9.75))
    assert result.npp_mean.notnull().sum() == 5


def test_points_take_the_pixel_they_lie_in(tmp_path, monkeypatch):
    numbers = np.arange(12 * 18, dtype="uint16").reshape(12, 18)
    path = write_raster(tmp_path / "n.tif", numbers)
    rng = np.random.default_rng(6)
    row, column = rng.integers(0, 12, 40), rng.integers(0, 18, 40)
    lon = -10 + (column + rng.uniform(0.01, 0.99, 40)) * PIXEL
    lat = 50 - (row + rng.uniform(0.01, 0.99, 40)) * PIXEL
    for rows in (5, 240):
        monkeypatch.setattr("proda.data.npp_raster.STRIP_ROWS", rows)
        result = npp_at({2000: path}, lon, lat)
        np.testing.assert_allclose(result.npp_mean, numbers[row, column] * 0.1)


def test_points_on_the_edge_and_outside(tmp_path):
    numbers = np.arange(12 * 18, dtype="uint16").reshape(12, 18)
    path = write_raster(tmp_path / "n.tif", numbers)
    result = npp_at({2000: path}, [-10, -8.5, -10.1, -9], [50, 49, 49.5, 48.9])
    np.testing.assert_allclose(result.npp_mean, [0, 21.5, np.nan, np.nan])


def test_a_raster_without_crs_is_taken_as_geographic(tmp_path, caplog):
    path = write_raster(tmp_path / "n.tif", np.full((12, 18), 1000, dtype="uint16"), crs=None)
    np.testing.assert_allclose(read_npp_geotiffs({2000: path}, 0.5, 0.05).npp_mean, 100)
    assert "n.tif has no CRS: EPSG:4326" in caplog.text


@pytest.mark.parametrize(
    ("options", "dtype", "message"),
    [
        ({"crs": "EPSG:5070"}, "uint16", r"n.tif: CRS: expected EPSG:4326 .*found EPSG:5070"),
        ({"crs": None, "west": -2e6, "pixel": 1e3}, "uint16", r"n.tif: transform: .*in degrees"),
        ({}, "float32", r"n.tif: expected one band of uint16 .*found 1 band\(s\) of float32"),
        ({"pixel": 0.08}, "uint16", r"n.tif: expected pixels that fill cells of 0.5 degrees"),
        ({"west": -10.1}, "uint16", r"n.tif: expected pixels that fill cells .*corner -10.1"),
    ],
)
def test_rasters_of_another_kind(tmp_path, options, dtype, message):
    path = write_raster(tmp_path / "n.tif", np.ones((12, 18), dtype=dtype), **options)
    with pytest.raises(InputError, match=message):
        read_npp_geotiffs({2000: path}, 0.5, 0.05)


def test_years_of_different_extent(years, tmp_path):
    other = write_raster(tmp_path / "o.tif", np.ones((12, 18), dtype="uint16"), north=60.0)
    with pytest.raises(InputError, match=r"o.tif: expected the extent of the other years"):
        read_npp_geotiffs(years | {2003: other}, 0.5, 0.05)


def test_finding_the_years(years, tmp_path):
    assert find_npp_files(tmp_path, (2000, 2002)) == years
    message = r"each year 2000-2004, found without .*NPP_2003.tif, .*NPP_2004.tif"
    with pytest.raises(InputError, match=message):
        find_npp_files(tmp_path, (2000, 2004))
    (tmp_path / "broken.tif").write_text("<html>")
    with pytest.raises(InputError, match=r"broken.tif: expected a readable GeoTIFF"):
        read_npp_geotiffs({2000: tmp_path / "broken.tif"}, 0.5, 0.05)


# --- netCDF --------------------------------------------------------------------------------------


def write_netcdf(path, unit="gC m-2 yr-1", **values):
    values = {"mean": 300.0, "low": 200.0, "high": 500.0} | values
    attrs = {} if unit is None else {"units": unit}
    xr.Dataset(
        {name: (("lat", "lon"), np.full((2, 3), value), attrs) for name, value in values.items()},
        {"lat": [10.0, 20.0], "lon": [0.0, 1.0, 2.0]},
    ).to_netcdf(path)
    return path


NAMES = {"npp_mean": "mean", "npp_min": "low", "npp_max": "high"}


@pytest.mark.parametrize(
    ("unit", "factor"),
    [("gC m-2 yr-1", 1), ("gC/m^2/yr", 1), ("g m-2 year-1", 1), ("kgC m-2 yr-1", 1000)],
)
def test_netcdf_in_its_units(tmp_path, unit, factor):
    values = {"mean": 300 / factor, "low": 200 / factor, "high": 500 / factor}
    result = read_npp_netcdf(write_netcdf(tmp_path / "n.nc", unit, **values), NAMES)
    np.testing.assert_allclose(result.npp_mean, 300)
    np.testing.assert_allclose(result.npp_max, 500)
    assert result.npp_min.attrs["units"] == "g m-2 year-1"


@pytest.mark.parametrize(
    ("unit", "values", "names", "message"),
    [
        (None, {}, NAMES, r"n.nc: mean: expected units .*found no units attribute"),
        ("gC m-2 s-1", {}, NAMES, r"n.nc: mean: expected units .*found units 'gC m-2 s-1'"),
        (
            "g m-2 yr-1",
            {"low": 400},
            NAMES,
            r"min <= mean <= max, found 400, 300, 500 at .*; 6 cells",
        ),
        ("g m-2 yr-1", {}, NAMES | {"npp_max": "top"}, r"n.nc: top: expected a variable .*mean\("),
        ("g m-2 yr-1", {}, {"npp_mean": "mean"}, r"names: expected npp_mean, npp_min and npp_max"),
    ],
)
def test_netcdf_that_cannot_be_used(tmp_path, unit, values, names, message):
    path = write_netcdf(tmp_path / "n.nc", unit, **values)
    with pytest.raises(InputError, match=message):
        read_npp_netcdf(path, names)


@pytest.mark.parametrize("fill", [-1, -9, -99, -99.9])
def test_negative_codes_that_could_be_production(tmp_path, fill):
    """In one year -99 may be true; a code is the same in all three fields."""
    mean, low = np.full((2, 3), 300.0), np.full((2, 3), 200.0)
    low[1, 1] = fill
    result = read_npp_netcdf(write_netcdf(tmp_path / "n.nc", mean=mean, low=low), NAMES)
    assert result.npp_min[1, 1] == fill
    high = np.full((2, 3), 500.0)
    for values in (mean, low, high):
        values[1, 2] = fill
    path = write_netcdf(tmp_path / "n.nc", mean=mean, low=low, high=high)
    message = rf"n.nc: expected .* found {fill:g} in all three at lat 20, lon 2; 1 cells \(an und"
    with pytest.raises(InputError, match=message):
        read_npp_netcdf(path, NAMES)


def test_a_field_of_zeros_is_refused(tmp_path):
    path = write_netcdf(tmp_path / "n.nc", mean=0.0, low=0.0, high=0.0)
    with pytest.raises(InputError, match=r"n.nc: mean: expected .* somewhere, found 0 every"):
        read_npp_netcdf(path, NAMES)


@pytest.mark.parametrize("fill", [6553.5, 3276.6, 3276.7, 32767, -9999, -32768, 65535, -999])
@pytest.mark.parametrize("variable", ["mean", "low", "high"])
def test_undeclared_fill_values(tmp_path, fill, variable):
    values = np.full((2, 3), 300.0)
    values[1, 2] = fill
    path = write_netcdf(tmp_path / "n.nc", **{variable: values})
    message = (
        rf"n.nc: {variable}: expected values in \[-500, 3270\] gC m-2 yr-1, "
        rf"found {fill:g} at lat 20, lon 2; 1 of 6 values \(an undeclared fill value"
    )
    with pytest.raises(InputError, match=message):
        read_npp_netcdf(path, NAMES)


@pytest.mark.parametrize("fill", [-9999.0, 32767.0])
def test_fill_values_of_packed_numbers_are_missing_when_declared(tmp_path, fill):
    path = write_netcdf(tmp_path / "n.nc")
    with xr.open_dataset(path) as data:
        data = data.load()
    data["mean"][1, 2] = np.nan
    packed = {"dtype": "i2", "scale_factor": 0.1, "_FillValue": fill}
    data.to_netcdf(tmp_path / "p.nc", encoding={"mean": packed})
    result = read_npp_netcdf(tmp_path / "p.nc", NAMES)
    np.testing.assert_allclose(result.npp_mean, [[300, 300, 300], [300, 300, np.nan]])


@pytest.mark.parametrize(
    ("factor", "looks"),
    [
        (1e-3, "kgC m-2 yr-1 read as gC m-2 yr-1"),
        (1 / (365 * 86400), "gC m-2 s-1 read as gC m-2 yr-1"),
        (1 / 365, "gC m-2 d-1 read as gC m-2 yr-1"),
    ],
)
def test_numbers_of_another_unit_than_the_attribute_states(tmp_path, factor, looks):
    values = {"mean": 300 * factor, "low": 200 * factor, "high": 500 * factor}
    with pytest.raises(InputError, match=f"n.nc: mean: expected npp in .*looks like .*{looks}"):
        read_npp_netcdf(write_netcdf(tmp_path / "n.nc", **values), NAMES)


@pytest.mark.parametrize(
    ("coords", "message"),
    [
        ({"lat": [10.0, np.nan]}, r"n.nc: lat\[1\]: expected degrees in \[-90, 90\], found nan"),
        ({"lat": [10.0, 10.0]}, r"n.nc: lat: expected distinct coordinates, found .* 10 and 10"),
        ({"lon": [-180.0, 0.0, 180.0]}, r"n.nc: lon: .* -180 and 180 \(the first meridian twice"),
        ({"lon": [0.0, 180.0, 360.0]}, r"n.nc: lon: .* 0 and 360 \(the first meridian twice"),
        ({"lat": [5e5, 6e5]}, r"n.nc: lat\[0\]: .*found 500000"),
    ],
)
def test_coordinates_that_are_not_a_grid(tmp_path, coords, message):
    path = write_netcdf(tmp_path / "n.nc")
    with xr.open_dataset(path) as data:
        data.load().assign_coords(coords).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(InputError, match=message.replace("n.nc", "other.nc")):
        read_npp_netcdf(tmp_path / "other.nc", NAMES)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("lon", [[358.0, 359.0, 0.0], [-2.0, -1.0, 0.0]])
@pytest.mark.parametrize("lat", [[10.0, 20.0], [20.0, 10.0]])
def test_places_of_any_order_and_convention(tmp_path, lon, lat, dtype):
    lat, lon = np.array(lat, dtype), np.array(lon, dtype)
    values = 300.0 + lat[:, None] + (lon + 180) % 360 - 180
    path = write_netcdf(tmp_path / "n.nc", mean=values, low=values - 50, high=values + 50)
    with xr.open_dataset(path) as data:
        data.load().assign_coords(lat=lat, lon=lon).to_netcdf(tmp_path / "other.nc")
    at, found = sample(read_npp_netcdf(tmp_path / "other.nc", NAMES), [-1.5, -2, 0], [15, 20, 10])
    assert found.all()
    np.testing.assert_allclose(at.npp_mean, [313.5, 318, 310])


def test_a_scale_factor_that_is_not_a_number(tmp_path):
    path = write_netcdf(tmp_path / "n.nc")
    with netCDF4.Dataset(path, "a") as data:
        data["mean"].scale_factor = "0.1"
    with pytest.raises(InputError, match=r"n.nc: expected a whole netCDF file of net primary"):
        read_npp_netcdf(path, NAMES)


def test_a_time_that_cannot_be_decoded_is_ignored(tmp_path):
    path = write_netcdf(tmp_path / "n.nc")
    with xr.open_dataset(path) as data:
        data = data.load().assign_coords(time=("time", [3], {"units": "months since 2000-01-01"}))
    data.to_netcdf(tmp_path / "t.nc")
    np.testing.assert_allclose(read_npp_netcdf(tmp_path / "t.nc", NAMES).npp_mean, 300)


# --- flat range ----------------------------------------------------------------------------------


def test_a_flat_range_is_widened_and_flagged():
    npp = xr.Dataset(
        {
            "npp_mean": ("point", [400.0, 400.0, np.nan, 3000.0]),
            "npp_min": ("point", [400.0, 300.0, np.nan, 3000.0]),
            "npp_max": ("point", [400.0, 500.0, np.nan, 3000.0]),
        }
    )
    result = widen_flat_range(npp)
    np.testing.assert_array_equal(result.npp_min, [200, 300, np.nan, 1500])
    np.testing.assert_array_equal(result.npp_max, [600, 500, np.nan, 3270])
    np.testing.assert_array_equal(result.npp_range_assumed, [1, 0, 0, 1])
