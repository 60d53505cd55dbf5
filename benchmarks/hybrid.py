"""Time of training through the soil model, and of the same step with a dense matrix in TensorFlow.

    python benchmarks/hybrid.py [--structure clm45-10] [--sites 20000] [--epochs 100] [--json]

Synthetic sites with 9 horizons each and 141 features, the default network of the hybrid in batches
of 64, from random weights. The part of the soil model and the likelihood is timed by itself on the
same batches. The dense step solves one 70 x 70 system (140 x 140 in clm5-20) per site and
differentiates it automatically, in double precision as well: the matrix at the centre of the prior
with a free diagonal, which is less than a dense layer of the model would have to do, as it need not
assemble the matrix. Fractions and ratios are of processor time, which other work on the machine
hardly changes.
"""

import argparse
import json
import resource
import sys
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from _machine import describe

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow"))

from proda.inference.observations import Observations, interpolation_matrix
from proda.learning.hybrid import fit_hybrid
from proda.learning.learners import TrainingSet, learner_options
from proda.learning.observed import observed_profiles
from proda.learning.tensorflow_setup import tf
from proda.model import AnnualForcing, MatrixModel, MonthlyForcing
from proda.model.structures import STRUCTURES

HORIZONS, FEATURES, BATCH = 9, 141, 64
KINDS = 1_000  # different columns; sites share them


def synthetic_forcing(model, n, rng):
    """Forcing of n columns from cold to warm and from dry to wet."""
    layers, npp = model.grid.n_layers, 10.0 ** rng.uniform(1.7, 3.0, n)
    temperature = rng.uniform(274.0, 297.0, n)
    if model.structure.forcing is AnnualForcing:
        return AnnualForcing(
            npp_min=0.8 * npp,
            npp_max=1.2 * npp,
            active_layer_depth=np.full(n, 42.0),
            soil_temperature=np.repeat(temperature[:, None], layers, axis=1),
            soil_water_potential=-np.repeat(10.0 ** rng.uniform(-2.0, 0.7, n)[:, None], layers, 1),
        )
    months = (n, 12, layers)
    return MonthlyForcing(
        soil_temperature=temperature[:, None, None] + rng.uniform(-5.0, 5.0, months),
        water_scalar=rng.uniform(0.3, 1.0, months),
        oxygen_scalar=rng.uniform(0.8, 1.0, months),
        nitrogen_scalar=rng.uniform(0.8, 1.0, months),
        active_layer_depth=np.full((n, 12), 42.0),
        active_layer_depth_last_year=np.full((n, 12), 42.0),
        bedrock_layer=np.full(n, layers),
        litter_input=npp[:, None] * rng.dirichlet(np.ones(4), n),
    )


def limited(prior, theta):
    """Sets whose input fractions, if there are any, sum to no more than 0.9."""
    return prior.limit_fractions(theta, 0.9) if prior.fractions else theta


def synthetic_sites(model, n, rng):
    """A TrainingSet of n sites, whose observations are those of random parameters and noise."""
    columns = min(n, KINDS)
    node = model.grid.node
    forcing = synthetic_forcing(model, columns, rng)
    prior = model.prior
    theta = rng.random((columns, len(prior)))
    theta = limited(prior, theta)
    soc = model.soc(model.steady_state(theta, forcing))
    depth = np.linspace(0.05, 1.5, HORIZONS)
    operator, ones = interpolation_matrix(node, depth, "linear"), np.ones(HORIZONS)
    kind = rng.integers(columns, size=n)
    observations = []
    for column in kind:
        value = operator @ soc[column] * np.exp(0.3 * rng.normal(size=HORIZONS))
        observations.append(Observations(operator, value, 0.3 * value, ones))
    prepared = model.columns(forcing)[kind]
    ids = [f"S{i}" for i in range(n)]
    observed = observed_profiles(model, prepared, observations, ids, "lognormal")
    x = rng.normal(size=(n, FEATURES)).astype(np.float32)
    targets = theta[kind]
    return TrainingSet(x, targets, x[:0], targets[:0], np.arange(n) // 50, observed)


def fastest(run, seconds=5.0):
    """Smallest processor time of a call within some seconds."""
    run()
    times, start = [], perf_counter()
    while perf_counter() - start < seconds:
        before = process_time()
        run()
        times.append(process_time() - before)
    return min(times)


def time_of_soil(model, observed, rng):
    """Seconds per batch of modelled horizons, their likelihood, and the gradient in theta."""
    rows = rng.integers(len(observed), size=BATCH)
    theta = limited(model.prior, rng.random((BATCH, len(model.prior))))

    def run():
        observed.log_likelihood(theta, rows, 0.4)

    return fastest(run)


def time_of_dense(model):
    """Seconds per batch of a dense solve with its automatic gradient."""
    forcing = synthetic_forcing(model, 1, np.random.default_rng(4))
    centre = limited(model.prior, np.full((1, len(model.prior)), 0.5))[0]
    matrix, carbon_input = model.matrix(centre, forcing)
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
    parser.add_argument("--structure", choices=list(STRUCTURES), default="clm45-10")
    chosen = parser.parse_args()
    model = MatrixModel(chosen.structure)
    rng = np.random.default_rng(1)
    training = synthetic_sites(model, chosen.sites, rng)
    settings = {"start": "random", "epochs": chosen.epochs, "batch_size": BATCH}
    options = learner_options("hybrid", **settings)
    start, cpu = perf_counter(), process_time()
    fit_hybrid(training, options, np.random.default_rng(2))
    elapsed, seconds = perf_counter() - start, process_time() - cpu
    soil, dense = time_of_soil(model, training.observed, rng), time_of_dense(model)
    batches = chosen.epochs * -(-round(chosen.sites * (1 - options.validation_blocks)) // BATCH)
    figures = {
        "structure": chosen.structure,
        "sites": chosen.sites,
        "epochs": chosen.epochs,
        "training_seconds": round(elapsed, 1),
        "training_cpu_seconds": round(seconds, 1),
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
