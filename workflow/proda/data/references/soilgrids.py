"""SoilGrids250m, release of 2017-03-10 (Hengl et al. 2017, doi 10.1371/journal.pone.0169748).

The stocks OCSTHA are whole tonnes per hectare, of six intervals (sd1 to sd6) or, in the aggregated
folders, from the surface to 30, 100 and 200 cm; -32768 is missing.
"""

from pathlib import Path

import numpy as np

from proda.config.sections.references import SoilGridsReference
from proda.data.raster_layer import Layer
from proda.data.rasters import aggregate_raster
from proda.data.references.dataset import MAX_STOCK
from proda.data.references.plain import TO_KG_M2, plain_stocks
from proda.errors import InputError

__all__ = ["soilgrids_stocks"]

MISSING = ((-32768, -32768),)
INTERVALS = ("sd1", "sd2", "sd3", "sd4", "sd5", "sd6")
"""0-5, 5-15, 15-30, 30-60, 60-100 and 100-200 cm."""

LAST_INTERVAL = (3, 5, 6)
"""How many intervals lie above 30, 100 and 200 cm."""


def soilgrids_stocks(
    folder,
    cells,
    form=SoilGridsReference.form,
    resolution=SoilGridsReference.resolution,
    min_valid_fraction=0.0,
):
    """Stocks (3, n) in kg m-2 on ``cells`` from the files OCSTHA_M_*_<resolution>_ll.tif.

    form: "intervals" sums the files of sd1 to sd6; "cumulative" reads those of 30, 100 and 200 cm.
    A cell without one of the intervals has no stock below it. Raises InputError for another form
    and, as aggregate_raster does, for the files.
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
    return np.cumsum(stocks, axis=0)[np.array(LAST_INTERVAL) - 1]
