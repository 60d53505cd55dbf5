"""A job of the site-by-site assimilation: one profile or many, one after the other."""

import logging
import time

import numpy as np

from proda.data.forcing import load_site_forcing
from proda.data.order import check_profiles
from proda.errors import InputError
from proda.inference.observations_file import open_observations
from proda.inference.posterior_file import write_posteriors
from proda.inference.site import assimilate_site, run_chains
from proda.inference.targets import to_theta
from proda.netcdf import open_netcdf

__all__ = ["run_job", "run_traces"]

log = logging.getLogger(__name__)


def run_job(model, observations_path, forcing_path, first, count, target, options, attributes):
    """Assimilate ``count`` profiles from ``first`` on (or to the last) and write them to a file.

    Both files hold the same profiles in the same order; where they do not, InputError is raised.
    What is wrong with one profile becomes its status and reason.
    """
    started = time.perf_counter()
    with open_observations(observations_path) as reader:
        positions = range(first, min(first + count, len(reader)))
        _check_same_profiles(reader, observations_path, forcing_path, positions)
        posteriors = []
        for number, i in enumerate(positions, start=1):
            profile_id = reader.profile_id(i)

            def load_column(i=i):
                return _column(model, forcing_path, i)

            def load_observations(i=i):
                return reader.observations(i)

            posterior = assimilate_site(model, profile_id, load_column, load_observations, options)
            posteriors.append(posterior)
            seconds = time.perf_counter() - started
            left = seconds / number * (len(positions) - number)
            log.info(
                "%d of %d: profile %s %s, %.1f s left",
                number,
                len(positions),
                profile_id,
                posterior.status.name.lower(),
                left,
            )
        sizes = reader.sizes[positions.start : positions.stop]
        write_posteriors(target, posteriors, sizes, model, options, attributes)


def run_traces(model, observations_path, forcing_path, number, options):
    """The chains of one profile again, whole: (its identifier, theta (chains, steps, parameters)).

    The same random numbers as in its job. Raises InputError if the profile cannot be fitted.
    """
    with open_observations(observations_path) as reader:
        if number >= len(reader):
            raise InputError("profile number", f"below {len(reader)}", str(number))
        _check_same_profiles(reader, observations_path, forcing_path, range(number, number + 1))
        profile_id, observations = reader.profile_id(number), reader.observations(number)
    column = _column(model, forcing_path, number)
    chains = run_chains(model, profile_id, column, observations, options)
    draws = np.stack([chain.draws for chain in chains])
    return profile_id, to_theta(draws, options.sampler.transformed)


def _column(model, forcing_path, i):
    """Prepared column of profile ``i``. Raises InputError if it has no steady state."""
    forcing = load_site_forcing(forcing_path, i, 1)[1]
    model.require_steady_state(forcing)
    return model.columns(forcing)[0]


def _check_same_profiles(reader, observations_path, forcing_path, positions):
    with open_netcdf(forcing_path, "forcing", ["profile_id"]) as file:
        found = file["profile_id"][positions.start : positions.stop]
    wanted = [reader.profile_id(i) for i in positions]
    check_profiles(forcing_path, found, wanted, observations_path, positions.start)
