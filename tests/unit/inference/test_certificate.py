"""Certificates of chains built to hold or to fail in one known way."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proda.errors import InputError
from proda.inference.certificate import MAX_DIAGNOSED, STOCKS, Thresholds, certify
from proda.inference.convergence import diagnose

NAMES = ("q10", "depth", "turnover")


def independent(seed=1, chains=4, draws=500):
    """Independent draws of three parameters and the stocks, which hold any limit."""
    rng = np.random.default_rng(seed)
    theta = rng.random((chains, draws, len(NAMES)))
    return theta, 10.0 + rng.standard_normal((chains, draws, len(STOCKS)))


def autoregressive(rng, phi, shape):
    noise = rng.standard_normal(shape)
    chain = noise.copy()
    for i in range(1, shape[1]):
        chain[:, i] = phi * chain[:, i - 1] + np.sqrt(1 - phi**2) * noise[:, i]
    return chain


def test_independent_draws_are_certified_with_their_evidence():
    theta, stocks = independent()
    found = certify(theta, stocks, names=NAMES)
    assert found.certified and found.failed == "" and found.shortfall <= 1.0
    expected = diagnose(np.concatenate([theta, stocks], axis=-1))
    assert found.max_rhat == expected.rhat.max()
    assert found.min_ess_bulk == expected.ess_bulk.min()
    assert found.min_ess_tail == expected.ess_tail.min()
    assert found.max_mcse == expected.relative_mcse.max()
    np.testing.assert_array_equal(found.parameters.rhat, expected.rhat[:3])
    np.testing.assert_array_equal(found.stocks.ess_tail, expected.ess_tail[3:])


def test_the_error_of_a_mean_is_relative_to_the_standard_deviation():
    theta, stocks = independent()
    found = certify(theta, 1e3 * stocks)
    ratio = found.stocks.mcse_mean / (1e3 * stocks).std(axis=(0, 1), ddof=1)
    np.testing.assert_allclose(found.stocks.relative_mcse, ratio, rtol=1e-12)


@pytest.mark.parametrize("place", range(len(NAMES)))
def test_a_shifted_chain_fails_and_its_parameter_is_named(place):
    theta, stocks = independent()
    theta[2, :, place] += 0.2
    found = certify(theta, stocks, names=NAMES)
    assert not found.certified and found.failed == NAMES[place]
    assert found.max_rhat > 1.01 and found.evidence.startswith(f"{NAMES[place]}: largest R-hat 1.")


@pytest.mark.parametrize("place", range(len(STOCKS)))
def test_stocks_count_as_parameters_do(place):
    theta, stocks = independent()
    stocks[1, :, place] += 1.0
    assert certify(theta, stocks, names=NAMES).failed == STOCKS[place]


def test_slow_chains_fail_by_their_effective_size():
    # tau = (1 + phi)/(1 - phi) = 19, so 400 effective draws take 7,600: 4 x 500 are too few and
    # 4 x 8,000 enough, also when they are thinned.
    rng = np.random.default_rng(2)
    theta, stocks = independent(draws=8000)
    theta[..., 1] = autoregressive(rng, 0.9, theta.shape[:2])
    # R-hat allowed to be large, so that the effective size decides.
    limits = Thresholds(rhat=1.2)
    short = certify(theta[:, :500], stocks[:, :500], limits, NAMES)
    assert not short.certified and short.failed == "depth"
    assert short.max_rhat < 1.2 and short.min_ess_bulk < 400 < short.parameters.ess_bulk[0]
    assert theta[..., 0].size > 4 * MAX_DIAGNOSED
    assert certify(theta, stocks, names=NAMES).certified


@pytest.mark.parametrize(
    ("limits", "holds"),
    [
        (Thresholds(ess=1500), True),
        (Thresholds(ess=3000), False),
        (Thresholds(mcse=0.03), True),
        (Thresholds(mcse=0.02), False),  # 1/sqrt(2000) = 0.022
        (Thresholds(rhat=1.0 + 1e-9), False),
    ],
)
def test_every_limit_counts(limits, holds):
    assert certify(*independent(), limits).certified == holds


def test_a_constant_stock_is_known_exactly():
    theta, stocks = independent()
    stocks[..., 0] = 0.0
    # Two stocks of one soil that ends at 1 m, summed in another order.
    stocks[..., 2] = np.where(stocks[..., 2] > 10.0, 0.3, 0.1 + 0.2)
    found = certify(theta, stocks, names=NAMES)
    assert found.certified
    assert np.isnan(found.stocks.rhat[[0, 2]]).all() and np.isfinite(found.stocks.rhat[1])
    assert np.isfinite(
        [found.max_rhat, found.min_ess_bulk, found.min_ess_tail, found.max_mcse]
    ).all()


def test_a_constant_parameter_is_a_chain_that_never_moved():
    theta, stocks = independent()
    theta[..., 1] = 0.4
    found = certify(theta, stocks, names=NAMES)
    assert not found.certified and found.failed == "depth"
    assert found.shortfall == np.inf and np.isnan(found.max_rhat)


def test_chains_that_stand_still_at_different_values_fail():
    theta, stocks = independent()
    theta[..., 0] = np.arange(4)[:, None] / 4
    found = certify(theta, stocks, names=NAMES)
    assert not found.certified and found.failed == "q10" and found.max_rhat == np.inf


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), order=st.permutations(range(3)), shift=st.floats(0, 0.3))
def test_the_answer_depends_neither_on_order_nor_on_the_unit(seed, order, shift):
    theta, stocks = independent(seed, draws=120)
    theta[0, :, 0] += shift
    found = certify(theta, stocks, names=NAMES)
    names = [NAMES[i] for i in order]
    other = certify(theta[:, :, order], 4.0 * stocks, names=names)
    assert (found.certified, found.failed) == (other.certified, other.failed)
    assert found.certified == (found.failed == "")
    assert found.max_rhat == pytest.approx(other.max_rhat, rel=1e-9)


def test_what_cannot_be_judged_is_named():
    theta, stocks = independent(draws=20)
    with pytest.raises(InputError, match=r"stocks: expected shape \(4, 20, 3\), found"):
        certify(theta, stocks[:, :, :2])
    with pytest.raises(InputError, match="names: expected those of 3 parameters, found 2"):
        certify(theta, stocks, names=NAMES[:2])
    with pytest.raises(InputError, match="at least 1 chain of 4 iterations, found 4 of 3"):
        certify(theta[:, :3], stocks[:, :3])
    stocks[1, 2, 0] = np.nan
    with pytest.raises(InputError, match="finite"):
        certify(theta, stocks)
