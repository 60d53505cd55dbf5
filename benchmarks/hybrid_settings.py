"""Settings of the hybrid compared without the profiles that its skill is reported on.

    python benchmarks/hybrid_settings.py results/twin '{"activation": "gelu"}' [...]
        [--members 6] [--prior-weight 1]

For each pair of folds of a finished run a network is trained without both. It predicts one of them
as validation within the training blocks of the other: for every fold the settings are scored at
horizons of the four others only, by networks that have seen none of it. Printed are RMSE and bias
(modelled less observed) in kg m-3, pooled, by which the settings were chosen, and by fold, and the
RMSE to expect of other numbers of members: of independent members with variance V between those of
one error model, MSE(M) = MSE(m) + V (1/M - 1/m). A weight of the prior other than that of the
likelihood is tried here only; the workflow has none.
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
NUMBERS = (1, 4, 8, 16)  # of members, for which the RMSE is stated


def inner_errors(data, splits, options, members):
    """Modelled less observed (members, folds, profiles, horizons), kg m-3.

    NaN at own profiles of a fold.
    """
    n, folds = len(data.profile_id), int(splits.fold.max()) + 1
    errors = np.full((members, folds, n, data.observed.horizons), np.nan)
    every, missing = np.arange(n), ~data.observed.present | ~splits.used[:, None]
    for pair in itertools.combinations(range(folds), 2):
        rows = np.flatnonzero(splits.used & ~np.isin(splits.fold, pair))
        encoder = fit_encoder(data.kinds, data.sites.iloc[rows], data.grid, options)
        sites = encoder.encode(data.sites)
        training = training_set(sites, data, splits, rows, rows[:0])
        centre = training.y.mean(axis=0)
        trained = fit_members("hybrid", f"inner {pair}", training, options, SEED, members)
        for of_member, fitted in zip(errors, trained, strict=True):
            theta, _ = predict_feasible(fitted, sites, centre, MODEL)
            error = (data.observed.modelled(theta, every) - data.observed.value) / 1000.0
            error[missing] = np.nan
            for fold, other in (pair, pair[::-1]):
                of_member[fold, splits.fold == other] = error[splits.fold == other]
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


def expected_rmse(errors, error_models, numbers):
    """RMSE to expect of other numbers of members, NaN where an error model has one member only."""
    members = len(errors)
    groups = [errors[first::error_models] for first in range(error_models)]
    if min(map(len, groups)) < 2:
        return [np.nan for _ in numbers]
    variance = np.mean([np.nanmean(group.var(axis=0, ddof=1)) for group in groups])
    mse = np.nanmean(errors.mean(axis=0) ** 2) - variance / members
    return [float(np.sqrt(mse + variance / number)) for number in numbers]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path, help="folder of a finished run")
    parser.add_argument("settings", nargs="+", type=json.loads, help="settings of the hybrid")
    parser.add_argument("--members", type=int, default=6)
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
    paths = assimilation / "observations.nc", forcing
    data = replace(data, observed=read_observed(*paths, MODEL, chosen.error_model))
    print(describe())
    for settings in chosen.settings:
        options = learner_options("hybrid", **settings)
        start = process_time()
        errors = inner_errors(data, splits, options, chosen.members)
        seconds = process_time() - start
        mean = errors.mean(axis=0)
        rmse, bias = scores(mean)
        by_fold = ", ".join("{:.2f} {:+.2f}".format(*scores(one)) for one in mean)
        print(f"{json.dumps(settings)}: RMSE {rmse:.3f}, bias {bias:+.3f} ({by_fold}),", end=" ")
        expected = expected_rmse(errors, len(options.error_models), NUMBERS)
        of_numbers = ", ".join(
            f"{n}: {value:.3f}" for n, value in zip(NUMBERS, expected, strict=True)
        )
        print(f"expected of members {of_numbers}; {seconds:.0f} CPU s", flush=True)


if __name__ == "__main__":
    main()
