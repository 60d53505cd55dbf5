"""The likelihood of profiles through the soil model as a function of TensorFlow.

A call per batch runs the model in compiled lanes; the gradient in the parameters is the adjoint of
its steady state (proda.learning.observed), and comes with the value, since both need the solved
state.
"""

import math
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
    log_scatter: tf.Tensor = -math.inf,
) -> tf.Tensor:
    """Log likelihood of a batch of profiles, with its gradient in theta and both errors.

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
    log_scatter
        Logarithm of the scatter between profiles, a scalar; none without.

    Returns
    -------
    tensor
        (n,), NaN where it or its gradient is not finite. No gradient comes from such a profile.
    """

    def evaluate(
        theta: Theta, rows: Counts, relative: float, scatter: float
    ) -> tuple[FloatArray, Theta, FloatArray, FloatArray]:
        found = observed.log_likelihood(theta, rows, relative, gradient, scatter)
        known = np.isfinite(found.value) & np.isfinite(found.by_log_relative)
        known &= np.isfinite(found.by_log_scatter)
        known &= np.isfinite(found.by_theta).all(axis=1)
        lost[rows[~known]] = True
        return (
            np.where(known, found.value, np.nan),
            np.where(known[:, None], found.by_theta, 0.0),
            np.where(known, found.by_log_relative, 0.0),
            np.where(known, found.by_log_scatter, 0.0),
        )

    @tf.custom_gradient
    def run(
        theta: tf.Tensor, log_relative: tf.Tensor, log_scatter: tf.Tensor
    ) -> tuple[tf.Tensor, Any]:
        operands = [theta, rows, tf.exp(log_relative), tf.exp(log_scatter)]
        kinds = [tf.float64] * 4
        value, by_theta, by_error, by_scatter = tf.numpy_function(evaluate, operands, kinds)

        def pull_back(upstream: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
            by_theta_known = tf.ensure_shape(by_theta, theta.shape)
            return (
                upstream[:, None] * by_theta_known,
                tf.reduce_sum(upstream * by_error),
                tf.reduce_sum(upstream * by_scatter),
            )

        return tf.ensure_shape(value, (theta.shape[0],)), pull_back

    return run(*(tf.cast(one, tf.float64) for one in (theta, log_relative, log_scatter)))
