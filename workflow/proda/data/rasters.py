"""Rasters of any size at the study's places: the pixel under a profile, mean or mode of a cell.

Files are read in windows of a few million pixels, so memory does not grow with the raster.
"""

import numpy as np

from proda.data.raster_file import open_raster
from proda.errors import InputError, number_text

__all__ = ["aggregate_raster", "sample_raster"]


def sample_raster(layer, lon, lat, value_of_code=None):
    """Value of the pixel that holds each point: (n,) float64 in the unit of the layer.

    lon, lat: (n,) degrees. NaN where the pixel has no data or the point lies outside the raster.
    value_of_code: values in ``unit`` by raw pixel code, NaN for none, for maps of unit numbers.
    Raises InputError for an unreadable or unplaced file and for values outside the valid range.
    """
    with open_raster(layer, value_of_code) as raster:
        row, column = raster.pixel(np.asarray(lon), np.asarray(lat))
        values = np.full(row.shape, np.nan)
        inside = np.flatnonzero(row >= 0)
        block_height, block_width = raster.dataset.block_shapes[raster.band - 1]
        block = row[inside] // block_height * raster.dataset.width + column[inside] // block_width
        order = inside[np.argsort(block, kind="stable")]
        starts = np.flatnonzero(np.diff(np.sort(block))) + 1
        for points in np.split(order, starts) if order.size else []:
            top, left = row[points].min(), column[points].min()
            window = (left, top, np.ptp(column[points]) + 1, np.ptp(row[points]) + 1)
            picked, valid = raster.read(window)
            place = row[points] - top, column[points] - left
            values[points] = np.where(valid[place], picked[place], np.nan)
    return values


def aggregate_raster(layer, cells, min_valid_fraction=0.0, value_of_code=None):
    """Mean (continuous) or most frequent value (class) of the pixels of each cell: (n,) float64.

    A pixel belongs to the cell that holds its centre. A cell that holds no centre, because pixels
    are wider than cells, takes the pixel under its own centre. NaN where a cell has no valid pixel
    or a smaller share of them than ``min_valid_fraction``. Pixels of a cell weigh the same; among
    equally frequent classes the lowest code wins.

    value_of_code and errors: as for sample_raster.
    """
    if not 0 <= min_valid_fraction <= 1:
        expected = "a number in [0, 1]"
        raise InputError("min_valid_fraction", expected, number_text(min_valid_fraction))
    n = len(cells)
    pixels = np.zeros(n, dtype=np.int64)
    if layer.kind == "class":
        n_classes = int(layer.valid_max - layer.valid_min) + 1
        counts = np.zeros((n, n_classes), dtype=np.int32)
    else:
        valid_pixels, total = np.zeros(n, dtype=np.int64), np.zeros(n)

    with open_raster(layer, value_of_code) as raster:
        for window, cell in raster.windows(cells):
            values, valid = raster.read(window)
            held = cell >= 0
            pixels += np.bincount(cell[held], minlength=n)
            held &= valid
            cell, values = cell[held], values[held]
            if layer.kind == "class":
                key = cell * np.int64(n_classes) + (values - layer.valid_min).astype(np.int64)
                counts += np.bincount(key, minlength=counts.size).reshape(counts.shape)
            else:
                valid_pixels += np.bincount(cell, minlength=n)
                total += np.bincount(cell, weights=values, minlength=n)

    if layer.kind == "class":
        valid_pixels = counts.sum(axis=1)
        result = counts.argmax(axis=1) + float(layer.valid_min)
    else:
        result = total / np.maximum(valid_pixels, 1)
    result[(valid_pixels == 0) | (valid_pixels < min_valid_fraction * pixels)] = np.nan
    empty = pixels == 0
    if empty.any():
        centres = cells.lon[empty], cells.lat[empty]
        result[empty] = sample_raster(layer, *centres, value_of_code)
    return result
