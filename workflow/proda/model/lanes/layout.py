"""Names of the rows of lane arrays, beyond those of ``proda.model.layout``.

Lane arrays have the lanes as their last axis: parameters (26, LANES) physical, columns (layers,
rows, LANES), workspace (layers, rows, LANES). Rows have the meaning of the scalar kernels' rows of
the same name. The factors of the litter and of the soil systems are kept apart, because the
transposed solve of the adjoint needs both. The row TO_PASSIVE is not used: that fraction is a
parameter.
"""

import numpy as np

from proda.arrays import FloatArray
from proda.model.lanes.vector import WIDTH
from proda.model.layout import WORKSPACE_ROWS

__all__ = [
    "AT_MINIMUM",
    "LANES",
    "LANE_ADJOINT",
    "LANE_DIFFERENCE",
    "LANE_FLUX",
    "LANE_FRACTION",
    "LANE_INPUT_AMOUNT",
    "LANE_INPUT_RESPONSE",
    "LANE_LITTER_INVERSE",
    "LANE_MONTHS",
    "LANE_PASSED",
    "LANE_Q10_RESPONSE",
    "LANE_SCALARS",
    "LANE_WATER_RESPONSE",
    "LOG2_BETA",
    "LOG2_Q10",
    "MONTH_FACTOR",
    "SATURATED_DRYNESS",
    "aligned_lanes",
    "empty_lanes",
    "new_lane_workspace",
]

CACHE_LINE = 8  # doubles

LANES = WIDTH  # of a block

LANE_LITTER_INVERSE = WORKSPACE_ROWS  # 3 rows: inverse pivots of L1, L2, L3, d m-1
LANE_FRACTION = WORKSPACE_ROWS + 3  # of the carbon input that enters each layer
LANE_SCALARS = WORKSPACE_ROWS + 4  # single numbers of a lane, below
# Rows of the adjoint.
LANE_ADJOINT = WORKSPACE_ROWS + 5  # 7 rows: solution of the transposed system, pools as in CARBON
LANE_DIFFERENCE = WORKSPACE_ROWS + 12  # 6 rows: L1 to S3 minus the same in the next layer, gC m-3
# 4 rows each: change of ln(scalar) of soil, L1, L2 and L3 per Q10, and per parameter of water; with
# one time step in a year the first, which holds for all of them, alone.
LANE_Q10_RESPONSE = WORKSPACE_ROWS + 18
LANE_WATER_RESPONSE = WORKSPACE_ROWS + 22
LANE_INPUT_RESPONSE = WORKSPACE_ROWS + 26  # of LANE_FRACTION to beta
LANE_INPUT_AMOUNT = WORKSPACE_ROWS + 27  # entries 0 to 3: input to CWD, L1, L2, L3, gC m-2 d-1
LANE_FLUX = WORKSPACE_ROWS + 28  # 7 rows: what the pools decompose, gC m-2 d-1
LANE_PASSED = WORKSPACE_ROWS + 35  # 3 rows: rate at which L1, L2, L3 become soil carbon, m d-1
# From here on one row per month: product of the scalars of temperature, water, oxygen and depth,
# before it is normalised and averaged; not filled where nothing needs it, with one time step in a
# year and the same scalar for all litter.
LANE_MONTHS = WORKSPACE_ROWS + 38

# Single numbers in the row LANE_SCALARS: logarithms of Q10 and of beta to base 2;
# ln(psi_dry / psi_sat); by what the sum over the months is multiplied; is any scalar at its minimum
# (1 or 0)?
LOG2_Q10, LOG2_BETA, SATURATED_DRYNESS, MONTH_FACTOR, AT_MINIMUM = range(5)


def empty_lanes(*shape: int) -> FloatArray:
    """An array of zeros whose vectors do not straddle lines of the processor's cache.

    Parameters
    ----------
    *shape
        The last axis is that of the lanes.

    Returns
    -------
    ndarray
        Contiguous, on an address that is a multiple of 64 bytes.
    """
    size = int(np.prod(shape))
    room = np.zeros(size + CACHE_LINE)
    first = -(room.ctypes.data // room.itemsize) % CACHE_LINE
    return room[first : first + size].reshape(shape)


def aligned_lanes(values: FloatArray) -> FloatArray:
    """A copy of an array in one of ``empty_lanes``."""
    copy = empty_lanes(*values.shape)
    copy[:] = values
    return copy


def new_lane_workspace(n_layers: int, months: int) -> FloatArray:
    """An empty workspace; made once, used for any number of solves.

    Parameters
    ----------
    n_layers
        Of the grid.
    months
        Time steps of the forcing in a year.

    Returns
    -------
    ndarray
        (layers, rows, LANES).
    """
    return empty_lanes(n_layers, LANE_MONTHS + months, LANES)
