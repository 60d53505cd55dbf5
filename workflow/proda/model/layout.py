"""Names of the rows of the arrays that the compiled kernels pass around.

Grid, columns and workspace are plain float64 arrays of (rows, layers), because these are fastest
and Numba's cache on disk distinguishes them reliably (it confuses records of different shape, and
tuples of arrays are slow to pass).
"""

import numpy as np

from proda.arrays import Layers

POOLS = ("CWD", "L1", "L2", "L3", "S1", "S2", "S3")

# Rows of a grid array (3, layers), m. Inputs are distributed down to the "input interface".
THICKNESS, NODE, INPUT_INTERFACE = range(3)

# Rows of a column array (10 + 6 * months, layers):
(
    BIOTURBATION_CONDUCTANCE,  # per unit diffusivity, m d-1 per m2 yr-1
    CRYOTURBATION_CONDUCTANCE,
    FLOOR_CONDUCTANCE,  # where nothing mixes, m d-1
    FLOOR_ADVECTION,  # on top of it in the balance of the lower layer, m d-1
    TEXTURE_FAST_TO_SLOW,  # CLM's fraction of decomposed fast SOC that becomes slow
    CWD_INPUT, L1_INPUT, L2_INPUT, L3_INPUT,  # by layer, gC m-3 yr-1
    ENTRIES,  # single numbers, below
    MONTHS,  # from here on: month after month, MONTH_ROWS each
) = range(11)  # fmt: skip
# Rows of one month: (T - 298.15 K) / 10 K; ln(psi_dry / psi) or CLM's water scalar; oxygen scalar
# (times the temperature scalar where that is given); nitrogen scalar of L1, L2 and L3.
TEMPERATURE, WATER, OXYGEN, NITROGEN = range(4)
MONTH_ROWS = 6


def steps_in(rows: int) -> int:
    """Time steps of a column with so many rows."""
    return (rows - MONTHS) // MONTH_ROWS


# Single numbers in the row ENTRIES: NPP and input per pool in gC m-2 yr-1; does all input enter
# the first layer (1 or 0)? how many layers hold carbon, those above bedrock; is the temperature
# scalar given (1 or 0)? do the litter pools have nitrogen scalars of their own (1 or 0)?
(
    NPP_MIN, NPP_MAX, CWD_TOTAL, L1_TOTAL, L2_TOTAL, L3_TOTAL,
    SURFACE_INPUT, SOIL_LAYERS, GIVEN_TEMPERATURE_SCALAR, LITTER_SEPARATE,
) = range(10)  # fmt: skip

MIN_LAYERS = 10  # a row holds all single numbers

# Rows of a workspace: coefficients of one column, scratch of the solve and its result.
RATE = 0  # the first seven entries: turnover rates of the pools, d-1
N_SOIL, SEPARATE = 7, 8  # entries of the row RATE: SOIL_LAYERS and LITTER_SEPARATE of the column
LITTER_SCALAR = 1  # 3 rows: environmental scalar of L1, L2, L3
SOIL_SCALAR = 4  # of CWD, S1, S2, S3
UPPER_CONDUCTANCE = 5  # of the face below each layer, in the balance of that layer, m d-1
LOWER_CONDUCTANCE = 6  # of the same face, in the balance of the next layer
SOURCE = 7  # 4 rows: input to CWD, L1, L2, L3, gC m-2 d-1
TO_SLOW = 11  # fraction of decomposed fast SOC that becomes slow SOC
TO_PASSIVE = 12  # ... passive SOC
LOAD = 13  # 3 rows: right-hand sides under elimination, gC m-2 d-1
INVERSE = 16  # 9 rows: inverse pivots, d m-1
CARBON = 25  # 7 rows: the result, pools in the order of POOLS, gC m-3
WORKSPACE_ROWS = 32


def new_workspace(n_layers: int) -> Layers:
    """An empty workspace, (rows, layers); made once, used for any number of solves."""
    return np.zeros((WORKSPACE_ROWS, n_layers))
