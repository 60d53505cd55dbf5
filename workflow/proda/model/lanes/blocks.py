"""Steady states of a table of parameter sets, each in a column of its own or shared, by blocks.

Lanes of a block are filled in the order of the table; a last block that is not full repeats its
last row. Which rows share a block does not change the bits of any.
"""

from proda.arrays import Counts, Draws, FloatArray, Layers, PoolLayers
from proda.compiled import kernel
from proda.model.lanes.layout import LANES
from proda.model.lanes.steady_state import steady_state_lanes
from proda.model.layout import CARBON
from proda.model.switches import Switches

__all__ = ["steady_states_by_blocks"]


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
        (26, LANES), (rows, layers, LANES) and a lane workspace, changed in place.
    pools
        (n, 7, layers) gC m-3, filled.
    """
    n = parameters.shape[0]
    for first in range(0, n, LANES):
        for lane in range(LANES):
            row = min(first + lane, n - 1)
            for slot in range(parameters.shape[1]):
                lane_parameters[slot, lane] = parameters[row, slot]
        if first == 0 or _differs(column, first, n):
            _fill(lane_columns, columns, column, first, n)
        steady_state_lanes(lane_parameters, lane_columns, grid, switches, w)
        for lane in range(min(LANES, n - first)):
            for pool in range(7):
                for j in range(grid.shape[1]):
                    pools[first + lane, pool, j] = w[CARBON + pool, j, lane]


@kernel
def _differs(column: Counts, first: int, n: int) -> bool:
    """Whether the columns of a block are not those of the block before."""
    for lane in range(LANES):
        if column[min(first + lane, n - 1)] != column[first - LANES + lane]:
            return True
    return False


@kernel
def _fill(
    lane_columns: FloatArray, columns: FloatArray, column: Counts, first: int, n: int
) -> None:
    for row in range(columns.shape[1]):
        for j in range(columns.shape[2]):
            for lane in range(LANES):
                source = column[min(first + lane, n - 1)]
                lane_columns[row, j, lane] = columns[source, row, j]
