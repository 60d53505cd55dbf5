"""Log densities that the samplers explore: one profile, or all profiles in one batch.

A sampler calls ``log_density(x, target)``. A target is a named tuple; numba picks the
implementation for its type when it compiles the sampler.

The prior is uniform on the unit cube, cut to sets whose input fractions sum to below 1. In the
original space x is theta itself. In the transformed space theta = Phi(x), with Phi the normal
distribution function; the prior of x is then a standard normal, cut in the same way, and the
posterior of theta is exactly the same. Points without prior mass have log density -inf: a sampler
rejects them, which keeps the posterior exact without further correction.
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple, Self, cast

import numpy as np
from numba.extending import intrinsic

from proda.arrays import Counts, FloatArray, Theta
from proda.compiled import inlined, kernel
from proda.errors import InputError
from proda.inference.observations import Observations
from proda.inference.sampler import by_type_of_target
from proda.model import SoilModel
from proda.model.layout import (
    CARBON,
    ENTRIES,
    NPP_MAX,
    NPP_MIN,
    THICKNESS,
    new_workspace,
)
from proda.model.prior import enter, normal_to_theta
from proda.model.slots import INPUT_POSITION, PARAMETERS
from proda.model.steady_state import coefficients, solve
from proda.model.switches import Switches

__all__ = [
    "BatchTarget",
    "SiteTarget",
    "batch_target",
    "evaluate",
    "forcing_cells",
    "log_density",
    "site_target",
    "to_theta",
]


_DENSITIES: dict[type, Callable[[FloatArray, Any], float]] = {}


def _call_density(context: Any, x: Any, target: Any) -> Any:
    """Log of the unnormalised posterior density at x; compiled code only, by type of target."""
    return by_type_of_target(_DENSITIES, context, (x, target))


log_density = cast(Callable[[FloatArray, Any], float], intrinsic(_call_density))


def register(kind: type, implementation: Callable[[FloatArray, Any], float]) -> None:
    """Let ``log_density(x, target)`` call ``implementation``, a kernel, for targets of ``kind``."""
    _DENSITIES[kind] = implementation


def evaluate(x: FloatArray, target: Any) -> float:
    """``log_density``, called from Python."""
    return _DENSITIES[type(target)](x, target)


class SiteTarget(NamedTuple):
    """Posterior of one profile."""

    lowest: FloatArray  # (26,) minimum physical values
    span: FloatArray  # (26,) width of the prior
    slots: Counts  # (d,) positions of the parameters among the 26
    transformed: bool
    column: FloatArray  # prepared column
    grid: FloatArray
    switches: Switches
    operator: FloatArray  # (layers, horizons)
    value: FloatArray  # (horizons,) gC m-3
    precision: FloatArray  # (horizons,) w / (2 sigma^2)
    misfit: FloatArray  # (horizons,) scratch
    physical: FloatArray  # (26,) scratch
    workspace: FloatArray  # scratch

    def at_power(self, power: float) -> Self:
        """The same with the likelihood raised to a power."""
        return self._replace(precision=self.precision * power)


class BatchTarget(NamedTuple):
    """Posterior of one parameter set for all profiles at once.

    SOC is linear in the carbon input, and the observations are linear in SOC. With x the SOC per
    unit input in a forcing cell and u_i = a_i + p b_i the input at profile i (p the position of NPP
    in its range, a parameter), the cost of all its profiles is

        x' (Q0 + p Q1 + p^2 Q2) x - 2 (f0 + p f1)' x + constant

    whose coefficients are summed once: a step costs one solve per distinct cell. Where the input is
    the litter input of the land model, which belongs to the cell, a = 1 and b = 0.
    """

    lowest: FloatArray
    span: FloatArray
    slots: Counts
    transformed: bool
    columns: FloatArray  # (cells, rows, layers); input from NPP is that of an NPP of 1
    grid: FloatArray
    switches: Switches
    quadratic: FloatArray  # (cells, 3, layers, layers)
    linear: FloatArray  # (cells, 2, layers)
    constant: float
    physical: FloatArray  # (26,) scratch
    workspace: FloatArray  # scratch

    def at_power(self, power: float) -> Self:
        """The same with the likelihood raised to a power."""
        return self._replace(
            quadratic=self.quadratic * power,
            linear=self.linear * power,
            constant=self.constant * power,
        )


def site_target(
    model: SoilModel, column: FloatArray, observations: Observations, transformed: bool = True
) -> SiteTarget:
    """Log posterior density of one profile.

    Parameters
    ----------
    model
        The soil carbon model.
    column
        Forcing of the profile, prepared by ``model.columns``, (rows, layers).
    observations
        Its observed SOC, with operator, standard deviations and weights.
    transformed
        Whether points are x = Phi^-1(theta), or theta itself.
    """
    return SiteTarget(
        *model.prior.vector_bounds,
        model.prior.slots,
        bool(transformed),
        np.ascontiguousarray(column),
        model.grid_rows,
        model.switches,
        np.ascontiguousarray(observations.operator.T),
        observations.value,
        observations.precision,
        np.zeros_like(observations.value),
        np.zeros(len(PARAMETERS)),
        new_workspace(model.grid.n_layers),
    )


def forcing_cells(
    model: SoilModel, columns: FloatArray, observations: Sequence[Observations]
) -> tuple[FloatArray, Counts, FloatArray, FloatArray]:
    """Distinct forcing of profiles, for a unit carbon input, and the input of each profile.

    Parameters
    ----------
    model
        The soil carbon model.
    columns
        (n, rows, layers) prepared columns; those that agree but for NPP share a cell.
    observations
        Of the n profiles.

    Returns
    -------
    cells
        (cells, rows, layers); input from NPP is that of an NPP of 1.
    cell_of
        (n,) cell of each profile.
    low, spread
        (n,) minimum of its carbon input and range; 1 and 0 where the input belongs to the cell.

    Raises
    ------
    InputError
        Where columns and observations differ in number.
    """
    if len(columns) != len(observations):
        raise InputError("observations", f"{len(columns)}, one per column", str(len(observations)))
    from_npp = model.switches.input_from_npp
    low, spread = np.ones(len(columns)), np.zeros(len(columns))
    if from_npp:
        low = columns[:, ENTRIES, NPP_MIN].copy()
        spread = columns[:, ENTRIES, NPP_MAX] - low
    first, cell_of = _first_profiles(columns, from_npp)
    cells = columns[first]
    if from_npp:
        cells[:, ENTRIES, [NPP_MIN, NPP_MAX]] = 1.0
    cells, place = np.unique(cells, axis=0, return_inverse=True)
    cell_of = place.ravel()[cell_of]
    return cells, cell_of, low, spread


def _first_profiles(columns: FloatArray, from_npp: bool) -> tuple[Counts, Counts]:
    """First profile of each distinct forcing, and the place of that of every profile among them.

    Digests are compared, because sorting all columns would take their memory three times more.
    """
    known: dict[bytes, int] = {}
    first: list[int] = []
    place = np.empty(len(columns), dtype=np.int64)
    for i, column in enumerate(columns):
        if from_npp:
            column = column.copy()
            column[ENTRIES, [NPP_MIN, NPP_MAX]] = 1.0
        digest = blake2b(column.tobytes(), digest_size=32).digest()
        place[i] = known.setdefault(digest, len(known))
        if place[i] == len(first):
            first.append(i)
    return np.array(first, dtype=np.int64), place


def batch_target(
    model: SoilModel,
    columns: FloatArray,
    observations: Sequence[Observations],
    transformed: bool = True,
) -> BatchTarget:
    """BatchTarget of several profiles.

    Parameters
    ----------
    model
        The soil carbon model.
    columns
        (n, rows, layers) prepared columns; those that agree but for NPP share a cell.
    observations
        Of the n profiles.
    transformed
        Whether points are Phi^-1(theta).

    Raises
    ------
    InputError
        Where columns and observations differ in number.
    """
    cells, cell_of, low, spread = forcing_cells(model, columns, observations)
    n, layers = len(cells), columns.shape[-1]
    quadratic, linear, constant = np.zeros((n, 3, layers, layers)), np.zeros((n, 2, layers)), 0.0
    for cell, a, b, seen in zip(cell_of, low, spread, observations, strict=True):
        weighted = seen.operator * seen.precision[:, None]
        gram = seen.operator.T @ weighted
        quadratic[cell] += np.array([a * a, 2.0 * a * b, b * b])[:, None, None] * gram
        linear[cell] += np.array([a, b])[:, None] * (weighted.T @ seen.value)
        constant += float(seen.precision @ seen.value**2)
    return BatchTarget(
        *model.prior.vector_bounds,
        model.prior.slots,
        bool(transformed),
        np.ascontiguousarray(cells),
        model.grid_rows,
        model.switches,
        quadratic,
        linear,
        constant,
        np.zeros(len(PARAMETERS)),
        new_workspace(layers),
    )


@inlined
def _enter(x: FloatArray, target: SiteTarget | BatchTarget) -> float:
    """Fill ``target.physical``; return the log prior density of x, -inf where there is none."""
    return enter(
        x,
        target.transformed,
        target.lowest,
        target.span,
        target.slots,
        target.switches.input_from_npp,
        target.physical,
    )


@inlined
def _soc(workspace: FloatArray, j: int) -> float:
    """SOC of layer ``j``, the sum of its three soil pools."""
    return workspace[CARBON + 4, j] + workspace[CARBON + 5, j] + workspace[CARBON + 6, j]


@kernel
def site_log_density(x: FloatArray, target: SiteTarget) -> float:
    """Log posterior density of one profile."""
    log_prior = _enter(x, target)
    if log_prior == -np.inf:
        return log_prior
    w = target.workspace
    coefficients(target.physical, target.column, target.grid, target.switches, w)
    solve(target.physical, target.grid[THICKNESS], w)
    n_layers = w.shape[1]
    soc = w[CARBON]  # the row of woody debris, free after the solve
    for j in range(n_layers):
        soc[j] = _soc(w, j)
    misfit = target.misfit
    for k in range(misfit.shape[0]):
        misfit[k] = -target.value[k]
    for j in range(n_layers):
        row = target.operator[j]
        for k in range(misfit.shape[0]):
            misfit[k] += row[k] * soc[j]
    cost = 0.0
    for k in range(misfit.shape[0]):
        cost += target.precision[k] * misfit[k] * misfit[k]
    return log_prior - cost if abs(cost) < np.inf else -np.inf


@kernel
def batch_log_density(x: FloatArray, target: BatchTarget) -> float:
    """Log posterior density of all profiles at once."""
    log_prior = _enter(x, target)
    if log_prior == -np.inf:
        return log_prior
    w = target.workspace
    position = target.physical[INPUT_POSITION]
    n_layers = w.shape[1]
    soc = w[CARBON]
    cost = target.constant
    for cell in range(target.columns.shape[0]):
        coefficients(target.physical, target.columns[cell], target.grid, target.switches, w)
        solve(target.physical, target.grid[THICKNESS], w)
        for j in range(n_layers):
            soc[j] = _soc(w, j)
        quadratic, linear = target.quadratic[cell], target.linear[cell]
        for i in range(n_layers):
            row = 0.0
            for j in range(n_layers):
                row += soc[j] * (
                    quadratic[0, i, j]
                    + position * (quadratic[1, i, j] + position * quadratic[2, i, j])
                )
            cost += soc[i] * (row - 2.0 * (linear[0, i] + position * linear[1, i]))
    return log_prior - cost if abs(cost) < np.inf else -np.inf


register(SiteTarget, site_log_density)
register(BatchTarget, batch_log_density)


def to_theta(x: FloatArray, transformed: bool) -> Theta:
    """Draws of a sampler as normalised parameters.

    Parameters
    ----------
    x
        (..., parameters) in the space of the sampler.
    transformed
        Whether that is the transformed space; else x is theta itself.
    """
    if not transformed:
        return x
    theta = np.empty(x.shape)  # in C order, whatever the order of x: reshape must not copy it
    normal_to_theta(x.reshape(-1), theta.reshape(-1))
    return theta
