"""A network trained through the soil model: covariates to parameters to SOC to observations.

The loss of a profile is -log posterior density of what the network predicts there,

    -log L(observed horizons | SOC of the model at theta, relative error) + x'x/2,

with the prior of the parameters at the weight that the likelihood gives it, per profile
(proda.learning.feasible_layer). One relative error for all profiles is estimated together with the
weights: it holds the noise of the observations and what covariates do not explain.

Each member leaves out some spatial blocks, other ones than its neighbours; they decide which epoch
is kept. With bootstrap samples of blocks these are the ones that were not drawn. Members therefore
differ by what they have seen, and their spread is the uncertainty of the prediction.

References
----------
Xu, Fan, Tao et al. 2025 (arXiv 2502.00672) train a network through the same model, by automatic
differentiation of dense matrices; docs/methods/learning.md compares.
"""

import logging
import math
from collections.abc import Callable

import numpy as np

from proda.arrays import Counts
from proda.config.sections.learning import HybridOptions
from proda.errors import InputError
from proda.learning.feasible_layer import FeasibleParameters
from proda.learning.learners import Report, TrainingSet
from proda.learning.network import FittedNetwork, hidden_layers, output_layer
from proda.learning.observed import ObservedProfiles
from proda.learning.soil_functions import log_likelihood
from proda.learning.tensorflow_setup import keras, tf
from proda.parameters.methods import HYBRID

__all__ = ["HybridModel", "fit_hybrid"]

log = logging.getLogger(__name__)

START_ERROR = 0.5
"""Relative error at the start of a training."""
ERROR_RATE = 0.03
"""Learning rate of its logarithm: one number that all profiles share needs no small steps."""
LARGEST_GRADIENT = 100.0
"""Norm that the gradient of a batch is limited to: a profile far from its observations must not
undo what the others taught."""
NAMED = 10  # profiles that a warning names


class HybridModel:
    """A network, the relative error of the observations, and the loss through the soil model.

    Attributes
    ----------
    network
        Keras model of covariates to x, unbounded.
    predictor
        Keras model of covariates to theta, which is kept.
    log_relative
        Logarithm of the relative error, a variable.
    lost
        (profiles,) which had no finite likelihood or gradient at some set that was predicted.
    """

    def __init__(
        self,
        features: int,
        observed: ObservedProfiles,
        options: HybridOptions,
        rng: np.random.Generator,
    ) -> None:
        parameters = len(observed.prior)
        layers = hidden_layers(
            features, options.hidden, options.dropout, options.activation, rng, dtype="float64"
        )
        output = output_layer(parameters, "linear", rng, name="transformed", dtype="float64")
        feasible = FeasibleParameters.of(observed.prior, name="parameters", dtype="float64")
        self.network = keras.Sequential([*layers, output], name="network")
        self.predictor = keras.Sequential(
            [*layers, output, feasible], name="parameters_from_covariates"
        )
        self.log_relative = tf.Variable(math.log(START_ERROR), dtype=tf.float64)
        self.lost = np.zeros(len(observed), dtype=bool)
        self._feasible = feasible
        self._observed = observed

    def log_densities(
        self, x: tf.Tensor, rows: tf.Tensor, training: bool = False, gradient: bool = True
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Log prior density and log likelihood of profiles, (n,) each.

        Parameters
        ----------
        x
            (n, features).
        rows
            (n,) which profiles.
        training
            Whether units are dropped.
        gradient
            Whether there will be a gradient.
        """
        transformed = self.network(x, training=training)
        theta = self._feasible(transformed)
        likelihood = log_likelihood(
            self._observed, theta, rows, self.log_relative, self.lost, gradient
        )
        return -0.5 * tf.reduce_sum(transformed**2, axis=1), likelihood


def fit_hybrid(
    training: TrainingSet,
    options: HybridOptions,
    rng: np.random.Generator,
    report: Report | None = None,
) -> FittedNetwork:
    """Train one network through the soil model.

    Parameters
    ----------
    training
        What it learns from. Validation profiles are among those that blocks are drawn of.
    options
        Settings.
    rng
        Random numbers of the member.
    report
        Called after each epoch.

    Returns
    -------
    FittedNetwork
        The network of covariates to theta. Losses are means per profile: ``loss`` with the prior
        and with dropout, ``validation_loss`` the negative log likelihood of the blocks left out.

    Raises
    ------
    InputError
        If there are no observations, fewer than two blocks, or no profile has a finite likelihood.
    """
    observed = training.observed
    if observed is None:
        raise InputError(HYBRID.name, "observations of the training profiles", "none")
    x = tf.constant(np.concatenate([training.x, training.x_validation]), tf.float64)
    drawn, validation = _draw_blocks(training.blocks, options, rng)
    model = HybridModel(x.shape[1], observed, options, rng)
    step, validate = _compiled(model, x, len(drawn), tf.constant(validation), options)
    history: dict[str, list[float]] = {"loss": [], "validation_loss": []}
    best, lowest, error = None, np.inf, START_ERROR
    for epoch in range(options.epochs):
        order = rng.permutation(drawn)
        total, count = 0.0, 0.0
        for first in range(0, len(order), options.batch_size):
            rows = order[first : first + options.batch_size]
            loss, known = (float(value) for value in step(tf.constant(rows)))
            total, count = total + loss * known, count + known
        if not count:
            hint = "a smaller learning_rate"
            where = f"{HYBRID.name}, epoch {epoch + 1}"
            raise InputError(where, "a profile with a finite likelihood", "none", hint)
        losses = {"loss": total / count, "validation_loss": float(validate())}
        for name, value in losses.items():
            history[name].append(value)
        if losses["validation_loss"] < lowest:
            best, lowest = model.predictor.get_weights(), losses["validation_loss"]
            error = math.exp(float(model.log_relative))
        if report:
            report(epoch + 1, losses, (epoch + 1) / options.epochs)
    if model.lost.any():
        ids = ", ".join(map(str, observed.profile_id[model.lost][:NAMED]))
        message = "no finite likelihood at a predicted set, passed over there: %d profiles (%s)"
        log.warning(message, model.lost.sum(), ids)
    if best is not None:
        model.predictor.set_weights(best)
    log.info("relative error of an observation about the model: %.3f", error)
    return FittedNetwork(model.predictor, history)


def _draw_blocks(
    blocks: Counts, options: HybridOptions, rng: np.random.Generator
) -> tuple[Counts, Counts]:
    """Profiles of the blocks that a member sees, as often as drawn, and those it leaves out."""
    labels, block = np.unique(blocks, return_inverse=True)
    n = len(labels)
    if n < 2:
        hint = "smaller blocks (learning.block_size)"
        raise InputError(HYBRID.name, "two blocks with training profiles", str(n), hint)
    times = np.ones(n, dtype=np.int64)
    if options.sampling == "bootstrap":
        while times.min() > 0:
            times = np.bincount(rng.integers(n, size=n), minlength=n)
    else:
        validation = min(max(round(options.validation_blocks * n), 1), n - 1)
        times[rng.permutation(n)[:validation]] = 0
    of_profiles = times[block]
    return np.repeat(np.arange(len(blocks)), of_profiles), np.flatnonzero(of_profiles == 0)


def _compiled(
    model: HybridModel, x: tf.Tensor, drawn: int, validation: tf.Tensor, options: HybridOptions
) -> tuple[Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]], Callable[[], tf.Tensor]]:
    """Return a step, (mean loss, number of profiles with a likelihood), and the validation loss."""
    weights = model.network.trainable_variables
    steps = options.epochs * -(-drawn // options.batch_size)
    rate = keras.optimizers.schedules.CosineDecay(options.learning_rate, steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=options.weight_decay)
    optimizer.build(weights)
    error_optimizer = keras.optimizers.Adam(ERROR_RATE)
    error_optimizer.build([model.log_relative])

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
    def step(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            prior, likelihood = model.log_densities(tf.gather(x, rows), rows, training=True)
            known = tf.math.is_finite(likelihood)
            loss = _mean(-prior - tf.where(known, likelihood, 0.0), known)
        *gradients, by_error = tape.gradient(loss, [*weights, model.log_relative])
        limited, _ = tf.clip_by_global_norm(gradients, LARGEST_GRADIENT)
        optimizer.apply(limited, weights)
        error_optimizer.apply([by_error], [model.log_relative])
        return loss, tf.reduce_sum(tf.cast(known, loss.dtype))

    @tf.function
    def validate() -> tf.Tensor:
        _, likelihood = model.log_densities(tf.gather(x, validation), validation, gradient=False)
        known = tf.math.is_finite(likelihood)
        return _mean(-tf.where(known, likelihood, 0.0), known)

    return step, validate


def _mean(values: tf.Tensor, known: tf.Tensor) -> tf.Tensor:
    """Mean of the known values; 0 if there are none."""
    weight = tf.cast(known, values.dtype)
    return tf.reduce_sum(values * weight) / tf.maximum(tf.reduce_sum(weight), 1.0)
