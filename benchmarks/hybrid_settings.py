"""Settings of the hybrid compared without the profiles that its skill is reported on.

    python benchmarks/hybrid_settings.py results/twin '{"activation": "gelu"}' [...]
        [--members 3] [--prior-weight 1]

For each pair of folds of a finished run a network is trained without both. It predicts one of them
as validation within the training blocks of the other: for every fold the settings are scored at
horizons of the four others only, by networks that have seen none of it. Printed are RMSE and bias
(modelled less observed) in kg m-3, pooled, by which the settings were chosen, and by fold. A weight
of the prior other than that of the likelihood is tried here only; the workflow has none.
"""

import argparse
import itertools
import json
import sys
from dataclasses import replace
from pathlib import Path
from time import process_time

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.data.covariate_table import covariate_kinds
from proda.learning import hybrid
from proda.learning.data import read_learning_data
from proda.learning.features import fit_encoder
from proda.learning.hybrid_model import HybridModel
from proda.learning.learners import learner_options
from proda.learning.observed import read_observed
from proda.learning.splits import read_splits
from proda.learning.train import fit_members, predict_feasible, training_set
from proda.model import MatrixModel
from proda.resources import resource

MODEL = MatrixModel("clm45-10")
SEED = 2020


def inner_errors(data, splits, options, members):
    """Modelled less observed (folds, profiles, horizons), kg m-3; NaN at own profiles of a fold."""
    n, folds = len(data.profile_id), int(splits.fold.max()) + 1
    errors = np.full((folds, n, data.observed.horizons), np.nan)
    every = np.arange(n)
    for pair in itertools.combinations(range(folds), 2):
        rows = np.flatnonzero(splits.used & ~np.isin(splits.fold, pair))
        encoder = fit_encoder(data.kinds, data.sites.iloc[rows], data.grid, options)
        sites = encoder.encode(data.sites)
        training = training_set(sites, data, splits, rows, rows[:0])
        centre = training.y.mean(axis=0)
        modelled = 0.0
        for fitted in fit_members("hybrid", f"inner {pair}", training, options, SEED, members):
            theta, _ = predict_feasible(fitted, sites, centre, MODEL)
            modelled = modelled + data.observed.modelled(theta, every) / members
        error = (modelled - data.observed.value) / 1000.0
        error[~data.observed.present | ~splits.used[:, None]] = np.nan
        for fold, other in (pair, pair[::-1]):
            errors[fold][splits.fold == other] = error[splits.fold == other]
    return errors


def with_prior_weight(weight):
    """The model of the hybrid with the log prior of each profile times a weight."""

    class Weighted(HybridModel):
        def log_densities(self, *args, **options):
            prior, likelihood = super().log_densities(*args, **options)
            return weight * prior, likelihood

    return Weighted


def scores(errors):
    """RMSE and bias."""
    return float(np.sqrt(np.nanmean(errors**2))), float(np.nanmean(errors))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a finished run")
    parser.add_argument("settings", nargs="+", type=json.loads, help="settings of the hybrid")
    parser.add_argument("--members", type=int, default=3)
    parser.add_argument("--prior-weight", type=float, default=1.0)
    parser.add_argument("--error-model", default="lognormal", help="of the run")
    chosen = parser.parse_args()
    hybrid.HybridModel = with_prior_weight(chosen.prior_weight)
    inputs, assimilation = chosen.results / "inputs", chosen.results / "assimilation"
    forcing = inputs / "site_forcing.nc"
    data = read_learning_data(
        covariate_kinds(resource("covariates.csv")),
        inputs / "site_covariates.nc",
        inputs / "grid_covariates.nc",
        inputs / "cells.nc",
        assimilation / "site_posteriors.nc",
        MODEL,
        "transformed_mean",
        forcing,
    )
    splits = read_splits(chosen.results / "learning" / "splits.csv")
    print(describe())
    for settings in chosen.settings:
        options = learner_options("hybrid", **settings)
        kind = chosen.error_model if options.error_model == "run" else options.error_model
        observed = read_observed(assimilation / "observations.nc", forcing, MODEL, kind)
        start = process_time()
        errors = inner_errors(replace(data, observed=observed), splits, options, chosen.members)
        seconds = process_time() - start
        rmse, bias = scores(errors)
        by_fold = ", ".join("{:.2f} {:+.2f}".format(*scores(one)) for one in errors)
        print(f"{json.dumps(settings)}: RMSE {rmse:.3f}, bias {bias:+.3f} ({by_fold}),", end=" ")
        print(f"{seconds:.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()
