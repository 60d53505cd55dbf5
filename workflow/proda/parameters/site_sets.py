"""One parameter set per site, taken from its posterior: what the learners are trained on.

mean               posterior mean of each parameter (Tao et al. 2020)
mode               mode of the extreme value distribution fitted to each parameter; the mean where
                   that fit found no maximum
transformed_mean   Phi(mean of Phi^-1(theta)) over the posterior draws
mean_soc           Phi((1 - s) Phi^-1(transformed_mean) + s Phi^-1(mean)), with the s from 0 to 1
                   for which the model has the mean SOC stock of the draws, 0-100 cm

A single set is not equivalent to a posterior: soil carbon is not linear in the parameters, so that
the model run at one of the first three has another soil carbon than the mean over the draws: mostly
less at the transformed mean and more at the mean (docs/methods/learning.md).
"""

import logging
from collections.abc import Callable
from typing import TypeAlias

import netCDF4
import numpy as np

from proda.arrays import FloatArray, Theta
from proda.errors import InputError
from proda.inference.certificate import STOCK_DEPTHS
from proda.inference.gev import Status as GevStatus
from proda.inference.posterior_file import SMALLEST
from proda.model import SoilModel

__all__ = ["MEAN", "MEAN_SOC", "TARGETS", "ReadColumns", "needed_variables", "read_targets"]

ReadColumns: TypeAlias = Callable[[int, int], FloatArray]
"""Prepared forcing of the profiles from the first one on, by that and their number."""

log = logging.getLogger(__name__)

MEAN, MODE, TRANSFORMED_MEAN, MEAN_SOC = "mean", "mode", "transformed_mean", "mean_soc"

# Name of each target, and the variables of the file of site posteriors that it is made of.
TARGETS = {
    MEAN: ("mean",),
    MODE: ("mode", "gev_status", "mean"),
    TRANSFORMED_MEAN: ("transformed_mean",),
    MEAN_SOC: ("transformed_mean", "mean", "stock_mean"),
}

COLUMNS = 2_000  # profiles whose prepared forcing is in memory at a time
KILOGRAM = 1e3  # g
STOCK_DEPTH = 1.0  # m, of the stock that decides between transformed mean and mean
HALVINGS = 30  # of the interval that holds s


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


def read_targets(
    file: netCDF4.Dataset, target: str, model: SoilModel, columns: ReadColumns | None = None
) -> Theta:
    """Targets of all profiles of an open file of site posteriors.

    Parameters
    ----------
    file
        With the ``needed_variables``.
    target
        One of TARGETS.
    model
        Whose parameters they are.
    columns
        Reads the prepared forcing (`SoilModel.columns`) of so many profiles from a first one on,
        which MEAN_SOC needs.

    Returns
    -------
    Theta
        (profiles, parameters), NaN where a profile was not fitted.

    Raises
    ------
    InputError
        If forcing is needed and missing.
    """
    if target == TRANSFORMED_MEAN:
        return _values(file["transformed_mean"])
    means = _values(file["mean"])
    if target == MEAN:
        return means
    if target == MEAN_SOC:
        if columns is None:
            raise InputError(f"target {target}", "forcing of the profiles", "none")
        wanted = _values(file["stock_mean"])[:, STOCK_DEPTHS.index(STOCK_DEPTH)]
        low, found = _values(file["transformed_mean"]), np.empty_like(means)
        for first in range(0, len(means), COLUMNS):
            rows = slice(first, min(first + COLUMNS, len(means)))
            forced = columns(first, rows.stop - first)
            found[rows] = _with_stocks(wanted[rows], low[rows], means[rows], model, forced)
        return found
    status = np.ma.filled(file["gev_status"][:], GevStatus.NOT_CONVERGED)
    missing = status == GevStatus.NOT_CONVERGED
    lost = int((missing & ~np.isnan(means)).sum())
    if lost:
        log.warning("%d modes were not found: the means take their place", lost)
    return np.where(missing, means, _values(file["mode"]))


def _with_stocks(
    wanted: FloatArray, low: Theta, high: Theta, model: SoilModel, columns: FloatArray
) -> Theta:
    """Sets between ``low`` and ``high`` (profiles, parameters) with the stocks, kg m-2.

    Found by bisection; where the stock is below that of ``low`` or above that of ``high``, they.
    """
    known = np.flatnonzero(~np.isnan(low).any(axis=-1))
    first, last = (
        model.prior.to_transformed(np.clip(theta[known], SMALLEST, 1.0 - SMALLEST))
        for theta in (low, high)
    )
    share, step = np.zeros((len(known), 1)), 1.0
    for _ in range(HALVINGS):
        step /= 2.0
        theta = model.prior.from_transformed(first + (share + step) * (last - first))
        stock = np.full(len(known), np.inf)
        some = model.prior.feasible(theta)
        soc = model.soc(model.steady_state_in(model.physical(theta[some]), columns, known[some]))
        stock[some] = model.stock(soc, 0.0, STOCK_DEPTH) / KILOGRAM
        share += np.where(stock < wanted[known], step, 0.0)[:, None]
    found = np.full(low.shape, np.nan)
    found[known] = model.prior.from_transformed(first + share * (last - first))
    return found


def _values(variable: netCDF4.Variable | np.ma.MaskedArray) -> Theta:
    """Values in double precision, NaN where there are none."""
    return np.ma.filled(variable[:].astype(np.float64), np.nan)
