"""Modes found from the prior: of known densities, which are kept, and chains that start there."""

import numpy as np
import pytest

from known_lanes import (
    box_moments,
    lane_box,
    lane_line,
    lane_modes,
    line_covariance,
    line_mean,
    modes_moments,
)
from known_targets import assert_same_distribution
from proda.errors import InputError
from proda.inference.hmc import run_hmc
from proda.inference.hmc_settings import HmcSettings
from proda.inference.mode_search import SPREAD, Mode, relevant_modes, search_modes

SEARCHING = HmcSettings(approach=40, windows=(30, 60), settling=60, searches=6)
CHAINS = SEARCHING.chains


def streams(sites, seed=7):
    return [np.random.default_rng([seed, s, c]) for s in sites for c in range(CHAINS)]


def starts(n, d, seed=3):
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize("sigma", [0.5, 1e-3])
def test_the_mode_of_a_normal_density_has_its_mean_and_covariance(sigma):
    modes = search_modes(lane_line(1, sigma), starts(5, 3))
    assert len(modes) == 5
    mean, covariance = line_mean(sigma), line_covariance(sigma)
    for mode in modes:
        away = np.linalg.solve(mode.factor, mode.point - mean)
        assert np.linalg.norm(away) < 0.05  # standard deviations
        np.testing.assert_allclose(mode.factor @ mode.factor.T, covariance, rtol=1e-4, atol=1e-12)
        assert mode.evidence == pytest.approx(
            mode.log_density + 0.5 * np.linalg.slogdet(covariance)[1], abs=1e-3
        )


def test_both_modes_are_found_with_their_weights():
    modes = search_modes(lane_modes(1), starts(12, 2))
    side = np.sign([mode.point[0] for mode in modes])
    assert set(side) == {-1.0, 1.0}
    assert (np.diff(side) <= 0).all()  # the heavier one first
    upper, lower = relevant_modes(modes)
    # The shares of both by their evidence have the mean of the density.
    ratio = np.exp(lower.evidence - upper.evidence)
    mean = (upper.point[0] + ratio * lower.point[0]) / (1.0 + ratio)
    assert mean == pytest.approx(modes_moments()[0][0], abs=0.02)


def test_starts_without_a_density_are_left_out_and_steps_beyond_the_bound_do_no_harm():
    inside, outside = np.array([-1.0, -1.0]), np.array([2.0, 2.0])
    modes = search_modes(lane_box(1), np.array([inside, outside, -inside * 0.4, inside * 3.0]))
    assert len(modes) == 3
    for mode in modes:
        assert mode.point.sum() < 1.0
        np.testing.assert_allclose(mode.point, [0.64, 0.0], atol=0.1)


def test_relevant_modes_are_distinct_and_not_far_worse():
    def mode(x, value):
        return Mode(np.array([x, 0.0]), value, np.eye(2))

    best, same, other, worse = mode(0, -3), mode(1, -3.1), mode(9, -7), mode(-9, -8)
    kept = relevant_modes([best, same, other, worse])
    assert [one.log_density for one in kept] == [-3, -7]


@pytest.mark.parametrize(
    ("target", "d", "moments"),
    [(lane_box(CHAINS), 2, box_moments()), (lane_modes(CHAINS), 2, modes_moments())],
    ids=["box", "modes"],
)
def test_chains_that_start_at_modes_draw_the_density(target, d, moments):
    mean, covariance, marginals = moments
    settings = SEARCHING._replace(components=3)
    found = run_hmc(target, d, streams([0]), settings).draw(6_000)
    assert_same_distribution(found.x, mean, covariance, marginals)


def test_chains_start_wider_than_the_posterior_and_apart():
    settings = SEARCHING._replace(approach=1, windows=(2,), settling=1)
    away = []
    for seed in range(40):
        run = run_hmc(lane_line(CHAINS, 1e-3), 3, streams([0], seed), settings)
        # Five trajectories with steps of the start move no chain far in standard deviations.
        away.append(run.lanes.point.T - line_mean(1e-3))
    scale = np.sqrt(np.diag(line_covariance(1e-3)))
    spread = np.std(np.concatenate(away) / scale, axis=0)
    assert (spread > 0.7).all() and (spread < 1.5 * SPREAD).all()
    assert np.unique(np.concatenate(away), axis=0).shape[0] == 40 * CHAINS


def test_sites_have_the_same_bits_alone_and_in_company():
    values, sigmas = [[0.4, -0.7], [3.0, 1.0]], [0.5, 0.02]
    together = run_hmc(lane_line(CHAINS, sigmas, values), 3, streams([0, 1]), SEARCHING).draw(20)
    alone = run_hmc(lane_line(CHAINS, sigmas[1], values[1:]), 3, streams([1]), SEARCHING).draw(20)
    assert alone.x.tobytes() == np.ascontiguousarray(together.x[CHAINS:]).tobytes()


def test_settings_without_a_meaning():
    for change, message in (
        ({"searches": -1}, "searches: expected at least 0"),
        ({"levels": 2}, "searches: expected 0 with several levels"),
    ):
        with pytest.raises(InputError, match=message):
            run_hmc(lane_box(CHAINS), 2, streams([0]), SEARCHING._replace(**change))
