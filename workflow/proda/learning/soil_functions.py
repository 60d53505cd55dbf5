"""The soil model and the likelihood as functions of TensorFlow, with gradients of their own.

Both run in compiled lanes, a call per batch; the gradient of the soil model is the adjoint of its
steady state (proda.learning.observed).
"""

from typing import Any

import numpy as np

from proda.arrays import Counts, FloatArray, Mask, Theta
from proda.learning.observed import ObservedProfiles
from proda.learning.tensorflow_setup import tf

__all__ = ["log_likelihood", "modelled_horizons"]


def modelled_horizons(
    observed: ObservedProfiles, theta: tf.Tensor, rows: tf.Tensor, lost: Mask
) -> tf.Tensor:
    """Modelled SOC density of the horizons of a batch of profiles, with the gradient in theta.

    Parameters
    ----------
    observed
        All profiles.
    theta
        (n, parameters), feasible.
    rows
        (n,) which profiles.
    lost
        (all profiles,) set where SOC or its gradient is not finite. No gradient comes from there.

    Returns
    -------
    tensor
        (n, horizons) gC m-3.
    """

    def gradient(theta: Theta, rows: Counts, by_modelled: FloatArray) -> Theta:
        by_theta = observed.theta_gradient(theta, rows, by_modelled)
        known = np.asarray(np.isfinite(by_theta).all(axis=1))
        lost[rows[~known]] = True
        return np.where(known[:, None], by_theta, 0.0)

    @tf.custom_gradient
    def run(theta: tf.Tensor) -> tuple[tf.Tensor, Any]:
        modelled = tf.numpy_function(observed.modelled, [theta, rows], tf.float64)

        def pull_back(by_modelled: tf.Tensor) -> tf.Tensor:
            by_theta = tf.numpy_function(gradient, [theta, rows, by_modelled], tf.float64)
            return tf.ensure_shape(by_theta, theta.shape)

        return tf.ensure_shape(modelled, (theta.shape[0], observed.horizons)), pull_back

    return run(tf.cast(theta, tf.float64))


def log_likelihood(
    observed: ObservedProfiles,
    modelled: tf.Tensor,
    rows: tf.Tensor,
    log_relative: tf.Tensor,
    lost: Mask,
) -> tf.Tensor:
    """Log likelihood of a batch of profiles, with its gradient in both arguments.

    Parameters
    ----------
    observed
        All profiles.
    modelled
        (n, horizons) of ``modelled_horizons``.
    rows
        (n,) which profiles.
    log_relative
        Logarithm of the relative error of all horizons, a scalar.
    lost
        (all profiles,) set where it is not finite: the model has no steady state or, for a
        likelihood that needs it, no positive SOC.

    Returns
    -------
    tensor
        (n,), NaN where it is not finite. No gradient comes from such a profile.
    """

    def evaluate(
        modelled: FloatArray, rows: Counts, relative: float
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        value, by_modelled, by_error = observed.log_likelihood(modelled, rows, relative)
        known = np.isfinite(value) & np.isfinite(by_modelled).all(axis=1) & np.isfinite(by_error)
        lost[rows[~known]] = True
        return (
            np.where(known, value, np.nan),
            np.where(known[:, None], by_modelled, 0.0),
            np.where(known, by_error, 0.0),
        )

    @tf.custom_gradient
    def run(modelled: tf.Tensor, log_relative: tf.Tensor) -> tuple[tf.Tensor, Any]:
        operands, kinds = [modelled, rows, tf.exp(log_relative)], [tf.float64] * 3
        value, by_modelled, by_error = tf.numpy_function(evaluate, operands, kinds)

        def pull_back(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return upstream[:, None] * by_modelled, tf.reduce_sum(upstream * by_error)

        return tf.ensure_shape(value, (modelled.shape[0],)), pull_back

    return run(modelled, tf.cast(log_relative, tf.float64))
