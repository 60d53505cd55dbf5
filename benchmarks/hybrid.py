"""Time of training through the soil model, and of the same step with a dense matrix in TensorFlow.

    python benchmarks/hybrid.py [--sites 20000] [--epochs 100] [--json]

Synthetic sites with 9 horizons each and 141 features, the default network of the hybrid in batches
of 64. The part of the soil model and the likelihood is timed by itself on the same batches. The
dense step solves one 70 x 70 system per site and differentiates it automatically, in double
precision as well: the matrix at the centre of the prior with a free diagonal, which is less than
a dense layer of the model would have to do, as it need not assemble the matrix.
"""

import argparse
import json
import resource
import sys
from pathlib import Path
from time import perf_counter

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.inference.observations import Observations, interpolation_matrix
from proda.learning.hybrid import fit_hybrid
from proda.learning.learners import TrainingSet, learner_options
from proda.learning.observed import observed_profiles
from proda.learning.tensorflow_setup import tf
from proda.model import AnnualForcing, MatrixModel

MODEL = MatrixModel("clm45-10")
HORIZONS, FEATURES, BATCH = 9, 141, 64
KINDS = 1_000  # different columns; sites share them


def synthetic_sites(n, rng):
    """A TrainingSet of n sites, whose observations are those of random parameters and noise."""
    columns = min(n, KINDS)
    node = MODEL.grid.node
    npp = 10.0 ** rng.uniform(1.7, 3.0, columns)
    forcing = AnnualForcing(
        npp_min=0.8 * npp,
        npp_max=1.2 * npp,
        active_layer_depth=np.full(columns, 42.0),
        soil_temperature=np.repeat(rng.uniform(274.0, 297.0, columns)[:, None], len(node), axis=1),
        soil_water_potential=-np.repeat(10.0 ** rng.uniform(-2.0, 0.7, columns)[:, None], 10, 1),
    )
    prior = MODEL.prior
    theta = rng.random((columns, len(prior)))
    theta = prior.limit_fractions(theta, 0.9)
    soc = MODEL.soc(MODEL.steady_state(theta, forcing))
    depth = np.linspace(0.05, 1.5, HORIZONS)
    operator, ones = interpolation_matrix(node, depth, "linear"), np.ones(HORIZONS)
    kind = rng.integers(columns, size=n)
    observations = []
    for column in kind:
        value = operator @ soc[column] * np.exp(0.3 * rng.normal(size=HORIZONS))
        observations.append(Observations(operator, value, 0.3 * value, ones))
    prepared = MODEL.columns(forcing)[kind]
    ids = [f"S{i}" for i in range(n)]
    observed = observed_profiles(MODEL, prepared, observations, ids, "lognormal")
    x = rng.normal(size=(n, FEATURES)).astype(np.float32)
    targets = theta[kind]
    return TrainingSet(x, targets, x[:0], targets[:0], np.arange(n) // 50, observed)


def fastest(run, seconds=5.0):
    """Smallest time of a call within some seconds."""
    run()
    times, start = [], perf_counter()
    while perf_counter() - start < seconds:
        before = perf_counter()
        run()
        times.append(perf_counter() - before)
    return min(times)


def time_of_soil(observed, rng):
    """Seconds per batch of modelled horizons, their likelihood, and the gradient in theta."""
    rows = rng.integers(len(observed), size=BATCH)
    theta = MODEL.prior.limit_fractions(rng.random((BATCH, len(MODEL.prior))), 0.9)

    def run():
        observed.log_likelihood(theta, rows, 0.4)

    return fastest(run)


def time_of_dense():
    """Seconds per batch of a dense solve with its automatic gradient."""
    forcing = AnnualForcing(
        npp_min=np.array([400.0]),
        npp_max=np.array([600.0]),
        active_layer_depth=np.array([42.0]),
        soil_temperature=np.full((1, 10), 285.0),
        soil_water_potential=np.full((1, 10), -0.1),
    )
    centre = MODEL.prior.limit_fractions(np.full((1, len(MODEL.prior)), 0.5), 0.9)[0]
    matrix, carbon_input = MODEL.matrix(centre, forcing)
    matrices = tf.constant(np.broadcast_to(matrix, (BATCH, *matrix.shape)))
    inputs = tf.constant(np.broadcast_to(carbon_input, (BATCH, len(carbon_input))))
    scale = tf.Variable(tf.ones((BATCH, len(carbon_input)), tf.float64))

    @tf.function
    def run():
        with tf.GradientTape() as tape:
            scaled = tf.linalg.set_diag(matrices, tf.linalg.diag_part(matrices) * scale)
            total = tf.reduce_sum(tf.math.log(tf.abs(tf.linalg.solve(scaled, inputs[..., None]))))
        return tape.gradient(total, scale)

    return fastest(lambda: run().numpy())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--sites", type=int, default=20_000)
    parser.add_argument("--epochs", type=int, default=100)
    chosen = parser.parse_args()
    rng = np.random.default_rng(1)
    training = synthetic_sites(chosen.sites, rng)
    options = learner_options("hybrid", epochs=chosen.epochs, batch_size=BATCH)
    start = perf_counter()
    fit_hybrid(training, options, np.random.default_rng(2))
    seconds = perf_counter() - start
    soil, dense = time_of_soil(training.observed, rng), time_of_dense()
    batches = chosen.epochs * -(-round(chosen.sites * (1 - options.validation_blocks)) // BATCH)
    figures = {
        "sites": chosen.sites,
        "epochs": chosen.epochs,
        "training_seconds": round(seconds, 1),
        "fraction_in_the_soil_model": round(batches * soil / seconds, 3),
        "soil_model_and_likelihood_microseconds_per_site": round(1e6 * soil / BATCH, 3),
        "dense_solve_and_gradient_microseconds_per_site": round(1e6 * dense / BATCH, 3),
        "dense_over_soil_model": round(dense / soil, 1),
        "memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2),
        "machine": describe(),
    }
    if chosen.json:
        print(json.dumps(figures, indent=1))
        return
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):50} {value}")


if __name__ == "__main__":
    main()
