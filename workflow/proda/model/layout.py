"""Names of the rows of the arrays that the compiled kernels pass around.

Grid, columns and workspace are plain float64 arrays of (rows, layers); that is what measures
fastest and what Numba's cache on disk keeps apart reliably (records of different shape get mixed up
there, tuples of arrays are slow to pass).
"""

import numpy as np

# Rows of a grid array (3, layers), m. Inputs are distributed down to the "input interface".
THICKNESS, NODE, INPUT_INTERFACE = range(3)

# Rows of a column array (10 + 4 * months, layers):
(
    BIOTURBATION_CONDUCTANCE,  # per unit diffusivity, m d-1 per m2 yr-1
    CRYOTURBATION_CONDUCTANCE,
    FLOOR_CONDUCTANCE,  # where nothing mixes, m d-1
    FLOOR_ADVECTION,  # on top of it in the balance of the lower layer, m d-1
    TEXTURE_FAST_TO_SLOW,  # CLM's share of decomposed fast SOC that becomes slow
    CWD_INPUT, L1_INPUT, L2_INPUT, L3_INPUT,  # by layer, gC m-3 yr-1
    ENTRIES,  # single numbers, below
    MONTHS,  # from here on: month after month of temperature, water, oxygen, nitrogen
) = range(11)  # fmt: skip
# Rows of one month: (T - 298.15 K) / 10 K; ln(psi_dry / psi) or CLM's water scalar; scalars.
TEMPERATURE, WATER, OXYGEN, NITROGEN = range(4)
# Single numbers in the row ENTRIES: NPP and input per pool in gC m-2 yr-1; does all input enter
# the first layer (1 or 0)?
NPP_MIN, NPP_MAX, CWD_TOTAL, L1_TOTAL, L2_TOTAL, L3_TOTAL, SURFACE_INPUT = range(7)

# Rows of a workspace: coefficients of one column, scratch of the solve and its result.
RATE = 0  # the first seven entries: turnover rates of the pools, d-1
LITTER_SCALAR = 1  # environmental scalar of L1, L2, L3
SOIL_SCALAR = 2  # of CWD, S1, S2, S3
UPPER_CONDUCTANCE = 3  # of the face below each layer, in the balance of that layer, m d-1
LOWER_CONDUCTANCE = 4  # of the same face, in the balance of the next layer
SOURCE = 5  # 4 rows: input to CWD, L1, L2, L3, gC m-2 d-1
TO_SLOW = 9  # share of decomposed fast SOC that becomes slow SOC
TO_PASSIVE = 10  # ... passive SOC
LOAD = 11  # 3 rows: right-hand sides under elimination, gC m-2 d-1
INVERSE = 14  # 9 rows: inverse pivots, d m-1
POOLS = 23  # 7 rows: the result, gC m-3
WORKSPACE_ROWS = 30


def new_workspace(n_layers):
    """An empty workspace, (rows, layers); made once, used for any number of solves."""
    return np.zeros((WORKSPACE_ROWS, n_layers))
