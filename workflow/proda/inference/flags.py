"""What is doubtful about the fit of a profile.

A flag is a verdict, not a result: it is found from the stored evidence of all profiles, so that a
changed threshold costs no chain. A flagged profile keeps its result; filters are applied later.
"""

from enum import IntFlag

import numpy as np

__all__ = ["Flag", "flag_profiles"]


class Flag(IntFlag):
    """Doubts about a fitted profile."""

    NONE = 0
    LOW_ACCEPTANCE = 1
    HIGH_ACCEPTANCE = 2
    NOT_CONVERGED = 4
    NEGATIVE_R2 = 8


def flag_profiles(acceptance, rhat, r2, acceptance_window, rhat_threshold):
    """Flags of n fitted profiles, (n,) uint8.

    acceptance: (n, chains). rhat: (n, parameters), rank-normalised split R-hat. r2: (n,).
    acceptance_window: least and greatest acceptance of a chain; the limits belong to it.
    A NaN cannot be judged: such an R-hat has not converged, such an R2 counts as negative.
    """
    least, greatest = acceptance_window
    doubts = (
        (Flag.LOW_ACCEPTANCE, (acceptance < least).any(axis=1)),
        (Flag.HIGH_ACCEPTANCE, (acceptance > greatest).any(axis=1)),
        (Flag.NOT_CONVERGED, ~(rhat <= rhat_threshold).all(axis=1)),
        (Flag.NEGATIVE_R2, ~(r2 >= 0.0)),
    )
    return sum(np.where(hit, np.uint8(flag), np.uint8(0)) for flag, hit in doubts)
