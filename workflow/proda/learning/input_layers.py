"""First layers of a network: where a place is, and classes as learned numbers.

Longitude and latitude, in degrees, become the sines and cosines of 2 pi 2^k degrees / 360 for
k = 0, 1, .. frequencies - 1, all of which are continuous across the date line, and pass through a
layer of leaky rectified units. A class becomes as many numbers as stated, a learned row per code; a
class that no training profile has becomes zeros.

References
----------
Mai et al. (2020), Multi-scale representation learning for spatial feature distributions using grid
cells, ICLR. Xu, Fan, Tao et al. 2025 (arXiv 2502.00672).
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from proda.config.sections.learning import HybridOptions
from proda.learning.features import FeatureLayout
from proda.learning.tensorflow_setup import keras, seed_of, tf

__all__ = ["LEAK", "EmbeddedClasses", "EncodedPosition", "input_layers", "position_waves"]

LEAK = 0.3
"""Slope of a leaky rectified unit below 0."""
POSITION_UNITS = 128


def input_layers(
    layout: FeatureLayout, options: HybridOptions, rng: np.random.Generator
) -> list[keras.layers.Layer]:
    """Layers before the hidden ones; none by default.

    Parameters
    ----------
    layout
        Of the features.
    options
        Settings of the network.
    rng
        Gives the seeds.
    """
    layers: list[keras.layers.Layer] = []
    if options.position_frequencies is not None and layout.position:
        frequencies = options.position_frequencies
        layers.append(EncodedPosition(frequencies, seed_of(rng), name="position", dtype="float64"))
    if options.class_embedding is not None and layout.classes:
        width = options.class_embedding
        layers.append(
            EmbeddedClasses(layout.classes, width, seed_of(rng), name="classes", dtype="float64")
        )
    return layers


def position_waves(position: tf.Tensor, frequencies: int) -> tf.Tensor:
    """Sines and cosines (n, 4 frequencies) of longitude and latitude (n, 2) in degrees.

    Parameters
    ----------
    position
        Degrees.
    frequencies
        Number of wavelengths, 360 degrees and halves of it.
    """
    scale = tf.constant(2.0 * math.pi / 360.0 * 2.0 ** np.arange(frequencies), position.dtype)
    angle = tf.reshape(position[:, :, None] * scale, (-1, 2 * frequencies))
    return tf.concat([tf.sin(angle), tf.cos(angle)], axis=1)


@keras.saving.register_keras_serializable("proda")
class EncodedPosition(keras.layers.Layer):
    """Replaces the last two features, longitude and latitude, by an encoding of the position.

    Parameters
    ----------
    frequencies
        Number of wavelengths.
    seed
        Of the weights at the start.
    **options
        Of every layer.
    """

    def __init__(self, frequencies: int, seed: int, **options: Any) -> None:
        super().__init__(**options)
        self.frequencies, self.seed = int(frequencies), int(seed)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the weights."""
        shape = (4 * self.frequencies, POSITION_UNITS)
        start = keras.initializers.GlorotUniform(self.seed)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer=start)
        self.bias = self.add_weight(name="bias", shape=shape[1:], initializer="zeros")

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Other features (n, k), then the encoding (n, POSITION_UNITS)."""
        waves = position_waves(x[:, -2:], self.frequencies)
        encoded = tf.nn.leaky_relu(tf.matmul(waves, self.kernel) + self.bias, LEAK)
        return tf.concat([x[:, :-2], encoded], axis=1)

    def get_config(self) -> dict[str, Any]:
        """Return what the layer is made of, for Keras' files."""
        return super().get_config() | {"frequencies": self.frequencies, "seed": self.seed}


@keras.saving.register_keras_serializable("proda")
class EmbeddedClasses(keras.layers.Layer):
    """Replaces the features of each class, one per code, by some learned numbers.

    Parameters
    ----------
    classes
        First and behind the last feature of each class.
    width
        Numbers per class.
    seed
        Of the weights at the start.
    **options
        Of every layer.
    """

    def __init__(
        self, classes: Sequence[Sequence[int]], width: int, seed: int, **options: Any
    ) -> None:
        super().__init__(**options)
        self.classes = [[int(first), int(last)] for first, last in classes]
        self.width, self.seed = int(width), int(seed)

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Create the weights: a row of numbers per code."""
        self.rows = [
            self.add_weight(
                name=f"rows_{k}",
                shape=(last - first, self.width),
                initializer=keras.initializers.RandomNormal(stddev=1.0, seed=self.seed + k),
            )
            for k, (first, last) in enumerate(self.classes)
        ]
        of_classes = {i for first, last in self.classes for i in range(first, last)}
        features = int(input_shape[-1] or 0)
        self.others = [i for i in range(features) if i not in of_classes]

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Other features (n, k), then the numbers of each class."""
        embedded = [
            tf.matmul(x[:, first:last], rows)
            for (first, last), rows in zip(self.classes, self.rows, strict=True)
        ]
        return tf.concat([tf.gather(x, self.others, axis=1), *embedded], axis=1)

    def get_config(self) -> dict[str, Any]:
        """Return what the layer is made of, for Keras' files."""
        own: dict[str, Any] = {"classes": self.classes, "width": self.width, "seed": self.seed}
        return super().get_config() | own
