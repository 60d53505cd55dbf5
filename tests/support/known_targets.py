"""Targets whose posterior is known, and checks of draws that a correct sampler hardly ever fails.

Priors are uniform on the unit cube, or in the transformed space a standard normal, as for profiles;
the likelihoods are functions of theta. References come from closed forms or from a fine grid.
"""

import math
from typing import NamedTuple

import numpy as np
from scipy import stats

from proda.compiled import kernel
from proda.inference.convergence import diagnose
from proda.inference.targets import _enter, register
from proda.model.slots import PARAMETERS
from proda.model.structures import STUDY, get_structure

FLAT, GAUSSIAN, BANANA, NOWHERE, BROKEN = range(5)


class KnownTarget(NamedTuple):
    """Likelihood of theta (d,) by its kind; the fields up to ``switches`` are those of profiles."""

    lowest: np.ndarray
    span: np.ndarray
    slots: np.ndarray
    transformed: bool
    switches: tuple
    physical: np.ndarray
    kind: int
    centre: np.ndarray  # (d,) of the Gaussian
    precision: np.ndarray  # (d, d) of the Gaussian
    with_prior: bool  # False: a mutant that forgets the prior density
    power: float = 1.0  # of the likelihood

    def at_power(self, power):
        return self._replace(power=power)


def known_target(kind, d, transformed, centre=None, precision=None, with_prior=True):
    return KnownTarget(
        np.zeros(len(PARAMETERS)),
        np.ones(len(PARAMETERS)),
        np.arange(d),
        transformed,
        get_structure(STUDY).switches,
        np.zeros(len(PARAMETERS)),
        kind,
        np.zeros(d) if centre is None else np.array(centre, dtype=float),
        np.zeros((d, d)) if precision is None else np.ascontiguousarray(precision, dtype=float),
        with_prior,
    )


@kernel
def known_log_density(x, target):
    log_prior = _enter(x, target)
    if log_prior == -np.inf or target.kind == NOWHERE:
        return -np.inf
    if not target.with_prior:
        log_prior = 0.0
    theta = target.physical
    if target.kind == GAUSSIAN:
        cost = 0.0
        for i in range(x.shape[0]):
            for j in range(x.shape[0]):
                cost += (
                    0.5
                    * (theta[i] - target.centre[i])
                    * target.precision[i, j]
                    * (theta[j] - target.centre[j])
                )
        return log_prior - target.power * cost
    if target.kind == BANANA:
        return log_prior + target.power * _banana(theta[0], theta[1])
    if target.kind == BROKEN and theta[0] > 0.5:
        return np.nan if theta[1] > 0.5 else np.inf
    return log_prior


register(KnownTarget, known_log_density)


@kernel
def _banana(a, b):
    """A ridge along b = 0.2 + 2.4 (a - 0.5)^2, bent and cut by the sides of the square."""
    ridge = 0.2 + 2.4 * (a - 0.5) * (a - 0.5)
    return -0.5 * ((a - 0.55) / 0.25) ** 2 - 0.5 * ((b - ridge) / 0.05) ** 2


def on_grid(log_likelihood, n=1200):
    """Mean (2,), covariance (2, 2) and two marginal distribution functions on the unit square."""
    node = (np.arange(n) + 0.5) / n
    a, b = np.meshgrid(node, node, indexing="ij")
    density = np.exp(log_likelihood(a, b))
    density /= density.sum()
    mean = np.array([(density * a).sum(), (density * b).sum()])
    da, db = a - mean[0], b - mean[1]
    ab = (density * da * db).sum()
    covariance = np.array([[(density * da * da).sum(), ab], [ab, (density * db * db).sum()]])
    edges = np.linspace(0.0, 1.0, n + 1)
    marginals = [np.append(0.0, np.cumsum(density.sum(axis=axis))) for axis in (1, 0)]
    return mean, covariance, [lambda x, m=m: np.interp(x, edges, m) for m in marginals]


def gaussian_on_grid(centre, precision):
    def log_likelihood(a, b):
        offset = np.stack([a, b], axis=-1) - centre
        return -0.5 * np.einsum("...i,ij,...j", offset, precision, offset)

    return on_grid(log_likelihood)


def banana_on_grid():
    return on_grid(np.vectorize(_banana.py_func, otypes=[float]))


def worst_moment(draws, mean, covariance):
    """Largest error of a mean or covariance of draws (chains, n, d), in its standard errors.

    Covariances are means of products of offsets from the true mean; the standard errors are those
    of means of correlated draws (effective sample size).
    """
    offset = draws - mean
    i, j = np.triu_indices(draws.shape[-1])
    series = np.concatenate([offset, offset[..., i] * offset[..., j]], axis=-1)
    expected = np.append(np.zeros(len(mean)), covariance[i, j])
    error = series.mean(axis=(0, 1)) - expected
    return np.max(np.abs(error) / diagnose(series).mcse_mean)


def min_p_value(draws, distributions):
    """Smallest p-value of Kolmogorov-Smirnov tests of draws (chains, n, d) against marginals.

    Draws are thinned to twice the mean distance of independent ones.
    """
    d = draws.shape[-1]
    size = diagnose(draws)
    effective = np.minimum(size.ess_bulk, size.ess_tail).min()
    stride = math.ceil(2.0 * draws[..., 0].size / effective)
    thinned = draws[:, ::stride].reshape(-1, d)
    assert len(thinned) >= 200, "too few independent draws for a test that can fail"
    return d * min(stats.kstest(thinned[:, k], distributions[k]).pvalue for k in range(d))


# A correct sampler errs by as much in fewer than 1 of 10,000 runs: 5 standard errors (the error of
# the standard errors and some 20 moments included) and p-values of Bonferroni's size.
MAX_ERRORS = 5.0
MIN_P = 1e-4


def assert_same_distribution(draws, mean, covariance, distributions):
    worst = worst_moment(draws, mean, covariance)
    assert worst < MAX_ERRORS, f"a moment is {worst:.1f} standard errors off"
    p = min_p_value(draws, distributions)
    assert p > MIN_P, f"a marginal differs, p = {p:.1e}"
