"""The likelihood of profiles through the soil model as a function of TensorFlow.

A call per batch runs the model in compiled lanes; the gradient in the parameters is the adjoint of
its steady state (proda.learning.observed), and comes with the value, since both need the solved
state.
"""

from typing import Any

import numpy as np

from proda.arrays import Counts, FloatArray, Mask, Theta
from proda.learning.observed import ObservedProfiles
from proda.learning.tensorflow_setup import tf

__all__ = ["log_likelihood"]


def log_likelihood(
    observed: ObservedProfiles,
    theta: tf.Tensor,
    rows: tf.Tensor,
    log_relative: tf.Tensor,
    lost: Mask,
    gradient: bool = True,
) -> tf.Tensor:
    """Log likelihood of a batch of profiles, with its gradient in theta and the relative error.

    Parameters
    ----------
    observed
        All profiles.
    theta
        (n, parameters), feasible.
    rows
        (n,) which profiles.
    log_relative
        Logarithm of the relative error of all horizons, a scalar.
    lost
        (all profiles,) set where the likelihood or its gradient is not finite: the model has no
        steady state or, for a likelihood that needs it, no positive SOC.
    gradient
        Whether there will be a gradient in theta; without it the model is solved once only.

    Returns
    -------
    tensor
        (n,), NaN where it or its gradient is not finite. No gradient comes from such a profile.
    """

    def evaluate(
        theta: Theta, rows: Counts, relative: float
    ) -> tuple[FloatArray, Theta, FloatArray]:
        found = observed.log_likelihood(theta, rows, relative, gradient)
        known = np.isfinite(found.value) & np.isfinite(found.by_log_relative)
        known &= np.isfinite(found.by_theta).all(axis=1)
        lost[rows[~known]] = True
        return (
            np.where(known, found.value, np.nan),
            np.where(known[:, None], found.by_theta, 0.0),
            np.where(known, found.by_log_relative, 0.0),
        )

    @tf.custom_gradient
    def run(theta: tf.Tensor, log_relative: tf.Tensor) -> tuple[tf.Tensor, Any]:
        operands, kinds = [theta, rows, tf.exp(log_relative)], [tf.float64] * 3
        value, by_theta, by_error = tf.numpy_function(evaluate, operands, kinds)

        def pull_back(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            by_theta_known = tf.ensure_shape(by_theta, theta.shape)
            return upstream[:, None] * by_theta_known, tf.reduce_sum(upstream * by_error)

        return tf.ensure_shape(value, (theta.shape[0],)), pull_back

    return run(tf.cast(theta, tf.float64), tf.cast(log_relative, tf.float64))
