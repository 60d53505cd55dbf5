"""What is trained through the soil model: a network, the error of the observations, and the loss.

Loss of a batch, over the profiles i that have a likelihood:

    recommended    1/n sum_i [ -log L_i(theta_i, relative error) - log p_i ]
    absolute       sum_i sum_k |m_ik - o_ik| / number of horizons  -  1/n sum_i log p_i

where log p is minus the penalty: that of the prior of theta = Phi(x), at the weight that the
likelihood gives it, x'x/2, or with a share r of the variance of the prior that all n profiles have
in common, as the mean u of their parameters,

    (x - u)'(x - u) / (2 (1 - r)) + u'u / (2 r n);

or 100 mean(cosh(10 (theta - 1/2)) - 1), which pulls all parameters to the
middle of the prior (Xu et al. 2025).
"""

import math

import numpy as np

from proda.config.sections.learning import HybridOptions
from proda.learning.feasible_layer import FeasibleParameters, Temperature
from proda.learning.features import PLAIN, FeatureLayout
from proda.learning.input_layers import input_layers
from proda.learning.network import hidden_layers, output_layer
from proda.learning.observed import ABSOLUTE, ObservedProfiles
from proda.learning.soil_functions import log_likelihood
from proda.learning.tensorflow_setup import keras, tf

__all__ = ["START_ERROR", "HybridModel"]

START_ERROR = 0.5
"""Relative error at the start of a training."""
START_SCATTER = 0.3
"""Scatter between profiles at the start of a training."""
MIDDLE_WEIGHT, MIDDLE_SLOPE = 100.0, 10.0


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
    log_scatter
        Logarithm of the scatter between profiles, a variable; None without it.
    mean
        (parameters,) mean of x of all places, a variable; None where they have none in common.
    lost
        (profiles,) which had no finite likelihood or gradient at some set that was predicted.
    """

    def __init__(
        self,
        features: int,
        observed: ObservedProfiles,
        options: HybridOptions,
        rng: np.random.Generator,
        layout: FeatureLayout = PLAIN,
    ) -> None:
        parameters, logistic = len(observed.prior), options.output == "logistic"
        layers = hidden_layers(
            features,
            options.hidden,
            options.dropout,
            options.activation,
            rng,
            dtype="float64",
            normalise=options.batch_normalisation,
        )
        layers[1:1] = input_layers(layout, options, rng)
        layers.append(output_layer(parameters, "linear", rng, name="transformed", dtype="float64"))
        if logistic:
            layers.append(Temperature(name="temperature", dtype="float64"))
        feasible = FeasibleParameters.of(
            observed.prior, function=options.output, name="parameters", dtype="float64"
        )
        self.network = keras.Sequential(layers, name="network")
        self.predictor = keras.Sequential([*layers, feasible], name="parameters_from_covariates")
        self.log_relative = tf.Variable(math.log(START_ERROR), dtype=tf.float64)
        self.log_scatter = (
            tf.Variable(math.log(START_SCATTER), dtype=tf.float64)
            if options.profile_scatter
            else None
        )
        self._common = options.common_share
        self.mean = tf.Variable(tf.zeros(parameters, tf.float64)) if self._common else None
        self.lost = np.zeros(len(observed), dtype=bool)
        self._feasible = feasible
        self._observed = observed
        self._to_middle = options.penalty == "middle"
        # What a profile counts in the mean of the likelihoods.
        horizons = observed.present.sum(axis=1).astype(np.float64)
        pooled = options.error_models[0] == ABSOLUTE
        self._weight = tf.constant(horizons if pooled else np.ones(len(observed)))

    def log_densities(
        self, x: tf.Tensor, rows: tf.Tensor, training: bool = False, gradient: bool = True
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Minus the penalty, and log likelihood of profiles, (n,) each.

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
            self._observed,
            theta,
            rows,
            self.log_relative,
            self.lost,
            gradient,
            -math.inf if self.log_scatter is None else self.log_scatter,
        )
        if self._to_middle:
            pull = tf.cosh(MIDDLE_SLOPE * (theta - 0.5)) - 1.0
            return -MIDDLE_WEIGHT * tf.reduce_mean(pull, axis=1), likelihood
        if self.mean is None:
            return -0.5 * tf.reduce_sum(transformed**2, axis=1), likelihood
        own = tf.reduce_sum((transformed - self.mean) ** 2, axis=1) / (1.0 - self._common)
        of_all = tf.reduce_sum(self.mean**2) / (self._common * len(self._observed))
        return -0.5 * (own + of_all), likelihood

    def errors(self) -> tuple[float, float]:
        """Relative error of an observation, and scatter between profiles, 0 without it."""
        scatter = 0.0 if self.log_scatter is None else math.exp(float(self.log_scatter))
        return math.exp(float(self.log_relative)), scatter

    @property
    def estimated(self) -> list[tf.Variable]:
        """What is estimated together with the weights: relative error, scatter, and mean."""
        return [one for one in (self.log_relative, self.log_scatter, self.mean) if one is not None]

    def means(
        self, prior: tf.Tensor, likelihood: tf.Tensor, rows: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        """Mean penalty, mean negative log likelihood, and number of profiles that have one.

        Parameters
        ----------
        prior, likelihood
            Of ``log_densities``.
        rows
            (n,) which profiles.
        """
        finite = tf.math.is_finite(likelihood)
        known = tf.cast(finite, likelihood.dtype)
        count, weight = tf.reduce_sum(known), tf.reduce_sum(known * tf.gather(self._weight, rows))
        fit = tf.reduce_sum(tf.where(finite, likelihood, 0.0)) / tf.maximum(weight, 1.0)
        return -tf.reduce_sum(known * prior) / tf.maximum(count, 1.0), -fit, count
