"""Soil carbon through time: years of monthly forcing, implicit steps, no carbon lost.

A run is a loop over years: ``prepare_year`` makes a year of forcing ready, ``advance_year`` takes
the pools through it. The pools are the whole state: a run that is continued from those of any year
has the same bits as one that was not interrupted, and columns do not depend on which others are run
with them. ``proda.model.lanes.time_step`` has the equations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from proda.arrays import Columns, Counts, FloatArray, Parameters, PoolLayers
from proda.check import as_array, check_range
from proda.errors import InputError, number_text
from proda.model.constants import DAYS_IN_MONTH, DAYS_PER_YEAR, MONTHS_PER_YEAR
from proda.model.forcing import LITTER_POOLS, Forcing
from proda.model.lanes.layout import LANES, empty_lanes, new_lane_workspace
from proda.model.lanes.years import year_by_blocks
from proda.model.layout import MONTH_ROWS, MONTHS
from proda.model.soil_model import SoilModel

__all__ = [
    "Steps",
    "Year",
    "YearResult",
    "advance_year",
    "daily_steps",
    "monthly_steps",
    "prepare_year",
]

INPUTS = LITTER_POOLS + 1
SHARE_TOLERANCE = 1e-6  # of the sum over the months of the shares of the input


class Steps(NamedTuple):
    """The steps of a year: month of each, from 0, and its length in days, (steps,) both."""

    month: Counts
    days: FloatArray


@dataclass(frozen=True, eq=False)
class Year:
    """Forcing of n columns in one year, prepared.

    Attributes
    ----------
    columns
        (n, rows, layers) as ``MatrixModel.columns``, with the rows of 12 months or of one for all.
    input_factor
        (n, 4, 12) input to CWD, L1, L2 and L3 on a day of each month relative to a mean day.
    """

    columns: FloatArray
    input_factor: FloatArray

    def __len__(self) -> int:
        return len(self.columns)

    def take(self, rows: npt.NDArray[np.integer] | slice) -> "Year":
        """The year of some columns."""
        return Year(self.columns[rows], self.input_factor[rows])


class YearResult(NamedTuple):
    """What a year leaves behind.

    Attributes
    ----------
    pools, mean_pools
        (n, 7, layers) gC m-3 at the end of the year and on average.
    carbon_input, respiration, decay
        (n,) gC m-2 yr-1. The change of the stock is input - respiration - decay.
    imbalance
        (n,) gC m-2: sum over the steps of what this equation misses, in absolute value.
    """

    pools: PoolLayers
    mean_pools: PoolLayers
    carbon_input: Columns
    respiration: Columns
    decay: Columns
    imbalance: Columns


def monthly_steps(per_month: int = 1) -> Steps:
    """Steps of a month, or of an equal part of it.

    Parameters
    ----------
    per_month
        Number of steps in every month.

    Raises
    ------
    InputError
        For fewer than one.
    """
    if per_month < 1:
        raise InputError("per_month", "1 or more", str(per_month))
    days = np.repeat(np.array(DAYS_IN_MONTH, dtype=float) / per_month, per_month)
    return Steps(np.repeat(np.arange(MONTHS_PER_YEAR), per_month), days)


def daily_steps() -> Steps:
    """The 365 days of a year."""
    return Steps(np.repeat(np.arange(MONTHS_PER_YEAR), DAYS_IN_MONTH), np.ones(sum(DAYS_IN_MONTH)))


def prepare_year(
    model: SoilModel, forcing: Sequence[Forcing], input_share: npt.ArrayLike | None = None
) -> Year:
    """Forcing of a year as the kernels read it.

    Parameters
    ----------
    model
        The soil carbon model.
    forcing
        Of n columns: one object for the year (of 12 months where the structure has monthly
        forcing), or 12 objects, one per month, of a structure with annual forcing. Their amounts of
        carbon input are per year, the same in all; mixing is that of the annual mean.
    input_share
        (n, 4, 12), or of a shape that can be repeated to it: fraction of the annual input to CWD,
        L1, L2 and L3 that enters in each month. By default the same amount every day.

    Returns
    -------
    Year

    Raises
    ------
    InputError
        For another number of months, negative shares, and shares that do not sum to 1; those of a
        pool without input in the year may all be 0.
    """
    parts = [model.columns(part) for part in forcing]
    months = sum((part.shape[1] - MONTHS) // MONTH_ROWS for part in parts)
    if months not in (1, MONTHS_PER_YEAR) or len({len(part) for part in parts}) > 1:
        lengths = ", ".join(f"{part.shape[1] - MONTHS} rows of {len(part)}" for part in parts)
        raise InputError("forcing of a year", "1 or 12 months of the same columns", lengths)
    columns = np.concatenate(
        [
            np.mean([part[:, :MONTHS] for part in parts], axis=0),
            *(part[:, MONTHS:] for part in parts),
        ],
        axis=1,
    )
    # Numbers that the kernels read as whole ones, and amounts per year, are those of any month.
    columns[:, MONTHS - 1] = parts[0][:, MONTHS - 1]
    shape = (len(columns), INPUTS, MONTHS_PER_YEAR)
    per_day = DAYS_PER_YEAR / np.array(DAYS_IN_MONTH)
    if input_share is None:
        return Year(columns, np.ones(shape))
    share = np.array(np.broadcast_to(np.asarray(input_share, dtype=float), shape))
    check_range("input_share", share, 0.0, 1.0)
    total = share.sum(axis=2)
    wrong = (np.abs(total - 1.0) > SHARE_TOLERANCE) & (total != 0.0)
    for row, pool in np.argwhere(wrong)[:1]:
        raise InputError.of_element(
            "input_share",
            (row, pool),
            "a sum of 1 over the months",
            number_text(total[row, pool], 1.0),
        )
    return Year(columns, share * per_day)


def advance_year(
    model: SoilModel,
    physical: Parameters,
    year: Year,
    pools: PoolLayers,
    steps: Steps,
    *,
    column: Counts | None = None,
    second_order: bool = False,
    decay: float = 0.0,
) -> YearResult:
    """Pools of n columns after a year.

    Parameters
    ----------
    model
        The soil carbon model.
    physical
        (n, 26) physical vectors.
    year
        Forcing of the year in m columns.
    pools
        (n, 7, layers) gC m-3 at its beginning.
    steps
        Of the year.
    column
        (n,) index of the column of each parameter set; by default they are the same.
    second_order
        Whether the scheme is SDIRK2, whose pools may become negative; backward Euler without it.
    decay
        Radioactive decay of a tracer, yr-1.

    Returns
    -------
    YearResult

    Raises
    ------
    InputError
        For lengths and columns that do not fit and for a negative decay.
    """
    column = np.arange(len(year)) if column is None else np.asarray(column, dtype=np.int64)
    layers, n = model.grid.n_layers, len(column)
    if n and not 0 <= column.min() <= column.max() < len(year):
        found = f"columns {column.min()} to {column.max()}"
        raise InputError("column", f"columns of a year that has {len(year)}", found)
    physical = as_array("physical", physical, (n, physical.shape[-1]))
    end = np.array(as_array("pools", pools, (n, 7, layers)))
    if decay < 0.0:
        raise InputError("decay", "0 or more, yr-1", number_text(decay))
    mean, fluxes = np.empty_like(end), np.empty((n, 4))
    months = (year.columns.shape[1] - MONTHS) // MONTH_ROWS
    year_by_blocks(
        physical,
        year.columns,
        column,
        year.input_factor,
        steps.month,
        steps.days,
        model.grid_rows,
        model.switches,
        second_order,
        decay / DAYS_PER_YEAR,
        empty_lanes(physical.shape[1], LANES),
        empty_lanes(layers, year.columns.shape[1], LANES),
        empty_lanes(MONTHS_PER_YEAR, INPUTS, LANES),
        empty_lanes(7, layers, LANES),
        empty_lanes(4, 1, LANES),
        new_lane_workspace(layers, months),
        end,
        mean,
        fluxes,
    )
    return YearResult(end, mean, *fluxes.T)
