"""Horizons in lanes: the log likelihood of many horizons at once, each lane with its own.

Lanes are padded to a common number of horizons with horizons of weight zero, which count nothing.
The formulas are those of proda.inference.likelihoods.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy.special import ndtri

from proda.arrays import Counts, FloatArray, Mask
from proda.compiled import inlined, kernel
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
from proda.model.lanes.layout import LANES, aligned_lanes
from proda.model.lanes.vector import Vector, block, fill, load, select, store

__all__ = [
    "ErrorSettings",
    "HorizonLanes",
    "enter_error",
    "fill_lanes",
    "horizon_lanes",
    "log_likelihood",
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
        The stated relative error, which holds where it is not estimated.
    spread
        Prior standard deviation of the logarithm of an estimated relative error about that of the
        stated one; 0 where its prior is log-uniform.
    """

    kind: int = RELATIVE
    estimated: bool = False
    relative: float = 0.3
    spread: float = 0.0


class HorizonLanes(NamedTuple):
    """Horizons of n lanes, padded to a common number.

    Attributes
    ----------
    kind
        Of the likelihood, one of proda.inference.likelihoods.ERROR_MODELS.
    estimated
        Whether the relative error is the last dimension of the sampler.
    relative
        The stated relative error, which holds where it is not estimated.
    spread
        Prior standard deviation of the logarithm of an estimated one, as in ErrorSettings.
    operator
        (horizons, layers, n) interpolation matrices.
    value, log_value
        (horizons, n) observed SOC density, gC m-3, and its logarithm.
    absolute
        (horizons, n) absolute error, gC m-3.
    weight
        (horizons, n) weight, 0 where there is no horizon.
    censored
        (horizons, n) 1 where the value is an upper limit, else 0.
    """

    kind: int
    estimated: bool
    relative: float
    spread: float
    operator: FloatArray
    value: FloatArray
    log_value: FloatArray
    absolute: FloatArray
    weight: FloatArray
    censored: FloatArray

    def take(self, lanes: Counts) -> "HorizonLanes":
        """Some of the lanes."""
        names = ("operator", "value", "log_value", "absolute", "weight", "censored")
        parts: dict[str, Any] = {
            name: aligned_lanes(getattr(self, name)[..., lanes]) for name in names
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
    return HorizonLanes(
        errors.kind,
        errors.estimated,
        errors.relative,
        errors.spread,
        aligned_lanes(np.moveaxis(operator[source], -1, 1)),
        aligned_lanes(value[source]),
        aligned_lanes(np.log(value[source])),
        aligned_lanes(absolute[source]),
        aligned_lanes(np.where(present, weight[source], 0.0)),
        aligned_lanes(np.where(present, censored[source], 0.0)),
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


@inlined
def log_likelihood(
    horizons: HorizonLanes, row: int, first: int, modelled: Vector, relative: Vector
) -> tuple[Vector, Vector, Vector]:
    """Log likelihood of one horizon of every lane of a block.

    Parameters
    ----------
    horizons
        Of all lanes.
    row
        Number of the horizon.
    first
        First lane of the block.
    modelled
        SOC of the model there, gC m-3.
    relative
        Relative error.

    Returns
    -------
    tuple
        Log likelihood, its derivative by ``modelled``, and that by the logarithm of the relative
        error; zeros where there is no horizon.
    """
    value, log_value = block(horizons.value, first), block(horizons.log_value, first)
    absolute = load(block(horizons.absolute, first), row)
    weight = load(block(horizons.weight, first), row)
    censored = load(block(horizons.censored, first), row) > 0.0
    if horizons.kind == RELATIVE:
        density, by_modelled, by_log_relative = relative_horizon(
            modelled, load(value, row), absolute, weight, censored, relative
        )
    elif horizons.kind == GAMMA:
        density, by_modelled, by_log_relative = gamma_horizon(
            modelled, load(value, row), load(log_value, row), absolute, weight, censored, relative
        )
    else:
        density, by_modelled, by_log_relative = log_horizon(
            horizons.kind, modelled, load(log_value, row), absolute, weight, censored, relative
        )
    counts = weight > 0.0
    return (
        select(counts, density, 0.0),
        select(counts, by_modelled, 0.0),
        select(counts, by_log_relative, 0.0),
    )


@kernel
def enter_error(
    x: FloatArray,
    row: int,
    horizons: HorizonLanes,
    relative: FloatArray,
    slope: FloatArray,
) -> None:
    """Relative errors (n,) of n points x, and the slope of their logarithms, ``slope[row]``.

    `proda.inference.likelihoods` has the priors of an estimated one. n is a multiple of LANES.
    """
    errors = relative.reshape((1, relative.shape[0]))
    for i in range(0, x.shape[1], LANES):
        if not horizons.estimated:
            store(block(errors, i), 0, fill(horizons.relative))
        elif horizons.spread > 0.0:
            factor = exp_lanes(horizons.spread * load(block(x, i), row))
            store(block(errors, i), 0, horizons.relative * factor)
            store(block(slope, i), row, fill(horizons.spread))
        else:
            share, density = phi_and_slope(load(block(x, i), row))
            store(block(errors, i), 0, exp_lanes(LOG_MIN + share * LOG_SPAN))
            store(block(slope, i), row, density * LOG_SPAN)


def relative_error(theta: FloatArray, errors: ErrorSettings) -> FloatArray:
    """Estimated relative errors of draws of their dimension, theta = Phi(x)."""
    if errors.spread > 0.0:
        return errors.relative * np.exp(errors.spread * ndtri(theta))
    return np.exp(LOG_MIN + theta * LOG_SPAN)
