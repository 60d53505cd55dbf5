"""Densities of observations: known values, derivatives, tails, and what they are of."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from horizon_density import horizon_log_density
from proda.inference.error_distribution import ErrorDistribution
from proda.inference.likelihoods import (
    ERROR_MODELS,
    GAMMA,
    LOGNORMAL,
    LOGNORMAL_MEAN,
    MAX_RELATIVE_ERROR,
    MIN_RELATIVE_ERROR,
    RELATIVE,
    STUDENT_T,
)

LOG_KINDS = (LOGNORMAL, LOGNORMAL_MEAN, STUDENT_T)
DENSITIES = (*LOG_KINDS, GAMMA)

NAMES = list(ERROR_MODELS)
modelled_soc = st.floats(1.0, 1e6)
ratio = st.floats(0.02, 50.0)
errors = st.floats(MIN_RELATIVE_ERROR, MAX_RELATIVE_ERROR)
absolute_share = st.sampled_from([0.0, 0.01, 0.3, 2.0])
weights = st.sampled_from([1.0, 0.2, 10.0])


def density(kind, observed, modelled, relative, absolute=0.0, weight=1.0, censored=False):
    return horizon_log_density(kind, modelled, observed, absolute, weight, censored, relative)


@pytest.mark.parametrize("weight", [1.0, 10.0])
def test_known_values_without_absolute_error(weight):
    o, m, c = 3_000.0, 4_500.0, 0.4
    s = c / np.sqrt(weight)
    expected = {
        RELATIVE: stats.norm(m, s * o).logpdf(o),
        LOGNORMAL: stats.lognorm(s, scale=m).logpdf(o),
        LOGNORMAL_MEAN: stats.lognorm(s, scale=m * np.exp(-(s**2) / 2)).logpdf(o),
        STUDENT_T: stats.t(4, np.log(m), s).logpdf(np.log(o)) - np.log(o),
        GAMMA: stats.gamma(1 / s**2, scale=m * s**2).logpdf(o),
    }
    assert set(expected) == set(ERROR_MODELS.values())
    for kind, value in expected.items():
        assert density(kind, o, m, c, weight=weight)[0] == pytest.approx(value, rel=1e-12)


def test_relative_is_the_cost_of_the_study():
    def log_density(m):
        return density(RELATIVE, 900.0, m, 0.3, weight=10.0)[0]

    cost = 10.0 * (1_200.0 - 900.0) ** 2 / (2.0 * (0.3 * 900.0) ** 2)
    assert log_density(900.0) - log_density(1_200.0) == pytest.approx(cost, rel=1e-12)


@given(m=modelled_soc, r=ratio, c=errors, a=absolute_share, w=weights, censored=st.booleans())
@pytest.mark.parametrize("kind", ERROR_MODELS.values())
def test_derivatives_are_those_of_the_value(kind, m, r, c, a, w, censored):
    def value(log_m, log_c):
        changed = m * np.exp(log_m), c * np.exp(log_c)
        return density(kind, r * m, *changed, a * m, w, censored)[0]

    log_density, d_modelled, d_log_relative = density(kind, r * m, m, c, a * m, w, censored)
    h = 1e-4
    for found, step in ((d_modelled * m, (h, 0.0)), (d_log_relative, (0.0, h))):
        near = value(*step) - value(*(-each for each in step))
        far = value(*(2 * each for each in step)) - value(*(-2 * each for each in step))
        expected = (8.0 * near - far) / (12.0 * h)
        assert found == pytest.approx(expected, rel=1e-6, abs=1e-6 * (1.0 + abs(log_density)))


@pytest.mark.parametrize("kind", DENSITIES)
@pytest.mark.parametrize("absolute", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("weight", [0.3, 10.0])
def test_a_density_of_the_observation_for_every_modelled_value(kind, absolute, weight):
    m, c = 2.0, 0.7

    def of_log(y):
        return np.exp(density(kind, np.exp(y), m, c, absolute, weight)[0] + y)

    ends = np.log(m) + np.array([-300.0, -30.0, -4.0, 0.0, 4.0, 30.0, 300.0])
    total = sum(integrate.quad(of_log, *pair, limit=200)[0] for pair in pairwise(ends))
    assert total == pytest.approx(1.0, abs=1e-6)


@given(m=modelled_soc, r=ratio, c=errors, a=absolute_share, w=weights)
@pytest.mark.parametrize("kind", DENSITIES)
def test_a_censored_value_has_the_probability_below_its_limit(kind, m, r, c, a, w):
    found = density(kind, r * m, m, c, a * m, w, censored=True)[0]
    expected = ErrorDistribution(NAMES[kind], c, a * m, w).cdf(r * m, m)
    assert np.exp(found) == pytest.approx(float(expected), rel=1e-9, abs=1e-300)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (LOGNORMAL, stats.norm.logcdf(np.log(1e-12) / 0.3)),
        # Leading term of the tail of t with 4 degrees of freedom: 3 / t^4.
        (STUDENT_T, np.log(3.0) - 4.0 * np.log(-np.log(1e-12) / 0.3)),
        (GAMMA, stats.gamma(1 / 0.09, scale=0.09).logcdf(1e-12)),
    ],
)
def test_tails_far_below_the_model_keep_their_digits(kind, expected):
    found, d_modelled, _ = density(kind, 1e-12, 1.0, 0.3, censored=True)
    assert found == pytest.approx(expected, rel=1e-3 if kind == STUDENT_T else 1e-10)
    assert np.isfinite(d_modelled)
    assert d_modelled < 0.0


def test_score_of_an_absurd_observation():
    """Log-normal: of its logarithm. Student: bounded. Gamma: of the value. Relative: of 1/o."""
    low = {k: density(k, 1e-12 * 100.0, 100.0, 0.3)[1] * 100.0 for k in ERROR_MODELS.values()}
    high = {k: density(k, 1e6 * 100.0, 100.0, 0.3)[1] * 100.0 for k in ERROR_MODELS.values()}
    assert abs(low[STUDENT_T]) < 1.0
    assert abs(high[STUDENT_T]) < 1.0
    assert low[LOGNORMAL] == pytest.approx(np.log(1e-12) / 0.09)
    assert low[RELATIVE] < -1e20
    assert high[GAMMA] > 1e6
    assert high[LOGNORMAL] == pytest.approx(np.log(1e6) / 0.09)


@pytest.mark.parametrize("kind", ERROR_MODELS.values())
@pytest.mark.parametrize("modelled", [0.0, -5.0, np.nan])
def test_no_density_without_carbon(kind, modelled):
    value, d_modelled, d_log_relative = density(kind, 10.0, modelled, 0.3)
    if kind == RELATIVE:
        assert np.isnan(value) == np.isnan(modelled)
    else:
        assert value == -np.inf
        assert (d_modelled, d_log_relative) == (0.0, 0.0)
