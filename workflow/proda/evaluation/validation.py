"""Maps against measured stocks at points that no fit has seen.

A point takes the value of its cell: a pit is compared with the mean of 2,000 km2, so even a perfect
map scatters. Points of one cell are compared with one value, so resamples draw whole cells.
"""

import numpy as np
import pandas as pd

from proda.data.point_stocks import PointStatus
from proda.errors import InputError
from proda.evaluation.skill import SCORES, Resamples, skill, skill_intervals

__all__ = ["interval_stocks", "validation_points", "validation_table"]

NO_MAP_VALUE = "no_map_value"
KILOGRAM = 1000.0  # g


def interval_stocks(projections, references, cells, grid, top, bottom):
    """Stocks between two depths in m on the cells, {source: (cells,) kg m-2}.

    projections: {method: Dataset of its projection to the grid}. references: Dataset of
    inputs/references.nc or None; a reference takes part if it has just this interval. grid:
    SoilGrid. The stock of mean SOC is the mean stock, because it is linear in SOC.
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


def validation_points(points, stocks):
    """The points with the stock that every map has in their cell.

    points: DataFrame of `proda.data.point_stocks.read_point_stocks`. stocks: {source: (cells,)
    kg m-2}, NaN where a map has no value. Returns a copy with a column per source; an accepted
    point that some map has no value for gets the status ``no_map_value``, because maps can only be
    compared at the same points. Raises InputError if no point is left.
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


def validation_table(table, sources, seed, resamples=1000):
    """Skill of every source at the accepted points, with intervals from resampled cells.

    table: of ``validation_points``. Returns a DataFrame: source, points, cells, mean_observed_kg_m2
    and each score of `proda.evaluation.skill` with _low and _high (rmse and bias in kg m-2).
    """
    used = table[table["status"] == PointStatus.ACCEPTED.value]
    observed = used["stock_kg_m2"].to_numpy()
    cells, cluster = np.unique(used["cell"], return_inverse=True)
    ends = skill_intervals(
        cluster, observed, used[list(sources)].to_numpy(), Resamples(len(cells), seed, resamples)
    )
    rows = []
    for k, source in enumerate(sources):
        scores = skill(observed, used[source].to_numpy())
        row = {"source": source, "points": len(used), "cells": len(cells)}
        row["mean_observed_kg_m2"] = observed.mean()
        row["mean_modelled_kg_m2"] = used[source].mean()
        for name in SCORES:
            row[name] = getattr(scores, name)
            row[f"{name}_low"], row[f"{name}_high"] = (float(end[k]) for end in ends[name])
        rows.append(row)
    return pd.DataFrame(rows)
