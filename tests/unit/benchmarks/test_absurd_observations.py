"""The observations of benchmarks/robustness.py: which ones are changed or left out."""

import numpy as np
import pytest
import robustness

from proda.inference.observations import Observations


@pytest.fixture
def observations():
    """1,300 horizons of 13 profiles, their numbers as values."""
    numbers = np.arange(1.0, 1301.0).reshape(13, 100)
    ones = np.ones(100)
    return [Observations(np.tile(ones[:, None], 10), row, 0.3 * row, ones) for row in numbers]


def values(observations):
    return np.concatenate([one.value for one in observations])


@pytest.mark.parametrize(("offset", "places"), [(200, [200, 1200]), (800, [800])])
def test_one_in_a_thousand_is_multiplied_or_left_out(observations, offset, places):
    before = values(observations)
    after = values(robustness.contaminated(observations, 100.0, offset))
    expected = before.copy()
    expected[places] *= 100.0
    np.testing.assert_array_equal(after, expected)
    left = robustness.contaminated(observations, None, offset)
    np.testing.assert_array_equal(values(left), np.delete(before, places))
    assert all(len(one.operator) == len(one.sigma) == len(one.value) for one in left)
