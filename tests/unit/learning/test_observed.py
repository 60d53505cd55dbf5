"""Modelled horizons of observed profiles, their likelihood, and both gradients."""

import numpy as np
import pytest

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
def test_the_gradient_is_that_of_differences(structure):
    observed, *_ = observed_case(structure)
    theta = np.clip(other_theta(structure, len(ROWS)), 0.05, 0.9)
    weight = np.random.default_rng(1).random((len(ROWS), observed.horizons)) / 1000.0

    def total(at):
        return (observed.modelled(at, ROWS) * weight).sum(axis=1)

    found = observed.theta_gradient(theta, ROWS, weight)
    h = 1e-6
    for k in range(theta.shape[1]):
        step = h * np.eye(theta.shape[1])[k]
        difference = (total(theta + step) - total(theta - step)) / (2 * h)
        assert found[:, k] == pytest.approx(difference, abs=1e-6 * abs(found).max())


def test_a_profile_has_the_same_bits_alone_and_in_company():
    observed, *_ = observed_case("clm45-10")
    theta = other_theta("clm45-10", len(observed))
    rows = np.arange(len(observed))
    together = observed.modelled(theta, rows)
    by_modelled = 1.0 / together
    gradients = observed.theta_gradient(theta, rows, by_modelled)
    for row in (0, 5, 10):
        one = slice(row, row + 1)
        assert np.array_equal(observed.modelled(theta[one], rows[one])[0], together[row])
        gradient = observed.theta_gradient(theta[one], rows[one], by_modelled[one])
        assert np.array_equal(gradient[0], gradients[row])


def test_the_log_normal_likelihood_and_its_derivatives():
    observed, *_, observations = observed_case("clm45-10")
    modelled = 1.3 * observed.value[ROWS]
    value, by_modelled, by_error = observed.log_likelihood(modelled, ROWS, 0.4)
    for i, row in enumerate(ROWS):
        o, m = observations[row].value, modelled[i][observed.present[row]]
        e = np.log(o / m)
        densities = -0.5 * np.log(2 * np.pi * 0.16) - 0.5 * e**2 / 0.16 - np.log(o)
        assert value[i] == pytest.approx(densities.sum(), rel=1e-12)
        slope = by_modelled[i][observed.present[row]]
        assert slope == pytest.approx(e / 0.16 / m, rel=1e-12)
        assert by_error[i] == pytest.approx((e**2 / 0.16 - 1).sum(), rel=1e-12)
    assert not by_modelled[~observed.present[ROWS]].any()


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
