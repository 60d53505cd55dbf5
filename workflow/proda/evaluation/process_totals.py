"""Totals of the whole region: stocks by depth and turnover times, beside published values.

A stock is the mean over the draws of a method of (area-weighted mean stock) x (area of the cells
with a value). Means and medians over cells are given weighted by area and, as in the later study,
unweighted. Published values are those of a global study; they mean nothing beside another region.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from proda.data.cells import Cells
from proda.evaluation.paper_values import paper_value
from proda.model.processes.definitions import DEPTHS
from proda.projection.stocks import PETAGRAM

__all__ = ["TOTALS", "published_row", "region_totals"]

MILLION_KM2 = 1e12  # m2
WHOLE = "whole depth"
ITEMS = {f"_{label}": label.replace("_", "-").replace("cm", " cm") for label in DEPTHS}
ITEMS[""] = WHOLE
# Quantity, item, unit: name of the process and statistic over the cells.
TOTALS: dict[tuple[str, str, str], tuple[str, str]] = {
    ("soc_stock", item, "Pg"): (f"soc_stock{suffix}", "area_mean") for suffix, item in ITEMS.items()
}
TOTALS |= {
    ("turnover_time", item, "year"): ("turnover_time", item)
    for item in ("area_mean", "cell_mean", "area_median", "cell_median")
}


def region_totals(
    datasets: Mapping[str, xr.Dataset], cells: Cells, published: pd.DataFrame | None
) -> pd.DataFrame:
    """Totals by method.

    Parameters
    ----------
    datasets
        {method: its maps of processes}.
    cells
        Of the region.
    published
        Table of ``proda.evaluation.paper_values.read_paper_values``; None where the region is not
        that of the published values.

    Returns
    -------
    pandas.DataFrame
        method, quantity (soc_stock in Pg, turnover_time in years), item (depth, or statistic over
        the cells), unit, value, p05 and p95 (of the draws; NaN for a single draw and for medians),
        area_million_km2 (land of the cells with a value), published, published_low and
        published_high.
    """
    rows = []
    for method, dataset in datasets.items():
        for (quantity, item, unit), (process, statistic) in TOTALS.items():
            known = np.isfinite(cells.from_grid(dataset[f"{process}_mean"]))
            area = float(cells.land_area_m2[known].sum())
            factor = area / PETAGRAM if unit == "Pg" else 1.0
            name = f"{process}_{statistic}"
            by_draw = f"{name}_mean" in dataset
            values = {"value": dataset[f"{name}_mean" if by_draw else name]}
            for end in ("p05", "p95"):
                there = f"{name}_{end}" in dataset
                values[end] = dataset[f"{name}_{end}"] if there else xr.DataArray(np.nan)
            rows.append(
                {
                    "method": method,
                    "quantity": quantity,
                    "item": item,
                    "unit": unit,
                    **{kind: factor * float(one) for kind, one in values.items()},
                    "area_million_km2": area / MILLION_KM2,
                    **published_row(published, method, quantity, item),
                }
            )
    return pd.DataFrame(rows)


def published_row(
    published: pd.DataFrame | None, method: str, quantity: str, item: str
) -> dict[str, float]:
    """Columns published, published_low and published_high of a quantity of a method."""
    found = (np.nan,) * 3
    if published is not None:
        found = paper_value(published, "region_totals", method, quantity, item)
    return dict(zip(("published", "published_low", "published_high"), found, strict=True))
