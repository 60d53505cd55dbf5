"""Derivatives of linear functionals of the pools, for people: n columns in blocks of lanes.

A functional is the sum over pools and layers of weights times carbon densities, such as a stock or
the SOC at a depth. Its derivatives with respect to physical parameters and to the carbon input come
from the adjoint (``proda.model.lanes.adjoint``): one solve for the steady state of a column, and
one transposed solve for each functional.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from proda.arrays import Counts, Draws, FloatArray, Layers, Parameters, PoolLayers
from proda.errors import InputError
from proda.model.constants import DAYS_PER_YEAR
from proda.model.lanes.adjoint import adjoint_lanes, adjoint_terms_lanes
from proda.model.lanes.layout import (
    LANE_ADJOINT,
    LANE_FRACTION,
    LANES,
    aligned_lanes,
    empty_lanes,
    new_lane_workspace,
)
from proda.model.lanes.steady_state import steady_state_lanes
from proda.model.layout import MONTH_ROWS, MONTHS, POOLS, SOURCE
from proda.model.switches import Switches

__all__ = ["SolvedBlock", "check_columns", "derivatives", "solved_blocks", "weights_of_pools"]

BLOCK = 16 * LANES  # columns at a time, whose workspaces stay in the processor's cache
N_POOLS = len(POOLS)
N_SOC = 3  # the last pools
N_INPUT = 4  # pools that carbon enters, the first ones
LANE_ADJOINTS = slice(LANE_ADJOINT, LANE_ADJOINT + N_INPUT)  # of these pools


def weights_of_pools(name: str, weights: npt.ArrayLike, n_layers: int, many: bool) -> PoolLayers:
    """Weights of pools and layers, from weights of SOC or of pools.

    Parameters
    ----------
    name
        Of the argument, for messages.
    weights
        (layers,) of SOC, (7, layers) of pools or (n, 7, layers) of pools by column; if there are
        many functionals (h, layers) of SOC, (h, 7, layers) or (h, n, 7, layers) of pools.
    n_layers
        Of the grid.
    many
        Whether the first axis are functionals.

    Returns
    -------
    ndarray
        (h, n or 1, 7, layers), h = 1 unless there are many.

    Raises
    ------
    InputError
        For other shapes and for numbers that are not finite.
    """
    values: FloatArray = np.asarray(weights, dtype=np.float64)
    if not many:
        values = values[None]
    of_pools = values.ndim in (3, 4) and values.shape[-2] == N_POOLS
    if not (values.ndim == 2 or of_pools) or values.shape[-1] != n_layers:
        first = "h, " if many else ""
        raise InputError(
            name,
            f"shape ({first}{n_layers}) of SOC, ({first}{N_POOLS}, {n_layers}) or "
            f"({first}columns, {N_POOLS}, {n_layers}) of pools",
            f"shape {np.shape(weights)}",
        )
    for index in np.argwhere(~np.isfinite(values))[:1]:
        place = tuple(index if many else index[1:])
        raise InputError.of_element(name, place, "a finite number", str(values[tuple(index)]))
    if values.ndim == 2:
        soc = np.zeros((len(values), N_POOLS, n_layers))
        soc[:, -N_SOC:] = values[:, None]
        values = soc
    return values[:, None] if values.ndim == 3 else values


def check_columns(weights: PoolLayers, n: int) -> None:
    """Check that weights (h, n or 1, 7, layers) are of n columns or of one for all.

    Raises
    ------
    InputError
        If they are not.
    """
    if weights.shape[1] not in (1, n):
        raise InputError("weights of pools", f"of 1 or {n} columns", f"of {weights.shape[1]}")


def derivatives(
    physical: Draws, columns: FloatArray, grid: Layers, switches: Switches, weights: PoolLayers
) -> tuple[FloatArray, FloatArray]:
    """Derivatives of h functionals with respect to physical parameters and to the input.

    Parameters
    ----------
    physical
        (n, 26) physical vectors.
    columns
        (n, rows, layers) prepared columns, or (1, rows, layers) for all.
    grid
        (3, layers), m, as ``proda.model.columns.grid_rows``.
    switches
        Choices of the model.
    weights
        (h, n or 1, 7, layers) of the functionals.

    Returns
    -------
    of_parameters
        (n, h, 26) per unit of each parameter; 0 for those that the structure lacks.
    of_input
        (n, h, 4) per gC m-2 yr-1 that enters CWD, L1, L2 and L3.
    """
    n, h = len(physical), len(weights)
    column = np.arange(n) if len(columns) > 1 else np.zeros(n, dtype=np.int64)
    of_parameters = np.empty((n, h, physical.shape[1]))
    of_input = np.empty((n, h, N_INPUT))
    for block in solved_blocks(physical, columns, column, grid, switches):
        rows, profile = block.rows, _input_profile(block)
        for k, one in enumerate(weights):
            of_parameters[rows, k] = block.gradient(one if len(one) == 1 else one[rows])
            per_source = _lanes_last(block.solved(LANE_ADJOINTS)) * profile
            of_input[rows, k] = per_source.sum(axis=1).T / DAYS_PER_YEAR
    return of_parameters, of_input


@dataclass(frozen=True)
class SolvedBlock:
    """Steady states of some pairs in lanes, and what derivatives of all functionals share.

    Attributes
    ----------
    rows
        (k,) positions of the pairs. The last one fills the lanes that are left.
    parameters, columns, workspace
        Lane arrays of b blocks of LANES after ``adjoint_terms_lanes``: (b, 26, LANES), (b, layers,
        rows, LANES) and the same.
    grid, switches
        As for ``derivatives``.
    """

    rows: Counts
    parameters: FloatArray
    columns: FloatArray
    workspace: FloatArray
    grid: Layers
    switches: Switches

    def solved(self, rows: int | slice) -> FloatArray:
        """A row (k, layers) or rows (k, rows, layers) of the workspaces."""
        return self._of_pairs(self.workspace[:, :, rows])

    def prepared(self, rows: int | slice) -> FloatArray:
        """A row (k, layers) or rows (k, rows, layers) of the prepared columns."""
        return self._of_pairs(self.columns[:, :, rows])

    def gradient(self, weights: PoolLayers) -> Parameters:
        """Derivatives (k, 26) of the functional with weights (k or 1, 7, layers)."""
        filled = np.minimum(np.arange(len(self.parameters) * LANES), len(self.rows) - 1)
        seeds = _in_lanes(weights[filled if len(weights) > 1 else filled * 0])
        gradient = empty_lanes(*self.parameters.shape)
        lane_arrays = self.parameters, self.columns, self.workspace, seeds, gradient
        for p, c, w, seed, g in zip(*lane_arrays, strict=True):
            adjoint_lanes(p, c, self.grid, self.switches, w, seed, g)
        return self._of_pairs(gradient)

    def _of_pairs(self, lanes: FloatArray) -> FloatArray:
        """Values (b, [layers,] rows, LANES) as (k, rows[, layers])."""
        pairs = np.moveaxis(lanes, -1, 1).reshape(-1, *lanes.shape[1:-1])[: len(self.rows)]
        return np.ascontiguousarray(pairs.swapaxes(1, -1))


def solved_blocks(
    physical: Draws, columns: FloatArray, column: Counts, grid: Layers, switches: Switches
) -> Iterator[SolvedBlock]:
    """Steady states of pairs of a parameter set and a column, some blocks at a time.

    Parameters
    ----------
    physical
        (n, 26) physical vectors.
    columns
        (m, rows, layers) prepared columns.
    column
        (n,) index of the column of each vector.
    grid, switches
        As for ``derivatives``.
    """
    n = len(physical)
    months = (columns.shape[1] - MONTHS) // MONTH_ROWS
    for start in range(0, n, BLOCK):
        rows = np.arange(start, min(start + BLOCK, n))
        # The last column fills the lanes that are left.
        filled = np.minimum(np.arange(start, start + -(-len(rows) // LANES) * LANES), n - 1)
        parameters, in_lanes = _in_lanes(physical[filled]), _in_lanes(columns[column[filled]])
        one = new_lane_workspace(grid.shape[1], months)
        workspace = empty_lanes(len(parameters), *one.shape)
        for p, c, w in zip(parameters, in_lanes, workspace, strict=True):
            steady_state_lanes(p, c, grid, switches, w)
            adjoint_terms_lanes(p, c, grid, switches, w)
        yield SolvedBlock(rows, parameters, in_lanes, workspace, grid, switches)


def _in_lanes(values: FloatArray) -> FloatArray:
    """Values (n, rows) as (b, rows, LANES) and (n, rows, layers) as (b, layers, rows, LANES)."""
    return aligned_lanes(values.reshape(-1, LANES, *values.shape[1:]).swapaxes(1, -1))


def _lanes_last(pairs: FloatArray) -> FloatArray:
    """Values (k, rows, layers) as (rows, layers, k), whose sums over layers are taken in order."""
    return np.ascontiguousarray(np.moveaxis(pairs, 0, -1))


def _input_profile(block: SolvedBlock) -> FloatArray:
    """Fraction of a pool's input that enters each layer, (1 or 4, layers, k)."""
    if not block.switches.input_by_layer:
        return _lanes_last(block.solved(slice(LANE_FRACTION, LANE_FRACTION + 1)))
    source = _lanes_last(block.solved(slice(SOURCE, SOURCE + N_INPUT)))
    total = source.sum(axis=1, keepdims=True)
    return np.divide(source, total, out=np.zeros_like(source), where=total > 0.0)
