"""Annual rasters of net primary production (NPP): opening, checking and reading them.

MOD17A3 v5.5 (Zhao & Running 2010, doi 10.1126/science.1192666): one GeoTIFF a year, 30 arc seconds,
geographic WGS84 from 60 S to 80 N, uint16. A digital number of 65500 and above is a code for a
surface without NPP (65535 fill, 65529-65534 water, barren, urban and others) and must go before
scaling, or it passes as 6.5 kgC m-2 yr-1; the others times 0.1 are gC m-2 yr-1. What lies beyond
the range of NPP in `proda.quantities` after that is a code of another version, and an error. Files
are known to lack their CRS tag; EPSG:4326 is assumed then and logged. Rasters are read in strips,
so that years of 1.4 GB need some ten MB.
"""

import logging
from pathlib import Path

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.crs import CRS
from rasterio.windows import Window

from proda.arrays import FloatArray
from proda.data.field_check import require_range
from proda.data.raster_file import read_pixels
from proda.errors import InputError, number_text
from proda.quantities import QUANTITIES

__all__ = [
    "FIRST_CODE",
    "SCALE",
    "STRIP_ROWS",
    "block_means",
    "bounded_cache",
    "check_numbers",
    "open_npp_raster",
    "pixels_at",
]

log = logging.getLogger(__name__)

SCALE = 0.1
"""gC m-2 yr-1 per digital number."""

FIRST_CODE = 65500
"""Digital numbers from here on are codes."""

MAX_NUMBER = round(QUANTITIES["npp"].upper / SCALE)

STRIP_ROWS = 240
"""Rows of pixels read at once."""

# GDAL would otherwise keep up to 5 % of the machine's memory in its cache.
CACHE_MEGABYTES = 128


def bounded_cache() -> rasterio.Env:
    """Rasterio environment whose cache of blocks does not grow with the machine."""
    return rasterio.Env(GDAL_CACHEMAX=CACHE_MEGABYTES)


def open_npp_raster(path: str | Path) -> rasterio.DatasetReader:
    """Open an annual raster.

    Parameters
    ----------
    path
        GeoTIFF of a year.

    Returns
    -------
    rasterio.DatasetReader
        The open raster.

    Raises
    ------
    InputError
        For a file that is not a raster of MOD17A3 v5.5: CRS, transform, data type or scale.
    """
    try:
        raster = rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise InputError(str(path), "a readable GeoTIFF", str(error)) from None
    t, bounds = raster.transform, raster.bounds
    if raster.crs is None:
        log.warning("%s has no CRS: EPSG:4326 (longitude, latitude) is assumed", path)
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


def check_numbers(
    numbers: npt.NDArray[np.uint16], path: str | Path, lat: FloatArray, lon: FloatArray
) -> None:
    """Require that digital numbers are codes or NPP.

    Parameters
    ----------
    numbers
        (n, m) of pixels or (n,) of points.
    path
        The raster, for messages.
    lat, lon
        (n,) and (m,) of rows and columns, or (n,) each of points; degrees.

    Raises
    ------
    InputError
        Naming the first number that is neither.
    """
    bad = (numbers > MAX_NUMBER) & (numbers < FIRST_CODE)
    if bad.any():
        values = np.where(numbers < FIRST_CODE, numbers * SCALE, np.nan)
        if numbers.ndim == 1:
            i = int(np.argmax(bad))
            values, lat, lon = values[i : i + 1, None], lat[i : i + 1], lon[i : i + 1]
        npp = QUANTITIES["npp"]
        axes = [("lat", lat), ("lon", lon)]
        require_range(str(path), values, npp.lower, npp.upper, npp.unit, axes)


def block_means(
    raster: rasterio.DatasetReader, path: str | Path, resolution: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Average the pixels of each cell of a grid.

    Parameters
    ----------
    raster
        Of `open_npp_raster`.
    path
        Its file, for messages.
    resolution
        Of the grid, degrees.

    Returns
    -------
    mean
        (nlat, nlon) gC m-2 yr-1, from north to south; NaN without a valid pixel.
    fraction
        (nlat, nlon) valid fraction of the pixels.
    lat, lon
        (nlat,) and (nlon,) centres of the cells, degrees.

    Raises
    ------
    InputError
        For pixels that do not fill the cells evenly, and as `check_numbers`.
    """
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
    return mean, count / size**2, lat, lon


def _centres(
    transform: rasterio.Affine, first_row: int, rows: int, columns: int
) -> tuple[FloatArray, FloatArray]:
    """Latitudes of some rows of pixels and longitudes of all columns."""
    lat = transform.f + (first_row + 0.5 + np.arange(rows)) * transform.e
    return lat, transform.c + (0.5 + np.arange(columns)) * transform.a


def pixels_at(raster: rasterio.DatasetReader, lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Read the pixel that each point lies in.

    Parameters
    ----------
    raster
        Of `open_npp_raster`.
    lon, lat
        (n,) degrees.

    Returns
    -------
    numpy.ndarray
        (n,) gC m-2 yr-1, NaN for codes and outside the raster.

    Raises
    ------
    InputError
        As `check_numbers`.
    """
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
