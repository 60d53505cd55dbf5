"""Settings of the hybrid compared without the profiles that its skill is reported on.

    python benchmarks/hybrid_settings.py results/twin '{"activation": "gelu"}' [...] [--members 3]

For each pair of folds of a finished run a network is trained without both. It predicts one of them
as validation within the training blocks of the other: for every fold the settings are scored at
horizons of the four others only, by networks that have seen none of it. Printed are the RMSE in
kg m-3 by fold and the pooled one by which the settings were chosen.
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
from proda.learning.data import read_learning_data
from proda.learning.features import fit_encoder
from proda.learning.learners import learner_options
from proda.learning.observed import read_observed
from proda.learning.splits import read_splits
from proda.learning.train import fit_members, predict_feasible, training_set
from proda.model import MatrixModel
from proda.resources import resource

MODEL = MatrixModel("clm45-10")
SEED = 2020


def inner_errors(data, splits, options, members):
    """Square errors (folds, profiles, horizons), kg2 m-6; NaN at the own profiles of a fold."""
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
        square = ((modelled - data.observed.value) / 1000.0) ** 2
        square[~data.observed.present | ~splits.used[:, None]] = np.nan
        for fold, other in (pair, pair[::-1]):
            errors[fold][splits.fold == other] = square[splits.fold == other]
    return errors


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a finished run")
    parser.add_argument("settings", nargs="+", type=json.loads, help="settings of the hybrid")
    parser.add_argument("--members", type=int, default=3)
    parser.add_argument("--error-model", default="lognormal", help="of the run")
    chosen = parser.parse_args()
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
        by_fold = ", ".join(f"{np.sqrt(np.nanmean(one)):.3f}" for one in errors)
        pooled, seconds = np.sqrt(np.nanmean(errors)), process_time() - start
        print(f"{json.dumps(settings)}: {pooled:.3f} ({by_fold}), {seconds:.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()
