"""All samplers behind one protocol: the same posterior from each."""

import numpy as np
import pytest
from scipy import stats

from known_lanes import OPERATOR, VALUE, lane_line, line_covariance, line_mean
from known_surface import surface, surface_log_density
from known_targets import assert_same_distribution, worst_moment
from proda.errors import InputError
from proda.inference.hmc import Hamiltonian
from proda.inference.hmc_settings import HmcSettings
from proda.inference.manifold import Manifold
from proda.inference.metropolis import Metropolis
from proda.inference.metropolis_settings import PRESETS

WALK = PRESETS["adaptive-metropolis"]
# Each with the number of draws that the tests need of it.
SAMPLERS = {
    "adaptive Metropolis": (Metropolis(WALK._replace(test_steps=6_000)), 30_000),
    "tempered": (Metropolis(WALK._replace(test_steps=6_000, tempered_stages=5)), 30_000),
    "uniform test run": (
        Metropolis(PRESETS["paper"]._replace(transformed=True, test_steps=6_000)),
        30_000,
    ),
    "manifold": (Manifold(test_steps=500), 3_000),
    "Hamiltonian": (Hamiltonian(HmcSettings(approach=40, windows=(60,), settling=60)), 3_000),
    "Hamiltonian with levels": (
        Hamiltonian(HmcSettings(approach=40, windows=(60,), settling=60, levels=3)),
        1_500,
    ),
    "Hamiltonian with a mixture": (
        Hamiltonian(HmcSettings(approach=40, windows=(60,), settling=60, components=2)),
        3_000,
    ),
}
CHAINS = 4
SIGMA = 0.5
# A standard normal prior and two linear observations: the textbook's normal posterior.
COVARIANCE, MEAN = line_covariance(SIGMA), line_mean(SIGMA)


def line():
    """Two observations that are linear in three parameters: nothing of soil."""
    return surface(OPERATOR, VALUE, SIGMA)


@pytest.fixture(params=SAMPLERS)
def sampler(request):
    return SAMPLERS[request.param]


def start(sampler):
    lanes = isinstance(sampler, Hamiltonian)
    target = lane_line(CHAINS, SIGMA) if lanes else line()
    return sampler.start(target, 3, [np.random.default_rng([5, c]) for c in range(CHAINS)])


def test_every_sampler_draws_the_known_distribution(sampler):
    sampler, iterations = sampler
    found = start(sampler).draw(iterations)
    spread = np.sqrt(np.diag(COVARIANCE))
    marginals = [stats.norm(m, s).cdf for m, s in zip(MEAN, spread, strict=True)]
    assert_same_distribution(found.x, MEAN, COVARIANCE, marginals)
    assert worst_moment(found.x, MEAN + 0.5 * spread, COVARIANCE) > 10
    assert ((found.acceptance > 0.1) & (found.acceptance < 1.0)).all()
    exact = [[surface_log_density(x, line()) for x in chain[::500]] for chain in found.x]
    np.testing.assert_allclose(found.log_density[:, ::500], exact, rtol=1e-9)


def test_rounds_of_every_sampler_are_one_run_which_repeats_itself(sampler):
    sampler, _ = sampler
    run = start(sampler)
    parts = [run.draw(n).x for n in (100, 300)]
    whole = start(sampler).draw(400).x
    assert np.concatenate(parts, axis=1).tobytes() == whole.tobytes()


@pytest.mark.parametrize("name", ["adaptive Metropolis", "manifold", "Hamiltonian"])
def test_rounds_without_a_meaning_are_refused(name):
    with pytest.raises(InputError, match="iterations"):
        start(SAMPLERS[name][0]).draw(0)
