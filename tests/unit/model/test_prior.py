"""The prior: its three spaces, which sets are feasible, and what becomes of those that are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from proda.errors import InputError
from proda.inference.targets import to_theta
from proda.model.prior import MAX_SUM, Prior
from proda.model.slots import INPUT_FRACTION_NAMES
from proda.model.structures import STRUCTURES, get_structure
from site_cases import MODEL, random_theta

PRIOR = MODEL.prior
N = len(PRIOR)
CENTRE = np.full(N, 0.4)
FRACTIONS = [MODEL.parameters.index(name) for name in INPUT_FRACTION_NAMES]


# --- the spaces ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STRUCTURES)
def test_normalised_and_physical_sets_are_inverse(name):
    prior = get_structure(name).prior
    theta = np.random.default_rng(1).random((4, 3, len(prior)))
    np.testing.assert_allclose(prior.to_theta(prior.to_physical(theta)), theta, atol=1e-12)
    assert prior.to_theta(prior.maximum) == pytest.approx(np.ones(len(prior)))
    outside = prior.to_theta(prior.maximum + prior.span)
    assert outside == pytest.approx(np.full(len(prior), 2.0))


def test_the_transformed_space_is_that_of_the_samplers():
    theta = np.random.default_rng(2).random((5, N))
    x = PRIOR.to_transformed(theta)
    np.testing.assert_allclose(PRIOR.from_transformed(x), theta, rtol=1e-13)
    np.testing.assert_allclose(to_theta(x, True), theta, rtol=1e-13)
    assert PRIOR.from_transformed(np.array([0.0, 1.0])) == pytest.approx([0.5, 0.8413447460685429])


def test_vectors_are_those_of_the_model():
    theta = random_theta(np.random.default_rng(9), 30)
    np.testing.assert_array_equal(PRIOR.to_vector(theta), MODEL.physical(theta))


# --- which sets are feasible ---------------------------------------------------------------------


def test_fractions_are_limited_where_input_comes_from_npp():
    limited = {name: bool(record.prior.fractions) for name, record in STRUCTURES.items()}
    assert limited == {name: record.input_from_npp for name, record in STRUCTURES.items()}
    assert sorted(limited.values()) == [False, True]
    for record in STRUCTURES.values():
        ones = np.ones((2, len(record.parameters)))
        ones[1] = np.nan
        assert record.prior.feasible(ones).tolist() == [not record.input_from_npp, False]


def test_sets_are_feasible_where_fractions_sum_to_less_than_one_also_in_single_precision():
    theta = random_theta(np.random.default_rng(10), 3)
    theta[1, FRACTIONS] = 1.0
    # Just below 1, which single precision may round to just above.
    theta[2, FRACTIONS] = 0.0
    room = 1 - 1e-9 - PRIOR.fraction_sum(theta[2])
    theta[2, FRACTIONS] += room / PRIOR.span[FRACTIONS].sum()
    assert PRIOR.feasible(theta).tolist() == [True, False, True]
    assert PRIOR.feasible(theta.astype("f4").astype("f8")).tolist() == [True, False, True]
    theta[0, 3] = np.nan
    assert not PRIOR.feasible(theta)[0]


def test_infeasible_sets_are_errors_that_name_the_row():
    theta = np.full((3, N), 0.4)
    theta[2, FRACTIONS] = 1.0
    message = r"theta\[2\]: expected input_to_lignin \+ .* below 1, found 1.45"
    with pytest.raises(InputError, match=message):
        PRIOR.checked(theta)
    with pytest.raises(InputError, match=r"theta\[0, 3\]: expected values in \[0, 1\]"):
        PRIOR.checked(np.where(np.arange(N) == 3, 1.5, 0.4))


def test_standard_deviation_is_that_of_draws_of_the_prior():
    prior = PRIOR.standard_deviation
    np.testing.assert_allclose(np.delete(prior, FRACTIONS), 1 / np.sqrt(12))
    theta = np.random.default_rng(7).random((100_000, N))
    theta = theta[PRIOR.fraction_sum(theta) < 1.0]
    np.testing.assert_allclose(prior, theta.std(axis=0), rtol=0.01)


# --- infeasible sets -----------------------------------------------------------------------------


def test_known_factor_of_the_pull_back():
    theta = np.full((2, N), 0.4)
    theta[1, FRACTIONS] = 1.0  # 0.25 + 0.7 + 0.5 = 1.45; the centre has 0.1 + 0.31 + 0.206 = 0.616
    sets, moved = PRIOR.pull_back(theta, CENTRE)
    assert list(moved) == [False, True]
    assert np.array_equal(sets[0], theta[0])
    factor = (MAX_SUM - 0.616) / (1.45 - 0.616)
    assert sets[1, FRACTIONS] == pytest.approx(0.4 + factor * 0.6)
    assert PRIOR.fraction_sum(sets[1]) == pytest.approx(1.0, abs=2e-6)


@given(arrays(float, (4, N), elements=st.floats(0, 1)))
def test_pulled_back_sets_are_feasible_and_on_the_line_to_the_centre(theta):
    sets, moved = PRIOR.pull_back(theta, CENTRE)
    MODEL.physical(sets.astype(np.float32))
    assert np.array_equal(moved, PRIOR.fraction_sum(theta) > MAX_SUM)
    assert np.array_equal(sets[~moved], theta[~moved])
    away = np.abs(theta - CENTRE) > 1e-3
    factor = np.where(away, (sets - CENTRE) / np.where(away, theta - CENTRE, 1), np.nan)
    for row in np.flatnonzero(moved):
        assert np.ptp(factor[row][away[row]]) < 1e-9
        assert 0 < factor[row][away[row]].max() < 1


def test_nothing_is_pulled_back_where_input_is_given():
    prior = get_structure("clm5-20").prior
    theta = np.ones((1, len(prior)))
    sets, moved = prior.pull_back(theta, np.full(theta.shape[1], 0.5))
    assert np.array_equal(sets, theta) and not moved.any()


def test_no_sets_to_pull_back():
    sets, moved = PRIOR.pull_back(np.empty((0, N)), CENTRE)
    assert sets.shape == (0, N) and moved.shape == (0,)


def test_sets_outside_the_bounds_are_not_pulled_back():
    with pytest.raises(InputError, match=r"theta\[0, 3\]"):
        PRIOR.pull_back(np.where(np.arange(N) == 3, 1.5, 0.4)[None], CENTRE)


def test_limited_fractions_leave_something_for_wood():
    theta = np.random.default_rng(3).uniform(0.01, 0.99, (2000, N))
    limited = PRIOR.limit_fractions(theta, 0.95)
    before, after = PRIOR.fraction_sum(theta), PRIOR.fraction_sum(limited)
    assert (before >= 1).any()
    assert after.max() == pytest.approx(0.95)
    assert np.array_equal(after[before < 0.95], before[before < 0.95])
    others = np.delete(np.arange(N), FRACTIONS)
    assert np.array_equal(limited[:, others], theta[:, others])


def test_the_bounds_are_those_of_the_table():
    prior = Prior(MODEL.parameters, input_from_npp=True)
    np.testing.assert_array_equal(prior.minimum, MODEL.parameters.minimum)
    lowest, span = prior.vector_bounds
    np.testing.assert_array_equal(
        lowest[prior.slots] + span[prior.slots], prior.minimum + prior.span
    )
    assert lowest[-1] == span[-1] == 0.0  # water_scaling, which the structure lacks
