"""A network trained through the soil model: covariates to parameters to SOC to observations.

The loss of a profile is -log posterior density of what the network predicts there,

    -log L(observed horizons | SOC of the model at theta, relative error, scatter) + x'x/2,

with the prior of the parameters at the weight that the likelihood gives it, per profile
(proda.learning.hybrid_model, which has other losses, too). Two numbers for all profiles are
estimated together with the weights: the relative error of a horizon, and the scatter of a factor
that all horizons of a profile share (proda.learning.observed), which is what covariates do not
explain. Without that factor the horizons of a profile would count as independent evidence.

A training starts from random weights or, like the two-step learners, from the parameters of sites:
the network is first fitted to x = Phi^-1(theta) of their targets, by squared errors.

The law of what covariates do not explain is not known. Members may take several error models in
turn (`HybridOptions.of_member`), and their mean is an average over them.

Each member leaves out some spatial blocks, other ones than its neighbours; they decide which epoch
is kept. With bootstrap samples of blocks these are the ones that were not drawn. Members therefore
differ by what they have seen, and their spread is the uncertainty of the prediction.

References
----------
Xu, Fan, Tao et al. 2025 (arXiv 2502.00672) train a network through the same model, by automatic
differentiation of dense matrices; docs/methods/learning.md compares.
"""

import logging
from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

from proda.arrays import Counts, Theta
from proda.config.sections.learning import RUN, HybridOptions
from proda.errors import InputError
from proda.learning.hybrid_model import HybridModel
from proda.learning.learners import Report, TrainingSet
from proda.learning.network import SMALLEST, FittedNetwork
from proda.learning.tensorflow_setup import keras, tf
from proda.parameters.methods import HYBRID

__all__ = ["fit_hybrid"]

log = logging.getLogger(__name__)

ERROR_RATE = 0.03
"""Learning rate of its logarithm: one number that all profiles share needs no small steps."""
LARGEST_GRADIENT = 100.0
"""Norm that the gradient of a batch is limited to: a profile far from its observations must not
undo what the others taught."""
NAMED = 10  # profiles that a warning names


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
        Settings of the member; of several error models the first counts.
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
    error_model = options.error_models[0]
    if error_model != RUN:
        observed = observed.with_error_model(error_model)
    x = tf.constant(np.concatenate([training.x, training.x_validation]), tf.float64)
    drawn, validation = _draw_blocks(training.blocks, options, rng)
    model = HybridModel(x.shape[1], observed, options, rng, training.layout)
    if options.start == "network":
        targets = np.concatenate([training.y, training.y_validation])
        _fit_to_sites(model, x, targets, drawn, options, rng)
    step, validate = _compiled(model, x, len(drawn), tf.constant(validation), options)
    history: dict[str, list[float]] = {"loss": [], "validation_loss": []}
    best, lowest, since = None, np.inf, 0
    errors = model.errors()
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
        since += 1
        if losses["validation_loss"] < lowest:
            since = 0
            best, lowest = model.predictor.get_weights(), losses["validation_loss"]
            errors = model.errors()
        if report:
            report(epoch + 1, losses, (epoch + 1) / options.epochs)
        if options.patience and since >= options.patience:
            break
    if model.lost.any():
        ids = ", ".join(map(str, observed.profile_id[model.lost][:NAMED]))
        message = "no finite likelihood at a predicted set, passed over there: %d profiles (%s)"
        log.warning(message, model.lost.sum(), ids)
    if best is not None:
        model.predictor.set_weights(best)
    log.info("relative error of an observation %.3f, scatter between profiles %.3f", *errors)
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
    rate = _rate(options, steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=options.weight_decay)
    optimizer.build(weights)
    error_optimizer = keras.optimizers.Adam(ERROR_RATE)
    error_optimizer.build(model.estimated)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
    def step(rows: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            densities = model.log_densities(tf.gather(x, rows), rows, training=True)
            penalty, misfit, count = model.means(*densities, rows)
            loss = penalty + misfit
        gradients, others = tape.gradient(loss, (weights, model.estimated))
        limited, _ = tf.clip_by_global_norm(gradients, LARGEST_GRADIENT)
        optimizer.apply(limited, weights)
        error_optimizer.apply(others, model.estimated)
        return loss, count

    @tf.function
    def validate() -> tf.Tensor:
        densities = model.log_densities(tf.gather(x, validation), validation, gradient=False)
        return model.means(*densities, validation)[1]

    return step, validate


def _rate(options: HybridOptions, steps: int) -> "float | keras.optimizers.schedules.CosineDecay":
    """Learning rate of a training of so many steps."""
    if options.schedule == "constant":
        return options.learning_rate
    return keras.optimizers.schedules.CosineDecay(options.learning_rate, steps)


def _fit_to_sites(
    model: HybridModel,
    x: tf.Tensor,
    targets: Theta,
    drawn: Counts,
    options: HybridOptions,
    rng: np.random.Generator,
) -> None:
    """Fit the network to the transformed parameters of the drawn sites."""
    transformed = tf.constant(ndtri(np.clip(targets, SMALLEST, 1.0 - SMALLEST)))
    weights = model.network.trainable_variables
    steps = options.start_epochs * -(-len(drawn) // options.batch_size)
    rate = _rate(options, steps)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=options.weight_decay)
    optimizer.build(weights)

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64)])
    def step(rows: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            error = model.network(tf.gather(x, rows), training=True) - tf.gather(transformed, rows)
            loss = tf.reduce_mean(error**2)
        optimizer.apply(tape.gradient(loss, weights), weights)

    for _ in range(options.start_epochs):
        order = rng.permutation(drawn)
        for first in range(0, len(order), options.batch_size):
            step(tf.constant(order[first : first + options.batch_size]))
