"""Posterior of profiles in lanes: log density and gradient of many points at once.

A lane is one point of one chain of one profile: it has its own column, its own horizons and its own
place in parameter space. The profiles of a target are padded to a common number of horizons with
horizons of weight zero.

Per lane, with x the point, p the physical parameters, c the SOC of the layers and m = H c the
modelled horizons,

    log density = -x'x / 2 + sum_k log L(o_k | m_k, e)

where L is the likelihood of a horizon (proda.inference.likelihoods) and e its relative error:
fixed, or one more dimension of x, log-uniform within bounds. The gradient runs backwards: dL/dm
from the likelihood, dL/dc = H' dL/dm the seed of the adjoint, dL/dp from one transposed solve
(proda.model.lanes.adjoint), and dL/dx = dL/dp dp/dx - x.

Blocks of LANES lanes are evaluated one after the other in the same scratch, which stays in the
processor's cache.
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from proda.arrays import Counts, FloatArray, Mask
from proda.compiled import kernel
from proda.inference.horizon_lanes import (
    ErrorSettings,
    HorizonLanes,
    enter_error,
    fill_lanes,
    horizon_lanes,
    log_likelihood,
    whole_blocks,
)
from proda.inference.observations import Observations
from proda.inference.prior_lanes import enter_lanes, leave_lanes
from proda.inference.sampler import register_gradient
from proda.model import SoilModel
from proda.model.lanes.adjoint import adjoint_lanes, adjoint_terms_lanes
from proda.model.lanes.layout import LANES, aligned_lanes, empty_lanes, new_lane_workspace
from proda.model.lanes.steady_state import steady_state_lanes
from proda.model.lanes.vector import block, block_of, fill, load, store
from proda.model.layout import CARBON, steps_in
from proda.model.slots import PARAMETERS
from proda.model.switches import Switches

__all__ = ["SiteLanes", "site_lanes"]

# Rows of the seed for soil pools hold, until it is complete, the derivative by SOC, and SOC.
BY_SOC, SOC = 4, 5


class SiteScratch(NamedTuple):
    """What an evaluation of a block of LANES points fills."""

    x: FloatArray  # (d, LANES); lanes beyond the points are at the centre of the prior
    slope: FloatArray  # (d, LANES)
    gradient: FloatArray  # (d, LANES)
    value: FloatArray  # (LANES,)
    outside: Mask  # (LANES,)
    relative: FloatArray  # (LANES,) relative error
    by_log_relative: FloatArray  # (LANES,)
    physical: FloatArray  # (26, LANES)
    by_physical: FloatArray  # (26, LANES)
    seed: FloatArray  # (layers, 7, LANES)
    workspace: FloatArray  # (layers, rows, LANES)

    @classmethod
    def new(cls, d: int, layers: int, months: int) -> Self:
        """For points of ``d`` dimensions on a grid, with a number of time steps in a year."""
        return cls(
            x=empty_lanes(d, LANES),
            slope=empty_lanes(d, LANES),
            gradient=empty_lanes(d, LANES),
            value=empty_lanes(LANES),
            outside=np.zeros(LANES, dtype=bool),
            relative=empty_lanes(LANES),
            by_log_relative=empty_lanes(LANES),
            physical=empty_lanes(len(PARAMETERS), LANES),
            by_physical=empty_lanes(len(PARAMETERS), LANES),
            seed=empty_lanes(layers, 7, LANES),
            workspace=new_lane_workspace(layers, months),
        )


class SiteLanes(NamedTuple):
    """Posterior of n points, each of one profile; n is a multiple of LANES."""

    lowest: FloatArray  # (26,) minimum physical values
    span: FloatArray  # (26,) width of the prior
    slots: Counts  # (parameters,) positions among the 26
    columns: FloatArray  # (n / LANES, layers, rows, LANES) prepared
    grid: FloatArray
    switches: Switches
    horizons: HorizonLanes
    scratch: SiteScratch

    def take(self, lanes: Counts) -> Self:
        """The target of some of the lanes; what both evaluate they evaluate in the same scratch."""
        lanes = whole_blocks(np.asarray(lanes))
        return self._replace(
            columns=_in_blocks(self.columns[lanes // LANES, ..., lanes % LANES].swapaxes(1, 2)),
            horizons=self.horizons.take(lanes),
        )


def _in_blocks(columns: FloatArray) -> FloatArray:
    """Columns (n / LANES, layers, rows, LANES) from those of every lane, (n, rows, layers)."""
    blocks = columns.reshape(-1, LANES, *columns.shape[1:])
    return aligned_lanes(blocks.swapaxes(1, 3))


def site_lanes(
    model: SoilModel,
    columns: Sequence[FloatArray],
    observations: Sequence[Observations],
    errors: ErrorSettings,
    chains: int,
) -> SiteLanes:
    """Log posterior density of several profiles, ``chains`` lanes each, profile after profile.

    Parameters
    ----------
    model
        The soil carbon model.
    columns
        Forcing of each profile, prepared by ``model.columns``, (rows, layers).
    observations
        Observed SOC of each profile.
    errors
        Distribution of the errors.
    chains
        Lanes of a profile.
    """
    source, present = fill_lanes(np.array([len(one.value) for one in observations]))
    site = whole_blocks(np.repeat(np.arange(len(columns)), chains))
    d = len(model.prior) + errors.estimated
    return SiteLanes(
        *model.prior.vector_bounds,
        model.prior.slots,
        _in_blocks(np.stack(columns)[site]),
        model.grid_rows,
        model.switches,
        horizon_lanes(observations, source[:, site], present[:, site], errors),
        SiteScratch.new(d, model.grid.n_layers, steps_in(len(columns[0]))),
    )


@kernel
def site_value_and_gradient(
    x: FloatArray, target: SiteLanes, value: FloatArray, gradient: FloatArray
) -> None:
    """Log posterior density (n,) and its gradient (d, n) at the points x (d, n)."""
    s = target.scratch
    for first in range(0, x.shape[1], LANES):
        lanes = min(LANES, x.shape[1] - first)
        for k in range(x.shape[0]):
            for i in range(lanes):
                s.x[k, i] = x[k, first + i]
        _evaluate_block(target, first)
        for i in range(lanes):
            value[first + i] = s.value[i]
        for k in range(x.shape[0]):
            for i in range(lanes):
                gradient[k, first + i] = s.gradient[k, i]


@kernel
def _evaluate_block(target: SiteLanes, first: int) -> None:
    """Fill value and gradient of the points of a block, whose lanes begin at ``first``."""
    s, horizons, columns = target.scratch, target.horizons, target.columns[first // LANES]
    w, seed = s.workspace, s.seed
    enter_lanes(
        s.x,
        target.lowest,
        target.span,
        target.slots,
        target.switches.input_from_npp,
        s.physical,
        s.slope,
        s.outside,
        s.value,
    )
    enter_error(s.x, target.slots.shape[0], horizons, s.relative, s.slope)
    steady_state_lanes(s.physical, columns, target.grid, target.switches, w)
    operator, pools, by_pools = block(horizons.operator, first), block_of(w), block_of(seed)
    layers = w.shape[0]
    for j in range(layers):
        soc = load(pools, (CARBON + 4, j)) + load(pools, (CARBON + 5, j))
        store(by_pools, (SOC, j), soc + load(pools, (CARBON + 6, j)))
        store(by_pools, (BY_SOC, j), 0.0)
    values, errors = s.value.reshape((1, LANES)), s.relative.reshape((1, LANES))
    by_errors = s.by_log_relative.reshape((1, LANES))
    log_density, by_log_relative = load(block(values, 0), 0), fill(0.0)
    relative = load(block(errors, 0), 0)
    for k in range(horizons.value.shape[0]):
        modelled = fill(0.0)
        for j in range(layers):
            modelled = modelled + load(operator, (k, j)) * load(by_pools, (SOC, j))
        density, by_modelled, by_error = log_likelihood(horizons, k, first, modelled, relative)
        log_density = log_density + density
        by_log_relative = by_log_relative + by_error
        for j in range(layers):
            by_soc = load(by_pools, (BY_SOC, j)) + load(operator, (k, j)) * by_modelled
            store(by_pools, (BY_SOC, j), by_soc)
    store(block(values, 0), 0, log_density)
    store(block(by_errors, 0), 0, by_log_relative)
    for j in range(layers):
        by_soc = load(by_pools, (BY_SOC, j))
        for pool in range(4, 7):
            store(by_pools, (pool, j), by_soc)
    adjoint_terms_lanes(s.physical, columns, target.grid, target.switches, w)
    adjoint_lanes(s.physical, columns, target.grid, target.switches, w, seed, s.by_physical)
    leave_lanes(
        s.x, s.by_physical, s.by_log_relative, s.slope, target.slots, s.outside, s.value, s.gradient
    )


register_gradient(SiteLanes, site_value_and_gradient)
