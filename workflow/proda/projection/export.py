"""Maps as cloud-optimised GeoTIFF: stocks of a method, and the parameters it predicts.

EPSG:4326, north up, one band per map with its description and unit, NaN where there is none. Larger
maps than a block have internal overviews. rioxarray georeferences the maps by their coordinates and
GDAL's COG driver lays the file out; rasterio writes it, because rioxarray sets no units of bands
and a finished COG cannot be edited without losing its layout.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import rasterio
import rioxarray  # noqa: F401 -- registers the accessor `rio` of arrays
import xarray as xr

from proda.arrays import FloatArray
from proda.errors import InputError
from proda.files import atomic_path
from proda.projection.stocks import KILOGRAM, STATISTICS

__all__ = ["export_parameters", "export_stocks", "write_geotiff"]

BLOCK = 128  # pixels; half-degree maps of a continent fit in a few blocks
# What makes a result, passed on to its copies.
PROVENANCE = (
    "title",
    "method",
    "soc_is",
    "workflow_version",
    "settings_digest",
    "input_digests",
    "seed",
)
CERTIFICATE = ("certified", "certificate")


def export_stocks(projection: xr.Dataset, path: Path) -> None:
    """Write the stocks of a grid projection, kg m-2.

    Bands: the mean of each interval, then where there are several draws the 5th, then the 95th
    percentile of each; then, where the SOC is the median of places that scatter, the same of the
    mean over the scatter.

    Parameters
    ----------
    projection : xarray.Dataset
        Content of <method>_grid.nc.
    path : Path
        The GeoTIFF.
    """
    median = " of the median place" if "soc_is" in projection.attrs else ""
    places = {"stock": median, "stock_with_scatter": ", mean over the scatter between places"}
    bands = [
        (
            projection[f"{name}_{kind}"].sel(interval=label) / KILOGRAM,
            f"soil organic carbon stock {label}{place}, {kind} (kg m-2)",
            "kg m-2",
        )
        for name, place in places.items()
        for kind in STATISTICS
        if f"{name}_{kind}" in projection
        for label in projection["interval"].values
    ]
    write_geotiff(path, bands, _tags(projection))


def export_parameters(maps: xr.Dataset, path: Path) -> None:
    """Write the means of the predicted parameters, each in its own unit, and what informs them.

    Bands: a mean per parameter, then per parameter the contraction of the nearest profiles, by
    which a map can be masked.

    Parameters
    ----------
    maps : xarray.Dataset
        Result of `proda.parameters.parameter_maps.parameter_maps`.
    path : Path
        The GeoTIFF.
    """
    bands = [
        (maps[name], f"{name} ({maps[name].attrs['units']})", maps[name].attrs["units"])
        for name in maps["parameter"].values
    ] + [
        (maps["contraction"].sel(parameter=name), f"{name}, contraction of nearest profiles", "1")
        for name in maps["parameter"].values
    ]
    write_geotiff(path, bands, _tags(maps))


def write_geotiff(
    path: Path,
    bands: Sequence[tuple[xr.DataArray, str, str]],
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write maps as one cloud-optimised GeoTIFF.

    Parameters
    ----------
    path : Path
        The GeoTIFF.
    bands : sequence of (map, description, unit)
        A map is a DataArray (lat, lon) of regularly spaced cell centres, in either direction, NaN
        for no data.
    tags : mapping of str to str, optional
        Metadata of the file.

    Raises
    ------
    InputError
        For maps that are not regular or differ in their grid.
    """
    maps = [band.sortby("lat", ascending=False).sortby("lon") for band, _, _ in bands]
    for band in maps:
        if not all(np.array_equal(band[axis], maps[0][axis]) for axis in ("lat", "lon")):
            raise InputError(band.name or "map", "the grid of the other maps", "another grid")
    for axis in ("lat", "lon"):
        _require_even(axis, maps[0][axis].values)
    grid = maps[0].rio.set_spatial_dims("lon", "lat").rio
    profile = {
        "driver": "COG",
        "dtype": "float32",
        "count": len(bands),
        "height": grid.height,
        "width": grid.width,
        "crs": "EPSG:4326",
        "transform": grid.transform(),
        "nodata": np.nan,
        "compress": "DEFLATE",
        "predictor": "YES",
        "blocksize": BLOCK,
        "resampling": "AVERAGE",
    }
    with atomic_path(path) as temporary, rasterio.open(temporary, "w", **profile) as file:
        for i, (band, (_, description, _)) in enumerate(zip(maps, bands, strict=True), start=1):
            file.write(band.transpose("lat", "lon").values.astype(np.float32), i)
            file.set_band_description(i, description)
        file.units = [unit for _, _, unit in bands]
        file.update_tags(**(tags or {}))


def _require_even(axis: str, centres: FloatArray) -> None:
    """Raise InputError for coordinates from which no pixel size follows."""
    steps = np.diff(centres)
    if not steps.size or np.ptp(steps) > 1e-6 * abs(steps[0]):
        found = f"{centres.size} centres" + (", unevenly spaced" if steps.size else "")
        raise InputError(axis, "two or more evenly spaced centres", found)


def _tags(dataset: xr.Dataset) -> dict[str, str]:
    return {
        name: str(dataset.attrs[name]) for name in PROVENANCE + CERTIFICATE if name in dataset.attrs
    }
