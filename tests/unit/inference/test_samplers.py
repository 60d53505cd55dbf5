"""All samplers behind one protocol: the same posterior from each."""

from typing import NamedTuple

import numpy as np
import pytest
from scipy import stats

from known_targets import assert_same_distribution, worst_moment
from proda.compiled import kernel
from proda.inference.manifold import Manifold
from proda.inference.metropolis import PRESETS, Metropolis
from proda.inference.targets import register

WALK = PRESETS["adaptive-metropolis"]
SAMPLERS = {
    "adaptive Metropolis": Metropolis(WALK._replace(test_steps=6_000, steps=30_000)),
    "tempered": Metropolis(WALK._replace(test_steps=6_000, steps=30_000, tempered_stages=5)),
    "uniform test run": Metropolis(
        PRESETS["paper"]._replace(transformed=True, test_steps=6_000, steps=30_000)
    ),
    "manifold": Manifold(test_steps=500, steps=3_000),
}
CHAINS = 4
OPERATOR = np.array([[1.0, 0.5, -0.2], [0.3, -1.0, 0.8]])
VALUE, SIGMA = np.array([0.4, -0.7]), 0.5
# A standard normal prior and two linear observations: the textbook's normal posterior.
COVARIANCE = np.linalg.inv(np.eye(3) + OPERATOR.T @ OPERATOR / SIGMA**2)
MEAN = COVARIANCE @ OPERATOR.T @ VALUE / SIGMA**2


class Line(NamedTuple):
    """Two observations that are linear in three parameters: nothing of soil."""

    transformed: bool
    operator: np.ndarray
    value: np.ndarray
    precision: np.ndarray
    misfit: np.ndarray

    def at_power(self, power):
        return self._replace(precision=self.precision * power)


@kernel
def line_log_density(x, target):
    density = 0.0
    for k in range(x.shape[0]):
        density -= 0.5 * x[k] * x[k]
    for i in range(target.misfit.shape[0]):
        misfit = -target.value[i]
        for k in range(x.shape[0]):
            misfit += target.operator[i, k] * x[k]
        target.misfit[i] = misfit
        density -= target.precision[i] * misfit * misfit
    return density


register(Line, line_log_density)


def line():
    return Line(True, OPERATOR, VALUE, np.full(2, 0.5 / SIGMA**2), np.zeros(2))


@pytest.fixture(params=SAMPLERS)
def sampler(request):
    return SAMPLERS[request.param]


def test_every_sampler_draws_the_known_distribution(sampler):
    chains = [sampler.run(line(), 3, np.random.default_rng([5, c])) for c in range(CHAINS)]
    draws = np.stack([chain.draws for chain in chains])
    spread = np.sqrt(np.diag(COVARIANCE))
    marginals = [stats.norm(m, s).cdf for m, s in zip(MEAN, spread, strict=True)]
    assert_same_distribution(draws, MEAN, COVARIANCE, marginals)
    assert worst_moment(draws, MEAN + 0.5 * spread, COVARIANCE) > 10
    for chain in chains:
        assert 0.1 < chain.acceptance < 1.0 and chain.scale > 0.0
        exact = [line_log_density(x, line()) for x in chain.draws[::1000]]
        np.testing.assert_allclose(chain.log_density[::1000], exact, rtol=1e-9)


def test_every_sampler_reports_its_progress_and_repeats_itself(sampler):
    calls = []
    first, again = (
        sampler.run(line(), 3, np.random.default_rng(1), progress)
        for progress in (lambda *args: calls.append(args), None)
    )
    assert first.draws.tobytes() == again.draws.tobytes()
    assert calls[-1] == (len(first.draws), first.acceptance)
