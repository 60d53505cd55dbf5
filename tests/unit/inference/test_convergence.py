"""Convergence diagnostics against hand computation, ArviZ, theory and chains built to fail."""

import random
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proda.errors import InputError
from proda.inference.convergence import diagnose, gelman_rubin


def autoregressive(seed, phi, chains, iterations):
    """Stationary AR(1) chains with unit variance from Python's portable `random()` stream."""
    stream, quantile = random.Random(seed), NormalDist().inv_cdf
    noise = np.array([quantile(stream.random()) for _ in range(chains * iterations)])
    noise = noise.reshape(chains, iterations)
    chain = np.empty_like(noise)
    chain[:, 0] = noise[:, 0]
    for i in range(1, iterations):
        chain[:, i] = phi * chain[:, i - 1] + np.sqrt(1 - phi**2) * noise[:, i]
    return chain


def cauchy(seed, chains, iterations):
    uniform = np.vectorize(NormalDist().cdf)(autoregressive(seed, 0.0, chains, iterations))
    return np.tan(np.pi * (uniform - 0.5))


def one_chain_changed(seed, scale, shift):
    chain = autoregressive(seed, 0.3, 3, 400)
    chain[2] = scale * chain[2] + shift
    return chain


SAMPLES = {
    "correlated": lambda: autoregressive(1, 0.9, 3, 1000),
    "antithetic": lambda: autoregressive(2, -0.5, 4, 500),
    "odd length": lambda: autoregressive(3, 0.5, 3, 501),
    "Cauchy": lambda: cauchy(4, 3, 400),
    "shifted": lambda: one_chain_changed(5, 1.0, 1.0),
    "spread": lambda: one_chain_changed(6, 3.0, 0.0),
    "ties": lambda: np.round(autoregressive(7, 0.8, 3, 600)),
    "single": lambda: autoregressive(8, 0.7, 1, 800),
    "short": lambda: autoregressive(9, 0.2, 2, 30),
}

# R-hat, bulk ESS, tail ESS and standard error of the mean from ArviZ 0.23.4. (Its R-hat rejects a
# single chain; that figure is its R-hat of the two halves, ranked together.)
ARVIZ = {
    "correlated": (1.02553056895, 136.387642982, 279.250670293, 0.0894658658229),
    "antithetic": (0.99918265312, 6426.5973023, 1830.60840313, 0.0120719501289),
    "odd length": (1.00518527734, 500.788492792, 663.257342904, 0.0448328963858),
    "Cauchy": (1.00147283782, 1211.78613644, 1143.24184945, 0.663822164534),
    "shifted": (1.12302489991, 19.2949086252, 137.638365319, 0.254926072385),
    "spread": (1.19662904389, 646.055647825, 41.1065307907, 0.0802459459774),
    "ties": (1.01007145122, 261.071261672, 423.338547547, 0.0660994780091),
    "single": (1.00070852772, 132.419088442, 449.354061202, 0.0870649682971),
    "short": (0.982723350089, 58.5396618612, 58.8449197861, 0.126556240743),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_agrees_with_arviz(name):
    found = diagnose(SAMPLES[name]()[:, :, None])
    values = [found.rhat[0], found.ess_bulk[0], found.ess_tail[0], found.mcse_mean[0]]
    np.testing.assert_allclose(values, ARVIZ[name], rtol=1e-9)


def test_gelman_rubin_by_hand():
    # Chain means 2.5 and 4.5: B = 4 (1 + 1) / 1 = 8. Sums of squares 5 and 5: W = 10 / (2 * 3).
    draws = np.array([[1.0, 2.0, 3.0, 4.0], [3.0, 4.0, 5.0, 6.0]])[:, :, None]
    within, between = 10 / 6, 8.0
    expected = np.sqrt((within * 3 / 4 + between / 4) / within)
    np.testing.assert_allclose(gelman_rubin(draws), [expected], rtol=1e-14)
    np.testing.assert_allclose(diagnose(draws).gelman_rubin, [expected], rtol=1e-14)


def test_effective_size_of_a_long_chain_meets_theory():
    phi, chains, iterations = 0.8, 3, 10_000
    found = diagnose(autoregressive(10, phi, chains, iterations)[:, :, None])
    theory = chains * iterations * (1 - phi) / (1 + phi)
    assert found.ess_bulk[0] == pytest.approx(theory, rel=0.15)
    assert found.mcse_mean[0] == pytest.approx(1 / np.sqrt(theory), rel=0.1)
    assert found.rhat[0] < 1.01


def test_rank_normalised_rhat_sees_what_the_paper_statistic_misses():
    spread = diagnose(SAMPLES["spread"]()[:, :, None])
    assert spread.gelman_rubin[0] < 1.01 < 1.1 < spread.rhat[0]
    drift = autoregressive(11, 0.3, 3, 500) + np.linspace(-1, 1, 500)
    drifting = diagnose(drift[:, :, None])
    assert drifting.gelman_rubin[0] < 1.01 < 1.1 < drifting.rhat[0]


def test_parameters_are_diagnosed_independently():
    columns = [autoregressive(seed, 0.6, 3, 200) for seed in (12, 13)]
    both = diagnose(np.stack(columns, axis=-1))
    for i, column in enumerate(columns):
        alone = diagnose(column[:, :, None])
        for field in vars(alone):
            assert getattr(both, field)[i] == getattr(alone, field)[0], field


def test_constant_parameter_cannot_be_judged_and_spoils_no_other():
    # 0.1 is not a binary fraction: a mean of equal draws rounds, and must not look like variance.
    draws = np.stack([np.full((3, 301), 0.1), autoregressive(14, 0.2, 3, 301)], axis=-1)
    found = diagnose(draws)
    for field, values in vars(found).items():
        assert np.isnan(values[0]), field
        assert np.isfinite(values[1]), field


def test_chains_that_stand_still_at_different_values_never_mix():
    draws = np.broadcast_to(np.array([0.1, 0.3, 0.7])[:, None, None], (3, 101, 1))
    found = diagnose(draws)
    assert found.gelman_rubin[0] == np.inf
    assert found.rhat[0] == np.inf
    assert found.ess_bulk[0] < 4


def test_one_stuck_chain_is_seen():
    draws = autoregressive(15, 0.2, 3, 400)
    draws[1] = 0.4
    assert diagnose(draws[:, :, None]).rhat[0] > 1.2


def test_tail_size_is_missing_where_ties_reach_past_a_quantile():
    draws = np.minimum(autoregressive(16, 0.2, 3, 400), 1.0)
    found = diagnose(draws[:, :, None])
    assert np.isnan(found.ess_tail[0])
    assert np.isfinite(found.ess_bulk[0])


def test_a_single_chain_is_judged_by_its_halves():
    drift = autoregressive(17, 0.2, 1, 400) + np.linspace(-2, 2, 400)
    found = diagnose(drift[:, :, None])
    assert np.isnan(found.gelman_rubin[0])
    assert np.isnan(gelman_rubin(drift[:, :, None])[0])
    assert found.rhat[0] > 1.3


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    chains=st.integers(1, 4),
    iterations=st.integers(20, 80),
    phi=st.floats(-0.9, 0.9),
    scale=st.sampled_from([0.25, 1.0, 8.0]),
)
def test_invariances(seed, chains, iterations, phi, scale):
    x = autoregressive(seed, phi, chains, iterations)
    found = diagnose(np.stack([x, scale * x, np.exp(x), x[::-1], -x], axis=-1))
    # Scaling by a power of two is exact, so ranks and moments must follow exactly.
    for field in ("gelman_rubin", "rhat", "ess_bulk", "ess_tail"):
        values = getattr(found, field)
        np.testing.assert_allclose(values[1], values[0], rtol=1e-12, err_msg=field)
        np.testing.assert_allclose(values[3], values[0], rtol=1e-9, err_msg=field)
    np.testing.assert_allclose(found.mcse_mean[1], scale * found.mcse_mean[0], rtol=1e-12)
    # Ranks do not see a monotone transformation, nor normal scores a change of sign.
    assert found.ess_bulk[2] == found.ess_bulk[0]
    assert found.ess_tail[2] == pytest.approx(found.ess_tail[0], nan_ok=True, rel=1e-12)
    np.testing.assert_allclose(found.rhat[4], found.rhat[0], rtol=1e-9)
    np.testing.assert_allclose(found.ess_bulk[4], found.ess_bulk[0], rtol=1e-9)


@pytest.mark.parametrize("function", [diagnose, gelman_rubin])
def test_bad_draws_are_named(function):
    draws = autoregressive(18, 0.0, 2, 20)[:, :, None].copy()
    draws[1, 7, 0] = np.nan
    with pytest.raises(InputError, match=r"draws\[1, 7, 0\].*finite.*nan"):
        function(draws)
    with pytest.raises(
        InputError, match=r"draws: expected shape \(n, n, n\), found shape \(2, 20\)"
    ):
        function(np.zeros((2, 20)))
    with pytest.raises(InputError, match="at least 1 chain of 4 iterations, found 2 of 3"):
        function(np.zeros((2, 3, 1)))
    with pytest.raises(InputError, match="at least 1 chain"):
        function(np.zeros((0, 30, 1)))
