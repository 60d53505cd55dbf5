"""Scatter between places about one parameter set for all of them, and what it adds to means.

With one parameter set the modelled SOC m of a place is that of all places with its forcing.
Observed SOC scatters about it by more than its error, because places differ. Where errors are
log-normal about m as median and their relative error c is estimated,

    c^2 = s^2 + e^2

with e the stated relative error of an observation, and s the standard deviation of the logarithm of
SOC between places. An error of measurement is no carbon, so that the mean over places is

    m exp(s^2 / 2) = m exp((c^2 - e^2) / 2)

for each posterior draw with its own c; where c < e nothing is left for the scatter, s = 0. A total
is a sum over places, hence of means: made of medians it is too low. Where the logarithm scatters as
Student's t, there is a median but no mean.
"""

from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np
import numpy.typing as npt

from proda.arrays import FloatArray
from proda.errors import InputError
from proda.inference.likelihoods import ERROR_MODELS, LOGNORMAL, MEDIANS
from proda.inference.one_batch import ERROR_MODEL, RELATIVE_ERROR, STATED_ERROR

__all__ = ["Scatter", "mean_over_median", "read_scatter"]

MEDIAN = "median over the scatter between places: half of the places with this forcing have more"
AND_MEAN = "; *_with_scatter is the mean over it, and its total the carbon of all places"


@dataclass(frozen=True)
class Scatter:
    """What the SOC of a method is, where it is the median of places that scatter.

    Attributes
    ----------
    factor
        (draws,) from the median to the mean over places; None where there is no mean.
    """

    factor: FloatArray | None

    @property
    def soc_is(self) -> str:
        """In words."""
        return MEDIAN if self.factor is None else MEDIAN + AND_MEAN


def mean_over_median(relative: npt.ArrayLike, stated: float) -> FloatArray:
    """Factor from the median to the mean over places.

    Parameters
    ----------
    relative
        Estimated relative errors about one parameter set for all places.
    stated
        Relative error of an observation.
    """
    scatter = np.square(np.asarray(relative, dtype=np.float64)) - stated**2
    return np.exp(0.5 * np.maximum(scatter, 0.0))


def read_scatter(path: str | Path, file: netCDF4.Dataset) -> Scatter | None:
    """Scatter about the parameter draws of a file; None where their SOC is not a median of places.

    Parameters
    ----------
    path
        Of the file.
    file
        Parameter draws.

    Raises
    ------
    InputError
        For a relative error of every draw of which the file does not state the error model, or the
        error of an observation.
    """
    if RELATIVE_ERROR not in file.variables:
        return None
    variable = file[RELATIVE_ERROR]
    if variable.dimensions != ("draw",):
        return None  # of each profile about its own parameters: the error of its observations
    for name in (ERROR_MODEL, STATED_ERROR):
        if name not in variable.ncattrs():
            where, hint = f"{path}, {RELATIVE_ERROR}", "a file of an older version: sample again"
            raise InputError(where, f"the attribute {name}", "none", hint)
    kind = ERROR_MODELS.get(variable.getncattr(ERROR_MODEL))
    if kind not in MEDIANS:
        return None
    if kind != LOGNORMAL:
        return Scatter(None)
    relative = np.ma.filled(variable[:].astype(np.float64), np.nan)
    return Scatter(mean_over_median(relative, float(variable.getncattr(STATED_ERROR))))
