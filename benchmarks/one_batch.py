"""Time and memory of the one-batch posterior of a run: python benchmarks/one_batch.py RESULTS

RESULTS is the folder of a run's results; its observations and forcing are read as the job reads
them. Prints the CPU time of an evaluation of the log density and its gradient for four chains, and
of a short run of all stages (--draws of each chain after a warm-up of a few trajectories), whose
memory is that of the job. A run of the workflow takes as much longer as it has more evaluations.
"""

import argparse
import resource
import sys
import tempfile
from pathlib import Path
from time import process_time

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.data.forcing import load_site_columns
from proda.inference.batch_lanes import batch_lanes, batch_value_and_gradient
from proda.inference.hmc_settings import HmcSettings
from proda.inference.horizon_lanes import ErrorSettings
from proda.inference.likelihoods import LOGNORMAL
from proda.inference.observations_file import open_observations
from proda.inference.one_batch import run_one_batch
from proda.inference.rounds import RoundSettings
from proda.inference.site import SiteOptions
from proda.model import MatrixModel
from proda.netcdf import open_netcdf

CHAINS = 4
ERRORS = ErrorSettings(LOGNORMAL, estimated=True)


def gigabytes():
    """Largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


def time_evaluations(model, observations_path, forcing_path, count):
    """Print the time to prepare the posterior, and that of an evaluation of all chains."""
    started = process_time()
    with open_observations(observations_path) as reader:
        _, observations = reader.all()
    _, columns = load_site_columns(forcing_path, model)
    print(f"{len(columns)} profiles read: {process_time() - started:.1f} s, {gigabytes():.1f} GB")
    started = process_time()
    target = batch_lanes(model, columns, observations, ERRORS)
    took = process_time() - started
    print(f"{target.cells} forcing cells prepared: {took:.1f} s, {gigabytes():.1f} GB")
    x = np.random.default_rng(0).normal(0.0, 0.3, (len(model.parameters) + 1, CHAINS))
    value, gradient = np.empty(CHAINS), np.empty(x.shape)
    batch_value_and_gradient(x, target, value, gradient)  # compiles
    started = process_time()
    for _ in range(count):
        batch_value_and_gradient(x, target, value, gradient)
    took = (process_time() - started) / count
    print(f"an evaluation of {CHAINS} chains: {took:.3f} s, finite: {np.isfinite(value).all()}")


def time_short_run(model, observations_path, forcing_path, draws):
    """Print the time of a run of a few draws."""
    options = SiteOptions(
        sampler=HmcSettings(
            chains=CHAINS, approach=2, windows=(2,), settling=2, max_leapfrog=2, components=2
        ),
        chains=CHAINS,
        draws=CHAINS * draws,
        errors=ERRORS,
        rounds=RoundSettings(first=draws, budget=draws),
    )
    started = process_time()
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "one_batch.nc"
        run_one_batch(model, observations_path, forcing_path, target, options, {})
    print(f"a short run: {process_time() - started:.1f} s, {gigabytes():.1f} GB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of the results of a run")
    parser.add_argument("--evaluations", type=int, default=3)
    parser.add_argument("--draws", type=int, default=0, help="of a short run; 0 for none")
    options = parser.parse_args()
    observations = options.results / "assimilation" / "observations.nc"
    forcing = options.results / "inputs" / "site_forcing.nc"
    with open_netcdf(forcing, "site forcing", ()) as file:
        model = MatrixModel(file.structure)
    if options.draws:
        time_short_run(model, observations, forcing, options.draws)
    else:
        time_evaluations(model, observations, forcing, options.evaluations)


if __name__ == "__main__":
    main()
