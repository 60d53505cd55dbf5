"""Responses of scalars and input to their parameters, which all derivatives share.

Relative responses of the scalars xi (one of SOC and woody debris, one of each litter pool), with
the monthly terms s_m = xi_T xi_W xi_O [xi_N]:

    d ln xi / d q10   = (sum_m s_m (T_m - 298.15 K) / 10 K) / (q10 sum_m s_m)       [+ 1 / q10]
    d ln xi / d water = (sum of s_m where water limits) / (sum_m s_m) * r

1 / q10 belongs to the normalisation to CENTURY. r is 1 / water_scaling, or for the scalar from
water potential 1 / (psi_sat ln(psi_dry / psi_sat)). The depth cancels, and with annual forcing so
does all else but temperature and r. A scalar at its minimum responds to nothing.

The water scalar has kinks: at 1, at its floor and where soil is as dry as psi_dry. Exactly there
the derivative is that of the side on which the scalar does not change.

Profile of the input, with b_j = beta^(100 z_j) at interfaces, z_0 = 0 and n layers above bedrock:

    phi_j          = (b_(j-1) - b_j) / (1 - b_n)
    d phi_j/d beta = 100 (phi_j (z_(j-1) (1 - b_n) + z_n b_n) - (z_j - z_(j-1)) b_j)
                     / (beta (1 - b_n))

and b_j = b_n + (1 - b_n) (phi_(j+1) + ... + phi_n), which loses no digits where little is left.
"""

from proda.compiled import inlined
from proda.model.environment import MIN_SCALAR
from proda.model.lanes.coefficients import YEARS_PER_DAY
from proda.model.lanes.functions import exp2_lanes
from proda.model.lanes.layout import (
    AT_MINIMUM,
    LANE_FRACTION,
    LANE_INPUT_AMOUNT,
    LANE_INPUT_RESPONSE,
    LANE_MONTHS,
    LANE_Q10_RESPONSE,
    LANE_SCALARS,
    LANE_WATER_RESPONSE,
    LOG2_BETA,
    SATURATED_DRYNESS,
)
from proda.model.lanes.vector import (
    Block,
    Numbers,
    any_lane,
    fill,
    load,
    number,
    select,
    store,
)
from proda.model.layout import (
    CWD_TOTAL,
    ENTRIES,
    GIVEN_TEMPERATURE_SCALAR,
    INPUT_INTERFACE,
    L1_TOTAL,
    L2_TOTAL,
    L3_TOTAL,
    LITTER_SCALAR,
    MONTH_ROWS,
    MONTHS,
    N_SOIL,
    NITROGEN,
    NPP_MAX,
    NPP_MIN,
    RATE,
    SEPARATE,
    SOIL_SCALAR,
    SURFACE_INPUT,
    TEMPERATURE,
    WATER,
)
from proda.model.slots import (
    INPUT_BETA,
    INPUT_POSITION,
    INPUT_TO_CELLULOSE,
    INPUT_TO_LIGNIN,
    INPUT_TO_METABOLIC,
    Q10,
    SATURATED_WATER_POTENTIAL,
    WATER_SCALING,
)
from proda.model.switches import Switches

__all__ = ["input_terms", "scalar_responses"]


@inlined
def scalar_responses(
    parameters: Block, columns: Block, n: int, months: int, switches: Switches, w: Block
) -> None:
    """Fill the rows LANE_Q10_RESPONSE and LANE_WATER_RESPONSE.

    Parameters
    ----------
    parameters
        Of (26, lanes) physical values.
    columns
        Of (rows, layers, lanes) prepared columns.
    n, months
        Layers of the grid; time steps of the forcing in a year.
    switches
        Choices of the model.
    w
        Of a workspace (rows, layers, lanes) with its coefficients filled.
    """
    zero, one = fill(0.0), fill(1.0)
    per_q10 = 1.0 / load(parameters, Q10)
    normalisation = zero
    if switches.century_normalisation:
        given = load(columns, (ENTRIES, GIVEN_TEMPERATURE_SCALAR))
        normalisation = select(given == 0.0, per_q10, zero)
    separate = load(w, (RATE, SEPARATE)) > 0.0
    any_separate = any_lane(separate)
    scaling = load(parameters, WATER_SCALING)
    saturated = load(w, (LANE_SCALARS, SATURATED_DRYNESS))
    least = switches.water_scalar_floor * saturated
    if switches.water_from_potential:
        potential = load(parameters, SATURATED_WATER_POTENTIAL)
        per_water = select(potential < 0.0, 1.0 / (potential * saturated), zero)
    else:
        per_water = select(scaling > 0.0, 1.0 / scaling, zero)
    at_minimum = zero
    for j in range(n):
        free = load(w, (SOIL_SCALAR, j)) > MIN_SCALAR
        free = free & (load(w, (LITTER_SCALAR, j)) > MIN_SCALAR)
        free = free & (load(w, (LITTER_SCALAR + 1, j)) > MIN_SCALAR)
        free = free & (load(w, (LITTER_SCALAR + 2, j)) > MIN_SCALAR)
        at_minimum = select(free, at_minimum, one)
        # Sums over months for soil, and for L1, L2 and L3.
        soil, soil_heat, soil_water = zero, zero, zero
        n1, heat_1, water_1 = zero, zero, zero
        n2, heat_2, water_2 = zero, zero, zero
        n3, heat_3, water_3 = zero, zero, zero
        for month in range(months):
            row = MONTHS + MONTH_ROWS * month
            temperature = load(columns, (row + TEMPERATURE, j))
            water = load(columns, (row + WATER, j))
            if switches.water_from_potential:
                limits = (water >= 0.0) & (water < saturated) & (water > least)
            else:
                limits = scaling * water < 1.0
            if months == 1:  # the same for all pools
                of_heat = temperature * per_q10 + normalisation
                of_water = select(limits, per_water, zero)
                store(w, (LANE_Q10_RESPONSE, j), of_heat)
                store(w, (LANE_WATER_RESPONSE, j), of_water)
                break
            s = load(w, (LANE_MONTHS + month, j))
            limited = select(limits, s, zero)
            heat = s * temperature
            soil, soil_heat, soil_water = soil + s, soil_heat + heat, soil_water + limited
            nitrogen = load(columns, (row + NITROGEN, j))
            n1, heat_1 = n1 + s * nitrogen, heat_1 + heat * nitrogen
            water_1 = water_1 + limited * nitrogen
            if any_separate:
                nitrogen = load(columns, (row + NITROGEN + 1, j))
                n2, heat_2 = n2 + s * nitrogen, heat_2 + heat * nitrogen
                water_2 = water_2 + limited * nitrogen
                nitrogen = load(columns, (row + NITROGEN + 2, j))
                n3, heat_3 = n3 + s * nitrogen, heat_3 + heat * nitrogen
                water_3 = water_3 + limited * nitrogen
        if months > 1:
            per_sum = select(soil > 0.0, 1.0 / soil, zero)
            store(w, (LANE_Q10_RESPONSE, j), soil_heat * per_sum * per_q10 + normalisation)
            store(w, (LANE_WATER_RESPONSE, j), soil_water * per_sum * per_water)
            per_sum = select(n1 > 0.0, 1.0 / n1, zero)
            of_heat = heat_1 * per_sum * per_q10 + normalisation
            of_water = water_1 * per_sum * per_water
            second, water_2nd, third, water_3rd = of_heat, of_water, of_heat, of_water
            if any_separate:
                per_sum = select(n2 > 0.0, 1.0 / n2, zero)
                second = select(separate, heat_2 * per_sum * per_q10 + normalisation, of_heat)
                water_2nd = select(separate, water_2 * per_sum * per_water, of_water)
                per_sum = select(n3 > 0.0, 1.0 / n3, zero)
                third = select(separate, heat_3 * per_sum * per_q10 + normalisation, of_heat)
                water_3rd = select(separate, water_3 * per_sum * per_water, of_water)
            store(w, (LANE_Q10_RESPONSE + 1, j), of_heat)
            store(w, (LANE_WATER_RESPONSE + 1, j), of_water)
            store(w, (LANE_Q10_RESPONSE + 2, j), second)
            store(w, (LANE_WATER_RESPONSE + 2, j), water_2nd)
            store(w, (LANE_Q10_RESPONSE + 3, j), third)
            store(w, (LANE_WATER_RESPONSE + 3, j), water_3rd)
    store(w, (LANE_SCALARS, AT_MINIMUM), at_minimum)


@inlined
def input_terms(
    parameters: Block,
    columns: Block,
    grid: Numbers,
    n: int,
    switches: Switches,
    w: Block,
) -> None:
    """Fill the rows LANE_INPUT_AMOUNT and LANE_INPUT_RESPONSE.

    Where the input is given by layer, these and LANE_FRACTION are made zero.

    Parameters
    ----------
    parameters
        Of (26, lanes) physical values.
    columns
        Of (rows, layers, lanes) prepared columns.
    grid
        Of (3, layers), m, as ``proda.model.columns.grid_rows``.
    n
        Layers of the grid.
    switches
        Choices of the model.
    w
        Of a workspace (rows, layers, lanes) with its coefficients filled.
    """
    zero = fill(0.0)
    m0 = load(columns, (ENTRIES, CWD_TOTAL))
    m1 = load(columns, (ENTRIES, L1_TOTAL))
    m2 = load(columns, (ENTRIES, L2_TOTAL))
    m3 = load(columns, (ENTRIES, L3_TOTAL))
    if switches.input_from_npp:
        npp_min = load(columns, (ENTRIES, NPP_MIN))
        spread = load(columns, (ENTRIES, NPP_MAX)) - npp_min
        amount = npp_min + load(parameters, INPUT_POSITION) * spread
        m1 = load(parameters, INPUT_TO_METABOLIC)
        m2 = load(parameters, INPUT_TO_CELLULOSE)
        m3 = load(parameters, INPUT_TO_LIGNIN)
        m0 = amount * (1.0 - m3 - m1 - m2)
        m1, m2, m3 = amount * m1, amount * m2, amount * m3
    store(w, (LANE_INPUT_AMOUNT, 0), m0 * YEARS_PER_DAY)
    store(w, (LANE_INPUT_AMOUNT, 1), m1 * YEARS_PER_DAY)
    store(w, (LANE_INPUT_AMOUNT, 2), m2 * YEARS_PER_DAY)
    store(w, (LANE_INPUT_AMOUNT, 3), m3 * YEARS_PER_DAY)

    if switches.input_by_layer:
        for j in range(n):
            store(w, (LANE_FRACTION, j), zero)
            store(w, (LANE_INPUT_RESPONSE, j), zero)
        return
    n_soil = load(w, (RATE, N_SOIL))
    at_surface = load(columns, (ENTRIES, SURFACE_INPUT)) > 0.0
    beta = load(parameters, INPUT_BETA)
    bottom = zero
    for j in range(n):
        bottom = select(n_soil <= float(j), bottom, number(grid, (INPUT_INTERFACE, j)))
    last = exp2_lanes(100.0 * load(w, (LANE_SCALARS, LOG2_BETA)) * bottom)
    total = 1.0 - last
    per_beta = select(beta > 0.0, 100.0 / (beta * total), zero)
    left = last
    for j in range(n - 1, -1, -1):
        depth_above = number(grid, (INPUT_INTERFACE, j - 1)) if j > 0 else 0.0
        fraction = load(w, (LANE_FRACTION, j))
        response = fraction * (depth_above * total + bottom * last)
        response = per_beta * (response - (number(grid, (INPUT_INTERFACE, j)) - depth_above) * left)
        response = select(at_surface | (n_soil <= float(j)), zero, response)
        store(w, (LANE_INPUT_RESPONSE, j), response)
        left = left + total * fraction
