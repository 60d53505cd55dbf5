"""Time and memory of the one-batch posterior of a run: python benchmarks/one_batch.py RESULTS

RESULTS is the folder of a run's results; its observations and forcing are read as the job reads
them. Prints CPU times, and the largest memory so far, of the parts of the job: reading, preparing
the distinct forcing, an evaluation of the log density and its gradient for four chains, of which
the sampling consists, and the mean over places of some draws.
"""

import argparse
import resource
import sys
from pathlib import Path
from time import process_time

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.data.forcing import load_site_columns
from proda.inference.batch_lanes import batch_lanes, batch_value_and_gradient
from proda.inference.horizon_lanes import ErrorSettings
from proda.inference.likelihoods import LOGNORMAL
from proda.inference.observations_file import open_observations
from proda.inference.place_mean import mean_over_median
from proda.model import MatrixModel
from proda.netcdf import open_netcdf

CHAINS = 4
SPREAD = 0.3  # of the points about the middle of the prior, in standard deviations


class Clock:
    """CPU time since the part before, and memory."""

    def __init__(self):
        self.began = process_time()

    def show(self, what, count=1):
        """Print the time of one of ``count`` repetitions."""
        took = (process_time() - self.began) / count
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9
        print(f"{what}: {took:.3f} s, {memory:.1f} GB")
        self.began = process_time()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of the results of a run")
    parser.add_argument("--evaluations", type=int, default=3)
    parser.add_argument("--draws", type=int, default=20, help="of the mean over places")
    options = parser.parse_args()
    forcing = options.results / "inputs" / "site_forcing.nc"
    with open_netcdf(forcing, "site forcing", ()) as file:
        model = MatrixModel(file.structure)

    clock = Clock()
    with open_observations(options.results / "assimilation" / "observations.nc") as reader:
        _, observations = reader.all()
    _, columns = load_site_columns(forcing, model)
    clock.show(f"{len(columns)} profiles read")
    target = batch_lanes(model, columns, observations, ErrorSettings(LOGNORMAL, estimated=True))
    clock.show(f"{target.cells} forcing cells prepared")
    rng = np.random.default_rng(0)
    x = rng.normal(0.0, SPREAD, (len(model.parameters) + 1, CHAINS))
    value, gradient = np.empty(CHAINS), np.empty(x.shape)
    batch_value_and_gradient(x, target, value, gradient)
    clock.show("compiled or read from the cache")
    for _ in range(options.evaluations):
        batch_value_and_gradient(x, target, value, gradient)
    clock.show(f"an evaluation of {CHAINS} chains", options.evaluations)
    if not np.isfinite(value).all():
        sys.exit("a point has no density")
    theta = rng.uniform(0.4, 0.6, (options.draws, len(model.parameters)))
    mean_over_median(model, theta, columns, observations, rng)
    clock.show(f"mean over places of {options.draws} draws")


if __name__ == "__main__":
    main()
