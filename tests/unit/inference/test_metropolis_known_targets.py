"""Every sampler on targets of known mean, covariance and marginals, and mutants that must fail."""

import numpy as np
import pytest
from scipy import stats

from known_targets import (
    BANANA,
    FLAT,
    GAUSSIAN,
    MAX_ERRORS,
    MIN_P,
    assert_same_distribution,
    banana_on_grid,
    gaussian_on_grid,
    known_target,
    min_p_value,
    worst_moment,
)
from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import PRESETS, MetropolisSettings
from proda.inference.targets import to_theta

# Each way to sample: the presets, and each test run in the other's space.
SAMPLERS = {
    **PRESETS,
    "adaptive, original space": MetropolisSettings(transformed=False),
    "tempered test run": MetropolisSettings(tempered_stages=5),
    "uniform test run, transformed space": MetropolisSettings(
        uniform_test_run=True, adapt_from=4_000
    ),
}
CHAINS = 4

# A wide Gaussian, correlated, whose mean lies near two sides of the square: much of it is cut off.
CUT = np.array([0.1, 0.8]), np.linalg.inv([[0.04, 0.03], [0.03, 0.09]])


def draw(sampler, kind, d, seed=1, steps=30_000, **options):
    """theta of CHAINS chains (chains, steps, d)."""
    target = known_target(kind, d, sampler.transformed, **options)
    sampler = sampler._replace(test_steps=6_000, steps=steps)
    return np.stack(
        [
            to_theta(
                run_chain(target, d, sampler, np.random.default_rng([seed, c])).draws,
                sampler.transformed,
            )
            for c in range(CHAINS)
        ]
    )


@pytest.fixture(params=SAMPLERS)
def sampler(request):
    return SAMPLERS[request.param]


def test_flat_likelihood_gives_uniform_draws(sampler):
    draws = draw(sampler, FLAT, 3)
    assert_same_distribution(draws, np.full(3, 0.5), np.eye(3) / 12.0, [stats.uniform.cdf] * 3)


def test_gaussian_cut_by_the_box(sampler):
    draws = draw(sampler, GAUSSIAN, 2, centre=CUT[0], precision=CUT[1])
    assert_same_distribution(draws, *gaussian_on_grid(*CUT))


def test_banana(sampler):
    assert_same_distribution(draw(sampler, BANANA, 2, steps=60_000), *banana_on_grid())


def test_linear_gaussian_posterior(sampler):
    # y = A theta + noise with a posterior well inside the box: the textbook's mean and covariance.
    rng = np.random.default_rng(7)
    operator = rng.normal(size=(8, 5))
    sigma = 0.06
    truth = np.array([0.3, 0.5, 0.7, 0.45, 0.6])
    observed = operator @ truth + sigma * rng.normal(size=8)
    precision = operator.T @ operator / sigma**2
    covariance = np.linalg.inv(precision)
    mean = covariance @ operator.T @ observed / sigma**2
    spread = np.sqrt(np.diag(covariance))
    assert np.all((mean > 6 * spread) & (mean < 1 - 6 * spread))
    draws = draw(sampler, GAUSSIAN, 5, centre=mean, precision=precision)
    marginals = [stats.norm(m, s).cdf for m, s in zip(mean, spread, strict=True)]
    assert_same_distribution(draws, mean, covariance, marginals)


@pytest.mark.parametrize("uniform_test_run", [True, False])
def test_forgotten_prior_is_noticed(uniform_test_run):
    # Well inside the box: without its prior, a posterior that reaches the sides is improper.
    sampler = MetropolisSettings(uniform_test_run=uniform_test_run)
    centre, precision = np.array([0.3, 0.65]), np.eye(2) / 0.07**2
    mean, covariance, marginals = gaussian_on_grid(centre, precision)
    likelihood = {"centre": centre, "precision": precision}
    draws = draw(sampler, GAUSSIAN, 2, **likelihood)
    assert_same_distribution(draws, mean, covariance, marginals)
    draws = draw(sampler, GAUSSIAN, 2, **likelihood, with_prior=False)
    assert worst_moment(draws, mean, covariance) > MAX_ERRORS
    assert min_p_value(draws, marginals) < MIN_P


def plain_metropolis(redraw=False, annealed=False, chains=400, steps=2_000, burn_in=200):
    """A plain random walk for the cut Gaussian with the mistakes of the public code, on demand."""
    rng = np.random.default_rng(3)
    centre, precision = CUT

    def log_density(theta):
        inside = np.all((theta > 0) & (theta < 1), axis=-1)
        offset = theta - centre
        return np.where(inside, -0.5 * np.einsum("ci,ij,cj->c", offset, precision, offset), -np.inf)

    theta = rng.random((chains, 2))
    density = log_density(theta)
    draws = np.empty((chains, steps, 2))
    for k in range(-burn_in, steps):
        proposal = theta + rng.normal(0.0, 0.2, theta.shape)
        outside = np.any((proposal <= 0) | (proposal >= 1), axis=-1)
        while redraw and outside.any():
            proposal[outside] = theta[outside] + rng.normal(0.0, 0.2, (outside.sum(), 2))
            outside = np.any((proposal <= 0) | (proposal >= 1), axis=-1)
        proposed = log_density(proposal)
        factor = np.log(k + burn_in + 2) if annealed else 1.0
        moves = np.log(rng.random(chains)) < factor * (proposed - density)
        theta = np.where(moves[:, None], proposal, theta)
        density = np.where(moves, proposed, density)
        draws[:, max(k, 0)] = theta
    return draws


def test_plain_metropolis_passes_the_checks():
    assert_same_distribution(plain_metropolis(), *gaussian_on_grid(*CUT))


@pytest.mark.parametrize("mistake", ["redraw", "annealed"])
def test_mistakes_of_the_public_code_are_noticed(mistake):
    mean, covariance, marginals = gaussian_on_grid(*CUT)
    draws = plain_metropolis(**{mistake: True})
    assert worst_moment(draws, mean, covariance) > MAX_ERRORS
    assert min_p_value(draws, marginals) < MIN_P
