"""What profiles say about a parameter set: their likelihood, modelled horizons, and derivatives.

For a learner that is trained through the soil model. A batch of m profiles takes m lanes: theta
(m, parameters) goes in; out come the modelled SOC of every horizon, m_k = H_k c(theta), the log
likelihood of the profile, and its gradient in theta, dp/dtheta dc'/dp H' dL/dm, from one transposed
solve (proda.model.lanes.adjoint). What belongs to one profile lies side by side in memory, since
the profiles of a batch are drawn at random. Profiles are padded to a common number of horizons with
horizons of weight 0.

What covariates do not explain makes all horizons of a profile deviate together; the likelihood is
then that over a scatter between profiles (proda.inference.profile_scatter), and the model is the
mean over profiles with the same covariates.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from proda.arrays import Counts, FloatArray, Mask, Texts, Theta
from proda.compiled import kernel
from proda.data.forcing import load_site_columns
from proda.data.order import check_profiles
from proda.inference.horizon_lanes import (
    ErrorSettings,
    HorizonLanes,
    fill_lanes,
    horizon_lanes,
    log_likelihood,
)
from proda.inference.likelihoods import ERROR_MODELS
from proda.inference.observations import Observations
from proda.inference.observations_file import open_observations
from proda.inference.profile_scatter import (
    BY_RELATIVE,
    BY_SCATTER,
    NODE_SLOPES,
    NODES,
    OF_NODE,
    SUMS,
    VALUE,
    over_scatter,
)
from proda.model import SoilModel
from proda.model.lanes.adjoint import adjoint_lanes, adjoint_terms_lanes
from proda.model.lanes.layout import LANES, empty_lanes, new_lane_workspace
from proda.model.lanes.steady_state import steady_state_lanes
from proda.model.lanes.vector import (
    block,
    block_of,
    fill,
    load,
    maximum,
    minimum,
    select,
    store,
)
from proda.model.layout import CARBON
from proda.model.prior import Prior
from proda.model.slots import PARAMETERS
from proda.model.switches import Switches

__all__ = ["ABSOLUTE", "Likelihoods", "ObservedProfiles", "observed_profiles", "read_observed"]

ABSOLUTE = "absolute"
"""In place of an error model: minus the absolute error of each horizon, in gC m-3, which is smooth
within 1 gC m-3 (Huber), d^2 / 2 there and |d| - 1/2 beyond."""

# Rows of the seed for soil pools hold, until it is complete, the derivative by SOC, and SOC.
BY_SOC, SOC = 4, 5


class ProfileRows(NamedTuple):
    """Prior, forcing and horizons of n profiles, as the kernel reads them."""

    lowest: FloatArray  # (26,) minimum physical values
    span: FloatArray  # (26,) width of the prior
    slots: Counts  # (parameters,) positions among the 26
    grid: FloatArray
    switches: Switches
    absolute_errors: bool
    columns: FloatArray  # (n, rows, layers) prepared
    operator: FloatArray  # (n, horizons, layers)
    value: FloatArray  # (n, horizons), as the following
    log_value: FloatArray
    absolute: FloatArray
    weight: FloatArray
    censored: FloatArray


class Scratch(NamedTuple):
    """What the evaluation of a block of LANES profiles fills."""

    horizons: HorizonLanes  # of LANES lanes
    columns: FloatArray  # (layers, rows, LANES)
    physical: FloatArray  # (26, LANES)
    by_physical: FloatArray  # (26, LANES)
    seed: FloatArray  # (layers, 7, LANES)
    sums: FloatArray  # (5, LANES)
    nodes: FloatArray  # (NODES, 3 + horizons, LANES)
    modelled: FloatArray  # (horizons, LANES)
    workspace: FloatArray  # (layers, rows, LANES)


class Likelihoods(NamedTuple):
    """Log likelihoods of m profiles and their derivatives.

    Attributes
    ----------
    value
        (m,) not finite where SOC is not positive and the likelihood needs it, and where a column
        has no steady state.
    by_theta
        (m, parameters); zeros if it was not asked for.
    by_log_relative
        (m,) derivative by the logarithm of the relative error.
    by_log_scatter
        (m,) derivative by the logarithm of the scatter between profiles; zeros without.
    modelled
        (m, horizons) SOC density, gC m-3.
    """

    value: FloatArray
    by_theta: Theta
    by_log_relative: FloatArray
    by_log_scatter: FloatArray
    modelled: FloatArray


@dataclass(frozen=True, eq=False)
class ObservedProfiles:
    """Observations and forcing of n profiles.

    Attributes
    ----------
    profile_id
        (n,) identifiers.
    prior
        Of the model's parameters.
    rows
        Forcing and horizons of the profiles they were taken from.
    row
        (n,) row of each profile.
    scratch
        Memory of the kernel.
    """

    profile_id: Texts
    prior: Prior
    rows: ProfileRows
    row: Counts
    scratch: Scratch

    def __len__(self) -> int:
        return len(self.row)

    @property
    def horizons(self) -> int:
        """Largest number of horizons of a profile."""
        return self.rows.value.shape[1]

    @property
    def present(self) -> Mask:
        """(n, horizons) which horizons there are."""
        return np.asarray(self.rows.weight[self.row] > 0.0)

    @property
    def value(self) -> FloatArray:
        """(n, horizons) observed SOC density, gC m-3; of any value where there is no horizon."""
        return np.asarray(self.rows.value[self.row])

    def take(self, rows: npt.NDArray[np.integer] | Mask) -> "ObservedProfiles":
        """Some of the profiles, or some of them several times."""
        return replace(self, profile_id=self.profile_id[rows], row=self.row[rows])

    def with_error_model(self, error_model: str) -> "ObservedProfiles":
        """The same with another likelihood, one of ``ERROR_MODELS``, or ABSOLUTE."""
        errors, absolute = _error_settings(error_model)
        horizons = self.scratch.horizons._replace(kind=errors.kind)
        return replace(
            self,
            rows=self.rows._replace(absolute_errors=absolute),
            scratch=self.scratch._replace(horizons=horizons),
        )

    def modelled(self, theta: Theta, rows: Counts) -> FloatArray:
        """Modelled SOC density of the horizons of some profiles.

        Parameters
        ----------
        theta
            (m, parameters) normalised parameters, feasible.
        rows
            (m,) which profiles.

        Returns
        -------
        FloatArray
            (m, horizons) gC m-3; not finite where a column has no steady state.
        """
        return self.log_likelihood(theta, rows, 1.0, gradient=False).modelled

    def log_likelihood(
        self,
        theta: Theta,
        rows: Counts,
        relative: float,
        gradient: bool = True,
        scatter: float = 0.0,
    ) -> Likelihoods:
        """Log likelihood of some profiles.

        Parameters
        ----------
        theta, rows
            As ``modelled``.
        relative
            Relative error of all horizons.
        gradient
            Whether the derivatives by theta are needed.
        scatter
            Standard deviation of the logarithm of a factor that all horizons of a profile share;
            0 for none. Without meaning for ABSOLUTE.
        """
        m, parameters = theta.shape
        found = Likelihoods(
            np.empty(m),
            np.zeros((m, parameters)),
            np.empty(m),
            np.zeros(m),
            np.empty((m, self.horizons)),
        )
        _evaluate(
            np.ascontiguousarray(theta, dtype=np.float64),
            self.row[rows],
            float(relative),
            float(scatter),
            bool(gradient),
            self.rows,
            self.scratch,
            *found,
        )
        return found


def observed_profiles(
    model: SoilModel,
    columns: FloatArray | Sequence[FloatArray],
    observations: Sequence[Observations],
    profile_id: Sequence[str],
    error_model: str,
) -> ObservedProfiles:
    """Observations and forcing of profiles.

    Parameters
    ----------
    model
        The soil carbon model.
    columns
        Forcing of each profile, prepared by ``model.columns``, (n, rows, layers).
    observations
        Observed SOC of each profile.
    profile_id
        Identifiers.
    error_model
        One of `proda.inference.likelihoods.ERROR_MODELS`, or ABSOLUTE.
    """
    errors, absolute = _error_settings(error_model)
    lanes = horizon_lanes(
        observations, *fill_lanes(np.array([len(one.value) for one in observations])), errors
    )
    of_profiles = (lanes.value, lanes.log_value, lanes.absolute, lanes.weight, lanes.censored)
    rows = ProfileRows(
        *model.prior.vector_bounds,
        model.prior.slots,
        model.grid_rows,
        model.switches,
        absolute,
        np.ascontiguousarray(columns),
        np.ascontiguousarray(np.moveaxis(lanes.operator, -1, 0)),
        *(np.ascontiguousarray(values.T) for values in of_profiles),
    )
    _, n_rows, layers = rows.columns.shape
    horizons = rows.value.shape[1]
    first = lanes.take(np.zeros(LANES, dtype=np.int64))
    scratch = Scratch(
        first,
        empty_lanes(layers, n_rows, LANES),
        empty_lanes(len(PARAMETERS), LANES),
        empty_lanes(len(PARAMETERS), LANES),
        empty_lanes(layers, 7, LANES),
        empty_lanes(SUMS, LANES),
        empty_lanes(NODES, NODE_SLOPES + horizons, LANES),
        empty_lanes(horizons, LANES),
        new_lane_workspace(layers, model.structure.months),
    )
    return ObservedProfiles(
        np.asarray(profile_id, dtype=object),
        model.prior,
        rows,
        np.arange(len(observations)),
        scratch,
    )


def _error_settings(error_model: str) -> tuple[ErrorSettings, bool]:
    """Settings of the likelihood, and whether absolute errors stand in its place."""
    if error_model == ABSOLUTE:
        return ErrorSettings(), True
    return ErrorSettings(ERROR_MODELS[error_model]), False


def read_observed(
    observations_path: str | Path, forcing_path: str | Path, model: SoilModel, error_model: str
) -> ObservedProfiles:
    """Observations and forcing of all accepted profiles.

    Parameters
    ----------
    observations_path, forcing_path
        Paths of observations.nc and site_forcing.nc.
    model
        The soil carbon model.
    error_model
        One of `proda.inference.likelihoods.ERROR_MODELS`, or ABSOLUTE.

    Returns
    -------
    ObservedProfiles
        In the order of the files.

    Raises
    ------
    InputError
        For forcing of other profiles.
    """
    with open_observations(observations_path) as reader:
        ids, observations = reader.all()
    forced, columns = load_site_columns(forcing_path, model)
    check_profiles(forcing_path, forced, ids, observations_path)
    return observed_profiles(model, columns, observations, ids, error_model)


@kernel
def _evaluate(
    theta: FloatArray,
    rows: Counts,
    relative: float,
    scatter: float,
    gradient: bool,
    target: ProfileRows,
    s: Scratch,
    value: FloatArray,
    by_theta: FloatArray,
    by_log_relative: FloatArray,
    by_log_scatter: FloatArray,
    modelled: FloatArray,
) -> None:
    """Fill Likelihoods of sets (m, parameters) at profiles (m,), block after block."""
    m = theta.shape[0]
    layers, horizons = target.grid.shape[1], s.horizons
    w, seed, sums, at_depth = s.workspace, s.seed, s.sums, s.modelled
    pools, by_pools, operator = block_of(w), block_of(seed), block(horizons.operator, 0)
    total, of_block, shares = block(sums, 0), block(at_depth, 0), block(s.nodes, 0)
    for first in range(0, m, LANES):
        for i in range(LANES):
            k = min(first + i, m - 1)
            _fill_lane(i, theta[k], rows[k], target, s)
        steady_state_lanes(s.physical, s.columns, target.grid, target.switches, w)
        for j in range(layers):
            soc = load(pools, (CARBON + 4, j)) + load(pools, (CARBON + 5, j))
            store(by_pools, (SOC, j), soc + load(pools, (CARBON + 6, j)))
            store(by_pools, (BY_SOC, j), 0.0)
        for row in range(BY_SCATTER + 1):
            store(total, row, 0.0)
        for k in range(modelled.shape[1]):
            at = fill(0.0)
            for j in range(layers):
                at = at + load(operator, (k, j)) * load(by_pools, (SOC, j))
            store(of_block, k, at)
        if scatter > 0.0:
            over_scatter(horizons, of_block, relative, scatter, s.nodes, total)
        for k in range(modelled.shape[1]):
            at = load(of_block, k)
            if scatter > 0.0:
                slope = fill(0.0)
                for q in range(NODES):
                    of_node = load(shares, (q, OF_NODE))
                    slope = slope + of_node * load(shares, (q, NODE_SLOPES + k))
            else:
                density, slope, by_error = log_likelihood(horizons, k, 0, at, fill(relative))
                if target.absolute_errors:
                    deviation = at - load(block(horizons.value, 0), k)
                    limited = maximum(minimum(deviation, 1.0), -1.0)
                    present = load(block(horizons.weight, 0), k) > 0.0
                    density = select(present, limited * (0.5 * limited - deviation), 0.0)
                    slope = select(present, -limited, 0.0)
                    by_error = fill(0.0)
                store(total, VALUE, load(total, VALUE) + density)
                store(total, BY_RELATIVE, load(total, BY_RELATIVE) + by_error)
            for j in range(layers):
                by_soc = load(by_pools, (BY_SOC, j)) + load(operator, (k, j)) * slope
                store(by_pools, (BY_SOC, j), by_soc)
        if gradient:
            for j in range(layers):
                by_soc = load(by_pools, (BY_SOC, j))
                for pool in range(4):
                    store(by_pools, (pool, j), 0.0)
                for pool in range(4, 7):
                    store(by_pools, (pool, j), by_soc)
            adjoint_terms_lanes(s.physical, s.columns, target.grid, target.switches, w)
            adjoint_lanes(
                s.physical, s.columns, target.grid, target.switches, w, seed, s.by_physical
            )
        for i in range(min(LANES, m - first)):
            value[first + i], by_log_relative[first + i] = sums[VALUE, i], sums[BY_RELATIVE, i]
            by_log_scatter[first + i] = sums[BY_SCATTER, i]
            for k in range(modelled.shape[1]):
                modelled[first + i, k] = at_depth[k, i]
            if gradient:
                for k in range(theta.shape[1]):
                    slot = target.slots[k]
                    by_theta[first + i, k] = s.by_physical[slot, i] * target.span[slot]


@kernel
def _fill_lane(i: int, theta: FloatArray, row: int, target: ProfileRows, s: Scratch) -> None:
    """Enter a set and a profile into a lane of the scratch."""
    for k in range(theta.shape[0]):
        slot = target.slots[k]
        s.physical[slot, i] = target.lowest[slot] + theta[k] * target.span[slot]
    for r in range(target.columns.shape[1]):
        for j in range(target.columns.shape[2]):
            s.columns[j, r, i] = target.columns[row, r, j]
    horizons = s.horizons
    for k in range(target.value.shape[1]):
        for j in range(target.columns.shape[2]):
            horizons.operator[k, j, i] = target.operator[row, k, j]
        horizons.value[k, i] = target.value[row, k]
        horizons.log_value[k, i] = target.log_value[row, k]
        horizons.absolute[k, i] = target.absolute[row, k]
        horizons.weight[k, i] = target.weight[row, k]
        horizons.censored[k, i] = target.censored[row, k]
