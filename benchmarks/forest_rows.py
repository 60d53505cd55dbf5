"""Time and error of forests by the number of rows that a tree draws.

    python benchmarks/forest_rows.py [--rows 25000 100000] [--trees 10] [--bounds 50000]

Synthetic rows of 60 covariates; each target is a line and a wave of six of them. 25 targets are a
forest of parameters, one target is that of SOC density. A share of the variance of the targets is
noise. Trees are grown with every bound below the number of rows, and with none unless bounds are
given. The error is the mean square of predictions less the targets without noise, of 10,000 other
rows, over the variance of these. Processor seconds of one core.
"""

import argparse
import sys
from pathlib import Path
from time import process_time

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.learning.learners import TrainingSet, get_learner, learner_options

BOUNDS, NO_BOUND = (10_000, 20_000, 50_000), 10_000_000
NOISE = (0.1, 0.7)
TARGETS = (25, 1)
COVARIATES, CAUSES, TESTED = 60, 6, 10_000


def synthetic_rows(rows, targets, noise, seed=1):
    """A TrainingSet, and the targets of its validation rows without noise."""
    rng = np.random.default_rng(seed)
    cause = rng.permuted(np.tile(np.arange(COVARIATES) < CAUSES, (targets, 1)), axis=1).T
    weights = [cause * rng.normal(size=cause.shape) for _ in range(2)]
    x = rng.random((rows + TESTED, COVARIATES))
    line, wave = (x @ one for one in weights)
    signal = line / line.std(axis=0) + np.sin(2 * np.pi * wave)
    signal = (signal - signal.mean(axis=0)) / signal.std(axis=0)
    y = np.sqrt(1 - noise) * signal + np.sqrt(noise) * rng.normal(size=signal.shape)
    parts = (x[:rows].astype(np.float32), y[:rows], x[rows:].astype(np.float32), y[rows:])
    training = TrainingSet(*parts, blocks=np.arange(rows + TESTED))
    return training, np.sqrt(1 - noise) * signal[rows:]


def measure(training, signal, trees, bound):
    """Processor seconds, and unexplained share of the signal of the validation rows."""
    options = learner_options("random_forest", trees=trees, max_samples=bound)
    start = process_time()
    forest = get_learner("random_forest").load()(training, options, np.random.default_rng(1))
    seconds = process_time() - start
    error = forest.predict(training.x_validation).reshape(signal.shape) - signal
    return seconds, float((error**2).mean() / signal.var(axis=0).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[25_000, 100_000])
    parser.add_argument("--trees", type=int, default=10)
    parser.add_argument("--bounds", type=int, nargs="+", default=[*BOUNDS, NO_BOUND])
    args = parser.parse_args()
    print(describe())
    print("targets  noise     rows    drawn  seconds  error")
    for targets in TARGETS:
        for noise in NOISE:
            for rows in args.rows:
                whole, signal = synthetic_rows(rows, targets, noise)
                for bound in (one for one in args.bounds if one < rows or one == NO_BOUND):
                    seconds, error = measure(whole, signal, args.trees, bound)
                    drawn = min(bound, rows)
                    print(
                        f"{targets:7} {noise:6.1f} {rows:8,} {drawn:8,} {seconds:8.1f} {error:6.3f}"
                    )


if __name__ == "__main__":
    main()
