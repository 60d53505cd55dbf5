"""NPP of each pixel over the years, the covariates NPPmean, NPPmax and NPPmin, as one netCDF."""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.windows import Window

from proda.arrays import FloatArray
from proda.data.npp import STATISTICS
from proda.data.npp_raster import (
    FIRST_CODE,
    SCALE,
    STRIP_ROWS,
    bounded_cache,
    check_numbers,
    open_npp_raster,
)
from proda.data.raster_file import read_pixels
from proda.errors import InputError
from proda.files import atomic_path
from proda.netcdf import create_netcdf

if TYPE_CHECKING:
    import netCDF4

__all__ = ["define_npp_summary", "write_npp_summary"]

NAMES = {"NPPmean": "npp_mean", "NPPmax": "npp_max", "NPPmin": "npp_min"}
MARGIN = 1.0
"""degrees; cells at the border reach beyond the region."""


def write_npp_summary(
    files: Mapping[int, Path],
    bounds: Sequence[float],
    path: str | Path,
    attrs: Mapping[str, object] | None = None,
) -> None:
    """Write mean, largest and smallest year of each pixel around a region, gC m-2 yr-1.

    A pixel without NPP in any year is missing. Strips of rows keep the memory to some 100 MB.

    Parameters
    ----------
    files
        Path of the annual raster by year.
    bounds
        West, south, east and north of the region, degrees.
    path
        File to write.
    attrs
        Further global attributes (provenance).

    Raises
    ------
    InputError
        As `open_npp_raster`, for rasters of different extent and for a region beyond them.
    """
    rasters: list[rasterio.DatasetReader] = []
    try:
        with bounded_cache():
            for file in files.values():
                rasters.append(open_npp_raster(file))
            lon, lat, left, top = _frame(files, rasters, bounds)
            with atomic_path(path) as temporary, create_netcdf(temporary) as data:
                source = f"MOD17A3 annual rasters, {min(files)}-{max(files)}"
                layers = define_npp_summary(data, lon, lat, {"source": source, **(attrs or {})})
                for start in range(0, lat.size, STRIP_ROWS):
                    rows = min(STRIP_ROWS, lat.size - start)
                    window = Window(left, top + start, lon.size, rows)
                    places = lat[start : start + rows], lon
                    for name, values in _strip(rasters, window, *places).items():
                        layers[name][start : start + rows] = values
    finally:
        for raster in rasters:
            raster.close()


def _frame(
    files: Mapping[int, Path], rasters: Sequence[rasterio.DatasetReader], bounds: Sequence[float]
) -> tuple[FloatArray, FloatArray, int, int]:
    """Centres of the pixels around the region, and its first column and row."""
    first, t = rasters[0], rasters[0].transform
    for file, raster in zip(files.values(), rasters, strict=True):
        if raster.shape != first.shape or not raster.transform.almost_equals(t):
            raise InputError(str(file), "the extent of the other years", "another extent")
    lon = t.c + (np.arange(first.width) + 0.5) * t.a
    lat = t.f + (np.arange(first.height) + 0.5) * t.e
    west, south, east, north = bounds
    columns = np.flatnonzero((lon > west - MARGIN) & (lon < east + MARGIN))
    rows = np.flatnonzero((lat > south - MARGIN) & (lat < north + MARGIN))
    if columns.size == 0 or rows.size == 0:
        found = "west, south, east, north of " + ", ".join(f"{edge:g}" for edge in first.bounds)
        raise InputError(next(iter(files.values())), "a raster that holds the region", found)
    return lon[columns], lat[rows], int(columns[0]), int(rows[0])


def _strip(
    rasters: Sequence[rasterio.DatasetReader], window: Window, lat: FloatArray, lon: FloatArray
) -> dict[str, npt.ArrayLike]:
    """Statistics of the pixels of a window."""
    numbers = np.stack([read_pixels(raster, window, raster.name) for raster in rasters])
    for raster, own in zip(rasters, numbers, strict=True):
        check_numbers(own, raster.name, lat, lon)
    values = np.where(numbers < FIRST_CODE, numbers * SCALE, np.nan)
    with warnings.catch_warnings():
        # A pixel of the sea has no year with NPP.
        warnings.simplefilter("ignore", RuntimeWarning)
        return {name: STATISTICS[key](values, axis=0) for name, key in NAMES.items()}


def define_npp_summary(
    data: "netCDF4.Dataset", lon: FloatArray, lat: FloatArray, attrs: Mapping[str, object]
) -> dict[str, "netCDF4.Variable"]:
    """Define coordinates and the three variables in an empty netCDF file.

    Parameters
    ----------
    data
        The open file.
    lon, lat
        Centres of the pixels, degrees.
    attrs
        Further global attributes.

    Returns
    -------
    dict
        The variables (lat, lon) by name.
    """
    title = "Net primary production of each pixel over the years"
    data.setncatts({"Conventions": "CF-1.11", "title": title, **attrs})
    axes = (("lat", lat, "degrees_north", "latitude"), ("lon", lon, "degrees_east", "longitude"))
    for name, values, unit, standard in axes:
        data.createDimension(name, values.size)
        axis = data.createVariable(name, "f8", (name,))
        axis.units, axis.standard_name, axis.long_name = unit, standard, standard
        axis[:] = values
    layers = {}
    for name in NAMES:
        layers[name] = data.createVariable(
            name, "f4", ("lat", "lon"), fill_value=np.float32(np.nan), compression="zlib"
        )
        layers[name].units = "g m-2 yr-1"
        layers[name].long_name = f"{name[3:]} of annual net primary production in carbon"
    return layers
