"""Fluxes and differences of the pools at a steady state, which all derivatives share.

Differences of the pools between neighbouring layers, x_j - x_(j+1), are subtracted where mixing is
slow and follow from the balance of the layers above where it is fast: what crosses the face, over
its conductance. A difference of large numbers would have lost all digits there.
"""

from proda.compiled import inlined
from proda.model.lanes.layout import (
    LANE_DIFFERENCE,
    LANE_FLUX,
    LANE_PASSED,
)
from proda.model.lanes.vector import (
    Block,
    Numbers,
    Vector,
    fill,
    load,
    multiply_add,
    number,
    select,
    store,
)
from proda.model.layout import (
    CARBON,
    LITTER_SCALAR,
    LOWER_CONDUCTANCE,
    RATE,
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

__all__ = ["fluxes_and_differences"]


@inlined
def fluxes_and_differences(parameters: Block, grid: Numbers, n: int, w: Block) -> None:
    """Fill the rows LANE_FLUX, LANE_PASSED and LANE_DIFFERENCE.

    Parameters
    ----------
    parameters
        Of (26, lanes) physical values.
    grid
        Of (3, layers), m, as ``proda.model.columns.grid_rows``.
    n
        Layers of the grid.
    w
        Of a workspace (rows, layers, lanes) after a steady state.
    """
    zero = fill(0.0)
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
    to_cellulose = load(parameters, CWD_TO_CELLULOSE)
    metabolic_to_fast = load(parameters, METABOLIC_TO_FAST)
    cellulose_to_fast = load(parameters, CELLULOSE_TO_FAST)
    lignin_to_slow = load(parameters, LIGNIN_TO_SLOW)
    fast_to_passive = load(parameters, FAST_TO_PASSIVE)
    slow_to_fast = load(parameters, SLOW_TO_FAST)
    slow_to_passive = load(parameters, SLOW_TO_PASSIVE)
    passive_to_fast = load(parameters, PASSIVE_TO_FAST)
    # What the layer gets from the layer above, by pool.
    t1, t2, t3, t4, t5, t6 = zero, zero, zero, zero, zero, zero
    for j in range(n):
        below = min(j + 1, n - 1)
        dz = number(grid, (THICKNESS, j))
        up, down = load(w, (UPPER_CONDUCTANCE, j)), load(w, (LOWER_CONDUCTANCE, j))
        x1, x2 = load(w, (CARBON + 1, j)), load(w, (CARBON + 2, j))
        x3, x4 = load(w, (CARBON + 3, j)), load(w, (CARBON + 4, j))
        x5, x6 = load(w, (CARBON + 5, j)), load(w, (CARBON + 6, j))
        scaled = load(w, (SOIL_SCALAR, j)) * dz
        f0 = k0 * scaled * load(w, (CARBON, j))
        r1 = k1 * (load(w, (LITTER_SCALAR, j)) * dz)
        r2 = k2 * (load(w, (LITTER_SCALAR + 1, j)) * dz)
        r3 = k3 * (load(w, (LITTER_SCALAR + 2, j)) * dz)
        f1, f2, f3 = r1 * x1, r2 * x2, r3 * x3
        store(w, (LANE_PASSED, j), metabolic_to_fast * r1)
        store(w, (LANE_PASSED + 1, j), cellulose_to_fast * r2)
        store(w, (LANE_PASSED + 2, j), lignin_to_slow * r3)
        f4, f5, f6 = k4 * scaled * x4, k5 * scaled * x5, k6 * scaled * x6
        store(w, (LANE_FLUX, j), f0)
        store(w, (LANE_FLUX + 1, j), f1)
        store(w, (LANE_FLUX + 2, j), f2)
        store(w, (LANE_FLUX + 3, j), f3)
        store(w, (LANE_FLUX + 4, j), f4)
        store(w, (LANE_FLUX + 5, j), f5)
        store(w, (LANE_FLUX + 6, j), f6)
        b1 = load(w, (SOURCE + 1, j))
        b2 = multiply_add(to_cellulose, f0, load(w, (SOURCE + 2, j)))
        b3 = multiply_add(1.0 - to_cellulose, f0, load(w, (SOURCE + 3, j)))
        b4 = multiply_add(metabolic_to_fast, f1, cellulose_to_fast * f2)
        b4 = multiply_add(slow_to_fast, f5, multiply_add(passive_to_fast, f6, b4))
        b5 = multiply_add(lignin_to_slow, f3, load(w, (TO_SLOW, j)) * f4)
        b6 = multiply_add(slow_to_passive, f5, fast_to_passive * f4)
        per_up = 1.0 / up
        d1 = _difference(x1, load(w, (CARBON + 1, below)), up, per_up, b1, f1, t1)
        d2 = _difference(x2, load(w, (CARBON + 2, below)), up, per_up, b2, f2, t2)
        d3 = _difference(x3, load(w, (CARBON + 3, below)), up, per_up, b3, f3, t3)
        d4 = _difference(x4, load(w, (CARBON + 4, below)), up, per_up, b4, f4, t4)
        d5 = _difference(x5, load(w, (CARBON + 5, below)), up, per_up, b5, f5, t5)
        d6 = _difference(x6, load(w, (CARBON + 6, below)), up, per_up, b6, f6, t6)
        store(w, (LANE_DIFFERENCE, j), d1)
        store(w, (LANE_DIFFERENCE + 1, j), d2)
        store(w, (LANE_DIFFERENCE + 2, j), d3)
        store(w, (LANE_DIFFERENCE + 3, j), d4)
        store(w, (LANE_DIFFERENCE + 4, j), d5)
        store(w, (LANE_DIFFERENCE + 5, j), d6)
        t1, t2, t3 = down * d1, down * d2, down * d3
        t4, t5, t6 = down * d4, down * d5, down * d6


@inlined
def _difference(
    x: Vector,
    below: Vector,
    up: Vector,
    per_up: Vector,
    gain: Vector,
    loss: Vector,
    from_above: Vector,
) -> Vector:
    """By subtraction, or by the balance of the layer if mixing is fast."""
    size = gain + loss + abs(from_above)
    balance = (gain - loss + from_above) * per_up
    return select(up * (x + below) > size, balance, x - below)
