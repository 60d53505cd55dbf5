"""Rasters of any size at the study's places: the pixel under a profile, mean or mode of a cell.

Files are read in windows of a few million pixels, so memory does not grow with the raster. The
mode of classes and the mean of a cell count each pixel in the cell that holds its centre; no
resampling of rasterio does, as its average and mode weigh pixels that are partly inside.
"""

import numpy as np
import numpy.typing as npt
from rasterio.windows import Window

from proda import arrays
from proda.arrays import Columns, FloatArray
from proda.data.cells import Cells
from proda.data.raster_file import open_raster
from proda.data.raster_layer import Layer
from proda.errors import InputError, number_text

__all__ = ["aggregate_raster", "sample_raster"]


def sample_raster(
    layer: Layer,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
    value_of_code: FloatArray | None = None,
) -> Columns:
    """Value of the pixel that holds each point.

    Parameters
    ----------
    layer : Layer
        The file and what its numbers mean.
    lon, lat : (n,) arrays
        Degrees.
    value_of_code : (codes,) array, optional
        Values in the unit of the layer by raw pixel code, NaN for none, for maps of unit numbers.

    Returns
    -------
    (n,) array
        In the unit of the layer. NaN where the pixel has no data or the point lies outside the
        raster.

    Raises
    ------
    InputError
        For an unreadable or misplaced file and for values outside the valid range.
    """
    with open_raster(layer, value_of_code) as raster:
        row, column = raster.pixel(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        values = np.full(row.shape, np.nan)
        inside = np.flatnonzero(row >= 0)
        # One window for the points of a block: `dataset.sample` reads pixel by pixel.
        block_height, block_width = raster.block_shape
        block = row[inside] // block_height * raster.dataset.width + column[inside] // block_width
        order = inside[np.argsort(block, kind="stable")]
        starts = np.flatnonzero(np.diff(np.sort(block))) + 1
        for points in np.split(order, starts) if order.size else []:
            top, left = int(row[points].min()), int(column[points].min())
            width, height = int(np.ptp(column[points])) + 1, int(np.ptp(row[points])) + 1
            picked, valid = raster.read(Window(left, top, width, height))
            place = row[points] - top, column[points] - left
            values[points] = np.where(valid[place], picked[place], np.nan)
    return values


def aggregate_raster(
    layer: Layer,
    cells: Cells,
    min_valid_fraction: float = 0.0,
    value_of_code: FloatArray | None = None,
) -> arrays.Cells:
    """Mean (continuous) or most frequent value (class) of the pixels of each cell.

    Parameters
    ----------
    layer : Layer
        The file and what its numbers mean.
    cells : Cells
        The n cells.
    min_valid_fraction : float
        A cell with a smaller fraction of valid pixels is missing.
    value_of_code : (codes,) array, optional
        As for `sample_raster`.

    Returns
    -------
    (n,) array
        In the unit of the layer, NaN where a cell has no valid pixel or too few.

    Raises
    ------
    InputError
        As `sample_raster`.

    Notes
    -----
    A pixel belongs to the cell that holds its centre. A cell that holds no centre, because pixels
    are wider than cells, takes the pixel under its own centre. Pixels of a cell have equal weight;
    among equally frequent classes the lowest code wins.
    """
    if not 0 <= min_valid_fraction <= 1:
        expected = "a number in [0, 1]"
        raise InputError("min_valid_fraction", expected, number_text(min_valid_fraction))
    n, is_class = len(cells), layer.kind == "class"
    n_classes = int(layer.valid_max - layer.valid_min) + 1 if is_class else 0
    counts = np.zeros((n, n_classes), dtype=np.int32)
    pixels, valid_pixels = np.zeros((2, n), dtype=np.int64)
    total = np.zeros(n)

    with open_raster(layer, value_of_code) as raster:
        for window, cell in raster.windows(cells):
            values, valid = raster.read(window)
            held = cell >= 0
            pixels += np.bincount(cell[held], minlength=n)
            held &= valid
            cell, values = cell[held], values[held]
            valid_pixels += np.bincount(cell, minlength=n)
            if is_class:
                key = cell * np.int64(n_classes) + (values - layer.valid_min).astype(np.int64)
                counts += np.bincount(key, minlength=counts.size).reshape(counts.shape)
            else:
                total += np.bincount(cell, weights=values, minlength=n)

    if is_class:
        result = counts.argmax(axis=1) + float(layer.valid_min)
    else:
        result = total / np.maximum(valid_pixels, 1)
    result[(valid_pixels == 0) | (valid_pixels < min_valid_fraction * pixels)] = np.nan
    empty = pixels == 0
    if empty.any():
        result[empty] = sample_raster(layer, cells.lon[empty], cells.lat[empty], value_of_code)
    return result
