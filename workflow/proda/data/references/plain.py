"""Any map of stocks given as one raster per depth."""

from pathlib import Path

import numpy as np

from proda.data.raster_layer import Layer
from proda.data.rasters import aggregate_raster
from proda.data.references.dataset import DEPTHS_CM, MAX_STOCK
from proda.errors import InputError

__all__ = ["TO_KG_M2", "plain_stocks"]

TO_KG_M2 = {"kg m-2": 1.0, "g m-2": 1e-3, "Mg ha-1": 0.1, "t ha-1": 0.1}


def plain_stocks(files, unit, cells, missing=(), crs=None, min_valid_fraction=0.0):
    """Stocks (3, n) in kg m-2 on ``cells`` from rasters of the stock from the surface to a depth.

    files: depth in cm (30, 100, 200) -> raster of the stock above it.
    unit: of the rasters, one of TO_KG_M2. crs: of files that state none.
    missing: pairs (first, last) of codes for no data, besides the files' nodata tags.
    Raises InputError for other depths or units, and for the files as aggregate_raster does.
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
