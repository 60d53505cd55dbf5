"""Maps adjusted to the median and to the mean of places, by factors from held-out horizons.

SOC differs between places that no covariate tells apart, and its distribution is skewed: a map that
has the mean of such places exceeds most of them, and one that has their median falls short of the
carbon of all. With o observed and m modelled SOC at horizons that were held out, the map times

    median(o / m)          has too much as often as too little,
    sum(o) / sum(m)        has no bias (the ratio estimator, Cochran 1977).

The factors of all folds are those of the map. They are judged by cross-fitting: the horizons of a
fold are multiplied by the factor of all other folds, so that none takes part in its own.

Notes
-----
One factor serves all depths and all places. Methods without folds of their own (the default run and
pooled methods) are held to the same folds, but fitted to all profiles.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from proda.arrays import Counts, FloatArray, Mask
from proda.config.sections.evaluation import EvaluationSettings
from proda.errors import InputError
from proda.evaluation.pairs import Pairs
from proda.evaluation.skill import Resamples, interval, median_ratio, skill, skill_intervals
from proda.evaluation.table_1 import BLOCKS, scored_sets
from proda.parameters.methods import method_of
from proda.projection.stocks import INTERVALS

__all__ = ["DEPTH", "bias_adjustment", "cross_fitted", "mean_factor", "median_factor"]

DEPTH = INTERVALS[3].label
"""Depth interval of the totals."""


def median_factor(observed: FloatArray, modelled: FloatArray) -> float:
    """Median of observed over modelled values (h,).

    A modelled value that is not positive is too small with any factor. NaN without values, and
    where half of them are not positive.
    """
    return _median_with_ends(np.zeros(len(observed), dtype=np.int64), observed, modelled)[0]


def mean_factor(observed: FloatArray, modelled: FloatArray) -> float:
    """Sum of observed over that of modelled values (h,); NaN where this is not positive."""
    total = modelled.sum()
    return float(observed.sum() / total) if total > 0 else np.nan


def cross_fitted(
    factor: Callable[[FloatArray, FloatArray], float],
    observed: FloatArray,
    modelled: FloatArray,
    fold: Counts,
) -> FloatArray:
    """Modelled values (h,), those of each fold times the factor of all other folds.

    Parameters
    ----------
    factor
        ``median_factor`` or ``mean_factor``.
    observed, modelled
        (h,) positive observed and modelled values of one unit.
    fold
        (h,) fold that each horizon was held out with.
    """
    adjusted = np.empty_like(modelled)
    for one in np.unique(fold):
        held_out = fold == one
        adjusted[held_out] = modelled[held_out] * factor(observed[~held_out], modelled[~held_out])
    return adjusted


def bias_adjustment(
    pairs: Pairs,
    methods: Sequence[str],
    totals: Mapping[str, float],
    seed: int,
    resamples: int = EvaluationSettings.resamples,
    cluster: Counts | None = None,
) -> pd.DataFrame:
    """Factors of methods, their skill with them, and the totals of their maps.

    Parameters
    ----------
    pairs
        Observed and modelled SOC, with a fold of every used profile.
    methods
        As for ``table_1``; one that predicts no place without a profile has no row.
    totals
        {method: SOC of its map to DEPTH in Pg}, of those that have one.
    seed, resamples, cluster
        As for ``table_1``.

    Returns
    -------
    pandas.DataFrame
        method, profiles and horizons; median_factor and mean_factor of all folds; median_ratio,
        bias and rmse (kg m-3) of the method as it is; adjusted_median_ratio with the cross-fitted
        median_factor; adjusted_bias and adjusted_rmse with the cross-fitted mean_factor; total_pg,
        and median_total_pg and mean_total_pg with the factors. Beside factors, adjusted scores and
        totals stand <name>_low and <name>_high (95 %); those of totals have the uncertainty of the
        factor alone. NaN where a factor or a map is missing.

    Raises
    ------
    InputError
        As ``table_1``; where no method has held-out predictions, and for a used profile without
        fold.
    """
    methods = [name for name in methods if method_of(name).has_map]
    held_out = next(
        (one for one in scored_sets(pairs, methods, cluster) if one.name == BLOCKS), None
    )
    if held_out is None:
        raise InputError("pairs", "a column <learner>_blocks of held-out predictions", "none")
    fold = _folds(pairs, held_out.scored)
    observed, by = held_out.observed, held_out.cluster
    draws = Resamples(held_out.clusters, seed, resamples)
    rows = []
    for method, modelled in zip(methods, held_out.modelled.T, strict=True):
        median = _median_with_ends(by, observed, modelled)
        mean = (mean_factor(observed, modelled), *_ends_of_mean(by, observed, modelled, draws))
        found, total = skill(observed, modelled), totals.get(method, np.nan)
        typical = cross_fitted(median_factor, observed, modelled, fold)
        average = cross_fitted(mean_factor, observed, modelled, fold)
        rows.append(
            {
                "method": method,
                "profiles": int(held_out.scored.sum()),
                "horizons": len(observed),
                **_with_ends("median_factor", median),
                **_with_ends("mean_factor", mean),
                "median_ratio": median_ratio(by, observed, modelled)[0],
                "bias": found.bias,
                "rmse": found.rmse,
                **_adjusted_ratio(by, observed, typical),
                **_adjusted_scores(by, observed, average, draws),
                "total_pg": total,
                **_with_ends("median_total_pg", [total * one for one in median]),
                **_with_ends("mean_total_pg", [total * one for one in mean]),
            }
        )
    return pd.DataFrame(rows)


def _folds(pairs: Pairs, scored: Mask) -> Counts:
    """(h,) fold of each horizon of the scored profiles."""
    profile = pairs.horizons["profile"].to_numpy()
    profile = profile[scored[profile]]
    fold = pairs.profiles["fold"].to_numpy()[profile]
    missing = profile[fold < 0]
    if missing.size:
        name = pairs.profiles["profile_id"].iloc[missing[0]]
        raise InputError(f"profile {name}", "the fold that it is held out with", "none")
    return fold


def _median_with_ends(
    cluster: Counts, observed: FloatArray, modelled: FloatArray
) -> tuple[float, float, float]:
    """``median_factor`` with both ends of its interval, which resampling would not give."""
    found = median_ratio(cluster, np.maximum(modelled, 0.0), observed)
    return found if np.isfinite(found[0]) else (np.nan, np.nan, np.nan)


def _ends_of_mean(
    cluster: Counts, observed: FloatArray, modelled: FloatArray, draws: Resamples
) -> FloatArray:
    """Both ends (2,) of the interval of ``mean_factor``."""
    sums = [np.bincount(cluster, one, minlength=draws.n_profiles) for one in (observed, modelled)]
    drawn = np.concatenate([block @ np.stack(sums, axis=1) for block in draws.counts()])
    return interval(np.where(drawn[:, 1] > 0, drawn[:, 0], np.nan) / drawn[:, 1])


def _adjusted_ratio(
    cluster: Counts, observed: FloatArray, adjusted: FloatArray
) -> dict[str, float]:
    ratio = (np.nan, np.nan, np.nan)
    if np.isfinite(adjusted).all():
        ratio = median_ratio(cluster, observed, adjusted)
    return _with_ends("adjusted_median_ratio", ratio)


def _adjusted_scores(
    cluster: Counts, observed: FloatArray, adjusted: FloatArray, draws: Resamples
) -> dict[str, float]:
    """Bias and RMSE with their intervals."""
    if not np.isfinite(adjusted).all():
        nothing = (np.nan, np.nan, np.nan)
        return _with_ends("adjusted_bias", nothing) | _with_ends("adjusted_rmse", nothing)
    found, ends = skill(observed, adjusted), skill_intervals(cluster, observed, adjusted, draws)
    bias = _with_ends("adjusted_bias", (found.bias, *map(float, ends["bias"])))
    return bias | _with_ends("adjusted_rmse", (found.rmse, *map(float, ends["rmse"])))


def _with_ends(name: str, values: Sequence[float]) -> dict[str, float]:
    """{name, name_low, name_high} of a value and both ends of its interval."""
    return dict(zip((name, f"{name}_low", f"{name}_high"), values, strict=True))
