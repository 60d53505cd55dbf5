"""The covariate encoder: hand-computed codes, what is missing or unseen, and the file."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proda.config.sections.learning import EncodingOptions
from proda.errors import InputError
from proda.learning.features import fit_encoder, read_encoder, write_encoder

KINDS = {"warmth": "continuous", "biome": "class"}
SITES = pd.DataFrame({"warmth": [10.0, 20.0, 15.0], "biome": [3.0, 7.0, 3.0]})
GRID = pd.DataFrame({"warmth": [0.0, 40.0], "biome": [7.0, 8.0]})


def encode(table, **options):
    encoder = fit_encoder(KINDS, SITES, GRID, EncodingOptions(**options))
    return encoder, encoder.encode(pd.DataFrame(table))


def test_scaling_to_the_training_range_and_one_hot_classes():
    encoder, encoded = encode(SITES)
    assert encoder.names == ["warmth", "biome=3", "biome=7"]
    assert encoded.values.tolist() == [[0, 1, 0], [1, 0, 1], [0.5, 1, 0]]
    assert list(encoded.reasons) == ["", "", ""]
    assert encoded.values.dtype == np.float32


def test_scaling_to_the_range_of_the_grid_leaves_classes_to_the_training_sites():
    encoder, encoded = encode(SITES, fitted_on="grid")
    assert encoder.names == ["warmth", "biome=3", "biome=7"]
    assert encoded.values[:, 0].tolist() == [0.25, 0.5, 0.375]


def test_standardised_numbers():
    _, encoded = encode(SITES, scaling="standard")
    assert encoded.values[:, 0] == pytest.approx(np.array([-5, 5, 0]) / np.sqrt(50 / 3))


def test_classes_as_numbers_are_scaled_like_numbers():
    encoder, encoded = encode(GRID, classes="number")
    assert encoder.names == ["warmth", "biome"]
    assert encoded.values.tolist() == [[-1, 1], [3, 1.25]]
    assert list(encoded.reasons) == ["", "unseen_class biome=8"]


def test_numbers_beyond_the_range_are_not_clipped():
    _, encoded = encode(GRID)
    assert encoded.values[:, 0].tolist() == [-1, 3]


def test_unseen_class_is_all_zeros_and_said():
    _, encoded = encode({"warmth": [10.0, 10.0], "biome": [8.0, 3.0]})
    assert encoded.values.tolist() == [[0, 0, 0], [0, 1, 0]]
    assert list(encoded.reasons) == ["unseen_class biome=8", ""]
    assert encoded.complete.all()


def test_missing_covariate_leaves_no_number_but_names():
    table = {"warmth": [np.nan, 10.0, np.nan], "biome": [3.0, np.nan, np.nan]}
    _, encoded = encode(table)
    assert np.isnan(encoded.values).all()
    assert list(encoded.reasons) == [
        "missing_covariate warmth",
        "missing_covariate biome",
        "missing_covariate all",
    ]
    assert not encoded.complete.any()


def test_missing_outranks_unseen():
    _, encoded = encode({"warmth": [np.nan], "biome": [8.0]})
    assert list(encoded.reasons) == ["missing_covariate warmth"]


@pytest.mark.parametrize("scaling", ["range", "standard"])
@pytest.mark.parametrize("value", [0.0, 1500.1, -3e-9])
def test_constant_covariate_is_zero_everywhere(scaling, value):
    sites = SITES.assign(warmth=value)
    encoder = fit_encoder(KINDS, sites, GRID, EncodingOptions(scaling=scaling))
    assert encoder.encode(GRID).values[:, 0].tolist() == [0, 0]


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20))
def test_training_sites_lie_in_the_unit_range(values):
    sites = pd.DataFrame({"warmth": values, "biome": 3.0})
    encoder = fit_encoder(KINDS, sites, GRID, EncodingOptions())
    encoded = encoder.encode(sites).values[:, 0]
    assert (encoded >= 0).all() and (encoded <= 1).all()


@pytest.mark.parametrize("classes", ["one_hot", "number"])
def test_file_round_trip(tmp_path, classes):
    encoder, encoded = encode(GRID, classes=classes, scaling="standard")
    write_encoder(tmp_path / "encoder.json", encoder)
    again = read_encoder(tmp_path / "encoder.json")
    assert again == encoder
    assert np.array_equal(again.encode(GRID).values, encoded.values)


def test_other_columns_and_their_order_do_not_matter():
    table = SITES.assign(lon=-100.0)[["lon", "biome", "warmth"]]
    assert np.array_equal(encode(table)[1].values, encode(SITES)[1].values)


def test_fractional_class_is_refused():
    with pytest.raises(InputError, match=r"class covariate biome: .*whole numbers.*3\.5"):
        encode({"warmth": [10.0], "biome": [3.5]})


def test_infinite_number_is_refused():
    with pytest.raises(InputError, match="covariate warmth: expected finite"):
        encode({"warmth": [np.inf], "biome": [3.0]})


def test_text_is_refused():
    with pytest.raises(InputError, match="covariate warmth: expected numbers"):
        encode({"warmth": ["warm"], "biome": [3.0]})


def test_absent_column_is_refused():
    with pytest.raises(InputError, match="a column biome, found none"):
        encode({"warmth": [10.0]})


@pytest.mark.parametrize("place", ["training", "grid"])
def test_covariate_without_any_value_is_refused(place):
    tables = {"training": SITES, "grid": GRID}
    tables[place] = tables[place].assign(warmth=np.nan)
    with pytest.raises(InputError, match=rf"covariate warmth: expected a value \({place}\)"):
        fit_encoder(KINDS, tables["training"], tables["grid"], EncodingOptions())
