"""Likelihood of horizons of any kind, for tests."""

import numpy as np
from numba import njit

from proda.inference.horizon_lanes import HorizonLanes, log_likelihood
from proda.model.lanes.layout import LANES
from proda.model.lanes.vector import block, fill, store

__all__ = ["horizon_log_density", "log_densities"]


@njit(error_model="numpy")
def _evaluate(horizons, modelled, relative, found):
    for first in range(0, found.shape[1], LANES):
        density, by_modelled, by_log_relative = log_likelihood(
            horizons, 0, first, fill(modelled), fill(relative)
        )
        lanes = block(found, first)
        store(lanes, 0, density)
        store(lanes, 1, by_modelled)
        store(lanes, 2, by_log_relative)


def log_densities(kind, modelled, observed, relative, absolute=0.0, weight=1.0, censored=False):
    """(3, n) log densities of n observations, their derivatives by ``modelled`` and by the log of
    the relative error."""
    n = len(observed)
    values = np.resize(observed, (1, -(-n // LANES) * LANES))
    of_lanes = [np.full(values.shape, float(one)) for one in (absolute, weight, censored)]
    operator = np.zeros((1, 1, values.shape[1]))
    horizons = HorizonLanes(kind, False, 0.0, 0.0, operator, values, np.log(values), *of_lanes)
    found = np.empty((3, values.shape[1]))
    _evaluate(horizons, modelled, relative, found)
    return found[:, :n]


def horizon_log_density(kind, modelled, observed, absolute, weight, censored, relative):
    """Log density, its derivative by ``modelled`` and that by the log of the relative error."""
    found = log_densities(kind, modelled, [observed], relative, absolute, weight, censored)
    return tuple(found[:, 0].tolist())
