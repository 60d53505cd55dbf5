"""The random-sampling method: one distribution of parameters for the continent, from all sites.

The maximum-likelihood values of the sites, modes of the extreme value distributions fitted to their
posteriors, are combined to one distribution (Tao et al. 2020, "Random-Sampling Method"), from
which sets are drawn. Draws are resampled modes: with hundreds of sites a smooth density would add
a bandwidth to choose, and mass outside the prior, but no information.

``marginal``, the study's reading: each parameter is drawn on its own, so that a set combines modes
of different sites. ``joint``: the modes of one site stay together, with their correlations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from proda.arrays import Draws, Mask, Theta
from proda.config.sections.random_sampling import RandomSamplingSettings
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.inference.gev import Status as GevStatus
from proda.inference.summary import profile_summary, require_used, used_profiles
from proda.model import SoilModel
from proda.model.scaling import check_scaling
from proda.netcdf import open_netcdf
from proda.parameters.draws import write_draws
from proda.streams import named_stream

__all__ = ["Sample", "draw_sets", "random_sampling", "read_modes"]

SAMPLINGS = ("marginal", "joint")

# Name of the stream of random numbers (proda.streams.OWN_NAMES has it too).
STREAM = "random sampling"

# With a smaller fraction of feasible sets, those kept no longer represent the modes.
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


def draw_sets(
    model: SoilModel,
    modes: Theta,
    n_draws: int,
    seed: int,
    sampling: str = RandomSamplingSettings.sampling,
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
    if sampling not in SAMPLINGS:
        raise InputError("sampling", f"one of {', '.join(SAMPLINGS)}", repr(sampling))
    if sampling == "joint":
        modes = modes[~np.isnan(modes).any(axis=1)]
        if not len(modes):
            raise InputError("modes of sites", "a site with the modes of all parameters", "none")
    known = [column[~np.isnan(column)] for column in modes.T]
    for name, values in zip(model.parameters.names, known, strict=True):
        if not len(values):
            raise InputError(f"modes of sites, {name}", "at least one site with a mode", "none")

    random = named_stream(seed, STREAM, 0)
    accepted: list[Draws] = []
    n_accepted = drawn = 0
    while n_accepted < n_draws:
        if drawn * MIN_FEASIBLE >= n_draws:
            raise InputError(
                "modes of sites",
                f"input fractions that sum to less than 1 in at least {MIN_FEASIBLE:.0%} of sets",
                f"{n_accepted} of {drawn} sets",
            )
        if sampling == "joint":
            sets = modes[random.integers(len(modes), size=n_draws)]
        else:
            sets = np.column_stack([random.choice(values, n_draws) for values in known])
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
    n_draws, seed, sampling
        As for ``draw_sets``.
    attributes
        Global ones (provenance), to which the counts are added.

    Raises
    ------
    InputError
        If no profile is used, and as ``draw_sets``.
    """
    summary = profile_summary(posteriors_path)
    require_used(posteriors_path, summary, exclude_flags)
    used = used_profiles(summary, exclude_flags)
    modes = read_modes(posteriors_path, summary["profile_id"], used)
    sample = draw_sets(model, modes, n_draws, seed, sampling)
    counts = {
        "sampling": sampling,
        "sites": int(used.sum()),
        "modes_not_found": int(np.isnan(modes).sum()),
        "infeasible_sets_drawn_again": sample.infeasible,
    }
    write_draws(target, model, theta=sample.theta, attributes=dict(attributes or {}) | counts)
    return sample
