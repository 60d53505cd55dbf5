"""Tables in lanes and back, and steady states of a table of parameter sets, by blocks.

Lanes of a block are filled in the order of the table; a last block that is not full repeats its
last row. Which rows share a block does not change the bits of any.
"""

from proda.arrays import Counts, Draws, FloatArray, Layers, PoolLayers
from proda.compiled import kernel
from proda.model.lanes.layout import LANES
from proda.model.lanes.steady_state import steady_state_lanes
from proda.model.layout import CARBON
from proda.model.switches import Switches

__all__ = ["enter_columns", "enter_sets", "leave_pools", "steady_states_by_blocks"]


@kernel
def steady_states_by_blocks(
    parameters: Draws,
    columns: FloatArray,
    column: Counts,
    grid: Layers,
    switches: Switches,
    lane_parameters: FloatArray,
    lane_columns: FloatArray,
    w: FloatArray,
    pools: PoolLayers,
) -> None:
    """Steady states of pairs of a parameter set and a column.

    Parameters
    ----------
    parameters
        (n, 26) physical values.
    columns
        (m, rows, layers) prepared columns.
    column
        (n,) index of the column of each parameter set.
    grid
        (3, layers), m.
    switches
        Choices of the model.
    lane_parameters, lane_columns, w
        (26, LANES), (layers, rows, LANES) and a lane workspace, changed in place.
    pools
        (n, 7, layers) gC m-3, filled.
    """
    n = parameters.shape[0]
    for first in range(0, n, LANES):
        enter_sets(lane_parameters, parameters, first)
        if first == 0 or _differs(column, first, n):
            enter_columns(lane_columns, columns, column, first)
        steady_state_lanes(lane_parameters, lane_columns, grid, switches, w)
        leave_pools(w, pools, first)


@kernel
def enter_sets(lane_parameters: FloatArray, parameters: Draws, first: int) -> None:
    """Enter the parameter sets (n, 26) of the block that begins at row ``first``."""
    for lane in range(LANES):
        row = min(first + lane, parameters.shape[0] - 1)
        for slot in range(parameters.shape[1]):
            lane_parameters[slot, lane] = parameters[row, slot]


@kernel
def enter_columns(
    lane_columns: FloatArray, columns: FloatArray, column: Counts, first: int
) -> None:
    """Enter the columns (m, rows, layers) of a block, whose indices are ``column`` (n,)."""
    for row in range(columns.shape[1]):
        for j in range(columns.shape[2]):
            for lane in range(LANES):
                source = column[min(first + lane, column.shape[0] - 1)]
                lane_columns[j, row, lane] = columns[source, row, j]


@kernel
def leave_pools(w: FloatArray, pools: PoolLayers, first: int) -> None:
    """Copy the pools of a block from the workspace to the table (n, 7, layers)."""
    for lane in range(min(LANES, pools.shape[0] - first)):
        for pool in range(7):
            for j in range(pools.shape[2]):
                pools[first + lane, pool, j] = w[j, CARBON + pool, lane]


@kernel
def _differs(column: Counts, first: int, n: int) -> bool:
    """Whether the columns of a block are not those of the block before."""
    for lane in range(LANES):
        if column[min(first + lane, n - 1)] != column[first - LANES + lane]:
            return True
    return False
