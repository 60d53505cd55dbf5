"""Coverage of the truth by posterior intervals, and how much the data constrain a parameter.

A central interval of level p runs from the quantile (1 - p)/2 to (1 + p)/2 of the draws. If prior
and likelihood are those that made truth and data, the interval contains the truth with probability
p. How much the data constrain a parameter is its posterior standard deviation over that of the
prior (compare the variances in Table S1 of Tao et al. 2020).
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from proda.arrays import FloatArray, Mask
from proda.check import as_array
from proda.errors import InputError

__all__ = ["LEVELS", "constraint_table", "covered", "mean_and_error"]

LEVELS = (0.5, 0.9)


def covered(draws: npt.ArrayLike, truth: npt.ArrayLike, level: float) -> Mask:
    """Whether the central interval of the draws contains the truth, ends included.

    Parameters
    ----------
    draws
        (draws, k).
    truth
        (k,).
    level
        Of the interval.

    Raises
    ------
    InputError
        For a level outside (0, 1).
    """
    if not 0.0 < level < 1.0:
        raise InputError("level", "a number between 0 and 1", str(level))
    sample = as_array("draws", draws, (None, None))
    true = as_array("truth", truth, sample.shape[1:])
    low, high = np.quantile(sample, [0.5 - 0.5 * level, 0.5 + 0.5 * level], axis=0)
    return (low <= true) & (true <= high)


def mean_and_error(hits: Sequence[npt.ArrayLike]) -> tuple[float, float]:
    """Fraction of covered values and its standard error.

    The values of a profile have its draws in common and are not independent, so profiles are
    averaged first and the error is that of the mean over profiles.

    Parameters
    ----------
    hits
        Per profile a bool array of any length.

    Raises
    ------
    InputError
        For fewer than two profiles.
    """
    if len(hits) < 2:
        raise InputError("hits", "at least two profiles", str(len(hits)))
    fractions = np.array([np.mean(one) for one in hits])
    return float(fractions.mean()), float(fractions.std(ddof=1) / np.sqrt(len(fractions)))


def constraint_table(
    names: Iterable[str],
    inside: Mapping[float, npt.ArrayLike],
    posterior: npt.ArrayLike,
    prior: FloatArray,
) -> pd.DataFrame:
    """Parameters from the most to the least constrained.

    Parameters
    ----------
    names
        Of d parameters.
    inside
        {level: bool (profiles, d)}.
    posterior
        (profiles, d) standard deviations of theta.
    prior
        (d,) standard deviations of theta.

    Returns
    -------
    pandas.DataFrame
        parameter, posterior_sd_over_prior_sd (median of the profiles), posterior_variance (mean of
        the profiles, as in Table S1), coverage_<percent>.
    """
    table = pd.DataFrame(
        {
            "parameter": list(names),
            "posterior_sd_over_prior_sd": np.median(posterior, axis=0) / prior,
            "posterior_variance": (np.asarray(posterior) ** 2).mean(axis=0),
        }
    )
    for level, hits in inside.items():
        table[f"coverage_{level:.0%}".rstrip("%")] = np.mean(hits, axis=0)
    return table.sort_values("posterior_sd_over_prior_sd", kind="stable", ignore_index=True)
