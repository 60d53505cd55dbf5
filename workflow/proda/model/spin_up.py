"""The periodic steady state of a climate that repeats itself, and ages of carbon.

Through one period of the forcing the pools change as x -> P x + q. The state that comes back to
itself, (I - P) x = q, is what a model reaches that repeats the period for ever. It is not the
steady state of the mean climate, from which warm-up loops of land models start and which they leave
for thousands of years. It is found by iteration: with r the change of x through one period of T
days, and M the mean matrix of losses, of decay, too,

    x <- x + r + M^-1 r / T

The first term is what one more period does, which brings fast pools home; the second is the answer
to r of carbon that turns over slowly, one steady state of the mean climate. For a pool that decays
by exp(-a) through the period the error shrinks by 1 - (1 - exp(-a)) (1 + 1 / a), at most 0.3 in
absolute value for any a, each time.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from proda.arrays import Columns, Counts, FloatArray, Parameters, PoolLayers
from proda.errors import InputError
from proda.model.constants import DAYS_PER_YEAR
from proda.model.lanes.layout import LANES, empty_lanes, new_lane_workspace
from proda.model.lanes.years import solve_by_blocks
from proda.model.layout import MONTH_ROWS, MONTHS
from proda.model.soil_model import SoilModel
from proda.model.transient import Steps, Year, advance_year

__all__ = ["SpinUp", "mean_age", "mean_columns", "periodic_steady_state"]

TOLERANCE = 1e-13  # change of the stock through a period relative to the stock
MAX_PERIODS = 200


class SpinUp(NamedTuple):
    """Periodic steady states of n columns.

    Attributes
    ----------
    pools
        (n, 7, layers) gC m-3 at the beginning of the period.
    drift
        (n,) Sum over pools and layers of the absolute change through one period relative to the
        stock; 0 where there is no carbon.
    periods
        (n,) Number of periods that were computed.
    """

    pools: PoolLayers
    drift: Columns
    periods: Counts


def periodic_steady_state(
    model: SoilModel,
    physical: Parameters,
    years: Sequence[Year],
    steps: Steps,
    *,
    column: Counts | None = None,
    second_order: bool = False,
    decay: float = 0.0,
    tolerance: float = TOLERANCE,
    max_periods: int = MAX_PERIODS,
) -> SpinUp:
    """Pools that come back to themselves after a sequence of years.

    Parameters
    ----------
    model
        The soil carbon model.
    physical
        (n, 26) physical vectors.
    years
        The years of the period, in their order, each of m columns.
    steps, column, second_order, decay
        As in ``advance_year``.
    tolerance
        Largest ``drift`` of a column that needs no further period.
    max_periods
        Largest number of periods.

    Returns
    -------
    SpinUp
        Columns whose drift exceeds the tolerance have not converged.

    Raises
    ------
    InputError
        Without a year, and as ``advance_year``.
    """
    if not years:
        raise InputError("years of the spin-up", "one or more", "none")
    mean, thickness = mean_columns(years), model.grid.thickness
    n, length = len(physical), DAYS_PER_YEAR * len(years)
    column = np.arange(n) if column is None else np.asarray(column, dtype=np.int64)
    pools = np.zeros((n, 7, len(thickness)))
    drift, periods = np.full(n, np.inf), np.zeros(n, dtype=np.int64)
    open_ = np.arange(n)
    for _ in range(max_periods):
        start, vectors = pools[open_], physical[open_]
        end = start
        for year in years:
            end = advance_year(
                model,
                vectors,
                year,
                end,
                steps,
                column=column[open_],
                second_order=second_order,
                decay=decay,
            ).pools
        change = (end - start) * thickness
        stock = (np.abs(end) * thickness).sum(axis=(1, 2))
        with np.errstate(invalid="ignore", divide="ignore"):
            drift[open_] = np.where(stock > 0.0, np.abs(change).sum(axis=(1, 2)) / stock, 0.0)
        periods[open_] += 1
        done = drift[open_] <= tolerance
        slow = _steady_state(model, vectors, mean, column[open_], change / length, decay)
        # The answer to a negative change may be more than there is of a pool on the way.
        pools[open_] = np.where(done[:, None, None], start, np.maximum(end + slow, 0.0))
        open_ = open_[~done]
        if not open_.size:
            break
    return SpinUp(pools, drift, periods)


def mean_age(
    model: SoilModel,
    physical: Parameters,
    columns: FloatArray,
    pools: PoolLayers,
    column: Counts | None = None,
) -> PoolLayers:
    """Mean time since the carbon of each pool and layer entered the soil, at steady state.

    The carbon X of a pool times its mean age is the steady state whose supply is X: every year all
    of it grows older by a year.

    Parameters
    ----------
    model
        The soil carbon model.
    physical
        (n, 26) physical vectors.
    columns
        (m, rows, layers) prepared columns.
    pools
        (n, 7, layers) gC m-3, the steady state of these.
    column
        (n,) index of the column of each parameter set; by default they are the same.

    Returns
    -------
    ndarray
        (n, 7, layers) yr; NaN where a pool is empty.
    """
    column = np.arange(len(physical)) if column is None else np.asarray(column, dtype=np.int64)
    aged = _steady_state(model, physical, columns, column, pools * model.grid.thickness, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(pools > 0.0, aged / pools, np.nan) / DAYS_PER_YEAR


def mean_columns(years: Sequence[Year]) -> FloatArray:
    """Columns with all months of all years, whose coefficients are the mean over them.

    Parameters
    ----------
    years
        Of the same columns. Amounts of carbon input are those of the first.

    Returns
    -------
    ndarray
        (n, rows, layers).
    """
    first = years[0].columns
    steady = np.mean([year.columns[:, :MONTHS] for year in years], axis=0)
    steady[:, MONTHS - 1] = first[:, MONTHS - 1]
    return np.concatenate([steady, *(year.columns[:, MONTHS:] for year in years)], axis=1)


def _steady_state(
    model: SoilModel,
    physical: Parameters,
    columns: FloatArray,
    column: Counts,
    supply: PoolLayers,
    decay: float,
) -> PoolLayers:
    """Pools (n, 7, layers) gC m-3 of a supply (n, 7, layers) gC m-2 d-1 of either sign."""
    pools = np.empty_like(supply)
    layers = model.grid.n_layers
    months = (columns.shape[1] - MONTHS) // MONTH_ROWS
    solve_by_blocks(
        physical,
        columns,
        column,
        supply,
        decay / DAYS_PER_YEAR,
        model.grid_rows,
        model.switches,
        empty_lanes(physical.shape[1], LANES),
        empty_lanes(layers, columns.shape[1], LANES),
        new_lane_workspace(layers, months),
        pools,
    )
    return pools
