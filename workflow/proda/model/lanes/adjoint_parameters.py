"""From the solution of the transposed system to derivatives with respect to physical parameters.

With M x = b, M' lambda = dL/dx and any parameter p

    dL/dp = lambda' (db/dp - dM/dp x)

For a pool q in a layer j with rate r_q = k_q xi dz, decomposition F_q = r_q x_q, fractions f_aq,
conductance g below it and load b_q

    dL/d ln r_q = -F_q D_q,     D_q = lambda_q - sum_a f_aq lambda_a
    dL/d f_aq   = F_q lambda_a
    dL/d g      = -sum_q (x_qj - x_q(j+1)) (lambda_qj - lambda_q(j+1))
    dL/d b_q    = lambda_q

Fluxes F and differences of x are prepared once (``adjoint_fluxes``). Derivatives with respect to
logarithms of rates avoid products like x lambda, which exceed double precision where decomposition
has practically stopped.

The chain to the parameters is linear in these: turnover times (-1/tau each), Q10, water and
e-folding depth by the relative responses of the scalars, diffusivities by the conductance per unit
diffusivity, input by the amount that enters each pool and the profile over depth.

Turnover times that are very short have a form of their own (``adjoint_turnover``).
"""

from proda.compiled import inlined
from proda.model.constants import DAYS_PER_YEAR
from proda.model.environment import MIN_EFOLDING_DEPTH, MIN_SCALAR
from proda.model.lanes.adjoint_turnover import short_turnover_times
from proda.model.lanes.coefficients import YEARS_PER_DAY
from proda.model.lanes.layout import (
    AT_MINIMUM,
    LANE_ADJOINT,
    LANE_DIFFERENCE,
    LANE_FLUX,
    LANE_FRACTION,
    LANE_INPUT_AMOUNT,
    LANE_INPUT_RESPONSE,
    LANE_Q10_RESPONSE,
    LANE_SCALARS,
    LANE_WATER_RESPONSE,
)
from proda.model.lanes.vector import (
    Block,
    Numbers,
    any_lane,
    fill,
    load,
    maximum,
    multiply_add,
    number,
    select,
    store,
)
from proda.model.layout import (
    BIOTURBATION_CONDUCTANCE,
    CARBON,
    CRYOTURBATION_CONDUCTANCE,
    ENTRIES,
    LITTER_SCALAR,
    NODE,
    NPP_MAX,
    NPP_MIN,
    RATE,
    SOIL_SCALAR,
    TO_SLOW,
)
from proda.model.slots import (
    BIOTURBATION,
    CELLULOSE_TO_FAST,
    CRYOTURBATION,
    CWD_TO_CELLULOSE,
    EFOLDING_DEPTH,
    FAST_TO_PASSIVE,
    FAST_TO_SLOW,
    INPUT_BETA,
    INPUT_POSITION,
    INPUT_TO_CELLULOSE,
    INPUT_TO_LIGNIN,
    INPUT_TO_METABOLIC,
    LIGNIN_TO_SLOW,
    METABOLIC_TO_FAST,
    PASSIVE_TO_FAST,
    Q10,
    SATURATED_WATER_POTENTIAL,
    SLOW_TO_FAST,
    SLOW_TO_PASSIVE,
    TAU_CWD,
    TAU_FAST,
    TAU_METABOLIC,
    TAU_PASSIVE,
    TAU_SLOW,
    TAU_STRUCTURAL,
    WATER_SCALING,
)
from proda.model.switches import Switches

__all__ = ["chain_to_parameters"]


@inlined
def chain_to_parameters(
    parameters: Block,
    columns: Block,
    grid: Numbers,
    n: int,
    months: int,
    switches: Switches,
    w: Block,
    seed: Block,
    gradient: Block,
) -> None:
    """Derivatives with respect to the 26 physical parameters.

    Parameters
    ----------
    parameters
        Of (26, lanes) physical values.
    columns
        Of (rows, layers, lanes) prepared columns.
    grid
        Of (3, layers), m, as ``proda.model.columns.grid_rows``.
    n, months
        Layers of the grid; time steps of the forcing in a year.
    switches
        Choices of the model.
    w
        Of a workspace (rows, layers, lanes) whose rows LANE_ADJOINT are those of ``seed``.
    seed
        Of (7, layers, lanes) derivatives of the functional with respect to the pools.
    gradient
        Of (26, lanes), filled.
    """
    _pools_and_scalars(parameters, grid, n, months, switches, w, seed, gradient)
    _mixing_and_input(parameters, columns, n, switches, w, gradient)
    short_turnover_times(parameters, grid, n, w, seed, gradient)


@inlined
def _pools_and_scalars(
    parameters: Block,
    grid: Numbers,
    n: int,
    months: int,
    switches: Switches,
    w: Block,
    seed: Block,
    gradient: Block,
) -> None:
    """Turnover times, fractions and environmental scalars."""
    zero = fill(0.0)
    at_minimum = any_lane(load(w, (LANE_SCALARS, AT_MINIMUM)) > 0.0)
    metabolic_to_fast = load(parameters, METABOLIC_TO_FAST)
    cellulose_to_fast = load(parameters, CELLULOSE_TO_FAST)
    lignin_to_slow = load(parameters, LIGNIN_TO_SLOW)
    fast_to_passive = load(parameters, FAST_TO_PASSIVE)
    slow_to_fast = load(parameters, SLOW_TO_FAST)
    slow_to_passive = load(parameters, SLOW_TO_PASSIVE)
    passive_to_fast = load(parameters, PASSIVE_TO_FAST)
    # Litter and soil one after the other: the sums of both have no room in registers.
    tau_1, tau_2, f02, f14, f24, f35 = zero, zero, zero, zero, zero, zero
    q10, water, depth = zero, zero, zero
    for j in range(n):
        l2, l3 = load(w, (LANE_ADJOINT + 2, j)), load(w, (LANE_ADJOINT + 3, j))
        l4, l5 = load(w, (LANE_ADJOINT + 4, j)), load(w, (LANE_ADJOINT + 5, j))
        f02 = multiply_add(load(w, (LANE_FLUX, j)), l2 - l3, f02)
        flux = load(w, (LANE_FLUX + 1, j))
        f14 = multiply_add(flux, l4, f14)
        e1 = flux * multiply_add(-metabolic_to_fast, l4, load(w, (LANE_ADJOINT + 1, j)))
        flux = load(w, (LANE_FLUX + 2, j))
        f24 = multiply_add(flux, l4, f24)
        e2 = flux * multiply_add(-cellulose_to_fast, l4, l2)
        flux = load(w, (LANE_FLUX + 3, j))
        f35 = multiply_add(flux, l5, f35)
        e3 = flux * multiply_add(-lignin_to_slow, l5, l3)
        tau_1, tau_2 = tau_1 + e1, tau_2 + (e2 + e3)
        if at_minimum:  # which responds to nothing
            e1 = select(load(w, (LITTER_SCALAR, j)) > MIN_SCALAR, e1, zero)
            e2 = select(load(w, (LITTER_SCALAR + 1, j)) > MIN_SCALAR, e2, zero)
            e3 = select(load(w, (LITTER_SCALAR + 2, j)) > MIN_SCALAR, e3, zero)
        of_litter = e1 + (e2 + e3)
        depth = multiply_add(of_litter, number(grid, (NODE, j)), depth)
        if months == 1:  # all pools respond alike
            q10 = multiply_add(of_litter, load(w, (LANE_Q10_RESPONSE, j)), q10)
            water = multiply_add(of_litter, load(w, (LANE_WATER_RESPONSE, j)), water)
        else:
            q10 = multiply_add(e1, load(w, (LANE_Q10_RESPONSE + 1, j)), q10)
            q10 = multiply_add(e2, load(w, (LANE_Q10_RESPONSE + 2, j)), q10)
            q10 = multiply_add(e3, load(w, (LANE_Q10_RESPONSE + 3, j)), q10)
            water = multiply_add(e1, load(w, (LANE_WATER_RESPONSE + 1, j)), water)
            water = multiply_add(e2, load(w, (LANE_WATER_RESPONSE + 2, j)), water)
            water = multiply_add(e3, load(w, (LANE_WATER_RESPONSE + 3, j)), water)

    tau_0, tau_4, tau_5, tau_6 = zero, zero, zero, zero
    f45, f46, f54, f56, f64 = zero, zero, zero, zero, zero
    for j in range(n):
        l4, l5 = load(w, (LANE_ADJOINT + 4, j)), load(w, (LANE_ADJOINT + 5, j))
        l6 = load(w, (LANE_ADJOINT + 6, j))
        flux = load(w, (LANE_FLUX + 4, j))
        f45, f46 = multiply_add(flux, l5, f45), multiply_add(flux, l6, f46)
        e4 = multiply_add(-load(w, (TO_SLOW, j)), l5, l4)
        e4 = flux * multiply_add(-fast_to_passive, l6, e4)
        flux = load(w, (LANE_FLUX + 5, j))
        f54, f56 = multiply_add(flux, l4, f54), multiply_add(flux, l6, f56)
        e5 = multiply_add(-slow_to_fast, l4, l5)
        e5 = flux * multiply_add(-slow_to_passive, l6, e5)
        flux = load(w, (LANE_FLUX + 6, j))
        f64 = multiply_add(flux, l4, f64)
        e6 = flux * multiply_add(-passive_to_fast, l4, l6)
        e0 = load(w, (CARBON, j)) * load(seed, (0, j))
        tau_0, tau_4, tau_5, tau_6 = tau_0 + e0, tau_4 + e4, tau_5 + e5, tau_6 + e6
        of_soil = (e0 + e4) + (e5 + e6)
        if at_minimum:
            of_soil = select(load(w, (SOIL_SCALAR, j)) > MIN_SCALAR, of_soil, zero)
        depth = multiply_add(of_soil, number(grid, (NODE, j)), depth)
        q10 = multiply_add(of_soil, load(w, (LANE_Q10_RESPONSE, j)), q10)
        water = multiply_add(of_soil, load(w, (LANE_WATER_RESPONSE, j)), water)

    # 1 / tau is the rate times the days of a year.
    store(gradient, TAU_CWD, tau_0 * (DAYS_PER_YEAR * load(w, (RATE, 0))))
    store(gradient, TAU_METABOLIC, tau_1 * (DAYS_PER_YEAR * load(w, (RATE, 1))))
    store(gradient, TAU_STRUCTURAL, tau_2 * (DAYS_PER_YEAR * load(w, (RATE, 2))))
    store(gradient, TAU_FAST, tau_4 * (DAYS_PER_YEAR * load(w, (RATE, 4))))
    store(gradient, TAU_SLOW, tau_5 * (DAYS_PER_YEAR * load(w, (RATE, 5))))
    store(gradient, TAU_PASSIVE, tau_6 * (DAYS_PER_YEAR * load(w, (RATE, 6))))
    store(gradient, Q10, -q10)
    e_folding = maximum(load(parameters, EFOLDING_DEPTH), MIN_EFOLDING_DEPTH)
    store(gradient, EFOLDING_DEPTH, -(depth / e_folding) / e_folding)
    of_potential, of_scaling = zero, -water
    if switches.water_from_potential:
        of_potential, of_scaling = -water, zero
    store(gradient, SATURATED_WATER_POTENTIAL, of_potential)
    store(gradient, WATER_SCALING, of_scaling)

    if switches.transfers_from_texture:
        f45 = zero
    store(gradient, CWD_TO_CELLULOSE, f02)
    store(gradient, METABOLIC_TO_FAST, f14)
    store(gradient, CELLULOSE_TO_FAST, f24)
    store(gradient, LIGNIN_TO_SLOW, f35)
    store(gradient, FAST_TO_SLOW, f45)
    store(gradient, FAST_TO_PASSIVE, f46)
    store(gradient, SLOW_TO_FAST, f54)
    store(gradient, SLOW_TO_PASSIVE, f56)
    store(gradient, PASSIVE_TO_FAST, f64)


@inlined
def _mixing_and_input(
    parameters: Block,
    columns: Block,
    n: int,
    switches: Switches,
    w: Block,
    gradient: Block,
) -> None:
    """Diffusivities; amount, allocation and depth distribution of the input."""
    zero = fill(0.0)
    m0, m1 = load(w, (LANE_INPUT_AMOUNT, 0)), load(w, (LANE_INPUT_AMOUNT, 1))
    m2, m3 = load(w, (LANE_INPUT_AMOUNT, 2)), load(w, (LANE_INPUT_AMOUNT, 3))
    bioturbation, cryoturbation = zero, zero
    beta, woody, metabolic, cellulose, lignin = zero, zero, zero, zero, zero
    l1, l2, l3 = (
        load(w, (LANE_ADJOINT + 1, 0)),
        load(w, (LANE_ADJOINT + 2, 0)),
        load(w, (LANE_ADJOINT + 3, 0)),
    )
    l4, l5, l6 = (
        load(w, (LANE_ADJOINT + 4, 0)),
        load(w, (LANE_ADJOINT + 5, 0)),
        load(w, (LANE_ADJOINT + 6, 0)),
    )
    for j in range(n):
        below = min(j + 1, n - 1)
        l0 = load(w, (LANE_ADJOINT, j))
        amount = multiply_add(m1, l1, m0 * l0)
        amount = multiply_add(m3, l3, multiply_add(m2, l2, amount))
        beta = multiply_add(load(w, (LANE_INPUT_RESPONSE, j)), amount, beta)
        profile = load(w, (LANE_FRACTION, j))
        woody = multiply_add(profile, l0, woody)
        metabolic = multiply_add(profile, l1, metabolic)
        cellulose = multiply_add(profile, l2, cellulose)
        lignin = multiply_add(profile, l3, lignin)

        b1, b2 = load(w, (LANE_ADJOINT + 1, below)), load(w, (LANE_ADJOINT + 2, below))
        b3, b4 = load(w, (LANE_ADJOINT + 3, below)), load(w, (LANE_ADJOINT + 4, below))
        b5, b6 = load(w, (LANE_ADJOINT + 5, below)), load(w, (LANE_ADJOINT + 6, below))
        across = load(w, (LANE_DIFFERENCE, j)) * (b1 - l1)
        across = multiply_add(load(w, (LANE_DIFFERENCE + 1, j)), b2 - l2, across)
        across = multiply_add(load(w, (LANE_DIFFERENCE + 2, j)), b3 - l3, across)
        across = multiply_add(load(w, (LANE_DIFFERENCE + 3, j)), b4 - l4, across)
        across = multiply_add(load(w, (LANE_DIFFERENCE + 4, j)), b5 - l5, across)
        across = multiply_add(load(w, (LANE_DIFFERENCE + 5, j)), b6 - l6, across)
        unit_bio = load(columns, (BIOTURBATION_CONDUCTANCE, j))
        unit_cryo = load(columns, (CRYOTURBATION_CONDUCTANCE, j))
        # Where nothing mixes, the product of both differences may be beyond double precision.
        across = select(unit_bio + unit_cryo > 0.0, across, zero)
        bioturbation = multiply_add(across, unit_bio, bioturbation)
        cryoturbation = multiply_add(across, unit_cryo, cryoturbation)
        l1, l2, l3, l4, l5, l6 = b1, b2, b3, b4, b5, b6
    store(gradient, BIOTURBATION, bioturbation)
    store(gradient, CRYOTURBATION, cryoturbation)
    store(gradient, INPUT_BETA, beta)
    position, to_metabolic, to_cellulose, to_lignin = zero, zero, zero, zero
    if switches.input_from_npp:
        npp_min = load(columns, (ENTRIES, NPP_MIN))
        spread = load(columns, (ENTRIES, NPP_MAX)) - npp_min
        amount = npp_min + load(parameters, INPUT_POSITION) * spread
        to_metabolic = load(parameters, INPUT_TO_METABOLIC)
        to_cellulose = load(parameters, INPUT_TO_CELLULOSE)
        to_lignin = load(parameters, INPUT_TO_LIGNIN)
        position = (1.0 - to_lignin - to_metabolic - to_cellulose) * woody
        position = position + to_metabolic * metabolic + to_cellulose * cellulose
        position = (position + to_lignin * lignin) * spread * YEARS_PER_DAY
        to_metabolic = amount * (metabolic - woody) * YEARS_PER_DAY
        to_cellulose = amount * (cellulose - woody) * YEARS_PER_DAY
        to_lignin = amount * (lignin - woody) * YEARS_PER_DAY
    store(gradient, INPUT_POSITION, position)
    store(gradient, INPUT_TO_METABOLIC, to_metabolic)
    store(gradient, INPUT_TO_CELLULOSE, to_cellulose)
    store(gradient, INPUT_TO_LIGNIN, to_lignin)
