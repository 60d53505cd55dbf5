"""Trajectories of Hamiltonian Monte Carlo in lanes, compiled.

Arrays over lanes have them as their last axis. The mathematics is in `proda.inference.hmc`.
"""

import math
from typing import NamedTuple, Self

import numpy as np

from proda.arrays import Counts, FloatArray, Mask
from proda.compiled import kernel
from proda.inference.sampler import LaneTarget, value_and_gradient

__all__ = ["MAX_ENERGY_ERROR", "Lanes", "iterate"]

MAX_ENERGY_ERROR = 1000.0  # beyond it the integrator has lost the energy surface
STEP_VARIATION = 0.2  # of a trajectory's step size, relative
# Of dual averaging, as Hoffman and Gelman (2014) set them.
SHRINKAGE, DELAY, DECAY = 0.05, 10.0, 0.75
FIRST_EXCESS = math.log(2.0)  # steps are tried from this much above the first


class Lanes(NamedTuple):
    """Chains in lanes.

    point, gradient     (d, n) of the log density at the point
    value               (n,) log density
    factor              (d, d, n) L of the metric, lower triangle
    log_step            (n,) logarithm of the step size
    tuning              (4, n) memory of dual averaging: first log_step, mean shortfall of the
                        acceptance, mean log_step, iterations
    accepted, diverged, outside
                        (n,) trajectories that were accepted, lost their energy, ended outside of
                        the prior's support
    exchanges           (n,) exchanges with other levels tried so far
    jumped              (n,) proposals from the mixture that were accepted (proda.inference.mixture)
    """

    point: FloatArray
    gradient: FloatArray
    value: FloatArray
    factor: FloatArray
    log_step: FloatArray
    tuning: FloatArray
    accepted: Counts
    diverged: Counts
    outside: Counts
    exchanges: Counts
    jumped: Counts

    @classmethod
    def new(cls, d: int, n: int) -> Self:
        """Lanes without a point, with the prior's metric."""
        factor = np.zeros((d, d, n))
        factor[np.arange(d), np.arange(d)] = 1.0
        counts = (np.zeros(n, dtype=np.int64) for _ in range(5))
        floats = np.zeros((d, n)), np.zeros((d, n)), np.zeros(n), factor, np.zeros(n)
        return cls(*floats, np.zeros((4, n)), *counts)

    def take(self, lanes: Counts) -> Self:
        """Copies of the lanes at these positions."""
        return self._replace(
            **{
                name: np.ascontiguousarray(array[..., lanes])
                for name, array in self._asdict().items()
            }
        )

    def put(self, lanes: Counts, others: "Lanes") -> None:
        """Overwrite the lanes at these positions."""
        for array, other in zip(self, others, strict=True):
            array[..., lanes] = other


@kernel
def _force(factor: FloatArray, gradient: FloatArray, force: FloatArray) -> None:
    """Fill ``force`` with L' gradient, all lanes."""
    d, n = gradient.shape
    for k in range(d):
        total = force[k]
        for i in range(n):
            total[i] = 0.0
        for j in range(k, d):
            row, source = factor[j, k], gradient[j]
            for i in range(n):
                total[i] += row[i] * source[i]


@kernel
def _drift(factor: FloatArray, step: FloatArray, momentum: FloatArray, place: FloatArray) -> None:
    """Add step * L momentum to ``place``, all lanes."""
    d, n = place.shape
    total = np.empty(n)
    for j in range(d):
        for i in range(n):
            total[i] = 0.0
        for k in range(j + 1):
            row, source = factor[j, k], momentum[k]
            for i in range(n):
                total[i] += row[i] * source[i]
        moved = place[j]
        for i in range(n):
            moved[i] += step[i] * total[i]


@kernel
def _temper(
    power: FloatArray, x: FloatArray, value: FloatArray, gradient: FloatArray, force: FloatArray
) -> None:
    """Raise the likelihood, what is not the prior's -x'x/2, to a power; ``force``: the gradient."""
    d, n = x.shape
    for i in range(n):
        value[i] *= power[i]
    for k in range(d):
        for i in range(n):
            rest = 1.0 - power[i]
            value[i] -= 0.5 * rest * x[k, i] * x[k, i]
            tempered = power[i] * gradient[k, i] - rest * x[k, i]
            force[k, i] = tempered if value[i] > -np.inf else gradient[k, i]


@kernel
def iterate(
    target: LaneTarget,
    lanes: Lanes,
    leapfrog: int,
    normals: FloatArray,
    uniforms: FloatArray,
    powers: FloatArray,
    group: int,
    target_acceptance: float,
    draws: FloatArray,
    values: FloatArray,
    gradients: FloatArray,
) -> None:
    """Trajectories of all lanes, one after the other.

    Parameters
    ----------
    target
        The log density.
    lanes
        Changed in place.
    leapfrog
        Steps of a trajectory.
    normals
        (iterations, d, n) momenta.
    uniforms
        (iterations, 2, n) for the step size and for the decision.
    powers
        (iterations, n) of the likelihood.
    group
        Number of neighbouring lanes that tune a step size together; 0 to leave step sizes alone.
    target_acceptance
        What they are tuned to.
    draws, values, gradients
        (iterations, d, n), (iterations, n) and (iterations, d, n) filled, of the likelihood as it
        is; gradients may be empty.
    """
    iterations, d, n = normals.shape
    place, momentum = np.empty((d, n)), np.empty((d, n))
    gradient, tempered, force = np.empty((d, n)), np.empty((d, n)), np.empty((d, n))
    value, level, step, energy = np.empty(n), np.empty(n), np.empty(n), np.empty(n)
    lost, moved = np.zeros(n, dtype=np.bool_), np.zeros(n, dtype=np.bool_)
    chance = np.empty(n)  # of acceptance; NaN where it tells nothing about the step size
    for t in range(iterations):
        for i in range(n):
            level[i] = lanes.value[i]
        _temper(powers[t], lanes.point, level, lanes.gradient, tempered)
        _force(lanes.factor, tempered, force)
        for i in range(n):
            varied = 1.0 + STEP_VARIATION * (2.0 * uniforms[t, 0, i] - 1.0)
            step[i] = varied * math.exp(lanes.log_step[i])
            energy[i] = -level[i]
            lost[i] = False
        for k in range(d):
            for i in range(n):
                place[k, i] = lanes.point[k, i]
                energy[i] += 0.5 * normals[t, k, i] * normals[t, k, i]
                momentum[k, i] = normals[t, k, i] + 0.5 * step[i] * force[k, i]
        for number in range(leapfrog):
            _drift(lanes.factor, step, momentum, place)
            value_and_gradient(place, target, value, gradient)
            for i in range(n):
                level[i] = value[i]
            _temper(powers[t], place, level, gradient, tempered)
            _force(lanes.factor, tempered, force)
            share = 0.5 if number == leapfrog - 1 else 1.0
            _kick(share, step, level, force, momentum, lost)
            # A lane that is lost stands where it began: no number of it can become harmful.
            for k in range(d):
                for i in range(n):
                    place[k, i] = lanes.point[k, i] if lost[i] else place[k, i]
        for i in range(n):
            energy[i] += level[i]
        for k in range(d):
            for i in range(n):
                energy[i] -= 0.5 * momentum[k, i] * momentum[k, i]
        for i in range(n):
            outside = level[i] == -np.inf and not lost[i]
            held = energy[i] > -MAX_ENERGY_ERROR and not lost[i]
            chance[i] = math.exp(min(energy[i], 0.0)) if held else 0.0
            moved[i] = held and uniforms[t, 1, i] < chance[i]
            if outside:
                chance[i] = np.nan
            lanes.outside[i] += outside
            lanes.diverged[i] += not held and not outside
            lanes.accepted[i] += moved[i]
            if moved[i]:
                lanes.value[i] = value[i]
        for k in range(d):
            for i in range(n):
                if moved[i]:
                    lanes.point[k, i] = place[k, i]
                    lanes.gradient[k, i] = gradient[k, i]
                draws[t, k, i] = lanes.point[k, i]
        for i in range(n):
            values[t, i] = lanes.value[i]
        if gradients.shape[0] > 0:
            for k in range(d):
                for i in range(n):
                    gradients[t, k, i] = lanes.gradient[k, i]
        if group > 0:
            for first in range(0, n, group):
                _tune(lanes, chance, first, first + group, target_acceptance)


@kernel
def _kick(
    share: float,
    step: FloatArray,
    value: FloatArray,
    force: FloatArray,
    momentum: FloatArray,
    lost: Mask,
) -> None:
    """Change the momenta by the force over a share of the step.

    Where there is no density, they are reflected. Lanes without a number for density or bound are
    lost.
    """
    d, n = momentum.shape
    along, square = np.zeros(n), np.zeros(n)
    for k in range(d):
        for i in range(n):
            along[i] += momentum[k, i] * force[k, i]
            square[i] += force[k, i] * force[k, i]
    for i in range(n):
        # Becomes the factor of the force: what a reflection adds, or a kick.
        reflected = value[i] == -np.inf and square[i] > 0.0
        lost[i] = lost[i] or not (abs(value[i]) < np.inf or reflected) or not square[i] < np.inf
        along[i] = -2.0 * along[i] / square[i] if reflected else share * step[i]
    for k in range(d):
        for i in range(n):
            momentum[k, i] = 0.0 if lost[i] else momentum[k, i] + along[i] * force[k, i]


@kernel
def _tune(
    lanes: Lanes, chance: FloatArray, first: int, stop: int, target_acceptance: float
) -> None:
    """Dual averaging of the step size that lanes share, after an iteration."""
    total, count = 0.0, 0
    for i in range(first, stop):
        if chance[i] >= 0.0:
            total += chance[i]
            count += 1
    start, shortfall, mean, iterations = lanes.tuning[:, first]
    iterations += 1.0
    if count > 0:
        gain = 1.0 / (iterations + DELAY)
        shortfall += gain * (target_acceptance - total / count - shortfall)
    now = start + FIRST_EXCESS - math.sqrt(iterations) / SHRINKAGE * shortfall
    weight = iterations**-DECAY
    mean = weight * now + (1.0 - weight) * mean
    for i in range(first, stop):
        lanes.log_step[i] = now
        lanes.tuning[1, i] = shortfall
        lanes.tuning[2, i] = mean
        lanes.tuning[3, i] = iterations
