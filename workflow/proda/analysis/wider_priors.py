"""Sites fitted again under wider priors of the turnover times of SOC.

Where the ranking of the mechanisms follows from the ranges of the priors, wider ranges than those
of the parameter table change it. No reweighting reaches beyond them, so that some sites are fitted
once more, with the bounds of each turnover time tau of a SOC pool moved apart,

    tau ~ U(minimum / f, f maximum),

and with observations, errors, sampler and random numbers of the run. With f = 1 the draws are those
of the run. Statistics are those of ``proda.analysis.prior_ranking``; beside them stands the share
of a site's draws in which a turnover time lies beyond the bounds of the run: none where the profile
keeps it within them.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from proda.analysis.places import portions
from proda.analysis.prior_ranking import (
    TURNOVER_TIMES,
    RankedPrior,
    SitesUnderPriors,
    sites_under_priors,
)
from proda.arrays import Counts, FloatArray, Mask, Theta
from proda.data.forcing import load_site_forcing
from proda.data.order import check_profiles
from proda.inference.job import site_of
from proda.inference.observations_file import open_observations
from proda.inference.site import SiteOptions, Status
from proda.inference.site_group import assimilate_sites
from proda.model import MatrixModel
from proda.model.forcing import Forcing
from proda.model.slots import PARAMETERS
from proda.netcdf import load_netcdf
from proda.projection.files import write_projection
from proda.projection.process_maps import spread_draws
from proda.projection.soc import DrawnSoc

__all__ = ["Refits", "chosen_sites", "read_refits", "refit_sites", "with_refits", "write_refits"]

NAMES = tuple(PARAMETERS[slot] for slot in TURNOVER_TIMES)
STATISTICS = [one.name for one in fields(SitesUnderPriors) if one.name != "reasons"]
DIMENSIONS = ("site", "prior", "mechanism")


@dataclass(frozen=True)
class Refits:
    """n sites of a run under wider priors.

    Attributes
    ----------
    positions
        (n,) the sites among all profiles.
    priors
        The wider priors.
    sites
        Their statistics under each.
    """

    positions: Counts
    priors: Sequence[RankedPrior]
    sites: SitesUnderPriors


def chosen_sites(used: Mask, count: int) -> Counts:
    """At most ``count`` evenly spaced ones of the used sites, (n,) positions."""
    positions = np.flatnonzero(used)
    n = min(count, len(positions))
    return positions[np.floor((np.arange(n) + 0.5) * len(positions) / max(n, 1)).astype(int)]


def refit_sites(
    model: MatrixModel,
    observations_path: str | Path,
    forcing_path: str | Path,
    positions: Counts,
    factors: Sequence[float],
    options: SiteOptions,
    max_draws: int,
) -> Refits:
    """Fit sites under wider priors and summarise their draws.

    Parameters
    ----------
    model
        The soil carbon model of the run.
    observations_path, forcing_path
        Files of the same profiles.
    positions
        (n,) positions of the sites in them.
    factors
        By which the bounds move apart.
    options
        Of the run.
    max_draws
        Largest number of draws of a site that are run.

    Raises
    ------
    InputError
        For files of different profiles.
    """
    forcing = _forcing(observations_path, forcing_path, positions)
    priors, parts = [], []
    for factor in factors:
        wider = model.with_wider_prior(NAMES, factor)
        theta, reasons = _fitted(wider, observations_path, forcing_path, positions, options)
        read, count = spread_draws(partial(_read, theta), options.draws, max_draws)
        places = portions(DrawnSoc(wider, read, count, forcing))
        found = sites_under_priors(wider, places, len(positions), [1.0])
        found.beyond[:, 0] = _beyond(model, wider, theta)
        found.reasons.update(reasons)
        parts.append(found)
        priors.append(RankedPrior(1.0, factor, _sd_theta(model, wider)))
    return Refits(positions, priors, _joined(parts))


def _forcing(observations_path: str | Path, forcing_path: str | Path, positions: Counts) -> Forcing:
    """Forcing of the sites, which are the same profiles in both files."""
    ids, forcing = load_site_forcing(forcing_path)
    with open_observations(observations_path) as reader:
        seen = [reader.profile_id(int(i)) for i in positions]
    check_profiles(forcing_path, [ids[i] for i in positions], seen, observations_path)
    return forcing.take(positions)


def _fitted(
    model: MatrixModel,
    observations_path: str | Path,
    forcing_path: str | Path,
    positions: Counts,
    options: SiteOptions,
) -> tuple[Theta, Counter[str]]:
    """Draws (n, draws, parameters), NaN for sites that are not fitted, and why they are not."""
    theta = np.full((len(positions), options.draws, len(model.parameters)), np.nan)
    reasons: Counter[str] = Counter()
    with open_observations(observations_path) as reader:
        sites = [site_of(model, reader, forcing_path, int(i)) for i in positions]
        for place, posterior in assimilate_sites(model, sites, options):
            if posterior.status is Status.FITTED:
                # As the run stores them.
                theta[place] = posterior.values["theta"].astype(np.float32)
            else:
                reasons[posterior.status.name.lower()] += 1
    return theta, reasons


def _read(theta: Theta, first: int, count: int) -> Theta:
    return theta[first : first + count]


def _beyond(run: MatrixModel, wider: MatrixModel, theta: Theta) -> FloatArray:
    """Share of a site's draws (n, draws, parameters) with a turnover time beyond the run's bounds.

    NaN where a site has no draws.
    """
    columns = [run.parameters.index(name) for name in NAMES]
    in_run = run.prior.to_theta(wider.prior.to_physical(theta))[..., columns]
    outside = ((in_run < 0.0) | (in_run > 1.0)).any(axis=-1).mean(axis=-1)
    return np.where(np.isnan(theta[:, 0, 0]), np.nan, outside)


def _sd_theta(run: MatrixModel, wider: MatrixModel) -> float:
    """Mean standard deviation of the prior of the turnover times, in units of the run's theta."""
    columns = [run.parameters.index(name) for name in NAMES]
    return float((wider.prior.span / run.prior.span)[columns].mean() / np.sqrt(12.0))


def _joined(parts: Sequence[SitesUnderPriors]) -> SitesUnderPriors:
    """Statistics of the same sites under the priors of all parts."""
    return _statistics(
        lambda name: np.concatenate([getattr(part, name) for part in parts], axis=1),
        sum((part.reasons for part in parts), Counter()),
    )


def _statistics(values_of: Callable[[str], FloatArray], reasons: Counter[str]) -> SitesUnderPriors:
    """Statistics by their names."""
    values: dict[str, Any] = {name: values_of(name) for name in STATISTICS}
    return SitesUnderPriors(**values, reasons=reasons)


def with_refits(found: SitesUnderPriors, refits: Refits) -> SitesUnderPriors:
    """Statistics of all n sites of a run under its priors and, where fitted again, the wider ones.

    Parameters
    ----------
    found
        Under the priors of the run.
    refits
        Of some of these sites; the others take no part under the wider priors.
    """

    def of_all(name: str) -> FloatArray:
        here, there = getattr(found, name), getattr(refits.sites, name)
        missing = 0.0 if name == "effective" else np.nan
        more = np.full((len(here), *there.shape[1:]), missing)
        more[refits.positions] = there
        return np.concatenate([here, more], axis=1)

    return _statistics(of_all, found.reasons)


def write_refits(
    path: str | Path, refits: Refits, attributes: Mapping[str, Any] | None = None
) -> None:
    """Write refits as netCDF.

    Parameters
    ----------
    path
        File to write.
    refits
        Of the sites.
    attributes
        Global ones (provenance).
    """
    about = {"title": "Mechanisms at sites under wider priors", "Conventions": "CF-1.11"}
    dataset = xr.Dataset(attrs=about)
    dataset["position"] = ("site", refits.positions, {"long_name": "number of the profile"})
    for name, text in (
        ("bounds_factor", "factor by which the bounds of turnover times move apart"),
        ("sd_theta", "standard deviation of the prior, in units of the run's theta"),
    ):
        values = [getattr(prior, name) for prior in refits.priors]
        dataset[name] = ("prior", values, {"units": "1", "long_name": text})
    for name in STATISTICS:
        values = getattr(refits.sites, name)
        dataset[name] = (DIMENSIONS[: values.ndim], values)
    write_projection(path, dataset, attributes)


def read_refits(path: str | Path) -> Refits:
    """Read what ``write_refits`` wrote. Raises InputError for another file."""
    needed = ["position", "bounds_factor", "sd_theta", *STATISTICS]
    file = load_netcdf(path, "sites under wider priors", needed)
    factors, sds = file["bounds_factor"].values, file["sd_theta"].values
    return Refits(
        file["position"].values,
        [RankedPrior(1.0, float(f), float(sd)) for f, sd in zip(factors, sds, strict=True)],
        _statistics(lambda name: file[name].values, Counter()),
    )
