"""Steady state of all pools and layers, without ever building the matrix.

In amounts per area, with rate r_qj = k_q xi_j dz_j (m d-1), conductance g_j below layer j, fraction
f_ab of pool b's decomposition that pool a receives, and source s_qj (gC m-2 d-1), the balance of
pool q in layer j is

    r_qj X_qj + g_(j-1) (X_qj - X_q(j-1)) + g_j (X_qj - X_q(j+1)) = s_qj + sum_b f_qb r_bj X_bj

Carbon passes between pools only inside a layer and between layers only inside a pool, so the system
falls into a chain of small exact solves:

    CWD           does not move:                 r X = s
    L1, L2, L3    one tridiagonal system each, fed by CWD
    S1, S2, S3    block tridiagonal with 3 x 3 blocks, fed by litter; the transport between blocks
                  is a number times the identity

Every system is an M-matrix with known column sums (what leaves as CO2). Elimination from the top
carries the off-diagonal magnitudes and the column sums instead of the diagonal, so that all
intermediate numbers are sums, products and quotients of non-negative numbers (the idea of
Grassmann, Taksar and Heyman 1985). Nothing cancels: every pool in every layer is accurate to a few
units of rounding, also where a dense solver meets a singular matrix.
"""

from typing import TypeAlias

from proda.arrays import FloatArray, Layers, Parameters
from proda.compiled import inlined, kernel
from proda.model.carbon_input import carbon_input
from proda.model.environment import environmental_scalars
from proda.model.layout import (
    CARBON,
    ENTRIES,
    INVERSE,
    LITTER_SCALAR,
    LITTER_SEPARATE,
    LOAD,
    LOWER_CONDUCTANCE,
    N_SOIL,
    RATE,
    SEPARATE,
    SOIL_LAYERS,
    SOIL_SCALAR,
    SOURCE,
    TO_PASSIVE,
    TO_SLOW,
    UPPER_CONDUCTANCE,
)
from proda.model.slots import (
    CELLULOSE_TO_FAST,
    CWD_TO_CELLULOSE,
    LIGNIN_TO_SLOW,
    METABOLIC_TO_FAST,
    PASSIVE_TO_FAST,
    SLOW_TO_FAST,
    SLOW_TO_PASSIVE,
)
from proda.model.switches import Switches
from proda.model.transfers import fast_transfers, turnover_rates
from proda.model.transport import conductance

__all__ = ["coefficients", "solve"]

# Cofactors of 3 x 3 blocks may have lost digits to underflow or overflow if the determinant is
# outside this range, or if decomposition is so slow that its product with a conductance underflows.
MIN_DETERMINANT, MAX_DETERMINANT = 1e-250, 1e250
MIN_SCALED = 1e-240


# Inverse of a 3 x 3 block, row after row, d m-1.
Block: TypeAlias = tuple[float, float, float, float, float, float, float, float, float]


@inlined
def coefficients(
    parameters: Parameters, column: Layers, grid: Layers, switches: Switches, w: Layers
) -> None:
    """Fill the coefficients of a column in the workspace.

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
    w
        (rows, layers) workspace, changed in place.
    """
    turnover_rates(parameters, w[RATE])
    w[RATE, N_SOIL] = column[ENTRIES, SOIL_LAYERS]
    w[RATE, SEPARATE] = column[ENTRIES, LITTER_SEPARATE]
    litter = w[LITTER_SCALAR : LITTER_SCALAR + 3]
    environmental_scalars(parameters, column, grid, switches, litter, w[SOIL_SCALAR])
    conductance(parameters, column, w[UPPER_CONDUCTANCE], w[LOWER_CONDUCTANCE])
    carbon_input(parameters, column, grid, switches, w[SOURCE : SOURCE + 4])
    fast_transfers(parameters, column, switches, w[TO_SLOW], w[TO_PASSIVE])


@inlined
def solve(parameters: Parameters, thickness: FloatArray, w: Layers) -> None:
    """Steady state for the coefficients in the workspace, in its rows CARBON, gC m-3.

    Layers below bedrock hold nothing.

    Parameters
    ----------
    parameters
        (26,) physical vector.
    thickness
        (layers,) m.
    w
        (rows, layers) workspace, changed in place.
    """
    n = thickness.shape[0]
    if w[RATE, N_SOIL] < n:
        n = int(w[RATE, N_SOIL])
    _woody_debris(parameters, thickness, n, w)
    _litter(parameters, thickness, n, w)
    _soil(parameters, thickness, n, w)
    for pool in range(CARBON, CARBON + 7):
        for j in range(n, thickness.shape[0]):
            w[pool, j] = 0.0


@inlined
def _woody_debris(parameters: Parameters, thickness: FloatArray, n: int, w: Layers) -> None:
    to_cellulose = parameters[CWD_TO_CELLULOSE]
    woody = w[CARBON]
    for j in range(n):
        source = w[SOURCE, j]
        rate = w[RATE, 0] * w[SOIL_SCALAR, j] * thickness[j]
        woody[j] = source / rate
        # At steady state CWD passes on what it gets, however slow it is.
        w[LOAD, j] = w[SOURCE + 1, j]
        w[LOAD + 1, j] = w[SOURCE + 2, j] + to_cellulose * source
        w[LOAD + 2, j] = w[SOURCE + 3, j] + (1.0 - to_cellulose) * source


@inlined
def _litter(parameters: Parameters, thickness: FloatArray, n: int, w: Layers) -> None:
    # Cellulose and lignin share a turnover time, hence a matrix, unless their scalars differ.
    separate = w[RATE, SEPARATE] > 0.0
    upper, lower = w[UPPER_CONDUCTANCE], w[LOWER_CONDUCTANCE]
    scalar_1, scalar_2, scalar_3 = w[LITTER_SCALAR], w[LITTER_SCALAR + 1], w[LITTER_SCALAR + 2]
    load_1, load_2, load_3 = w[LOAD], w[LOAD + 1], w[LOAD + 2]
    inverse_1, inverse_2 = w[INVERSE], w[INVERSE + 1]
    inverse_3 = w[INVERSE + 2] if separate else inverse_2
    metabolic_litter, cellulose_litter, lignin_litter = w[CARBON + 1], w[CARBON + 2], w[CARBON + 3]
    metabolic_rate, structural_rate = w[RATE, 1], w[RATE, 2]

    # Column sums of the eliminated matrices and loads passed down from the layer above.
    metabolic = cellulose = lignin = c1 = c2 = c3 = 0.0
    for j in range(n):
        scaled = scalar_1[j] * thickness[j]
        up, down = upper[j], lower[j]
        metabolic += metabolic_rate * scaled
        i1 = 1.0 / (metabolic + up)
        if separate:
            cellulose += structural_rate * (scalar_2[j] * thickness[j])
            lignin += structural_rate * (scalar_3[j] * thickness[j])
            i2 = 1.0 / (cellulose + up)
            i3 = 1.0 / (lignin + up)
            inverse_3[j] = i3
        else:
            cellulose += structural_rate * scaled
            i2 = i3 = 1.0 / (cellulose + up)
        c1 += load_1[j]
        c2 += load_2[j]
        c3 += load_3[j]
        inverse_1[j], inverse_2[j] = i1, i2
        load_1[j], load_2[j], load_3[j] = c1, c2, c3
        if down > 0.0:
            passed_1 = down * i1
            passed_2 = down * i2
            passed_3 = passed_2
            metabolic *= passed_1
            cellulose *= passed_2
            if separate:
                passed_3 = down * i3
                lignin *= passed_3
            c1 *= passed_1
            c2 *= passed_2
            c3 *= passed_3
        else:
            metabolic = cellulose = lignin = c1 = c2 = c3 = 0.0

    x1 = x2 = x3 = 0.0
    metabolic_to_fast = parameters[METABOLIC_TO_FAST] * metabolic_rate
    cellulose_to_fast = parameters[CELLULOSE_TO_FAST] * structural_rate
    lignin_to_slow = parameters[LIGNIN_TO_SLOW] * structural_rate
    for j in range(n - 1, -1, -1):
        c1, c2, c3 = load_1[j], load_2[j], load_3[j]
        up = upper[j]
        if up > 0.0:
            c1 += up * x1
            c2 += up * x2
            c3 += up * x3
        x1 = c1 * inverse_1[j]
        x2 = c2 * inverse_2[j]
        x3 = c3 * inverse_3[j]
        metabolic_litter[j], cellulose_litter[j], lignin_litter[j] = x1, x2, x3
        # What litter passes on is the load of the soil pools.
        scaled = scalar_1[j] * thickness[j]
        if separate:
            load_1[j] = metabolic_to_fast * x1 * scaled
            load_1[j] += cellulose_to_fast * x2 * (scalar_2[j] * thickness[j])
            load_2[j] = lignin_to_slow * x3 * (scalar_3[j] * thickness[j])
        else:
            load_1[j] = (metabolic_to_fast * x1 + cellulose_to_fast * x2) * scaled
            load_2[j] = lignin_to_slow * x3 * scaled
        load_3[j] = 0.0


@inlined
def _soil(parameters: Parameters, thickness: FloatArray, n: int, w: Layers) -> None:
    upper, lower, scalar = w[UPPER_CONDUCTANCE], w[LOWER_CONDUCTANCE], w[SOIL_SCALAR]
    to_slow, to_passive = w[TO_SLOW], w[TO_PASSIVE]
    load_1, load_2, load_3 = w[LOAD], w[LOAD + 1], w[LOAD + 2]
    inverse = w[INVERSE : INVERSE + 9]
    fast_soc, slow_soc, passive_soc = w[CARBON + 4], w[CARBON + 5], w[CARBON + 6]
    fast_rate, slow_rate, passive_rate = w[RATE, 4], w[RATE, 5], w[RATE, 6]
    slow_to_fast = parameters[SLOW_TO_FAST]
    slow_to_passive = parameters[SLOW_TO_PASSIVE]
    passive_to_fast = parameters[PASSIVE_TO_FAST]
    respired_slow = 1.0 - slow_to_fast - slow_to_passive
    respired_passive = 1.0 - passive_to_fast

    # Eliminated block of the layer: e_ab is what pool a gains from pool b, r_b what b loses as CO2,
    # c_a the load. All are zero above the surface.
    e12 = e13 = e21 = e23 = e31 = e32 = 0.0
    r1 = r2 = r3 = 0.0
    c1 = c2 = c3 = 0.0
    for j in range(n):
        scaled = scalar[j] * thickness[j]
        fast = fast_rate * scaled
        slow = slow_rate * scaled
        passive = passive_rate * scaled
        e21 += to_slow[j] * fast
        e31 += to_passive[j] * fast
        e12 += slow_to_fast * slow
        e32 += slow_to_passive * slow
        e13 += passive_to_fast * passive
        r1 += (1.0 - to_slow[j] - to_passive[j]) * fast
        r2 += respired_slow * slow
        r3 += respired_passive * passive
        up, down = upper[j], lower[j]

        i11, i12, i13, i21, i22, i23, i31, i32, i33 = _inverse_block(
            e12, e13, e21, e23, e31, e32, r1 + up, r2 + up, r3 + up, scaled
        )
        inverse[0, j], inverse[1, j], inverse[2, j] = i11, i12, i13
        inverse[3, j], inverse[4, j], inverse[5, j] = i21, i22, i23
        inverse[6, j], inverse[7, j], inverse[8, j] = i31, i32, i33
        c1 += load_1[j]
        c2 += load_2[j]
        load_1[j], load_2[j], load_3[j] = c1, c2, c3

        if down > 0.0:
            r1, r2, r3 = (
                down * (r1 * i11 + r2 * i21 + r3 * i31),
                down * (r1 * i12 + r2 * i22 + r3 * i32),
                down * (r1 * i13 + r2 * i23 + r3 * i33),
            )
            square = up * down
            e12, e13, e21 = square * i12, square * i13, square * i21
            e23, e31, e32 = square * i23, square * i31, square * i32
            c1, c2, c3 = (
                down * (i11 * c1 + i12 * c2 + i13 * c3),
                down * (i21 * c1 + i22 * c2 + i23 * c3),
                down * (i31 * c1 + i32 * c2 + i33 * c3),
            )
        else:
            e12 = e13 = e21 = e23 = e31 = e32 = 0.0
            r1 = r2 = r3 = 0.0
            c1 = c2 = c3 = 0.0

    x1 = x2 = x3 = 0.0
    for j in range(n - 1, -1, -1):
        c1, c2, c3 = load_1[j], load_2[j], load_3[j]
        up = upper[j]
        if up > 0.0:
            c1 += up * x1
            c2 += up * x2
            c3 += up * x3
        x1 = inverse[0, j] * c1 + inverse[1, j] * c2 + inverse[2, j] * c3
        x2 = inverse[3, j] * c1 + inverse[4, j] * c2 + inverse[5, j] * c3
        x3 = inverse[6, j] * c1 + inverse[7, j] * c2 + inverse[8, j] * c3
        fast_soc[j], slow_soc[j], passive_soc[j] = x1, x2, x3


@kernel
def _inverse_block(
    e12: float,
    e13: float,
    e21: float,
    e23: float,
    e31: float,
    e32: float,
    s1: float,
    s2: float,
    s3: float,
    scaled: float,
) -> Block:
    """Inverse of the 3 x 3 M-matrix with off-diagonals -e_ab and column sums s_b, by cofactors.

    Each cofactor is written as a sum of positive products (matrix-tree theorem): the diagonal is
    d_b = s_b + sum_a e_ab, and the terms that would cancel are omitted.
    scaled: environmental scalar times thickness, the size of the layer's own rates.
    """
    d1 = s1 + e21 + e31
    d2 = s2 + e12 + e32
    d3 = s3 + e13 + e23
    n11 = (s2 + e12) * d3 + e32 * (s3 + e13)
    n22 = (s1 + e21) * d3 + e31 * (s3 + e23)
    n33 = (s1 + e31) * d2 + e21 * (s2 + e32)
    n12 = e12 * d3 + e13 * e32
    n13 = e13 * d2 + e12 * e23
    n21 = e21 * d3 + e23 * e31
    n23 = e23 * d1 + e21 * e13
    n31 = e31 * d2 + e32 * e21
    n32 = e32 * d1 + e31 * e12
    determinant = s1 * n11 + s2 * n21 + s3 * n31
    if MIN_DETERMINANT < determinant < MAX_DETERMINANT and scaled > MIN_SCALED:
        f = 1.0 / determinant
        return f * n11, f * n12, f * n13, f * n21, f * n22, f * n23, f * n31, f * n32, f * n33
    return _inverse_block_by_elimination(e12, e13, e21, e23, e31, e32, s1, s2, s3)


@kernel
def _inverse_block_by_elimination(
    e12: float,
    e13: float,
    e21: float,
    e23: float,
    e31: float,
    e32: float,
    s1: float,
    s2: float,
    s3: float,
) -> Block:
    """The same, one pool after the other: only ratios, hence safe for any magnitude."""
    p1 = 1.0 / (s1 + e21 + e31)
    f12, f13 = e12 * p1, e13 * p1
    g21, g31 = e21 * p1, e31 * p1
    e23 += e21 * f13
    e32 += e31 * f12
    s2 += s1 * f12
    s3 += s1 * f13
    p2 = 1.0 / (s2 + e32)
    f23 = e23 * p2
    g32 = e32 * p2
    s3 += s2 * f23
    p3 = 1.0 / s3
    # Unit loads on pools 1, 2, 3, eliminated (L) and substituted back (U).
    l31 = g31 + g32 * g21
    i31, i32, i33 = l31 * p3, g32 * p3, p3
    i21 = g21 * p2 + f23 * i31
    i22 = p2 + f23 * i32
    i23 = f23 * i33
    i11 = p1 + f12 * i21 + f13 * i31
    i12 = f12 * i22 + f13 * i32
    i13 = f12 * i23 + f13 * i33
    return i11, i12, i13, i21, i22, i23, i31, i32, i33
