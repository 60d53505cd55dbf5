"""Derivatives of functionals of the steady state, a block of columns at once.

The adjoint of M x = b (Errico 1997): one solve of the transposed system gives the derivatives of a
functional with respect to all parameters. After ``steady_state_lanes``

    adjoint_terms_lanes     once per steady state: what does not depend on the functional
    adjoint_lanes           once per functional; a Jacobian of h horizons is h calls

No matrix is built and nothing is factorised again. The mathematics stands in ``adjoint_system``
(transposed system), ``adjoint_parameters`` and ``adjoint_turnover`` (derivatives with respect to
coefficients and parameters), ``adjoint_terms`` (responses of scalars and input) and
``adjoint_fluxes`` (what the pools of a steady state lose and pass between layers).
"""

from proda.arrays import FloatArray, Layers, Parameters
from proda.compiled import kernel
from proda.model.lanes.adjoint_fluxes import fluxes_and_differences
from proda.model.lanes.adjoint_parameters import chain_to_parameters
from proda.model.lanes.adjoint_system import solve_transposed
from proda.model.lanes.adjoint_terms import input_terms, scalar_responses
from proda.model.lanes.vector import block_of, numbers
from proda.model.layout import MONTH_ROWS, MONTHS
from proda.model.switches import Switches

__all__ = ["adjoint_lanes", "adjoint_terms_lanes"]


@kernel
def adjoint_terms_lanes(
    parameters: Parameters,
    columns: FloatArray,
    grid: Layers,
    switches: Switches,
    w: Layers,
) -> None:
    """What derivatives of all functionals share, in the workspace of a steady state.

    Parameters
    ----------
    parameters
        (26, LANES) physical values.
    columns
        (layers, rows, LANES) prepared columns.
    grid
        (3, layers), m, as ``proda.model.columns.grid_rows``.
    switches
        Choices of the model.
    w
        (layers, rows, LANES) workspace after ``steady_state_lanes``, changed in place.
    """
    n, months = grid.shape[1], (columns.shape[1] - MONTHS) // MONTH_ROWS
    p, c, b, g = block_of(parameters), block_of(columns), block_of(w), numbers(grid)
    scalar_responses(p, c, n, months, switches, b)
    input_terms(p, c, g, n, switches, b)
    fluxes_and_differences(p, g, n, b)


@kernel
def adjoint_lanes(
    parameters: Parameters,
    columns: FloatArray,
    grid: Layers,
    switches: Switches,
    w: Layers,
    seed: Layers,
    gradient: Parameters,
) -> None:
    """Derivatives of a functional of the pools, a functional of its own in every lane.

    Parameters
    ----------
    parameters
        (26, LANES) physical values.
    columns
        (layers, rows, LANES) prepared columns.
    grid
        (3, layers), m, as ``proda.model.columns.grid_rows``.
    switches
        Choices of the model.
    w
        (layers, rows, LANES) workspace after ``adjoint_terms_lanes``; its rows LANE_ADJOINT are
        filled.
    seed
        (layers, 7, LANES) derivatives of the functional with respect to the pools, per gC m-3.
    gradient
        (26, LANES) filled with its derivatives with respect to the physical values.
    """
    n, months = grid.shape[1], (columns.shape[1] - MONTHS) // MONTH_ROWS
    p, c, b, s = block_of(parameters), block_of(columns), block_of(w), block_of(seed)
    g = numbers(grid)
    solve_transposed(p, g, n, b, s)
    chain_to_parameters(p, c, g, n, months, switches, b, s, block_of(gradient))
