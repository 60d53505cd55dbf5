"""Time of training, and learning rates compared by validation loss.

    python benchmarks/learning.py [--epochs 400] [--results results/twin] [--json]

20,000 synthetic sites (51 numbers and 9 classes of 10 codes, one-hot: 141 features; 25 targets, a
tenth of whose variance is noise), of which 12,800 train and 3,200 validate, with the study's
network and batch. One thread. Fewer epochs than 400 are extrapolated, as the output states. With
--results the same learning rates are compared on the profiles of a finished run, and all its
members are timed: 10 of the random split and 3 of each of 5 folds.
Losses are mean squares of normalised parameters, without dropout; `of_mean` is that of predicting
the mean of the training targets.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.learning.learners import TrainingSet, get_learner, learner_options
from proda.resources import resource

SITES, NUMBERS, CLASSES, CODES, TARGETS = 20_000, 51, 9, 10, 25
RATES = (0.001, 0.01, 0.1, 0.3, 1.0, 3.0)
FULL = 400


def synthetic_sites(seed=1):
    """A TrainingSet whose targets are smooth functions of the covariates, and noise."""
    rng = np.random.default_rng(seed)
    numbers = rng.random((SITES, NUMBERS))
    codes = rng.integers(CODES, size=(SITES, CLASSES))
    x = np.concatenate([numbers, *(codes[:, [k]] == np.arange(CODES) for k in range(CLASSES))], 1)
    linear = x @ rng.normal(size=(x.shape[1], TARGETS))
    waves = np.sin(numbers @ rng.normal(size=(NUMBERS, TARGETS)))
    signal = (linear - linear.mean(0)) / linear.std(0) + waves
    signal = (signal - signal.mean(0)) / signal.std(0)
    noisy = np.sqrt(0.9) * signal + np.sqrt(0.1) * rng.normal(size=signal.shape)
    y = 1 / (1 + np.exp(-noisy))
    train, validation = slice(0, SITES * 16 // 25), slice(SITES * 16 // 25, SITES * 20 // 25)
    parts = (x[train].astype(np.float32), y[train], x[validation], y[validation])
    return TrainingSet(*parts, blocks=np.arange(validation.stop))


def mean_error(training):
    return float(((training.y_validation - training.y.mean(0)) ** 2).mean())


def compare_rates(training, epochs):
    """Last and lowest validation loss by learning rate."""
    losses = {"epochs": epochs, "of_mean": round(mean_error(training), 5)}
    for rate in RATES:
        options = learner_options("neural_network", learning_rate=rate, epochs=epochs)
        fit = get_learner("neural_network").load()
        history = fit(training, options, np.random.default_rng(1)).history["validation_loss"]
        losses[f"rate_{rate:g}"] = {"last": round(history[-1], 5), "min": round(min(history), 5)}
    return losses


def time_training(training, epochs):
    options = learner_options("neural_network", epochs=epochs)
    times = []
    fit, start, worked = get_learner("neural_network").load(), perf_counter(), process_time()
    fitted = fit(
        training, options, np.random.default_rng(1), lambda *_: times.append(perf_counter())
    )
    history = fitted.history["validation_loss"]
    figures = {
        "rows": len(training.x),
        "epochs": epochs,
        "seconds": round(times[-1] - start, 1),
        "seconds_per_epoch": round(float(np.median(np.diff(times))), 3),
        "processor_seconds": round(process_time() - worked, 1),  # without other load on the machine
        "validation_loss_last": round(history[-1], 5),
        "validation_loss_min": round(min(history), 5),
        "epoch_of_min": int(np.argmin(history)) + 1,
    }
    if epochs < FULL:
        rest = (FULL - epochs) * figures["seconds_per_epoch"]
        figures["seconds_of_400_epochs_extrapolated"] = round(figures["seconds"] + rest)
    start = perf_counter()
    forest = get_learner("random_forest").load()(
        training, learner_options("random_forest"), np.random.default_rng(1)
    )
    figures["forest_seconds"] = round(perf_counter() - start, 1)
    error = ((forest.predict(training.x_validation) - training.y_validation) ** 2).mean()
    figures["forest_validation_loss"] = round(float(error), 5)
    return figures


def on_results(folder, epochs):
    """The same comparison on the profiles of a run, and the time of all its members."""
    import xarray as xr

    from proda.data.covariate_table import covariate_kinds
    from proda.inference.summary import profile_summary, used_profiles
    from proda.learning.data import read_learning_data
    from proda.learning.splits import make_splits
    from proda.learning.train import encode_split, train_split
    from proda.model.matrix_model import MatrixModel

    model, inputs = MatrixModel("clm45-10"), folder / "inputs"
    posteriors = folder / "assimilation" / "site_posteriors.nc"
    data = read_learning_data(
        covariate_kinds(resource("covariates.csv")),
        inputs / "site_covariates.nc",
        inputs / "grid_covariates.nc",
        inputs / "cells.nc",
        posteriors,
        model,
    )
    with xr.open_dataset(inputs / "site_forcing.nc") as forcing:
        lon, lat = forcing["lon"].values, forcing["lat"].values
    used = used_profiles(profile_summary(posteriors), ["negative_r2"])
    splits = make_splits(data.profile_id, lon, lat, used, data.cells, seed=2020)
    options = learner_options("neural_network", epochs=epochs)
    encoded = encode_split(data, splits, "random", options, seed=2020)
    training = TrainingSet(
        *(
            values[rows]
            for rows in (encoded.rows.training, encoded.rows.validation)
            for values in (encoded.sites.values, data.targets)
        ),
        blocks=splits.block[encoded.rows.training | encoded.rows.validation],
    )
    figures = {"profiles": len(used), "used": int(used.sum()), "training": len(training.x)}
    figures["rates"] = compare_rates(training, FULL)
    start, worked = perf_counter(), process_time()
    with tempfile.TemporaryDirectory() as scratch:
        for split in splits.names:
            folder = Path(scratch)
            train_split(
                "neural_network", split, data, splits, options, 2020, model, models_dir=folder
            )
    figures["members"] = sum(options.members_of(split) for split in splits.names)
    figures["epochs_of_members"] = epochs
    figures["seconds_of_all_members"] = round(perf_counter() - start, 1)
    figures["processor_seconds_of_all_members"] = round(process_time() - worked, 1)
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--epochs", type=int, default=FULL, help="of the timed training")
    parser.add_argument("--rate-epochs", type=int, default=10, help="per learning rate, 0: none")
    parser.add_argument("--results", type=Path, help="folder of a finished run, results/<dataset>")
    options = parser.parse_args()

    sites = synthetic_sites()
    figures = {"synthetic": {"sites": SITES, "features": sites.x.shape[1], "threads": 1}}
    if options.rate_epochs:
        figures["synthetic"]["rates"] = compare_rates(sites, options.rate_epochs)
    figures["synthetic"]["training"] = time_training(sites, options.epochs)
    if options.results:
        figures["results"] = on_results(options.results, options.epochs)
    figures["machine"] = describe()
    if options.json:
        print(json.dumps(figures, indent=2))
        return
    for part in ("synthetic", "results"):
        for name, value in figures.get(part, {}).items():
            print(f"{part}, {name}: {value}")


if __name__ == "__main__":
    main()
