"""The chain of solves of many columns at once: the elimination of ``proda.model.steady_state``.

The operations on one lane are those of the scalar kernels, hence sums, products and quotients of
non-negative numbers alone. Branches are selections: a lane that ends at bedrock carries on below it
and its result is replaced by zero; a face that passes nothing down starts the next layer anew; and
3 x 3 blocks of extreme magnitude are inverted by elimination, in those lanes only.

The system may be wider than that of the steady state by a sink, a rate at which every pool of every
layer loses carbon besides decomposition, and by a supply of the soil pools. A step in time is such
a system (``time_step``).

What the transposed solve of the adjoint needs stays in the workspace: coefficients, inverse pivots
of litter and soil, the scalar of each month, pools.
"""

from typing import TypeAlias

from proda.compiled import inlined, kernel
from proda.model.lanes.layout import LANE_LITTER_INVERSE
from proda.model.lanes.vector import (
    Block,
    Numbers,
    Vector,
    any_lane,
    fill,
    load,
    number,
    select,
    store,
)
from proda.model.layout import (
    CARBON,
    INVERSE,
    LITTER_SCALAR,
    LOAD,
    LOWER_CONDUCTANCE,
    N_SOIL,
    RATE,
    SEPARATE,
    SOIL_SCALAR,
    SOURCE,
    THICKNESS,
    TO_SLOW,
    UPPER_CONDUCTANCE,
)
from proda.model.slots import (
    CELLULOSE_TO_FAST,
    CWD_TO_CELLULOSE,
    FAST_TO_PASSIVE,
    LIGNIN_TO_SLOW,
    METABOLIC_TO_FAST,
    PASSIVE_TO_FAST,
    SLOW_TO_FAST,
    SLOW_TO_PASSIVE,
)
from proda.model.steady_state import MAX_DETERMINANT, MIN_DETERMINANT

__all__ = ["solve_block"]

# Where decomposition is slower, its product with two conductances may underflow.
MIN_SCALED = 1e-220

# A 3 x 3 block, row after row.
Square: TypeAlias = tuple[Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector, Vector]


@inlined
def solve_block(
    parameters: Block, grid: Numbers, n: int, sink: float, supply: int, w: Block
) -> None:
    """Pools in the rows CARBON of the workspace, gC m-3.

    Parameters
    ----------
    parameters
        Of (26, lanes) physical vectors.
    grid
        Of (3, layers), m.
    n
        Layers of the grid.
    sink
        What every pool loses besides decomposition, d-1.
    supply
        First row of what the pools gain from outside the column, gC m-2 d-1: SOURCE, four rows of
        woody debris and litter, or any other of seven rows in the order of CARBON.
    w
        Of a workspace (rows, layers, lanes) with coefficients and supply; changed in place.
    """
    _eliminate(parameters, grid, n, sink, supply, w)
    _litter(parameters, grid, n, supply, w)
    _soil(n, supply, w)


@inlined
def _eliminate(
    parameters: Block, grid: Numbers, n: int, sink: float, supply: int, w: Block
) -> None:
    """Woody debris; litter with its loads and the matrix of the soil, eliminated from the top.

    The two eliminations do not depend on each other, which keeps the processor busy.
    """
    layers = load(w, (RATE, N_SOIL))
    any_separate = any_lane(load(w, (RATE, SEPARATE)) > 0.0)
    woody_rate, metabolic_rate = load(w, (RATE, 0)), load(w, (RATE, 1))
    structural_rate = load(w, (RATE, 2))
    to_cellulose = load(parameters, CWD_TO_CELLULOSE)
    fast_rate, slow_rate = load(w, (RATE, 4)), load(w, (RATE, 5))
    passive_rate = load(w, (RATE, 6))
    slow_to_fast = load(parameters, SLOW_TO_FAST)
    slow_to_passive = load(parameters, SLOW_TO_PASSIVE)
    passive_to_fast = load(parameters, PASSIVE_TO_FAST)
    to_passive = load(parameters, FAST_TO_PASSIVE)
    respired_slow = slow_rate * (1.0 - slow_to_fast - slow_to_passive)
    respired_passive = passive_rate * (1.0 - passive_to_fast)
    slow_to_fast, slow_to_passive = slow_rate * slow_to_fast, slow_rate * slow_to_passive
    passive_to_fast = passive_rate * passive_to_fast

    # Column sums of the litter's matrices and loads passed down from the layer above.
    metabolic = cellulose = lignin = c1 = c2 = c3 = fill(0.0)
    # Eliminated block of the soil: e_ab is what pool a gains from pool b, r_b what leaves b.
    e12 = e13 = e21 = e23 = e31 = e32 = r1 = r2 = r3 = fill(0.0)
    for j in range(n):
        thickness = number(grid, (THICKNESS, j))
        up, down = load(w, (UPPER_CONDUCTANCE, j)), load(w, (LOWER_CONDUCTANCE, j))
        passes = down > 0.0
        scaled = load(w, (SOIL_SCALAR, j)) * thickness
        gain = load(w, (supply, j))
        decomposed = woody_rate * scaled
        woody = gain / _more(decomposed, sink, thickness)
        store(w, (CARBON, j), select(layers <= float(j), 0.0, woody))
        # At steady state woody debris passes on what it gets, however slow it is.
        passed = gain
        if sink > 0.0:
            passed = decomposed * woody

        scaled_1, scaled_2, scaled_3 = _litter_scaled(w, j, thickness, any_separate)
        metabolic = metabolic + _more(metabolic_rate * scaled_1, sink, thickness)
        cellulose = cellulose + _more(structural_rate * scaled_2, sink, thickness)
        i1 = 1.0 / (metabolic + up)
        i2 = 1.0 / (cellulose + up)
        i3 = i2  # with one scalar for both
        if any_separate:
            lignin = lignin + _more(structural_rate * scaled_3, sink, thickness)
            i3 = 1.0 / (lignin + up)
            lignin = select(passes, lignin * (down * i3), 0.0)
        c1 = c1 + load(w, (supply + 1, j))
        c2 = c2 + (load(w, (supply + 2, j)) + to_cellulose * passed)
        c3 = c3 + (load(w, (supply + 3, j)) + (1.0 - to_cellulose) * passed)
        store(w, (LANE_LITTER_INVERSE, j), i1)
        store(w, (LANE_LITTER_INVERSE + 1, j), i2)
        store(w, (LANE_LITTER_INVERSE + 2, j), i3)
        store(w, (LOAD, j), c1)
        store(w, (LOAD + 1, j), c2)
        store(w, (LOAD + 2, j), c3)
        metabolic = select(passes, metabolic * (down * i1), 0.0)
        cellulose = select(passes, cellulose * (down * i2), 0.0)
        c1 = select(passes, c1 * (down * i1), 0.0)
        c2 = select(passes, c2 * (down * i2), 0.0)
        c3 = select(passes, c3 * (down * i3), 0.0)

        to_slow = load(w, (TO_SLOW, j))
        fast = fast_rate * scaled
        e21 = e21 + to_slow * fast
        e31 = e31 + to_passive * fast
        e12 = e12 + slow_to_fast * scaled
        e32 = e32 + slow_to_passive * scaled
        e13 = e13 + passive_to_fast * scaled
        r1 = r1 + _more((1.0 - to_slow - to_passive) * fast, sink, thickness)
        r2 = r2 + _more(respired_slow * scaled, sink, thickness)
        r3 = r3 + _more(respired_passive * scaled, sink, thickness)
        (n11, n12, n13, n21, n22, n23, n31, n32, n33), f = _cofactors(
            e12, e13, e21, e23, e31, e32, r1 + up, r2 + up, r3 + up, scaled
        )
        store(w, (INVERSE, j), f * n11)
        store(w, (INVERSE + 1, j), f * n12)
        store(w, (INVERSE + 2, j), f * n13)
        store(w, (INVERSE + 3, j), f * n21)
        store(w, (INVERSE + 4, j), f * n22)
        store(w, (INVERSE + 5, j), f * n23)
        store(w, (INVERSE + 6, j), f * n31)
        store(w, (INVERSE + 7, j), f * n32)
        store(w, (INVERSE + 8, j), f * n33)
        below = down * f
        square = up * below
        r1, r2, r3 = (
            select(passes, below * (r1 * n11 + r2 * n21 + r3 * n31), 0.0),
            select(passes, below * (r1 * n12 + r2 * n22 + r3 * n32), 0.0),
            select(passes, below * (r1 * n13 + r2 * n23 + r3 * n33), 0.0),
        )
        e12 = select(passes, square * n12, 0.0)
        e13 = select(passes, square * n13, 0.0)
        e21 = select(passes, square * n21, 0.0)
        e23 = select(passes, square * n23, 0.0)
        e31 = select(passes, square * n31, 0.0)
        e32 = select(passes, square * n32, 0.0)


@inlined
def _more(rate: Vector, sink: float, thickness: float) -> Vector:
    """A rate of a layer with what the sink adds to it, m d-1."""
    if sink > 0.0:
        rate = rate + sink * thickness
    return rate


@inlined
def _litter_scaled(
    w: Block, j: int, thickness: float, any_separate: bool
) -> tuple[Vector, Vector, Vector]:
    """Environmental scalars of L1, L2 and L3 times the thickness of a layer."""
    scaled_1 = load(w, (LITTER_SCALAR, j)) * thickness
    scaled_2 = scaled_3 = scaled_1
    if any_separate:
        scaled_2 = load(w, (LITTER_SCALAR + 1, j)) * thickness
        scaled_3 = load(w, (LITTER_SCALAR + 2, j)) * thickness
    return scaled_1, scaled_2, scaled_3


@inlined
def _litter(parameters: Block, grid: Numbers, n: int, supply: int, w: Block) -> None:
    """Litter from the bottom up, and what it passes on, as load of the soil pools."""
    layers = load(w, (RATE, N_SOIL))
    any_separate = any_lane(load(w, (RATE, SEPARATE)) > 0.0)
    metabolic_to_fast = load(parameters, METABOLIC_TO_FAST) * load(w, (RATE, 1))
    cellulose_to_fast = load(parameters, CELLULOSE_TO_FAST) * load(w, (RATE, 2))
    lignin_to_slow = load(parameters, LIGNIN_TO_SLOW) * load(w, (RATE, 2))
    x1 = x2 = x3 = fill(0.0)
    for j in range(n - 1, -1, -1):
        thickness = number(grid, (THICKNESS, j))
        up = load(w, (UPPER_CONDUCTANCE, j))
        empty = layers <= float(j)
        c1, c2, c3 = load(w, (LOAD, j)), load(w, (LOAD + 1, j)), load(w, (LOAD + 2, j))
        x1 = (c1 + up * x1) * load(w, (LANE_LITTER_INVERSE, j))
        x2 = (c2 + up * x2) * load(w, (LANE_LITTER_INVERSE + 1, j))
        x3 = (c3 + up * x3) * load(w, (LANE_LITTER_INVERSE + 2, j))
        x1, x2, x3 = select(empty, 0.0, x1), select(empty, 0.0, x2), select(empty, 0.0, x3)
        store(w, (CARBON + 1, j), x1)
        store(w, (CARBON + 2, j), x2)
        store(w, (CARBON + 3, j), x3)
        scaled_1, scaled_2, scaled_3 = _litter_scaled(w, j, thickness, any_separate)
        fast = metabolic_to_fast * x1 * scaled_1 + cellulose_to_fast * x2 * scaled_2
        slow = lignin_to_slow * x3 * scaled_3
        if supply != SOURCE:
            fast = fast + load(w, (supply + 4, j))
            slow = slow + load(w, (supply + 5, j))
        store(w, (LOAD, j), fast)
        store(w, (LOAD + 1, j), slow)


@inlined
def _soil(n: int, supply: int, w: Block) -> None:
    """Soil pools: loads from the top down, pools from the bottom up."""
    layers = load(w, (RATE, N_SOIL))
    c1 = c2 = c3 = fill(0.0)
    for j in range(n):
        c1 = c1 + load(w, (LOAD, j))
        c2 = c2 + load(w, (LOAD + 1, j))
        if supply != SOURCE:
            c3 = c3 + load(w, (supply + 6, j))
        store(w, (LOAD, j), c1)
        store(w, (LOAD + 1, j), c2)
        store(w, (LOAD + 2, j), c3)
        down = load(w, (LOWER_CONDUCTANCE, j))
        y1, y2, y3 = _times_inverse(w, j, c1, c2, c3)
        c1, c2, c3 = down * y1, down * y2, down * y3

    x1 = x2 = x3 = fill(0.0)
    for j in range(n - 1, -1, -1):
        up = load(w, (UPPER_CONDUCTANCE, j))
        empty = layers <= float(j)
        c1, c2, c3 = load(w, (LOAD, j)), load(w, (LOAD + 1, j)), load(w, (LOAD + 2, j))
        x1, x2, x3 = _times_inverse(w, j, c1 + up * x1, c2 + up * x2, c3 + up * x3)
        x1, x2, x3 = select(empty, 0.0, x1), select(empty, 0.0, x2), select(empty, 0.0, x3)
        store(w, (CARBON + 4, j), x1)
        store(w, (CARBON + 5, j), x2)
        store(w, (CARBON + 6, j), x3)


@inlined
def _times_inverse(
    w: Block, j: int, c1: Vector, c2: Vector, c3: Vector
) -> tuple[Vector, Vector, Vector]:
    """Inverse block of a layer times a vector of the three soil pools."""
    y1 = load(w, (INVERSE, j)) * c1 + load(w, (INVERSE + 1, j)) * c2
    y2 = load(w, (INVERSE + 3, j)) * c1 + load(w, (INVERSE + 4, j)) * c2
    y3 = load(w, (INVERSE + 6, j)) * c1 + load(w, (INVERSE + 7, j)) * c2
    y1 = y1 + load(w, (INVERSE + 2, j)) * c3
    y2 = y2 + load(w, (INVERSE + 5, j)) * c3
    y3 = y3 + load(w, (INVERSE + 8, j)) * c3
    return y1, y2, y3


@inlined
def _cofactors(
    e12: Vector,
    e13: Vector,
    e21: Vector,
    e23: Vector,
    e31: Vector,
    e32: Vector,
    s1: Vector,
    s2: Vector,
    s3: Vector,
    scaled: Vector,
) -> tuple[Square, Vector]:
    """Cofactors of 3 x 3 M-matrices, as in ``proda.model.steady_state``, and 1 / determinant.

    Where cofactors may have lost digits: the inverse, in d m-1, and 1.
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
    f = 1.0 / determinant
    safe = (determinant > MIN_DETERMINANT) & (determinant < MAX_DETERMINANT)
    safe = safe & (scaled > MIN_SCALED)
    if any_lane(~safe):
        a11, a12, a13, a21, a22, a23, a31, a32, a33 = _inverse_block_by_elimination(
            e12, e13, e21, e23, e31, e32, s1, s2, s3
        )
        n11, n12, n13 = select(safe, n11, a11), select(safe, n12, a12), select(safe, n13, a13)
        n21, n22, n23 = select(safe, n21, a21), select(safe, n22, a22), select(safe, n23, a23)
        n31, n32, n33 = select(safe, n31, a31), select(safe, n32, a32), select(safe, n33, a33)
        f = select(safe, f, 1.0)
    return (n11, n12, n13, n21, n22, n23, n31, n32, n33), f


@kernel
def _inverse_block_by_elimination(
    e12: Vector,
    e13: Vector,
    e21: Vector,
    e23: Vector,
    e31: Vector,
    e32: Vector,
    s1: Vector,
    s2: Vector,
    s3: Vector,
) -> Square:
    """Inverse, one pool after the other: only ratios, hence safe for any magnitude."""
    p1 = 1.0 / (s1 + e21 + e31)
    f12, f13 = e12 * p1, e13 * p1
    g21, g31 = e21 * p1, e31 * p1
    e23 = e23 + e21 * f13
    e32 = e32 + e31 * f12
    s2 = s2 + s1 * f12
    s3 = s3 + s1 * f13
    p2 = 1.0 / (s2 + e32)
    f23 = e23 * p2
    g32 = e32 * p2
    s3 = s3 + s2 * f23
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
