"""How a chain runs: determinism, tuning, adaptation, and targets it rejects."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from known_targets import BANANA, BROKEN, FLAT, GAUSSIAN, NOWHERE, known_target
from proda.errors import InputError
from proda.inference import metropolis, metropolis_kernels
from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import PRESETS, MetropolisSettings
from proda.inference.targets import evaluate, to_theta

SHORT = {"test_steps": 2_000, "steps": 3_000}


def run(sampler, seed=1, kind=BANANA, d=2, progress=None, **options):
    target = known_target(kind, d, sampler.transformed, **options)
    return run_chain(target, d, sampler, np.random.default_rng(seed), progress)


@pytest.fixture(params=PRESETS)
def sampler(request):
    return PRESETS[request.param]._replace(**SHORT)


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def test_presets_are_the_documented_settings():
    assert PRESETS["adaptive-metropolis"] == MetropolisSettings()
    paper = PRESETS["paper"]
    assert (paper.test_steps, paper.steps, paper.step_divisor) == (20_000, 30_000, 5.0)
    assert (paper.min_acceptance, paper.max_acceptance) == (0.15, 0.50)
    assert paper.uniform_test_run and not paper.transformed and paper.adapt_from == 4_000


def test_same_seed_same_bits_regardless_of_earlier_runs(sampler):
    first = run(sampler)
    others = [run(sampler, seed, kind) for seed, kind in ((2, BANANA), (3, FLAT))]
    assert same(run(sampler), first)
    assert not any(np.array_equal(other.draws, first.draws) for other in others)


def test_progress_changes_nothing(sampler):
    calls = []
    quiet = run(sampler)
    loud = run(sampler, progress=lambda steps, acceptance: calls.append((steps, acceptance)))
    assert same(loud, quiet)
    assert [steps for steps, _ in calls] == list(range(300, 3_001, 300))
    assert calls[-1][1] == quiet.acceptance


@pytest.mark.parametrize("steps", [1, 99, 100, 101, 1_234])
def test_a_shorter_run_is_the_beginning_of_a_longer_one(sampler, steps):
    calls = []
    short = run(sampler._replace(steps=steps), progress=lambda done, _: calls.append(done))
    assert np.array_equal(short.draws, run(sampler).draws[:steps])
    assert calls[-1] == steps


def test_draws_densities_and_acceptance_belong_together(sampler):
    chain = run(sampler)
    target = known_target(BANANA, 2, sampler.transformed)
    densities = [evaluate(x, target) for x in chain.draws]
    assert np.array_equal(chain.log_density, densities)
    moves = np.any(np.diff(chain.draws, axis=0) != 0, axis=1).sum()
    first = round(chain.acceptance * 3_000) - moves  # the first step has no draw before it
    assert first in (0, 1)


def test_starts_are_dispersed_and_drawn_from_the_prior(sampler):
    target = known_target(FLAT, 2, sampler.transformed)
    starts = np.array(
        [metropolis._start(target, 2, sampler, np.random.default_rng(s))[0] for s in range(400)]
    )
    mean, sd = (0.0, 1.0) if sampler.transformed else (0.5, np.sqrt(1 / 12))
    np.testing.assert_allclose(starts.mean(axis=0), mean, atol=5 * sd / 20)
    np.testing.assert_allclose(starts.std(axis=0), sd, rtol=0.2)


@pytest.mark.parametrize("sd", [0.01, 0.05])
def test_default_scale_is_tuned_in_the_test_run_and_then_fixed(sd):
    options = {"kind": GAUSSIAN, "d": 4, "centre": np.full(4, 0.5), "precision": np.eye(4) / sd**2}
    for seed in range(4):
        chain = run(MetropolisSettings(), seed, **options)
        assert 0.22 < chain.acceptance < 0.35
        assert 0.9 < chain.scale < 1.6  # in posterior standard deviations; 2.38 / 2 in theory


def test_tempered_stages_end_in_the_full_likelihood():
    # Sharp and far from most starts; the chain's densities are those of the untempered target.
    options = {"kind": GAUSSIAN, "d": 6, "centre": np.full(6, 0.97), "precision": np.eye(6) * 1e8}
    for seed in range(3):
        chain = run(MetropolisSettings(tempered_stages=8, steps=5_000), seed, **options)
        x = chain.draws[-1]
        target = known_target(GAUSSIAN, 6, True, options["centre"], options["precision"])
        assert chain.log_density[-1] == evaluate(x, target)
        np.testing.assert_allclose(to_theta(chain.draws, True).std(axis=0), 1e-4, rtol=0.35)


def test_paper_scale_is_the_papers():
    assert run(PRESETS["paper"]._replace(**SHORT)).scale == 2.38 / np.sqrt(2)


@pytest.mark.parametrize("sd", [0.002, 0.05, 3.0])
def test_uniform_step_is_tuned_into_the_acceptance_window(sd):
    # Steps of 1/5 of the range: nearly all rejected at 0.002, nearly all accepted at 3.
    sampler = PRESETS["paper"]
    options = {"kind": GAUSSIAN, "d": 3, "centre": np.full(3, 0.5), "precision": np.eye(3) / sd**2}
    chain = run(sampler, **options)
    assert 0.12 < chain.test_acceptance < 0.53
    untuned = sampler._replace(min_acceptance=0.0, max_acceptance=1.0)
    acceptance = run(untuned, **options).test_acceptance
    assert acceptance < 0.01 if sd == 0.002 else acceptance > chain.test_acceptance - 0.02


@given(
    draws=arrays(float, (40, 3), elements=st.floats(-5.0, 5.0)),
    repeats=arrays(int, 40, elements=st.integers(1, 30)),
)
@settings(max_examples=40)
def test_history_is_the_weighted_covariance(draws, repeats):
    state = metropolis_kernels.State.new(3, 100)
    for x, weight in zip(draws, repeats, strict=True):
        metropolis_kernels.remember(state.moments, x, float(weight))
    total = repeats.sum()
    assert state.moments[0, 0] == total
    expected = np.cov(draws, rowvar=False, fweights=repeats) * (total - 1)
    close = {"rtol": 1e-9, "atol": 1e-9 * total}
    np.testing.assert_allclose(np.tril(state.moments[2:]), np.tril(expected), **close)
    np.testing.assert_allclose(
        state.moments[1], np.average(draws, axis=0, weights=repeats), **close
    )
    metropolis_kernels.renew(state.moments, state.factor, 0.01)
    proposal = expected / (total - 1) + 0.01 * np.eye(3)
    if total >= metropolis_kernels.MIN_HISTORY * 3:
        np.testing.assert_allclose(state.factor @ state.factor.T, proposal, atol=1e-8)
    else:
        assert not state.factor.any()


def test_history_far_from_zero_keeps_its_digits():
    draws = 1e6 + np.random.default_rng(1).normal(size=(500, 2))
    state = metropolis_kernels.State.new(2, 100)
    for x in draws:
        metropolis_kernels.remember(state.moments, x, 1.0)
    expected = 499 * np.cov(draws, rowvar=False)
    np.testing.assert_allclose(np.tril(state.moments[2:]), np.tril(expected), rtol=1e-8)


def test_a_covariance_that_is_none_leaves_the_proposal_alone():
    state = metropolis_kernels.State.new(2, 100)
    metropolis_kernels.set_identity(state.factor, 0.7)
    for moments in ([[1e4, 0], [0, 0], [-5.0, 0], [0, -5.0]], [[1e4, 0], [0, 0], [np.nan] * 2] * 1):
        state.moments[: len(moments)] = moments
        metropolis_kernels.renew(state.moments, state.factor, 1e-6)
        np.testing.assert_array_equal(state.factor, 0.7 * np.eye(2))


def formal_run(sampler, d=3):
    """State after a formal run on a Gaussian from a known history, and its draws."""
    precision = np.linalg.inv([[0.01, 0.005, 0], [0.005, 0.01, 0], [0, 0, 0.0004]])
    target = known_target(GAUSSIAN, d, False, centre=np.full(d, 0.5), precision=precision)
    state = metropolis_kernels.State.new(d, sampler.renew_every)
    metropolis_kernels.set_identity(state.factor, 0.05)
    x = np.full(d, 0.5)
    density = np.array([evaluate(x, target)])
    draws, densities = np.empty((sampler.steps, d)), np.empty(sampler.steps)
    rng = np.random.default_rng(5)
    factors = []
    for begin in range(0, sampler.steps, sampler.renew_every):
        end = min(begin + sampler.renew_every, sampler.steps)
        parts = draws[begin:end], densities[begin:end]
        metropolis_kernels.formal_run(target, x, density, state, 1.0, sampler, rng, *parts, begin)
        factors.append(state.factor.copy())
    return state, draws, factors


def test_history_of_the_formal_run_has_every_step_once_repeats_included():
    state, draws, _ = formal_run(MetropolisSettings(transformed=False, steps=4_050))
    assert np.mean(np.all(draws[1:] == draws[:-1], axis=1)) > 0.2
    assert state.moments[0, 0] == 4_050
    np.testing.assert_allclose(state.moments[1], draws.mean(axis=0), rtol=1e-10)
    expected = np.tril(np.cov(draws, rowvar=False))
    np.testing.assert_allclose(np.tril(state.moments[2:]) / 4_049, expected, rtol=1e-8, atol=1e-14)


def test_covariance_waits_for_t0_and_is_then_that_of_all_steps_before():
    sampler = MetropolisSettings(transformed=False, steps=3_000, adapt_from=1_000, epsilon=1e-4)
    _, draws, factors = formal_run(sampler)
    for part, factor in enumerate(factors):
        t = part * sampler.renew_every  # the factor of steps t and on
        if t < sampler.adapt_from:
            np.testing.assert_array_equal(factor, 0.05 * np.eye(3))
        else:
            expected = np.cov(draws[:t], rowvar=False) + 1e-4 * np.eye(3)
            np.testing.assert_allclose(factor @ factor.T, expected, rtol=1e-8, atol=1e-14)


def test_adaptation_diminishes():
    _, _, factors = formal_run(MetropolisSettings(transformed=False, steps=60_000))
    change = [np.abs(b - a).max() for a, b in pairwise(factors[5:])]
    third = len(change) // 3
    # A covariance of n steps changes by O(1/n) when 100 more come in.
    assert np.mean(change[-third:]) < 0.2 * np.mean(change[:third])
    assert max(change[-third:]) < 0.02 * factors[-1].max()


def test_proposals_have_the_stated_covariance():
    state = metropolis_kernels.State.new(2, 200_000)
    state.factor[:] = [[2.0, 0.0], [-1.0, 0.5]]
    metropolis_kernels.draw_increments(state, np.random.default_rng(2))
    covariance = np.cov(state.increments)
    np.testing.assert_allclose(covariance, state.factor @ state.factor.T, atol=0.06)
    np.testing.assert_allclose(state.increments.mean(axis=1), 0.0, atol=0.03)


@pytest.mark.parametrize("steps", [0, 1, 59])
def test_a_test_run_too_short_to_learn_from_still_gives_a_chain(sampler, steps):
    chain = run(sampler._replace(test_steps=steps))
    assert np.all(np.isfinite(chain.draws)) and np.all(np.isfinite(chain.log_density))
    assert len(np.unique(chain.draws[:, 0])) > 50


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"steps": 0}, "steps: expected at least 1, found 0"),
        ({"test_steps": -1}, "test_steps: expected at least 0, found -1"),
        ({"renew_every": 0}, "renew_every: expected at least 1, found 0"),
        ({"tempered_stages": -1}, "tempered_stages: expected at least 0, found -1"),
        ({"adapt_from": -5}, "adapt_from: expected at least 0, found -5"),
        ({"epsilon": 0.0}, "epsilon: expected a positive number, found 0"),
        ({"step_divisor": np.nan}, "step_divisor: expected a positive number, found nan"),
    ],
)
def test_settings_without_a_meaning_are_rejected(change, message):
    with pytest.raises(InputError, match=message):
        run(MetropolisSettings()._replace(**change))


def test_settings_may_come_as_other_numbers(sampler):
    # A configuration file gives 5 where 5.0 is meant: the same kernels, the same bits.
    other = sampler._replace(
        step_divisor=int(sampler.step_divisor),
        steps=np.int64(3_000),
        transformed=int(sampler.transformed),
    )
    before = len(metropolis_kernels.formal_run.signatures)
    reference = run(sampler)
    compiled = max(before, len(metropolis_kernels.formal_run.signatures))
    target = known_target(BANANA, 2, sampler.transformed)
    assert same(run_chain(target, 2, other, np.random.default_rng(1)), reference)
    assert len(metropolis_kernels.formal_run.signatures) == compiled


def test_a_target_without_any_density_is_rejected(sampler):
    expected = "starting point: expected a parameter set of positive density, found none in 10000"
    with pytest.raises(InputError, match=expected):
        run(sampler, kind=NOWHERE)


def test_nan_and_infinite_densities_are_neither_started_from_nor_accepted(sampler):
    # Beyond 0.5 in the first parameter the density is NaN or infinite; the rest is uniform.
    for seed in range(5):
        chain = run(sampler, seed, kind=BROKEN)
        assert np.all(np.isfinite(chain.log_density))
        edge = 0.0 if sampler.transformed else 0.5
        assert np.all(chain.draws[:, 0] <= edge)
        assert len(np.unique(chain.draws[:, 0])) > 100
