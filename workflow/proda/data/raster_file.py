"""An open raster file: what its numbers mean, where it lies on the globe, and reading windows.

Codes for missing data are masked on the raw numbers, before scale and offset; whatever is left must
lie in the valid range of the layer, so a fill value nobody declared is an error and not a datum.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyproj
import rasterio
from rasterio.enums import ColorInterp
from rasterio.windows import Window

from proda.errors import InputError, number_text
from proda.netcdf import FETCH_AGAIN, open_netcdf, refuse_if_locked

__all__ = ["Layer", "RasterFile", "open_raster", "read_pixels"]

WINDOW_PIXELS = 2**22
"""Pixels read at once, about 100 MB with the arrays that go with them."""

BLOCK_CACHE = 256
"""MB for GDAL's cache of decoded blocks, whose default grows with the memory of the machine."""

MAX_CLASSES = 1000

MAX_SHIFT = 0.2
"""Part of a pixel by which coordinates may lie off an even grid, as Gaussian latitudes do."""

# Names of the dimensions of netCDF variables; others are taken as they come.
NORTHWARD = ("lat", "latitude", "y")
EASTWARD = ("lon", "longitude", "x")


@dataclass(frozen=True)
class Layer:
    """One variable in one raster file, and what its numbers mean.

    name: of the variable, for messages and outputs.
    path: any raster GDAL reads (GeoTIFF, netCDF, bil ...).
    valid_min, valid_max: range in ``unit``, after scale and offset; must leave out fill values.
    kind: "continuous", or "class" for codes, which are counted and never averaged.
    variable: of a file that holds several (netCDF). band: 1-based; needed where there are several.
    scale, offset: value = raw * scale + offset.
    missing: pairs (first, last) of raw codes that mean no data, besides the file's own nodata tag.
    crs: of a file that does not state one, as "EPSG:4326".
    whole_numbers: the product stores whole numbers, which ``scale`` turns into the unit; a fraction
    in the file then tells that this was done before, or that it is another version.
    """

    name: str
    path: Path
    valid_min: float
    valid_max: float
    kind: str = "continuous"
    unit: str = "1"
    long_name: str = ""
    variable: str | None = None
    band: int | None = None
    scale: float = 1.0
    offset: float = 0.0
    missing: tuple[tuple[float, float], ...] = ()
    crs: str | None = None
    whole_numbers: bool = False

    @property
    def where(self):
        """File and variable, for messages."""
        return f"{self.path}, {self.name}"

    def __post_init__(self):
        if self.kind not in ("continuous", "class"):
            raise InputError(f"{self.name}, kind", "continuous or class", repr(self.kind))
        if not self.valid_min <= self.valid_max:
            found = f"{self.valid_min} to {self.valid_max}"
            raise InputError(f"{self.name}, valid range", "valid_min <= valid_max", found)
        if self.kind == "class":
            whole = float(self.valid_min).is_integer() and float(self.valid_max).is_integer()
            if not whole or self.valid_max - self.valid_min >= MAX_CLASSES:
                found = f"{number_text(self.valid_min)} to {number_text(self.valid_max)}"
                expected = f"whole numbers that span fewer than {MAX_CLASSES} classes"
                raise InputError(f"{self.name}, valid range", expected, found)
            if (self.scale, self.offset) != (1, 0):
                found = f"scale {number_text(self.scale)}, offset {number_text(self.offset)}"
                raise InputError(f"{self.name}, kind class", "codes as they are", found)


def read_pixels(dataset, window, where, band=1, masked=False):
    """Pixels of a window of an open raster. Raises InputError where the file ends before."""
    try:
        return dataset.read(band, window=window, masked=masked)
    except rasterio.errors.RasterioIOError as error:
        expected = "a raster that can be read to its end"
        raise InputError(where, expected, str(error.__cause__ or error), FETCH_AGAIN) from None


@contextmanager
def open_raster(layer, value_of_code=None):
    """Open the file of ``layer`` as a RasterFile, for a ``with`` statement.

    value_of_code: values in the unit of the layer by raw pixel code, NaN for none.
    Raises InputError for a file that is missing, unreadable or not placed on the globe.
    """
    if not Path(layer.path).exists():
        raise InputError(layer.where, "a raster file", "no such file")
    address = f'netcdf:"{layer.path}":{layer.variable}' if layer.variable else str(layer.path)
    with rasterio.Env(GDAL_CACHEMAX=BLOCK_CACHE):
        try:
            dataset = rasterio.open(address)
        except rasterio.errors.RasterioIOError as error:
            refuse_if_locked(layer.path)
            expected = "a raster GDAL can read"
            raise InputError(layer.where, expected, str(error), FETCH_AGAIN) from None
        with dataset:
            yield RasterFile(layer, dataset, value_of_code)


class RasterFile:
    """An open raster whose place on the globe has been checked."""

    def __init__(self, layer, dataset, value_of_code):
        self.layer, self.dataset, self.value_of_code = layer, dataset, value_of_code
        self.band = layer.band or 1
        self._check_band()
        self.crs = self._checked_crs()
        self._check_place()
        if dataset.driver == "netCDF":
            self._check_coordinates()
        to_crs = (pyproj.CRS("OGC:CRS84"), pyproj.CRS(self.crs.to_wkt()))
        if not self.crs.is_geographic:
            self.project = pyproj.Transformer.from_crs(*to_crs, always_xy=True).transform
            self.unproject = pyproj.Transformer.from_crs(*to_crs[::-1], always_xy=True).transform

    def pixel(self, lon, lat):
        """Row and column of the pixel that holds each point; -1 for points outside the raster."""
        x, y = (lon, lat) if self.crs.is_geographic else self.project(lon, lat)
        t = self.dataset.transform
        if self.crs.is_geographic:
            x = t.c + np.mod(x - t.c, 360)
        with np.errstate(invalid="ignore"):
            column, row = np.floor((x - t.c) / t.a), np.floor((y - t.f) / t.e)
            inside = (column >= 0) & (column < self.dataset.width)
            inside &= (row >= 0) & (row < self.dataset.height)
        return tuple(np.where(inside, place, -1).astype(np.int64) for place in (row, column))

    def windows(self, cells):
        """Windows (left, top, width, height) that hold pixels of cells, each with the cell index
        of its pixels, (height, width), -1 for none. Windows follow the blocks of the file."""
        lookup = cells.lookup()
        block_height, block_width = self.dataset.block_shapes[self.band - 1]
        width = min(self.dataset.width, max(block_width, 2048 // block_width * block_width))
        height = max(1, WINDOW_PIXELS // width)
        height = height // block_height * block_height or height
        x = self.dataset.transform.c + (np.arange(self.dataset.width) + 0.5) * self.dataset.res[0]
        y = self.dataset.transform.f - (np.arange(self.dataset.height) + 0.5) * self.dataset.res[1]
        top, bottom, left, right = self._frame(cells, x, y)
        for first_row in range(top - top % height, bottom, height):
            rows = slice(max(first_row, top), min(first_row + height, bottom))
            for first_column in range(left - left % width, right, width):
                columns = slice(max(first_column, left), min(first_column + width, right))
                cell = self._cell(cells, lookup, x[columns], y[rows])
                if (cell >= 0).any():
                    size = columns.stop - columns.start, rows.stop - rows.start
                    yield (columns.start, rows.start, *size), cell

    def read(self, window):
        """Values, float64 in the unit of the layer, and whether they are valid, (height, width)."""
        layer = self.layer
        raw = read_pixels(
            self.dataset, Window(*map(int, window)), layer.where, band=self.band, masked=True
        )
        valid, raw = ~np.ma.getmaskarray(raw), raw.data
        if raw.dtype.kind == "f":
            valid &= ~np.isnan(raw)
        for first, last in layer.missing:
            valid &= ~((raw >= first) & (raw <= last))
        coded = layer.kind == "class" or self.value_of_code is not None
        if (coded or layer.whole_numbers) and raw.dtype.kind == "f":
            with np.errstate(invalid="ignore"):
                fractional = valid & (raw != np.rint(raw))
            if fractional.any():
                self._refuse_fractions(coded, fractional, raw, window)
        if self.value_of_code is not None:
            outside = valid & ((raw < 0) | (raw >= self.value_of_code.size))
            self._refuse(outside, raw, valid, window)
            values = self.value_of_code[np.where(valid, raw, 0).astype(np.intp)]
            valid &= ~np.isnan(values)
        else:
            values = raw * np.float64(layer.scale) + layer.offset
        with np.errstate(invalid="ignore"):
            outside = ~((values >= layer.valid_min) & (values <= layer.valid_max))
        self._refuse(valid & outside, raw, valid, window)
        return values, valid

    def _refuse(self, bad, raw, valid, window):
        if bad.any():
            layer = self.layer
            found = f"raw number {raw[bad][0]} (scale {layer.scale:g}, offset {layer.offset:g})"
            found += f" at {self._place(bad, window)}; {bad.sum()} of {valid.sum()} pixels there"
            raise InputError(
                layer.where,
                f"values in [{number_text(layer.valid_min)}, {number_text(layer.valid_max)}] "
                f"{layer.unit}",
                found,
                "if it marks missing data, declare it under `missing`; else correct scale, offset "
                "or the valid range",
            )

    def _refuse_fractions(self, coded, bad, raw, window):
        layer, found = self.layer, f"{number_text(raw[bad][0])} at {self._place(bad, window)}"
        if coded:
            raise InputError(layer.where, "whole numbers, because it holds codes", found)
        expected = f"whole numbers, of which {number_text(layer.scale)} makes {layer.unit}"
        hint = "another version, or scaled already? give scale and file of this one"
        raise InputError(layer.where, expected, found, hint)

    def _place(self, bad, window):
        """The first of the pixels ``bad`` of a window, in words."""
        row, column = (int(i) for i in np.argwhere(bad)[0])
        column, row = column + int(window[0]), row + int(window[1])
        x, y = self.dataset.xy(row, column)
        return f"row {row}, column {column} (x {x:g}, y {y:g})"

    def _cell(self, cells, lookup, x, y):
        if self.crs.is_geographic:
            return lookup[np.ix_(cells.rows(y), cells.columns(x))]
        lon, lat = self.unproject(*np.meshgrid(x, y))
        placed = np.isfinite(lon) & np.isfinite(lat)
        lon, lat = np.where(placed, lon, 0), np.where(placed, lat, 0)
        return np.where(placed, lookup[cells.rows(lat), cells.columns(lon)], -1)

    def _frame(self, cells, x, y):
        """Rows and columns that can hold pixels of the cells: top, bottom, left, right."""
        if self.crs.is_geographic:
            wanted_rows = np.isin(cells.rows(y), cells.rows(cells.lat))
            wanted_rows &= np.abs(y) <= 90
            wanted_columns = np.isin(cells.columns(x), cells.columns(cells.lon))
        else:
            # The outline of each cell, and a margin for its sides being curved in the projection.
            half = cells.resolution * 0.55
            steps = [(i, j) for i in (-half, 0, half) for j in (-half, 0, half)]
            lon = np.concatenate([np.clip(cells.lon + i, -180, 180) for i, _ in steps])
            lat = np.concatenate([np.clip(cells.lat + j, -90, 90) for _, j in steps])
            px, py = self.project(lon, lat)
            px, py = px[np.isfinite(px)], py[np.isfinite(py)]
            if px.size == 0:
                return 0, 0, 0, 0
            margin_x, margin_y = self.dataset.res
            wanted_columns = (x >= px.min() - margin_x) & (x <= px.max() + margin_x)
            wanted_rows = (y >= py.min() - margin_y) & (y <= py.max() + margin_y)
        if not (wanted_rows.any() and wanted_columns.any()):
            return 0, 0, 0, 0
        rows, columns = np.flatnonzero(wanted_rows), np.flatnonzero(wanted_columns)
        return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1

    def _check_band(self):
        layer, dataset = self.layer, self.dataset
        if dataset.count == 0:
            names = [name.rsplit(":", 1)[-1] for name in dataset.subdatasets]
            raise InputError(layer.where, "the name of one `variable`", f"variables {names}")
        if layer.band is None and dataset.count > 1:
            raise InputError(layer.where, "the number of one `band`", f"{dataset.count} bands")
        if self.band > dataset.count:
            found = f"band {layer.band} of {dataset.count}"
            raise InputError(layer.where, "a band of the file", found)
        if (
            layer.kind == "continuous"
            and self.value_of_code is None
            and dataset.colorinterp[self.band - 1] == ColorInterp.palette
        ):
            expected = "numbers, because its kind is continuous"
            hint = "set its kind to class"
            raise InputError(layer.where, expected, "a table of colours for classes", hint)
        tagged = dataset.scales[self.band - 1], dataset.offsets[self.band - 1]
        if tagged != (1.0, 0.0) and not np.allclose(tagged, (layer.scale, layer.offset)):
            raise InputError(
                layer.where,
                "scale and offset of the file's own tags, "
                f"{number_text(tagged[0])} and {number_text(tagged[1])}",
                f"{number_text(layer.scale)} and {number_text(layer.offset)} declared",
            )

    def _checked_crs(self):
        declared, stated = self.layer.crs, self.dataset.crs
        if not stated and not declared:
            raise InputError(
                self.layer.where,
                "a coordinate reference system",
                "none in the file",
                "declare `crs`, EPSG:4326 for longitude and latitude",
            )
        if not declared:
            return stated
        try:
            declared = rasterio.crs.CRS.from_user_input(declared)
        except ValueError as error:
            raise InputError(self.layer.where, "a known `crs`", str(error)) from None
        both_geographic = stated and stated.is_geographic and declared.is_geographic
        if stated and stated != declared and not both_geographic:
            found = f"{self.layer.crs} declared"
            raise InputError(
                self.layer.where, f"the file's own crs {stated.to_string():.80}", found
            )
        return stated or declared

    def _check_place(self):
        t, bounds = self.dataset.transform, self.dataset.bounds
        if t.is_identity or t.b or t.d or t.a <= 0 or t.e >= 0:
            found = "no georeference" if t.is_identity else f"transform {tuple(t)[:6]}"
            raise InputError(self.layer.where, "a placed raster with north up", found)
        box = f"x {bounds.left:g} to {bounds.right:g}, y {bounds.bottom:g} to {bounds.top:g}"
        in_degrees = (
            # A grid with nodes on the poles or the date line reaches half a pixel further.
            max(-bounds.bottom, bounds.top) <= 90 + t.a
            and bounds.left >= -180 - t.a
            and bounds.right <= 360 + t.a
        )
        if self.crs.is_geographic and not in_degrees:
            expected = "coordinates in degrees, as its crs says"
            raise InputError(self.layer.where, expected, box, "wrong crs?")
        if not self.crs.is_geographic and in_degrees:
            expected = f"coordinates in {self.crs.linear_units}, as its crs says"
            raise InputError(self.layer.where, expected, box, "wrong crs?")

    def _check_coordinates(self):
        """That GDAL placed the pixels where the coordinates of a netCDF file are.

        It takes the first and the last of them and what lies between for even.
        """
        layer, t = self.layer, self.dataset.transform
        name = layer.variable or self.dataset.tags(self.band).get("NETCDF_VARNAME")
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
                centres = np.ma.filled(np.ma.asarray(data[dim][:], dtype=float), np.nan)
                where = f"{layer.where}: {dim}"
                if not np.isfinite(centres).all():
                    i = int(np.argmin(np.isfinite(centres)))
                    raise InputError(f"{where}[{i}]", "a coordinate", number_text(centres[i]))
                even = origin + (np.arange(centres.size) + 0.5) * step
                apart = [np.abs(c - even) for c in (centres, centres[::-1])]
                if self.crs.is_geographic and names is EASTWARD:
                    apart = [np.abs((a + 180) % 360 - 180) for a in apart]
                if min(a.max() for a in apart) > MAX_SHIFT * abs(step):
                    steps = np.diff(centres)
                    found = f"steps of {number_text(steps.min())} to {number_text(steps.max())}"
                    raise InputError(where, "evenly spaced coordinates", found)
