"""The transposed system: what one more gram of input to a pool in a layer does to a functional.

With the balances of all pools and layers written as M x = b (``proda.model.steady_state``) and a
functional L of the pools with derivatives s = dL/dx,

    M' lambda = s,      lambda_qj = dL/db_qj,  the change of L per unit input to pool q in layer j

The chain of the forward solve is followed from its end to its beginning: what SOC does depends on
SOC alone, what litter does on litter and the SOC it becomes, what woody debris does on litter:

    S1, S2, S3    M' lambda = s
    L1, L2, L3    M' lambda = s + r (what decomposed litter does as SOC)
    CWD           r lambda  = s + r (what decomposed wood does as litter)

Forward elimination from the top is M = L U with pivots P_j, which the workspace holds inverted.
U' and L' are solved with the same pivots, first down, then up; no further inverse is made:

    y_j      = P_j^-T (s_j + up_(j-1) y_(j-1))
    lambda_j = y_j + P_j^-T down_j lambda_(j+1)

up_j and down_j are the conductances of the face below layer j in the balance of the layer above and
of that below. As in the forward solve nothing is subtracted: for a functional without negative
derivatives lambda is accurate to a few units of rounding.
"""

from proda.compiled import inlined
from proda.model.lanes.layout import LANE_ADJOINT, LANE_LITTER_INVERSE, LANE_PASSED
from proda.model.lanes.vector import (
    Block,
    Numbers,
    any_lane,
    fill,
    load,
    multiply_add,
    number,
    select,
    store,
)
from proda.model.layout import (
    INVERSE,
    LOWER_CONDUCTANCE,
    N_SOIL,
    RATE,
    SOIL_SCALAR,
    THICKNESS,
    UPPER_CONDUCTANCE,
)
from proda.model.slots import CWD_TO_CELLULOSE

__all__ = ["solve_transposed"]


@inlined
def solve_transposed(parameters: Block, grid: Numbers, n: int, w: Block, seed: Block) -> None:
    """Fill the rows LANE_ADJOINT of the workspace.

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
    seed
        Of (7, layers, lanes) derivatives of the functional with respect to the pools.
    """
    _soil(n, w, seed)
    _litter_and_wood(parameters, grid, n, w, seed)


@inlined
def _soil(n: int, w: Block, seed: Block) -> None:
    n_soil = load(w, (RATE, N_SOIL))
    y1 = y2 = y3 = up = fill(0.0)
    for j in range(n):
        empty = n_soil <= float(j)
        t1 = multiply_add(up, y1, load(seed, (4, j)))
        t2 = multiply_add(up, y2, load(seed, (5, j)))
        t3 = multiply_add(up, y3, load(seed, (6, j)))
        i11, i12 = load(w, (INVERSE, j)), load(w, (INVERSE + 1, j))
        i13, i21 = load(w, (INVERSE + 2, j)), load(w, (INVERSE + 3, j))
        i22, i23 = load(w, (INVERSE + 4, j)), load(w, (INVERSE + 5, j))
        i31, i32 = load(w, (INVERSE + 6, j)), load(w, (INVERSE + 7, j))
        i33 = load(w, (INVERSE + 8, j))
        y1 = select(empty, 0.0, i11 * t1 + i21 * t2 + i31 * t3)
        y2 = select(empty, 0.0, i12 * t1 + i22 * t2 + i32 * t3)
        y3 = select(empty, 0.0, i13 * t1 + i23 * t2 + i33 * t3)
        store(w, (LANE_ADJOINT + 4, j), y1)
        store(w, (LANE_ADJOINT + 5, j), y2)
        store(w, (LANE_ADJOINT + 6, j), y3)
        up = load(w, (UPPER_CONDUCTANCE, j))

    for j in range(n - 2, -1, -1):
        down = load(w, (LOWER_CONDUCTANCE, j))
        t1, t2, t3 = down * y1, down * y2, down * y3
        i11, i12 = load(w, (INVERSE, j)), load(w, (INVERSE + 1, j))
        i13, i21 = load(w, (INVERSE + 2, j)), load(w, (INVERSE + 3, j))
        i22, i23 = load(w, (INVERSE + 4, j)), load(w, (INVERSE + 5, j))
        i31, i32 = load(w, (INVERSE + 6, j)), load(w, (INVERSE + 7, j))
        i33 = load(w, (INVERSE + 8, j))
        # What does not wait for the layer below comes last into none of the sums.
        own_1, own_2 = load(w, (LANE_ADJOINT + 4, j)), load(w, (LANE_ADJOINT + 5, j))
        own_3 = load(w, (LANE_ADJOINT + 6, j))
        y1 = (i11 * t1 + i21 * t2) + multiply_add(i31, t3, own_1)
        y2 = (i12 * t1 + i22 * t2) + multiply_add(i32, t3, own_2)
        y3 = (i13 * t1 + i23 * t2) + multiply_add(i33, t3, own_3)
        store(w, (LANE_ADJOINT + 4, j), y1)
        store(w, (LANE_ADJOINT + 5, j), y2)
        store(w, (LANE_ADJOINT + 6, j), y3)


@inlined
def _litter_and_wood(parameters: Block, grid: Numbers, n: int, w: Block, seed: Block) -> None:
    n_soil = load(w, (RATE, N_SOIL))
    y1 = y2 = y3 = up = fill(0.0)
    for j in range(n):
        empty = n_soil <= float(j)
        fast, slow = load(w, (LANE_ADJOINT + 4, j)), load(w, (LANE_ADJOINT + 5, j))
        t1 = multiply_add(load(w, (LANE_PASSED, j)), fast, load(seed, (1, j)))
        t2 = multiply_add(load(w, (LANE_PASSED + 1, j)), fast, load(seed, (2, j)))
        t3 = multiply_add(load(w, (LANE_PASSED + 2, j)), slow, load(seed, (3, j)))
        t1, t2, t3 = multiply_add(up, y1, t1), multiply_add(up, y2, t2), multiply_add(up, y3, t3)
        y1 = select(empty, 0.0, load(w, (LANE_LITTER_INVERSE, j)) * t1)
        y2 = select(empty, 0.0, load(w, (LANE_LITTER_INVERSE + 1, j)) * t2)
        y3 = select(empty, 0.0, load(w, (LANE_LITTER_INVERSE + 2, j)) * t3)
        store(w, (LANE_ADJOINT + 1, j), y1)
        store(w, (LANE_ADJOINT + 2, j), y2)
        store(w, (LANE_ADJOINT + 3, j), y3)
        up = load(w, (UPPER_CONDUCTANCE, j))

    woody = load(w, (RATE, 0))
    to_cellulose = load(parameters, CWD_TO_CELLULOSE)
    y1 = y2 = y3 = fill(0.0)
    for j in range(n - 1, -1, -1):
        down = load(w, (LOWER_CONDUCTANCE, j))
        of_1 = load(w, (LANE_LITTER_INVERSE, j)) * down
        of_2 = load(w, (LANE_LITTER_INVERSE + 1, j)) * down
        of_3 = load(w, (LANE_LITTER_INVERSE + 2, j)) * down
        y1 = multiply_add(of_1, y1, load(w, (LANE_ADJOINT + 1, j)))
        y2 = multiply_add(of_2, y2, load(w, (LANE_ADJOINT + 2, j)))
        y3 = multiply_add(of_3, y3, load(w, (LANE_ADJOINT + 3, j)))
        store(w, (LANE_ADJOINT + 1, j), y1)
        store(w, (LANE_ADJOINT + 2, j), y2)
        store(w, (LANE_ADJOINT + 3, j), y3)
        y0 = multiply_add(to_cellulose, y2, (1.0 - to_cellulose) * y3)
        own = load(seed, (0, j))
        if any_lane(~(own == 0.0)):
            rate = woody * load(w, (SOIL_SCALAR, j)) * number(grid, (THICKNESS, j))
            y0 = y0 + select(n_soil <= float(j), 0.0, own / rate)
        store(w, (LANE_ADJOINT, j), y0)
