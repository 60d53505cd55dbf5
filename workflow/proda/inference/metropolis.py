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
from typing import NamedTuple, Self

import numpy as np

from proda.arrays import FloatArray
from proda.compiled import inlined, kernel
from proda.config.sections.assimilation import ASSIMILATION_PRESETS, AssimilationSettings
from proda.errors import InputError, number_text
from proda.inference.sampler import Chain, LaneDraws, Progress, Target
from proda.inference.targets import log_density

__all__ = ["PRESETS", "Metropolis", "MetropolisSettings", "checked_settings", "run_chain"]


class MetropolisSettings(NamedTuple):
    """Settings of a chain; the defaults are those of ``adaptive-metropolis``."""

    transformed: bool = True  # sample x = Phi^-1(theta), not theta itself
    test_steps: int = AssimilationSettings.site.test_steps
    steps: int = AssimilationSettings.site.steps
    uniform_test_run: bool = False
    tempered_stages: int = 0  # of the first half of the test run, for very sharp posteriors
    step_divisor: float = 5.0  # D of the uniform proposal
    adapt_from: int = 0  # t0, the step of the formal run from which its history counts
    renew_every: int = 100  # steps between renewals of the covariance
    epsilon: float = 1e-6
    min_acceptance: float = ASSIMILATION_PRESETS["paper"].acceptance_window[0]
    max_acceptance: float = ASSIMILATION_PRESETS["paper"].acceptance_window[1]


PRESETS = {
    "adaptive-metropolis": MetropolisSettings(),
    "paper": MetropolisSettings(transformed=False, uniform_test_run=True, adapt_from=4_000),
}

TARGET_ACCEPTANCE = (
    0.28  # acceptance aimed at; it ends up lower, as the history widens the covariance
)
FIRST_POWER = 1e-5  # of the likelihood in the first tempered stage
FIRST_SCALE = 0.3  # of the default test run, in standard deviations of the prior
# Fractions of the default test run at which it forgets its history, the approach from the start.
FORGET_AT = (0.1, 0.25, 0.5)
SETTLED_AT = 0.75  # fraction from which its scale is averaged, as single steps scatter
# Steps per dimension before a history counts: a covariance from fewer is nearly singular.
MIN_HISTORY = 20.0
TUNING_BATCH = 100  # steps between changes of the uniform step
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


class _State(NamedTuple):
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
    state: _State
    test_acceptance: float = 0.0
    scale: float = 0.0
    done: int = 0  # steps of the formal run

    @classmethod
    def start(
        cls, target: Target, d: int, settings: MetropolisSettings, rng: np.random.Generator
    ) -> Self:
        """Find a starting point and make the test run."""
        x, density = _start(target, d, settings, rng)
        state = _State.new(d, settings.renew_every)
        walk = cls(target, settings, rng, x, density, state)
        if settings.uniform_test_run:
            walk.test_acceptance = _uniform_test_run(target, x, density, state, settings, rng)
            walk.scale = 2.38 / math.sqrt(d)
        else:
            walk.test_acceptance, walk.scale = _tempered_test_run(
                target, x, density, state, settings, rng
            )
        return walk

    def advance(self, draws: FloatArray, densities: FloatArray) -> int:
        """Fill the next draws and their densities; returns how many proposals were accepted."""
        first, self.done = self.done, self.done + len(draws)
        return _formal_run(
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
    state: _State,
    settings: MetropolisSettings,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Adaptive test run; ``tempered_stages`` temper the likelihood in its first half."""
    _set_identity(state.factor, 1.0)
    scale, full = FIRST_SCALE, settings.test_steps
    if settings.tempered_stages > 0:
        steps = settings.test_steps // (2 * settings.tempered_stages)
        full -= steps * settings.tempered_stages
        for stage in range(settings.tempered_stages):
            power = FIRST_POWER ** (1.0 - stage / settings.tempered_stages)
            part, tempered = settings._replace(test_steps=steps), target.at_power(power)
            density[0] = _evaluate(x, tempered)
            _, scale = _adaptive_test_run(tempered, x, density, state, scale, part, rng)
        density[0] = _evaluate(x, target)
    part = settings._replace(test_steps=full)
    return _adaptive_test_run(target, x, density, state, scale, part, rng)


def checked_settings(settings: MetropolisSettings) -> MetropolisSettings:
    """Return the settings in the types of the defaults, for which the kernels are compiled.

    Raises
    ------
    InputError
        Names the first setting without a meaning.
    """
    kinds = MetropolisSettings._field_defaults
    settings = MetropolisSettings(*(type(kinds[name])(x) for name, x in settings._asdict().items()))
    for name, minimum in (
        ("steps", 1),
        ("test_steps", 0),
        ("renew_every", 1),
        ("adapt_from", 0),
        ("tempered_stages", 0),
    ):
        if getattr(settings, name) < minimum:
            raise InputError(name, f"at least {minimum}", str(getattr(settings, name)))
    for name in ("step_divisor", "epsilon"):
        if not getattr(settings, name) > 0.0:
            raise InputError(name, "a positive number", number_text(getattr(settings, name)))
    return settings


def _start(
    target: Target, d: int, settings: MetropolisSettings, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """A point drawn from the prior: dispersed over chains, and with positive density."""
    for _ in range(MAX_STARTS):
        x = rng.standard_normal(d) if settings.transformed else rng.random(d)
        density = np.array([_evaluate(x, target)])
        if np.isfinite(density[0]):
            return x, density
    raise InputError(
        "starting point", "a parameter set of positive density", f"none in {MAX_STARTS} prior draws"
    )


@kernel
def _evaluate(x: FloatArray, target: Target) -> float:
    """Log density of a target, callable from Python."""
    return log_density(x, target)


@kernel
def _remember(moments: FloatArray, x: FloatArray, weight: float) -> None:
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
def _renew(moments: FloatArray, factor: FloatArray, epsilon: float) -> None:
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
def _set_identity(factor: FloatArray, scale: float) -> None:
    """Make a factor ``scale`` times the identity."""
    factor[:] = 0.0
    for i in range(factor.shape[0]):
        factor[i, i] = scale


@kernel
def _draw_increments(state: _State, rng: np.random.Generator) -> None:
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
    x: FloatArray, state: _State, scale: float, step: int, rng: np.random.Generator
) -> None:
    """Proposal of the ``step``-th step; the factor is only renewed at multiples of the block."""
    column = step % state.noise.shape[1]
    if column == 0:
        _draw_increments(state, rng)
    for i in range(x.shape[0]):
        state.proposal[i] = x[i] + scale * state.increments[i, column]


@kernel
def _propose_uniform(x: FloatArray, state: _State, step: float, rng: np.random.Generator) -> None:
    """Proposal from the cube of edge ``step`` around the current point."""
    for i in range(x.shape[0]):
        state.proposal[i] = x[i] + step * (rng.random() - 0.5)


@inlined
def _accept(
    target: Target, x: FloatArray, density: FloatArray, state: _State, rng: np.random.Generator
) -> bool:
    """Metropolis decision on ``state.proposal``; moves x and density if accepted."""
    proposed = log_density(state.proposal, target)
    # The uniform number is drawn in any case: the stream does not depend on rounding.
    u = rng.random()
    if abs(proposed) < np.inf and (proposed >= density[0] or u < math.exp(proposed - density[0])):
        x[:] = state.proposal
        density[0] = proposed
        return True
    return False


@kernel
def _uniform_test_run(
    target: Target,
    x: FloatArray,
    density: FloatArray,
    state: _State,
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
        _remember(state.moments, x, 1.0)
        if t % TUNING_BATCH == 0:
            fraction = batch_accepted / TUNING_BATCH
            if fraction < settings.min_acceptance:
                step *= 0.8
            elif fraction > settings.max_acceptance:
                step *= 1.25
            batch_accepted = 0
    _set_identity(state.factor, step)
    _renew(state.moments, state.factor, settings.epsilon)
    state.moments[:] = 0.0
    return accepted / max(settings.test_steps, 1)


@kernel
def _adaptive_test_run(
    target: Target,
    x: FloatArray,
    density: FloatArray,
    state: _State,
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
                _renew(state.moments, state.factor, settings.epsilon)
                state.moments[:] = 0.0
        if t > first_renewal and t % settings.renew_every == 0:
            _renew(state.moments, state.factor, settings.epsilon)
        _propose_normal(x, state, math.exp(log_scale), t, rng)
        moved = _accept(target, x, density, state, rng)
        # Robbins and Monro: ever smaller changes of the logarithm of the scale.
        gain = 0.3 / math.sqrt(1.0 + t / 200.0)
        log_scale += gain * ((1.0 if moved else 0.0) - TARGET_ACCEPTANCE)
        accepted += moved
        _remember(state.moments, x, 1.0)
        if t >= settled:
            mean_log_scale += (log_scale - mean_log_scale) / (t - settled + 1)
    _renew(state.moments, state.factor, settings.epsilon)
    return accepted / max(settings.test_steps, 1), math.exp(mean_log_scale)


@kernel
def _formal_run(
    target: Target,
    x: FloatArray,
    density: FloatArray,
    state: _State,
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
            _renew(state.moments, state.factor, settings.epsilon)
        _propose_normal(x, state, scale, t, rng)
        if _accept(target, x, density, state, rng):
            accepted += 1
            # The point before counts as often as the chain stood on it; draws has it still.
            if repeats > 0:
                _remember(state.moments, draws[place - 1], repeats)
                repeats = 0
        repeats += 1
        draws[place] = x
        densities[place] = density[0]
        if (t + 1) % settings.renew_every == 0 or place + 1 == draws.shape[0]:
            _remember(state.moments, x, repeats)
            repeats = 0
    return accepted
