"""Do posterior intervals hold the truth as often as they say, and what did the data constrain?

Of this the workflow uses the spread of the prior alone (Table S1); the rest is for
benchmarks/truth.py.

A central interval of level p runs from the quantile (1 - p)/2 to (1 + p)/2 of the draws. If prior
and likelihood are those that made truth and data, the interval holds the truth with probability p.
How much the data constrain a parameter is its posterior standard deviation over that of the prior
(compare the variances in Table S1 of Tao et al. 2020).
"""

import numpy as np
import pandas as pd

from proda.check import as_array
from proda.errors import InputError

__all__ = ["LEVELS", "constraint_table", "covered", "mean_and_error"]

LEVELS = (0.5, 0.9)


def covered(draws, truth, level):
    """Where the central interval of the draws holds the truth, ends included: bool (k,).

    draws: (draws, k). truth: (k,). Raises InputError for a level outside (0, 1).
    """
    if not 0.0 < level < 1.0:
        raise InputError("level", "a number between 0 and 1", str(level))
    draws = as_array("draws", draws, (None, None))
    truth = as_array("truth", truth, draws.shape[1:])
    low, high = np.quantile(draws, [0.5 - 0.5 * level, 0.5 + 0.5 * level], axis=0)
    return (low <= truth) & (truth <= high)


def mean_and_error(hits):
    """Share of covered values and its standard error, (float, float).

    hits: per profile a bool array of any length. What belongs to one profile shares its draws and
    its luck, so profiles are averaged first and the error is that of the mean over profiles.
    Raises InputError for fewer than two profiles.
    """
    if len(hits) < 2:
        raise InputError("hits", "at least two profiles", str(len(hits)))
    shares = np.array([np.mean(one) for one in hits])
    return float(shares.mean()), float(shares.std(ddof=1) / np.sqrt(len(shares)))


def constraint_table(names, inside, posterior, prior):
    """Parameters from the best to the least constrained, as a DataFrame.

    names: of d parameters. inside: {level: bool (profiles, d)}. posterior: (profiles, d) standard
    deviations of theta. prior: (d,). Columns: parameter, posterior_sd_over_prior_sd (median of the
    profiles), posterior_variance (mean of the profiles, as in Table S1), coverage_<percent>.
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
