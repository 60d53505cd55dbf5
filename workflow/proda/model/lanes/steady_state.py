"""Steady states of a block of columns at once."""

from proda.arrays import FloatArray, Layers
from proda.compiled import kernel
from proda.model.lanes.chain import solve_block
from proda.model.lanes.coefficients import coefficients_of_block
from proda.model.lanes.vector import block_of, numbers
from proda.model.layout import MONTH_ROWS, MONTHS, SOURCE
from proda.model.switches import Switches

__all__ = ["steady_state_lanes"]


@kernel
def steady_state_lanes(
    parameters: FloatArray, columns: FloatArray, grid: Layers, switches: Switches, w: FloatArray
) -> None:
    """Steady states of LANES lanes, in the rows CARBON of the workspace, gC m-3.

    Parameters
    ----------
    parameters
        (26, LANES) physical vectors.
    columns
        (layers, rows, LANES) prepared columns.
    grid
        (3, layers), m, as ``proda.model.columns.grid_rows``.
    switches
        Choices of the model.
    w
        (layers, rows, LANES) of ``new_lane_workspace``, changed in place.
    """
    n = grid.shape[1]
    months = (columns.shape[1] - MONTHS) // MONTH_ROWS
    p, c, b, g = block_of(parameters), block_of(columns), block_of(w), numbers(grid)
    coefficients_of_block(p, c, g, n, months, switches, b)
    solve_block(p, g, n, 0.0, SOURCE, b)
