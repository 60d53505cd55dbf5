"""Coefficients of a block of lanes: the equations of the scalar kernels, branches as selections.

Environmental scalars as in ``proda.model.environment``, conductances as in ``transport``, carbon
input as in ``carbon_input``, rates and transfers as in ``transfers``. Every lane has its own number
of layers above bedrock, surface input, given temperature and litter scalars; the switches are the
same for all.
"""

import math

from proda.compiled import inlined, kernel
from proda.model.constants import DAYS_PER_YEAR
from proda.model.environment import CENTURY_AT_15_DEGC, MIN_EFOLDING_DEPTH, MIN_SCALAR
from proda.model.lanes.functions import PER_LN_2, exp2_lanes, log_lanes
from proda.model.lanes.layout import (
    LANE_FRACTION,
    LANE_MONTHS,
    LANE_SCALARS,
    LOG2_BETA,
    LOG2_Q10,
    MONTH_FACTOR,
    SATURATED_DRYNESS,
)
from proda.model.lanes.vector import (
    Block,
    Numbers,
    Vector,
    any_lane,
    fill,
    load,
    maximum,
    minimum,
    multiply_add,
    number,
    select,
    store,
)
from proda.model.layout import (
    BIOTURBATION_CONDUCTANCE,
    CRYOTURBATION_CONDUCTANCE,
    CWD_INPUT,
    CWD_TOTAL,
    ENTRIES,
    FLOOR_ADVECTION,
    FLOOR_CONDUCTANCE,
    GIVEN_TEMPERATURE_SCALAR,
    INPUT_INTERFACE,
    L1_TOTAL,
    L2_TOTAL,
    L3_TOTAL,
    LITTER_SCALAR,
    LITTER_SEPARATE,
    LOWER_CONDUCTANCE,
    MONTH_ROWS,
    MONTHS,
    N_SOIL,
    NITROGEN,
    NODE,
    NPP_MAX,
    NPP_MIN,
    OXYGEN,
    RATE,
    SEPARATE,
    SOIL_LAYERS,
    SOIL_SCALAR,
    SOURCE,
    SURFACE_INPUT,
    TEMPERATURE,
    TEXTURE_FAST_TO_SLOW,
    THICKNESS,
    TO_SLOW,
    UPPER_CONDUCTANCE,
    WATER,
)
from proda.model.slots import (
    BIOTURBATION,
    CRYOTURBATION,
    EFOLDING_DEPTH,
    FAST_TO_SLOW,
    INPUT_BETA,
    INPUT_POSITION,
    INPUT_TO_CELLULOSE,
    INPUT_TO_LIGNIN,
    INPUT_TO_METABOLIC,
    Q10,
    SATURATED_WATER_POTENTIAL,
    TAU_CWD,
    TAU_FAST,
    TAU_METABOLIC,
    TAU_PASSIVE,
    TAU_SLOW,
    TAU_STRUCTURAL,
    WATER_SCALING,
)
from proda.model.switches import Switches
from proda.model.transfers import MIN_TURNOVER_TIME

__all__ = ["coefficients_of_block", "scalars_of_block"]

YEARS_PER_DAY = 1.0 / DAYS_PER_YEAR


@inlined
def coefficients_of_block(
    parameters: Block,
    columns: Block,
    grid: Numbers,
    n: int,
    months: int,
    switches: Switches,
    w: Block,
) -> None:
    """Fill the coefficients in the workspace.

    Parameters
    ----------
    parameters
        Of (26, lanes) physical vectors.
    columns
        Of (rows, layers, lanes) prepared columns.
    grid
        Of (3, layers), m, as ``proda.model.columns.grid_rows``.
    n, months
        Layers of the grid; time steps of the forcing in a year.
    switches
        Choices of the model.
    w
        Of a workspace (rows, layers, lanes), changed in place.
    """
    structural = _rate(parameters, TAU_STRUCTURAL)
    store(w, (RATE, 0), _rate(parameters, TAU_CWD))
    store(w, (RATE, 1), _rate(parameters, TAU_METABOLIC))
    store(w, (RATE, 2), structural)
    store(w, (RATE, 3), structural)
    store(w, (RATE, 4), _rate(parameters, TAU_FAST))
    store(w, (RATE, 5), _rate(parameters, TAU_SLOW))
    store(w, (RATE, 6), _rate(parameters, TAU_PASSIVE))
    store(w, (RATE, N_SOIL), load(columns, (ENTRIES, SOIL_LAYERS)))
    store(w, (RATE, SEPARATE), load(columns, (ENTRIES, LITTER_SEPARATE)))
    _logarithms(parameters, switches, w)
    scalars_of_block(parameters, columns, grid, n, 0, months, switches, w)
    _transport_and_input(parameters, columns, grid, n, switches, w)


@inlined
def _rate(parameters: Block, turnover_time: int) -> Vector:
    return 1.0 / (DAYS_PER_YEAR * maximum(load(parameters, turnover_time), MIN_TURNOVER_TIME))


@inlined
def _logarithms(parameters: Block, switches: Switches, w: Block) -> None:
    """All together, because each of them keeps the processor waiting."""
    potential = load(parameters, SATURATED_WATER_POTENTIAL)
    dryness = log_lanes(switches.driest_water_potential / potential)
    log2_q10 = PER_LN_2 * log_lanes(load(parameters, Q10))
    log2_beta = PER_LN_2 * log_lanes(load(parameters, INPUT_BETA))
    store(w, (LANE_SCALARS, SATURATED_DRYNESS), select(potential < 0.0, dryness, math.inf))
    store(w, (LANE_SCALARS, LOG2_Q10), log2_q10)
    store(w, (LANE_SCALARS, LOG2_BETA), log2_beta)


@kernel
def scalars_of_block(
    parameters: Block,
    columns: Block,
    grid: Numbers,
    n: int,
    first: int,
    months: int,
    switches: Switches,
    w: Block,
) -> None:
    """Fill the environmental scalars in the workspace, means over some months.

    Parameters
    ----------
    parameters, columns, grid, n, switches
        As ``coefficients_of_block``.
    first, months
        First month, from 0, and number of months.
    w
        Of a workspace with the logarithms of parameters.
    """
    log2_q10 = load(w, (LANE_SCALARS, LOG2_Q10))
    factor = fill(1.0)
    if switches.century_normalisation:
        given = load(columns, (ENTRIES, GIVEN_TEMPERATURE_SCALAR))
        factor = select(given == 0.0, CENTURY_AT_15_DEGC * load(parameters, Q10), 1.0)
    factor = factor / float(months)
    saturated = load(w, (LANE_SCALARS, SATURATED_DRYNESS))
    per_saturated = 1.0 / saturated
    water_scaling = load(parameters, WATER_SCALING)
    per_depth = PER_LN_2 / maximum(load(parameters, EFOLDING_DEPTH), MIN_EFOLDING_DEPTH)
    separate = load(columns, (ENTRIES, LITTER_SEPARATE)) > 0.0
    any_separate = any_lane(separate)
    store(w, (LANE_SCALARS, MONTH_FACTOR), factor)
    for j in range(n):
        depth = -number(grid, (NODE, j)) * per_depth
        soil = fill(0.0)
        metabolic = fill(0.0)
        for month in range(months):
            row = MONTHS + MONTH_ROWS * (first + month)
            water = load(columns, (row + WATER, j))
            if switches.water_from_potential:
                wet = select(water < 0.0, switches.dry_water_scalar, water * per_saturated)
                wet = select(water >= saturated, 1.0, wet)
                water = maximum(wet, switches.water_scalar_floor)
            else:
                water = minimum(fill(1.0), water_scaling * water)
            # Temperature and depth in one power of two.
            temperature = load(columns, (row + TEMPERATURE, j))
            scalar = exp2_lanes(multiply_add(log2_q10, temperature, depth))
            scalar = scalar * (water * load(columns, (row + OXYGEN, j)))
            if months > 1 or any_separate:
                store(w, (LANE_MONTHS + month, j), scalar)
            soil = soil + scalar
            metabolic = multiply_add(scalar, load(columns, (row + NITROGEN, j)), metabolic)
        metabolic = maximum(metabolic * factor, MIN_SCALAR)
        cellulose = metabolic
        lignin = metabolic
        if any_separate:
            cellulose = fill(0.0)
            lignin = fill(0.0)
            for month in range(months):
                row = MONTHS + MONTH_ROWS * (first + month) + NITROGEN
                scalar = load(w, (LANE_MONTHS + month, j))
                cellulose = cellulose + scalar * load(columns, (row + 1, j))
                lignin = lignin + scalar * load(columns, (row + 2, j))
            cellulose = select(separate, maximum(cellulose * factor, MIN_SCALAR), metabolic)
            lignin = select(separate, maximum(lignin * factor, MIN_SCALAR), metabolic)
        store(w, (SOIL_SCALAR, j), maximum(soil * factor, MIN_SCALAR))
        store(w, (LITTER_SCALAR, j), metabolic)
        store(w, (LITTER_SCALAR + 1, j), cellulose)
        store(w, (LITTER_SCALAR + 2, j), lignin)


@kernel
def _transport_and_input(
    parameters: Block,
    columns: Block,
    grid: Numbers,
    n: int,
    switches: Switches,
    w: Block,
) -> None:
    """Conductances, which are mostly stores, and input, mostly products, layer by layer."""
    layers = load(columns, (ENTRIES, SOIL_LAYERS))
    if switches.input_by_layer:
        for j in range(n):
            _transport_and_transfers(parameters, columns, j, switches, w)
            for pool in range(4):
                amount = load(columns, (CWD_INPUT + pool, j)) * number(grid, (THICKNESS, j))
                amount = select(layers <= float(j), 0.0, amount * YEARS_PER_DAY)
                store(w, (SOURCE + pool, j), amount)
        return

    log2_beta = load(w, (LANE_SCALARS, LOG2_BETA))
    above = fill(1.0)
    total = fill(0.0)
    for j in range(n):
        _transport_and_transfers(parameters, columns, j, switches, w)
        below = exp2_lanes(100.0 * log2_beta * number(grid, (INPUT_INTERFACE, j)))
        fraction = select(layers <= float(j), 0.0, above - below)
        store(w, (LANE_FRACTION, j), fraction)
        total = total + fraction
        above = below

    if switches.input_from_npp:
        npp_min = load(columns, (ENTRIES, NPP_MIN))
        position = load(parameters, INPUT_POSITION)
        amount = npp_min + position * (load(columns, (ENTRIES, NPP_MAX)) - npp_min)
        to_lignin = load(parameters, INPUT_TO_LIGNIN)
        to_metabolic = load(parameters, INPUT_TO_METABOLIC)
        to_cellulose = load(parameters, INPUT_TO_CELLULOSE)
        lignin = amount * to_lignin
        metabolic = amount * to_metabolic
        cellulose = amount * to_cellulose
        woody = amount * (1.0 - to_lignin - to_metabolic - to_cellulose)
    else:
        woody = load(columns, (ENTRIES, CWD_TOTAL))
        metabolic = load(columns, (ENTRIES, L1_TOTAL))
        cellulose = load(columns, (ENTRIES, L2_TOTAL))
        lignin = load(columns, (ENTRIES, L3_TOTAL))
    woody, metabolic = woody * YEARS_PER_DAY, metabolic * YEARS_PER_DAY
    cellulose, lignin = cellulose * YEARS_PER_DAY, lignin * YEARS_PER_DAY
    surface = load(columns, (ENTRIES, SURFACE_INPUT)) > 0.0
    per_total = 1.0 / total
    for j in range(n):
        fraction = load(w, (LANE_FRACTION, j)) * per_total
        fraction = select(surface, 1.0 if j == 0 else 0.0, fraction)
        store(w, (LANE_FRACTION, j), fraction)
        store(w, (SOURCE, j), woody * fraction)
        store(w, (SOURCE + 1, j), metabolic * fraction)
        store(w, (SOURCE + 2, j), cellulose * fraction)
        store(w, (SOURCE + 3, j), lignin * fraction)


@inlined
def _transport_and_transfers(
    parameters: Block, columns: Block, j: int, switches: Switches, w: Block
) -> None:
    """Conductances of the face below a layer, and what becomes slow SOC in it."""
    face = load(parameters, BIOTURBATION) * load(columns, (BIOTURBATION_CONDUCTANCE, j))
    face = face + load(parameters, CRYOTURBATION) * load(columns, (CRYOTURBATION_CONDUCTANCE, j))
    face = face + load(columns, (FLOOR_CONDUCTANCE, j))
    store(w, (UPPER_CONDUCTANCE, j), face)
    store(w, (LOWER_CONDUCTANCE, j), face + load(columns, (FLOOR_ADVECTION, j)))
    to_slow = load(parameters, FAST_TO_SLOW)
    if switches.transfers_from_texture:
        to_slow = load(columns, (TEXTURE_FAST_TO_SLOW, j))
    store(w, (TO_SLOW, j), to_slow)
