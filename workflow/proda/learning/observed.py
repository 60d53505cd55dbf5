"""What profiles say about a parameter set: modelled horizons, their likelihood, and derivatives.

For a learner that is trained through the soil model. A batch of n profiles takes n lanes: theta
(n, parameters) goes in, the modelled SOC of every horizon m = H c(theta) comes out, and on the way
back the gradient of any function L of m, dL/dtheta = dp/dtheta dc'/dp H' dL/dm, from one transposed
solve (proda.model.lanes.adjoint). Profiles are padded to a common number of horizons with horizons
of weight 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from proda.arrays import Counts, FloatArray, Mask, Texts, Theta
from proda.compiled import kernel
from proda.data.forcing import load_site_forcing
from proda.data.order import check_profiles
from proda.inference.horizon_lanes import (
    ErrorSettings,
    HorizonLanes,
    log_likelihood,
    whole_blocks,
)
from proda.inference.likelihoods import ERROR_MODELS
from proda.inference.observations import Observations
from proda.inference.observations_file import open_observations
from proda.inference.site_lanes import SiteLanes, site_lanes
from proda.model import SoilModel
from proda.model.lanes.adjoint import adjoint_lanes, adjoint_terms_lanes
from proda.model.lanes.layout import LANES
from proda.model.lanes.steady_state import steady_state_lanes
from proda.model.lanes.vector import block, fill, load, store
from proda.model.layout import CARBON
from proda.model.prior import Prior

__all__ = ["ObservedProfiles", "observed_profiles", "read_observed"]


@dataclass(frozen=True, eq=False)
class ObservedProfiles:
    """Observations and forcing of n profiles.

    Attributes
    ----------
    profile_id
        (n,) identifiers.
    prior
        Of the model's parameters.
    lanes
        Columns and horizons of the profiles they were taken from, a lane each.
    lane
        (n,) lane of each profile.
    """

    profile_id: Texts
    prior: Prior
    lanes: SiteLanes
    lane: Counts

    def __len__(self) -> int:
        return len(self.lane)

    @property
    def horizons(self) -> int:
        """Largest number of horizons of a profile."""
        return len(self.lanes.horizons.value)

    @property
    def present(self) -> Mask:
        """(n, horizons) which horizons there are."""
        return np.asarray(self.lanes.horizons.weight[:, self.lane].T > 0.0)

    @property
    def value(self) -> FloatArray:
        """(n, horizons) observed SOC density, gC m-3; of any value where there is no horizon."""
        return np.ascontiguousarray(self.lanes.horizons.value[:, self.lane].T)

    def take(self, rows: npt.NDArray[np.integer] | Mask) -> "ObservedProfiles":
        """Some of the profiles, or some of them several times."""
        return replace(self, profile_id=self.profile_id[rows], lane=self.lane[rows])

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
        batch = self.lanes.take(self.lane[rows])
        lanes = batch.horizons.value.shape[1]
        modelled = np.empty((self.horizons, lanes))
        _modelled(_in_lanes(theta, lanes), batch, modelled)
        return np.ascontiguousarray(modelled[:, : len(rows)].T)

    def theta_gradient(self, theta: Theta, rows: Counts, by_modelled: FloatArray) -> Theta:
        """Gradient in theta (m, parameters) of a function of the modelled horizons.

        Parameters
        ----------
        theta, rows
            As ``modelled``.
        by_modelled
            (m, horizons) derivatives of the function by the modelled SOC densities.
        """
        batch = self.lanes.take(self.lane[rows])
        lanes = batch.horizons.value.shape[1]
        by_theta = np.empty((theta.shape[1], lanes))
        _theta_gradient(_in_lanes(theta, lanes), _in_lanes(by_modelled, lanes), batch, by_theta)
        return np.ascontiguousarray(by_theta[:, : len(rows)].T)

    def log_likelihood(
        self, modelled: FloatArray, rows: Counts, relative: float
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log likelihood of some profiles, given their modelled horizons.

        Parameters
        ----------
        modelled
            (m, horizons) gC m-3.
        rows
            (m,) which profiles.
        relative
            Relative error of all horizons.

        Returns
        -------
        value
            (m,) log likelihood; not finite where SOC is not positive and the likelihood needs it.
        by_modelled
            (m, horizons) its derivatives by ``modelled``.
        by_log_relative
            (m,) its derivative by the logarithm of the relative error.
        """
        horizons = self.lanes.horizons.take(whole_blocks(self.lane[rows]))
        lanes = horizons.value.shape[1]
        value, by_log_relative = np.empty((1, lanes)), np.empty((1, lanes))
        by_modelled = np.empty((self.horizons, lanes))
        _log_likelihood(
            _in_lanes(modelled, lanes),
            float(relative),
            horizons,
            value,
            by_modelled,
            by_log_relative,
        )
        m = len(rows)
        return value[0, :m], np.ascontiguousarray(by_modelled[:, :m].T), by_log_relative[0, :m]


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
        One of `proda.inference.likelihoods.ERROR_MODELS`.
    """
    errors = ErrorSettings(ERROR_MODELS[error_model])
    lanes = site_lanes(model, list(columns), observations, errors, chains=1)
    return ObservedProfiles(
        np.asarray(profile_id, dtype=object), model.prior, lanes, np.arange(len(observations))
    )


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
        One of `proda.inference.likelihoods.ERROR_MODELS`.

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
        observations = [reader.observations(i) for i in range(len(reader))]
        ids = [reader.profile_id(i) for i in range(len(reader))]
    forced, forcing = load_site_forcing(forcing_path)
    check_profiles(forcing_path, forced, ids, observations_path)
    return observed_profiles(model, model.columns(forcing), observations, ids, error_model)


def _in_lanes(values: FloatArray, lanes: int) -> FloatArray:
    """(m, k) values as (k, lanes), the last one repeated in lanes beyond m."""
    filled = np.minimum(np.arange(lanes), len(values) - 1)
    return np.ascontiguousarray(np.asarray(values, dtype=np.float64)[filled].T)


@kernel
def _solve(theta: FloatArray, target: SiteLanes, first: int) -> None:
    """Steady states of the block of sets that begins at ``first``, left in the scratch."""
    s = target.scratch
    for k in range(theta.shape[0]):
        slot = target.slots[k]
        for i in range(LANES):
            s.physical[slot, i] = target.lowest[slot] + theta[k, first + i] * target.span[slot]
    columns = target.columns[first // LANES]
    steady_state_lanes(s.physical, columns, target.grid, target.switches, s.workspace)


@kernel
def _modelled(theta: FloatArray, target: SiteLanes, modelled: FloatArray) -> None:
    """SOC (horizons, n) of normalised sets (parameters, n)."""
    w, operator = target.scratch.workspace, target.horizons.operator
    for first in range(0, theta.shape[1], LANES):
        _solve(theta, target, first)
        for k in range(modelled.shape[0]):
            for i in range(LANES):
                total = 0.0
                for j in range(w.shape[1]):
                    soc = w[CARBON + 4, j, i] + w[CARBON + 5, j, i] + w[CARBON + 6, j, i]
                    total += operator[k, j, first + i] * soc
                modelled[k, first + i] = total


@kernel
def _theta_gradient(
    theta: FloatArray, by_modelled: FloatArray, target: SiteLanes, by_theta: FloatArray
) -> None:
    """Gradient (parameters, n) of a function whose derivatives by ``_modelled`` are given."""
    s, operator = target.scratch, target.horizons.operator
    grid, switches, w = target.grid, target.switches, s.workspace
    for first in range(0, theta.shape[1], LANES):
        _solve(theta, target, first)
        for j in range(s.seed.shape[1]):
            for i in range(LANES):
                by_soc = 0.0
                for k in range(by_modelled.shape[0]):
                    by_soc += operator[k, j, first + i] * by_modelled[k, first + i]
                for pool in range(4):
                    s.seed[pool, j, i] = 0.0
                for pool in range(4, 7):
                    s.seed[pool, j, i] = by_soc
        columns = target.columns[first // LANES]
        adjoint_terms_lanes(s.physical, columns, grid, switches, w)
        adjoint_lanes(s.physical, columns, grid, switches, w, s.seed, s.by_physical)
        for k in range(theta.shape[0]):
            slot = target.slots[k]
            for i in range(LANES):
                by_theta[k, first + i] = s.by_physical[slot, i] * target.span[slot]


@kernel
def _log_likelihood(
    modelled: FloatArray,
    relative: float,
    horizons: HorizonLanes,
    value: FloatArray,
    by_modelled: FloatArray,
    by_log_relative: FloatArray,
) -> None:
    """Log likelihood (1, n) of modelled horizons (horizons, n), and its derivatives."""
    for first in range(0, modelled.shape[1], LANES):
        total, by_error = fill(0.0), fill(0.0)
        for k in range(modelled.shape[0]):
            at = load(block(modelled, first), k)
            density, slope, error = log_likelihood(horizons, k, first, at, fill(relative))
            store(block(by_modelled, first), k, slope)
            total, by_error = total + density, by_error + error
        store(block(value, first), 0, total)
        store(block(by_log_relative, first), 0, by_error)
