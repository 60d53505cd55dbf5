"""Maps against measured stocks at points that were used in no fit.

A point takes the value of its cell: a pit is compared with the mean of 2,000 km2, so that even a
perfect map scatters; the points that share a cell show by how much. Points of one cell are compared
with one value, so resamples draw whole cells. Stocks are skewed: a few peatlands may hold half of
the variance, so logarithms are scored as well.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from proda.arrays import FloatArray
from proda.config.sections.evaluation import EvaluationSettings
from proda.data.cells import Cells
from proda.data.point_stocks import PointStatus
from proda.errors import InputError
from proda.evaluation.skill import SCORES, Resamples, skill, skill_intervals
from proda.model.grid import SoilGrid
from proda.projection.stocks import KILOGRAM

__all__ = [
    "between_cell_fraction",
    "interval_stocks",
    "validation_points",
    "validation_table",
]

NO_MAP_VALUE = "no_map_value"


def interval_stocks(
    projections: Mapping[str, xr.Dataset],
    references: xr.Dataset | None,
    cells: Cells,
    grid: SoilGrid,
    top: float,
    bottom: float,
) -> dict[str, FloatArray]:
    """Stocks between two depths on the cells.

    The stock of mean SOC is the mean stock, because it is linear in SOC.

    Parameters
    ----------
    projections
        {method: its projection to the grid}.
    references
        Reference maps of inputs/references.nc, or None; a map takes part if it has just this
        interval.
    cells
        Of the region.
    grid
        Layers of the model.
    top, bottom
        Depths in m.

    Returns
    -------
    dict
        {method or reference: (cells,) kg m-2}.
    """
    thickness = grid.overlap(top, bottom)
    stocks = {}
    for name, projection in projections.items():
        layers = [cells.from_grid(layer) for layer in projection["soc_mean"]]
        stocks[name] = thickness @ np.array(layers) / KILOGRAM
    if references is not None and top == 0:
        depths = references["depth"].values
        for name in references["reference"].values:
            for depth in depths[np.isclose(depths, bottom)]:
                stock = references["stock"].sel(reference=name, depth=depth)
                stocks[str(name)] = cells.from_grid(stock)
    return stocks


def validation_points(points: pd.DataFrame, stocks: Mapping[str, FloatArray]) -> pd.DataFrame:
    """Points with the stock of every map in their cell.

    Maps can only be compared at the same points: an accepted point where some map has no value gets
    the status ``no_map_value``.

    Parameters
    ----------
    points
        Table of `proda.data.point_stocks.read_point_stocks`.
    stocks
        {method or reference: (cells,) kg m-2}, NaN where a map has no value.

    Returns
    -------
    pandas.DataFrame
        A copy of the points with a column per map.

    Raises
    ------
    InputError
        If no point is left.
    """
    table = points.copy()
    accepted = table["status"] == PointStatus.ACCEPTED.value
    cell = table.loc[accepted, "cell"].to_numpy()
    for source, stock in stocks.items():
        table.loc[accepted, source] = np.asarray(stock, dtype=float)[cell]
    missing = accepted & table[list(stocks)].isna().any(axis=1)
    table.loc[missing, "status"] = NO_MAP_VALUE
    if not (accepted & ~missing).any():
        empty = [source for source in stocks if table[source].isna().all()]
        found = f"none; without any value: {', '.join(empty)}" if empty else "none"
        raise InputError("points to validate with", "a point that all maps have a value for", found)
    return table


def validation_table(
    table: pd.DataFrame,
    sources: Iterable[str],
    seed: int,
    resamples: int = EvaluationSettings.resamples,
) -> pd.DataFrame:
    """Skill of every map at the accepted points, with intervals from resampled cells.

    Parameters
    ----------
    table
        Points of ``validation_points``.
    sources
        Names of the maps, methods or references.
    seed, resamples
        Of the bootstrap of cells.

    Returns
    -------
    pandas.DataFrame
        source, points, cells, mean and median of measured and modelled stocks in kg m-2; each score
        of `proda.evaluation.skill` with _low and _high (rmse and bias in kg m-2), and r2_log of the
        logarithms of the stocks, at points where all are positive; cells_r2 and cells_r2_log, upper
        limits of r2 and r2_log for maps of cells (``between_cell_fraction``).
    """
    used = table[table["status"] == PointStatus.ACCEPTED.value]
    names = list(sources)
    observed, modelled = used["stock_kg_m2"].to_numpy(), used[names].to_numpy()
    cells, cluster = np.unique(used["cell"], return_inverse=True)
    draws = Resamples(len(cells), seed, resamples)
    ends = skill_intervals(cluster, observed, modelled, draws)
    positive = (observed > 0) & (modelled > 0).all(axis=1)
    logs, log_cluster = np.log(observed[positive]), cluster[positive]
    modelled_logs = np.log(modelled[positive])
    log_ends = skill_intervals(log_cluster, logs, modelled_logs, draws)["r2"]
    rows = []
    for k, source in enumerate(names):
        scores = skill(observed, modelled[:, k])
        row = {"source": source, "points": len(used), "cells": len(cells)}
        for what, stock in (("observed", observed), ("modelled", modelled[:, k])):
            row[f"mean_{what}_kg_m2"] = stock.mean()
            row[f"median_{what}_kg_m2"] = np.median(stock)
        for name in SCORES:
            row[name] = getattr(scores, name)
            row[f"{name}_low"], row[f"{name}_high"] = (float(end[k]) for end in ends[name])
        row["r2_log"] = skill(logs, modelled_logs[:, k]).r2
        row["r2_log_low"], row["r2_log_high"] = (float(end[k]) for end in log_ends)
        row["cells_r2"] = between_cell_fraction(cluster, observed)
        row["cells_r2_log"] = between_cell_fraction(log_cluster, logs)
        rows.append(row)
    return pd.DataFrame(rows)


def between_cell_fraction(cell: npt.ArrayLike, values: FloatArray) -> float:
    """Fraction of the variance of values at points (n,) that lies between their cells.

    This is the R2 of a map with the true mean of every cell: the variation within cells is beyond
    any map with one value for each. From the analysis of variance with one random factor (Searle et
    al. 1992, section 3.6); 0 where cells differ no more than points do, NaN without two cells or
    without two points in one cell.
    """
    _, cell, counts = np.unique(cell, return_inverse=True, return_counts=True)
    n, groups = len(values), len(counts)
    if groups < 2 or n == groups:
        return np.nan
    means = np.bincount(cell, values) / counts
    within = np.sum((values - means[cell]) ** 2) / (n - groups)
    among = np.sum(counts * (means - np.mean(values)) ** 2) / (groups - 1)
    size = (n - np.sum(counts**2) / n) / (groups - 1)
    between = max(among - within, 0.0) / size
    return float(between / (between + within)) if between + within > 0 else np.nan
