"""Flags of doubtful fits.

Flags follow from the stored diagnostics of all profiles, so that a changed threshold needs no new
chain. A flagged profile keeps its result; the configuration decides on its later exclusion.
"""

from collections.abc import Sequence
from enum import IntFlag

import numpy as np
import numpy.typing as npt

from proda.arrays import FloatArray

__all__ = ["Flag", "flag_profiles"]


class Flag(IntFlag):
    """Doubts about a fitted profile."""

    NONE = 0
    LOW_ACCEPTANCE = 1
    HIGH_ACCEPTANCE = 2
    NOT_CONVERGED = 4
    NEGATIVE_R2 = 8


def flag_profiles(
    acceptance: FloatArray,
    rhat: FloatArray,
    r2: FloatArray,
    acceptance_window: Sequence[float],
    rhat_threshold: float,
) -> npt.NDArray[np.uint8]:
    """Flags of n fitted profiles.

    Parameters
    ----------
    acceptance
        (n, chains).
    rhat
        (n, parameters), rank-normalised split R-hat.
    r2
        (n,).
    acceptance_window
        Minimum and maximum acceptance of a chain; the limits belong to it.
    rhat_threshold
        R-hat above which a parameter has not converged.

    Returns
    -------
    ndarray
        (n,) sums of `Flag`. A NaN counts against the fit: such an R-hat has not converged, such an
        R2 is negative.
    """
    low, high = acceptance_window
    doubts = (
        (Flag.LOW_ACCEPTANCE, (acceptance < low).any(axis=1)),
        (Flag.HIGH_ACCEPTANCE, (acceptance > high).any(axis=1)),
        (Flag.NOT_CONVERGED, ~(rhat <= rhat_threshold).all(axis=1)),
        (Flag.NEGATIVE_R2, ~(r2 >= 0.0)),
    )
    flags = np.zeros(len(r2), dtype=np.uint8)
    for flag, hit in doubts:
        flags[hit] |= np.uint8(flag)
    return flags
