"""Profiles for tests of data assimilation: random forcing within the range of the continent."""

import numpy as np

from proda.inference.observations import Observations, depth_weights, interpolation_matrix
from proda.model import AnnualForcing, MatrixModel

MODEL = MatrixModel("clm45-10")
INPUT_FRACTIONS = [
    MODEL.parameters.index(f"input_to_{kind}") for kind in ("lignin", "metabolic", "cellulose")
]


def random_forcing(rng, n):
    """AnnualForcing of n columns."""
    low = rng.uniform(50.0, 700.0, n)
    return AnnualForcing(
        npp_min=low,
        npp_max=low * rng.uniform(1.0, 2.0, n),
        active_layer_depth=rng.choice([0.8, 3.0, 20.0], n),
        soil_temperature=rng.uniform(274.0, 297.0, n)[:, None] - 0.3 * np.arange(10),
        soil_water_potential=-(10.0 ** rng.uniform(-2.0, 0.7, (n, 10))),
    )


def random_theta(rng, n):
    """n draws of the prior: uniform on the cube, input fractions that sum to less than 1."""
    theta = rng.random((n, len(MODEL.parameters)))
    while (outside := fraction_sum(theta) >= 1.0).any():
        theta[outside] = rng.random((outside.sum(), theta.shape[1]))
    return theta


def fraction_sum(theta):
    return MODEL.parameters.to_physical(theta)[..., INPUT_FRACTIONS].sum(axis=-1)


def observe(rng, forcing, weights="study", noise=0.3):
    """Observations of one column: horizons at random depths, SOC of a draw of the prior + noise."""
    depth = np.sort(rng.uniform(0.02, 2.0, rng.integers(3, 9)))
    operator = interpolation_matrix(MODEL.grid.node, depth)
    soc = MODEL.soc(MODEL.steady_state(random_theta(rng, 1), forcing))[0]
    # The spline may undershoot below zero; observed carbon does not.
    linear = interpolation_matrix(MODEL.grid.node, depth, "linear")
    value = linear @ soc * np.exp(noise * rng.normal(size=len(depth)))
    return Observations(operator, value, 0.3 * value, depth_weights(depth, weights))
