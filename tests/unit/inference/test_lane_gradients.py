"""Gradients of log posterior densities against differences of the densities themselves."""

import numpy as np
import pytest

from posterior_cases import altered, profile
from proda.inference.batch_lanes import batch_lanes, batch_value_and_gradient
from proda.inference.horizon_lanes import ErrorSettings
from proda.inference.likelihoods import ERROR_MODELS
from proda.inference.site_lanes import site_lanes, site_value_and_gradient
from proda.model.lanes.layout import LANES
from site_cases import MODEL

SETTINGS = [
    ErrorSettings(kind, *how)
    for kind in ERROR_MODELS.values()
    for how in ((False,), (True,), (True, 0.3, 0.35))
]
STEP = 1e-5


def evaluated(evaluate, target, x):
    value, gradient = np.empty(x.shape[1]), np.empty(x.shape)
    evaluate(np.ascontiguousarray(x), target, value, gradient)
    return value, gradient


def points(d, n, seed):
    """Points (d, n) in the bulk of the prior; the input fractions sum to less than 1."""
    x = 0.7 * np.random.default_rng(seed).standard_normal((d, n))
    for name in ("input_to_metabolic", "input_to_cellulose", "input_to_lignin"):
        x[MODEL.parameters.index(name)] -= 1.0
    return x


def assert_gradient(evaluate, target, x):
    value, gradient = evaluated(evaluate, target, x)
    assert np.isfinite(value).all()
    differences = np.empty_like(gradient)
    for k in range(len(x)):
        moved = np.zeros_like(x)
        moved[k] = STEP
        up, down = (evaluated(evaluate, target, x + sign * moved)[0] for sign in (1, -1))
        differences[k] = (up - down) / (2 * STEP)
    size = np.abs(differences).max(axis=0) + 1e-5 * np.abs(value)
    assert (np.abs(gradient - differences) < 1e-6 * size).all()


@pytest.mark.parametrize("errors", SETTINGS)
def test_of_sites(errors):
    columns, seen = zip(*(profile(seed) for seed in range(1, 4)), strict=True)
    seen = [altered(one, absolute=np.full(len(one.value), 50.0)) for one in seen]
    target = site_lanes(MODEL, columns, seen, errors, chains=LANES)
    assert_gradient(
        site_value_and_gradient, target, points(len(target.scratch.x), 3 * LANES, seed=5)
    )


@pytest.mark.parametrize("errors", SETTINGS)
def test_of_one_batch(errors):
    columns, seen = zip(*(profile(seed) for seed in range(1, 6)), strict=True)
    target = batch_lanes(MODEL, np.stack(columns), seen, errors)
    d = len(MODEL.parameters) + errors.estimated
    assert_gradient(batch_value_and_gradient, target, points(d, 8, seed=6))
