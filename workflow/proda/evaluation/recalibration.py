"""Recalibration of predictive distributions by one factor of their spread.

With u the PIT of an observation under the predictive distribution F (`predictive`), z = Phi^-1(u)
is standard normal if F is right. Its spread shows by how much F is too narrow: the recalibrated
distribution has the PIT

    u' = Phi(z / f),   f = q_p(|z|) / Phi^-1((1 + p) / 2),   p = 0.9

with q_p the quantile over horizons, so that f = 1 changes nothing. An interval of probability p of
F' is the interval of F between its quantiles Phi(-+ f Phi^-1((1 + p) / 2)).

A factor is never taken from the horizons that it is judged on. Those of the cross-validation have
the factor of all other folds (cross-fitting); random test sites have that of the held-out
predictions of all other sites.

Notes
-----
Only |z| enters: a bias stays one. One factor serves all depths, since few horizons are deep.
"""

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from proda.arrays import FloatArray, Mask
from proda.evaluation.predictive import CROSS_VALIDATION, HELD_OUT, MAIN

__all__ = ["recalibrate", "spread_factor"]


def spread_factor(pit: FloatArray) -> float:
    """Factor of the spread with which MAIN of the horizons lie in the interval of that probability.

    Parameters
    ----------
    pit
        (h,) PIT of held-out horizons.

    Returns
    -------
    float
        NaN without horizons; infinite where too many lie beyond every quantile.
    """
    if not len(pit):
        return np.nan
    z = np.abs(ndtri(pit))
    # An order statistic, as infinite values cannot be interpolated.
    return float(np.quantile(z, MAIN, method="higher") / ndtri(0.5 * (1.0 + MAIN)))


def recalibrate(table: pd.DataFrame, profiles: pd.DataFrame) -> pd.DataFrame:
    """Recalibrate the held-out predictions of every method that has a cross-validation.

    Parameters
    ----------
    table
        Of `proda.evaluation.predictive.pit_table`.
    profiles
        Profiles of Pairs: fold and role.

    Returns
    -------
    DataFrame
        The table with ``factor`` and ``pit_recalibrated``, NaN for horizons of other sets of sites
        and of methods without a cross-validation.
    """
    fold = profiles["fold"].to_numpy()[table["profile"]]
    test = (profiles["role"] == "test").to_numpy()[table["profile"]]
    sites, method = table["sites"].to_numpy(), table["method"].to_numpy()
    pit = table["pit"].to_numpy()
    factor = np.full(len(table), np.nan)
    for name in table.loc[sites == CROSS_VALIDATION, "method"].unique():
        crossed: Mask = (method == name) & (sites == CROSS_VALIDATION)
        for one in np.unique(fold[crossed]):
            factor[crossed & (fold == one)] = spread_factor(pit[crossed & (fold != one)])
        factor[(method == name) & (sites == HELD_OUT)] = spread_factor(pit[crossed & ~test])
    return table.assign(factor=factor, pit_recalibrated=ndtr(ndtri(pit) / factor))
