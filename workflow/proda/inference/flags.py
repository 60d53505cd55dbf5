"""Flags of doubtful fits.

Flags follow from the stored diagnostics of all profiles, so that a changed threshold needs no new
chain. A flagged profile keeps its result; the configuration decides on its later exclusion.
"""

from collections.abc import Sequence
from enum import IntFlag

import numpy as np
import numpy.typing as npt

from proda.arrays import FloatArray, Mask

__all__ = ["Flag", "flag_profiles"]


class Flag(IntFlag):
    """Doubts about a fitted profile."""

    NONE = 0
    LOW_ACCEPTANCE = 1
    HIGH_ACCEPTANCE = 2
    NOT_CERTIFIED = 4
    NEGATIVE_R2 = 8


def flag_profiles(
    acceptance: FloatArray,
    certified: Mask,
    r2: FloatArray,
    acceptance_window: Sequence[float],
) -> npt.NDArray[np.uint8]:
    """Flags of n fitted profiles.

    Parameters
    ----------
    acceptance
        (n, chains).
    certified
        (n,), whether the posterior holds its certificate (`proda.inference.certificate`).
    r2
        (n,).
    acceptance_window
        Minimum and maximum acceptance of a chain; the limits belong to it.

    Returns
    -------
    ndarray
        (n,) sums of `Flag`. An R2 of NaN counts as negative.
    """
    low, high = acceptance_window
    doubts = (
        (Flag.LOW_ACCEPTANCE, (acceptance < low).any(axis=1)),
        (Flag.HIGH_ACCEPTANCE, (acceptance > high).any(axis=1)),
        (Flag.NOT_CERTIFIED, ~certified),
        (Flag.NEGATIVE_R2, ~(r2 >= 0.0)),
    )
    flags = np.zeros(len(r2), dtype=np.uint8)
    for flag, hit in doubts:
        flags[hit] |= np.uint8(flag)
    return flags
