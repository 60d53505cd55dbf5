"""Steps of the random walks, compiled: proposals, their adaptation, test runs and formal run.

The mathematics is in `proda.inference.metropolis`.
"""

import math
from typing import NamedTuple, Self

import numpy as np

from proda.arrays import FloatArray
from proda.compiled import inlined, kernel
from proda.inference.metropolis_settings import MetropolisSettings
from proda.inference.sampler import Target
from proda.inference.targets import log_density

__all__ = [
    "State",
    "adaptive_test_run",
    "draw_increments",
    "formal_run",
    "remember",
    "renew",
    "set_identity",
    "uniform_test_run",
]

TARGET_ACCEPTANCE = (
    0.28  # acceptance aimed at; it ends up lower, as the history widens the covariance
)
# Fractions of the default test run at which it forgets its history, the approach from the start.
FORGET_AT = (0.1, 0.25, 0.5)
SETTLED_AT = 0.75  # fraction from which its scale is averaged, as single steps scatter
# Steps per dimension before a history counts: a covariance from fewer is nearly singular.
MIN_HISTORY = 20.0
TUNING_BATCH = 100  # steps between changes of the uniform step


class State(NamedTuple):
    """Memory of the adaptation.

    moments   (d + 2, d)  weight in [0, 0], means in row 1, sums of products below (lower triangle)
    factor    (d, d)      Cholesky factor of the proposal covariance, unscaled
    proposal  (d,)
    noise, increments     (d, block) normal numbers, and the same with that covariance
    """

    moments: FloatArray
    factor: FloatArray
    proposal: FloatArray
    noise: FloatArray
    increments: FloatArray

    @classmethod
    def new(cls, d: int, block: int) -> Self:
        """Empty memory of ``d`` dimensions that draws ``block`` steps at once."""
        shapes = (d + 2, d), (d, d), (d,), (d, block), (d, block)
        return cls(*(np.zeros(shape) for shape in shapes))


@kernel
def remember(moments: FloatArray, x: FloatArray, weight: float) -> None:
    """Add ``weight`` repeats of x to the running mean and sums of products (West 1979)."""
    d = x.shape[0]
    total = moments[0, 0] + weight
    fraction = weight / total
    mean = moments[1]
    keep = weight * (1.0 - fraction)
    for i in range(d):
        difference = x[i] - mean[i]
        row = moments[2 + i]
        for j in range(i + 1):
            row[j] += keep * difference * (x[j] - mean[j])
    for i in range(d):
        mean[i] += fraction * (x[i] - mean[i])
    moments[0, 0] = total


@kernel
def renew(moments: FloatArray, factor: FloatArray, epsilon: float) -> None:
    """Cholesky factor of the covariance of the history plus epsilon; kept if there is none."""
    d = factor.shape[0]
    if moments[0, 0] < MIN_HISTORY * d:
        return
    scale = 1.0 / (moments[0, 0] - 1.0)
    fresh = np.empty((d, d))
    for i in range(d):
        for j in range(i + 1):
            total = moments[2 + i, j] * scale
            if i == j:
                total += epsilon
            for k in range(j):
                total -= fresh[i, k] * fresh[j, k]
            if i == j:
                if not total > 0.0:
                    return
                fresh[i, i] = math.sqrt(total)
            else:
                fresh[i, j] = total / fresh[j, j]
    for i in range(d):
        for j in range(i + 1):
            factor[i, j] = fresh[i, j]


@kernel
def set_identity(factor: FloatArray, scale: float) -> None:
    """Make a factor ``scale`` times the identity."""
    factor[:] = 0.0
    for i in range(factor.shape[0]):
        factor[i, i] = scale


@kernel
def draw_increments(state: State, rng: np.random.Generator) -> None:
    """Normal vectors with the covariance of the factor, a block of steps at once, unscaled.

    The inner loop runs over the block, where it is fast: step by step costs ten times as much.
    """
    noise, increments = state.noise, state.increments
    d, block = noise.shape
    for step in range(block):
        for i in range(d):
            noise[i, step] = rng.standard_normal()
    increments[:] = 0.0
    for i in range(d):
        total = increments[i]
        for k in range(i + 1):
            weight, source = state.factor[i, k], noise[k]
            for step in range(block):
                total[step] += weight * source[step]


@inlined
def _propose_normal(
    x: FloatArray, state: State, scale: float, step: int, rng: np.random.Generator
) -> None:
    """Proposal of the ``step``-th step; the factor is only renewed at multiples of the block."""
    column = step % state.noise.shape[1]
    if column == 0:
        draw_increments(state, rng)
    for i in range(x.shape[0]):
        state.proposal[i] = x[i] + scale * state.increments[i, column]


@kernel
def _propose_uniform(x: FloatArray, state: State, step: float, rng: np.random.Generator) -> None:
    """Proposal from the cube of edge ``step`` around the current point."""
    for i in range(x.shape[0]):
        state.proposal[i] = x[i] + step * (rng.random() - 0.5)


@inlined
def _accept(
    target: Target, x: FloatArray, density: FloatArray, state: State, rng: np.random.Generator
) -> bool:
    """Metropolis decision on ``state.proposal``; moves x and density if accepted."""
    proposed = log_density(state.proposal, target)
    # The uniform number is drawn in any case: the stream does not depend on rounding.
    u = rng.random()
    if abs(proposed) < np.inf and (proposed >= density[0] or u < math.exp(proposed - density[0])):
        for i in range(x.shape[0]):
            x[i] = state.proposal[i]
        density[0] = proposed
        return True
    return False


@kernel
def uniform_test_run(
    target: Target,
    x: FloatArray,
    density: FloatArray,
    state: State,
    settings: MetropolisSettings,
    rng: np.random.Generator,
) -> float:
    """Test run of eq. 7; leaves the covariance of its states in the factor, returns acceptance."""
    step = 1.0 / settings.step_divisor
    accepted = batch_accepted = 0
    for t in range(1, settings.test_steps + 1):
        _propose_uniform(x, state, step, rng)
        moved = _accept(target, x, density, state, rng)
        accepted += moved
        batch_accepted += moved
        remember(state.moments, x, 1.0)
        if t % TUNING_BATCH == 0:
            fraction = batch_accepted / TUNING_BATCH
            if fraction < settings.min_acceptance:
                step *= 0.8
            elif fraction > settings.max_acceptance:
                step *= 1.25
            batch_accepted = 0
    set_identity(state.factor, step)
    renew(state.moments, state.factor, settings.epsilon)
    state.moments[:] = 0.0
    return accepted / max(settings.test_steps, 1)


@kernel
def adaptive_test_run(
    target: Target,
    x: FloatArray,
    density: FloatArray,
    state: State,
    scale: float,
    settings: MetropolisSettings,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Find covariance and scale from their present values; returns acceptance and scale.

    The history of its last half remains.
    """
    log_scale = math.log(scale)
    accepted = 0
    first_renewal = int(FORGET_AT[0] * settings.test_steps)
    settled = int(SETTLED_AT * settings.test_steps)
    mean_log_scale = log_scale
    for t in range(settings.test_steps):
        for fraction in FORGET_AT:
            if t == int(fraction * settings.test_steps):
                renew(state.moments, state.factor, settings.epsilon)
                state.moments[:] = 0.0
        if t > first_renewal and t % settings.renew_every == 0:
            renew(state.moments, state.factor, settings.epsilon)
        _propose_normal(x, state, math.exp(log_scale), t, rng)
        moved = _accept(target, x, density, state, rng)
        # Robbins and Monro: ever smaller changes of the logarithm of the scale.
        gain = 0.3 / math.sqrt(1.0 + t / 200.0)
        log_scale += gain * ((1.0 if moved else 0.0) - TARGET_ACCEPTANCE)
        accepted += moved
        remember(state.moments, x, 1.0)
        if t >= settled:
            mean_log_scale += (log_scale - mean_log_scale) / (t - settled + 1)
    renew(state.moments, state.factor, settings.epsilon)
    return accepted / max(settings.test_steps, 1), math.exp(mean_log_scale)


@kernel
def formal_run(
    target: Target,
    x: FloatArray,
    density: FloatArray,
    state: State,
    scale: float,
    settings: MetropolisSettings,
    rng: np.random.Generator,
    draws: FloatArray,
    densities: FloatArray,
    first: int,
) -> int:
    """Steps of the formal run from ``first`` on; fills draws, returns how many were accepted."""
    accepted = 0
    repeats = 0
    for place in range(draws.shape[0]):
        t = first + place
        if t % settings.renew_every == 0 and t >= settings.adapt_from:
            renew(state.moments, state.factor, settings.epsilon)
        _propose_normal(x, state, scale, t, rng)
        if _accept(target, x, density, state, rng):
            accepted += 1
            # The point before counts as often as the chain stood on it; draws has it still.
            if repeats > 0:
                remember(state.moments, draws[place - 1], repeats)
                repeats = 0
        repeats += 1
        for i in range(x.shape[0]):
            draws[place, i] = x[i]
        densities[place] = density[0]
        if (t + 1) % settings.renew_every == 0 or place + 1 == draws.shape[0]:
            remember(state.moments, x, repeats)
            repeats = 0
    return accepted
