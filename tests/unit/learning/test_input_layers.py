"""Position and classes as inputs of a network: hand-computed values, unseen classes, encoder."""

import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.learning.features import FeatureLayout, fit_encoder
from proda.learning.input_layers import EmbeddedClasses, EncodedPosition, position_waves
from proda.learning.learners import learner_options
from proda.learning.tensorflow_setup import tf

KINDS = {"warmth": "continuous", "biome": "class", "wetness": "continuous"}
SITES = pd.DataFrame(
    {
        "warmth": [10.0, 20.0, 15.0],
        "biome": [3.0, 7.0, 3.0],
        "wetness": [0.0, 1.0, 0.5],
        "longitude": [-180.0, 0.0, 90.0],
        "latitude": [-30.0, 0.0, 45.0],
    }
)


def test_waves_of_a_position_are_those_of_its_angles_and_their_doubles():
    waves = position_waves(tf.constant([[90.0, 30.0]], tf.float64), 2).numpy()[0]
    # Longitude, its double, latitude, its double: sines, then cosines.
    root = np.sqrt(3.0) / 2.0
    assert waves == pytest.approx([1, 0, 0.5, root, 0, -1, root, 0.5], abs=1e-12)


def test_the_encoding_is_continuous_across_the_date_line():
    west, east = position_waves(tf.constant([[-180.0, 5.0], [180.0, 5.0]], tf.float64), 16).numpy()
    assert west == pytest.approx(east, abs=1e-9)


def test_a_position_becomes_rectified_sums_of_its_waves():
    layer = EncodedPosition(2, seed=1, dtype="float64")
    x = tf.constant([[7.0, 90.0, 30.0], [8.0, 0.0, 0.0]], tf.float64)
    found = layer(x).numpy()
    sums = position_waves(x[:, -2:], 2).numpy() @ layer.kernel.numpy()
    assert found[:, 0].tolist() == [7.0, 8.0]
    assert found[:, 1:] == pytest.approx(np.where(sums > 0.0, sums, 0.3 * sums))


def test_a_class_becomes_its_row_and_an_unseen_one_zeros():
    layer = EmbeddedClasses([(1, 3), (4, 6)], 2, seed=1, dtype="float64")
    x = tf.constant([[0.5, 1, 0, 9.0, 0, 1], [0.6, 0, 0, 8.0, 1, 0]], tf.float64)
    layer(x)
    first, second = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0], [7.0, 8.0]])
    for variable, rows in zip(layer.rows, (first, second), strict=True):
        variable.assign(rows)
    assert layer(x).numpy().tolist() == [[0.5, 9.0, 1, 2, 7, 8], [0.6, 8.0, 0, 0, 5, 6]]


def test_the_encoder_knows_which_features_belong_together():
    options = learner_options("hybrid", scaling="range", position_frequencies=16)
    encoder = fit_encoder(KINDS, SITES, SITES, options)
    assert encoder.names == ["warmth", "biome=3", "biome=7", "wetness", "longitude", "latitude"]
    place = SITES.iloc[2:].assign(biome=5.0)
    encoded = encoder.encode(place)
    assert encoded.layout == FeatureLayout(((1, 3),), position=True)
    assert encoded.values.tolist() == [[0.5, 0, 0, 0.5, 90, 45]]
    assert list(encoded.reasons) == ["unseen_class biome=5"]
    gone = place.assign(warmth=np.nan, biome=np.nan, wetness=np.nan)
    assert list(encoder.encode(gone).reasons) == ["missing_covariate all"]
    with pytest.raises(InputError, match="expected a column longitude"):
        encoder.encode(place.drop(columns="longitude"))
    plain = fit_encoder(KINDS, SITES, SITES, learner_options("hybrid"))
    assert plain.layout == FeatureLayout(((1, 3),)) and len(plain.names) == 4


def test_numbers_have_no_embedding():
    with pytest.raises(InputError, match="classes: expected one_hot with class_embedding"):
        learner_options("hybrid", classes="number", class_embedding=5)
