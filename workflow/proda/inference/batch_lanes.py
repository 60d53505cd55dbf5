"""Posterior of one parameter set for all profiles at once, with its gradient, cells in lanes.

SOC is linear in the carbon input. With c the SOC of a forcing cell for a unit input and
u_i = a_i + p b_i the input at profile i (a the minimum NPP, b its range, p the position, a
parameter), its modelled horizons are m_i = u_i H_i c: a point costs one solve per distinct cell,
and a product and the likelihood per horizon. Where the input is the litter input of the land model,
which belongs to the cell, a = 1 and b = 0.

Cells are sorted by their number of horizons and stand in blocks of BLOCK; the horizons of a block
are padded to those of its largest cell with horizons of weight zero, and the last block to full
width with cells that have none. The gradient adds up what each cell contributes by

    dL/dc = sum_i u_i H_i' dL/dm_i    (the seed of the adjoint),    dL/dp += sum_i b_i H_i c dL/dm_i

in a fixed order, so that a point has the same bits whatever other points are evaluated with it.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from proda.arrays import Counts, FloatArray, Mask
from proda.compiled import inlined, kernel
from proda.inference.horizon_lanes import (
    ErrorSettings,
    HorizonLanes,
    enter_error,
    horizon_lanes,
    log_likelihood,
)
from proda.inference.observations import Observations
from proda.inference.prior_lanes import enter_lanes, leave_lanes
from proda.inference.sampler import register_gradient
from proda.inference.targets import forcing_cells
from proda.model import SoilModel
from proda.model.lanes.adjoint import adjoint_lanes, adjoint_terms_lanes
from proda.model.lanes.layout import LANES, aligned_lanes, empty_lanes, new_lane_workspace
from proda.model.lanes.steady_state import steady_state_lanes
from proda.model.lanes.vector import block, block_of, fill, load, store
from proda.model.layout import CARBON, steps_in
from proda.model.slots import INPUT_POSITION, PARAMETERS
from proda.model.switches import Switches

__all__ = ["BatchLanes", "batch_lanes"]

PARTS = 4
BLOCK = PARTS * LANES  # cells whose horizons are padded to the same number


class BatchLanes(NamedTuple):
    """Posterior of one parameter set for all profiles at once."""

    lowest: FloatArray  # (26,) minimum physical values
    span: FloatArray  # (26,) width of the prior
    slots: Counts  # (parameters,) positions among the 26
    cells: int
    columns: FloatArray  # (blocks, PARTS, layers, rows, LANES); input from NPP is that of NPP = 1
    grid: FloatArray
    switches: Switches
    first: Counts  # (blocks + 1,) first row of horizons of each block
    horizons: HorizonLanes  # (rows, [layers,] BLOCK)
    low: FloatArray  # (rows, BLOCK) minimum input of the horizon's profile
    spread: FloatArray  # (rows, BLOCK) range of that input
    physical: FloatArray  # (26, LANES) scratch, as all below
    soc: FloatArray  # (layers, LANES)
    relative: FloatArray  # (BLOCK,) relative error
    totals: FloatArray  # (3, BLOCK) log likelihood, derivatives by log error and input position
    by_physical: FloatArray  # (PARTS, 26, LANES)
    seed: FloatArray  # (layers, 7, LANES)
    workspace: FloatArray  # (layers, rows, LANES)

    def take(self, lanes: Counts) -> Self:
        """The target itself: its points have nothing of their own."""
        return self


def batch_lanes(
    model: SoilModel,
    columns: FloatArray,
    observations: Sequence[Observations],
    errors: ErrorSettings,
) -> BatchLanes:
    """BatchLanes of several profiles.

    Parameters
    ----------
    model
        The soil carbon model.
    columns
        (n, rows, layers) prepared columns; those that agree but for NPP share a cell.
    observations
        Of the n profiles.
    errors
        Distribution of the errors.

    Raises
    ------
    InputError
        Where columns and observations differ in number.
    """
    cells, cell_of, low, spread = forcing_cells(model, columns, observations)
    profile = np.repeat(np.arange(len(columns)), [len(one.value) for one in observations])
    source, present, lanes, first = _pack(cell_of[profile], len(cells))
    profile = profile[source]
    layers = model.grid.n_layers
    return BatchLanes(
        *model.prior.vector_bounds,
        model.prior.slots,
        len(cells),
        _in_parts(cells[lanes]),
        model.grid_rows,
        model.switches,
        first,
        horizon_lanes(observations, source, present, errors),
        low[profile],
        spread[profile],
        empty_lanes(len(PARAMETERS), LANES),
        empty_lanes(layers, LANES),
        empty_lanes(BLOCK),
        empty_lanes(3, BLOCK),
        empty_lanes(PARTS, len(PARAMETERS), LANES),
        empty_lanes(layers, 7, LANES),
        new_lane_workspace(layers, steps_in(cells.shape[1])),
    )


def _in_parts(cells: FloatArray) -> FloatArray:
    """Columns (blocks, BLOCK, rows, layers) as (blocks, PARTS, layers, rows, LANES)."""
    return aligned_lanes(cells.reshape(-1, PARTS, LANES, *cells.shape[2:]).swapaxes(2, 4))


def _pack(cell_of: Counts, cells: int) -> tuple[Counts, Mask, Counts, Counts]:
    """Places of horizons, given the cell of each, in blocks of BLOCK cells of similar size.

    Returns
    -------
    source, present
        (rows, BLOCK) as ``horizon_lanes``.
    lanes
        (blocks, BLOCK) the cell of each lane; the last one fills the last block.
    first
        (blocks + 1,) first row of each block.
    """
    sizes = np.bincount(cell_of, minlength=cells)
    begin = np.cumsum(sizes) - sizes
    by_cell = np.argsort(cell_of, kind="stable")
    blocks = -(-cells // BLOCK)
    fill = blocks * BLOCK - cells
    order = np.argsort(-sizes, kind="stable")
    lanes = np.append(order, np.repeat(order[-1:], fill)).reshape(blocks, BLOCK)
    count = np.append(sizes[order], np.zeros(fill, dtype=np.int64)).reshape(blocks, BLOCK)
    first = np.append(0, np.cumsum(count.max(axis=1)))
    block = np.repeat(np.arange(blocks), np.diff(first))
    row = (np.arange(first[-1]) - first[block])[:, None]
    present = row < count[block]
    return by_cell[begin[lanes[block]] + np.where(present, row, 0)], present, lanes, first


@kernel
def batch_value_and_gradient(
    x: FloatArray, target: BatchLanes, value: FloatArray, gradient: FloatArray
) -> None:
    """Log posterior density (n,) and its gradient (d, n) at the points x (d, n)."""
    d, n = x.shape
    padded = -(-n // LANES) * LANES
    slots = target.slots
    points, slope, by_x = np.zeros((d, padded)), np.zeros((d, padded)), np.zeros((d, padded))
    physical = np.zeros((target.physical.shape[0], padded))
    by_physical = np.zeros(physical.shape)
    relative, by_log_relative, total = np.zeros(padded), np.zeros(padded), np.zeros(padded)
    outside = np.zeros(padded, dtype=np.bool_)
    for k in range(d):
        for i in range(n):
            points[k, i] = x[k, i]
    enter_lanes(
        points,
        target.lowest,
        target.span,
        slots,
        target.switches.input_from_npp,
        physical,
        slope,
        outside,
        total,
    )
    enter_error(points, slots.shape[0], target.horizons, relative, slope)
    for number in range(target.columns.shape[0]):
        for point in range(n):
            for slot in range(physical.shape[0]):
                target.physical[slot, :] = physical[slot, point]
            target.relative[:] = relative[point]
            for part in range(PARTS):
                _part(number, part, target)
            total[point] += _sum(target.totals[0])
            by_log_relative[point] += _sum(target.totals[1])
            by_physical[INPUT_POSITION, point] += _sum(target.totals[2])
            for k in range(slots.shape[0]):
                by_physical[slots[k], point] += _sum_of_parts(target.by_physical, slots[k])
    leave_lanes(points, by_physical, by_log_relative, slope, slots, outside, total, by_x)
    for i in range(n):
        value[i] = total[i]
    for k in range(d):
        for i in range(n):
            gradient[k, i] = by_x[k, i]


@inlined
def _sum(values: FloatArray) -> float:
    """Sum from first to last."""
    total = 0.0
    for i in range(values.shape[0]):
        total += values[i]
    return total


@inlined
def _sum_of_parts(values: FloatArray, slot: int) -> float:
    """Sum of a row of (PARTS, rows, LANES) from first to last."""
    total = 0.0
    for part in range(values.shape[0]):
        for i in range(values.shape[2]):
            total += values[part, slot, i]
    return total


@kernel
def _part(number: int, part: int, target: BatchLanes) -> None:
    """Fill ``target.totals`` and ``target.by_physical`` with what cells of a block contribute.

    The derivative by the position of the input is that through the input of each profile.
    """
    w, seed, soc, totals = target.workspace, target.seed, target.soc, target.totals
    relative = target.relative.reshape((1, target.relative.shape[0]))
    column = target.columns[number, part]
    layers, lanes = soc.shape
    steady_state_lanes(target.physical, column, target.grid, target.switches, w)
    for j in range(layers):
        for i in range(lanes):
            soc[j, i] = w[j, CARBON + 4, i] + w[j, CARBON + 5, i] + w[j, CARBON + 6, i]
            seed[j, 4, i] = 0.0
    position = target.physical[INPUT_POSITION, 0]
    horizons = target.horizons
    first = part * LANES
    operator, c, by_soc = block(horizons.operator, first), block_of(soc), block_of(seed)
    low, spread = block(target.low, first), block(target.spread, first)
    errors = load(block(relative, first), 0)
    log_density = by_log_relative = by_position = fill(0.0)
    for k in range(target.first[number], target.first[number + 1]):
        unit = fill(0.0)
        for j in range(layers):
            unit = unit + load(operator, (k, j)) * load(c, j)
        range_k = load(spread, k)
        given = load(low, k) + position * range_k
        density, by_modelled, by_error = log_likelihood(horizons, k, first, given * unit, errors)
        log_density = log_density + density
        by_log_relative = by_log_relative + by_error
        by_position = by_position + range_k * unit * by_modelled
        by_unit = by_modelled * given
        for j in range(layers):
            store(by_soc, (4, j), load(by_soc, (4, j)) + load(operator, (k, j)) * by_unit)
    store(block(totals, first), 0, log_density)
    store(block(totals, first), 1, by_log_relative)
    store(block(totals, first), 2, by_position)
    for j in range(layers):
        for i in range(lanes):
            seed[j, 5, i] = seed[j, 4, i]
            seed[j, 6, i] = seed[j, 4, i]
    adjoint_terms_lanes(target.physical, column, target.grid, target.switches, w)
    by_physical = target.by_physical[part]
    adjoint_lanes(target.physical, column, target.grid, target.switches, w, seed, by_physical)


register_gradient(BatchLanes, batch_value_and_gradient)
