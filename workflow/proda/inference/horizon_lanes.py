"""Horizons in lanes: the log likelihood of many horizons at once, each lane with its own.

Lanes are padded to a common number of horizons with horizons of weight zero, which count nothing.
The formulas are those of proda.inference.likelihoods; here is one loop over lanes per kind and row,
in which nothing depends on the kind or on whether any lane is censored.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from proda.arrays import Counts, FloatArray, Mask
from proda.compiled import kernel
from proda.inference.likelihoods import (
    GAMMA,
    MAX_RELATIVE_ERROR,
    MIN_RELATIVE_ERROR,
    RELATIVE,
    gamma_horizon,
    log_horizon,
    relative_horizon,
)
from proda.inference.observations import Observations
from proda.inference.prior_lanes import phi_and_slope
from proda.model.lanes.functions import exp_lanes
from proda.model.lanes.layout import LANES
from proda.model.lanes.vector import block, fill, load, store

__all__ = [
    "ErrorSettings",
    "HorizonLanes",
    "add_horizons",
    "enter_error",
    "fill_lanes",
    "horizon_lanes",
    "relative_error",
    "whole_blocks",
]


LOG_MIN = math.log(MIN_RELATIVE_ERROR)
LOG_SPAN = math.log(MAX_RELATIVE_ERROR / MIN_RELATIVE_ERROR)


class ErrorSettings(NamedTuple):
    """Distribution of the errors of all horizons.

    Attributes
    ----------
    kind
        One of proda.inference.likelihoods.ERROR_MODELS.
    estimated
        Whether the relative error is the last dimension of the sampler.
    relative
        The relative error where it is not estimated.
    """

    kind: int = RELATIVE
    estimated: bool = False
    relative: float = 0.3


class HorizonLanes(NamedTuple):
    """Horizons of n lanes, padded to a common number.

    Attributes
    ----------
    kind
        Of the likelihood, one of proda.inference.likelihoods.ERROR_MODELS.
    estimated
        Whether the relative error is the last dimension of the sampler.
    relative
        The relative error where it is not estimated.
    operator
        (horizons, layers, n) interpolation matrices.
    value, log_value
        (horizons, n) observed SOC density, gC m-3, and its logarithm.
    absolute
        (horizons, n) absolute error, gC m-3.
    weight
        (horizons, n) weight, 0 where there is no horizon.
    censored
        (horizons, n) whether the value is an upper limit.
    any_censored
        (horizons,) whether one of the row is.
    """

    kind: int
    estimated: bool
    relative: float
    operator: FloatArray
    value: FloatArray
    log_value: FloatArray
    absolute: FloatArray
    weight: FloatArray
    censored: Mask
    any_censored: Mask

    def take(self, lanes: Counts) -> "HorizonLanes":
        """Some of the lanes."""
        names = ("operator", "value", "log_value", "absolute", "weight", "censored")
        parts: dict[str, Any] = {
            name: np.ascontiguousarray(getattr(self, name)[..., lanes]) for name in names
        }
        return self._replace(**parts)


def horizon_lanes(
    observations: Sequence[Observations], source: Counts, present: Mask, errors: ErrorSettings
) -> HorizonLanes:
    """Horizons of profiles in lanes.

    Parameters
    ----------
    observations
        Of the profiles.
    source
        (rows, n) which horizon stands there, counted through all profiles.
    present
        (rows, n) whether it counts; elsewhere it only fills its place.
    errors
        Distribution of the errors.
    """
    value = np.concatenate([one.value for one in observations])
    operator = np.concatenate([one.operator for one in observations])
    absolute = np.concatenate([one.absolute for one in observations])
    weight = np.concatenate([one.weight for one in observations])
    censored = np.concatenate([one.censored for one in observations])
    source = np.ascontiguousarray(source)  # of another order, all kernels would compile once more
    return HorizonLanes(
        errors.kind,
        errors.estimated,
        errors.relative,
        np.ascontiguousarray(np.moveaxis(operator[source], -1, 1)),
        value[source],
        np.log(value[source]),
        absolute[source],
        np.ascontiguousarray(np.where(present, weight[source], 0.0)),
        censored[source],
        np.asarray((censored[source] & present).any(axis=1)),
    )


def whole_blocks(lanes: Counts) -> Counts:
    """Positions of lanes, filled up to a multiple of LANES by repeating the last."""
    return np.append(lanes, np.repeat(lanes[-1:], -len(lanes) % LANES))


def fill_lanes(sizes: Counts) -> tuple[Counts, Mask]:
    """Places of the horizons of profiles of these sizes, a lane each.

    Returns
    -------
    source, present
        (rows, n) as ``horizon_lanes``; a lane with fewer horizons than another repeats its first.
    """
    row = np.arange(sizes.max(initial=1))[:, None]
    present = row < sizes
    return np.cumsum(sizes) - sizes + np.where(present, row, 0), present


@kernel
def add_horizons(
    horizons: HorizonLanes,
    row: int,
    modelled: FloatArray,
    relative: FloatArray,
    log_density: FloatArray,
    by_modelled: FloatArray,
    by_log_relative: FloatArray,
) -> None:
    """Log likelihood of one horizon of every lane.

    Parameters
    ----------
    horizons
        Of all lanes.
    row
        Number of the horizon.
    modelled
        (n,) SOC of the model there, gC m-3.
    relative
        (n,) relative error.
    log_density
        (n,) to which the log likelihood is added.
    by_modelled
        (n,) filled with its derivative by ``modelled``.
    by_log_relative
        (n,) to which its derivative by the logarithm of the relative error is added.
    """
    kind, n = horizons.kind, modelled.shape[0]
    value, log_value = horizons.value[row], horizons.log_value[row]
    absolute, weight, censored = (
        horizons.absolute[row],
        horizons.weight[row],
        horizons.censored[row],
    )
    if kind == RELATIVE:
        for i in range(n):
            density, by_m, by_c = relative_horizon(
                modelled[i], value[i], absolute[i], weight[i], censored[i], relative[i]
            )
            counts = weight[i] > 0.0
            log_density[i] += density if counts else 0.0
            by_modelled[i] = by_m if counts else 0.0
            by_log_relative[i] += by_c if counts else 0.0
    elif kind == GAMMA:
        for i in range(n):
            density, by_m, by_c = gamma_horizon(
                modelled[i],
                value[i],
                log_value[i],
                absolute[i],
                weight[i],
                censored[i],
                relative[i],
            )
            counts = weight[i] > 0.0
            log_density[i] += density if counts else 0.0
            by_modelled[i] = by_m if counts else 0.0
            by_log_relative[i] += by_c if counts else 0.0
    elif horizons.any_censored[row]:
        for i in range(n):
            density, by_m, by_c = log_horizon(
                kind, modelled[i], log_value[i], absolute[i], weight[i], censored[i], relative[i]
            )
            counts = weight[i] > 0.0
            log_density[i] += density if counts else 0.0
            by_modelled[i] = by_m if counts else 0.0
            by_log_relative[i] += by_c if counts else 0.0
    else:
        for i in range(n):
            density, by_m, by_c = log_horizon(
                kind, modelled[i], log_value[i], absolute[i], weight[i], False, relative[i]
            )
            counts = weight[i] > 0.0
            log_density[i] += density if counts else 0.0
            by_modelled[i] = by_m if counts else 0.0
            by_log_relative[i] += by_c if counts else 0.0


@kernel
def enter_error(
    x: FloatArray,
    row: int,
    horizons: HorizonLanes,
    relative: FloatArray,
    slope: FloatArray,
) -> None:
    """Relative errors (n,) of n points x, and the slope of their logarithms, ``slope[row]``.

    An estimated one is log-uniform within its bounds, log c = log min + Phi(x) log(max / min). The
    number of points is a multiple of LANES.
    """
    errors = relative.reshape((1, relative.shape[0]))
    for i in range(0, x.shape[1], LANES):
        if horizons.estimated:
            share, density = phi_and_slope(load(block(x, i), row))
            store(block(errors, i), 0, exp_lanes(LOG_MIN + share * LOG_SPAN))
            store(block(slope, i), row, density * LOG_SPAN)
        else:
            store(block(errors, i), 0, fill(horizons.relative))


def relative_error(theta: FloatArray) -> FloatArray:
    """Relative errors of draws of their dimension, theta = Phi(x)."""
    return np.exp(LOG_MIN + theta * LOG_SPAN)
