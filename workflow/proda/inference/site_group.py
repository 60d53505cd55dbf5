"""Profiles of a job side by side: their chains in lanes, in rounds until each is certified.

A profile's random numbers come from streams of its own, and every operation on it stays within its
lanes, so that its posterior has the same bits alone and in any company.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from proda.arrays import Chains, FloatArray
from proda.errors import InputError
from proda.inference.certificate import Certificate
from proda.inference.hmc import MAX_STARTS, Hamiltonian
from proda.inference.hmc_run import HmcRun
from proda.inference.hmc_settings import HmcSettings
from proda.inference.metropolis_settings import MetropolisSettings
from proda.inference.observations import Observations
from proda.inference.rounds import OF_A_SITE, Finished, run_rounds
from proda.inference.sampler import Chain
from proda.inference.site import (
    SiteOptions,
    SitePosterior,
    Status,
    describe_rounds,
    describe_walk,
    fit_of_draws,
    judge_draws,
    run_chains,
)
from proda.inference.site_lanes import site_lanes
from proda.inference.targets import to_theta
from proda.model import SoilModel
from proda.streams import named_stream, profile_stream

__all__ = ["Site", "assimilate_site", "assimilate_sites", "trace_site"]

log = logging.getLogger(__name__)

# Profiles whose chains run side by side: enough to fill the lanes also when some are finished.
TOGETHER = 32
# Of the second attempt at a profile that is not certified by the first: copies of each chain, and
# draws of its first round and at most.
LEVELS, TEMPERED_FIRST, TEMPERED_BUDGET = 8, 1_000, 4_000


@dataclass(frozen=True)
class Site:
    """A profile to assimilate.

    Attributes
    ----------
    profile_id
        Identifier, from which the random numbers follow.
    load_column, load_observations
        Return the prepared column and the Observations; exceptions they raise become the status.
    """

    profile_id: str
    load_column: Callable[[], FloatArray]
    load_observations: Callable[[], Observations]


@dataclass(frozen=True)
class _Loaded:
    """A profile that can be assimilated, and its place among all."""

    place: int
    profile_id: str
    column: FloatArray
    observations: Observations


def assimilate_sites(
    model: SoilModel, sites: Sequence[Site], options: SiteOptions
) -> Iterator[tuple[int, SitePosterior]]:
    """Posteriors of profiles; errors in a profile itself become its status and reason.

    Parameters
    ----------
    model
        The soil carbon model.
    sites
        The profiles.
    options
        Settings of the assimilation.

    Yields
    ------
    tuple
        The place of a profile among ``sites``, and its posterior, as they are finished.
    """
    fit = _fit_walk if isinstance(options.sampler, MetropolisSettings) else _fit_lanes
    for first in range(0, len(sites), TOGETHER):
        loaded = []
        for place, site in enumerate(sites[first : first + TOGETHER], start=first):
            found = _load(place, site)
            if isinstance(found, SitePosterior):
                yield place, found
            else:
                loaded.append(found)
        if loaded:
            yield from fit(model, loaded, options)


def assimilate_site(model: SoilModel, site: Site, options: SiteOptions) -> SitePosterior:
    """Posterior of one profile, as ``assimilate_sites``."""
    return next(assimilate_sites(model, [site], options))[1]


def trace_site(model: SoilModel, site: Site, options: SiteOptions) -> tuple[Chains, float]:
    """All draws of a profile after the warm-up, and the fraction of them that is burn-in.

    Parameters
    ----------
    model
        The soil carbon model.
    site
        The profile.
    options
        Settings of its assimilation.

    Returns
    -------
    tuple
        Theta (chains, draws, parameters), and a fraction.

    Raises
    ------
    InputError
        If the profile cannot be fitted.
    """
    loaded = _Loaded(0, site.profile_id, site.load_column(), site.load_observations())
    if isinstance(options.sampler, MetropolisSettings):
        chains = run_chains(model, site.profile_id, loaded.column, loaded.observations, options)
        x = np.stack([chain.draws for chain in chains])
        return to_theta(x, options.sampler.transformed), options.burn_in
    finished = next(_sample(model, [loaded], options))[1]
    if finished is None:
        raise _no_start()
    if isinstance(finished, Exception):
        raise finished
    return to_theta(finished.x[..., : len(model.parameters)], True), 0.0


def _load(place: int, site: Site) -> _Loaded | SitePosterior:
    """A profile's column and observations, or why it has none."""
    try:
        observations = site.load_observations()
        if len(observations.value) < 2:
            raise InputError("observations", "at least two horizons", str(len(observations.value)))
    except (ValueError, ArithmeticError) as error:
        return _unfitted(site.profile_id, Status.INVALID_OBSERVATIONS, error)
    try:
        column = site.load_column()
    except (ValueError, ArithmeticError) as error:
        return _unfitted(site.profile_id, Status.INVALID_FORCING, error)
    return _Loaded(place, site.profile_id, column, observations)


def _unfitted(profile_id: str, status: Status, error: Exception) -> SitePosterior:
    """Posterior of a profile that could not be fitted, with the error as its reason."""
    log.warning("profile %s not fitted (%s): %s", profile_id, status.name.lower(), error)
    return SitePosterior(profile_id, status, str(error), {})


def _described(profile_id: str, describe: Callable[[], dict[str, Any]]) -> SitePosterior:
    """Posterior of a profile from its draws, or why they are none."""
    try:
        return SitePosterior(profile_id, Status.FITTED, "", describe())
    except InputError as error:
        return _unfitted(profile_id, Status.FAILED, error)
    except OF_A_SITE as error:
        log.exception("profile %s", profile_id)
        return _unfitted(profile_id, Status.FAILED, error)


def _fit_walk(
    model: SoilModel, sites: Sequence[_Loaded], options: SiteOptions
) -> Iterator[tuple[int, SitePosterior]]:
    """Posteriors by random walks, one profile after the other."""
    for site in sites:
        try:
            chains = run_chains(model, site.profile_id, site.column, site.observations, options)
        except InputError as error:
            yield site.place, _unfitted(site.profile_id, Status.NO_STARTING_POINT, error)
            continue

        def describe(site: _Loaded = site, chains: list[Chain] = chains) -> dict[str, Any]:
            posterior = describe_walk(
                model, chains, profile_stream(site.profile_id), site.column[None], options
            )
            return posterior | fit_of_draws(
                model, posterior["theta"], site.column, site.observations
            )

        yield site.place, _described(site.profile_id, describe)


def _fit_lanes(
    model: SoilModel, sites: Sequence[_Loaded], options: SiteOptions
) -> Iterator[tuple[int, SitePosterior]]:
    """Posteriors by trajectories, the chains of all profiles in lanes."""
    for site, finished in _sample(model, sites, options):
        if finished is None:
            yield site.place, _unfitted(site.profile_id, Status.NO_STARTING_POINT, _no_start())
            continue

        def describe(
            site: _Loaded = site, found: Finished | Exception = finished
        ) -> dict[str, Any]:
            if isinstance(found, Exception):
                raise found
            posterior = describe_rounds(model, found, profile_stream(site.profile_id), options)
            return posterior | fit_of_draws(
                model, posterior["theta"], site.column, site.observations
            )

        yield site.place, _described(site.profile_id, describe)


def _sample(
    model: SoilModel, sites: Sequence[_Loaded], options: SiteOptions
) -> Iterator[tuple[_Loaded, Finished | Exception | None]]:
    """Draws of profiles, or why there are none; None for one without a starting point.

    A profile that is not certified within the budget starts anew, its chains with tempered copies:
    its posterior may have several modes, between which other chains do not move. A budget below
    the first round of the copies does without: of so few draws hardly any profile is certified,
    and copies of all chains would cost many times what the draws do.
    """
    assert isinstance(options.sampler, HmcSettings)
    may_repeat = options.rounds.budget >= TEMPERED_FIRST
    again = []
    for site, finished in _attempt(model, sites, options, 0):
        uncertified = isinstance(finished, Finished) and not finished.certificate.certified
        if uncertified and may_repeat:
            again.append(site)
        else:
            yield site, finished
    if again:
        budget = min(TEMPERED_BUDGET, options.rounds.budget)
        tempered = replace(
            options,
            sampler=options.sampler._replace(levels=LEVELS),
            rounds=replace(options.rounds, first=TEMPERED_FIRST, budget=budget),
        )
        yield from _attempt(model, again, tempered, options.chains + 1)


def _attempt(
    model: SoilModel, sites: Sequence[_Loaded], options: SiteOptions, first_stream: int
) -> Iterator[tuple[_Loaded, Finished | Exception | None]]:
    """Draws of profiles by one sampler, whose streams are numbered from ``first_stream`` on."""
    run = _warm_up(model, sites, options, first_stream)
    for number in np.flatnonzero(~run.started).tolist():
        yield sites[number], None
    for number, finished in run_rounds(run, _judge(model, sites, options), options.rounds):
        yield sites[number], finished


def _no_start() -> InputError:
    expected = "a parameter set of positive density for every chain"
    return InputError("starting point", expected, f"none in {MAX_STARTS} prior draws")


def _judge(
    model: SoilModel, sites: Sequence[_Loaded], options: SiteOptions
) -> Callable[[int, FloatArray], tuple[Certificate, FloatArray]]:
    """What ``run_rounds`` judges the draws of these profiles by."""
    return lambda number, x: judge_draws(model, x, sites[number].column[None], options.certificate)


def _warm_up(
    model: SoilModel, sites: Sequence[_Loaded], options: SiteOptions, first_stream: int
) -> HmcRun:
    """Chains of profiles in lanes after their warm-up."""
    assert isinstance(options.sampler, HmcSettings)
    target = site_lanes(
        model,
        [site.column for site in sites],
        [site.observations for site in sites],
        options.errors,
        options.chains,
    )
    streams = [
        named_stream(options.seed, profile_stream(site.profile_id), first_stream + chain)
        for site in sites
        for chain in range(options.chains)
    ]
    dimensions = len(model.parameters) + options.errors.estimated
    return Hamiltonian(options.sampler).start(target, dimensions, streams)
