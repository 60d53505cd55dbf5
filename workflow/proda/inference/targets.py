"""Log densities that the samplers explore: one profile, or all profiles in one batch.

A sampler knows ``log_density(x, target)`` and nothing of soil. A target is a named tuple; numba
picks the implementation for its type when it compiles the sampler.

The prior is uniform on the unit cube, cut to the sets whose input shares sum to less than 1. In the
original space x is theta itself. In the transformed space theta = Phi(x), with Phi the normal
distribution function; the prior of x is then a standard normal, cut in the same way, and the
posterior of theta is exactly the same. Points without prior mass have log density -inf: a sampler
rejects them, and no draw or correction is needed to keep the stated posterior exact.
"""

from typing import NamedTuple

import numpy as np
from numba import types
from numba.extending import overload

from proda.compiled import inlined, kernel
from proda.errors import InputError
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

__all__ = ["BatchTarget", "SiteTarget", "batch_target", "log_density", "site_target", "to_theta"]


def log_density(x, target):
    """Log of the unnormalised posterior density at x; compiled code only, by type of target."""
    raise TypeError("log_density is called from compiled code")


def register(kind, implementation):
    """Let ``log_density(x, target)`` call ``implementation`` for targets of type ``kind``."""

    @overload(log_density, jit_options={"error_model": "numpy"})
    def choose(x, target):
        if isinstance(target, types.BaseNamedTuple) and target.instance_class is kind:
            return lambda x, target: implementation(x, target)
        return None


class SiteTarget(NamedTuple):
    """Posterior of one profile."""

    lowest: np.ndarray  # (26,) least physical values
    span: np.ndarray  # (26,) width of the prior
    slots: np.ndarray  # (d,) where the parameters stand among the 26
    transformed: bool
    column: np.ndarray  # prepared column
    grid: np.ndarray
    switches: tuple
    operator: np.ndarray  # (layers, horizons)
    value: np.ndarray  # (horizons,) gC m-3
    precision: np.ndarray  # (horizons,) w / (2 sigma^2)
    misfit: np.ndarray  # (horizons,) scratch
    physical: np.ndarray  # (26,) scratch
    workspace: np.ndarray  # scratch

    def at_power(self, power):
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

    lowest: np.ndarray
    span: np.ndarray
    slots: np.ndarray
    transformed: bool
    columns: np.ndarray  # (cells, rows, layers); input from NPP is that of an NPP of 1
    grid: np.ndarray
    switches: tuple
    quadratic: np.ndarray  # (cells, 3, layers, layers)
    linear: np.ndarray  # (cells, 2, layers)
    constant: float
    physical: np.ndarray  # (26,) scratch
    workspace: np.ndarray  # scratch

    def at_power(self, power):
        """The same with the likelihood raised to a power."""
        return self._replace(
            quadratic=self.quadratic * power,
            linear=self.linear * power,
            constant=self.constant * power,
        )


def site_target(model, column, observations, transformed=True):
    """SiteTarget of a prepared column (model.columns) and the Observations of a profile."""
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


def batch_target(model, columns, observations, transformed=True):
    """BatchTarget of the profiles' prepared columns (n, rows, layers) and their Observations.

    Profiles whose columns agree but for NPP share a cell. Raises InputError where columns and
    observations differ in number.
    """
    if len(columns) != len(observations):
        raise InputError("observations", f"{len(columns)}, one per column", str(len(observations)))
    columns = np.array(columns)
    if model.switches.input_from_npp:
        least = columns[:, ENTRIES, NPP_MIN].copy()
        spread = columns[:, ENTRIES, NPP_MAX] - least
        columns[:, ENTRIES, [NPP_MIN, NPP_MAX]] = 1.0
    else:
        least, spread = np.ones(len(columns)), np.zeros(len(columns))
    cells, cell_of = np.unique(columns, axis=0, return_inverse=True)
    n, layers = len(cells), columns.shape[-1]
    quadratic, linear, constant = np.zeros((n, 3, layers, layers)), np.zeros((n, 2, layers)), 0.0
    for cell, a, b, seen in zip(cell_of.ravel(), least, spread, observations, strict=True):
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
def _enter(x, target):
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
def _soc(workspace, j):
    return workspace[CARBON + 4, j] + workspace[CARBON + 5, j] + workspace[CARBON + 6, j]


@kernel
def site_log_density(x, target):
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
def batch_log_density(x, target):
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


def to_theta(x, transformed):
    """Draws x (...) of a sampler as normalised parameters theta in [0, 1] (...)."""
    if not transformed:
        return x
    theta = np.empty(x.shape)  # in C order, whatever the order of x: reshape must not copy it
    normal_to_theta(x.reshape(-1), theta.reshape(-1))
    return theta
