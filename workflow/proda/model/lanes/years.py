"""A year of many columns in steps, and steady states of a given supply, by blocks of lanes.

Lanes of a block are filled in the order of the table; a last block that is not full repeats its
last row. Which rows share a block does not change the bits of any.
"""

from proda.arrays import Counts, Draws, FloatArray, Layers, PoolLayers
from proda.compiled import inlined, kernel
from proda.model.lanes.blocks import enter_columns, enter_sets, leave_pools
from proda.model.lanes.chain import solve_block
from proda.model.lanes.coefficients import coefficients_of_block, scalars_of_block
from proda.model.lanes.layout import LANES
from proda.model.lanes.time_step import SUPPLY, step_block, stock_of_block
from proda.model.lanes.vector import Block, block, block_of, load, maximum, numbers, store
from proda.model.layout import CARBON, MONTH_ROWS, MONTHS
from proda.model.switches import Switches

__all__ = ["solve_by_blocks", "year_by_blocks"]


@kernel
def year_by_blocks(
    parameters: Draws,
    columns: FloatArray,
    column: Counts,
    input_factor: FloatArray,
    step_month: Counts,
    step_days: FloatArray,
    grid: Layers,
    switches: Switches,
    second_order: bool,
    decay: float,
    lane_parameters: FloatArray,
    lane_columns: FloatArray,
    lane_factor: FloatArray,
    lane_mean: FloatArray,
    lane_flux: FloatArray,
    w: FloatArray,
    pools: PoolLayers,
    mean: PoolLayers,
    fluxes: FloatArray,
) -> None:
    """Advance pairs of a parameter set and a column by the steps of one year.

    Parameters
    ----------
    parameters
        (n, 26) physical values.
    columns
        (m, rows, layers) prepared columns of the year, with 12 months or with one for all.
    column
        (n,) index of the column of each parameter set.
    input_factor
        (m, 4, 12) input of a day of each month relative to a mean day of the year.
    step_month, step_days
        (steps,) month of each step, from 0, and its length in days.
    grid
        (3, layers), m.
    switches
        Choices of the model.
    second_order
        Whether the scheme is SDIRK2; backward Euler without it.
    decay
        Radioactive decay, d-1.
    lane_parameters, lane_columns, lane_factor, lane_mean, lane_flux, w
        (26, LANES), (layers, rows, LANES), (12, 4, LANES), (7, layers, LANES), (4, 1, LANES) and a
        lane workspace, changed in place.
    pools
        (n, 7, layers) gC m-3 at the beginning of the year; those at its end afterwards.
    mean
        (n, 7, layers) gC m-3, filled with the mean of the year, by the trapezoidal rule.
    fluxes
        (n, 4) gC m-2, filled: carbon input, respiration and decay of the year, and the sum over
        its steps of the absolute error of their balance with the change of the stock.
    """
    n, layers = parameters.shape[0], grid.shape[1]
    months = (columns.shape[1] - MONTHS) // MONTH_ROWS
    g = numbers(grid)
    for first in range(0, n, LANES):
        enter_sets(lane_parameters, parameters, first)
        enter_columns(lane_columns, columns, column, first)
        _enter_pools(w, CARBON, pools, first)
        for lane in range(LANES):
            row = column[min(first + lane, n - 1)]
            for pool in range(4):
                for month in range(input_factor.shape[2]):
                    lane_factor[month, pool, lane] = input_factor[row, pool, month]
        lane_mean[:] = 0.0
        lane_flux[:] = 0.0
        p, c, b = block_of(lane_parameters), block_of(lane_columns), block_of(w)
        m, f, factor = block(lane_mean, 0), block(lane_flux, 0), block(lane_factor, 0)
        coefficients_of_block(p, c, g, layers, 1, switches, b)
        current = 0
        year = 0.0
        before = stock_of_block(g, layers, b)
        for step in range(step_month.shape[0]):
            month = min(step_month[step], months - 1)
            if month != current:
                scalars_of_block(p, c, g, layers, month, 1, switches, b)
                current = month
            days = step_days[step]
            year += days
            _add_pools(b, layers, 0.5 * days, m)
            entered, respired, decayed = step_block(
                p, g, layers, days, step_month[step], factor, second_order, decay, b
            )
            _add_pools(b, layers, 0.5 * days, m)
            store(f, (0, 0), load(f, (0, 0)) + entered)
            store(f, (1, 0), load(f, (1, 0)) + respired)
            store(f, (2, 0), load(f, (2, 0)) + decayed)
            after = stock_of_block(g, layers, b)
            error = (after - before) - (entered - respired - decayed)
            store(f, (3, 0), load(f, (3, 0)) + maximum(error, -error))
            before = after
        leave_pools(w, pools, first)
        for lane in range(min(LANES, n - first)):
            for pool in range(7):
                for j in range(layers):
                    mean[first + lane, pool, j] = lane_mean[pool, j, lane] / year
            for i in range(4):
                fluxes[first + lane, i] = lane_flux[i, 0, lane]


@inlined
def _add_pools(w: Block, n: int, weight: float, total: Block) -> None:
    for pool in range(7):
        for j in range(n):
            store(total, (pool, j), load(total, (pool, j)) + weight * load(w, (CARBON + pool, j)))


@kernel
def _enter_pools(w: FloatArray, row: int, table: PoolLayers, first: int) -> None:
    """Enter the rows of a block of a table (n, 7, layers) from a row of the workspace on."""
    for lane in range(LANES):
        source = min(first + lane, table.shape[0] - 1)
        for pool in range(7):
            for j in range(table.shape[2]):
                w[j, row + pool, lane] = table[source, pool, j]


@kernel
def solve_by_blocks(
    parameters: Draws,
    columns: FloatArray,
    column: Counts,
    supply: PoolLayers,
    sink: float,
    grid: Layers,
    switches: Switches,
    lane_parameters: FloatArray,
    lane_columns: FloatArray,
    w: FloatArray,
    pools: PoolLayers,
) -> None:
    """Steady states of pairs of a parameter set and a column, of a given supply of every pool.

    Parameters
    ----------
    parameters
        (n, 26) physical values.
    columns
        (m, rows, layers) prepared columns.
    column
        (n,) index of the column of each parameter set.
    supply
        (n, 7, layers) gC m-2 d-1, of either sign, in place of carbon input.
    sink
        What every pool loses besides decomposition, d-1.
    grid
        (3, layers), m.
    switches
        Choices of the model.
    lane_parameters, lane_columns, w
        (26, LANES), (layers, rows, LANES) and a lane workspace, changed in place.
    pools
        (n, 7, layers) gC m-3, filled.
    """
    n, layers = parameters.shape[0], grid.shape[1]
    months = (columns.shape[1] - MONTHS) // MONTH_ROWS
    g = numbers(grid)
    for first in range(0, n, LANES):
        enter_sets(lane_parameters, parameters, first)
        enter_columns(lane_columns, columns, column, first)
        _enter_pools(w, SUPPLY, supply, first)
        p, c, b = block_of(lane_parameters), block_of(lane_columns), block_of(w)
        coefficients_of_block(p, c, g, layers, months, switches, b)
        solve_block(p, g, layers, sink, SUPPLY, b)
        leave_pools(w, pools, first)
