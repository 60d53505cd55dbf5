"""Streams of random numbers: one for each name, and the same ones for ever."""

import pytest

from proda.streams import named_stream


def first(*key):
    return named_stream(*key).integers(2**62)


def test_chains_and_choices_have_streams_of_their_own():
    starts = {
        first(seed, name, chain)
        for seed in (0, 1)
        for name in ("1", "11", "P1", "one batch")
        for chain in range(4)
    }
    assert len(starts) == 2 * 4 * 4


@pytest.mark.parametrize(
    ("key", "number"),
    [
        ((0, "1", 0), 2726847138246909323),
        ((2020, "one batch", 2), 4190066748194661246),
        ((1, "ä b", 3), 105221516509570465),
    ],
)
def test_streams_stay_what_they_are(key, number):
    # Other numbers would be other results of the same seed.
    assert first(*key) == number
