"""Numbers of the page are within the stated error of those of the results."""

import base64
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from proda.errors import InputError
from proda.explorer.encoding import (
    RELATIVE_ERROR,
    decode,
    encode_codes,
    encode_linear,
    encode_relative,
    encode_texts,
)

SHAPES = array_shapes(min_dims=1, max_dims=2, max_side=6)
ANY = st.floats(-1e9, 1e9) | st.just(np.nan)
POSITIVE = st.floats(1e-20, 1e20) | st.sampled_from([np.nan, 0.0])


@given(arrays(float, SHAPES, elements=POSITIVE))
def test_relative_error(values):
    block = encode_relative(values)
    found = decode(block)
    np.testing.assert_allclose(found, np.atleast_2d(values), rtol=RELATIVE_ERROR * (1 + 1e-9))
    assert ((found == 0) == (np.atleast_2d(values) == 0)).all()
    assert block.error == RELATIVE_ERROR


@given(arrays(float, SHAPES, elements=ANY), st.sampled_from([1, 2]))
def test_absolute_error(values, n_bytes):
    block = encode_linear(values, n_bytes)
    tolerance = block.error * (1 + 1e-6) + 1e-12 * np.nanmax(np.abs(values), initial=0)
    np.testing.assert_allclose(decode(block), np.atleast_2d(values), rtol=0, atol=tolerance)
    known = values[np.isfinite(values)]
    if known.size:
        assert block.error <= max(np.ptp(known) / (256**n_bytes - 2) / 2 * (1 + 1e-9), 0.5)


def test_ends_of_a_range_are_kept():
    values = np.array([[-3.0, 0.25, 7.0]])
    found = decode(encode_linear(values, 1))
    assert found[0, 0] == -3.0 and found[0, 2] == pytest.approx(7.0, rel=1e-12)
    # Steps of 10/254: 0.25 is at most half of one away.
    assert abs(found[0, 1] - 0.25) <= 10 / 254 / 2


def test_what_is_too_small_beside_the_largest_is_zero():
    found = decode(encode_relative([1e40, 1e-30, 1.0]))
    assert found[0, 1] == 0.0
    np.testing.assert_allclose(found[0, [0, 2]], [1e40, 1.0], rtol=RELATIVE_ERROR)


def test_nothing_and_only_missing_values():
    for encode in (encode_relative, encode_linear, encode_codes):
        assert decode(encode(np.zeros((3, 0)))).shape[1] == 0
    assert np.isnan(decode(encode_relative([np.nan, np.nan]))).all()
    assert np.isnan(decode(encode_linear([np.nan, np.nan]))).all()


def test_a_negative_number_has_no_relative_error():
    with pytest.raises(InputError, match="numbers >= 0, found -1"):
        encode_relative([2.0, -1.0])


@given(arrays(np.int64, SHAPES, elements=st.integers(0, 2**32 - 1)))
def test_codes_are_exact(codes):
    np.testing.assert_array_equal(decode(encode_codes(codes)), np.atleast_2d(codes))


@given(st.lists(st.text(max_size=8), max_size=5))
def test_texts_are_exact(texts):
    clean = [text.encode("utf-8", "ignore").decode() for text in texts]
    assert decode(encode_texts(clean)) == clean


def test_the_layout_is_that_of_the_browser():
    """Lowest bytes of all numbers first: the page reads them in this order."""
    content = zlib.decompress(base64.b64decode(encode_codes([1, 2, 258]).text))
    assert list(content) == [1, 2, 2, 0, 0, 1]
