"""Maps as cloud-optimised GeoTIFF: stocks of a method, and the parameters it predicts.

EPSG:4326, north up, one band per map with its description and unit, NaN where there is none. Larger
maps than a block have internal overviews.
"""

import numpy as np
import rasterio

from proda.errors import InputError
from proda.files import atomic_path
from proda.projection.forward import STATISTICS
from proda.projection.stocks import KILOGRAM

__all__ = ["export_parameters", "export_stocks", "write_geotiff"]

BLOCK = 128  # pixels; half-degree maps of a continent fit in a few blocks
# What makes a result, passed on to its copies.
PROVENANCE = ("title", "method", "workflow_version", "settings_digest", "input_digests", "seed")


def export_stocks(projection, path):
    """Write the stocks of a grid projection, kg m-2.

    projection: Dataset of <method>_grid.nc. Bands: the mean of each interval, then where there are
    several draws the 5th, then the 95th percentile of each.
    """
    bands = [
        (
            projection[f"stock_{kind}"].sel(interval=label) / KILOGRAM,
            f"soil organic carbon stock {label}, {kind} (kg m-2)",
            "kg m-2",
        )
        for kind in STATISTICS
        if f"stock_{kind}" in projection
        for label in projection["interval"].values
    ]
    write_geotiff(path, bands, _tags(projection))


def export_parameters(maps, path):
    """Write the means of the predicted parameters, each in its own unit.

    maps: Dataset of `proda.parameters.parameter_maps.parameter_maps`.
    """
    bands = [
        (maps[name], f"{name} ({maps[name].attrs['units']})", maps[name].attrs["units"])
        for name in maps["parameter"].values
    ]
    write_geotiff(path, bands, _tags(maps))


def write_geotiff(path, bands, tags=None):
    """Write maps as one cloud-optimised GeoTIFF.

    bands: (map, description, unit) each; a map is a DataArray (lat, lon) of regularly spaced cell
    centres, either way round, NaN for no data. tags: texts of the file. Raises InputError for maps
    that are not regular or differ in their grid.
    """
    maps = [band.sortby("lat", ascending=False).sortby("lon") for band, _, _ in bands]
    lat, lon = (maps[0][name].values for name in ("lat", "lon"))
    for band in maps:
        if not (np.array_equal(band["lat"], lat) and np.array_equal(band["lon"], lon)):
            raise InputError(band.name or "map", "the grid of the other maps", "another grid")
    south_to_north, west_to_east = -_step("lat", lat), _step("lon", lon)
    west, north = lon[0] - west_to_east / 2, lat[0] + south_to_north / 2
    profile = {
        "driver": "COG",
        "dtype": "float32",
        "count": len(bands),
        "height": lat.size,
        "width": lon.size,
        "crs": "EPSG:4326",
        "transform": rasterio.Affine(west_to_east, 0.0, west, 0.0, -south_to_north, north),
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


def _step(name, centres):
    steps = np.diff(centres)
    if not steps.size or np.ptp(steps) > 1e-6 * abs(steps[0]):
        found = f"{centres.size} centres" + (", unevenly spaced" if steps.size else "")
        raise InputError(name, "two or more evenly spaced centres", found)
    # The mean step, for single steps carry rounding.
    return (centres[-1] - centres[0]) / steps.size


def _tags(dataset):
    return {name: str(dataset.attrs[name]) for name in PROVENANCE if name in dataset.attrs}
