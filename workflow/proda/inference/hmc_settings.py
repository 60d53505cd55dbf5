"""Settings of Hamiltonian Monte Carlo, and which of them have a meaning."""

import math
from typing import NamedTuple

from proda.errors import InputError

__all__ = ["HmcSettings", "checked_settings"]


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
    searches
        Searches for a mode from the prior, at which chains start; with none they are led to the
        posterior by rising powers of the likelihood.
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
    searches: int = 0
    levels: int = 1
    components: int = 0
    jumps: int = 8


def checked_settings(settings: HmcSettings, lanes: int) -> HmcSettings:
    """Return the settings, if they have a meaning.

    Parameters
    ----------
    settings
        Of a run.
    lanes
        Number of its chains, of all sites.

    Raises
    ------
    InputError
        Names the first setting without a meaning.
    """
    for name, minimum in (
        ("chains", 1),
        ("approach", 1),
        ("settling", 1),
        ("max_leapfrog", 1),
        ("searches", 0),
        ("levels", 1),
        ("components", 0),
        ("jumps", 1),
    ):
        if getattr(settings, name) < minimum:
            raise InputError(name, f"at least {minimum}", str(getattr(settings, name)))
    if settings.searches and settings.levels > 1:
        raise InputError("searches", "0 with several levels", str(settings.searches))
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
