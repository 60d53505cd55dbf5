"""The forest: a planted step, bounds, and the seed."""

import numpy as np
import pytest

from proda.learning.forest import fit_forest, rows_of_tree
from proda.learning.learners import TrainingSet, learner_options

OPTIONS = learner_options("random_forest", trees=20)


def steps(n=400):
    rng = np.random.default_rng(2)
    x = rng.random((n, 4)).astype(np.float32)
    y = np.stack([np.where(x[:, k] > 0.5, 0.8, 0.2) for k in range(2)], axis=1)
    return TrainingSet(x, y, x[:0], y[:0], np.arange(n))


def test_step_function_is_recovered():
    options = learner_options("random_forest", trees=20, max_features=1.0)
    forest = fit_forest(steps(), options, np.random.default_rng(1))
    for level in (0.1, 0.9):
        predicted = forest.predict(np.full((3, 4), level, np.float32))
        assert predicted.shape == (3, 2)
        assert predicted == pytest.approx(0.8 if level > 0.5 else 0.2, abs=0.01)


def test_predictions_stay_within_the_targets():
    far = 100 * np.random.default_rng(1).normal(size=(50, 4))
    predicted = fit_forest(steps(), OPTIONS, np.random.default_rng(1)).predict(far)
    assert predicted.min() >= 0.2 and predicted.max() <= 0.8


def test_seed_decides():
    x = steps().x
    noise = np.random.default_rng(9).random((len(x), 2))
    training = TrainingSet(x, noise, x[:0], noise[:0], np.arange(len(x)))
    first, again, other = (
        fit_forest(training, OPTIONS, np.random.default_rng(seed)).predict(x) for seed in (1, 1, 2)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_places():
    forest = fit_forest(steps(), OPTIONS, np.random.default_rng(1))
    assert forest.predict(np.empty((0, 4))).shape == (0, 2)


def test_a_tree_draws_no_more_rows_than_the_bound():
    training = steps(3000)
    drawn = {}
    for most in (1000, 3000, 10_000):
        options = learner_options("random_forest", trees=5, max_samples=most)
        forest = fit_forest(training, options, np.random.default_rng(1))
        drawn[most] = [tree.tree_.weighted_n_node_samples[0] for tree in forest.forest.estimators_]
        drawn[most].append(forest.predict(training.x).tobytes())
    assert drawn[1000][:-1] == [1000] * 5
    # With as many rows as the bound, or fewer, it changes nothing.
    assert drawn[3000] == drawn[10_000]
    assert drawn[3000][:-1] == [3000] * 5


def test_trees_of_a_bounded_forest_draw_different_rows():
    options = learner_options("random_forest", trees=2, max_samples=1000)
    forest = fit_forest(steps(3000), options, np.random.default_rng(1)).forest
    first, second = forest.estimators_samples_
    assert len(np.unique(np.concatenate([first, second]))) > max(
        map(len, map(np.unique, (first, second)))
    )


def test_rows_of_a_tree():
    assert rows_of_tree(50_001, 50_000) == 50_000
    assert rows_of_tree(50_000, 50_000) is None
