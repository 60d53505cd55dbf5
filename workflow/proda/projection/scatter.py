"""Scatter between places about one parameter set for all of them, and what it adds to means.

With one parameter set the modelled SOC of a place is that of all places with its forcing, about
which they scatter. Where the error model has it as the median of observations, and its relative
error, which then is mostly that scatter, is estimated, the SOC of the method is the median of
places. The mean over them is larger by a factor that the file of draws has for every draw
(`proda.inference.place_mean`); a total is a sum over places, hence of means.
"""

from pathlib import Path

import netCDF4
import numpy as np

from proda.arrays import FloatArray
from proda.errors import InputError
from proda.inference.likelihoods import ERROR_MODELS, MEDIANS
from proda.inference.one_batch import ERROR_MODEL, MEAN_OVER_MEDIAN, RELATIVE_ERROR

__all__ = ["SOC_IS", "read_scatter"]

SOC_IS = (
    "median over the scatter between places: half of the places with this forcing have more; "
    "*_with_scatter is the mean over it, and its total the carbon of all places"
)


def read_scatter(path: str | Path, file: netCDF4.Dataset) -> FloatArray | None:
    """Mean over places over the SOC of the draws of a file, (draws,).

    None where their SOC is not a median of places.

    Parameters
    ----------
    path
        Of the file.
    file
        Parameter draws.

    Raises
    ------
    InputError
        For a relative error of every draw of which the file does not state the error model, or,
        where its SOC is a median, the mean over places.
    """
    if RELATIVE_ERROR not in file.variables:
        return None
    variable = file[RELATIVE_ERROR]
    if variable.dimensions != ("draw",):
        return None  # of each profile about its own parameters: the error of its observations
    hint = "a file of an older version: sample again"
    if ERROR_MODEL not in variable.ncattrs():
        where = f"{path}, {RELATIVE_ERROR}"
        raise InputError(where, f"the attribute {ERROR_MODEL}", "none", hint)
    if ERROR_MODELS.get(variable.getncattr(ERROR_MODEL)) not in MEDIANS:
        return None
    if MEAN_OVER_MEDIAN not in file.variables:
        raise InputError(path, f"the variable {MEAN_OVER_MEDIAN}", "none", hint)
    return np.ma.filled(file[MEAN_OVER_MEDIAN][:].astype(np.float64), np.nan)
