"""The last layers of a network whose output is unbounded: parameters inside of the prior.

With a standard normal x, theta = Phi(x) has the prior of the parameters (proda.model.prior), so
that -x'x/2 is the log prior of what a network predicts. Sets whose input fractions sum to 1 or more
have no steady state; where the sum exceeds a largest one, slightly below, the fractions are scaled
down to it, above their smallest values.

With the logistic function, theta = 1 / (1 + exp(-x)), x may be divided by a temperature first,

    T = 10 + 99 / (1 + exp(-t)),

with t learned (Xu et al. 2025): small changes of the network then change parameters little.
"""

import math
from typing import Any

import numpy as np

from proda.learning.tensorflow_setup import keras, tf
from proda.model.prior import Prior

__all__ = ["LARGEST_SUM", "FeasibleParameters", "Temperature"]

LARGEST_SUM = 0.999
"""Of the input fractions of a predicted set; the rest of the input is wood."""


COLDEST, WARMER = 10.0, 99.0


@keras.saving.register_keras_serializable("proda")
class Temperature(keras.layers.Layer):
    """Its input divided by a learned temperature."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the variable."""
        self.logit = self.add_weight(name="logit", shape=(), initializer="zeros")

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """X / T."""
        return x / (COLDEST + WARMER * tf.sigmoid(self.logit))


@keras.saving.register_keras_serializable("proda")
class FeasibleParameters(keras.layers.Layer):
    """Normalised parameters of unbounded numbers x, inside of the prior.

    Parameters
    ----------
    fractions
        Positions of the input fractions; empty where there is no bound on their sum.
    span
        Width of the prior of each of them.
    room
        Largest sum of the fractions, less that of their smallest values.
    function
        ``normal``, theta = Phi(x), or ``logistic``.
    **options
        Of every layer.
    """

    def __init__(
        self,
        fractions: list[int],
        span: list[float],
        room: float,
        function: str = "normal",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.fractions, self.span, self.room = list(fractions), list(span), float(room)
        self.function = function

    @classmethod
    def of(cls, prior: Prior, **options: Any) -> "FeasibleParameters":
        """Return the layer of a prior."""
        smallest = float(prior.minimum[prior.fractions].sum())
        span = [float(width) for width in prior.span[prior.fractions]]
        return cls(prior.fractions, span, LARGEST_SUM - smallest, **options)

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Theta (n, parameters) of x (n, parameters)."""
        normal = self.function == "normal"
        theta = 0.5 * tf.math.erfc(-math.sqrt(0.5) * x) if normal else tf.sigmoid(x)
        if not self.fractions:
            return theta
        span = np.zeros(x.shape[-1])
        span[self.fractions] = self.span
        total = tf.linalg.matvec(theta, tf.constant(span, theta.dtype))
        shrink = tf.minimum(tf.ones_like(total), self.room / total)[:, None]
        return theta * tf.where(span > 0.0, shrink, tf.ones_like(shrink))

    def get_config(self) -> dict[str, Any]:
        """Return what the layer is made of, for Keras' files."""
        own: dict[str, Any] = {"fractions": self.fractions, "span": self.span, "room": self.room}
        own["function"] = self.function
        return super().get_config() | own
