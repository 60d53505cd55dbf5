"""Distributions of observations: quantiles and probabilities are inverse, medians, means."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from proda.errors import InputError
from proda.inference.error_distribution import ErrorDistribution
from proda.inference.likelihoods import ERROR_MODELS

probability = st.floats(0.001, 0.999)


@given(
    p=probability,
    m=st.floats(1.0, 1e6),
    c=st.floats(0.05, 3.0),
    a=st.sampled_from([0.0, 0.01, 0.3, 2.0]),
    w=st.sampled_from([1.0, 0.2, 10.0]),
)
@pytest.mark.parametrize("name", ERROR_MODELS)
def test_quantile_is_the_inverse_of_the_probability(name, p, m, c, a, w):
    model = ErrorDistribution(name, c, a * m, w)
    assert model.cdf(model.quantile(p, m), m) == pytest.approx(p, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", ERROR_MODELS)
def test_normal_scores_are_those_of_the_probabilities(name):
    model = ErrorDistribution(name, 0.5, 200.0, [1.0, 4.0])
    observed = np.array([[300.0], [900.0], [2_500.0]])
    expected = stats.norm.ppf(model.cdf(observed, 1_000.0))
    np.testing.assert_allclose(model.normal_score(observed, 1_000.0), expected, rtol=1e-9)


@pytest.mark.parametrize("name", ["lognormal", "student_t", "gamma", "lognormal_mean"])
def test_normal_scores_keep_both_tails(name):
    model = ErrorDistribution(name, 1.0)
    scores = model.normal_score([1e-12, 1e-3, 1.0, 5.0, 20.0], 1.0)
    assert np.isfinite(scores).all()
    assert (np.diff(scores) > 0).all()


@pytest.mark.parametrize("name", ["lognormal_mean", "gamma", "lognormal"])
@pytest.mark.parametrize("absolute", [0.0, 30.0])
def test_means(name, absolute):
    model = ErrorDistribution(name, 0.6, absolute, 2.0)
    mean = integrate.quad(lambda p: model.quantile(p, 40.0), 0.0, 1.0, limit=500)[0]
    assert model.mean(40.0) == pytest.approx(mean, rel=1e-3)
    if name != "lognormal":
        assert model.mean(40.0) == pytest.approx(40.0)


@pytest.mark.parametrize("name", ["lognormal", "student_t", "relative"])
def test_medians(name):
    model = ErrorDistribution(name, 0.3, 5.0)
    assert model.quantile(0.5, 40.0) == pytest.approx(
        40.0, rel=1e-3 if name == "relative" else 1e-12
    )


def test_student_has_no_mean():
    assert ErrorDistribution("student_t").mean(3.0) == np.inf


def test_relative_without_a_share_is_normal():
    model = ErrorDistribution("relative", 0.0, 20.0, 4.0)
    normal = stats.norm(50.0, 10.0)
    observed = np.array([-10.0, 30.0, 50.0, 77.0])
    np.testing.assert_allclose(model.cdf(observed, 50.0), normal.cdf(observed), rtol=1e-12)
    np.testing.assert_allclose(model.quantile([0.1, 0.9], 50.0), normal.ppf([0.1, 0.9]))


@pytest.mark.parametrize("name", ERROR_MODELS)
def test_samples_have_the_distribution(name):
    model = ErrorDistribution(name, 0.4, 10.0)
    drawn = model.sample(np.full(4_000, 60.0), np.random.default_rng(2))
    assert stats.kstest(model.cdf(drawn, 60.0), "uniform").pvalue > 0.001


def test_draws_of_parameters_give_one_sample_each():
    model = ErrorDistribution("lognormal", np.full((7, 1), 0.2), np.array([1.0, 2.0, 3.0]))
    assert model.sample(np.ones((7, 3)), np.random.default_rng(0)).shape == (7, 3)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"name": "normal"}, "error_model: expected one of relative"),
        ({"name": "gamma", "relative": 0.0}, "one of both errors above 0"),
        ({"name": "gamma", "weight": 0.0}, "weight"),
    ],
)
def test_what_has_no_distribution_is_refused(keys, message):
    with pytest.raises(InputError, match=message):
        ErrorDistribution(**keys)
