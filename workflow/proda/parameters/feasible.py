"""Predicted parameter sets that the model can run.

A learner predicts each parameter by itself, and shares of the carbon input may then sum to one or
more. The sets the model accepts are convex and the mean of the targets is among them: on the line
to it lies the nearest feasible set.
"""

import numpy as np

from proda.model.structure import INPUT_SHARE_NAMES

__all__ = ["draw_back"]

GREATEST_SUM = 1 - 1e-6  # of the input shares; rounding must not bring it to 1


def draw_back(theta, centre, model):
    """Draw infeasible sets back towards ``centre`` by the least factor that makes them feasible.

    theta: (n, parameters) in [0, 1]. centre: (parameters,) feasible, the mean of the targets.
    Returns the sets and which were moved (n,). Raises InputError where the model refuses a set for
    anything but its input shares.
    """
    theta = np.array(theta, dtype=np.float64)
    moved = np.zeros(len(theta), dtype=bool)
    if model.switches.input_from_npp:
        shares = [model.parameters.index(name) for name in INPUT_SHARE_NAMES]

        def total(theta):
            return model.parameters.to_physical(theta)[..., shares].sum(axis=-1)

        sums, middle = total(theta), total(centre)
        moved = sums > GREATEST_SUM
        # The sum is linear on the line, so that the factor is known exactly.
        factor = (GREATEST_SUM - middle) / (sums[moved] - middle)
        theta[moved] = centre + factor[:, None] * (theta[moved] - centre)
    if len(theta):
        model.physical(theta)
    return theta, moved
