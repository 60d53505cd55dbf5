"""Carbon input: how much, to which pool, in which layer.

The amount is a position between minimum and maximum annual NPP, or CLM's own litter input per
pool. Over depth it follows a root profile (Jackson et al. 1996): the fraction above depth d is
1 - beta^(100 d), d in m, renormalised to one over the layers above bedrock. Where the active layer
has no depth, all of it enters the first layer.
"""

import math

from proda.arrays import Layers, Parameters
from proda.compiled import inlined
from proda.model.constants import DAYS_PER_YEAR
from proda.model.layout import (
    CWD_INPUT,
    CWD_TOTAL,
    ENTRIES,
    INPUT_INTERFACE,
    L1_TOTAL,
    L2_TOTAL,
    L3_TOTAL,
    NPP_MAX,
    NPP_MIN,
    SOIL_LAYERS,
    SURFACE_INPUT,
    THICKNESS,
)
from proda.model.slots import (
    INPUT_BETA,
    INPUT_POSITION,
    INPUT_TO_CELLULOSE,
    INPUT_TO_LIGNIN,
    INPUT_TO_METABOLIC,
)
from proda.model.switches import Switches

__all__ = ["carbon_input"]


@inlined
def carbon_input(
    parameters: Parameters, column: Layers, grid: Layers, switches: Switches, out: Layers
) -> None:
    """Input of a column to CWD, L1, L2 and L3 per layer.

    Parameters
    ----------
    parameters
        (26,) physical vector.
    column
        (rows, layers) prepared column.
    grid
        (3, layers), m, as ``proda.model.columns.grid_rows``.
    switches
        Choices of the model.
    out
        (4, layers) gC m-2 d-1, filled.
    """
    n_soil = out.shape[1]
    if column[ENTRIES, SOIL_LAYERS] < n_soil:  # not of a column of NaN, which has a result of NaN
        n_soil = int(column[ENTRIES, SOIL_LAYERS])
    for pool in range(4):
        for j in range(n_soil, out.shape[1]):
            out[pool, j] = 0.0
    if switches.input_by_layer:
        for pool in range(4):
            for j in range(n_soil):
                out[pool, j] = column[CWD_INPUT + pool, j] * grid[THICKNESS, j] / DAYS_PER_YEAR
        return

    # The last row holds the depth distribution until it is divided among the pools.
    fraction = out[3]
    if column[ENTRIES, SURFACE_INPUT] > 0.0:
        for j in range(n_soil):
            fraction[j] = 0.0
        fraction[0] = 1.0
    else:
        log_beta = math.log(parameters[INPUT_BETA])
        above = 1.0
        total = 0.0
        for j in range(n_soil):
            below = math.exp(100.0 * log_beta * grid[INPUT_INTERFACE, j])
            fraction[j] = above - below
            total += fraction[j]
            above = below
        for j in range(n_soil):
            fraction[j] /= total

    if switches.input_from_npp:
        npp_min = column[ENTRIES, NPP_MIN]
        position = parameters[INPUT_POSITION]
        amount = npp_min + position * (column[ENTRIES, NPP_MAX] - npp_min)
        lignin = amount * parameters[INPUT_TO_LIGNIN]
        metabolic = amount * parameters[INPUT_TO_METABOLIC]
        cellulose = amount * parameters[INPUT_TO_CELLULOSE]
        woody = amount * (
            1.0
            - parameters[INPUT_TO_LIGNIN]
            - parameters[INPUT_TO_METABOLIC]
            - parameters[INPUT_TO_CELLULOSE]
        )
    else:
        woody = column[ENTRIES, CWD_TOTAL]
        metabolic = column[ENTRIES, L1_TOTAL]
        cellulose = column[ENTRIES, L2_TOTAL]
        lignin = column[ENTRIES, L3_TOTAL]
    for j in range(n_soil):
        daily = fraction[j] / DAYS_PER_YEAR
        out[0, j] = woody * daily
        out[1, j] = metabolic * daily
        out[2, j] = cellulose * daily
        out[3, j] = lignin * daily
