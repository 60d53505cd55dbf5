"""The neural network, in Keras: covariates to the parameters of a place.

An epoch is one compiled loop over its batches, which on few profiles takes a fifth of the time of
``keras.Model.fit``. All random numbers (weights, order, dropout) come from the numpy generator of
the member.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.special import ndtri

from proda.arrays import Features, Theta
from proda.config.sections.learning import NetworkOptions
from proda.errors import InputError
from proda.learning.feasible_layer import FeasibleParameters
from proda.learning.input_layers import LEAK
from proda.learning.learners import Report, TrainingSet
from proda.learning.model_file import model_path, write_model
from proda.learning.tensorflow_setup import keras, seed_of, tf
from proda.parameters.methods import NEURAL_NETWORK

__all__ = [
    "SMALLEST",
    "FittedNetwork",
    "fit_network",
    "hidden_layers",
    "load_network",
    "output_layer",
]

CHUNK = 4096  # places predicted at a time
NORMAL = "normal"  # output of parameters transformed by the normal quantile function
SMALLEST = 1e-6
"""Distance of a target from a bound, where its transform is infinite."""
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
    transformed = options.output == NORMAL
    run_epoch = _compiled_epoch(model, _transformed(training) if transformed else training, options)
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
    if transformed:
        entry = keras.Input((features,), name="covariates")
        back = FeasibleParameters([], [], 1.0, name="normal_distribution_function")
        model = keras.Sequential([entry, *model.layers, back], name=model.name)
    return FittedNetwork(model, history)


def _transformed(training: TrainingSet) -> TrainingSet:
    """The set with targets Phi^-1(theta); those at a bound, where it is infinite, just inside."""
    y, y_validation = (
        ndtri(np.clip(theta, SMALLEST, 1.0 - SMALLEST))
        for theta in (training.y, training.y_validation)
    )
    return replace(training, y=y, y_validation=y_validation)


def build_network(
    features: int, outputs: int, options: NetworkOptions, rng: np.random.Generator
) -> keras.Model:
    """Build an untrained Keras model; seeds of weights and dropout come from ``rng``.

    Its output is theta, or with the output normal Phi^-1(theta).
    """
    layers = hidden_layers(features, options.hidden, options.dropout, "relu", rng)
    activation = "linear" if options.output == NORMAL else options.output
    layers.append(output_layer(outputs, activation, rng))
    return keras.Sequential(layers, name="parameters_from_covariates")


def hidden_layers(
    features: int,
    hidden: Sequence[int],
    dropout: Sequence[float],
    activation: str,
    rng: np.random.Generator,
    dtype: str = "float32",
    normalise: bool = False,
) -> list[keras.layers.Layer]:
    """Input and dense layers with dropout, as part of a network.

    Parameters
    ----------
    features
        Number of encoded covariates.
    hidden, dropout
        Units and dropout rate of each layer.
    activation
        Of all layers, by Keras' name.
    rng
        Gives the seeds.
    dtype
        Of weights and values.
    normalise
        Whether values are normalised over the batch before they are activated.
    """
    layers = [keras.Input((features,), name="covariates", dtype=dtype)]
    for k, (units, dropped) in enumerate(zip(hidden, dropout, strict=True), 1):
        start = keras.initializers.GlorotUniform(seed_of(rng))
        name = f"hidden_{k}"
        plain = not normalise and activation != "leaky_relu"
        function = activation if plain else "linear"
        layers.append(
            keras.layers.Dense(units, function, kernel_initializer=start, name=name, dtype=dtype)
        )
        if normalise:
            layers.append(keras.layers.BatchNormalization(name=f"normal_{k}", dtype=dtype))
        if activation == "leaky_relu":
            layers.append(keras.layers.LeakyReLU(LEAK, name=f"active_{k}", dtype=dtype))
        elif not plain:
            layers.append(keras.layers.Activation(activation, name=f"active_{k}", dtype=dtype))
        name = f"dropout_{k}"
        layers.append(keras.layers.Dropout(dropped, seed=seed_of(rng), name=name, dtype=dtype))
    return layers


def output_layer(
    outputs: int,
    activation: str,
    rng: np.random.Generator,
    name: str = "parameters",
    dtype: str = "float32",
) -> keras.layers.Dense:
    """Return the last dense layer of a network; the seed of its weights comes from ``rng``."""
    start = keras.initializers.GlorotUniform(seed_of(rng))
    return keras.layers.Dense(outputs, activation, kernel_initializer=start, name=name, dtype=dtype)


def load_network(path: Path) -> FittedNetwork:
    """Read what ``FittedNetwork.save`` wrote: the network without its history."""
    return FittedNetwork(keras.saving.load_model(path, compile=False), {})


def _loss(target: tf.Tensor, predicted: tf.Tensor, kind: str) -> tf.Tensor:
    squared = keras.ops.mean(keras.ops.square(target - predicted))
    if kind == "mse":
        return squared
    return 500.0 * squared + 5.0 * keras.ops.mean(keras.ops.abs((target - predicted) / target))


def _compiled_epoch(
    model: keras.Model, training: TrainingSet, options: NetworkOptions
) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """Return a function that trains on all rows in a given order: (loss, validation loss)."""
    x, y, x_validation, y_validation = (
        tf.constant(np.asarray(values, dtype=np.float32))
        for values in (training.x, training.y, training.x_validation, training.y_validation)
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
