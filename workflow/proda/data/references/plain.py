"""Any map of stocks given as one raster per depth."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from proda.arrays import FloatArray
from proda.data.cells import Cells
from proda.data.raster_layer import Layer
from proda.data.rasters import aggregate_raster
from proda.data.references.dataset import DEPTHS_CM, MAX_STOCK
from proda.errors import InputError

__all__ = ["TO_KG_M2", "plain_stocks"]

TO_KG_M2 = {"kg m-2": 1.0, "g m-2": 1e-3, "Mg ha-1": 0.1, "t ha-1": 0.1}
"""Factor by unit."""


def plain_stocks(
    files: Mapping[int, str | Path],
    unit: str,
    cells: Cells,
    missing: Sequence[tuple[float, float]] = (),
    crs: str | None = None,
    min_valid_fraction: float = 0.0,
) -> FloatArray:
    """Stocks from rasters of the stock from the surface to a depth.

    Parameters
    ----------
    files
        Raster of the stock above each depth of 30, 100 and 200 cm.
    unit
        Of the rasters, one of `TO_KG_M2`.
    cells
        Cells of the grid.
    missing
        First and last of codes for missing data, besides the files' nodata tags.
    crs
        Of files that state none.
    min_valid_fraction
        A cell with a smaller fraction of valid pixels is missing.

    Returns
    -------
    numpy.ndarray
        (3, n) kg m-2 on the cells.

    Raises
    ------
    InputError
        For other depths or units, and as `proda.data.rasters.aggregate_raster`.
    """
    if {int(depth) for depth in files} != set(DEPTHS_CM):
        found = ", ".join(map(str, files))
        raise InputError("reference files", f"one for each depth of {DEPTHS_CM} cm", found)
    if unit not in TO_KG_M2:
        raise InputError("reference unit", f"one of {', '.join(TO_KG_M2)}", repr(unit))
    layers = [
        Layer(
            name=f"stock to {depth} cm",
            path=Path(path),
            valid_min=0,
            valid_max=MAX_STOCK,
            unit="kg m-2",
            scale=TO_KG_M2[unit],
            missing=tuple(missing),
            crs=crs,
        )
        for depth, path in sorted(files.items(), key=lambda item: int(item[0]))
    ]
    return np.array([aggregate_raster(layer, cells, min_valid_fraction) for layer in layers])
