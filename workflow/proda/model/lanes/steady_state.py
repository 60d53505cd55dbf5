"""Steady states of many columns at once."""

from proda.arrays import FloatArray, Layers
from proda.compiled import kernel
from proda.model.lanes.chain import solve_block
from proda.model.lanes.coefficients import coefficients_of_block
from proda.model.lanes.layout import LANES
from proda.model.lanes.vector import block, numbers
from proda.model.layout import MONTH_ROWS, MONTHS, SOURCE
from proda.model.switches import Switches

__all__ = ["steady_state_lanes"]


@kernel
def steady_state_lanes(
    parameters: FloatArray, columns: FloatArray, grid: Layers, switches: Switches, w: FloatArray
) -> None:
    """Steady states of n lanes, in the rows CARBON of the workspace, gC m-3.

    Parameters
    ----------
    parameters
        (26, n) physical vectors, n a multiple of LANES.
    columns
        (rows, layers, n) prepared columns.
    grid
        (3, layers), m, as ``proda.model.columns.grid_rows``.
    switches
        Choices of the model.
    w
        (rows, layers, n) of ``new_lane_workspace``, changed in place.
    """
    n = grid.shape[1]
    months = (columns.shape[0] - MONTHS) // MONTH_ROWS
    g = numbers(grid)
    for i in range(0, parameters.shape[1], LANES):
        p, c, b = block(parameters, i), block(columns, i), block(w, i)
        coefficients_of_block(p, c, g, n, months, switches, b)
        solve_block(p, g, n, 0.0, SOURCE, b)
