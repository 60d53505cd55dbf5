"""Feasible parameters as a layer of a network, and its gradient."""

import numpy as np
import pytest
from scipy.special import ndtr

from model_cases import STRUCTURES
from proda.learning.feasible_layer import LARGEST_SUM, FeasibleParameters
from proda.learning.tensorflow_setup import keras, tf
from proda.model import MatrixModel


def layer(structure):
    return FeasibleParameters.of(MatrixModel(structure).prior, dtype="float64")


@pytest.mark.parametrize("structure", STRUCTURES)
def test_every_set_is_feasible(structure):
    prior = MatrixModel(structure).prior
    x = 3 * np.random.default_rng(1).normal(size=(500, len(prior)))
    theta = layer(structure)(x).numpy()
    prior.checked(theta)  # raises for sets that are not
    if prior.input_from_npp:
        total = prior.fraction_sum(theta)
        assert total.max() == pytest.approx(LARGEST_SUM, rel=1e-12)
        assert (total < LARGEST_SUM - 1e-3).any()


def test_sets_within_the_bound_are_those_of_the_prior():
    prior = MatrixModel("clm45-10").prior
    x = np.random.default_rng(2).normal(size=(200, len(prior)))
    x[:, prior.fractions] -= 2.0
    assert (prior.fraction_sum(ndtr(x)) < LARGEST_SUM).all()
    assert layer("clm45-10")(x).numpy() == pytest.approx(ndtr(x), rel=1e-12)


def test_the_gradient_is_that_of_differences_on_both_sides_of_the_bound():
    prior = MatrixModel("clm45-10").prior
    rng = np.random.default_rng(3)
    x, weight = rng.normal(size=(8, len(prior))), rng.random(len(prior))
    x[:4, prior.fractions] += 1.5
    x[4:, prior.fractions] -= 1.5
    feasible = layer("clm45-10")
    with tf.GradientTape() as tape:
        points = tf.constant(x)
        tape.watch(points)
        total = tf.reduce_sum(feasible(points) * weight)
    found = tape.gradient(total, points).numpy()
    h = 1e-6
    for k in range(x.shape[1]):
        step = h * np.eye(x.shape[1])[k]
        above, below = (feasible(x + sign * step).numpy() @ weight for sign in (1, -1))
        assert found[:, k] == pytest.approx((above - below) / (2 * h), abs=1e-8)


def test_the_layer_is_read_back_from_a_file(tmp_path):
    model = keras.Sequential([keras.Input((25,)), layer("clm45-10")])
    model.save(tmp_path / "model.keras")
    x = np.random.default_rng(4).normal(size=(3, 25))
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert np.array_equal(again(x).numpy(), model(x).numpy())
