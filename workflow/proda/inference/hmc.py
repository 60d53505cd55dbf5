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
lead to the posterior; to one that is too sharp for that, searches for its modes do, and the
covariance about the best is the first metric (proda.inference.mode_search). Then windows of growing
length estimate the metric from all chains of the site: the geometric mean of the covariance C of
the draws and the inverse of the covariance G of the gradients, between them for any scale of a
direction (both are equal for a normal posterior; the mean minimises the Fisher divergence,
Seyboldt, Carlson and Carpenter 2026, https://arxiv.org/abs/2603.18845). G is regularised by the
prior's, the identity, and C by G's inverse. Step sizes follow from dual averaging (Hoffman and
Gelman 2014, https://jmlr.org/papers/v15/hoffman14a.html). After the warm-up nothing adapts: rounds
of draws join to one chain.

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

import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from proda.arrays import FloatArray, Mask
from proda.inference.hmc_kernels import Lanes
from proda.inference.hmc_run import HmcRun, Streams, advance
from proda.inference.hmc_settings import HmcSettings, checked_settings
from proda.inference.metric import metric_factor
from proda.inference.mixture import Mixture, fit_mixture
from proda.inference.mode_search import SPREAD, relevant_modes, search_modes
from proda.inference.sampler import LaneTarget, fill_value_and_gradient
from proda.inference.tempering import level_powers

__all__ = ["Hamiltonian", "run_hmc"]

log = logging.getLogger(__name__)

FIRST_POWER = 1e-6  # of the likelihood, at the first trajectory
FIRST_STEP_SIZE = 0.3  # in standard deviations of the prior
APPROACH_LEAPFROG = 8  # steps of a trajectory on the way in
MAX_STARTS = 1_000


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
    settings = checked_settings(HmcSettings() if settings is None else settings, len(streams))
    levels, chains = settings.levels, settings.chains
    sites = len(streams) // chains
    if levels > 1:
        copies = np.arange(len(streams)).reshape(sites, 1, chains).repeat(levels, axis=1)
        target = target.take(copies.ravel())
    of_chains = [[Streams(*one.spawn(5)) for one in stream.spawn(levels)] for stream in streams]
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
    if settings.searches:
        for site in np.flatnonzero(run.started).tolist():
            _start_at_modes(run, site)
        _tune(run, settings.approach, chains)
        _renew_steps(run)
    else:
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


def _find_starts(run: HmcRun, d: int) -> Mask:
    """Points drawn from the prior, one per lane; which lanes found one of positive density."""
    lanes = run.lanes
    missing = np.arange(len(run.streams))
    for _ in range(MAX_STARTS):
        for lane in missing.tolist():
            lanes.point[:, lane] = run.streams[lane].normal.standard_normal(d)
        fill_value_and_gradient(lanes.point, run.target, lanes.value, lanes.gradient)
        missing = np.flatnonzero(~np.isfinite(lanes.value))
        if not len(missing):
            break
    found = np.ones(len(run.streams), dtype=bool)
    found[missing] = False
    return found


def _start_at_modes(run: HmcRun, site: int) -> None:
    """Start the chains of a site about modes, with the metric of the one of largest evidence.

    A chain for which no point about its mode has a density keeps its start from the prior.
    """
    lanes, chains = run.lanes, run.settings.chains
    first, d = site * chains, lanes.point.shape[0]
    alone = run.target.take(np.array([first]))
    starts = run.streams[first].normal.standard_normal((run.settings.searches, d))
    starts[0] = lanes.point[:, first]
    modes = search_modes(alone, starts)
    below = ", ".join(f"{modes[0].evidence - mode.evidence:.1f}" for mode in modes)
    log.info("modes found, by how far their evidence lies below the largest: %s", below)
    relevant = relevant_modes(modes)
    value, gradient = np.empty(1), np.empty((d, 1))
    for lane in range(first, first + chains):
        streams = run.streams[lane]
        mode = relevant[(lane - first) % len(relevant)]
        for _ in range(MAX_STARTS):
            away = mode.factor @ streams.normal.standard_normal(d)
            point = mode.point + SPREAD * away
            fill_value_and_gradient(point[:, None].copy(), alone, value, gradient)
            if np.isfinite(value[0]):
                lanes.point[:, lane], lanes.value[lane] = point, value[0]
                lanes.gradient[:, lane] = gradient[:, 0]
                break
    lanes.factor[..., first : first + chains] = modes[0].factor[..., None]


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
    draws, _, gradients = advance(run, iterations, group, approach, keep_gradients, jumping)
    lanes.log_step[:] = lanes.tuning[2]
    return draws, gradients


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
