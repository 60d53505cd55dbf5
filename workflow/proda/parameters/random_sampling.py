"""The random-sampling method: one distribution of parameters for the continent, from all sites.

Sets are drawn from what is known of the parameters of all used sites, with the same weight of every
site. ``posterior``: a draw is one of a site's posterior draws, the site being chosen at random, so
that the distribution is the mixture of the sites' posteriors, with their correlations and widths.

The other two resample the sites' maximum-likelihood values, modes of the extreme value
distributions fitted to their posteriors (Tao et al. 2020, "Random-Sampling Method"). Where data say
nothing of a parameter its mode is that of noise, not a value of the parameter. ``marginal``, the
study's reading: each parameter is drawn on its own, so that a set combines modes of different
sites. ``joint``: the modes of one site stay together.

Draws are resampled, not drawn from a smooth density: with hundreds of sites that would add a
bandwidth to choose, and mass outside the prior, but no information.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from proda.arrays import Draws, Mask, Theta
from proda.config.sections.random_sampling import RandomSamplingSettings
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.inference.certification import certification_of_sites
from proda.inference.gev import Status as GevStatus
from proda.inference.summary import profile_summary, require_used, used_profiles
from proda.model import SoilModel
from proda.model.scaling import check_scaling
from proda.netcdf import open_netcdf
from proda.parameters.draws import write_draws
from proda.streams import named_stream

__all__ = [
    "POSTERIOR",
    "Sample",
    "draw_posterior_sets",
    "draw_sets",
    "draws_modes",
    "random_sampling",
    "read_modes",
]

POSTERIOR = "posterior"
MODE_SAMPLINGS = ("marginal", "joint")

# Name of the stream of random numbers (proda.streams.OWN_NAMES has it too).
STREAM = "random sampling"

# With a smaller fraction of feasible sets, those kept no longer represent the sites.
MIN_FEASIBLE = 0.01


@dataclass(frozen=True)
class Sample:
    """Parameter sets drawn.

    Attributes
    ----------
    theta
        (draws, parameters), normalised.
    infeasible
        Number of sets that were rejected because their input fractions sum to 1 or more.
    """

    theta: Draws
    infeasible: int


def read_modes(path: str | Path, ids: Sequence[str], used: Mask) -> Theta:
    """Modes of the used sites from site_posteriors.nc.

    Parameters
    ----------
    path
        The file.
    ids
        Identifiers of the profiles that it must have.
    used
        (profiles,) which of them are used.

    Returns
    -------
    Theta
        (sites, parameters), NaN where the fit of the distribution found no maximum.

    Raises
    ------
    InputError
        For other profiles and other bounds of the parameters.
    """
    needed = ("profile_id", "mode", "gev_status")
    with open_netcdf(path, "site posteriors", needed) as file:
        check_profiles(path, file["profile_id"][:], ids, "the table of profiles")
        check_scaling(path, file)
        modes = np.ma.filled(file["mode"][:], np.nan)[used]
        status = np.ma.filled(file["gev_status"][:], GevStatus.NOT_CONVERGED)[used]
    return np.where(status == GevStatus.NOT_CONVERGED, np.nan, modes)


def draws_modes(path: str | Path) -> bool:
    """Whether a file of this method's draws has modes of sites, not draws of their posteriors."""
    with open_netcdf(path, "parameter draws") as file:
        return getattr(file, "sampling", POSTERIOR) != POSTERIOR


def draw_sets(
    model: SoilModel, modes: Theta, n_draws: int, seed: int, sampling: str = MODE_SAMPLINGS[0]
) -> Sample:
    """Draw feasible parameter sets from the modes of sites.

    Infeasible sets are rejected and drawn again as a whole.

    Parameters
    ----------
    model
        The soil carbon model.
    modes
        (sites, parameters) in [0, 1], NaN where a site has none; ``joint`` sampling excludes such a
        site.
    n_draws
        Number of sets.
    seed
        Of the random numbers.
    sampling
        ``marginal`` or ``joint``.

    Raises
    ------
    InputError
        For an unknown sampling, a parameter without a mode, and if less than one set in a hundred
        is feasible.
    """
    if sampling not in MODE_SAMPLINGS:
        raise InputError("sampling", f"one of {', '.join(MODE_SAMPLINGS)}", repr(sampling))
    if sampling == "joint":
        modes = modes[~np.isnan(modes).any(axis=1)]
        if not len(modes):
            raise InputError("modes of sites", "a site with the modes of all parameters", "none")
    known = [column[~np.isnan(column)] for column in modes.T]
    for name, values in zip(model.parameters.names, known, strict=True):
        if not len(values):
            raise InputError(f"modes of sites, {name}", "at least one site with a mode", "none")
    random = named_stream(seed, STREAM, 0)

    def propose() -> Theta:
        if sampling == "joint":
            return modes[random.integers(len(modes), size=n_draws)]
        return np.column_stack([random.choice(values, n_draws) for values in known])

    return _feasible_sets(model, propose, n_draws, "modes of sites")


def draw_posterior_sets(
    model: SoilModel, path: str | Path, used: Mask, n_draws: int, seed: int
) -> Sample:
    """Draw parameter sets from the pooled posterior draws of sites.

    Parameters
    ----------
    model
        The soil carbon model.
    path
        site_posteriors.nc; only the sites that are drawn are read.
    used
        (profiles,) which of its profiles are used, one at least.
    n_draws, seed
        As for ``draw_sets``.

    Raises
    ------
    InputError
        For other parameters or bounds of them, and if less than one set in a hundred is feasible.
    """
    rows = np.flatnonzero(used)
    random = named_stream(seed, STREAM, 0)
    with open_netcdf(path, "site posteriors", ["theta"]) as file:
        check_scaling(path, file, model)
        theta = file["theta"]

        def propose() -> Theta:
            site = rows[random.integers(len(rows), size=n_draws)]
            draw = random.integers(theta.shape[1], size=n_draws)
            sets = np.empty((n_draws, theta.shape[2]))
            for row in np.unique(site):  # in the order of the file, whose chunks are read once
                here = site == row
                sets[here] = np.ma.filled(theta[row].astype(np.float64), np.nan)[draw[here]]
            return sets

        return _feasible_sets(model, propose, n_draws, f"{path}, theta")


def _feasible_sets(
    model: SoilModel, propose: Callable[[], Theta], n_draws: int, where: str
) -> Sample:
    """The first ``n_draws`` feasible sets of those that ``propose`` returns, n_draws at a time."""
    accepted: list[Draws] = []
    n_accepted = drawn = 0
    while n_accepted < n_draws:
        if drawn * MIN_FEASIBLE >= n_draws:
            raise InputError(
                where,
                f"input fractions that sum to less than 1 in at least {MIN_FEASIBLE:.0%} of sets",
                f"{n_accepted} of {drawn} sets",
            )
        sets = propose()
        kept = np.flatnonzero(model.prior.feasible(sets))[: n_draws - n_accepted]
        accepted.append(sets[kept])
        n_accepted += len(kept)
        drawn += n_draws if n_accepted < n_draws else int(kept[-1]) + 1
    return Sample(np.concatenate(accepted), drawn - n_draws)


def random_sampling(
    model: SoilModel,
    posteriors_path: str | Path,
    exclude_flags: Sequence[str],
    target: str | Path,
    n_draws: int,
    seed: int,
    sampling: str = RandomSamplingSettings.sampling,
    attributes: Mapping[str, Any] | None = None,
    require_certified: bool = False,
) -> Sample:
    """Draw the parameter sets of the method from site posteriors and write them.

    Parameters
    ----------
    model
        The soil carbon model.
    posteriors_path
        Posteriors of the sites.
    exclude_flags
        Flags for which a fitted profile is not used.
    target
        File to write.
    n_draws, seed
        As for ``draw_sets``.
    sampling
        ``posterior``, ``marginal`` or ``joint``.
    attributes
        Global ones (provenance), to which the counts are added.
    require_certified
        Whether a used profile without certificate is an error.

    Raises
    ------
    InputError
        If no profile is used, and as ``draw_sets``.
    """
    summary = profile_summary(posteriors_path)
    require_used(posteriors_path, summary, exclude_flags, require_certified)
    used = used_profiles(summary, exclude_flags)
    counts: dict[str, Any] = {"sampling": sampling, "sites": int(used.sum())}
    counts |= certification_of_sites(summary["certified"], used).attributes
    if sampling == POSTERIOR:
        sample = draw_posterior_sets(model, posteriors_path, used, n_draws, seed)
    else:
        modes = read_modes(posteriors_path, summary["profile_id"], used)
        sample = draw_sets(model, modes, n_draws, seed, sampling)
        counts["modes_not_found"] = int(np.isnan(modes).sum())
    counts["infeasible_sets_drawn_again"] = sample.infeasible
    write_draws(target, model, theta=sample.theta, attributes=dict(attributes or {}) | counts)
    return sample
