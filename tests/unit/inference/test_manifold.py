"""Sampling along the manifold: known posteriors, sharp ones above all, and the same as a walk's."""

import numpy as np
import pytest
from scipy import stats

from known_surface import surface, surface_log_density
from known_targets import (
    MAX_ERRORS,
    MIN_P,
    assert_same_distribution,
    min_p_value,
)
from proda.errors import InputError
from proda.inference.convergence import diagnose
from proda.inference.manifold import run_manifold_chain
from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import MetropolisSettings
from proda.inference.observations import Observations, interpolation_matrix
from proda.inference.targets import site_target, to_theta
from site_cases import MODEL, fraction_sum, observe, random_forcing, random_theta

D = len(MODEL.parameters)
CHAINS = 4


def draw(target, d, steps, chains=CHAINS, test_steps=500):
    """x (chains, steps, d)."""
    generators = [np.random.default_rng([11, c]) for c in range(chains)]
    return np.stack(
        [run_manifold_chain(target, d, test_steps, steps, rng).draws for rng in generators]
    )


@pytest.mark.parametrize("sigma", [1.0, 1e-4])
def test_linear_observations_give_the_textbook_posterior(sigma):
    rng = np.random.default_rng(7)
    operator = rng.normal(size=(3, 5))
    value = operator @ rng.normal(size=5) + sigma * rng.normal(size=3)
    covariance = np.linalg.inv(np.eye(5) + operator.T @ operator / sigma**2)
    mean = covariance @ operator.T @ value / sigma**2
    draws = draw(surface(operator, value, sigma), 5, 5_000)
    # Along the observed directions, which are thin, and the others.
    axes = np.linalg.svd(operator)[2]
    mean, covariance = axes @ mean, axes @ covariance @ axes.T
    spread = np.sqrt(np.diag(covariance))
    assert spread.min() < sigma and spread.max() > 0.9
    scaled = (draws @ axes.T - mean) / spread
    covariance = covariance / np.outer(spread, spread)
    assert_same_distribution(scaled, np.zeros(5), covariance, [stats.norm.cdf] * 5)


def radius_distribution(sigma, with_slope=True):
    """Distribution of the radius in the plane under (x'x - 1 +- sigma); a mutant without slope."""
    radius = np.linspace(0.0, 6.0, 600_001)
    error = (radius**2 - 1.0) / sigma
    density = radius * np.exp(-0.5 * (radius**2 + error**2))
    if not with_slope:
        density *= np.sqrt(1.0 + (2.0 * radius / sigma) ** 2)
    cumulative = np.cumsum(density)
    return lambda x: np.interp(x, radius, cumulative / cumulative[-1])


@pytest.mark.parametrize("sigma", [1.0, 1e-4])
def test_a_ring_is_gone_round_however_thin(sigma):
    target = surface(np.zeros((1, 2)), [1.0], sigma, bend=1.0)
    draws = draw(target, 2, 10_000)
    radius, angle = np.hypot(*draws.T).T, np.arctan2(*draws.T).T
    marginals = [radius_distribution(sigma), stats.uniform(-np.pi, 2.0 * np.pi).cdf]
    both = np.stack([radius, angle], axis=-1)
    assert min_p_value(both, marginals) > MIN_P
    if sigma == 1.0:  # the slope of the surface counts, and the test would notice
        assert min_p_value(both, [radius_distribution(sigma, False), marginals[1]]) < MIN_P


def test_an_edge_of_the_prior_is_kept():
    draws = draw(surface(np.eye(1, 2), [0.0], 10.0, edge=0.5), 2, 10_000)
    assert draws[..., 0].min() > 0.5
    spread = 1.0 / np.sqrt(1.01)
    marginals = [stats.truncnorm(0.5 / spread, np.inf, scale=spread).cdf, stats.norm.cdf]
    assert min_p_value(draws, marginals) > MIN_P


def site(rng, noise):
    """Prepared column and Observations of a draw of the prior with relative errors ``noise``."""
    forcing = random_forcing(rng, 1)
    soc = MODEL.soc(MODEL.steady_state(random_theta(rng, 1), forcing))[0]
    operator = interpolation_matrix(MODEL.grid.node, [0.05, 0.2, 0.5, 1.0], "linear")
    true = operator @ soc
    value = true * (1.0 + noise * rng.normal(size=4))
    seen = Observations(operator, value, noise * true, np.ones(4))
    return site_target(MODEL, MODEL.columns(forcing)[0], seen)


def test_same_posterior_as_the_random_walk():
    rng = np.random.default_rng(3)
    forcing = random_forcing(rng, 1)
    target = site_target(MODEL, MODEL.columns(forcing)[0], observe(rng, forcing, "unit"))
    ours = to_theta(draw(target, D, 4_000), True)
    walk = MetropolisSettings(steps=300_000)
    chains = [run_chain(target, D, walk, np.random.default_rng([5, c])).draws for c in range(3)]
    theirs = to_theta(np.stack(chains)[:, 100_000::20], True)
    a, b = diagnose(ours), diagnose(theirs)
    assert max(a.rhat.max(), b.rhat.max()) < 1.03
    difference = ours.mean(axis=(0, 1)) - theirs.mean(axis=(0, 1))
    error = np.hypot(a.mcse_mean, b.mcse_mean)
    assert np.all(np.abs(difference) < MAX_ERRORS * error)
    assert MAX_ERRORS * error.max() < 0.3 / np.sqrt(12.0)  # of the prior's width: can be missed
    assert fraction_sum(ours).max() < 1.0


def test_sharp_data_cost_no_convergence():
    target = site(np.random.default_rng(4), 0.001)
    draws = draw(target, D, 2_000, chains=3)
    ours = diagnose(to_theta(draws, True))
    assert ours.rhat.max() < 1.05
    assert ours.ess_bulk.min() > 100
    chains = [
        run_chain(target, D, MetropolisSettings(), np.random.default_rng(c)).draws for c in range(3)
    ]
    walk = diagnose(to_theta(np.stack(chains)[:, 15_000::10], True))
    assert walk.rhat.max() > 1.5


def test_same_seed_same_bits_regardless_of_earlier_runs():
    target = surface(np.ones((1, 2)), [1.0], 0.1, bend=0.3)
    chains = []
    for _ in range(2):
        chains.append(run_manifold_chain(target, 2, 50, 100, np.random.default_rng(1)))
        run_manifold_chain(target, 2, 20, 20, np.random.default_rng(2))
    first, second = chains
    np.testing.assert_array_equal(first.draws, second.draws)
    longer = run_manifold_chain(target, 2, 50, 150, np.random.default_rng(1))
    np.testing.assert_array_equal(longer.draws[:100], first.draws)
    assert first.scale == second.scale == longer.scale
    repeated = np.all(first.draws[1:] == first.draws[:-1], axis=1)
    assert 1.0 - first.acceptance == pytest.approx(repeated.mean(), abs=0.011)
    density = [surface_log_density(x, target) for x in first.draws]
    np.testing.assert_allclose(first.log_density, density, rtol=1e-12)


def test_step_is_tuned_in_the_test_run():
    chain = run_manifold_chain(
        site(np.random.default_rng(4), 0.1), D, 1_000, 1_000, np.random.default_rng(6)
    )
    assert 0.4 < chain.acceptance < 0.6
    assert 0.3 < chain.scale < 1.6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"transformed": False}, "transformed: expected True, a normal prior, found False"),
        ({"test_steps": 0}, "test_steps: expected at least 1, found 0"),
        ({"steps": 0}, "steps: expected at least 1, found 0"),
        ({"edge": np.inf}, "starting point: expected a parameter set of positive density"),
    ],
)
def test_what_has_no_meaning_is_rejected(change, message):
    settings = {"test_steps": 10, "steps": 10}
    target = surface(np.ones((1, 2)), [1.0], 1.0)
    for name, value in change.items():
        if name in settings:
            settings[name] = value
        else:
            target = target._replace(**{name: value})
    with pytest.raises(InputError, match=message):
        run_manifold_chain(target, 2, **settings, rng=np.random.default_rng(1))
