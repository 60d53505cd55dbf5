"""Projection of a method's SOC: statistics over its draws, by layer, depth interval and horizon.

The mean, and where there are several draws their 5th and 95th percentile, interpolated linearly
between order statistics (type 7 of Hyndman and Fan 1996). The draws of one place are in memory at a
time, and its statistics are of these alone: results do not depend on the number of places or the
size of the portions that are read.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from proda.arrays import Counts, FloatArray, Horizons, Layers
from proda.check import as_array
from proda.errors import InputError
from proda.model.grid import SoilGrid
from proda.projection.scatter import SOC_IS
from proda.projection.soc import SocSource, Status
from proda.projection.stocks import (
    INTERVALS,
    PETAGRAM,
    STATISTICS,
    interval_thickness,
)

__all__ = ["Projection", "project", "statistics_of_draws"]

QUANTILES = (0.05, 0.95)
# Mean density of graphite, g m-3. A single cell that holds more, because its soil hardly ever
# decomposes, would dominate the total of a map. At sites observations decide.
SOLID_CARBON = 2.26e6
DEEPEST = max(range(len(INTERVALS)), key=lambda k: INTERVALS[k].bottom - INTERVALS[k].top)


@dataclass(frozen=True)
class Projection:
    """SOC of n places. The first axis are STATISTICS, or the mean alone if there is one draw.

    Attributes
    ----------
    n_draws
        Number of draws of each place.
    status
        (n,) Status of each place.
    soc
        (statistics, n, layers) density, gC m-3; NaN where there is none.
    stock
        (statistics, n, intervals) gC m-2.
    predicted
        (statistics, horizons) density at observed depths, gC m-3; None on a grid.
    total
        (statistics, intervals) Pg C of all places that have SOC; None at sites.
    soc_is
        What the SOC of a place is, where it is not simply that of the place.
    stock_with_scatter, total_with_scatter
        As stock and total, the mean over the scatter between places of which they are the median
        (proda.projection.scatter); None where there is none.
    """

    n_draws: int
    status: npt.NDArray[np.int8]
    soc: Layers
    stock: FloatArray
    predicted: Horizons | None
    total: FloatArray | None
    soc_is: str = ""
    stock_with_scatter: FloatArray | None = None
    total_with_scatter: FloatArray | None = None

    @property
    def counts(self) -> dict[str, int]:
        """Number of places by name of their status, those that occur."""
        found = Counter(int(code) for code in self.status)
        return {status.name.lower(): found[status] for status in Status if found[status]}


def project(
    source: SocSource,
    grid: SoilGrid,
    operator: FloatArray | None = None,
    row_size: Counts | None = None,
    land_area: FloatArray | None = None,
    scatter: FloatArray | None = None,
) -> Projection:
    """Project a source of SOC.

    Parameters
    ----------
    source
        SOC of n places.
    grid
        Layers of the soil.
    operator
        At sites, (horizons, layers), takes SOC to observed depths.
    row_size
        At sites, (n,) horizons of each.
    land_area
        On a grid, (n,) m2 of the cells.
    scatter
        (draws,) mean over places over their median, where the SOC of the source is that.

    Raises
    ------
    InputError
        If lengths differ from the number of places or draws.
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
    factor = None
    if scatter is not None:
        factor = as_array("factor of the scatter", scatter, (source.n_draws,))[:, None]
    with_scatter = np.full_like(stock, np.nan)
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
        parts = np.split(
            statistics_of_draws(values, len(kinds)), [layers, layers + len(thickness)], axis=1
        )
        soc[:, i], stock[:, i], predicted[:, rows] = parts
        stocks = values[:, layers : layers + len(thickness)]
        if area is not None and stock[0, i, DEEPEST] > SOLID_CARBON * INTERVALS[DEEPEST].bottom:
            status[i] = Status.BEYOND_ANY_SOIL
            soc[:, i], stock[:, i] = np.nan, np.nan
            continue
        if factor is not None:
            with_scatter[:, i] = statistics_of_draws(stocks * factor, len(kinds))
        if area is not None:
            # One place after the other, so that the sum does not depend on their portions.
            totals += stocks * area[i]
    return Projection(
        n_draws=source.n_draws,
        status=status,
        soc=soc,
        stock=stock,
        predicted=predicted if area is None else None,
        total=None if area is None else statistics_of_draws(totals / PETAGRAM, len(kinds)),
        soc_is="" if scatter is None else SOC_IS,
        stock_with_scatter=None if factor is None else with_scatter,
        total_with_scatter=None
        if factor is None or area is None
        else statistics_of_draws(totals * factor / PETAGRAM, len(kinds)),
    )


def statistics_of_draws(values: FloatArray, count: int) -> FloatArray:
    """The first ``count`` of STATISTICS over the draws.

    Parameters
    ----------
    values
        (draws, k).
    count
        1 for the mean alone, else all of them.

    Returns
    -------
    ndarray
        (count, k).
    """
    mean = values.mean(axis=0)[None]
    return mean if count == 1 else np.concatenate([mean, np.quantile(values, QUANTILES, axis=0)])
