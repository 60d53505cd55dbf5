"""Proposals from mixtures of normal distributions: fits, exactness, mutants, and the same bits."""

import numpy as np
import pytest

from known_lanes import box_moments, lane_box, lane_line, lane_modes, modes_moments
from known_targets import assert_same_distribution, worst_moment
from proda.errors import InputError
from proda.inference import hmc_run
from proda.inference.hmc import run_hmc
from proda.inference.hmc_settings import HmcSettings
from proda.inference.mixture import Mixture, fit_mixture, jump

CHAINS = 4
QUICK = HmcSettings(approach=40, windows=(100, 100), settling=60, components=2, jumps=2)


def start(target, d, settings=QUICK, sites=(0,)):
    streams = [np.random.default_rng([7, s, c]) for s in sites for c in range(CHAINS)]
    return run_hmc(target, d, streams, settings)


def two_normals(n, seed=1):
    """Draws (n, 2, CHAINS), 30 % from a normal distribution and the rest from another."""
    rng = np.random.default_rng(seed)
    first = rng.random((n, CHAINS)) < 0.3
    z = rng.standard_normal((n, 2, CHAINS))
    wide = np.stack([5.0 + z[:, 0], -2.0 + 0.8 * z[:, 0] + 0.6 * z[:, 1]], axis=1)
    narrow = np.stack([0.2 * z[:, 0], 1.0 + 0.5 * z[:, 1]], axis=1)
    return np.where(first[:, None], wide, narrow)


def test_a_mixture_is_found_in_its_draws():
    draws, mixture = two_normals(20_000), Mixture.new(1, 2, 2)
    assert fit_mixture(draws, 0, CHAINS, mixture)
    order = np.argsort(mixture.mean[0, :, 0])
    np.testing.assert_allclose(np.exp(mixture.log_weight[0, order]), [0.7, 0.3], atol=0.02)
    np.testing.assert_allclose(mixture.mean[0, order], [[0.0, 1.0], [5.0, -2.0]], atol=0.1)
    # Regularised: the covariance of all draws has a weight of 100 of the 4,000 draws fitted.
    correlated = mixture.factor[0, order[1]] @ mixture.factor[0, order[1]].T
    np.testing.assert_allclose(correlated, [[1.0, 0.8], [0.8, 1.0]], atol=0.6)
    assert correlated[0, 1] > 0.3


def test_draws_that_stand_still_leave_the_mixture_as_it_was():
    mixture = Mixture.new(1, 2, 2)
    assert not fit_mixture(np.ones((50, 2, CHAINS)), 0, CHAINS, mixture)
    for found, expected in zip(mixture, Mixture.new(1, 2, 2), strict=True):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("weights", [None, (0.95, 0.05)], ids=["fitted", "wrong"])
def test_chains_find_the_weight_of_every_mode_whatever_the_weights_of_the_mixture(weights):
    run = start(lane_modes(CHAINS), 2)
    if weights:
        run.mixture.log_weight[:] = np.log(weights)
    found = run.draw(4_000)
    assert_same_distribution(found.x, *modes_moments())
    # Every chain is in both modes.
    assert (np.abs(np.sign(found.x[..., 0]).mean(axis=1)) < 0.95).all()


def test_a_bound_cuts_proposals_off():
    found = start(lane_box(CHAINS), 2).draw(4_000)
    assert (found.x.sum(axis=-1) < 1.0).all()
    assert_same_distribution(found.x, *box_moments())


def test_proposals_that_are_accepted_without_their_densities_are_found_out(monkeypatch):
    def accepting(target, lanes, *rest):
        lanes.value[:] = -np.inf  # every proposal is infinitely better
        jump(target, lanes, *rest)

    run = start(lane_modes(CHAINS), 2)
    run.mixture.log_weight[:] = np.log((0.95, 0.05))
    monkeypatch.setattr(hmc_run, "jump", accepting)
    mean, covariance, _ = modes_moments()
    assert worst_moment(run.draw(4_000).x, mean, covariance) > 10


def test_a_site_has_the_same_bits_alone_in_company_and_in_other_rounds():
    values, sigmas = [[0.4, -0.7], [3.0, 1.0]], [0.5, 0.1]
    together = start(lane_line(CHAINS, sigmas, values), 3, sites=(0, 1))
    whole = together.draw(130).x
    alone = start(lane_line(CHAINS, sigmas[1], values[1:]), 3, sites=(1,))
    x = np.concatenate([alone.draw(7).x, alone.draw(123).x], axis=1)
    assert x.tobytes() == np.ascontiguousarray(whole[CHAINS:]).tobytes()
    assert alone.lanes.jumped.all()


def test_a_site_that_runs_on_keeps_its_mixture():
    values, sigmas = [[0.4, -0.7], [3.0, 1.0]], [0.5, 0.1]
    first, second = (start(lane_line(CHAINS, sigmas, values), 3, sites=(0, 1)) for _ in range(2))
    expected = first.draw(20).x[CHAINS:]
    assert second.take(np.array([1])).draw(20).x.tobytes() == expected.tobytes()


def test_mixtures_and_levels_exclude_each_other():
    with pytest.raises(InputError, match="components: expected 0 with several levels, found 2"):
        start(lane_line(CHAINS, 0.5), 3, QUICK._replace(levels=2))
