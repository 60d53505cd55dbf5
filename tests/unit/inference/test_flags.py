"""Flags from stored evidence: known answers, limits and missing values."""

import numpy as np
import pytest

from proda.inference.flags import Flag, flag_profiles

GOOD = {"acceptance": [0.2, 0.3], "certified": True, "r2": 0.5}


def flag(**evidence):
    acceptance, certified, r2 = (GOOD | evidence).values()
    flags = flag_profiles(
        np.array([acceptance], np.float32), np.array([certified]), np.array([r2]), (0.15, 0.5)
    )
    return Flag(int(flags.item()))


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ({}, Flag.NONE),
        ({"acceptance": [0.2, 0.14]}, Flag.LOW_ACCEPTANCE),
        ({"acceptance": [0.51, 0.2]}, Flag.HIGH_ACCEPTANCE),
        ({"acceptance": [0.51, 0.1]}, Flag.LOW_ACCEPTANCE | Flag.HIGH_ACCEPTANCE),
        ({"certified": False}, Flag.NOT_CERTIFIED),
        ({"r2": -0.01}, Flag.NEGATIVE_R2),
        ({"r2": np.nan}, Flag.NEGATIVE_R2),
        ({"acceptance": [0.15, 0.5], "r2": 0.0}, Flag.NONE),
    ],
)
def test_known_flags(evidence, expected):
    assert flag(**evidence) == expected


def test_profiles_are_flagged_one_by_one():
    flags = flag_profiles(
        np.array([[0.1], [0.3]]), np.array([True, False]), np.array([1.0, -1.0]), (0.15, 0.5)
    )
    assert flags.tolist() == [1, 4 + 8]
    assert flags.dtype == np.uint8
