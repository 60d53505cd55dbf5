"""Modes of a log density that is too sharp for chains to find, by optimisation from the prior.

From each of several points drawn from the prior, quasi-Newton steps (BFGS; Nocedal and Wright 2006,
chapter 6) lead to a mode. The covariance C about it is the inverse of the Hessian, from differences
of the gradient; where this is not positive definite, C is what the steps have left. A mode has the
evidence of its normal approximation (Laplace's method),

    log p(m) + 1/2 log det C,

up to a constant. Modes with less than RELEVANT of the largest evidence are traps of the search, in
which chains would stay; the chains start about the others in turn, at points drawn SPREAD times as
far from them as the approximation has it, so that they begin wider than the posterior is. The idea
is that of Zhang et al. (2022, Pathfinder, https://jmlr.org/papers/v23/21-0889.html). It decides
where chains start, not what they sample.
"""

import math
import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import OptimizeWarning, minimize

from proda.arrays import FloatArray
from proda.inference.sampler import LaneTarget, fill_value_and_gradient

__all__ = ["SPREAD", "Mode", "relevant_modes", "search_modes"]

SPREAD, RELEVANT = 2.0, 0.01
SAME = 3.0  # standard deviations between points of one mode
# Searches go on until the gradient is that small, and start anew at what they found until that
# gains less than GAIN.
GRADIENT, GAIN, RESTARTS, MAX_STEPS = 0.1, 0.1, 5, 1_000
# Steps of the differences in standard deviations, and the smallest variance.
DIFFERENCE, SMALLEST = 0.01, 1e-12

Misfit = Callable[[FloatArray], tuple[float, FloatArray]]
"""Minus the log density, and its gradient."""


class Mode(NamedTuple):
    """A mode, and the normal approximation of the density about it.

    Attributes
    ----------
    point
        (d,)
    log_density
        At the point.
    factor
        (d, d) lower Cholesky factor of the covariance.
    """

    point: FloatArray
    log_density: float
    factor: FloatArray

    @property
    def evidence(self) -> float:
        """Logarithm of the integral of the approximation, less d/2 log(2 pi)."""
        return self.log_density + float(np.log(np.diag(self.factor)).sum())


def search_modes(target: LaneTarget, starts: FloatArray) -> list[Mode]:
    """Modes that are found from some points.

    Parameters
    ----------
    target
        Log density of one lane.
    starts
        (searches, d) points; those without a density are left out.

    Returns
    -------
    list of Mode
        One for each start, those with the largest evidence first.
    """
    value, gradient = np.empty(1), np.empty((starts.shape[1], 1))

    def misfit(x: FloatArray) -> tuple[float, FloatArray]:
        fill_value_and_gradient(np.ascontiguousarray(x[:, None]), target, value, gradient)
        if not np.isfinite(value[0]):
            return np.inf, np.zeros(len(x))
        return -float(value[0]), -gradient[:, 0]

    modes = []
    # Steps beyond the prior's support have no density, which the line search copes with.
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", OptimizeWarning)
        for start in starts:
            point, lowest = start, misfit(start)[0]
            covariance = np.eye(len(start))
            if not np.isfinite(lowest):
                continue
            for _ in range(RESTARTS):
                options = {"gtol": GRADIENT, "maxiter": MAX_STEPS}
                found = minimize(misfit, point, jac=True, method="BFGS", options=options)
                gain = lowest - float(found.fun)
                if not gain > 0.0:
                    break
                point, lowest, covariance = found.x, float(found.fun), found.hess_inv
                if gain < GAIN:
                    break
            modes.append(Mode(point, -lowest, _factor(misfit, point, covariance)))
    return sorted(modes, key=lambda mode: -mode.evidence)


def relevant_modes(modes: list[Mode]) -> list[Mode]:
    """Distinct modes with at least RELEVANT of the largest evidence.

    Parameters
    ----------
    modes
        Of ``search_modes``.
    """
    kept: list[Mode] = []
    for mode in modes:
        if mode.evidence < modes[0].evidence + math.log(RELEVANT):
            break
        away = (solve_triangular(one.factor, mode.point - one.point, lower=True) for one in kept)
        if all(np.linalg.norm(one) > SAME for one in away):
            kept.append(mode)
    return kept


def _factor(misfit: Misfit, point: FloatArray, covariance: FloatArray) -> FloatArray:
    """Lower Cholesky factor of the covariance about a mode."""
    steps = DIFFERENCE * np.sqrt(np.maximum(np.diag(covariance), SMALLEST))
    hessian = np.empty(covariance.shape)
    for k, step in enumerate(steps):
        above, below = point.copy(), point.copy()
        above[k] += step
        below[k] -= step
        hessian[k] = (misfit(above)[1] - misfit(below)[1]) / (2.0 * step)
    symmetric = 0.5 * (hessian + hessian.T)
    if np.linalg.eigvalsh(symmetric)[0] > 0.0:
        covariance = np.asarray(np.linalg.inv(symmetric), dtype=np.float64)
    try:
        return np.asarray(np.linalg.cholesky(0.5 * (covariance + covariance.T)), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.diag(np.sqrt(np.maximum(np.diag(covariance), SMALLEST)))
