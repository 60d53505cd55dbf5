"""SoilGrids250m, release of 2017-03-10 (Hengl et al. 2017, doi 10.1371/journal.pone.0169748).

The stocks OCSTHA are whole tonnes per hectare, of six intervals (sd1 to sd6) or, in the aggregated
folders, from the surface to 30, 100 and 200 cm; -32768 is missing.
"""

from pathlib import Path

import numpy as np

from proda.arrays import FloatArray
from proda.config.sections.references import SoilGridsReference
from proda.data.cells import Cells
from proda.data.raster_layer import Layer
from proda.data.rasters import aggregate_raster
from proda.data.references.dataset import MAX_STOCK
from proda.data.references.plain import TO_KG_M2, plain_stocks
from proda.errors import InputError

__all__ = ["soilgrids_stocks"]

MISSING = ((-32768, -32768),)
INTERVALS = ("sd1", "sd2", "sd3", "sd4", "sd5", "sd6")
"""0-5, 5-15, 15-30, 30-60, 60-100 and 100-200 cm."""

INTERVALS_ABOVE = (3, 5, 6)
"""Number of intervals above 30, 100 and 200 cm."""


def soilgrids_stocks(
    folder: str | Path,
    cells: Cells,
    form: str = SoilGridsReference.form,
    resolution: str = SoilGridsReference.resolution,
    min_valid_fraction: float = 0.0,
) -> FloatArray:
    """Stocks from the files OCSTHA_M_*_<resolution>_ll.tif.

    Parameters
    ----------
    folder
        Folder of the files.
    cells
        Cells of the grid.
    form
        ``intervals`` sums the files of sd1 to sd6; a cell without one of them has no stock below
        it. ``cumulative`` reads the files of 30, 100 and 200 cm.
    resolution
        As in the names of the files.
    min_valid_fraction
        A cell with a smaller fraction of valid pixels is missing.

    Returns
    -------
    numpy.ndarray
        (3, n) kg m-2 on the cells.

    Raises
    ------
    InputError
        For another form, and as `proda.data.rasters.aggregate_raster`.
    """
    folder = Path(folder)
    if form == "cumulative":
        files = {
            depth: folder / f"OCSTHA_M_{depth}cm_{resolution}_ll.tif" for depth in (30, 100, 200)
        }
        return plain_stocks(files, "t ha-1", cells, MISSING, min_valid_fraction=min_valid_fraction)
    if form != "intervals":
        raise InputError("SoilGrids form", "intervals or cumulative", repr(form))
    layers = [
        Layer(
            name=f"OCSTHA {interval}",
            path=folder / f"OCSTHA_M_{interval}_{resolution}_ll.tif",
            valid_min=0,
            valid_max=MAX_STOCK,
            unit="kg m-2",
            scale=TO_KG_M2["t ha-1"],
            missing=MISSING,
        )
        for interval in INTERVALS
    ]
    stocks = np.array([aggregate_raster(layer, cells, min_valid_fraction) for layer in layers])
    return np.cumsum(stocks, axis=0)[np.array(INTERVALS_ABOVE) - 1]
