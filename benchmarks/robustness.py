"""What a few absurd observations do to one parameter set for all profiles.

    python benchmarks/robustness.py FOLDER [--error-model lognormal ...] [--json]

FOLDER holds assimilation/observations.nc, inputs/site_forcing.nc, inputs/grid_forcing.nc and
inputs/cells.nc of a dataset, as `snakemake` with these targets makes them. One observation in a
thousand, in the order of the file, is multiplied by 1e-12 or by 100, or left out, as the ledger
leaves out carbon below 1e-4 g kg-1; which one of each thousand, is varied. The posterior density of
one batch, relative error estimated, is maximised before and after, and the total of the region to
100 cm is computed with the parameters of the maximum.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path
from time import process_time

import numpy as np
from _machine import describe
from scipy import optimize
from scipy.special import ndtri

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from _profiles import MODEL, draw_theta

from proda.data.forcing import load_site_forcing
from proda.inference.batch_lanes import batch_lanes, batch_value_and_gradient
from proda.inference.horizon_lanes import ErrorSettings, relative_error
from proda.inference.likelihoods import ERROR_MODELS
from proda.inference.observations import Observations
from proda.inference.observations_file import open_observations
from proda.inference.targets import to_theta
from proda.projection.inputs import load_grid
from proda.projection.stocks import PETAGRAM

FACTORS = {"times 1e-12": 1e-12, "times 100": 100.0, "left out": None}
EVERY = 1_000
OFFSETS = (0, 200, 400, 600, 800)
STARTS = 4
INFEASIBLE = 1e12  # minus log density where the density is zero: the line search steps back


def contaminated(observations, factor, offset):
    """The observations, number ``offset`` of every EVERY multiplied by a factor or left out."""
    found, passed = [], 0
    for one in observations:
        chosen = (passed + np.arange(len(one.value))) % EVERY == offset
        passed += len(one.value)
        if factor is None:
            fields = {name: values[~chosen] for name, values in vars(one).items()}
            found.append(Observations(**fields))
        else:
            found.append(replace(one, value=np.where(chosen, factor * one.value, one.value)))
    return found


def maximum(target, starts):
    """The point of the highest density that L-BFGS finds from the starts."""
    value, gradient = np.empty(1), np.empty((len(starts[0]), 1))

    def cost(x):
        batch_value_and_gradient(x[:, None], target, value, gradient)
        if not np.isfinite(value[0]):
            return INFEASIBLE, np.zeros(len(x))
        return -value[0], -gradient[:, 0]

    options = {"maxiter": 2_000, "maxfun": 4_000, "ftol": 1e-12, "gtol": 1e-6, "maxcor": 30}
    found = [
        optimize.minimize(cost, x, jac=True, method="L-BFGS-B", options=options) for x in starts
    ]
    return min(found, key=lambda one: one.fun).x


def scale(x):
    """The relative error at a point."""
    return round(float(relative_error(to_theta(x[-1:], True), ErrorSettings())[0]), 3)


def total(grid, theta):
    """Soil organic carbon of the region to 100 cm, Pg, of cells with a steady state."""
    stuck = [found.row for found in MODEL.without_steady_state(grid.forcing)]
    chosen = (grid.column >= 0) & ~np.isin(grid.column, stuck)
    rows, area = grid.column[chosen], grid.cells.land_area_m2[chosen]
    soc = MODEL.soc(MODEL.steady_state(np.tile(theta, (len(rows), 1)), grid.forcing.take(rows)))
    return float(MODEL.stock(soc, 0.0, 1.0) @ area / PETAGRAM)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    kinds = ("lognormal", "student_t")
    parser.add_argument("--error-model", nargs="+", choices=ERROR_MODELS, default=kinds)
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args()
    with open_observations(options.folder / "assimilation" / "observations.nc") as reader:
        observations = [reader.observations(i) for i in range(len(reader))]
    inputs = options.folder / "inputs"
    columns = MODEL.columns(load_site_forcing(inputs / "site_forcing.nc")[1])
    grid = load_grid(inputs / "cells.nc", inputs / "grid_forcing.nc")
    d, rng = len(MODEL.parameters), np.random.default_rng(1)
    starts = [ndtri(np.append(draw_theta(rng), 0.5)) for _ in range(STARTS)]
    figures = {"horizons": sum(len(one.value) for one in observations)}
    start = process_time()
    for name in options.error_model:
        errors = ErrorSettings(ERROR_MODELS[name], estimated=True)
        clean = maximum(batch_lanes(MODEL, columns, observations, errors), starts)
        before = total(grid, to_theta(clean[None, :d], True)[0])
        figures[name] = {"total_100cm_pg": round(before, 2), "relative_error": scale(clean)}
        for change, factor in FACTORS.items():
            found = []
            for offset in OFFSETS:
                odd = contaminated(observations, factor, offset)
                found.append(maximum(batch_lanes(MODEL, columns, odd, errors), [clean, starts[0]]))
            after = [total(grid, to_theta(x[None, :d], True)[0]) for x in found]
            figures[name][change] = {
                "change_percent": [round(100.0 * (pg / before - 1.0), 2) for pg in after],
                "relative_error": [scale(x) for x in found],
            }
    figures |= {"cpu_seconds": round(process_time() - start, 1), "machine": describe()}
    print(json.dumps(figures, indent=2) if options.json else figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
