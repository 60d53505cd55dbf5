"""An open raster: the pixels of points, windows that hold pixels of cells, and their values.

rasterio opens the file, masks nodata, places pixels (CRS, transform, windows) and reads windows;
`rasterio.Env` bounds GDAL's cache. It reads here without rioxarray, whose lazy arrays open a file
eighteen times and read a window three times as slowly and refuse bands of different types. Our own
are only what neither has:

- ranges of codes for missing data, masked on the raw numbers before scale and offset, and a valid
  range for whatever is left, so that an undeclared fill value is an error and not a datum;
- the cell of each pixel by the pixel's own centre, for exact counts of classes and means of the
  pixels of a cell; `rasterio.warp` resamples to its own grid, with other weights;
- longitudes that repeat every 360 degrees, and windows of blocks up to a bound on memory.

Coordinates of pixels are projected by pyproj, for rasterio returns them as lists of Python numbers,
which take ten times the memory.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyproj
import rasterio
from rasterio.errors import RasterioIOError
from rasterio.io import DatasetReader
from rasterio.transform import rowcol
from rasterio.windows import Window, intersect, round_window_to_full_blocks, subdivide

from proda.arrays import Columns, Counts, FloatArray, Grid, Mask
from proda.data.cells import Cells
from proda.data.raster_checks import check_band, check_georeference, checked_crs
from proda.data.raster_layer import Layer
from proda.errors import InputError, number_text
from proda.netcdf import FETCH_AGAIN, refuse_if_locked

__all__ = ["RasterFile", "open_raster", "read_pixels"]

WINDOW_PIXELS = 2**22
"""Pixels read at once, about 100 MB with the arrays that go with them."""

WINDOW_WIDTH = 2048
"""Pixels, of files whose blocks are not wider."""

BLOCK_CACHE = 256
"""MB for GDAL's cache of decoded blocks, whose default grows with the memory of the machine."""

LONGITUDE_LATITUDE = "OGC:CRS84"
CELL_MARGIN = 0.05
"""Fraction of a cell added around the cells in a projection, whose sides are curved there."""

CellIndex: TypeAlias = npt.NDArray[np.int32]


def read_pixels(
    dataset: DatasetReader, window: Window, where: object, band: int = 1, masked: bool = False
) -> npt.NDArray:
    """Read a window of an open raster, (height, width), in the type of the file.

    Parameters
    ----------
    dataset : rasterio.io.DatasetReader
        The open file.
    window : rasterio.windows.Window
        The pixels.
    where : object
        Name of the file, for messages.
    band : int
        Number of the band, from 1.
    masked : bool
        Return a masked array.

    Raises
    ------
    InputError
        Where the file ends before the window does.
    """
    try:
        return dataset.read(band, window=window, masked=masked)
    except RasterioIOError as error:
        expected = "a raster that can be read to its end"
        raise InputError(where, expected, str(error.__cause__ or error), FETCH_AGAIN) from None


@contextmanager
def open_raster(layer: Layer, value_of_code: FloatArray | None = None) -> Iterator["RasterFile"]:
    """Open the file of a layer, for a ``with`` statement.

    Parameters
    ----------
    layer : Layer
        The file and what its numbers mean.
    value_of_code : (codes,) array, optional
        Values in the unit of the layer by raw pixel code, NaN for none.

    Yields
    ------
    RasterFile

    Raises
    ------
    InputError
        For a file that is missing, unreadable, not georeferenced or not as declared.
    """
    if not Path(layer.path).exists():
        raise InputError(layer.where, "a raster file", "no such file")
    address = f'netcdf:"{layer.path}":{layer.variable}' if layer.variable else str(layer.path)
    with rasterio.Env(GDAL_CACHEMAX=BLOCK_CACHE):
        try:
            dataset = rasterio.open(address)
        except RasterioIOError as error:
            refuse_if_locked(layer.path)
            expected = "a raster GDAL can read"
            raise InputError(layer.where, expected, str(error), FETCH_AGAIN) from None
        with dataset:
            yield RasterFile(layer, dataset, value_of_code)


class RasterFile:
    """An open raster whose declaration has been checked.

    Attributes
    ----------
    layer : Layer
        What the numbers mean.
    dataset : rasterio.io.DatasetReader
        The open file.
    value_of_code : (codes,) array or None
        Values by raw pixel code.
    crs : rasterio.crs.CRS
        Stated by the file, or declared.
    """

    def __init__(
        self, layer: Layer, dataset: DatasetReader, value_of_code: FloatArray | None
    ) -> None:
        check_band(layer, dataset, coded=value_of_code is not None)
        self.layer, self.dataset, self.value_of_code = layer, dataset, value_of_code
        self.band = layer.band or 1
        self.crs = checked_crs(layer, dataset)
        check_georeference(layer, dataset, self.crs)
        self._from_degrees, self._to_degrees = None, None
        if not self.crs.is_geographic:
            pair = pyproj.CRS(LONGITUDE_LATITUDE), pyproj.CRS(self.crs.to_wkt())
            self._from_degrees = pyproj.Transformer.from_crs(*pair, always_xy=True)
            self._to_degrees = pyproj.Transformer.from_crs(*pair[::-1], always_xy=True)

    @property
    def block_shape(self) -> tuple[int, int]:
        """Height and width of the blocks in which the file is stored, in pixels."""
        return self.dataset.block_shapes[self.band - 1]

    def pixel(self, lon: Columns, lat: Columns) -> tuple[Counts, Counts]:
        """Row and column of the pixel that holds each point; -1 for points outside the raster.

        Parameters
        ----------
        lon, lat : (n,) arrays
            Degrees; longitudes repeat every 360.
        """
        west = self.dataset.transform.c
        if self._from_degrees is None:
            x, y = lon - 360 * np.floor((lon - west) / 360), lat
        else:
            x, y = self._from_degrees.transform(lon, lat)
        placed = np.isfinite(x) & np.isfinite(y)
        x, y = np.where(placed, x, west), np.where(placed, y, self.dataset.transform.f)
        row, column = rowcol(self.dataset.transform, x, y, op=np.floor)
        inside = placed & (column >= 0) & (column < self.dataset.width)
        inside &= (row >= 0) & (row < self.dataset.height)
        row, column = (np.where(inside, place, -1).astype(np.int64) for place in (row, column))
        return row, column

    def windows(self, cells: Cells) -> Iterator[tuple[Window, CellIndex]]:
        """Windows that hold pixels of cells, along the blocks of the file.

        Parameters
        ----------
        cells : Cells
            The cells.

        Yields
        ------
        window : rasterio.windows.Window
            At most WINDOW_PIXELS pixels, or one row of blocks.
        cell : (height, width) array
            Index of the cell that holds the centre of each pixel, -1 for none.
        """
        t, shape = self.dataset.transform, self.dataset.shape
        x = t.c + (np.arange(shape[1]) + 0.5) * t.a
        y = t.f + (np.arange(shape[0]) + 0.5) * t.e
        frame = self._frame(cells, x, y)
        if frame is None:
            return
        lookup = cells.lookup()
        block_height, block_width = self.block_shape
        width = min(shape[1], max(block_width, WINDOW_WIDTH // block_width * block_width))
        height = max(1, WINDOW_PIXELS // width)
        height = height // block_height * block_height or height
        whole = round_window_to_full_blocks(frame, [self.block_shape], *shape)
        for window in subdivide(whole, height, width):
            if not intersect(window, frame):  # a part of a large block
                continue
            inside = window.intersection(frame)
            rows, columns = inside.toslices()
            cell = self._cell(cells, lookup, x[columns], y[rows])
            if (cell >= 0).any():
                yield inside, cell

    def read(self, window: Window) -> tuple[Grid, Mask]:
        """Values of a window in the unit of the layer, and whether they are valid.

        Parameters
        ----------
        window : rasterio.windows.Window
            The pixels.

        Returns
        -------
        values : (height, width) array
            In the unit of the layer; of no meaning where they are not valid.
        valid : (height, width) array of bool
            Whether a pixel holds data.

        Raises
        ------
        InputError
            For a file that is cut off, a fraction among whole numbers, and a value outside the
            valid range.
        """
        layer = self.layer
        pixels = read_pixels(self.dataset, window, layer.where, band=self.band, masked=True)
        valid, raw = ~np.ma.getmaskarray(pixels), np.ma.getdata(pixels)
        if raw.dtype.kind == "f":
            valid &= ~np.isnan(raw)
        for first, last in layer.missing:
            valid &= ~((raw >= first) & (raw <= last))
        coded = layer.kind == "class" or self.value_of_code is not None
        if (coded or layer.whole_numbers) and raw.dtype.kind == "f":
            with np.errstate(invalid="ignore"):
                fractional = valid & (raw != np.rint(raw))
            self._refuse_fractions(coded, fractional, raw, window)
        if self.value_of_code is not None:
            outside = valid & ((raw < 0) | (raw >= self.value_of_code.size))
            self._refuse_values(outside, raw, valid, window)
            values = self.value_of_code[np.where(valid, raw, 0).astype(np.intp)]
            valid &= ~np.isnan(values)
        else:
            values = raw * np.float64(layer.scale) + layer.offset
        with np.errstate(invalid="ignore"):
            outside = ~((values >= layer.valid_min) & (values <= layer.valid_max))
        self._refuse_values(valid & outside, raw, valid, window)
        return values, valid

    def _refuse_values(self, bad: Mask, raw: npt.NDArray, valid: Mask, window: Window) -> None:
        if not bad.any():
            return
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

    def _refuse_fractions(self, coded: bool, bad: Mask, raw: npt.NDArray, window: Window) -> None:
        if not bad.any():
            return
        layer, found = self.layer, f"{number_text(raw[bad][0])} at {self._place(bad, window)}"
        if coded:
            raise InputError(layer.where, "whole numbers, because it holds codes", found)
        expected = f"whole numbers, to be scaled by {number_text(layer.scale)} to {layer.unit}"
        hint = "another version, or scaled already? give scale and file of this one"
        raise InputError(layer.where, expected, found, hint)

    def _place(self, bad: Mask, window: Window) -> str:
        """Place of the first of the pixels ``bad`` of a window, for messages."""
        row, column = (int(i) for i in np.argwhere(bad)[0])
        column, row = column + int(window.col_off), row + int(window.row_off)
        x, y = self.dataset.xy(row, column)
        return f"row {row}, column {column} (x {x:g}, y {y:g})"

    def _cell(self, cells: Cells, lookup: CellIndex, x: FloatArray, y: FloatArray) -> CellIndex:
        """Index of the cell that holds each pixel, (y, x), from the coordinates of the centres."""
        if self._to_degrees is None:
            return lookup[np.ix_(cells.rows(y), cells.columns(x))]
        lon, lat = self._to_degrees.transform(*np.meshgrid(x, y))
        placed = np.isfinite(lon) & np.isfinite(lat)
        lon, lat = np.where(placed, lon, 0), np.where(placed, lat, 0)
        return np.where(placed, lookup[cells.rows(lat), cells.columns(lon)], -1)

    def _frame(self, cells: Cells, x: FloatArray, y: FloatArray) -> Window | None:
        """Smallest window around the pixels that cells can hold, None if there are none."""
        if self._from_degrees is None:
            wanted_rows = np.isin(cells.rows(y), cells.rows(cells.lat)) & (np.abs(y) <= 90)
            wanted_columns = np.isin(cells.columns(x), cells.columns(cells.lon))
        else:
            half = cells.resolution * (0.5 + CELL_MARGIN)
            steps = [(i, j) for i in (-half, 0, half) for j in (-half, 0, half)]
            lon = np.concatenate([np.clip(cells.lon + i, -180, 180) for i, _ in steps])
            lat = np.concatenate([np.clip(cells.lat + j, -90, 90) for _, j in steps])
            px, py = self._from_degrees.transform(lon, lat)
            px, py = px[np.isfinite(px)], py[np.isfinite(py)]
            if px.size == 0:
                return None
            margin_x, margin_y = self.dataset.res
            wanted_columns = (x >= px.min() - margin_x) & (x <= px.max() + margin_x)
            wanted_rows = (y >= py.min() - margin_y) & (y <= py.max() + margin_y)
        if not (wanted_rows.any() and wanted_columns.any()):
            return None
        rows, columns = np.flatnonzero(wanted_rows), np.flatnonzero(wanted_columns)
        bounds = (int(rows[0]), int(rows[-1]) + 1), (int(columns[0]), int(columns[-1]) + 1)
        return Window.from_slices(*bounds)
