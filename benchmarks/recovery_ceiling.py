"""How well true parameters can be recovered on a twin: with more profiles, and without noise.

    python benchmarks/recovery_ceiling.py results/twin [--members 5] [--json]

Profiles are planted on half of the cells of a finished run of a twin, with the true parameters of
these cells, the covariates and the forcing that learners have, and noise of the observations. The
hybrid is trained on them as in the workflow, and its parameters are compared with the true ones on
the other half of the cells. A network that is trained on the true parameters themselves, with their
variation from site to site, shows what follows from covariates if SOC were no obstacle. Printed are
the correlation of each parameter, their median, and how many are 0.5 or more.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import xarray as xr
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.data.covariate_table import covariate_kinds
from proda.data.forcing import load_grid_forcing
from proda.inference.observations import Observations, interpolation_matrix
from proda.learning.data import read_covariates
from proda.learning.features import fit_encoder
from proda.learning.learners import TrainingSet, learner_options
from proda.learning.observed import observed_profiles
from proda.learning.train import fit_members, predict_feasible
from proda.model import MatrixModel
from proda.model.prior import Prior
from proda.resources import resource
from proda.twin.parameters import MAX_LITTER_FRACTION, PARAMETERS

MODEL = MatrixModel("clm45-10")
SEED = 2020
BLOCK = 4.0  # degrees
DEPTHS = {6: [0.05, 0.15, 0.3, 0.5, 0.8, 1.2], 20: np.linspace(0.02, 3.5, 20)}
# The sites have no posteriors here to start from, and the law of the noise is known.
HYBRID = {"start": "random", "epochs": 120, "error_model": "run"}
# Number of profiles, horizons of each, noise, and variance that covariates do not explain.
CASES = (
    (306, 6, 0.3, 0.3),
    (1_000, 6, 0.3, 0.3),
    (1_700, 6, 0.3, 0.3),
    (1_700, 6, 0.0, 0.0),
    (1_700, 20, 0.0, 0.0),
)


def planted(theta, share, rng):
    """True parameters of sites: those of cells, with variation that no covariate explains."""
    spread = np.sqrt(share) * np.array([one for _, one, _ in PARAMETERS.values()])
    x = MODEL.prior.to_transformed(theta) + spread * rng.normal(size=theta.shape)
    return MODEL.prior.limit_fractions(Prior.from_transformed(x), MAX_LITTER_FRACTION)


def observed_at(theta, forcing, horizons, noise, rng):
    """Observed profiles of these parameters."""
    depth = np.asarray(DEPTHS[horizons])
    operator, ones = interpolation_matrix(MODEL.grid.node, depth, "linear"), np.ones(len(depth))
    modelled = MODEL.soc(MODEL.steady_state(theta, forcing)) @ operator.T
    value = modelled * np.maximum(1.0 + noise * rng.normal(size=modelled.shape), 0.05)
    observations = [Observations(operator, one, 0.3 * one, ones) for one in value]
    ids = [str(i) for i in range(len(theta))]
    return observed_profiles(MODEL, MODEL.columns(forcing), observations, ids, "lognormal")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a finished run of a twin")
    parser.add_argument("--members", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print JSON")
    chosen = parser.parse_args()
    inputs = chosen.results / "inputs"
    paths = (inputs / f"{name}.nc" for name in ("site_covariates", "grid_covariates", "cells"))
    data = read_covariates(covariate_kinds(resource("covariates.csv")), *paths)
    forced, forcing = load_grid_forcing(inputs / "grid_forcing.nc")
    with xr.open_dataset(chosen.results / "raw" / "truth" / "truth_grid.nc") as file:
        theta = np.column_stack([data.cells.from_grid(one) for one in file["theta"]])[forced]
    grid = data.grid.iloc[forced]
    known = np.isfinite(theta).all(axis=1) & grid.notna().all(axis=1).to_numpy()
    rng = np.random.default_rng(SEED)
    order = rng.permutation(np.flatnonzero(known))
    sites, test = order[: len(order) // 2], order[len(order) // 2 :]
    of_cells = np.stack([data.cells.lat, data.cells.lon], axis=1)[forced] // BLOCK
    block = np.unique(of_cells, axis=0, return_inverse=True)[1].ravel()

    def correlations(learner, rows, targets, observed=None):
        options = learner_options(learner, **(HYBRID if observed else {}))
        encoder = fit_encoder(data.kinds, grid.iloc[rows], grid, options)
        x, places = encoder.encode(grid.iloc[rows]).values, encoder.encode(grid.iloc[test])
        nothing = x[:0], targets[:0]
        training = TrainingSet(x, targets, *nothing, block[rows], observed)
        members = fit_members(learner, "ceiling", training, options, SEED, chosen.members)
        centre = targets.mean(axis=0)
        mean = np.mean(
            [predict_feasible(fitted, places, centre, MODEL)[0] for fitted in members], axis=0
        )
        pairs = zip(theta[test].T, mean.T, strict=True)
        return np.array([np.corrcoef(true, found)[0, 1] for true, found in pairs])

    found = {}
    for n, horizons, noise, share in CASES:
        rows = sites[:n]
        truth = planted(theta[rows], share, rng)
        observed = observed_at(truth, forcing.take(rows), horizons, noise, rng)
        label = f"{n} profiles, {horizons} horizons, noise {noise}, unexplained {share}"
        found[label] = correlations("hybrid", rows, truth, observed)
    rows = sites[: CASES[2][0]]
    truth = planted(theta[rows], CASES[2][3], rng)
    label = f"{len(rows)} true parameters, unexplained {CASES[2][3]}"
    found[label] = correlations("neural_network", rows, truth)
    figures = {
        label: {
            "median": round(float(np.median(r)), 3),
            "at_least_half": int((r >= 0.5).sum()),
            "by_parameter": dict(zip(MODEL.parameters.names, r.round(2).tolist(), strict=True)),
        }
        for label, r in found.items()
    }
    if chosen.json:
        print(json.dumps(figures | {"machine": describe()}, indent=1))
        return
    for label, one in figures.items():
        print(f"{label:60} median {one['median']:.3f}, {one['at_least_half']} of 0.5 or more")
    for name in MODEL.parameters.names:
        of_cases = " ".join(f"{one['by_parameter'][name]:6.2f}" for one in figures.values())
        print(f"{name:35} {of_cases}")
    print(describe())


if __name__ == "__main__":
    main()
