"""Likelihood of one horizon of any kind, for compiled code of tests."""

import math

from numba import njit

from proda.inference.likelihoods import (
    GAMMA,
    RELATIVE,
    gamma_horizon,
    log_horizon,
    relative_horizon,
)

__all__ = ["horizon_log_density"]


@njit(error_model="numpy")
def horizon_log_density(kind, modelled, observed, absolute, weight, censored, relative):
    """Log density, its derivative by ``modelled`` and that by the log of the relative error."""
    if kind == RELATIVE:
        return relative_horizon(modelled, observed, absolute, weight, censored, relative)
    log_observed = math.log(observed)
    if kind == GAMMA:
        return gamma_horizon(modelled, observed, log_observed, absolute, weight, censored, relative)
    return log_horizon(kind, modelled, log_observed, absolute, weight, censored, relative)
