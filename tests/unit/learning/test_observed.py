"""Modelled horizons of observed profiles, their likelihood, and both gradients."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma, multivariate_normal, norm

from model_cases import DRAWS, STRUCTURES
from observed_cases import observed_case
from proda.errors import InputError
from proda.learning.observed import read_observed
from proda.model import MatrixModel

ROWS = np.array([4, 0, 7])


def other_theta(structure, n):
    """Feasible sets that are not those the observations were made with."""
    return DRAWS[structure](n, seed=99)[0]


@pytest.mark.parametrize("structure", STRUCTURES)
def test_modelled_horizons_are_those_of_the_model(structure):
    observed, model, _, forcing, observations = observed_case(structure)
    theta = other_theta(structure, len(ROWS))
    soc = model.soc(model.steady_state(theta, forcing.take(ROWS)))
    found = observed.modelled(theta, ROWS)
    for modelled, row, column in zip(found, ROWS, soc, strict=True):
        wanted = observations[row].operator @ column
        assert modelled[observed.present[row]] == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize(
    ("error_model", "scatter"),
    [("lognormal", 0.0), ("lognormal", 0.3), ("gamma", 0.0), ("gamma", 0.3), ("absolute", 0.0)],
)
def test_the_gradient_is_that_of_differences(structure, error_model, scatter):
    observed, *_ = observed_case(structure, error_model=error_model)
    theta = np.clip(other_theta(structure, len(ROWS)), 0.05, 0.9)

    def value(at, relative=0.4, factor=1.0):
        return observed.log_likelihood(at, ROWS, relative, scatter=factor * scatter).value

    found = observed.log_likelihood(theta, ROWS, 0.4, scatter=scatter)
    h = 1e-6
    for k in range(theta.shape[1]):
        step = h * np.eye(theta.shape[1])[k]
        difference = (value(theta + step) - value(theta - step)) / (2 * h)
        assert found.by_theta[:, k] == pytest.approx(
            difference, abs=1e-6 * abs(found.by_theta).max()
        )
    difference = (value(theta, 0.4 * np.exp(h)) - value(theta, 0.4 * np.exp(-h))) / (2 * h)
    assert found.by_log_relative == pytest.approx(difference, rel=1e-6, abs=1e-7)
    difference = (value(theta, factor=np.exp(h)) - value(theta, factor=np.exp(-h))) / (2 * h)
    assert found.by_log_scatter == pytest.approx(difference, rel=1e-6, abs=1e-7)


def test_a_profile_has_the_same_bits_alone_and_in_company():
    observed, *_ = observed_case("clm45-10")
    theta = other_theta("clm45-10", len(observed))
    rows = np.arange(len(observed))
    together = observed.log_likelihood(theta, rows, 0.4)
    for row in (0, 5, 10):
        one = slice(row, row + 1)
        alone = observed.log_likelihood(theta[one], rows[one], 0.4)
        for part, whole in zip(alone, together, strict=True):
            assert np.array_equal(part[0], whole[row])


def test_without_a_gradient_the_value_is_the_same():
    observed, *_ = observed_case("clm45-10")
    theta = other_theta("clm45-10", len(ROWS))
    without = observed.log_likelihood(theta, ROWS, 0.4, gradient=False)
    assert np.array_equal(without.value, observed.log_likelihood(theta, ROWS, 0.4).value)
    assert not without.by_theta.any()


def test_the_log_normal_likelihood():
    observed, *_, observations = observed_case("clm45-10")
    theta = other_theta("clm45-10", len(ROWS))
    found = observed.log_likelihood(theta, ROWS, 0.4)
    for i, row in enumerate(ROWS):
        o, m = observations[row].value, found.modelled[i][observed.present[row]]
        e = np.log(o / m)
        densities = -0.5 * np.log(2 * np.pi * 0.16) - 0.5 * e**2 / 0.16 - np.log(o)
        assert found.value[i] == pytest.approx(densities.sum(), rel=1e-12)
        assert found.by_log_relative[i] == pytest.approx((e**2 / 0.16 - 1).sum(), rel=1e-12)


@pytest.mark.parametrize("error_model", ["relative", "gamma", "absolute"])
def test_another_likelihood_of_the_same_profiles_has_the_bits_of_its_own(error_model):
    observed, *_ = observed_case("clm45-10")
    wanted, *_ = observed_case("clm45-10", error_model=error_model)
    theta = other_theta("clm45-10", len(ROWS))
    before = observed.log_likelihood(theta, ROWS, 0.4)
    found = observed.with_error_model(error_model).log_likelihood(theta, ROWS, 0.4)
    for part, own in zip(found, wanted.log_likelihood(theta, ROWS, 0.4), strict=True):
        assert np.array_equal(part, own)
    assert not np.array_equal(found.value, before.value)
    for part, own in zip(observed.log_likelihood(theta, ROWS, 0.4), before, strict=True):
        assert np.array_equal(part, own)


def test_horizons_that_share_a_factor_have_normal_logarithms_that_are_correlated():
    observed, _, theta, _, observations = observed_case("clm45-10")
    found = observed.log_likelihood(theta[ROWS], ROWS, 0.4, scatter=0.3)
    for i, row in enumerate(ROWS):
        o, m = observations[row].value, found.modelled[i][observed.present[row]]
        covariance = 0.4**2 * np.eye(len(o)) + 0.3**2
        density = multivariate_normal(np.full(len(o), -0.5 * 0.3**2), covariance)
        wanted = density.logpdf(np.log(o / m)) - np.log(o).sum()
        assert found.value[i] == pytest.approx(wanted, rel=1e-9)


def test_the_integral_over_a_shared_factor_is_that_of_quadrature():
    observed, _, theta, *_ = observed_case("clm45-10", error_model="gamma")
    found = observed.log_likelihood(theta[ROWS], ROWS, 0.4, scatter=0.3)
    for i, row in enumerate(ROWS):
        present = observed.present[row]
        o, m = observed.value[row, present], found.modelled[i, present]

        def density(z, o=o, m=m):
            scale = m * np.exp(0.3 * z - 0.5 * 0.3**2) * 0.4**2
            return gamma.pdf(o / 1e3, 0.4**-2, scale=scale / 1e3).prod() * norm.pdf(z)

        integral, _ = quad(density, -8.0, 8.0, epsabs=0.0, epsrel=1e-10, limit=200)
        wanted = np.log(integral) - len(o) * np.log(1e3)
        assert found.value[i] == pytest.approx(wanted, rel=1e-8)


def test_a_vanishing_scatter_is_none():
    observed, *_ = observed_case("clm45-10", error_model="student_t")
    theta = other_theta("clm45-10", len(ROWS))
    without = observed.log_likelihood(theta, ROWS, 0.4)
    found = observed.log_likelihood(theta, ROWS, 0.4, scatter=1e-7)
    assert found.value == pytest.approx(without.value, rel=1e-5)
    assert found.by_theta == pytest.approx(without.by_theta, rel=1e-4, abs=1e-4)


def test_rows_may_be_taken_several_times():
    observed, *_ = observed_case("clm45-10")
    taken = observed.take(np.array([3, 3, 8]))
    assert list(taken.profile_id) == ["P3", "P3", "P8"]
    assert np.array_equal(taken.value, observed.value[[3, 3, 8]])
    theta = other_theta("clm45-10", 2)
    assert np.array_equal(
        taken.modelled(theta, np.array([1, 2])), observed.modelled(theta, np.array([3, 8]))
    )


def test_a_missing_file_is_named(tmp_path):
    model = MatrixModel("clm45-10")
    with pytest.raises(InputError, match=r"observations\.nc"):
        read_observed(tmp_path / "observations.nc", tmp_path / "f.nc", model, "gamma")
