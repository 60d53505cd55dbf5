"""Flags from stored evidence: known answers, limits and missing values."""

import numpy as np
import pytest

from proda.inference.flags import Flag, flag_profiles

GOOD = {"acceptance": [0.2, 0.3], "rhat": [1.0, 1.01], "r2": 0.5}


def flag(**evidence):
    evidence = {name: np.array([value], np.float32) for name, value in (GOOD | evidence).items()}
    flags = flag_profiles(**evidence, acceptance_window=(0.15, 0.5), rhat_threshold=1.05)
    return Flag(int(flags.item()))


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        ({}, Flag.NONE),
        ({"acceptance": [0.2, 0.14]}, Flag.LOW_ACCEPTANCE),
        ({"acceptance": [0.51, 0.2]}, Flag.HIGH_ACCEPTANCE),
        ({"acceptance": [0.51, 0.1]}, Flag.LOW_ACCEPTANCE | Flag.HIGH_ACCEPTANCE),
        ({"rhat": [1.0, 1.06]}, Flag.NOT_CONVERGED),
        ({"rhat": [np.nan, 1.0]}, Flag.NOT_CONVERGED),
        ({"rhat": [np.inf, 1.0]}, Flag.NOT_CONVERGED),
        ({"r2": -0.01}, Flag.NEGATIVE_R2),
        ({"r2": np.nan}, Flag.NEGATIVE_R2),
        ({"acceptance": [0.15, 0.5], "rhat": [1.05, 1.05], "r2": 0.0}, Flag.NONE),
    ],
)
def test_known_flags(evidence, expected):
    assert flag(**evidence) == expected


def test_profiles_are_flagged_one_by_one():
    flags = flag_profiles(
        np.array([[0.1], [0.3]]), np.array([[1.0], [2.0]]), np.array([1.0, -1.0]), (0.15, 0.5), 1.05
    )
    assert flags.tolist() == [1, 4 + 8]
    assert flags.dtype == np.uint8
