"""Streams of random numbers: one for each name, and the same ones for ever."""

import itertools
import re
from pathlib import Path

import pytest

from proda.parameters.methods import METHODS, Kind, of_kind
from proda.streams import OWN_NAMES, named_stream, profile_stream


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


def test_a_name_is_a_text_and_its_writing_counts():
    names = ("1", "01", "1.0", " 1", "+1", "1e0", "", "١")
    assert len({first(0, name, 0) for name in names}) == len(names)
    for name in (1, 1.0, None, b"1"):
        with pytest.raises(TypeError, match="a string"):
            named_stream(0, name, 0)


def test_seeds_of_two_words_have_streams_of_their_own():
    seeds = (0, 1, 2**32 - 1, 2**32, 2**32 + 1, 2**63 - 1)
    keys = itertools.product(seeds, ("a", "b"), (0, 1))
    assert len({first(*key) for key in keys}) == len(seeds) * 4


def test_a_profile_called_like_another_stream_shares_none_with_it():
    own = ["one batch", "random sampling", "random split", "folds", "validation of fold_0",
           "neural_network random", "random_forest fold_1"]  # fmt: skip
    profiles = [*own, "profile one batch", "profile profile one batch", "P1", "Folds", "folds 1"]
    streams = [profile_stream(name) for name in profiles]
    assert len({*streams, *own}) == len(streams) + len(own)
    assert profile_stream("P1") == "P1", "other numbers would be other results"


def test_all_streams_of_the_workflow_are_known():
    """A new name that a profile could have too must be added to OWN_NAMES."""
    library = Path(__file__).parents[2] / "workflow" / "proda"
    text = "\n".join(path.read_text() for path in library.rglob("*.py"))
    names = re.findall(r'named_stream\([^,]+, f?"([^"]+)"', text)
    names += re.findall(r'^STREAM = "([^"]+)"', text, re.MULTILINE)
    names = [
        name.replace("{learner}", learner).replace("{split}", "x")
        for name in names
        for learner in of_kind(METHODS, Kind.LEARNER, Kind.DIRECT)
    ]
    assert len(names) >= 12
    assert all(OWN_NAMES.fullmatch(name) for name in names), names
