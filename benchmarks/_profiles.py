"""Profiles for benchmarks: random climates of the conterminous US, horizons and their true SOC."""

import numpy as np

from proda.inference.observations import Observations, depth_weights, interpolation_matrix
from proda.model import AnnualForcing, MatrixModel

__all__ = ["MODEL", "draw_forcing", "draw_theta", "observe"]

MODEL = MatrixModel("clm45-10")


def draw_forcing(rng):
    """One column: mean 1 to 24 degC, -0.01 to -5 MPa (drier above), 50 to 1,000 gC m-2 yr-1."""
    node = MODEL.grid.node
    npp = 10.0 ** rng.uniform(1.7, 3.0)
    spread = rng.uniform(0.1, 0.5)
    dryness = 10.0 ** rng.uniform(-2.0, 0.7)
    return AnnualForcing(
        npp_min=npp * (1.0 - spread),
        npp_max=npp * (1.0 + spread),
        active_layer_depth=rng.choice([2.0, 4.0, 42.0], p=[0.05, 0.05, 0.9]),
        soil_temperature=rng.uniform(274.0, 297.0) + rng.normal(0.0, 0.5) * node,
        soil_water_potential=-dryness * np.exp(-node * rng.uniform(0.0, 1.0)),
    )


def draw_theta(rng):
    """A draw of the prior: uniform, input fractions that sum to less than 1."""
    prior = MODEL.prior
    while True:
        theta = rng.random(len(prior))
        if prior.fraction_sum(theta) < 1.0:
            return theta


def observe(rng, forcing, theta, relative_error, weights):
    """Observations of 3 to 8 horizons: the model's SOC plus noise of variance sigma^2 / weight.

    sigma is ``relative_error`` times the SOC of a reference, the profile in the middle of the
    prior: it does not depend on theta. Values may be negative, as noise is.
    """
    depth = np.sort(rng.uniform(0.02, 1.0, rng.integers(3, 9)) * rng.uniform(0.5, 2.0))
    operator = interpolation_matrix(MODEL.grid.node, depth)
    middle = np.full(len(theta), 0.5)
    middle[MODEL.parameters.index("input_to_cellulose")] = 0.3  # fractions that sum to less than 1
    true, reference = MODEL.soc(MODEL.steady_state(np.stack([theta, middle]), forcing))
    weight = depth_weights(depth, weights)
    sigma = relative_error * operator @ reference
    noise = sigma / np.sqrt(weight) * rng.normal(size=len(depth))
    return Observations(operator, np.ones(len(depth)), sigma, weight), operator @ true + noise
