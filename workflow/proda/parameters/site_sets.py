"""One parameter set per site, taken from its posterior: what the learners are trained on.

mean               posterior mean of each parameter (Tao et al. 2020)
mode               mode of the extreme value distribution fitted to each parameter; the mean where
                   that fit found no maximum
transformed_mean   Phi(mean of Phi^-1(theta)) over the posterior draws

A single set is not equivalent to a posterior: soil carbon is not linear in the parameters, so that
the model run at either of them has another soil carbon than the mean over the draws
(docs/methods/learning.md).
"""

import logging

import netCDF4
import numpy as np

from proda.arrays import Theta
from proda.errors import InputError
from proda.inference.gev import Status as GevStatus
from proda.model import SoilModel

__all__ = ["MEAN", "TARGETS", "needed_variables", "read_targets"]

log = logging.getLogger(__name__)

MEAN, MODE, TRANSFORMED_MEAN = "mean", "mode", "transformed_mean"

# Name of each target, and the variables of the file of site posteriors that it is made of.
TARGETS = {
    MEAN: ("mean",),
    MODE: ("mode", "gev_status", "mean"),
    TRANSFORMED_MEAN: ("theta",),
}

# Draws are stored in single precision and may be rounded to a bound, where Phi^-1 is infinite.
SMALLEST = 2.0**-25
PROFILES = 64  # whose draws are in memory at a time


def needed_variables(target: str) -> tuple[str, ...]:
    """Variables of the file of site posteriors that a target is made of.

    Raises
    ------
    InputError
        For an unknown target.
    """
    if target not in TARGETS:
        raise InputError("learning.target", f"one of {', '.join(TARGETS)}", repr(target))
    return TARGETS[target]


def read_targets(file: netCDF4.Dataset, target: str, model: SoilModel) -> Theta:
    """Targets of all profiles of an open file of site posteriors.

    Parameters
    ----------
    file
        With the ``needed_variables``.
    target
        One of TARGETS.
    model
        Whose parameters they are.

    Returns
    -------
    Theta
        (profiles, parameters), NaN where a profile was not fitted.
    """
    if target == TRANSFORMED_MEAN:
        return _transformed_means(file, model)
    means = _values(file["mean"])
    if target == MEAN:
        return means
    status = np.ma.filled(file["gev_status"][:], GevStatus.NOT_CONVERGED)
    missing = status == GevStatus.NOT_CONVERGED
    lost = int((missing & ~np.isnan(means)).sum())
    if lost:
        log.warning("%d modes were not found: the means take their place", lost)
    return np.where(missing, means, _values(file["mode"]))


def _transformed_means(file: netCDF4.Dataset, model: SoilModel) -> Theta:
    """Phi of the mean transformed draw of each profile."""
    theta = file["theta"]
    means = np.empty((theta.shape[0], theta.shape[2]))
    for first in range(0, len(means), PROFILES):
        draws = _values(theta[first : first + PROFILES])
        x = model.prior.to_transformed(np.clip(draws, SMALLEST, 1.0 - SMALLEST))
        means[first : first + PROFILES] = model.prior.from_transformed(x.mean(axis=1))
    return means


def _values(variable: netCDF4.Variable | np.ma.MaskedArray) -> Theta:
    """Values in double precision, NaN where there are none."""
    return np.ma.filled(variable[:].astype(np.float64), np.nan)
