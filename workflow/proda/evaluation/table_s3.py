"""Table S3: stocks of SOC by depth interval, of the methods and the reference maps, in Pg.

Maps differ in where they have a value: a total is that of its map's own area, which is given beside
it. Totals of different maps can be compared only over the cells that all of them have. The domain
of the study's own totals is not known cell by cell, so that they are shown as published.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from proda.arrays import FloatArray, Mask
from proda.data.cells import Cells
from proda.errors import InputError
from proda.evaluation.paper_values import paper_value
from proda.projection.stocks import INTERVALS, KILOGRAM, PETAGRAM, STATISTICS

__all__ = ["map_stocks", "table_s3"]

MILLION_KM2 = 1e12  # m2
LABELS = tuple(interval.label for interval in INTERVALS)


def map_stocks(projection: xr.Dataset, cells: Cells) -> FloatArray:
    """Stocks (intervals, cells) in g m-2 of a projection to the grid, in the order of INTERVALS.

    Raises
    ------
    InputError
        For a projection with other depth intervals.
    """
    intervals = [str(name) for name in projection["interval"].values]
    if intervals != list(LABELS):
        expected = f"intervals {', '.join(LABELS)}"
        raise InputError("projection to the grid", expected, ", ".join(intervals))
    return np.stack([cells.from_grid(stock) for stock in projection["stock_mean"]])


def table_s3(
    projections: Mapping[str, xr.Dataset],
    references: xr.Dataset | None,
    cells: Cells,
    paper: pd.DataFrame,
) -> pd.DataFrame:
    """Totals by map and depth interval.

    Parameters
    ----------
    projections
        {method: its projection to the grid}, with stock_mean in g m-2, total_mean and, for a method
        with draws, total_p05 and total_p95 in Pg; the same of total_with_scatter, where stock and
        total are those of the median of places that scatter.
    references
        Reference maps of inputs/references.nc, or None.
    cells
        Of the region.
    paper
        Table of ``read_paper_values``.

    Returns
    -------
    pandas.DataFrame
        method (or name of the reference), kind (method or reference), interval, total_pg, low_pg
        and high_pg (5 and 95 % of the totals of the draws), with_scatter_pg, with_scatter_low_pg
        and with_scatter_high_pg (of a method whose total_pg is made of medians over the scatter
        between places: the total made of means over it), area_million_km2 (land of the region
        with a value), common_pg and common_area_million_km2 (over the cells all maps have),
        paper_pg, paper_low_pg, paper_high_pg.

    Raises
    ------
    InputError
        For maps of other cells or intervals.
    """
    stocks = {name: map_stocks(one, cells) for name, one in projections.items()}
    if references is not None:
        stocks |= _by_interval(references, cells)
    land = cells.land_area_m2
    known = {
        name: np.logical_and.reduce(np.isfinite(stock), axis=0) for name, stock in stocks.items()
    }
    common: Mask = np.all(list(known.values()), axis=0)
    rows = []
    for name, stock in stocks.items():
        is_method = name in projections
        for k, interval in enumerate(LABELS):
            total, low, high = _of_draws(projections.get(name), "total", k)
            if not is_method:
                total = _total(stock[k], land, known[name])
            scattered = _of_draws(projections.get(name), "total_with_scatter", k)
            value, paper_low, paper_high = paper_value(paper, "table_s3", name, "stock", interval)
            rows.append(
                {
                    "method": name,
                    "kind": "method" if is_method else "reference",
                    "interval": interval,
                    "total_pg": total,
                    "low_pg": low,
                    "high_pg": high,
                    "with_scatter_pg": scattered[0],
                    "with_scatter_low_pg": scattered[1],
                    "with_scatter_high_pg": scattered[2],
                    "area_million_km2": land[known[name]].sum() / MILLION_KM2,
                    "common_pg": _total(stock[k], land, common) if common.any() else np.nan,
                    "common_area_million_km2": land[common].sum() / MILLION_KM2,
                    "paper_pg": value,
                    "paper_low_pg": paper_low,
                    "paper_high_pg": paper_high,
                }
            )
    return pd.DataFrame(rows)


def _by_interval(references: xr.Dataset, cells: Cells) -> dict[str, FloatArray]:
    """Stocks {name of the reference: (intervals, cells) g m-2}.

    References hold stocks from the surface to 30, 100 and 200 cm; intervals are differences.
    """
    result = {}
    for name, maps in zip(references["reference"].values, references["stock"], strict=True):
        top = [KILOGRAM * cells.from_grid(stock) for stock in maps]
        result[str(name)] = np.stack([top[0], top[1] - top[0], top[2] - top[1], top[1], top[2]])
    return result


def _of_draws(projection: xr.Dataset | None, name: str, k: int) -> list[float]:
    """Mean, 5th and 95th percentile of a total of the k-th interval, NaN where there is none."""
    names = [f"{name}_{kind}" for kind in STATISTICS]
    if projection is None:
        return [np.nan] * len(names)
    return [float(projection[one][k]) if one in projection else np.nan for one in names]


def _total(stock: FloatArray, land: FloatArray, where: Mask) -> float:
    return float((stock[where] * land[where]).sum() / PETAGRAM)
