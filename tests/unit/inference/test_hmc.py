"""Hamiltonian Monte Carlo in lanes: known posteriors, mutants, and the same bits in any company."""

import numpy as np
import pytest
from scipy import stats

from known_lanes import (
    box_moments,
    lane_box,
    lane_line,
    lane_modes,
    line_covariance,
    line_mean,
    modes_moments,
)
from known_targets import assert_same_distribution, worst_moment
from proda.errors import InputError
from proda.inference.hmc import run_hmc
from proda.inference.hmc_settings import HmcSettings

QUICK = HmcSettings(approach=40, windows=(30, 60), settling=60)
CHAINS = QUICK.chains


def streams(sites, seed=7):
    return [np.random.default_rng([seed, s, c]) for s in sites for c in range(CHAINS)]


def sample(target, d, iterations=2_500, seed=7, settings=QUICK):
    run = run_hmc(target, d, streams([0], seed), settings)
    return run, run.draw(iterations)


def normal_marginals(mean, covariance):
    return [stats.norm(m, s).cdf for m, s in zip(mean, np.sqrt(np.diag(covariance)), strict=True)]


@pytest.mark.parametrize("sigma", [0.5, 1e-3])
def test_draws_have_the_distribution_in_closed_form_however_precise_the_data(sigma):
    run, found = sample(lane_line(CHAINS, sigma), 3)
    mean, covariance = line_mean(sigma), line_covariance(sigma)
    assert_same_distribution(found.x, mean, covariance, normal_marginals(mean, covariance))
    assert worst_moment(found.x, mean + 0.5 * np.sqrt(np.diag(covariance)), covariance) > 10
    assert (found.acceptance > 0.6).all() and not found.diverged.any()
    # The metric knows the scale of every direction: one step goes as far as the posterior is wide.
    assert run.step_size[0] > 0.5


def test_a_posterior_that_a_bound_cuts_off_is_exact():
    mean, covariance, marginals = box_moments()
    _, found = sample(lane_box(CHAINS), 2, 6_000)
    assert (found.x.sum(axis=-1) < 1.0).all()
    assert_same_distribution(found.x, mean, covariance, marginals)


@pytest.mark.parametrize("mutant", ["gradient", "normal"])
def test_a_wrong_derivative_costs_draws_and_not_the_posterior(mutant):
    mean, covariance, marginals = box_moments()
    _, right = sample(lane_box(CHAINS), 2, 6_000)
    _, found = sample(lane_box(CHAINS, mutant), 2, 20_000)
    assert_same_distribution(found.x, mean, covariance, marginals)
    assert found.acceptance.mean() < right.acceptance.mean() - 0.03


@pytest.mark.parametrize("mutant", ["density", "bound"])
def test_a_density_without_its_prior_or_its_bound_is_found_out(mutant):
    mean, covariance, _ = box_moments()
    _, found = sample(lane_box(CHAINS, mutant), 2, 6_000)
    assert worst_moment(found.x, mean, covariance) > 10


def test_chains_with_tempered_copies_find_the_weight_of_every_mode():
    mean, covariance, marginals = modes_moments()
    run, found = sample(lane_modes(CHAINS), 2, 4_000, settings=QUICK._replace(levels=6))
    assert_same_distribution(found.x, mean, covariance, marginals)
    assert run.step_size.shape == run.leapfrog.shape == (1,) and found.x.shape[0] == CHAINS
    # Without copies every chain keeps to the mode where it began.
    _, found = sample(lane_modes(CHAINS), 2, 1_000)
    assert (np.abs(np.sign(found.x[..., 0]).mean(axis=1)) == 1.0).all()


def test_sites_with_tempered_copies_run_as_if_alone():
    values, sigmas = [[0.4, -0.7], [3.0, 1.0]], [0.5, 0.1]
    settings = QUICK._replace(levels=3)
    together = run_hmc(lane_line(CHAINS, sigmas, values), 3, streams([0, 1]), settings)
    whole = together.draw(20).x
    alone = run_hmc(lane_line(CHAINS, sigmas[1], values[1:]), 3, streams([1]), settings)
    x = np.concatenate([alone.draw(5).x, alone.draw(15).x], axis=1)
    assert x.tobytes() == np.ascontiguousarray(whole[CHAINS:]).tobytes()


def test_a_site_has_the_same_bits_alone_in_company_and_in_other_rounds():
    values = [[0.4, -0.7], [3.0, 1.0], [-2.0, 0.1]]
    sigmas = [0.5, 0.02, 0.1]
    together = run_hmc(lane_line(CHAINS, sigmas, values), 3, streams([0, 1, 2]), QUICK)
    whole = together.draw(230)
    for site in range(3):
        alone = run_hmc(
            lane_line(CHAINS, sigmas[site], values[site : site + 1]), 3, streams([site]), QUICK
        )
        rounds = [alone.draw(n) for n in (7, 123, 100)]
        x = np.concatenate([part.x for part in rounds], axis=1)
        lanes = slice(site * CHAINS, (site + 1) * CHAINS)
        assert x.tobytes() == np.ascontiguousarray(whole.x[lanes]).tobytes()
        assert alone.step_size[0] == together.step_size[site]


def test_sites_that_run_on_continue_where_they_were():
    values = [[0.4, -0.7], [3.0, 1.0], [-2.0, 0.1]]
    first, second = (
        run_hmc(lane_line(CHAINS, [0.5, 0.02, 0.1], values), 3, streams([0, 1, 2]), QUICK)
        for _ in range(2)
    )
    whole = first.draw(150).x
    start = second.draw(50).x
    some = second.take(np.array([2, 0]))
    x = some.draw(100).x
    assert x[CHAINS:].tobytes() == np.ascontiguousarray(whole[:CHAINS, 50:]).tobytes()
    assert x[:CHAINS].tobytes() == np.ascontiguousarray(whole[-CHAINS:, 50:]).tobytes()
    assert start.tobytes() == np.ascontiguousarray(whole[:, :50]).tobytes()


def test_a_site_without_density_is_named_and_harms_nobody():
    values = np.array([[0.4, -0.7], [np.nan, 1.0]])
    run = run_hmc(lane_line(CHAINS, [0.5, 0.5], values), 3, streams([0, 1]), QUICK)
    assert run.started.tolist() == [True, False]
    alone = run_hmc(lane_line(CHAINS, 0.5, values[:1]), 3, streams([0]), QUICK)
    assert run.draw(20).x[:CHAINS].tobytes() == alone.draw(20).x.tobytes()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"chains": 3}, "streams: expected 3 for each site, found 4"),
        ({"windows": ()}, "windows"),
        ({"settling": 0}, "settling: expected at least 1"),
        ({"target_acceptance": 1.0}, "target_acceptance"),
    ],
)
def test_settings_without_a_meaning_are_refused(change, expected):
    with pytest.raises(InputError, match=expected):
        run_hmc(lane_line(CHAINS, 0.5), 3, streams([0]), QUICK._replace(**change))
