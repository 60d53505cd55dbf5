"""How much of the land, and of the carbon of each learner, lies where learners can be applied."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from proda.arrays import Mask
from proda.data.cells import Cells
from proda.projection.stocks import INTERVALS, PETAGRAM

__all__ = ["applicable_shares"]

DEEP = "0-200 cm"


def applicable_shares(
    projections: Mapping[str, xr.Dataset], cells: Cells, applicable: Mask
) -> pd.DataFrame:
    """Share of the area, and of the carbon to 200 cm, in the area of applicability.

    Parameters
    ----------
    projections
        {learner: its projection to the grid}.
    cells
        Of the region.
    applicable
        (cells,) which of them are in it.

    Returns
    -------
    DataFrame
        method; area_million_km2, land with a value; area_inside, share of it in the area of
        applicability; total_pg and total_outside_pg, carbon to 200 cm of all of it and of the
        cells outside; total_inside, share of the carbon inside.
    """
    k = [interval.label for interval in INTERVALS].index(DEEP)
    rows = []
    for name, projection in projections.items():
        stock = cells.from_grid(projection["stock_mean"][k])
        known = np.isfinite(stock)
        inside = known & applicable
        carbon = np.where(known, stock, 0.0) * cells.land_area_m2 / PETAGRAM
        area, total = cells.land_area_m2[known].sum(), carbon.sum()
        rows.append(
            {
                "method": name,
                "area_million_km2": area / 1e12,
                "area_inside": cells.land_area_m2[inside].sum() / area,
                "total_pg": total,
                "total_outside_pg": total - carbon[inside].sum(),
                "total_inside": carbon[inside].sum() / total,
            }
        )
    return pd.DataFrame(rows)
