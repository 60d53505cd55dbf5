"""Maps as cloud-optimised GeoTIFF: stocks of a method, the parameters it predicts, its mechanisms.

EPSG:4326, north up, one band per map with its description and unit, NaN where there is none. Tags
of a band name its quantity and statistic. Larger maps than a block have internal overviews.
rioxarray georeferences the maps by their coordinates and GDAL's COG driver lays the file out;
rasterio writes it, because rioxarray sets no units of bands and a finished COG cannot be edited
without losing its layout.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import rasterio
import rioxarray  # noqa: F401 -- registers the accessor `rio` of arrays
import xarray as xr

from proda.arrays import FloatArray
from proda.errors import InputError
from proda.files import atomic_path
from proda.model.processes.definitions import PROCESSES
from proda.projection.stocks import KILOGRAM, STATISTICS

__all__ = [
    "Band",
    "export_mechanisms",
    "export_parameters",
    "export_stocks",
    "map_tags",
    "write_geotiff",
]

TOLERANCE = 1e-6  # relative, of steps between cells
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
MEAN, SD, CONTRACTION = "mean", "sd", "contraction"


class Band(NamedTuple):
    """A map of a GeoTIFF.

    Attributes
    ----------
    values : xarray.DataArray
        (lat, lon) on regularly spaced cell centres, in either direction, NaN for no data.
    description : str
        What the map shows.
    unit : str
        Of its values (UDUNITS).
    quantity : str
        Name of the quantity.
    statistic : str
        What its values are over the draws: mean, sd, p05, p95; or contraction.
    """

    values: xr.DataArray
    description: str
    unit: str
    quantity: str
    statistic: str


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
        Band(
            projection[f"{name}_{kind}"].sel(interval=label) / KILOGRAM,
            f"soil organic carbon stock {label}{place}, {kind} (kg m-2)",
            "kg m-2",
            f"{name} {label}",
            kind,
        )
        for name, place in places.items()
        for kind in STATISTICS
        if f"{name}_{kind}" in projection
        for label in projection["interval"].values
    ]
    write_geotiff(path, bands, map_tags(projection))


def export_parameters(maps: xr.Dataset, path: Path) -> None:
    """Write the means of the predicted parameters, each in its own unit, and what informs them.

    Bands: a mean per parameter; then per parameter the contraction of the nearest profiles, by
    which a map can be masked; then, where there are several draws, per parameter their standard
    deviation.

    Parameters
    ----------
    maps : xarray.Dataset
        Result of `proda.parameters.parameter_maps.parameter_maps`.
    path : Path
        The GeoTIFF.
    """
    names = [str(name) for name in maps["parameter"].values]
    units = {name: maps[name].attrs["units"] for name in names}
    bands = (
        [Band(maps[name], f"{name} ({units[name]})", units[name], name, MEAN) for name in names]
        + [
            Band(
                maps["contraction"].sel(parameter=name),
                f"{name}, contraction of nearest profiles",
                "1",
                name,
                CONTRACTION,
            )
            for name in names
        ]
        + [
            Band(
                maps[f"{name}_sd"],
                f"{name}, standard deviation of the draws ({units[name]})",
                units[name],
                name,
                SD,
            )
            for name in names
            if f"{name}_sd" in maps
        ]
    )
    write_geotiff(path, bands, map_tags(maps))


def export_mechanisms(maps: xr.Dataset, path: Path) -> None:
    """Write the bulk processes of soil carbon.

    Bands: the mean of each process, then where there are several draws the 5th, then the 95th
    percentile of each.

    Parameters
    ----------
    maps : xarray.Dataset
        Content of <method>_processes.nc.
    path : Path
        The GeoTIFF.
    """
    bands = [
        Band(
            maps[f"{process.name}_{kind}"],
            f"{process.long_name}, {kind} ({process.units})",
            process.units,
            process.name,
            kind,
        )
        for kind in STATISTICS
        for process in PROCESSES
        if f"{process.name}_{kind}" in maps
    ]
    write_geotiff(path, bands, map_tags(maps))


def write_geotiff(
    path: Path,
    bands: Sequence[Band],
    tags: Mapping[str, str] | None = None,
) -> None:
    """Write maps as one cloud-optimised GeoTIFF.

    Parameters
    ----------
    path : Path
        The GeoTIFF.
    bands : sequence of Band
        Maps on one grid. Longitudes of 0 to 360 degrees become those of -180 to 180.
    tags : mapping of str to str, optional
        Metadata of the file.

    Raises
    ------
    InputError
        For maps that are not regular or differ in their grid.
    """
    maps = [_from_west(band.values).sortby("lat", ascending=False).sortby("lon") for band in bands]
    for values in maps:
        if not all(np.array_equal(values[axis], maps[0][axis]) for axis in ("lat", "lon")):
            raise InputError(values.name or "map", "the grid of the other maps", "another grid")
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
        for i, (values, band) in enumerate(zip(maps, bands, strict=True), start=1):
            file.write(values.transpose("lat", "lon").values.astype(np.float32), i)
            file.set_band_description(i, band.description)
            file.update_tags(i, quantity=band.quantity, statistic=band.statistic)
        file.units = [band.unit for band in bands]
        file.update_tags(**(tags or {}))


def _from_west(values: xr.DataArray) -> xr.DataArray:
    """A map with longitudes from -180 to 180; one across the date line keeps those beyond 180."""
    wrapped = values.assign_coords(lon=(values["lon"] + 180) % 360 - 180)
    steps = np.diff(np.sort(wrapped["lon"].values))
    crosses = steps.size > 0 and np.ptp(steps) > TOLERANCE * steps.min()
    return values if crosses or (values["lon"] < 180).all() else wrapped


def _require_even(axis: str, centres: FloatArray) -> None:
    """Raise InputError for coordinates from which no pixel size follows."""
    steps = np.diff(centres)
    if not steps.size or np.ptp(steps) > TOLERANCE * abs(steps[0]):
        found = f"{centres.size} centres" + (", unevenly spaced" if steps.size else "")
        raise InputError(axis, "two or more evenly spaced centres", found)


def map_tags(dataset: xr.Dataset) -> dict[str, str]:
    """Return what made a result and whether it is certified, as tags of its GeoTIFF."""
    return {
        name: str(dataset.attrs[name]) for name in PROVENANCE + CERTIFICATE if name in dataset.attrs
    }
