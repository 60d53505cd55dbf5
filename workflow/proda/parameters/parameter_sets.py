"""Many normalised parameter sets at once: their physical values, and which of them are possible."""

import numpy as np

from proda.model.structure import INPUT_SHARES, PARAMETERS

__all__ = ["feasible_sets", "physical_sets"]

# The sites' draws are stored in single precision, those of other methods in double: shares that sum
# to just below 1 may come back just above.
STORED_PRECISION = 1e-6


def physical_sets(model, theta):
    """theta (..., parameters) in [0, 1] -> values (..., 26) as MatrixModel.steady_state_in takes.

    Unchecked; NaN stays NaN.
    """
    theta = np.asarray(theta, dtype=np.float64)
    physical = np.zeros((*theta.shape[:-1], len(PARAMETERS)))
    physical[..., model.structure.slots] = model.parameters.to_physical(theta)
    return physical


def feasible_sets(model, theta):
    """Which sets the prior admits, (...): the input shares sum to less than 1, nothing is NaN.

    The other sums of shares are below 1 everywhere in the prior.
    """
    physical = physical_sets(model, theta)
    known = ~np.isnan(physical).any(axis=-1)
    if not model.switches.input_from_npp:
        return known
    return known & (physical[..., INPUT_SHARES].sum(axis=-1) < 1.0 + STORED_PRECISION)
