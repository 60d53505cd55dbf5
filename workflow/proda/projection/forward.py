"""Projection of a method's SOC: statistics over its draws, by layer, depth interval and horizon.

The mean, and where there are several draws their 5th and 95th percentile, interpolated linearly
between order statistics (type 7 of Hyndman and Fan 1996). The draws of one place are in memory at a
time, and its statistics are of these alone: nothing depends on how many places there are, or in
which portions they come.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from proda.check import as_array
from proda.errors import InputError
from proda.projection.soc import Status
from proda.projection.stocks import PETAGRAM, interval_thickness

__all__ = ["STATISTICS", "Projection", "project"]

STATISTICS = ("mean", "p05", "p95")
QUANTILES = (0.05, 0.95)


@dataclass(frozen=True)
class Projection:
    """SOC of n places. The first axis are STATISTICS, or the mean alone if there is one draw.

    status     (n,)                      Status of each place
    soc        (statistics, n, layers)   density, gC m-3; NaN where there is none
    stock      (statistics, n, intervals) gC m-2
    predicted  (statistics, horizons)    density at observed depths, gC m-3; None on a grid
    total      (statistics, intervals)   Pg C of all places that have SOC; None at sites
    """

    n_draws: int
    status: np.ndarray
    soc: np.ndarray
    stock: np.ndarray
    predicted: np.ndarray | None
    total: np.ndarray | None

    @property
    def counts(self):
        """Number of places by name of their status, those that occur."""
        found = Counter(int(code) for code in self.status)
        return {status.name.lower(): found[status] for status in Status if found[status]}


def project(source, grid, operator=None, row_size=None, land_area=None):
    """Project a source of SOC (proda.projection.soc).

    grid: SoilGrid. At sites: operator (horizons, layers), which takes SOC to observed depths, and
    row_size (n,), horizons of each site. On a grid: land_area (n,) m2 of the cells.
    Returns a Projection. Raises InputError if lengths do not fit the places.
    """
    n, layers = len(source), grid.n_layers
    thickness = interval_thickness(grid)
    row_size = np.zeros(n, dtype=int) if row_size is None else np.asarray(row_size)
    operator = np.zeros((0, layers)) if operator is None else operator
    operator = as_array("operator", operator, (None, layers))
    if len(row_size) != n or row_size.sum() != len(operator):
        found = f"{len(row_size)} sites with {row_size.sum()} horizons"
        raise InputError("row_size", f"{n} sites with {len(operator)} horizons", found)
    area = None if land_area is None else as_array("land_area", land_area, (n,), "m2")

    kinds = STATISTICS if source.n_draws > 1 else STATISTICS[:1]
    status = np.zeros(n, dtype=np.int8)
    soc = np.full((len(kinds), n, layers), np.nan)
    stock = np.full((len(kinds), n, len(thickness)), np.nan)
    predicted = np.full((len(kinds), len(operator)), np.nan)
    totals = np.zeros((source.n_draws, len(thickness)))
    ends = np.cumsum(row_size)
    for i, (code, draws) in enumerate(source):
        if draws is not None and not np.isfinite(draws).all():
            code, draws = Status.NOT_FINITE, None
        status[i] = code
        if draws is None:
            continue
        rows = slice(ends[i] - row_size[i], ends[i])
        functionals = np.concatenate([thickness, operator[rows]])
        # Not a matrix product, which would round by the number of draws and threads.
        values = np.concatenate([draws, (draws[:, None] * functionals).sum(axis=-1)], axis=1)
        parts = np.split(_statistics(values, len(kinds)), [layers, layers + len(thickness)], axis=1)
        soc[:, i], stock[:, i], predicted[:, rows] = parts
        if area is not None:
            # One place after the other, so that the sum does not depend on their portions.
            totals += values[:, layers : layers + len(thickness)] * area[i]
    return Projection(
        n_draws=source.n_draws,
        status=status,
        soc=soc,
        stock=stock,
        predicted=predicted if area is None else None,
        total=None if area is None else _statistics(totals / PETAGRAM, len(kinds)),
    )


def _statistics(values, count):
    """The first ``count`` of STATISTICS over the draws: (draws, k) -> (count, k)."""
    mean = values.mean(axis=0)[None]
    return mean if count == 1 else np.concatenate([mean, np.quantile(values, QUANTILES, axis=0)])
