"""Adaptive Metropolis sampling (Haario, Saksman and Tamminen 2001; Tao et al. 2020, eq. 6-8).

A chain has a test run, of which only the last point and the tuned proposal are kept, and a formal
run.

The test run of the default sampler proposes from the covariance of its own recent history and tunes
the scale of the proposal towards the best acceptance of a random walk. For posteriors so sharp that
a chain from the prior would stop short of them, its first half may raise the likelihood to powers
that rise to 1. That of the preset ``paper``
proposes uniformly around the current point, within 1/D of the prior's width (eq. 7), and shortens
or lengthens the step where acceptance leaves the window.

The formal run proposes from a normal distribution around the current point with covariance

    scale^2 (cov(history) + epsilon I)

The scale is fixed: what the test run found, or s_d = 2.38^2 / d for ``paper``. The covariance is
that of the test run until step t0, then that of the history, renewed at fixed intervals; its
adaptation diminishes, which keeps the posterior exact (Haario et al. 2001). A proposal without
prior mass is rejected like any other of density zero. Nothing is annealed: the acceptance
probability is min(1, ratio of densities) throughout.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from proda.arrays import FloatArray
from proda.errors import InputError
from proda.inference.metropolis_kernels import (
    State,
    adaptive_test_run,
    formal_run,
    set_identity,
    uniform_test_run,
)
from proda.inference.metropolis_settings import MetropolisSettings, checked_settings
from proda.inference.sampler import Chain, LaneDraws, Progress, Target
from proda.inference.targets import evaluate

__all__ = ["Metropolis", "run_chain"]

FIRST_POWER = 1e-5  # of the likelihood in the first tempered stage
FIRST_SCALE = 0.3  # of the default test run, in standard deviations of the prior
MAX_STARTS = 10_000


@dataclass(frozen=True)
class Metropolis:
    """The adaptive Metropolis sampler with its settings, a `proda.inference.sampler.Sampler`."""

    settings: MetropolisSettings = MetropolisSettings()

    def start(
        self, target: Target, dimensions: int, streams: Sequence[np.random.Generator]
    ) -> "MetropolisRun":
        """Make the test run of every chain.

        Raises
        ------
        InputError
            As `run_chain`.
        """
        settings = checked_settings(self.settings)
        return MetropolisRun([_Walk.start(target, dimensions, settings, rng) for rng in streams])


@dataclass
class MetropolisRun:
    """Chains after their test runs, a `proda.inference.sampler.Run`."""

    walks: "list[_Walk]"

    def draw(self, iterations: int) -> LaneDraws:
        """Continue all chains by a number of steps.

        Raises
        ------
        InputError
            For a number that ends between renewals of the covariance, whose place would matter.
        """
        every = self.walks[0].settings.renew_every
        if iterations < 1 or iterations % every:
            raise InputError("iterations", f"a multiple of {every}", str(iterations))
        n, d = len(self.walks), len(self.walks[0].x)
        draws, densities = np.empty((n, iterations, d)), np.empty((n, iterations))
        accepted = [
            walk.advance(*part) for walk, *part in zip(self.walks, draws, densities, strict=True)
        ]
        none = np.zeros(n, dtype=np.int64)
        return LaneDraws(draws, densities, np.array(accepted) / iterations, none, none)


def run_chain(
    target: Target,
    d: int,
    settings: MetropolisSettings,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Chain:
    """Run one chain.

    Parameters
    ----------
    target
        The log density.
    d
        Its number of dimensions.
    settings
        Of the sampler.
    rng
        Generator that is not used elsewhere.
    progress
        Called with the number of steps done and the acceptance so far, ten times.

    Raises
    ------
    InputError
        For settings without a meaning, and if no starting point with positive density is found.
    """
    walk = _Walk.start(target, d, checked_settings(settings), rng)
    draws = np.empty((settings.steps, d))
    densities = np.empty(settings.steps)
    # Parts end where the covariance is renewed, so that progress changes nothing.
    part = -(-settings.steps // (10 * settings.renew_every)) * settings.renew_every
    accepted = 0
    for begin in range(0, settings.steps, part):
        end = min(begin + part, settings.steps)
        accepted += walk.advance(draws[begin:end], densities[begin:end])
        if progress is not None:
            progress(end, accepted / end)
    return Chain(draws, densities, accepted / settings.steps, walk.test_acceptance, walk.scale)


@dataclass
class _Walk:
    """A chain after its test run."""

    target: Target
    settings: MetropolisSettings
    rng: np.random.Generator
    x: FloatArray
    density: FloatArray
    state: State
    test_acceptance: float = 0.0
    scale: float = 0.0
    done: int = 0  # steps of the formal run

    @classmethod
    def start(
        cls, target: Target, d: int, settings: MetropolisSettings, rng: np.random.Generator
    ) -> Self:
        """Find a starting point and make the test run."""
        x, density = _start(target, d, settings, rng)
        state = State.new(d, settings.renew_every)
        walk = cls(target, settings, rng, x, density, state)
        if settings.uniform_test_run:
            walk.test_acceptance = uniform_test_run(target, x, density, state, settings, rng)
            walk.scale = 2.38 / math.sqrt(d)
        else:
            walk.test_acceptance, walk.scale = _tempered_test_run(
                target, x, density, state, settings, rng
            )
        return walk

    def advance(self, draws: FloatArray, densities: FloatArray) -> int:
        """Fill the next draws and their densities; returns how many proposals were accepted."""
        first, self.done = self.done, self.done + len(draws)
        return formal_run(
            self.target,
            self.x,
            self.density,
            self.state,
            self.scale,
            self.settings,
            self.rng,
            draws,
            densities,
            first,
        )


def _tempered_test_run(
    target: Target,
    x: FloatArray,
    density: FloatArray,
    state: State,
    settings: MetropolisSettings,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Adaptive test run; ``tempered_stages`` temper the likelihood in its first half."""
    set_identity(state.factor, 1.0)
    scale, full = FIRST_SCALE, settings.test_steps
    if settings.tempered_stages > 0:
        steps = settings.test_steps // (2 * settings.tempered_stages)
        full -= steps * settings.tempered_stages
        for stage in range(settings.tempered_stages):
            power = FIRST_POWER ** (1.0 - stage / settings.tempered_stages)
            part, tempered = settings._replace(test_steps=steps), target.at_power(power)
            density[0] = evaluate(x, tempered)
            _, scale = adaptive_test_run(tempered, x, density, state, scale, part, rng)
        density[0] = evaluate(x, target)
    part = settings._replace(test_steps=full)
    return adaptive_test_run(target, x, density, state, scale, part, rng)


def _start(
    target: Target, d: int, settings: MetropolisSettings, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """A point drawn from the prior: dispersed over chains, and with positive density."""
    for _ in range(MAX_STARTS):
        x = rng.standard_normal(d) if settings.transformed else rng.random(d)
        density = np.array([evaluate(x, target)])
        if np.isfinite(density[0]):
            return x, density
    raise InputError(
        "starting point", "a parameter set of positive density", f"none in {MAX_STARTS} prior draws"
    )
