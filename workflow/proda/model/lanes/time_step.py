"""A step in time of many columns at once: the chain of solves of the steady state, with storage.

Backward Euler asks, for the pools X' at the end of a step of length h and X before it, that

    dz_j (X'_qj - X_qj) / h + [losses and gains of the steady state at X'] = s_qj

so it is a steady state in which every pool of every layer loses dz_j / h more, and gains
dz_j X_qj / h more (``proda.model.steady_state`` has the equations). The elimination still carries
column sums, so that all numbers stay sums, products and quotients of non-negative ones: pools are
positive after a step of any length, and what is stored is what came in less what was respired, to
rounding. A tracer that decays, as 14C, loses dz_j lambda X'_qj, too.

The scheme of second order (SDIRK2, Alexander 1977) takes two such steps of g h, g = 1 - 1/sqrt(2),

    Y  = X + g h F(Y)                  F(X) = input - losses
    X' = X + (1 - g) h F(Y) + g h F(X')  =  [X + (1 - g) / g (Y - X)] + g h F(X')

which is as stable, but may make pools negative that lose more than a third of their carbon in a
step.
"""

import math

from proda.compiled import inlined
from proda.model.lanes.chain import solve_block
from proda.model.lanes.layout import LANE_ADJOINT, LANE_FLUX
from proda.model.lanes.vector import Block, Numbers, Vector, fill, load, number, store
from proda.model.layout import (
    CARBON,
    LITTER_SCALAR,
    RATE,
    SOIL_SCALAR,
    SOURCE,
    THICKNESS,
    TO_SLOW,
)
from proda.model.slots import (
    CELLULOSE_TO_FAST,
    FAST_TO_PASSIVE,
    LIGNIN_TO_SLOW,
    METABOLIC_TO_FAST,
    PASSIVE_TO_FAST,
    SLOW_TO_FAST,
    SLOW_TO_PASSIVE,
)

__all__ = ["SUPPLY", "Fluxes", "step_block", "stock_of_block"]

# Rows of the workspace that only the adjoint uses otherwise, 7 each, pools as in CARBON.
SUPPLY = LANE_ADJOINT  # what each pool gains from outside the column, gC m-2 d-1
BEFORE = LANE_FLUX  # pools at the beginning of a step, gC m-3

GAMMA = 1.0 - 1.0 / math.sqrt(2.0)
AHEAD = (1.0 - GAMMA) / GAMMA

# Carbon input, respiration and decay of a step, gC m-2.
Fluxes = tuple[Vector, Vector, Vector]


@inlined
def step_block(
    parameters: Block,
    grid: Numbers,
    n: int,
    days: float,
    month: int,
    input_factor: Block,
    second_order: bool,
    decay: float,
    w: Block,
) -> Fluxes:
    """Advance the pools in the rows CARBON of the workspace by one step.

    Parameters
    ----------
    parameters
        Of (26, lanes) physical vectors.
    grid
        Of (3, layers), m.
    n
        Layers of the grid.
    days
        Length of the step.
    month
        Of the step, from 0.
    input_factor
        Of (12, 4, lanes): input to CWD, L1, L2 and L3 on a day of each month, relative to SOURCE.
    second_order
        Whether the scheme is SDIRK2; backward Euler without it.
    decay
        Radioactive decay, d-1.
    w
        Of a workspace (rows, layers, lanes) with coefficients; changed in place.

    Returns
    -------
    tuple
        Carbon input, respiration and decay during the step, gC m-2.
    """
    stages, length = 1, days
    if second_order:
        stages, length = 2, GAMMA * days
        for pool in range(7):
            for j in range(n):
                store(w, (BEFORE + pool, j), load(w, (CARBON + pool, j)))
    entered = respired = stock = fill(0.0)
    weight = days
    for stage in range(stages):
        if second_order:
            weight = length if stage else days - length
        if stage:
            for pool in range(7):
                for j in range(n):
                    before = load(w, (BEFORE + pool, j))
                    change = load(w, (CARBON + pool, j)) - before
                    store(w, (CARBON + pool, j), before + AHEAD * change)
        entered = _implicit_stage(parameters, grid, n, length, month, input_factor, decay, w)
        respired = respired + weight * _respiration(parameters, grid, n, w)
        stock = stock + weight * stock_of_block(grid, n, w)
    return days * entered, respired, decay * stock


@inlined
def _implicit_stage(
    parameters: Block,
    grid: Numbers,
    n: int,
    days: float,
    month: int,
    input_factor: Block,
    decay: float,
    w: Block,
) -> Vector:
    """Backward Euler from the pools in CARBON; returns the carbon input, gC m-2 d-1."""
    storage = 1.0 / days
    entered = fill(0.0)
    for pool in range(4):
        factor = load(input_factor, (month, pool))
        for j in range(n):
            stored = (storage * number(grid, (THICKNESS, j))) * load(w, (CARBON + pool, j))
            source = factor * load(w, (SOURCE + pool, j))
            entered = entered + source
            store(w, (SUPPLY + pool, j), stored + source)
    for pool in range(4, 7):
        for j in range(n):
            stored = (storage * number(grid, (THICKNESS, j))) * load(w, (CARBON + pool, j))
            store(w, (SUPPLY + pool, j), stored)
    solve_block(parameters, grid, n, storage + decay, SUPPLY, w)
    return entered


@inlined
def stock_of_block(grid: Numbers, n: int, w: Block) -> Vector:
    """Carbon of all pools and layers, gC m-2."""
    stock = fill(0.0)
    for j in range(n):
        carbon = load(w, (CARBON, j))
        for pool in range(CARBON + 1, CARBON + 7):
            carbon = carbon + load(w, (pool, j))
        stock = stock + carbon * number(grid, (THICKNESS, j))
    return stock


@inlined
def _respiration(parameters: Block, grid: Numbers, n: int, w: Block) -> Vector:
    """CO2 from all pools and layers, gC m-2 d-1. Woody debris respires none."""
    metabolic_rate, structural_rate = load(w, (RATE, 1)), load(w, (RATE, 2))
    metabolic = metabolic_rate * (1.0 - load(parameters, METABOLIC_TO_FAST))
    cellulose = structural_rate * (1.0 - load(parameters, CELLULOSE_TO_FAST))
    lignin = structural_rate * (1.0 - load(parameters, LIGNIN_TO_SLOW))
    fast_rate, to_passive = load(w, (RATE, 4)), load(parameters, FAST_TO_PASSIVE)
    retained = load(parameters, SLOW_TO_FAST) + load(parameters, SLOW_TO_PASSIVE)
    slow = load(w, (RATE, 5)) * (1.0 - retained)
    passive = load(w, (RATE, 6)) * (1.0 - load(parameters, PASSIVE_TO_FAST))
    respired = fill(0.0)
    for j in range(n):
        litter = metabolic * load(w, (CARBON + 1, j)) * load(w, (LITTER_SCALAR, j))
        litter = litter + cellulose * load(w, (CARBON + 2, j)) * load(w, (LITTER_SCALAR + 1, j))
        litter = litter + lignin * load(w, (CARBON + 3, j)) * load(w, (LITTER_SCALAR + 2, j))
        fast = fast_rate * (1.0 - load(w, (TO_SLOW, j)) - to_passive)
        soil = fast * load(w, (CARBON + 4, j)) + slow * load(w, (CARBON + 5, j))
        soil = soil + passive * load(w, (CARBON + 6, j))
        thickness = number(grid, (THICKNESS, j))
        respired = respired + (litter + soil * load(w, (SOIL_SCALAR, j))) * thickness
    return respired
