"""Derivatives of functionals of the steady state, many columns at once.

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
from proda.model.lanes.layout import LANES
from proda.model.lanes.vector import block, numbers
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
        (26, n) physical values, n a multiple of LANES.
    columns
        (rows, layers, n) prepared columns.
    grid
        (3, layers), m, as ``proda.model.columns.grid_rows``.
    switches
        Choices of the model.
    w
        (rows, layers, n) workspace after ``steady_state_lanes``, changed in place.
    """
    n = grid.shape[1]
    months = (columns.shape[0] - MONTHS) // MONTH_ROWS
    g = numbers(grid)
    for i in range(0, parameters.shape[1], LANES):
        p, c, b = block(parameters, i), block(columns, i), block(w, i)
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
        (26, n) physical values, n a multiple of LANES.
    columns
        (rows, layers, n) prepared columns.
    grid
        (3, layers), m, as ``proda.model.columns.grid_rows``.
    switches
        Choices of the model.
    w
        (rows, layers, n) workspace after ``adjoint_terms_lanes``; its rows LANE_ADJOINT are filled.
    seed
        (7, layers, n) derivatives of the functional with respect to the pools, per gC m-3.
    gradient
        (26, n) filled with its derivatives with respect to the physical values.
    """
    n = grid.shape[1]
    g = numbers(grid)
    for i in range(0, parameters.shape[1], LANES):
        p, c, b, s = block(parameters, i), block(columns, i), block(w, i), block(seed, i)
        solve_transposed(p, g, n, b, s)
        chain_to_parameters(p, c, g, n, switches, b, s, block(gradient, i))
