"""The neural network, in Keras: covariates to the parameters of a place.

An epoch is one compiled loop over its batches, which on few profiles takes a fifth of the time of
``keras.Model.fit``. One thread and no GPU: more threads gain nothing at these sizes, and with their
number fixed the result does not depend on the machine's cores. All random numbers (weights, order,
dropout) come from the numpy generator of the member.
"""

import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # no messages about the machine
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from proda.arrays import Features, Theta
from proda.config.sections.learning import NetworkOptions
from proda.errors import InputError
from proda.learning.learners import Report, TrainingSet
from proda.learning.model_file import model_path, write_model
from proda.parameters.methods import NEURAL_NETWORK

__all__ = ["FittedNetwork", "fit_network", "load_network"]

log = logging.getLogger(__name__)

try:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.set_visible_devices([], "GPU")
except RuntimeError:
    log.warning("TensorFlow was in use before: results may differ from the workflow's last digits")
tf.config.experimental.enable_op_determinism()

CHUNK = 4096  # places predicted at a time
OPTIMIZERS = {"adadelta": keras.optimizers.Adadelta, "adam": keras.optimizers.Adam}


class FittedNetwork:
    """A trained network.

    Attributes
    ----------
    model
        The Keras model.
    history
        ``loss`` and ``validation_loss``, a value per epoch each; empty for a model read from a
        file.
    """

    def __init__(self, model: keras.Model, history: Mapping[str, list[float]]) -> None:
        self.model = model
        self.history = history

    def predict(self, x: Features) -> Theta:
        """Normalised parameters of the places whose features are given, clipped to [0, 1]."""
        x = np.asarray(x, dtype=np.float32)
        parts = [self.model(x[i : i + CHUNK]).numpy() for i in range(0, len(x), CHUNK)]
        theta = np.concatenate([np.empty((0, self.model.output_shape[1])), *parts])
        return np.clip(theta, 0.0, 1.0)

    def save(self, folder: Path, member: int) -> Path:
        """Write the model into a folder, in Keras' own format."""
        path = model_path(folder, member)
        write_model(path, self.model)
        return path


def fit_network(
    training: TrainingSet,
    options: NetworkOptions,
    rng: np.random.Generator,
    report: Report | None = None,
) -> FittedNetwork:
    """Train one network.

    Parameters
    ----------
    training
        What it learns from.
    options
        Settings.
    rng
        Random numbers of the member.
    report
        Called after each epoch.

    Returns
    -------
    FittedNetwork
        The trained network. The loss of an epoch in its history is the mean over the batches, with
        dropout; that of validation is without.

    Raises
    ------
    InputError
        If a loss is not finite, or the best epoch is to be kept and there are no validation
        profiles.
    """
    n, features = training.x.shape
    if options.keep == "best" and not len(training.x_validation):
        hint = "keep: last, or a validation_fraction above 0"
        raise InputError("keep: best", "profiles for validation", "none", hint)
    model = build_network(features, training.y.shape[1], options, rng)
    run_epoch = _compiled_epoch(model, training, options)
    history: dict[str, list[float]] = {"loss": [], "validation_loss": []}
    best, lowest = None, np.inf
    for epoch in range(options.epochs):
        losses = [float(value) for value in run_epoch(tf.constant(rng.permutation(n)))]
        for name, value in zip(history, losses, strict=True):
            history[name].append(value)
        if not np.isfinite(losses[0]):
            where, hint = f"{NEURAL_NETWORK.name}, epoch {epoch + 1}", "a smaller learning_rate"
            raise InputError(where, "a finite loss", f"{losses[0]}", hint)
        if options.keep == "best" and losses[1] < lowest:
            best, lowest = model.get_weights(), losses[1]
        if report:
            report(epoch + 1, dict(zip(history, losses, strict=True)), (epoch + 1) / options.epochs)
    if best is not None:
        model.set_weights(best)
    return FittedNetwork(model, history)


def build_network(
    features: int, outputs: int, options: NetworkOptions, rng: np.random.Generator
) -> keras.Model:
    """Build an untrained Keras model; seeds of weights and dropout come from ``rng``."""

    def seed() -> int:
        return int(rng.integers(2**31))

    def dense(units: int, activation: str, name: str) -> keras.layers.Dense:
        start = keras.initializers.GlorotUniform(seed())
        return keras.layers.Dense(units, activation, kernel_initializer=start, name=name)

    layers = [keras.Input((features,), name="covariates")]
    for k, (units, dropped) in enumerate(zip(options.hidden, options.dropout, strict=True), 1):
        layers.append(dense(units, "relu", f"hidden_{k}"))
        layers.append(keras.layers.Dropout(dropped, seed=seed(), name=f"dropout_{k}"))
    layers.append(dense(outputs, options.output, "parameters"))
    return keras.Sequential(layers, name="parameters_from_covariates")


def load_network(path: Path) -> FittedNetwork:
    """Read what ``FittedNetwork.save`` wrote: the network without its history."""
    return FittedNetwork(keras.saving.load_model(path, compile=False), {})


def _loss(target: tf.Tensor, predicted: tf.Tensor, kind: str) -> tf.Tensor:
    squared = ops.mean(ops.square(target - predicted))
    if kind == "mse":
        return squared
    return 500.0 * squared + 5.0 * ops.mean(ops.abs((target - predicted) / target))


def _compiled_epoch(
    model: keras.Model, training: TrainingSet, options: NetworkOptions
) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """Return a function that trains on all rows in a given order: (loss, validation loss)."""
    x, y, x_validation, y_validation = (
        tf.constant(np.asarray(values, dtype=np.float32)) for values in vars(training).values()
    )
    optimizer = OPTIMIZERS[options.optimizer](learning_rate=float(options.learning_rate))
    optimizer.build(model.trainable_variables)

    def step(rows: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = _loss(tf.gather(y, rows), model(tf.gather(x, rows), training=True), options.loss)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return loss * tf.cast(tf.size(rows), tf.float32)

    @tf.function
    def run_epoch(order: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        total = tf.constant(0.0)
        whole = x.shape[0] // options.batch_size
        for i in tf.range(whole):
            total += step(order[i * options.batch_size : (i + 1) * options.batch_size])
        if x.shape[0] % options.batch_size:
            total += step(order[whole * options.batch_size :])
        return total / x.shape[0], _loss(y_validation, model(x_validation), options.loss)

    return run_epoch
