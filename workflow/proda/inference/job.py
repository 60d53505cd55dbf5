"""A job of the site-by-site assimilation: one profile or many, side by side."""

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from proda.arrays import Chains, FloatArray
from proda.data.forcing import load_site_forcing
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.inference.observations_file import ObservationsReader, open_observations
from proda.inference.posterior_file import write_posteriors
from proda.inference.site import SiteOptions, SitePosterior
from proda.inference.site_group import Site, assimilate_sites, trace_site
from proda.model import SoilModel
from proda.netcdf import open_netcdf

__all__ = ["run_job", "run_traces", "site_of"]

log = logging.getLogger(__name__)


def run_job(
    model: SoilModel,
    observations_path: str | Path,
    forcing_path: str | Path,
    first: int,
    count: int,
    target: str | Path,
    options: SiteOptions,
    attributes: Mapping[str, Any],
) -> None:
    """Assimilate ``count`` profiles from ``first`` on (or to the last) and write them to a file.

    Errors in one profile become its status and reason.

    Parameters
    ----------
    model
        The soil carbon model.
    observations_path, forcing_path
        Files of the same profiles.
    first, count
        Position of the first profile, and number of profiles.
    target
        File that is written.
    options
        Sampler, number of chains, draws and seed.
    attributes
        Provenance, written as global attributes.

    Raises
    ------
    InputError
        Unless both files hold the same profiles in the same order.
    """
    started = time.perf_counter()
    with open_observations(observations_path) as reader:
        positions = range(first, min(first + count, len(reader)))
        _check_same_profiles(reader, observations_path, forcing_path, positions)
        posteriors: dict[int, SitePosterior] = {}
        sites = [site_of(model, reader, forcing_path, i) for i in positions]
        fitted = assimilate_sites(model, sites, options)
        for number, (place, posterior) in enumerate(fitted, start=1):
            posteriors[place] = posterior
            seconds = time.perf_counter() - started
            left = seconds / number * (len(positions) - number)
            log.info(
                "%d of %d: profile %s %s, %.1f s left",
                number,
                len(positions),
                posterior.profile_id,
                posterior.status.name.lower(),
                left,
            )
        sizes = reader.sizes[positions.start : positions.stop]
        in_order = [posteriors[place] for place in range(len(positions))]
        write_posteriors(target, in_order, sizes, model, options, attributes)


def run_traces(
    model: SoilModel,
    observations_path: str | Path,
    forcing_path: str | Path,
    number: int,
    options: SiteOptions,
) -> tuple[str, Chains, float]:
    """Run the chains of one profile again, with the random numbers of its job.

    Parameters
    ----------
    model
        The soil carbon model.
    observations_path, forcing_path
        Files of the same profiles.
    number
        Position of the profile in the files.
    options
        Those of the job.

    Returns
    -------
    tuple
        Its identifier, theta (chains, steps, parameters) after the warm-up, and the fraction of it
        that is discarded as burn-in.

    Raises
    ------
    InputError
        If the profile cannot be fitted.
    """
    with open_observations(observations_path) as reader:
        if number >= len(reader):
            raise InputError("profile number", f"below {len(reader)}", str(number))
        _check_same_profiles(reader, observations_path, forcing_path, range(number, number + 1))
        site = site_of(model, reader, forcing_path, number)
        theta, burn_in = trace_site(model, site, options)
    return site.profile_id, theta, burn_in


def site_of(model: SoilModel, reader: ObservationsReader, forcing_path: str | Path, i: int) -> Site:
    """Profile ``i`` of files of the same profiles, to be read when its turn comes.

    Parameters
    ----------
    model
        The soil carbon model.
    reader
        Of the observations, open until the profile is read.
    forcing_path
        Forcing of the profiles.
    i
        Position of the profile.
    """
    return Site(
        reader.profile_id(i),
        lambda: _column(model, forcing_path, i),
        lambda: reader.observations(i),
    )


def _column(model: SoilModel, forcing_path: str | Path, i: int) -> FloatArray:
    """Prepared column of profile ``i``. Raises InputError if it has no steady state."""
    forcing = load_site_forcing(forcing_path, i, 1)[1]
    model.require_steady_state(forcing)
    return model.columns(forcing)[0]


def _check_same_profiles(
    reader: ObservationsReader,
    observations_path: str | Path,
    forcing_path: str | Path,
    positions: range,
) -> None:
    """Raise InputError if the forcing is that of other profiles."""
    with open_netcdf(forcing_path, "forcing", ["profile_id"]) as file:
        found = file["profile_id"][positions.start : positions.stop]
    wanted = [reader.profile_id(i) for i in positions]
    check_profiles(forcing_path, found, wanted, observations_path, positions.start)
