"""Compile the kernels that most tests share, by running each of them once on a small case.

The parts have few kernels in common, so that processes of their own take little more in all.
"""

import sys
from pathlib import Path

import numba
import numpy as np

from observed_cases import observed_case
from posterior_cases import OPTIONS, TRAJECTORIES, profile
from proda.inference.batch_lanes import batch_lanes
from proda.inference.hmc import run_hmc
from proda.inference.manifold import run_manifold_chain
from proda.inference.metropolis import run_chain
from proda.inference.metropolis_settings import PRESETS
from proda.inference.site import run_chains
from proda.inference.site_group import Site, assimilate_site
from proda.inference.targets import batch_target, site_target
from proda.model.constants import MONTHS_PER_YEAR
from proda.model.spin_up import mean_age, mean_columns, periodic_steady_state
from proda.model.structures import STUDY
from proda.model.transient import Year, monthly_steps
from site_cases import MODEL


def trajectories():
    """Chains of a profile and of a batch that follow gradients, in lanes, these with a mixture."""
    column, seen = profile(1)
    assimilate_site(MODEL, Site("P", lambda: column, lambda: seen), TRAJECTORIES)
    d, errors = len(MODEL.parameters), TRAJECTORIES.errors
    streams = [np.random.default_rng(chain) for chain in range(TRAJECTORIES.chains)]
    batch = batch_lanes(MODEL, column[None], [seen], errors)
    settings = TRAJECTORIES.sampler._replace(components=2)
    run_hmc(batch, d + errors.estimated, streams, settings).draw(1)


def walks():
    """Random walks of a profile and of a batch, chains along the surface, gradients of a learner
    that is trained through the model."""
    column, seen = profile(1)
    run_chains(MODEL, "P", column, seen, OPTIONS)
    d = len(MODEL.parameters)
    for settings in PRESETS.values():
        short = settings._replace(test_steps=100, steps=100)
        for target in (
            site_target(MODEL, column, seen, short.transformed),
            batch_target(MODEL, column[None], [seen], short.transformed),
        ):
            run_chain(target, d, short, np.random.default_rng(1))
    target = site_target(MODEL, column, seen, True)
    run_manifold_chain(target, d, 10, 10, np.random.default_rng(1))
    observed, _, theta, *_ = observed_case(STUDY)
    observed.log_likelihood(theta, np.arange(len(theta)), 0.3)


def years():
    """Steps in time and what starts them."""
    column, _ = profile(1)
    theta = np.full((1, len(MODEL.parameters)), 0.5)
    physical, steps = MODEL.physical(theta), monthly_steps()
    year = Year(column[None], np.ones((1, 4, MONTHS_PER_YEAR)))
    pools = periodic_steady_state(MODEL, physical, [year], steps).pools
    mean_age(MODEL, physical, mean_columns([year]), pools)


PARTS = {"trajectories": trajectories, "walks": walks, "years": years}


if __name__ == "__main__":
    PARTS[sys.argv[1]]()
    if numba.config.CACHE_DIR:
        Path(numba.config.CACHE_DIR, f"{sys.argv[1]}.compiled").touch()
