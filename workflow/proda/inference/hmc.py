"""Hamiltonian Monte Carlo with trajectories of fixed length, many chains at once in lanes.

A lane is one chain; the chains of a site are neighbours and share step size and metric. With x the
point, standard normal under the prior, L a Cholesky factor of the metric (about the covariance of
the posterior) and q standard normal momenta, a trajectory follows

    dx/dt = L q,    dq/dt = L' grad log p(x)

by leapfrog steps (Duane et al. 1987; Neal 2011, https://arxiv.org/abs/1206.1901), which are
reversible and keep volume, and its end is accepted with probability min(1, exp(-change of energy)).
Exactly the posterior is left invariant, whatever step size, length and metric are; these only
matter for speed.

**Bounds.** A point outside of the prior's support has no force. There the momentum is reflected at
the bound, q - 2 n (n'q)/(n'n) with n = L' normal, instead of kicked (Betancourt 2011,
https://arxiv.org/abs/1005.0157). A reflection is its own inverse and keeps volume and kinetic
energy, so that the trajectory remains reversible; one that ends outside is rejected.

**Length.** For a normal posterior in coordinates of its covariance the end of a trajectory of time
pi/2 is independent of its start. Steps per trajectory follow from the site's step size alone.
Each trajectory's step size is varied by up to a fifth, from the chain's own random numbers, against
orbits that close.

**Warm-up** (discarded). Starts are drawn from the prior. Powers of the likelihood that rise to 1
lead to the posterior. Then windows of growing length estimate the metric from all chains of the
site: the geometric mean of the covariance C of the draws and the inverse of the covariance G of
the gradients, between them for any scale of a direction (both are equal for a normal posterior;
the mean minimises the Fisher divergence, Seyboldt, Carlson and Carpenter 2026,
https://arxiv.org/abs/2603.18845). G is regularised by the prior's, the identity, and C by G's
inverse. Step sizes follow from dual averaging (Hoffman and Gelman 2014,
https://jmlr.org/papers/v15/hoffman14a.html). After the warm-up nothing adapts: rounds of draws
join to one chain.

**Modes** that are far apart keep the chains that found them. There are two ways between them:

- With several levels a chain has copies under powers of the likelihood, each with step size and
  metric of its own, which exchange their places (proda.inference.tempering). Copies under small
  powers move freely, and find modes that no chain knows; each costs as much as the chain.
- With components, some proposals from a mixture of normal distributions follow every trajectory
  (proda.inference.mixture). They lead from a mode to any other that a chain has found, at the cost
  of one evaluation each. The mixture is fitted anew to every window of the warm-up.

Every chain has random streams of its own and all arithmetic stays within the lanes of a site:
draws have the same bits whatever other sites run beside them and however they are cut into rounds.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from proda.arrays import Counts, FloatArray, Mask
from proda.errors import InputError
from proda.inference.hmc_kernels import Lanes, iterate, start_lanes
from proda.inference.metric import metric_factor
from proda.inference.mixture import Mixture, fit_mixture, jump
from proda.inference.sampler import LaneDraws, LaneTarget
from proda.inference.tempering import exchange_levels, level_powers

__all__ = ["Hamiltonian", "HmcRun", "HmcSettings", "LaneDraws", "run_hmc"]

FIRST_POWER = 1e-6  # of the likelihood, at the first trajectory
FIRST_STEP_SIZE = 0.3  # in standard deviations of the prior
APPROACH_LEAPFROG = 8  # steps of a trajectory on the way in
MAX_STARTS = 1_000
BLOCK = 100  # iterations whose random numbers are drawn at once


class HmcSettings(NamedTuple):
    """Settings of a run.

    Attributes
    ----------
    chains
        Of a site, in neighbouring lanes.
    approach
        Trajectories under rising powers of the likelihood.
    windows
        Trajectories of the windows that estimate the metric.
    settling
        Trajectories that tune the step size to the last metric.
    target_acceptance
        What step sizes are tuned to.
    trajectory
        Time of a trajectory in coordinates of the metric.
    max_leapfrog
        Largest number of steps of a trajectory.
    levels
        Powers of the likelihood at which a chain has copies that exchange places; 1 for none.
    components
        Of the mixture from which proposals are drawn, none with 0; not with several levels.
    jumps
        Proposals from the mixture after every trajectory.
    """

    chains: int = 4
    approach: int = 100
    windows: tuple[int, ...] = (100, 200)
    settling: int = 100
    target_acceptance: float = 0.8
    # Posteriors of profiles are curved and somewhat wider than their metric: a little more than the
    # pi/2 of a normal distribution measures best.
    trajectory: float = 1.3 * math.pi / 2
    max_leapfrog: int = 64
    levels: int = 1
    components: int = 0
    jumps: int = 8


class _Streams(NamedTuple):
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
    streams: Sequence[_Streams]

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
            draws, values, _ = _advance(self, end - begin, jumping=True)
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


@dataclass(frozen=True)
class Hamiltonian:
    """The sampler with its settings, a `proda.inference.sampler.Sampler` of targets in lanes."""

    settings: HmcSettings = HmcSettings()

    def start(
        self, target: LaneTarget, dimensions: int, streams: Sequence[np.random.Generator]
    ) -> HmcRun:
        """Warm up the chains, as `run_hmc`."""
        return run_hmc(target, dimensions, streams, self.settings)


def run_hmc(
    target: LaneTarget,
    d: int,
    streams: Sequence[np.random.Generator],
    settings: HmcSettings | None = None,
) -> HmcRun:
    """Warm up the chains of one or several sites.

    Parameters
    ----------
    target
        Log density of all chains: those of the first site, then of the second ...
    d
        Its number of dimensions.
    streams
        One generator per chain, not used elsewhere.
    settings
        Of the run; the defaults if None.

    Returns
    -------
    HmcRun
        Its ``draw`` gives the draws.

    Raises
    ------
    InputError
        For settings without a meaning, or chains that do not make up whole sites.
    """
    settings = _checked(HmcSettings() if settings is None else settings, len(streams))
    levels, chains = settings.levels, settings.chains
    sites = len(streams) // chains
    if levels > 1:
        copies = np.arange(len(streams)).reshape(sites, 1, chains).repeat(levels, axis=1)
        target = target.take(copies.ravel())
    of_chains = [[_Streams(*one.spawn(5)) for one in stream.spawn(levels)] for stream in streams]
    run = HmcRun(
        target,
        settings,
        np.full(sites * levels, min(APPROACH_LEAPFROG, settings.max_leapfrog)),
        np.ones(sites, dtype=bool),
        Lanes.new(d, len(streams) * levels),
        Mixture.new(sites, settings.components, d),
        [
            of_chains[site * chains + chain][level]
            for site in range(sites)
            for level in range(levels)
            for chain in range(chains)
        ],
    )
    found = _find_starts(run, d)
    run.started[:] = found.reshape(sites, -1).all(axis=1)
    run.lanes.log_step[:] = math.log(FIRST_STEP_SIZE)
    way = np.linspace(1.0, 0.0, settings.approach)[:, None]
    _tune(run, settings.approach, 1, approach=FIRST_POWER**way)
    for number, window in enumerate(settings.windows):
        jumping = number > 0
        draws, gradients = _tune(run, window, chains, keep_gradients=True, jumping=jumping)
        _renew_metric(run, draws, gradients)
        if settings.components:
            for site in range(sites):
                fit_mixture(draws, site, chains, run.mixture)
    _tune(run, settings.settling, chains, jumping=True)
    _renew_steps(run)
    return run


def _checked(settings: HmcSettings, lanes: int) -> HmcSettings:
    """The settings, if they have a meaning."""
    for name, minimum in (
        ("chains", 1),
        ("approach", 1),
        ("settling", 1),
        ("max_leapfrog", 1),
        ("levels", 1),
        ("components", 0),
        ("jumps", 1),
    ):
        if getattr(settings, name) < minimum:
            raise InputError(name, f"at least {minimum}", str(getattr(settings, name)))
    if settings.components and settings.levels > 1:
        raise InputError("components", "0 with several levels", str(settings.components))
    if not settings.windows or min(settings.windows) < 2:
        raise InputError("windows", "one or more of at least 2", str(settings.windows))
    if not settings.trajectory > 0.0:
        raise InputError("trajectory", "above 0", str(settings.trajectory))
    if not 0.0 < settings.target_acceptance < 1.0:
        raise InputError("target_acceptance", "in (0, 1)", str(settings.target_acceptance))
    if lanes == 0 or lanes % settings.chains:
        raise InputError("streams", f"{settings.chains} for each site", str(lanes))
    return settings


def _lanes_of(sites: Counts, chains: int) -> Counts:
    """Positions of the lanes of the sites."""
    return (sites[:, None] * chains + np.arange(chains)).ravel()


def _find_starts(run: HmcRun, d: int) -> Mask:
    """Points drawn from the prior, one per lane; which lanes found one of positive density."""
    lanes = run.lanes
    missing = np.arange(len(run.streams))
    for _ in range(MAX_STARTS):
        for lane in missing.tolist():
            lanes.point[:, lane] = run.streams[lane].normal.standard_normal(d)
        start_lanes(run.target, lanes)
        missing = np.flatnonzero(~np.isfinite(lanes.value))
        if not len(missing):
            break
    found = np.ones(len(run.streams), dtype=bool)
    found[missing] = False
    return found


def _tune(
    run: HmcRun,
    iterations: int,
    group: int,
    approach: FloatArray | None = None,
    keep_gradients: bool = False,
    jumping: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Iterations that tune the step sizes, which are left at their averages over the iterations.

    Returns the draws and their gradients. ``approach`` (iterations, 1) are factors of the powers.
    """
    lanes, chains = run.lanes, run.settings.chains
    if group > 1:
        log_step = lanes.log_step.reshape(-1, chains).mean(axis=1)
        lanes.log_step[:] = np.repeat(log_step, chains)
    lanes.tuning[:] = 0.0
    lanes.tuning[0] = lanes.log_step
    draws, _, gradients = _advance(run, iterations, group, approach, keep_gradients, jumping)
    lanes.log_step[:] = lanes.tuning[2]
    return draws, gradients


def _advance(
    run: HmcRun,
    iterations: int,
    group: int = 0,
    approach: FloatArray | None = None,
    keep_gradients: bool = False,
    jumping: bool = False,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Draws, log densities and gradients of further iterations of all lanes.

    The exchanges of several levels, or proposals from a mixture, follow every trajectory.
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


def _renew_metric(run: HmcRun, draws: FloatArray, gradients: FloatArray) -> None:
    """Metric of every site and level from a window, and step sizes to begin with."""
    d, chains = run.lanes.point.shape[0], run.settings.chains
    powers = level_powers(len(run.started), run.settings.levels, chains)
    tempered = powers * gradients - (1.0 - powers) * draws
    factor = np.empty((d, d))
    for first in range(0, len(run.streams), chains):
        some = slice(first, first + chains)
        if metric_factor(draws, tempered, first, first + chains, factor):
            run.lanes.factor[..., some] = factor[..., None]
            run.lanes.log_step[some] = math.log(FIRST_STEP_SIZE)
    _renew_steps(run)


def _renew_steps(run: HmcRun) -> None:
    """Steps per trajectory from the step sizes, four to an octave: more lanes then run together."""
    step_size = np.exp(run.lanes.log_step[:: run.settings.chains])
    octaves = np.ceil(4.0 * np.log2(run.settings.trajectory / step_size)).clip(0.0) / 4.0
    run.steps[:] = np.minimum(np.floor(2.0**octaves), run.settings.max_leapfrog)
