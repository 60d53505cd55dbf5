"""Sampling along the surface that precise observations leave: no data are too sharp for it.

No rule uses it; benchmarks/truth.py does, to measure how often posterior intervals hold the truth.
With errors of 30 % Hamiltonian trajectories in lanes (`proda.inference.hmc`) give more effective
draws per second; with errors below about 3 % of the observation they hardly move, and this sampler
does (docs/methods/assimilation.md has the comparison).

Observations much more precise than the prior confine d parameters to the neighbourhood of a curved
surface. A random walk must keep to steps as short as the surface is thick, and never gets along it.
Au, Graham and Thiery (2023, https://doi.org/10.1093/jrsssb/qkad023) make the errors variables of
their own. With x the parameters, standard normal under the prior, and

    n = f(x) = sqrt(w) (H soc(x) - o) / sigma

the standardised errors, the posterior exp(-x'x/2 - n'n/2) lives on the surface n = f(x) in d + h
dimensions. With respect to the area of that surface its density is exp(-U),

    U = (x'x + n'n) / 2 + log det(I + J J') / 2,    J = df/dx,

which is as wide as the prior however small sigma is. (The determinant is that of the surface's
slope: dx = area / sqrt(det(I + J J')).)

An iteration draws a momentum tangent to the surface, makes one step of the integrator RATTLE
(Andersen 1983) under the force of (x'x + n'n)/2, and accepts it by its change of energy, the
determinant included. The step ends on the surface, to which it returns along the normals of where
it began. One that finds no way back, or from whose end the reverse step does not lead to where it
began, is rejected; that keeps the posterior exact (Zappa, Holmes-Cerfon and Goodman 2018,
https://doi.org/10.1002/cpa.21783). So is one that ends where the prior has no mass.

J comes from differences of f. Its errors of 1e-6 shift the energies by as much and no draw leaves
the surface for them. An iteration costs about 45 evaluations of the density.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from proda.arrays import FloatArray
from proda.compiled import inlined, kernel
from proda.errors import InputError
from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import MetropolisSettings
from proda.inference.sampler import Chain, ErrorTarget, LaneDraws
from proda.inference.surface import Point, copy_point, evaluate, make_tangent, return_to_surface

__all__ = ["Manifold", "run_manifold_chain"]

# A tempered random walk finds the surface; it need not explore it.
WAY_IN = MetropolisSettings(test_steps=5_000, steps=1, tempered_stages=10)
FIRST_STEP_SIZE = 0.1  # in standard deviations of the prior
MAX_STEP_SIZE = 1.6  # RATTLE is unstable beyond 2
TARGET_ACCEPTANCE = (
    0.5  # acceptance aimed at; effective draws per second are nearly flat from 0.4 to 0.6
)
MAX_RETURN_ERROR = 1e-5  # a reverse step that ends farther off has found another sheet


@dataclass(frozen=True)
class Manifold:
    """The sampler along the surface, a `proda.inference.sampler.Sampler` of error targets."""

    test_steps: int = 500

    def start(
        self, target: ErrorTarget, dimensions: int, streams: Sequence[np.random.Generator]
    ) -> "ManifoldRun":
        """Tune the step size of every chain, as `run_manifold_chain`."""
        return ManifoldRun(
            [_Walk.start(target, dimensions, self.test_steps, rng) for rng in streams]
        )


@dataclass(frozen=True)
class ManifoldRun:
    """Chains on the surface, a `proda.inference.sampler.Run`."""

    walks: "list[_Walk]"

    def draw(self, iterations: int) -> LaneDraws:
        """Continue all chains by a number of iterations.

        Raises
        ------
        InputError
            For fewer than one iteration.
        """
        if iterations < 1:
            raise InputError("iterations", "at least 1", str(iterations))
        n, d = len(self.walks), len(self.walks[0].here.x)
        draws, density = np.empty((n, iterations, d)), np.empty((n, iterations))
        acceptance = [
            walk.advance(*part) for walk, *part in zip(self.walks, draws, density, strict=True)
        ]
        none = np.zeros(n, dtype=np.int64)
        return LaneDraws(draws, density, np.array(acceptance), none, none)


@dataclass
class _Walk:
    """A chain on the surface with a tuned step size."""

    target: ErrorTarget
    rng: np.random.Generator
    here: Point
    there: Point
    step_size: float = FIRST_STEP_SIZE
    test_acceptance: float = 0.0

    @classmethod
    def start(cls, target: ErrorTarget, d: int, test_steps: int, rng: np.random.Generator) -> Self:
        """Find the surface and tune the step size on it."""
        if not target.transformed:
            raise InputError("transformed", "True, a normal prior", str(target.transformed))
        if test_steps < 1:
            raise InputError("test_steps", "at least 1", str(test_steps))
        here, there = (Point.new(d, len(target.misfit)) for _ in range(2))
        walk = cls(target, rng, here, there)
        walk.here.x[:] = run_chain(target, d, WAY_IN, rng).draws[-1]
        evaluate(walk.here, target)
        draws, density = np.empty((test_steps, d)), np.empty(test_steps)
        walk.test_acceptance, walk.step_size = _run(
            target, walk.here, walk.there, walk.step_size, True, rng, draws, density
        )
        return walk

    def advance(self, draws: FloatArray, density: FloatArray) -> float:
        """Fill the next draws and their log densities; returns the acceptance."""
        return _run(
            self.target, self.here, self.there, self.step_size, False, self.rng, draws, density
        )[0]


def run_manifold_chain(
    target: ErrorTarget, d: int, test_steps: int, steps: int, rng: np.random.Generator
) -> Chain:
    """Run one chain on a target with independent normal errors.

    Parameters
    ----------
    target
        In the transformed space; evaluating its log density fills ``misfit``.
    d
        Its number of dimensions.
    test_steps
        Iterations that tune the step size and are discarded.
    steps
        Iterations with that step size.
    rng
        Generator that is not used elsewhere.

    Raises
    ------
    InputError
        For a target in the original space, for fewer than one step, and if no starting point with
        positive density is found.
    """
    if steps < 1:
        raise InputError("steps", "at least 1", str(steps))
    walk = _Walk.start(target, d, test_steps, rng)
    draws, density = np.empty((steps, d)), np.empty(steps)
    acceptance = walk.advance(draws, density)
    return Chain(draws, density, acceptance, walk.test_acceptance, walk.step_size)


@kernel
def _square(x: FloatArray, error: FloatArray) -> float:
    """Squared length of the vector (x, error)."""
    total = 0.0
    for k in range(x.shape[0]):
        total += x[k] * x[k]
    for i in range(error.shape[0]):
        total += error[i] * error[i]
    return total


@inlined
def _turn(point: Point, step_size: float, velocity: FloatArray, velocity_error: FloatArray) -> None:
    """Change the velocity by the prior's force over half a step, along the surface."""
    for k in range(velocity.shape[0]):
        velocity[k] -= 0.5 * step_size * point.x[k]
    for i in range(velocity_error.shape[0]):
        velocity_error[i] -= 0.5 * step_size * point.error[i]
    make_tangent(point, velocity, velocity_error)


@inlined
def _move(
    start: Point,
    step_size: float,
    velocity: FloatArray,
    velocity_error: FloatArray,
    x: FloatArray,
    error: FloatArray,
) -> None:
    """Fill (x, error) with the end of a straight step from ``start``."""
    for k in range(x.shape[0]):
        x[k] = start.x[k] + step_size * velocity[k]
    for i in range(error.shape[0]):
        error[i] = start.error[i] + step_size * velocity_error[i]


@kernel
def _propose(
    target: ErrorTarget,
    here: Point,
    there: Point,
    step_size: float,
    velocity: FloatArray,
    velocity_error: FloatArray,
) -> bool:
    """One step from ``here``; fills ``there``, replaces the velocity. False where it has no end."""
    x, error = there.x, there.error
    _turn(here, step_size, velocity, velocity_error)
    _move(here, step_size, velocity, velocity_error, x, error)
    if not return_to_surface(target, here, x, error):
        return False
    evaluate(there, target)
    for k in range(x.shape[0]):
        velocity[k] = (x[k] - here.x[k]) / step_size
    for i in range(error.shape[0]):
        velocity_error[i] = (error[i] - here.error[i]) / step_size
    make_tangent(there, velocity, velocity_error)
    return True


@kernel
def _is_reversible(
    target: ErrorTarget,
    here: Point,
    there: Point,
    step_size: float,
    velocity: FloatArray,
    velocity_error: FloatArray,
) -> bool:
    """Whether the step from ``there`` with the opposite velocity ends ``here``."""
    x, error = np.empty(velocity.shape[0]), np.empty(velocity_error.shape[0])
    _move(there, -step_size, velocity, velocity_error, x, error)
    if not return_to_surface(target, there, x, error):
        return False
    close = True
    for k in range(x.shape[0]):
        close = close and abs(x[k] - here.x[k]) < MAX_RETURN_ERROR
    return close


@kernel
def _run(
    target: ErrorTarget,
    here: Point,
    there: Point,
    step_size: float,
    tune: bool,
    rng: np.random.Generator,
    draws: FloatArray,
    density: FloatArray,
) -> tuple[float, float]:
    """Fill draws and their log densities from ``here`` on; returns acceptance and step size.

    If the step size is tuned, the one returned is its (geometric) mean over the second half.
    """
    steps, d = draws.shape
    h = here.error.shape[0]
    velocity, velocity_error = np.empty(d), np.empty(h)
    log_step_size = mean_log_step_size = math.log(step_size)
    accepted = 0
    for t in range(steps):
        step = math.exp(log_step_size)
        for k in range(d):
            velocity[k] = rng.standard_normal()
        for i in range(h):
            velocity_error[i] = rng.standard_normal()
        u = rng.random()
        make_tangent(here, velocity, velocity_error)
        energy = here.area[0] + 0.5 * (
            _square(here.x, here.error) + _square(velocity, velocity_error)
        )
        moved = False
        if _propose(target, here, there, step, velocity, velocity_error):
            back, back_error = velocity.copy(), velocity_error.copy()
            _turn(there, step, velocity, velocity_error)
            energy -= there.area[0]
            energy -= 0.5 * (_square(there.x, there.error) + _square(velocity, velocity_error))
            # The reverse step is only looked at where it can still change the decision.
            moved = (energy >= 0.0 or u < math.exp(energy)) and _is_reversible(
                target, here, there, step, back, back_error
            )
        if moved:
            copy_point(there, here)
            accepted += 1
        if tune:
            gain = 1.0 / math.sqrt(1.0 + t / 10.0)
            log_step_size += gain * ((1.0 if moved else 0.0) - TARGET_ACCEPTANCE)
            log_step_size = min(log_step_size, math.log(MAX_STEP_SIZE))
            if t >= steps // 2:
                mean_log_step_size += (log_step_size - mean_log_step_size) / (t - steps // 2 + 1)
        for k in range(d):
            draws[t, k] = here.x[k]
        density[t] = -0.5 * _square(here.x, here.error)
    return accepted / steps, math.exp(mean_log_step_size)
