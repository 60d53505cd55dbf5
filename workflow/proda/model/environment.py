"""Environmental scalars: how temperature, water, oxygen, nitrogen and depth slow decomposition.

    xi = mean over months of (xi_T xi_W xi_O [xi_N]) * xi_D

    xi_T = q10 ** ((T - 298.15 K) / 10 K)               frozen soil has the same Q10
         = CLM's own temperature scalar, where the forcing has it
    xi_W = ln(psi_dry / psi) / ln(psi_dry / psi_sat)    from soil water potential, floor to 1
         = min(1, water_scaling * W_SCALAR)             from CLM's own water scalar
    xi_D = exp(-z / efolding_depth)                     z at the node
    xi_N                                                nitrogen limits the three litter pools only,
                                                        alike or each by a scalar of its own

Sources: CLM5 technical note 2.21.5; Tao et al. 2020; Koven et al. 2013.
"""

import math

from proda.arrays import FloatArray, Layers, Parameters
from proda.compiled import inlined
from proda.model.layout import (
    ENTRIES,
    GIVEN_TEMPERATURE_SCALAR,
    LITTER_SEPARATE,
    MONTH_ROWS,
    MONTHS,
    NITROGEN,
    NODE,
    OXYGEN,
    TEMPERATURE,
    WATER,
)
from proda.model.slots import (
    EFOLDING_DEPTH,
    Q10,
    SATURATED_WATER_POTENTIAL,
    WATER_SCALING,
)
from proda.model.switches import Switches

__all__ = ["REFERENCE_TEMPERATURE", "environmental_scalars"]

REFERENCE_TEMPERATURE = 298.15  # K

# Decomposition never stops entirely, as it would in dry or anoxic soil or far below the e-folding
# depth: there is no steady state without it, and smaller scalars exceed double precision.
MIN_SCALAR = 1e-290

# Keeps 0/0 out of the exponent at an e-folding depth of exactly zero.
MIN_EFOLDING_DEPTH = 1e-60  # m


def _century_response(temperature: float) -> float:
    """Temperature response of CENTURY, temperature in degC (CTSM ``catanf``)."""
    return 11.75 + 29.7 / math.pi * math.atan(math.pi * 0.031 * (temperature - 15.4))


CENTURY_AT_15_DEGC = _century_response(15.0) / _century_response(30.0)


@inlined
def water_scalar(dryness: float, saturated_dryness: float, switches: Switches) -> float:
    """Scalar from ln(psi_dry / psi) and ln(psi_dry / psi_sat)."""
    if dryness >= saturated_dryness:
        scalar = 1.0
    elif dryness < 0.0:
        scalar = switches.dry_water_scalar
    else:
        scalar = dryness / saturated_dryness
    return max(scalar, switches.water_scalar_floor)


@inlined
def environmental_scalars(
    parameters: Parameters,
    column: Layers,
    grid: Layers,
    switches: Switches,
    litter: Layers,
    soil: FloatArray,
) -> None:
    """Scalars of decomposition in a column, means over the months.

    The product of the scalars of temperature (Q10), water, oxygen and depth; for the litter
    pools also that of nitrogen.

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
    litter
        (3, layers) of the litter pools, filled.
    soil
        (layers,) of woody debris and SOC, filled; dimensionless, as ``litter``.
    """
    log_q10 = math.log(parameters[Q10])
    factor = 1.0
    if switches.century_normalisation and column[ENTRIES, GIVEN_TEMPERATURE_SCALAR] == 0.0:
        factor = CENTURY_AT_15_DEGC * parameters[Q10]
    saturated_dryness = math.inf
    if parameters[SATURATED_WATER_POTENTIAL] < 0.0:
        saturated_dryness = math.log(
            switches.driest_water_potential / parameters[SATURATED_WATER_POTENTIAL]
        )
    efolding_depth = max(parameters[EFOLDING_DEPTH], MIN_EFOLDING_DEPTH)
    months = (column.shape[0] - MONTHS) // MONTH_ROWS
    factor /= months
    separate = column[ENTRIES, LITTER_SEPARATE] > 0.0
    for j in range(soil.shape[0]):
        depth = grid[NODE, j] / efolding_depth
        soil_sum = 0.0
        metabolic_sum = 0.0
        cellulose_sum = 0.0
        lignin_sum = 0.0
        for month in range(months):
            row = MONTHS + MONTH_ROWS * month
            water = column[row + WATER, j]
            if switches.water_from_potential:
                water = water_scalar(water, saturated_dryness, switches)
            else:
                water = min(1.0, parameters[WATER_SCALING] * water)
            # Temperature and depth in one exponential.
            scalar = math.exp(log_q10 * column[row + TEMPERATURE, j] - depth)
            scalar *= water * column[row + OXYGEN, j]
            soil_sum += scalar
            metabolic_sum += scalar * column[row + NITROGEN, j]
            if separate:
                cellulose_sum += scalar * column[row + NITROGEN + 1, j]
                lignin_sum += scalar * column[row + NITROGEN + 2, j]
        soil[j] = max(soil_sum * factor, MIN_SCALAR)
        litter[0, j] = litter[1, j] = litter[2, j] = max(metabolic_sum * factor, MIN_SCALAR)
        if separate:
            litter[1, j] = max(cellulose_sum * factor, MIN_SCALAR)
            litter[2, j] = max(lignin_sum * factor, MIN_SCALAR)
