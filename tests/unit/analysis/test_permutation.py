"""Features of a group replaced: what stays, what goes."""

import numpy as np
import pytest

from proda.analysis.permutation import replacement
from proda.analysis.plan import CONDITIONAL, CONSTANT, PERMUTATION, VARIANTS

GROUP = np.array([True, True, False, False])


def features(n, seed=0):
    """Two features of the group, of which the first follows the third with a correlation of 0.9."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, 4))
    x[:, 0] = 0.9 * x[:, 2] + np.sqrt(1 - 0.81) * x[:, 0]
    return x


def replaced(variant, x, group=GROUP, training=None, seed=1):
    training = features(400, 5) if training is None else training
    return replacement(variant, group, training, x)(np.random.default_rng(seed))


@pytest.mark.parametrize("variant", [PERMUTATION, CONDITIONAL])
def test_the_other_groups_stay_as_they_are(variant):
    x = features(50)
    found = replaced(variant, x)
    np.testing.assert_array_equal(found[:, ~GROUP], x[:, ~GROUP])
    assert not np.isclose(found[:, GROUP], x[:, GROUP]).all()


def test_a_group_is_shuffled_as_a_whole():
    x = features(50)
    found = replaced(PERMUTATION, x)[:, GROUP]
    rows = {tuple(row) for row in x[:, GROUP]}
    assert {tuple(row) for row in found} == rows and len(rows) == 50


def test_what_the_others_tell_of_a_group_stays_if_residuals_are_shuffled():
    x = features(2000)
    correlation = {
        variant: np.corrcoef(replaced(variant, x)[:, 0], x[:, 2])[0, 1] for variant in VARIANTS[:2]
    }
    assert abs(correlation[PERMUTATION]) < 0.1
    assert correlation[CONDITIONAL] == pytest.approx(0.9, abs=0.03)
    # What they do not tell goes.
    own = x[:, 0] - 0.9 * x[:, 2]
    new = replaced(CONDITIONAL, x)[:, 0] - 0.9 * x[:, 2]
    assert abs(np.corrcoef(own, new)[0, 1]) < 0.15


def test_constants_are_the_same_everywhere_between_the_ends_of_training():
    training = features(400, 5)
    x = 3 * features(50)
    found = replaced(CONSTANT, x, training=training)
    low, high = training.min(axis=0), training.max(axis=0)
    share = (found[:, GROUP] - low[GROUP]) / (high - low)[GROUP]
    assert np.ptp(share) == pytest.approx(0, abs=1e-12) and 0 <= share[0, 0] <= 1
    # The others are cut to the ends.
    np.testing.assert_array_equal(found[:, ~GROUP], np.clip(x, low, high)[:, ~GROUP])


def test_a_group_of_all_features_or_of_one_that_does_not_vary():
    x = features(30)
    every = np.ones(4, bool)
    found = replaced(CONDITIONAL, x, every)
    assert {tuple(row) for row in found} == {tuple(row) for row in x}
    flat = x.copy()
    flat[:, 3] = 2.0
    training = features(60)
    training[:, 3] = 2.0
    one = np.array([False, False, False, True])
    for variant in VARIANTS:
        np.testing.assert_allclose(replaced(variant, flat, one, training)[:, 3], 2.0, rtol=1e-6)
