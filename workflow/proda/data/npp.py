"""Net primary production (NPP), gC m-2 yr-1: mean, smallest and largest year at points and cells.

From the annual rasters MOD17A3 v5.5 (Zhao & Running 2010, doi 10.1126/science.1192666): one
GeoTIFF a year, 30 arc seconds, geographic WGS84 from 60 S to 80 N, uint16. A digital number of
65500 and above is a code for a surface without NPP (65535 fill, 65529-65534 water, barren, urban
and others) and must go before scaling, or it passes as 6.5 kgC m-2 yr-1; the others times 0.1 are
gC m-2 yr-1. What lies beyond the range of NPP in `proda.quantities` after that is a code of another
version, and refused. Files are known to lack their CRS tag; EPSG:4326 is assumed then and logged.
Rasters are read in strips, so that years of 1.4 GB need some ten MB. `read_npp_netcdf` takes NPP
from a netCDF file instead.
"""

import logging
from pathlib import Path

import numpy as np
import rasterio
import xarray as xr
from rasterio.crs import CRS
from rasterio.windows import Window

from proda.check import as_array, check_range
from proda.data.axes import as_degrees, require_distinct
from proda.data.codes import is_code
from proda.data.field_check import HINT, check_field, require_nonzero, require_range
from proda.data.land_model.history import canonical_unit
from proda.data.raster_file import read_pixels
from proda.errors import InputError, number_text
from proda.netcdf import FETCH_AGAIN, load_netcdf
from proda.quantities import QUANTITIES, check_distribution

__all__ = [
    "FIRST_CODE",
    "SCALE",
    "STATISTICS",
    "STRIP_ROWS",
    "bounded_cache",
    "check_numbers",
    "find_npp_files",
    "npp_at",
    "open_npp_raster",
    "read_npp_geotiffs",
    "read_npp_netcdf",
    "widen_flat_range",
]

GEOTIFF_NAME = "MOD17A3_Science_NPP_{year}.tif"
SCALE = 0.1
FIRST_CODE = 65500
STRIP_ROWS = 240
# GDAL would otherwise keep up to 5 % of the machine's memory in its cache.
CACHE_MEGABYTES = 128
GREATEST_NUMBER = round(QUANTITIES["npp"].upper / SCALE)
FACTORS = {
    "gC m-2 yr-1": 1.0,
    "gC m-2 year-1": 1.0,
    "g m-2 yr-1": 1.0,
    "g m-2 year-1": 1.0,
    "kgC m-2 yr-1": 1000.0,
    "kg m-2 yr-1": 1000.0,
}
LARGEST_VALUE = 1e19  # as in CLM history: anything above is missing
ORDERED = ("npp_min", "npp_mean", "npp_max")
STATISTICS = {"npp_mean": np.nanmean, "npp_min": np.nanmin, "npp_max": np.nanmax}
LONG_NAMES = {
    "npp_mean": "carbon mass of annual net primary production, mean of years",
    "npp_min": "carbon mass of annual net primary production, smallest year",
    "npp_max": "carbon mass of annual net primary production, largest year",
}

logger = logging.getLogger(__name__)


def find_npp_files(folder, years):
    """Return {year: path} for the years first to last (inclusive); InputError if one is absent."""
    first, last = years
    names = {year: GEOTIFF_NAME.format(year=year) for year in range(first, last + 1)}
    files = {year: Path(folder) / name for year, name in names.items()}
    absent = [path.name for path in files.values() if not path.exists()]
    if absent or not files:
        found = "without " + ", ".join(absent) if files else "no year at all"
        raise InputError(str(folder), f"a raster for each year {first}-{last}", found)
    return files


def read_npp_geotiffs(files, resolution, min_valid_fraction):
    """Block means of annual rasters, then mean, smallest and largest year.

    files: {year: path}. resolution: cell size in degrees, a whole number of pixels. A cell of a
    year has a value if at least ``min_valid_fraction`` of its pixels do; it is the plain mean of
    these. Returns a Dataset on (lat, lon), both ascending: npp_mean, npp_min, npp_max in
    gC m-2 yr-1, npp_years (number of years with a value) and valid_fraction (mean over the years).
    Raises InputError for another CRS or data type, or pixels that do not fill the cells evenly.
    """
    if not 0 < min_valid_fraction <= 1:
        raise InputError("min_valid_fraction", "a fraction in ]0, 1]", f"{min_valid_fraction}")
    annual, fractions, grid = [], [], None
    for path in files.values():
        with bounded_cache(), open_npp_raster(path) as raster:
            mean, fraction, cells = _block_means(raster, path, resolution)
        if grid is not None and not all(
            np.array_equal(a, b) for a, b in zip(cells, grid, strict=True)
        ):
            raise InputError(str(path), "the extent of the other years", "another extent")
        grid = cells
        annual.append(np.where(fraction >= min_valid_fraction, mean, np.nan))
        fractions.append(fraction)
    lat, lon = grid
    result = _over_years(annual, ("lat", "lon"), files)
    check_distribution("npp", result["npp_mean"].values, str(next(iter(files.values())).parent))
    result["valid_fraction"] = (
        ("lat", "lon"),
        np.mean(fractions, axis=0),
        {"units": "1", "long_name": "fraction of pixels with net primary production"},
    )
    lat = ("lat", lat, {"units": "degrees_north", "standard_name": "latitude"})
    lon = ("lon", lon, {"units": "degrees_east", "standard_name": "longitude"})
    return result.assign_coords(lat=lat, lon=lon).sortby("lat")


def npp_at(files, lon, lat):
    """NPP of the pixel each point lies in: mean, smallest and largest year.

    files: {year: path}. lon (n,) in [-180, 180], lat (n,) degrees. Returns a Dataset on (point,):
    npp_mean, npp_min, npp_max in gC m-2 yr-1 and npp_years; NaN where no year has a value and
    outside the raster. Raises InputError as `read_npp_geotiffs`.
    """
    lon, lat = (
        as_array("lon", lon, (None,), "degrees"),
        as_array("lat", lat, (np.size(lon),), "degrees"),
    )
    check_range("lon", lon, -180, 180, "degrees east")
    check_range("lat", lat, -90, 90, "degrees north")
    annual = []
    for path in files.values():
        with bounded_cache(), open_npp_raster(path) as raster:
            annual.append(_pixels(raster, lon, lat))
    return _over_years(annual, ("point",), files)


def read_npp_netcdf(path, names=None):
    """NPP from a netCDF file with variables on (lat, lon).

    names: {"npp_mean": variable, "npp_min": .., "npp_max": ..}, by default of the same names.
    Returns a Dataset as `read_npp_geotiffs`, in gC m-2 yr-1. Raises InputError for a missing
    variable, a unit other than g or kg (C) m-2 yr-1, coordinates that are no degrees or repeat,
    values that no vegetation has, or min <= mean <= max not fulfilled.
    """
    names = names or {name: name for name in STATISTICS}
    if set(names) != set(STATISTICS):
        raise InputError("names", "npp_mean, npp_min and npp_max", ", ".join(sorted(names)))
    # A time that is there is not looked at, and may be in units of its own kind.
    options = {"hint": FETCH_AGAIN, "decode_times": False}
    source = load_netcdf(path, "net primary production", **options)
    for axis in ("lat", "lon"):
        if axis not in source.variables or source[axis].dims != (axis,):
            found = f"variables {', '.join(map(str, source.variables))}"
            raise InputError(f"{path}: {axis}", f"a coordinate variable {axis}({axis})", found)
    lat, lon = (as_degrees(path, source[name].values, name) for name in ("lat", "lon"))
    require_distinct(path, lat, "lat")
    require_distinct(path, lon, "lon")
    variables = {}
    for name, variable in names.items():
        where = f"{path}: {variable}"
        if variable not in source or set(source[variable].dims) != {"lat", "lon"}:
            found = ", ".join(f"{n}({', '.join(v.dims)})" for n, v in source.variables.items())
            raise InputError(where, f"a variable {variable}(lat, lon)", found)
        unit = source[variable].attrs.get("units")
        factor = FACTORS.get(canonical_unit(str(unit)))
        if factor is None:
            found = "no units attribute" if unit is None else f"units {unit!r}"
            raise InputError(where, "units " + " or ".join(FACTORS), found)
        values = source[variable].transpose("lat", "lon").astype(float)
        values = values.where(np.abs(values) < LARGEST_VALUE) * factor
        if values.isnull().all():
            raise InputError(where, "a value somewhere", "none")
        check_field("npp", values.values, where, [("lat", lat), ("lon", lon)], name == "npp_mean")
        variables[name] = values.assign_attrs(_attributes(name))
    result = xr.Dataset(variables).assign_coords(lat=lat, lon=lon)
    slack = 1e-6 * np.abs(result.npp_mean)
    wrong = (result.npp_min > result.npp_mean + slack) | (result.npp_max < result.npp_mean - slack)
    if wrong.any():
        row, column = np.argwhere(wrong.values)[0]
        three = ", ".join(number_text(result[name].values[row, column]) for name in ORDERED)
        found = f"{three} at lat {lat[row]:g}, lon {lon[column]:g}; {int(wrong.sum())} cells"
        raise InputError(str(path), "min <= mean <= max", found)
    _refuse_codes(path, result)
    mean = result.npp_mean.values
    require_nonzero(mean, f"{path}: {names['npp_mean']}", "net primary production")
    return result


def _refuse_codes(path, npp):
    """Raise InputError for a code that stands for no value although it could be one, such as -99.

    It is negative and the same in all three; real years differ.
    """
    values = npp.npp_mean.values
    code = is_code(values) & (values < 0)
    code &= (npp.npp_min.values == values) & (npp.npp_max.values == values)
    if code.any():
        row, column = np.argwhere(code)[0]
        found = f"{number_text(values[row, column])} in all three at lat {npp.lat.values[row]:g}, "
        found += f"lon {npp.lon.values[column]:g}; {int(code.sum())} cells"
        raise InputError(str(path), "net primary production or a declared fill value", found, HINT)


def widen_flat_range(npp):
    """Where smallest and largest year are equal, take the mean +- 50 %, as the study did, but not
    more than there can be.

    npp: Dataset with npp_mean, npp_min, npp_max. Returns the Dataset with npp_range_assumed, a
    flag of where this was done.
    """
    flat = npp["npp_min"] == npp["npp_max"]
    half = 0.5 * np.abs(npp["npp_mean"])
    low, high = npp["npp_mean"] - half, npp["npp_mean"] + half
    high = np.minimum(high, QUANTITIES["npp"].upper)
    flag = {
        "long_name": "range of annual net primary production",
        "flag_values": np.array([0, 1], dtype=np.int8),
        "flag_meanings": "of_years mean_plus_minus_half",
    }
    return npp.assign(
        npp_min=xr.where(flat, low, npp["npp_min"]).assign_attrs(npp["npp_min"].attrs),
        npp_max=xr.where(flat, high, npp["npp_max"]).assign_attrs(npp["npp_max"].attrs),
        npp_range_assumed=flat.astype(np.int8).assign_attrs(flag),
    )


def _over_years(annual, dims, files):
    """Mean, smallest and largest of the years that have a value."""
    annual = np.array(annual)
    count = np.isfinite(annual).sum(axis=0)
    some = count > 0
    variables = {}
    for name, statistic in STATISTICS.items():
        values = np.full(some.shape, np.nan)
        values[some] = statistic(annual[:, some], axis=0)
        variables[name] = (dims, values, _attributes(name))
    long_name = "years with net primary production"
    variables["npp_years"] = (dims, count.astype(np.int16), {"units": "1", "long_name": long_name})
    source = f"MOD17A3 annual rasters of {len(files)} years, {min(files)}-{max(files)}"
    return xr.Dataset(variables, attrs={"source": source})


def _attributes(name):
    return {"units": "g m-2 year-1", "long_name": LONG_NAMES[name]}


def bounded_cache():
    """Rasterio environment whose cache of blocks does not grow with the machine."""
    return rasterio.Env(GDAL_CACHEMAX=CACHE_MEGABYTES)


def open_npp_raster(path):
    """Open an annual raster, checked to be what MOD17A3 v5.5 is; InputError says what it is not."""
    try:
        raster = rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise InputError(str(path), "a readable GeoTIFF", str(error)) from None
    t, bounds = raster.transform, raster.bounds
    if raster.crs is None:
        logger.warning("%s has no CRS: EPSG:4326 (longitude, latitude) is assumed", path)
    elif raster.crs != CRS.from_epsg(4326) and raster.crs.to_epsg() != 4326:
        raise InputError(f"{path}: CRS", "EPSG:4326 (longitude, latitude)", f"{raster.crs}"[:80])
    in_degrees = bounds.left >= -180.01 and bounds.right <= 180.01
    in_degrees &= bounds.bottom >= -90.01 and bounds.top <= 90.01
    if t.is_identity or t.b or t.d or t.a <= 0 or t.e >= 0 or not in_degrees:
        expected = "pixels in degrees, north up"
        raise InputError(f"{path}: transform", expected, f"bounds {tuple(bounds)}")
    if raster.count != 1 or raster.dtypes[0] != "uint16":
        found = f"{raster.count} band(s) of {raster.dtypes[0]}"
        raise InputError(str(path), "one band of uint16 digital numbers", found)
    tagged = raster.scales[0], raster.offsets[0]
    if tagged not in ((1.0, 0.0), (SCALE, 0.0)):
        found = f"scale {number_text(tagged[0])} and offset {number_text(tagged[1])} in its tags"
        raise InputError(str(path), f"digital numbers of {SCALE} gC m-2 yr-1", found)
    return raster


def check_numbers(numbers, path, lat, lon):
    """Raise InputError for digital numbers that are neither codes nor NPP.

    numbers: (n, m) or (n,). lat, lon: (n,) and (m,) of rows and columns, or (n,) each of points.
    """
    bad = (numbers > GREATEST_NUMBER) & (numbers < FIRST_CODE)
    if bad.any():
        values = np.where(numbers < FIRST_CODE, numbers * SCALE, np.nan)
        if numbers.ndim == 1:
            i = int(np.argmax(bad))
            values, lat, lon = values[i : i + 1, None], lat[i : i + 1], lon[i : i + 1]
        npp = QUANTITIES["npp"]
        axes = [("lat", lat), ("lon", lon)]
        require_range(str(path), values, npp.lower, npp.upper, npp.unit, axes)


def _block_means(raster, path, resolution):
    """Mean in gC m-2 yr-1 and valid fraction of each cell, (nlat, nlon) from north to south."""
    t = raster.transform
    size = round(resolution / t.a)
    even = np.allclose([size * t.a, -size * t.e], resolution, rtol=1e-6)
    even &= raster.width % size == 0 and raster.height % size == 0
    corner = np.array([t.c, t.f]) / resolution
    if not even or not np.allclose(corner, np.round(corner), atol=1e-3):
        expected = f"pixels that fill cells of {resolution} degrees, aligned with them"
        pixel, west, north = map(number_text, (t.a, t.c, t.f))
        found = f"{raster.width} x {raster.height} pixels of {pixel}, corner {west}, {north}"
        raise InputError(str(path), expected, found)
    nlat, nlon = raster.height // size, raster.width // size
    total, count = np.zeros((nlat, nlon)), np.zeros((nlat, nlon))
    for row in range(nlat):
        numbers = read_pixels(raster, Window(0, row * size, raster.width, size), path)
        check_numbers(numbers, path, *_centres(t, row * size, size, raster.width))
        valid = numbers < FIRST_CODE
        numbers = np.where(valid, numbers, 0).reshape(size, nlon, size)
        total[row] = numbers.sum(axis=(0, 2), dtype=np.int64)
        count[row] = valid.reshape(size, nlon, size).sum(axis=(0, 2))
    mean = np.divide(total * SCALE, count, out=np.full_like(total, np.nan), where=count > 0)
    first = np.round(corner)
    lat = (first[1] - 0.5 - np.arange(nlat)) * resolution
    lon = (first[0] + 0.5 + np.arange(nlon)) * resolution
    return mean, count / size**2, (lat, lon)


def _centres(transform, first_row, rows, columns):
    """Latitudes of some rows of pixels and longitudes of all columns."""
    lat = transform.f + (first_row + 0.5 + np.arange(rows)) * transform.e
    return lat, transform.c + (0.5 + np.arange(columns)) * transform.a


def _pixels(raster, lon, lat):
    """Value of the pixel at each point in gC m-2 yr-1, NaN for codes and outside the raster."""
    t = raster.transform
    column = np.floor((lon - t.c) / t.a).astype(int)
    row = np.floor((lat - t.f) / t.e).astype(int)
    # The east and south edges belong to the last pixel.
    column[np.isclose(lon, raster.bounds.right)] = raster.width - 1
    row[np.isclose(lat, raster.bounds.bottom)] = raster.height - 1
    inside = (row >= 0) & (row < raster.height) & (column >= 0) & (column < raster.width)
    values = np.full(lon.shape, np.nan)
    for strip in np.unique(row[inside] // STRIP_ROWS):
        here = np.flatnonzero(inside & (row // STRIP_ROWS == strip))
        top, left = row[here].min(), column[here].min()
        window = Window(left, top, column[here].max() - left + 1, row[here].max() - top + 1)
        numbers = read_pixels(raster, window, raster.name)[row[here] - top, column[here] - left]
        check_numbers(numbers, raster.name, lat[here], lon[here])
        values[here] = np.where(numbers < FIRST_CODE, numbers * SCALE, np.nan)
    return values
