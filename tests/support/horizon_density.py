"""Likelihood of one horizon of any kind, for tests."""

import numpy as np
from numba import njit

from proda.inference.horizon_lanes import HorizonLanes, log_likelihood
from proda.model.lanes.layout import LANES
from proda.model.lanes.vector import block, fill, store

__all__ = ["horizon_log_density"]


@njit(error_model="numpy")
def _evaluate(horizons, modelled, relative, found):
    density, by_modelled, by_log_relative = log_likelihood(
        horizons, 0, 0, fill(modelled), fill(relative)
    )
    lanes = block(found, 0)
    store(lanes, 0, density)
    store(lanes, 1, by_modelled)
    store(lanes, 2, by_log_relative)


def horizon_log_density(kind, modelled, observed, absolute, weight, censored, relative):
    """Log density, its derivative by ``modelled`` and that by the log of the relative error."""
    of_lanes = [
        np.full((1, LANES), float(one))
        for one in (observed, np.log(observed), absolute, weight, censored)
    ]
    horizons = HorizonLanes(kind, False, 0.0, np.zeros((1, 1, LANES)), *of_lanes)
    found = np.empty((3, LANES))
    _evaluate(horizons, modelled, relative, found)
    return tuple(found[:, -1].tolist())
