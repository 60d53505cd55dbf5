"""Checks of an open raster against what is declared of it: band, tags, CRS and georeference.

GDAL takes whatever a file states. A layer in the wrong place or unit would give plausible numbers,
so that a contradiction between file and declaration is an error here.
"""

import numpy as np
from rasterio.crs import CRS
from rasterio.enums import ColorInterp
from rasterio.io import DatasetReader

from proda.arrays import FloatArray
from proda.data.raster_layer import Layer
from proda.errors import InputError, number_text
from proda.netcdf import FETCH_AGAIN, open_netcdf

__all__ = ["check_band", "check_georeference", "checked_crs"]

MAX_SHIFT = 0.2
"""Fraction of a pixel by which coordinates may lie off an even grid, as Gaussian latitudes do."""

# Names of the dimensions of netCDF variables; other names are not checked.
NORTHWARD = ("lat", "latitude", "y")
EASTWARD = ("lon", "longitude", "x")


def check_band(layer: Layer, dataset: DatasetReader, coded: bool) -> None:
    """Check that the file has the band, as numbers with the declared scale and offset.

    Parameters
    ----------
    layer : Layer
        The declaration.
    dataset : rasterio.io.DatasetReader
        The open file.
    coded : bool
        Whether the pixels are codes of a table of values.

    Raises
    ------
    InputError
        For a band or variable that is absent or ambiguous, a colour table in a continuous layer,
        and scale or offset other than those of the file's tags.
    """
    band = layer.band or 1
    if dataset.count == 0:
        names = [name.rsplit(":", 1)[-1] for name in dataset.subdatasets]
        raise InputError(layer.where, "the name of one `variable`", f"variables {names}")
    if layer.band is None and dataset.count > 1:
        raise InputError(layer.where, "the number of one `band`", f"{dataset.count} bands")
    if band > dataset.count:
        found = f"band {layer.band} of {dataset.count}"
        raise InputError(layer.where, "a band of the file", found)
    palette = dataset.colorinterp[band - 1] == ColorInterp.palette
    if layer.kind == "continuous" and not coded and palette:
        expected = "numbers, because its kind is continuous"
        hint = "set its kind to class"
        raise InputError(layer.where, expected, "a table of colours for classes", hint)
    tagged = dataset.scales[band - 1], dataset.offsets[band - 1]
    if tagged != (1.0, 0.0) and not np.allclose(tagged, (layer.scale, layer.offset)):
        raise InputError(
            layer.where,
            "scale and offset of the file's own tags, "
            f"{number_text(tagged[0])} and {number_text(tagged[1])}",
            f"{number_text(layer.scale)} and {number_text(layer.offset)} declared",
        )


def checked_crs(layer: Layer, dataset: DatasetReader) -> CRS:
    """Coordinate reference system of the file, or the declared one of a file that states none.

    Raises
    ------
    InputError
        If there is none, or the two contradict each other. Two geographic ones are taken as the
        same: datums differ by less than a pixel.
    """
    stated = dataset.crs
    if not layer.crs:
        if stated:
            return stated
        raise InputError(
            layer.where,
            "a coordinate reference system",
            "none in the file",
            "declare `crs`, EPSG:4326 for longitude and latitude",
        )
    try:
        declared = CRS.from_user_input(layer.crs)
    except ValueError as error:
        raise InputError(layer.where, "a known `crs`", str(error)) from None
    both_geographic = stated and stated.is_geographic and declared.is_geographic
    if stated and stated != declared and not both_geographic:
        found = f"{layer.crs} declared"
        raise InputError(layer.where, f"the file's own crs {stated.to_string():.80}", found)
    return stated or declared


def check_georeference(layer: Layer, dataset: DatasetReader, crs: CRS) -> None:
    """Check that the pixels run north up and lie where coordinates of their CRS can lie.

    Raises
    ------
    InputError
        For a file without georeference or turned, for coordinates of another unit than the CRS
        has, and for netCDF coordinates that GDAL would misplace.
    """
    t, bounds = dataset.transform, dataset.bounds
    if t.is_identity or t.b or t.d or t.a <= 0 or t.e >= 0:
        found = "no georeference" if t.is_identity else f"transform {tuple(t)[:6]}"
        raise InputError(layer.where, "a placed raster with north up", found)
    box = f"x {bounds.left:g} to {bounds.right:g}, y {bounds.bottom:g} to {bounds.top:g}"
    in_degrees = (
        # A grid with nodes on the poles or the date line reaches half a pixel further.
        max(-bounds.bottom, bounds.top) <= 90 + t.a
        and bounds.left >= -180 - t.a
        and bounds.right <= 360 + t.a
    )
    if crs.is_geographic != in_degrees:
        unit = "degrees" if crs.is_geographic else crs.linear_units
        expected = f"coordinates in {unit}, as its crs says"
        raise InputError(layer.where, expected, box, "wrong crs?")
    if dataset.driver == "netCDF":
        _check_coordinates(layer, dataset, crs)


def _check_coordinates(layer: Layer, dataset: DatasetReader, crs: CRS) -> None:
    """Check that GDAL placed the pixels where the coordinates of a netCDF file are.

    It takes the first and the last of them and assumes that those between are even.
    """
    t = dataset.transform
    name = layer.variable or dataset.tags(layer.band or 1).get("NETCDF_VARNAME")
    with open_netcdf(layer.path, "a raster", hint=FETCH_AGAIN) as data:
        if name not in data.variables or data[name].ndim < 2:
            return
        dims = data[name].dimensions[-2:]
        axes = ((dims[0], t.f, t.e, NORTHWARD), (dims[1], t.c, t.a, EASTWARD))
        for k, (dim, origin, step, names) in enumerate(axes):
            if dim not in data.variables or data[dim].dimensions != (dim,):
                continue
            if dim.lower() in axes[1 - k][3]:
                expected = "a variable on (latitude, longitude) or (y, x)"
                raise InputError(layer.where, expected, f"({', '.join(dims)})")
            centres: FloatArray = np.ma.filled(np.ma.asarray(data[dim][:], dtype=float), np.nan)
            where = f"{layer.where}: {dim}"
            if not np.isfinite(centres).all():
                i = int(np.argmin(np.isfinite(centres)))
                raise InputError(f"{where}[{i}]", "a coordinate", number_text(centres[i]))
            even = origin + (np.arange(centres.size) + 0.5) * step
            apart = [np.abs(c - even) for c in (centres, centres[::-1])]
            if crs.is_geographic and names is EASTWARD:
                apart = [np.abs((a + 180) % 360 - 180) for a in apart]
            if min(a.max() for a in apart) > MAX_SHIFT * abs(step):
                steps = np.diff(centres)
                found = f"steps of {number_text(steps.min())} to {number_text(steps.max())}"
                raise InputError(where, "evenly spaced coordinates", found)
