"""Coverage of truth by posterior intervals, and how much the data constrain a parameter."""

import numpy as np
import pytest
from _coverage import (
    constraint_table,
    covered,
    mean_and_error,
)

from proda.errors import InputError
from proda.model import MatrixModel

MODEL = MatrixModel("clm45-10")


def test_an_interval_contains_the_values_between_its_quantiles():
    draws = np.tile(np.arange(101.0)[:, None], 5)  # the quantile p is 100 p
    truth = [24.9, 25.0, 50.0, 75.0, 75.1]
    assert covered(draws, truth, 0.5).tolist() == [False, True, True, True, False]
    assert covered(draws, [4.9, 5.0, 50.0, 95.0, 95.1], 0.9).tolist() == [0, 1, 1, 1, 0]


@pytest.mark.parametrize("level", [0.5, 0.9])
def test_coverage_is_nominal_where_truth_is_one_of_the_draws(level):
    rng = np.random.default_rng(1)
    centre = rng.normal(size=4_000)
    draws = centre + rng.normal(size=(500, 4_000))
    truth = centre + rng.normal(size=4_000)
    error = np.sqrt(level * (1 - level) / 4_000)
    assert covered(draws, truth, level).mean() == pytest.approx(level, abs=4 * error + 0.002)
    assert covered(draws, truth + 1.0, level).mean() < level - 0.1


@pytest.mark.parametrize("level", [0.0, 1.0, 50])
def test_a_level_is_a_probability(level):
    with pytest.raises(
        InputError, match=f"level: expected a number between 0 and 1, found {level}"
    ):
        covered(np.zeros((3, 1)), [0.0], level)


def test_truth_and_draws_must_be_of_the_same_parameters():
    with pytest.raises(InputError, match=r"truth: expected shape \(2\), found shape \(3,\)"):
        covered(np.zeros((5, 2)), np.zeros(3), 0.5)


def test_parameters_are_sorted_by_how_much_they_are_constrained():
    deviation = np.array([[0.2, 0.1], [0.2, 0.1], [0.4, 0.1]])
    inside = {0.5: np.array([[1, 0], [1, 0], [0, 0]]), 0.9: np.ones((3, 2))}
    table = constraint_table(["loose", "tight"], inside, deviation, np.array([0.2, 0.2]))
    assert table["parameter"].tolist() == ["tight", "loose"]
    assert table["posterior_sd_over_prior_sd"].tolist() == [0.5, 1.0]
    np.testing.assert_allclose(table["posterior_variance"], [0.01, 0.08])
    np.testing.assert_allclose(table["coverage_50"], [0.0, 2 / 3])
    assert table["coverage_90"].tolist() == [1.0, 1.0]


def test_profiles_have_equal_weight_and_their_values_are_not_independent():
    mean, error = mean_and_error([[True, True, False, False], [True], [False, True]])
    assert mean == pytest.approx(2 / 3)
    assert error == pytest.approx(np.std([0.5, 1.0, 0.5], ddof=1) / np.sqrt(3))
    # Ten copies of a value are no better known than the value.
    once = np.random.default_rng(2).random((50, 1)) < 0.9
    assert mean_and_error(np.repeat(once, 10, axis=1)) == mean_and_error(once)


def test_an_error_needs_two_profiles():
    with pytest.raises(InputError, match="hits: expected at least two profiles, found 1"):
        mean_and_error([[True, False]])
