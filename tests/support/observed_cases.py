"""Observed profiles of both structures, with the SOC of known parameters."""

import numpy as np

from model_cases import DRAWS
from proda.inference.observations import Observations, interpolation_matrix
from proda.learning.observed import observed_profiles
from proda.model import MatrixModel


def profile_ids(n):
    return [f"P{i}" for i in range(n)]


def observations_of(model, theta, forcing, noise=0.3, seed=3):
    """Three to five horizons of each column above its bedrock, linear between layers."""
    rng = np.random.default_rng(seed)
    soc = model.soc(model.steady_state(theta, forcing))
    found = []
    for column in soc:
        bottom = model.grid.node[max(np.flatnonzero(column > 0.0)[-1] - 1, 1)]
        depth = np.sort(rng.uniform(0.02, min(1.5, bottom), rng.integers(3, 6)))
        operator = interpolation_matrix(model.grid.node, depth, "linear")
        value = operator @ column * np.exp(noise * rng.normal(size=len(depth)))
        ones = np.ones(len(depth))
        found.append(Observations(operator, value, 0.3 * value, ones))
    return found


def observed_case(structure, n=11, error_model="lognormal", noise=0.3):
    """Observed profiles at random sets of parameters: (observed, model, theta, forcing, list)."""
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](n, seed=17)
    observations = observations_of(model, theta, forcing, noise)
    columns = model.columns(forcing)
    observed = observed_profiles(model, columns, observations, profile_ids(n), error_model)
    return observed, model, theta, forcing, observations
