"""Posteriors in lanes that are known in closed form or from a grid, and mutants of them."""

from typing import NamedTuple

import numpy as np

from proda.compiled import kernel
from proda.inference.sampler import register_gradient

OPERATOR = np.array([[1.0, 0.5, -0.2], [0.3, -1.0, 0.8]])
VALUE = np.array([0.4, -0.7])


# A gradient of the wrong sign, a bound without its normal, half of the prior, no bound.
MUTANTS = ("", "gradient", "normal", "density", "bound")
BOX_VALUE, BOX_SIGMA, BOX_BOUND = 0.8, 0.5, 1.0
MODE_SIGMA, TILT = 0.2, 0.5
LINE, BOX, MODES = range(3)


class KnownLanes(NamedTuple):
    """A posterior of one of three kinds, in one type, for which the samplers are compiled once.

    LINE: two observations that are linear in three parameters, of each lane; BOX: one observation
    of the first of two parameters, whose sum the prior bounds by 1; MODES: a square of the first of
    two parameters is observed: two modes, the upper one heavier.
    """

    kind: int
    mutant: int  # of BOX
    operator: np.ndarray  # (h, d), the observations of LINE
    value: np.ndarray  # (h, n)
    precision: np.ndarray  # (n,)

    def take(self, lanes):
        value = np.ascontiguousarray(self.value[:, lanes])  # of the type of the whole
        return self._replace(value=value, precision=self.precision[lanes])


@kernel
def known_gradient(x, target, value, gradient):
    if target.kind == LINE:
        _line(x, target, value, gradient)
    elif target.kind == BOX:
        _box(x, target, value, gradient)
    else:
        _modes(x, value, gradient)


@kernel
def _line(x, target, value, gradient):
    d, n = x.shape
    value[:] = 0.0
    for k in range(d):
        for i in range(n):
            value[i] -= 0.5 * x[k, i] * x[k, i]
            gradient[k, i] = -x[k, i]
    for h in range(target.operator.shape[0]):
        for i in range(n):
            misfit = -target.value[h, i]
            for k in range(d):
                misfit += target.operator[h, k] * x[k, i]
            value[i] -= target.precision[i] * misfit * misfit
            for k in range(d):
                gradient[k, i] -= 2.0 * target.precision[i] * misfit * target.operator[h, k]


@kernel
def _box(x, target, value, gradient):
    for i in range(x.shape[1]):
        a, b = x[0, i], x[1, i]
        if a + b >= BOX_BOUND and target.mutant != 4:
            value[i] = -np.inf
            gradient[0, i] = gradient[1, i] = 0.0 if target.mutant == 2 else 3.0
            continue
        misfit = (a - BOX_VALUE) / BOX_SIGMA
        prior = 0.5 if target.mutant == 3 else 1.0
        value[i] = -0.5 * (misfit * misfit + prior * (a * a + b * b))
        gradient[0, i] = -prior * a - misfit / BOX_SIGMA
        gradient[1, i] = -prior * b
        if target.mutant == 1:
            gradient[0, i] *= -1.0


@kernel
def _modes(x, value, gradient):
    for i in range(x.shape[1]):
        a, b = x[0, i], x[1, i]
        misfit = (a * a - 2.25) / MODE_SIGMA
        value[i] = TILT * a - 0.5 * (misfit * misfit + a * a + b * b)
        gradient[0, i] = TILT - a - 2.0 * a * misfit / MODE_SIGMA
        gradient[1, i] = -b


register_gradient(KnownLanes, known_gradient)


def lane_line(chains, sigma, values=(VALUE,)):
    sigma = np.repeat(np.broadcast_to(np.asarray(sigma, dtype=float), len(values)), chains)
    value = np.repeat(np.array(values, dtype=float).T, chains, axis=1)
    return KnownLanes(LINE, 0, OPERATOR, value, 0.5 / sigma**2)


def line_covariance(sigma):
    return np.linalg.inv(np.eye(3) + OPERATOR.T @ OPERATOR / sigma**2)


def line_mean(sigma):
    return line_covariance(sigma) @ OPERATOR.T @ VALUE / sigma**2


def lane_box(chains, mutant=""):
    return _without_observations(BOX, chains, MUTANTS.index(mutant))


def lane_modes(chains):
    return _without_observations(MODES, chains)


def _without_observations(kind, chains, mutant=0):
    return KnownLanes(kind, mutant, OPERATOR[:0], np.zeros((0, chains)), np.ones(chains))


def modes_log_density(a, b):
    return TILT * a - 0.5 * (((a * a - 2.25) / MODE_SIGMA) ** 2 + a * a + b * b)


def box_log_density(a, b):
    return -0.5 * (a * a + b * b + ((a - BOX_VALUE) / BOX_SIGMA) ** 2)


def grid_moments(log_density, bound=np.inf, n=1600, width=6.0):
    """Mean, covariance and marginal distribution functions where a + b is below the bound."""
    node = ((np.arange(n) + 0.5) / n - 0.5) * 2.0 * width
    a, b = np.meshgrid(node, node, indexing="ij")
    density = np.exp(log_density(a, b))
    # Cells that the bound crosses count by half: the diagonal of cells is halved by it.
    cell = node[1] - node[0]
    density *= np.clip((bound - a - b) / (2.0 * cell) + 0.5, 0.0, 1.0)
    density /= density.sum()
    mean = np.array([(density * a).sum(), (density * b).sum()])
    da, db = a - mean[0], b - mean[1]
    ab = (density * da * db).sum()
    covariance = np.array([[(density * da * da).sum(), ab], [ab, (density * db * db).sum()]])
    edges = np.append(node - cell / 2, node[-1] + cell / 2)
    marginals = [np.append(0.0, np.cumsum(density.sum(axis=axis))) for axis in (1, 0)]
    return mean, covariance, [lambda x, m=m: np.interp(x, edges, m) for m in marginals]


def box_moments():
    return grid_moments(box_log_density, BOX_BOUND)


def modes_moments():
    return grid_moments(modes_log_density)
