"""From the solution of the transposed system to derivatives with respect to physical parameters.

With M x = b, M' lambda = dL/dx and any parameter p

    dL/dp = lambda' (db/dp - dM/dp x)

For a rate r_q = k_q xi dz of pool q in layer j, decomposition F = r x and fractions f_aq,

    dL/d ln r_q = -x_q G_q,      G_q = r_q (lambda_q - sum_a f_aq lambda_a)
    dL/d f_aq   = F_q lambda_a
    dL/d g      = -sum_q (x_qj - x_q(j+1)) (lambda_qj - lambda_q(j+1))       face below layer j
    dL/d b_q    = lambda_q                                                   input to q

The first row of M' lambda = s gives G_q a second time, as s_q plus what the exchange with both
neighbours adds; of the two the one with the smaller terms is taken, so that digits lost in a
difference never count. Differences of x between layers are prepared in the same way
(``adjoint_terms``). Derivatives with respect to logarithms of rates keep products like x lambda,
which exceed double precision where decomposition has practically stopped, from being formed.

The chain to the parameters is linear in these: turnover times (-1/tau each), Q10, water and
e-folding depth by the relative responses of the scalars, diffusivities by the conductance per unit
diffusivity, input by the amount that enters each pool and the profile over depth.
"""

from proda.compiled import inlined
from proda.model.constants import DAYS_PER_YEAR
from proda.model.environment import MIN_EFOLDING_DEPTH, MIN_SCALAR
from proda.model.lanes.layout import (
    LANE_ADJOINT,
    LANE_DIFFERENCE,
    LANE_FRACTION,
    LANE_INPUT_AMOUNT,
    LANE_INPUT_RESPONSE,
    LANE_Q10_RESPONSE,
    LANE_WATER_RESPONSE,
)
from proda.model.lanes.vector import Block, Numbers, fill, load, maximum, number, select, store
from proda.model.layout import (
    BIOTURBATION_CONDUCTANCE,
    CARBON,
    CRYOTURBATION_CONDUCTANCE,
    ENTRIES,
    LITTER_SCALAR,
    LOWER_CONDUCTANCE,
    N_SOIL,
    NODE,
    NPP_MAX,
    NPP_MIN,
    RATE,
    SOIL_SCALAR,
    THICKNESS,
    TO_PASSIVE,
    TO_SLOW,
    UPPER_CONDUCTANCE,
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
from proda.model.transfers import MIN_TURNOVER_TIME

__all__ = ["chain_to_parameters"]


@inlined
def chain_to_parameters(
    parameters: Block,
    columns: Block,
    grid: Numbers,
    n: int,
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
    n
        Layers of the grid.
    switches
        Choices of the model.
    w
        Of a workspace (rows, layers, lanes) whose rows LANE_ADJOINT are those of ``seed``.
    seed
        Of (7, layers, lanes) derivatives of the functional with respect to the pools.
    gradient
        Of (26, lanes), filled.
    """
    _rates(parameters, grid, n, switches, w, seed, gradient)
    _fractions(grid, n, switches, w, gradient)
    _exchange(columns, n, w, gradient)
    _input(parameters, columns, n, switches, w, gradient)


@inlined
def _rates(
    parameters: Block,
    grid: Numbers,
    n: int,
    switches: Switches,
    w: Block,
    seed: Block,
    gradient: Block,
) -> None:
    """Turnover times and environmental scalars."""
    zero = fill(0.0)
    n_soil = load(w, (RATE, N_SOIL))
    k1, k2, k3 = (
        load(w, (RATE, 1)),
        load(w, (RATE, 2)),
        load(w, (RATE, 3)),
    )
    k4, k5, k6 = (
        load(w, (RATE, 4)),
        load(w, (RATE, 5)),
        load(w, (RATE, 6)),
    )
    metabolic_to_fast = load(parameters, METABOLIC_TO_FAST)
    cellulose_to_fast = load(parameters, CELLULOSE_TO_FAST)
    lignin_to_slow = load(parameters, LIGNIN_TO_SLOW)
    slow_to_fast = load(parameters, SLOW_TO_FAST)
    slow_to_passive = load(parameters, SLOW_TO_PASSIVE)
    passive_to_fast = load(parameters, PASSIVE_TO_FAST)
    # A turnover time of zero in a layer that hardly decomposes: what is left of the difference in G
    # is rounding, which must not be divided by the minimum turnover time.
    turns_1 = load(parameters, TAU_METABOLIC) > MIN_TURNOVER_TIME
    turns_4 = load(parameters, TAU_FAST) > MIN_TURNOVER_TIME
    # Of the layer above: lambda, and the conductances of the face between.
    a1, a2, a3, a4, a5, a6 = zero, zero, zero, zero, zero, zero
    up_above, down_above = zero, zero
    tau_0, tau_1, tau_2 = zero, zero, zero
    tau_4, tau_5, tau_6 = zero, zero, zero
    q10, water, depth = zero, zero, zero
    for j in range(n):
        below = min(j + 1, n - 1)
        dz = number(grid, (THICKNESS, j))
        up, down = load(w, (UPPER_CONDUCTANCE, j)), load(w, (LOWER_CONDUCTANCE, j))
        leaves = down_above + up
        l1, l2 = load(w, (LANE_ADJOINT + 1, j)), load(w, (LANE_ADJOINT + 2, j))
        l3, l4 = load(w, (LANE_ADJOINT + 3, j)), load(w, (LANE_ADJOINT + 4, j))
        l5, l6 = load(w, (LANE_ADJOINT + 5, j)), load(w, (LANE_ADJOINT + 6, j))
        soil = load(w, (SOIL_SCALAR, j))
        scalar_1 = load(w, (LITTER_SCALAR, j))
        scalar_2 = load(w, (LITTER_SCALAR + 1, j))
        scalar_3 = load(w, (LITTER_SCALAR + 2, j))
        scaled = soil * dz
        r1, r2, r3 = k1 * (scalar_1 * dz), k2 * (scalar_2 * dz), k3 * (scalar_3 * dz)
        r4, r5, r6 = k4 * scaled, k5 * scaled, k6 * scaled

        # G by the fractions, and by the exchange with the neighbours.
        to_slow, to_passive = load(w, (TO_SLOW, j)), load(w, (TO_PASSIVE, j))
        g1 = r1 * (l1 - metabolic_to_fast * l4)
        g2 = r2 * (l2 - cellulose_to_fast * l4)
        g3 = r3 * (l3 - lignin_to_slow * l5)
        g4 = r4 * (l4 - to_slow * l5 - to_passive * l6)
        g5 = r5 * (l5 - slow_to_fast * l4 - slow_to_passive * l6)
        g6 = r6 * (l6 - passive_to_fast * l4)
        h1 = up_above * a1 - leaves * l1 + down * load(w, (LANE_ADJOINT + 1, below))
        h2 = up_above * a2 - leaves * l2 + down * load(w, (LANE_ADJOINT + 2, below))
        h3 = up_above * a3 - leaves * l3 + down * load(w, (LANE_ADJOINT + 3, below))
        h4 = up_above * a4 - leaves * l4 + down * load(w, (LANE_ADJOINT + 4, below))
        h5 = up_above * a5 - leaves * l5 + down * load(w, (LANE_ADJOINT + 5, below))
        h6 = up_above * a6 - leaves * l6 + down * load(w, (LANE_ADJOINT + 6, below))
        g1 = select(r1 > leaves, load(seed, (1, j)) + h1, g1)
        g2 = select(r2 > leaves, load(seed, (2, j)) + h2, g2)
        g3 = select(r3 > leaves, load(seed, (3, j)) + h3, g3)
        g4 = select(r4 > leaves, load(seed, (4, j)) + h4, g4)
        g5 = select(r5 > leaves, load(seed, (5, j)) + h5, g5)
        g6 = select(r6 > leaves, load(seed, (6, j)) + h6, g6)

        # -dL/d ln r; nothing below bedrock.
        empty = n_soil <= float(j)
        e0 = select(empty, zero, load(w, (CARBON, j)) * load(seed, (0, j)))
        e1 = select(empty, zero, load(w, (CARBON + 1, j)) * g1)
        e2 = select(empty, zero, load(w, (CARBON + 2, j)) * g2)
        e3 = select(empty, zero, load(w, (CARBON + 3, j)) * g3)
        e4 = select(empty, zero, load(w, (CARBON + 4, j)) * g4)
        e5 = select(empty, zero, load(w, (CARBON + 5, j)) * g5)
        e6 = select(empty, zero, load(w, (CARBON + 6, j)) * g6)
        tau_0, tau_2 = tau_0 + e0, tau_2 + (e2 + e3)
        tau_1 = tau_1 + select((r1 > leaves) | turns_1, e1, zero)
        tau_4 = tau_4 + select((r4 > leaves) | turns_4, e4, zero)
        tau_5, tau_6 = tau_5 + e5, tau_6 + e6
        e0 = e0 + e4 + e5 + e6
        q10 = q10 + e0 * load(w, (LANE_Q10_RESPONSE + 3, j))
        q10 = q10 + e1 * load(w, (LANE_Q10_RESPONSE, j))
        q10 = q10 + e2 * load(w, (LANE_Q10_RESPONSE + 1, j))
        q10 = q10 + e3 * load(w, (LANE_Q10_RESPONSE + 2, j))
        water = water + e0 * load(w, (LANE_WATER_RESPONSE + 3, j))
        water = water + e1 * load(w, (LANE_WATER_RESPONSE, j))
        water = water + e2 * load(w, (LANE_WATER_RESPONSE + 1, j))
        water = water + e3 * load(w, (LANE_WATER_RESPONSE + 2, j))
        # A scalar at its minimum does not respond to depth.
        e0 = select(soil > MIN_SCALAR, e0, zero) + select(scalar_1 > MIN_SCALAR, e1, zero)
        e0 = e0 + select(scalar_2 > MIN_SCALAR, e2, zero)
        e0 = e0 + select(scalar_3 > MIN_SCALAR, e3, zero)
        depth = depth + number(grid, (NODE, j)) * e0

        a1, a2, a3, a4, a5, a6 = l1, l2, l3, l4, l5, l6
        up_above, down_above = up, down

    least = fill(MIN_TURNOVER_TIME)
    store(gradient, TAU_CWD, tau_0 / maximum(load(parameters, TAU_CWD), least))
    tau_1 = tau_1 / maximum(load(parameters, TAU_METABOLIC), least)
    store(gradient, TAU_METABOLIC, tau_1)
    tau_2 = tau_2 / maximum(load(parameters, TAU_STRUCTURAL), least)
    store(gradient, TAU_STRUCTURAL, tau_2)
    store(gradient, TAU_FAST, tau_4 / maximum(load(parameters, TAU_FAST), least))
    store(gradient, TAU_SLOW, tau_5 / maximum(load(parameters, TAU_SLOW), least))
    tau_6 = tau_6 / maximum(load(parameters, TAU_PASSIVE), least)
    store(gradient, TAU_PASSIVE, tau_6)
    store(gradient, Q10, -q10)
    e_folding = maximum(load(parameters, EFOLDING_DEPTH), fill(MIN_EFOLDING_DEPTH))
    store(gradient, EFOLDING_DEPTH, -(depth / e_folding) / e_folding)
    if switches.water_from_potential:
        store(gradient, SATURATED_WATER_POTENTIAL, -water)
        store(gradient, WATER_SCALING, zero)
    else:
        store(gradient, SATURATED_WATER_POTENTIAL, zero)
        store(gradient, WATER_SCALING, -water)


@inlined
def _fractions(grid: Numbers, n: int, switches: Switches, w: Block, gradient: Block) -> None:
    """Fractions that pools pass on, by what they decompose."""
    zero = fill(0.0)
    n_soil = load(w, (RATE, N_SOIL))
    k0, k1, k2 = (
        load(w, (RATE, 0)),
        load(w, (RATE, 1)),
        load(w, (RATE, 2)),
    )
    k3, k4, k5 = (
        load(w, (RATE, 3)),
        load(w, (RATE, 4)),
        load(w, (RATE, 5)),
    )
    k6 = load(w, (RATE, 6))
    f02, f14, f24, f35, f45, f46 = zero, zero, zero, zero, zero, zero
    f54, f56, f64 = zero, zero, zero
    for j in range(n):
        dz = number(grid, (THICKNESS, j))
        empty = n_soil <= float(j)
        scaled = select(empty, zero, load(w, (SOIL_SCALAR, j)) * dz)
        l2, l3 = load(w, (LANE_ADJOINT + 2, j)), load(w, (LANE_ADJOINT + 3, j))
        l4, l5 = load(w, (LANE_ADJOINT + 4, j)), load(w, (LANE_ADJOINT + 5, j))
        l6 = load(w, (LANE_ADJOINT + 6, j))
        f02 = f02 + k0 * scaled * load(w, (CARBON, j)) * (l2 - l3)
        flux_1 = k1 * (load(w, (LITTER_SCALAR, j)) * dz)
        flux_2 = k2 * (load(w, (LITTER_SCALAR + 1, j)) * dz)
        flux_3 = k3 * (load(w, (LITTER_SCALAR + 2, j)) * dz)
        f14 = f14 + select(empty, zero, flux_1 * load(w, (CARBON + 1, j)) * l4)
        f24 = f24 + select(empty, zero, flux_2 * load(w, (CARBON + 2, j)) * l4)
        f35 = f35 + select(empty, zero, flux_3 * load(w, (CARBON + 3, j)) * l5)
        flux_4 = k4 * scaled * load(w, (CARBON + 4, j))
        flux_5 = k5 * scaled * load(w, (CARBON + 5, j))
        flux_6 = k6 * scaled * load(w, (CARBON + 6, j))
        f45, f46 = f45 + flux_4 * l5, f46 + flux_4 * l6
        f54, f56 = f54 + flux_5 * l4, f56 + flux_5 * l6
        f64 = f64 + flux_6 * l4
    store(gradient, CWD_TO_CELLULOSE, f02)
    store(gradient, METABOLIC_TO_FAST, f14)
    store(gradient, CELLULOSE_TO_FAST, f24)
    store(gradient, LIGNIN_TO_SLOW, f35)
    if switches.transfers_from_texture:
        f45 = zero
    store(gradient, FAST_TO_SLOW, f45)
    store(gradient, FAST_TO_PASSIVE, f46)
    store(gradient, SLOW_TO_FAST, f54)
    store(gradient, SLOW_TO_PASSIVE, f56)
    store(gradient, PASSIVE_TO_FAST, f64)


@inlined
def _exchange(columns: Block, n: int, w: Block, gradient: Block) -> None:
    """Diffusivities."""
    zero = fill(0.0)
    bioturbation, cryoturbation = zero, zero
    for j in range(n - 1):
        across = zero
        for pool in range(1, 7):
            change = load(w, (LANE_ADJOINT + pool, j + 1)) - load(w, (LANE_ADJOINT + pool, j))
            across = across + load(w, (LANE_DIFFERENCE + pool - 1, j)) * change
        unit_bio = load(columns, (BIOTURBATION_CONDUCTANCE, j))
        unit_cryo = load(columns, (CRYOTURBATION_CONDUCTANCE, j))
        # Where nothing mixes, the product of both differences may be beyond double precision.
        across = select(unit_bio + unit_cryo > 0.0, across, zero)
        bioturbation = bioturbation + across * unit_bio
        cryoturbation = cryoturbation + across * unit_cryo
    store(gradient, BIOTURBATION, bioturbation)
    store(gradient, CRYOTURBATION, cryoturbation)


@inlined
def _input(
    parameters: Block,
    columns: Block,
    n: int,
    switches: Switches,
    w: Block,
    gradient: Block,
) -> None:
    """Amount, allocation and depth distribution of the input."""
    zero = fill(0.0)
    m0, m1 = load(w, (LANE_INPUT_AMOUNT, 0)), load(w, (LANE_INPUT_AMOUNT, 1))
    m2, m3 = load(w, (LANE_INPUT_AMOUNT, 2)), load(w, (LANE_INPUT_AMOUNT, 3))
    beta, woody, metabolic, cellulose, lignin = zero, zero, zero, zero, zero
    for j in range(n):
        l0, l1 = load(w, (LANE_ADJOINT, j)), load(w, (LANE_ADJOINT + 1, j))
        l2, l3 = load(w, (LANE_ADJOINT + 2, j)), load(w, (LANE_ADJOINT + 3, j))
        beta = beta + load(w, (LANE_INPUT_RESPONSE, j)) * (m0 * l0 + m1 * l1 + m2 * l2 + m3 * l3)
        profile = load(w, (LANE_FRACTION, j))
        woody, metabolic = woody + profile * l0, metabolic + profile * l1
        cellulose, lignin = cellulose + profile * l2, lignin + profile * l3
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
        position = (position + to_lignin * lignin) * spread / DAYS_PER_YEAR
        to_metabolic = amount * (metabolic - woody) / DAYS_PER_YEAR
        to_cellulose = amount * (cellulose - woody) / DAYS_PER_YEAR
        to_lignin = amount * (lignin - woody) / DAYS_PER_YEAR
    store(gradient, INPUT_POSITION, position)
    store(gradient, INPUT_BETA, beta)
    store(gradient, INPUT_TO_METABOLIC, to_metabolic)
    store(gradient, INPUT_TO_CELLULOSE, to_cellulose)
    store(gradient, INPUT_TO_LIGNIN, to_lignin)
