"""Chains of Hamiltonian Monte Carlo after their warm-up: how they are continued, and their state.

The mathematics is in `proda.inference.hmc`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from proda.arrays import Counts, FloatArray, Mask
from proda.errors import InputError
from proda.inference.hmc_kernels import Lanes, iterate
from proda.inference.hmc_settings import HmcSettings
from proda.inference.mixture import Mixture, fit_mixture, jump
from proda.inference.sampler import LaneDraws, LaneTarget
from proda.inference.tempering import exchange_levels, level_powers

__all__ = ["HmcRun", "Streams", "advance"]

BLOCK = 100  # iterations whose random numbers are drawn at once


class Streams(NamedTuple):
    """Random numbers of a chain: streams of each kind, whatever blocks they are drawn in."""

    normal: np.random.Generator
    uniform: np.random.Generator
    exchange: np.random.Generator
    jump_normal: np.random.Generator
    jump_uniform: np.random.Generator


@dataclass(frozen=True)
class HmcRun:
    """Chains after their warm-up, which can be continued.

    Attributes
    ----------
    target
        Log density of all lanes.
    settings
        Of the run.
    steps
        (sites * levels,) leapfrog steps of a trajectory.
    started
        (sites,) whether every chain found a starting point of positive density; the draws of a
        site that did not mean nothing.
    lanes
        Of all chains, site by site; within a site those of the posterior, then its other levels.
    mixture
        Of the sites, from which proposals are drawn.
    streams
        Of the lanes.
    """

    target: LaneTarget
    settings: HmcSettings
    steps: Counts
    started: Mask
    lanes: Lanes
    mixture: Mixture
    streams: Sequence[Streams]

    @property
    def step_size(self) -> FloatArray:
        """(sites,) in coordinates of the metric."""
        return np.exp(self.lanes.log_step[:: self.settings.chains * self.settings.levels])

    @property
    def leapfrog(self) -> Counts:
        """(sites,) steps of a trajectory."""
        return self.steps[:: self.settings.levels]

    def draw(self, iterations: int) -> LaneDraws:
        """Continue all chains by a number of iterations; nothing adapts.

        Raises
        ------
        InputError
            For fewer than one iteration.
        """
        if iterations < 1:
            raise InputError("iterations", "at least 1", str(iterations))
        d = self.lanes.point.shape[0]
        levels, chains = self.settings.levels, self.settings.chains
        some = _lanes_of(levels * np.arange(len(self.started)), chains)
        x, log_density = np.empty((len(some), iterations, d)), np.empty((len(some), iterations))
        lanes = self.lanes
        for counts in (lanes.accepted, lanes.diverged, lanes.outside, lanes.jumped):
            counts[:] = 0
        for begin in range(0, iterations, BLOCK):
            end = min(begin + BLOCK, iterations)
            draws, values, _ = advance(self, end - begin, jumping=True)
            x[:, begin:end] = draws[..., some].transpose(2, 0, 1)
            log_density[:, begin:end] = values[:, some].T
        return LaneDraws(
            x,
            log_density,
            self.lanes.accepted[some] / iterations,
            self.lanes.diverged[some],
            self.lanes.outside[some],
        )

    def refit(self, x: FloatArray) -> None:
        """Fit the mixtures anew to draws (lanes, iterations, d), which are warm-up from then on."""
        for site in range(len(self.started)):
            fit_mixture(x.transpose(1, 2, 0).copy(), site, self.settings.chains, self.mixture)

    def take(self, sites: Counts) -> "HmcRun":
        """The run of some of its sites; with it they are continued, not with this one."""
        levels, chains = self.settings.levels, self.settings.chains
        lanes = _lanes_of(np.asarray(sites), levels * chains)
        return replace(
            self,
            target=self.target.take(lanes),
            steps=self.steps[_lanes_of(np.asarray(sites), levels)],
            started=self.started[sites],
            lanes=self.lanes.take(lanes),
            mixture=self.mixture.take(np.asarray(sites)),
            streams=[self.streams[lane] for lane in lanes.tolist()],
        )


def _lanes_of(sites: Counts, chains: int) -> Counts:
    """Positions of the lanes of the sites."""
    return (sites[:, None] * chains + np.arange(chains)).ravel()


def advance(
    run: HmcRun,
    iterations: int,
    group: int = 0,
    approach: FloatArray | None = None,
    keep_gradients: bool = False,
    jumping: bool = False,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draws, log densities and gradients of further iterations of all lanes.

    The exchanges of several levels, or proposals from a mixture, follow every trajectory.

    Parameters
    ----------
    run
        Whose lanes move.
    iterations
        Number of trajectories.
    group
        Number of neighbouring lanes that tune a step size together; 0 to leave step sizes alone.
    approach
        (iterations, 1) factors of the powers of the likelihood; 1 if None.
    keep_gradients
        Whether gradients are returned; else they are empty.
    jumping
        Whether there are proposals from the mixture, if the run has one.
    """
    settings, lanes = run.settings, run.lanes
    jumping = jumping and settings.components > 0
    d, n = run.lanes.point.shape
    normals, uniforms = np.empty((iterations, d, n)), np.empty((iterations, 2, n))
    for lane, stream in enumerate(run.streams):
        normals[..., lane] = stream.normal.standard_normal((iterations, d))
        uniforms[..., lane] = stream.uniform.random((iterations, 2))
    draws, values = np.empty((iterations, d, n)), np.empty((iterations, n))
    gradients = np.empty((iterations if keep_gradients else 0, d, n))
    powers = np.tile(
        level_powers(len(run.started), settings.levels, settings.chains), (iterations, 1)
    )
    if approach is not None:
        powers *= approach
    whole = [normals, uniforms, powers, draws, values, gradients]
    if settings.levels == 1 and not jumping:
        _iterate(run, group, whole)
        return draws, values, gradients
    if jumping:
        jump_normals = np.empty((iterations, settings.jumps, d, n))
        jump_uniforms = np.empty((iterations, settings.jumps, 2, n))
        for lane, stream in enumerate(run.streams):
            jump_normals[..., lane] = stream.jump_normal.standard_normal(jump_normals.shape[:-1])
            jump_uniforms[..., lane] = stream.jump_uniform.random(jump_uniforms.shape[:-1])
    exchange = [stream.exchange for stream in run.streams]
    for t in range(iterations):
        _iterate(run, group, [array[t : t + 1] for array in whole])
        if jumping:
            chains = settings.chains
            jump(run.target, lanes, run.mixture, chains, jump_normals[t], jump_uniforms[t])
        else:
            exchange_levels(lanes, powers[t], settings.levels, settings.chains, exchange)
        draws[t], values[t] = lanes.point, lanes.value
        gradients[t : t + 1] = lanes.gradient
    return draws, values, gradients


def _iterate(run: HmcRun, group: int, arrays: Sequence[FloatArray]) -> None:
    """Fill draws, values and gradients; lanes whose trajectories have equal lengths run together.

    ``arrays`` are normals, uniforms, powers, draws, values, gradients.
    """
    n = len(run.streams)
    for leapfrog in np.unique(run.steps):
        some = _lanes_of(np.flatnonzero(run.steps == leapfrog), run.settings.chains)
        target, lanes, parts = run.target, run.lanes, arrays
        if len(some) < n:
            target, lanes = target.take(some), lanes.take(some)
            parts = [np.ascontiguousarray(array[..., some]) for array in arrays]
        normals, uniforms, powers, *filled = parts
        iterate(
            target,
            lanes,
            int(leapfrog),
            normals,
            uniforms,
            powers,
            group,
            run.settings.target_acceptance,
            *filled,
        )
        if len(some) < n:
            run.lanes.put(some, lanes)
            for array, part in zip(arrays[3:], filled, strict=True):
                array[..., some] = part
