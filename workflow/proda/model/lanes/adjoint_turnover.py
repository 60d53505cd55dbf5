"""Derivatives with respect to turnover times that are very short.

Symbols are those of ``adjoint_parameters``. A pool of very short turnover passes everything on: D
is the small difference of large numbers and is divided by tau. There the row of M' lambda = s is
used instead,

    r_q D_q = s_q + up_(j-1) lambda_q(j-1) + down_j lambda_q(j+1) - (up_j + down_(j-1)) lambda_qj

if the pool decomposes faster than it is mixed. If it does not, at a turnover time of zero, nothing
is known of D but that it is below rounding, and the layer does not count for that derivative.
"""

from proda.compiled import inlined, kernel
from proda.model.constants import DAYS_PER_YEAR
from proda.model.lanes.layout import (
    LANE_ADJOINT,
    LANE_FLUX,
)
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
    LITTER_SCALAR,
    LOWER_CONDUCTANCE,
    RATE,
    SOIL_SCALAR,
    THICKNESS,
    TO_SLOW,
    UPPER_CONDUCTANCE,
)
from proda.model.slots import (
    CELLULOSE_TO_FAST,
    FAST_TO_PASSIVE,
    LIGNIN_TO_SLOW,
    METABOLIC_TO_FAST,
    PASSIVE_TO_FAST,
    SLOW_TO_FAST,
    SLOW_TO_PASSIVE,
    TAU_CWD,
    TAU_FAST,
    TAU_METABOLIC,
    TAU_PASSIVE,
    TAU_SLOW,
    TAU_STRUCTURAL,
)
from proda.model.transfers import MIN_TURNOVER_TIME

__all__ = ["short_turnover_times"]

SHORT_TURNOVER_TIME = 1e-3  # yr
# Of the pools in their order; cellulose and lignin litter share one.
TURNOVER_TIMES = (
    TAU_CWD, TAU_METABOLIC, TAU_STRUCTURAL, TAU_STRUCTURAL, TAU_FAST, TAU_SLOW, TAU_PASSIVE
)  # fmt: skip


@inlined
def short_turnover_times(
    parameters: Block, grid: Numbers, n: int, w: Block, seed: Block, gradient: Block
) -> None:
    """Once more the turnover times of the pools in which one of the lanes is very short."""
    for pool in range(1, 7):
        tau = load(parameters, TURNOVER_TIMES[pool])
        short = tau < SHORT_TURNOVER_TIME
        if any_lane(short):
            value = _by_exchange(parameters, grid, n, w, seed, pool)
            if TURNOVER_TIMES[pool] == TAU_STRUCTURAL:
                value = value + _by_exchange(parameters, grid, n, w, seed, pool ^ 1)
            value = value * (DAYS_PER_YEAR * load(w, (RATE, pool)))
            value = select(short, value, load(gradient, TURNOVER_TIMES[pool]))
            store(gradient, TURNOVER_TIMES[pool], value)


@kernel
def _by_exchange(
    parameters: Block, grid: Numbers, n: int, w: Block, seed: Block, pool: int
) -> Vector:
    """Sum over layers of F D of a pool, by the row of the transposed system where it is better."""
    zero = fill(0.0)
    tau = load(parameters, TURNOVER_TIMES[pool])
    rate = load(w, (RATE, pool))
    scalar = SOIL_SCALAR if pool > 3 else LITTER_SCALAR + pool - 1
    total, above, up_above, down_above = zero, zero, zero, zero
    for j in range(n):
        below = min(j + 1, n - 1)
        own = load(w, (LANE_ADJOINT + pool, j))
        fast, slow = load(w, (LANE_ADJOINT + 4, j)), load(w, (LANE_ADJOINT + 5, j))
        passive = load(w, (LANE_ADJOINT + 6, j))
        if pool == 1:
            passed = load(parameters, METABOLIC_TO_FAST) * fast
        elif pool == 2:
            passed = load(parameters, CELLULOSE_TO_FAST) * fast
        elif pool == 3:
            passed = load(parameters, LIGNIN_TO_SLOW) * slow
        elif pool == 4:
            passed = load(w, (TO_SLOW, j)) * slow
            passed = passed + load(parameters, FAST_TO_PASSIVE) * passive
        elif pool == 5:
            passed = load(parameters, SLOW_TO_FAST) * fast
            passed = passed + load(parameters, SLOW_TO_PASSIVE) * passive
        else:
            passed = load(parameters, PASSIVE_TO_FAST) * fast
        up, down = load(w, (UPPER_CONDUCTANCE, j)), load(w, (LOWER_CONDUCTANCE, j))
        leaves = up + down_above
        exchange = up_above * above + down * load(w, (LANE_ADJOINT + pool, below)) - leaves * own
        row = load(w, (CARBON + pool, j)) * (load(seed, (pool, j)) + exchange)
        by_fractions = load(w, (LANE_FLUX + pool, j)) * (own - passed)
        by_fractions = select(tau > MIN_TURNOVER_TIME, by_fractions, zero)
        r = rate * (load(w, (scalar, j)) * number(grid, (THICKNESS, j)))
        total = total + select(r > leaves, row, by_fractions)
        above, up_above, down_above = own, up, down
    return total
