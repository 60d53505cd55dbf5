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
"""

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np

from proda.arrays import Counts, FloatArray, Mask
from proda.compiled import kernel
from proda.inference.horizon_lanes import (
    ErrorSettings,
    HorizonLanes,
    add_horizons,
    enter_error,
    fill_lanes,
    horizon_lanes,
    whole_blocks,
)
from proda.inference.observations import Observations
from proda.inference.prior_lanes import enter_lanes, leave_lanes
from proda.inference.sampler import register_gradient
from proda.model import SoilModel
from proda.model.lanes.adjoint import adjoint_lanes, adjoint_terms_lanes
from proda.model.lanes.layout import LANES, aligned_lanes, empty_lanes, new_lane_workspace
from proda.model.lanes.steady_state import steady_state_lanes
from proda.model.layout import CARBON
from proda.model.slots import PARAMETERS
from proda.model.switches import Switches

__all__ = ["SiteLanes", "site_lanes"]


class SiteScratch(NamedTuple):
    """What an evaluation of n points fills."""

    x: FloatArray  # (d, n); lanes beyond the points are at the centre of the prior
    slope: FloatArray  # (d, n)
    gradient: FloatArray  # (d, n)
    value: FloatArray  # (n,)
    outside: Mask  # (n,)
    relative: FloatArray  # (n,) relative error
    modelled: FloatArray  # (n,)
    by_modelled: FloatArray  # (n,)
    by_log_relative: FloatArray  # (n,)
    physical: FloatArray  # (26, n)
    by_physical: FloatArray  # (26, n)
    seed: FloatArray  # (7, layers, n)
    workspace: FloatArray  # (rows, layers, n)

    @classmethod
    def new(cls, d: int, workspace: tuple[int, ...], n: int) -> Self:
        """For ``n`` points of ``d`` dimensions; the workspace has the shape but for the lanes."""
        rows, layers, _ = workspace
        return cls(
            x=empty_lanes(d, n),
            slope=empty_lanes(d, n),
            gradient=empty_lanes(d, n),
            value=np.zeros(n),
            outside=np.zeros(n, dtype=bool),
            relative=np.zeros(n),
            modelled=np.zeros(n),
            by_modelled=np.zeros(n),
            by_log_relative=np.zeros(n),
            physical=empty_lanes(len(PARAMETERS), n),
            by_physical=empty_lanes(len(PARAMETERS), n),
            seed=empty_lanes(7, layers, n),
            workspace=empty_lanes(rows, layers, n),
        )


class SiteLanes(NamedTuple):
    """Posterior of n points, each of one profile; n is a multiple of LANES."""

    lowest: FloatArray  # (26,) minimum physical values
    span: FloatArray  # (26,) width of the prior
    slots: Counts  # (parameters,) positions among the 26
    columns: FloatArray  # (rows, layers, n) prepared
    grid: FloatArray
    switches: Switches
    horizons: HorizonLanes
    scratch: SiteScratch

    def take(self, lanes: Counts) -> Self:
        """The target of some of the lanes, with scratch of its own."""
        lanes = whole_blocks(np.asarray(lanes))
        return self._replace(
            columns=aligned_lanes(self.columns[..., lanes]),
            horizons=self.horizons.take(lanes),
            scratch=SiteScratch.new(len(self.scratch.x), self.scratch.workspace.shape, len(lanes)),
        )


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
    shape = new_lane_workspace(model.grid.n_layers, model.structure.months, LANES).shape
    return SiteLanes(
        *model.prior.vector_bounds,
        model.prior.slots,
        aligned_lanes(np.stack(columns, axis=-1)[..., site]),
        model.grid_rows,
        model.switches,
        horizon_lanes(observations, source[:, site], present[:, site], errors),
        SiteScratch.new(len(model.prior) + errors.estimated, shape, len(site)),
    )


@kernel
def site_value_and_gradient(
    x: FloatArray, target: SiteLanes, value: FloatArray, gradient: FloatArray
) -> None:
    """Log posterior density (n,) and its gradient (d, n) at the points x (d, n)."""
    s, horizons = target.scratch, target.horizons
    for k in range(x.shape[0]):
        for i in range(x.shape[1]):
            s.x[k, i] = x[k, i]
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
    w, seed = s.workspace, s.seed
    steady_state_lanes(s.physical, target.columns, target.grid, target.switches, w)
    layers, n = w.shape[1], w.shape[2]
    fast, slow, passive = w[CARBON + 4], w[CARBON + 5], w[CARBON + 6]
    by_soc = seed[4]
    soc = seed[5]  # until the seed is complete
    for j in range(layers):
        for i in range(n):
            soc[j, i] = fast[j, i] + slow[j, i] + passive[j, i]
            by_soc[j, i] = 0.0
    s.by_log_relative[:] = 0.0
    modelled, by_modelled = s.modelled, s.by_modelled
    for k in range(horizons.value.shape[0]):
        for i in range(n):
            modelled[i] = 0.0
        for j in range(layers):
            row = horizons.operator[k, j]
            for i in range(n):
                modelled[i] += row[i] * soc[j, i]
        add_horizons(horizons, k, modelled, s.relative, s.value, by_modelled, s.by_log_relative)
        for j in range(layers):
            row = horizons.operator[k, j]
            for i in range(n):
                by_soc[j, i] += row[i] * by_modelled[i]
    for j in range(layers):
        for i in range(n):
            seed[5, j, i] = by_soc[j, i]
            seed[6, j, i] = by_soc[j, i]
    adjoint_terms_lanes(s.physical, target.columns, target.grid, target.switches, w)
    adjoint_lanes(s.physical, target.columns, target.grid, target.switches, w, seed, s.by_physical)
    leave_lanes(
        s.x, s.by_physical, s.by_log_relative, s.slope, target.slots, s.outside, s.value, s.gradient
    )
    for i in range(x.shape[1]):
        value[i] = s.value[i]
    for k in range(x.shape[0]):
        for i in range(x.shape[1]):
            gradient[k, i] = s.gradient[k, i]


register_gradient(SiteLanes, site_value_and_gradient)
