"""Agreement of modelled with observed SOC, with intervals from resampled profiles.

With o observed and m modelled at n horizons:

r2              squared Pearson correlation, what Tao et al. 2020 call R2 (their Table 1 has
                R2 = r^2 throughout); insensitive to bias and scale
r2_one_to_one   1 - sum (m - o)^2 / sum (o - mean o)^2, against the 1:1 line (Nash & Sutcliffe 1970)
r               Pearson correlation
rmse            sqrt(mean (m - o)^2)
bias            mean (m - o), positive where the model has too much
median_ratio    median of m / o: 1 where the model has too much as often as too little

Intervals are percentile bootstrap intervals that draw whole profiles (a cluster bootstrap): the
horizons of a profile share its site, so drawing single horizons would make them far too narrow.
All scores are functions of eight sums over horizons, which are sums over profiles: a resample
is a row of counts of profiles, and all resamples are one matrix product. The median is no function
of sums; its interval is that of Woodruff (1952, doi 10.1080/01621459.1952.10483443): the quantiles
of m / o at 1/2 -+ z e, with e the standard error of the share of horizons below the median, between
profiles.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from proda.arrays import Counts, FloatArray
from proda.config.sections.evaluation import EvaluationSettings
from proda.errors import InputError

__all__ = [
    "SCORES",
    "Resamples",
    "Skill",
    "interval",
    "median_ratio",
    "resampled_scores",
    "skill",
    "skill_intervals",
]

SCORES = ("r2", "r2_one_to_one", "r", "rmse", "bias")
LEVEL = 0.95
BLOCK = 100  # resamples at a time, which bounds memory
# Of the mean square: what rounding may leave of the variance of a constant.
NO_VARIANCE = 1e-12

Pairs: TypeAlias = Annotated[FloatArray, "(pairs,)"]
Sums: TypeAlias = Annotated[FloatArray, "(..., 8)"]


@dataclass(frozen=True)
class Skill:
    """Scores of n pairs, NaN where a score is undefined; ``reason`` then states why."""

    n: int
    r2: float
    r2_one_to_one: float
    r: float
    rmse: float
    bias: float
    reason: str = ""


def skill(observed: npt.ArrayLike, modelled: npt.ArrayLike) -> Skill:
    """Skill of pairs, in the unit of the pairs.

    Fewer than two pairs have no score; without variance of either side there is no correlation,
    without variance of the observed values no R2 against the 1:1 line.

    Parameters
    ----------
    observed, modelled
        (n,) values.

    Raises
    ------
    InputError
        For shapes that differ and for values that are not finite.
    """
    o, m = _pairs(observed, modelled)
    n = len(o)
    if n < 2:
        return Skill(n=n, **dict.fromkeys(SCORES, np.nan), reason="fewer than 2 pairs")
    values = _scores(_sums(np.zeros(n, dtype=int), 1, o, m)[0])
    flat = [name for name, array in (("observed", o), ("modelled", m)) if np.ptp(array) == 0]
    reason = f"no variance of the {' and '.join(flat)} values" if flat else ""
    return Skill(n=n, **{name: float(values[name]) for name in SCORES}, reason=reason)


class Resamples:
    """Draws of profiles with replacement, the same for all methods.

    Differences between methods are then free of the sampling error that they share.

    Parameters
    ----------
    n_profiles
        Number of profiles to draw from, and of each draw.
    seed
        Of the random numbers.
    resamples
        Number of draws.

    Raises
    ------
    InputError
        For fewer than one resample.
    """

    def __init__(
        self, n_profiles: int, seed: int, resamples: int = EvaluationSettings.resamples
    ) -> None:
        if resamples < 1:
            raise InputError("resamples", "at least 1", str(resamples))
        self.n_profiles, self.seed, self.resamples = n_profiles, seed, resamples

    def __len__(self) -> int:
        return self.resamples

    def counts(self) -> Iterator[FloatArray]:
        """Yield (block, n_profiles) counts of how often each profile was drawn."""
        rng = np.random.default_rng(self.seed)
        n = self.n_profiles
        for first in range(0, self.resamples, BLOCK):
            size = min(BLOCK, self.resamples - first)
            # One draw of n at a time, so that the numbers do not depend on the block.
            drawn = [np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(size)]
            yield np.array(drawn, dtype=np.float64)


def skill_intervals(
    profile: Counts,
    observed: npt.ArrayLike,
    modelled: npt.ArrayLike,
    resamples: Resamples,
    level: float = LEVEL,
) -> dict[str, tuple[FloatArray, FloatArray]]:
    """Central bootstrap intervals of the scores.

    Parameters
    ----------
    profile, observed, modelled, resamples
        As for ``resampled_scores``.
    level
        Probability of the intervals.

    Returns
    -------
    dict
        {score: (low, high)}, numbers for modelled (n,) and (columns,) for modelled (n, columns).
        NaN where fewer than two profiles have pairs, or a score is undefined in a tenth or more of
        the resamples.
    """
    values = resampled_scores(profile, observed, modelled, resamples)
    return {name: tuple(interval(values[name], level)) for name in SCORES}


def median_ratio(
    profile: Counts, observed: npt.ArrayLike, modelled: npt.ArrayLike, level: float = LEVEL
) -> tuple[float, float, float]:
    """Median of modelled over observed values, with both ends of its interval.

    Parameters
    ----------
    profile
        (n,) index of the profile of each pair.
    observed, modelled
        (n,) values. Where 0 is observed the ratio is infinite, for a modelled 0 it is 1.
    level
        Probability of the interval.

    Returns
    -------
    tuple
        Median, low and high; all NaN without pairs, the ends NaN with fewer than two profiles,
        where the interval would reach beyond all ratios, and where the median is infinite.

    Raises
    ------
    InputError
        As ``skill``.
    """
    o, m = _pairs(observed, modelled)
    if not len(o):
        return np.nan, np.nan, np.nan
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(o == m, 1.0, m / o)
    median = float(np.median(ratio))
    if not math.isfinite(median):
        return median, np.nan, np.nan
    # By profile, half of its horizons above the median less those below it.
    side = np.bincount(np.unique(profile, return_inverse=True)[1], 0.5 * np.sign(ratio - median))
    if len(side) < 2:
        return median, np.nan, np.nan
    error = math.sqrt((side**2).sum() * len(side) / (len(side) - 1)) / len(o)
    half = float(ndtri(0.5 + 0.5 * level)) * error
    if not half < 0.5:
        return median, np.nan, np.nan
    low = np.quantile(ratio, 0.5 - half, method="lower")
    return median, float(low), float(np.quantile(ratio, 0.5 + half, method="higher"))


def resampled_scores(
    profile: Counts, observed: npt.ArrayLike, modelled: npt.ArrayLike, resamples: Resamples
) -> dict[str, FloatArray]:
    """Scores of every resample.

    Parameters
    ----------
    profile
        (n,) index of the profile of each pair, in 0..resamples.n_profiles - 1.
    observed
        (n,) values.
    modelled
        (n,) or (n, columns) values.

    Returns
    -------
    dict
        {score: (resamples,) or (resamples, columns)}; all NaN where fewer than two profiles have
        any pair.

    Raises
    ------
    InputError
        As ``skill``, and for a profile index out of range.
    """
    profile = np.asarray(profile)
    columns = np.atleast_2d(np.transpose(modelled))
    if profile.shape != np.shape(observed):
        raise InputError("profile", f"shape {np.shape(observed)}", f"shape {profile.shape}")
    if profile.size and not 0 <= profile.min() <= profile.max() < resamples.n_profiles:
        expected = f"indices below {resamples.n_profiles}"
        raise InputError("profile", expected, f"{profile.min()} to {profile.max()}")
    if np.unique(profile).size < 2:
        nothing = np.full((len(resamples), len(columns)), np.nan)
        values = dict.fromkeys(SCORES, nothing)
    else:
        sums = np.stack(
            [_sums(profile, resamples.n_profiles, *_pairs(observed, column)) for column in columns],
            axis=1,
        )
        n, width, kinds = sums.shape
        flat = sums.reshape(n, width * kinds)
        drawn = np.concatenate([block @ flat for block in resamples.counts()])
        values = _scores(drawn.reshape(len(drawn), width, kinds))
    if np.ndim(modelled) == 1:
        values = {name: array[:, 0] for name, array in values.items()}
    return values


def interval(values: FloatArray, level: float = LEVEL) -> FloatArray:
    """Ends of the central interval of values (resamples, ...), (2, ...).

    NaN where a tenth or more of them are undefined.
    """
    known = np.isfinite(values)
    enough = known.mean(axis=0) > 0.9
    ends = np.nanquantile(np.where(enough, values, 0.0), [0.5 - 0.5 * level, 0.5 + 0.5 * level], 0)
    return np.where(enough, ends, np.nan)


def _pairs(observed: npt.ArrayLike, modelled: npt.ArrayLike) -> tuple[Pairs, Pairs]:
    """Both as finite arrays of one shape."""
    arrays = []
    for name, values in (("observed", observed), ("modelled", modelled)):
        array = np.asarray(values, dtype=np.float64)
        if array.ndim != 1 or array.shape != np.shape(observed):
            raise InputError(name, f"shape ({np.size(observed)},)", f"shape {array.shape}")
        bad = np.flatnonzero(~np.isfinite(array))
        if bad.size:
            raise InputError(f"{name}[{bad[0]}]", "finite values", f"{array[bad[0]]}")
        arrays.append(array)
    return arrays[0], arrays[1]


def _sums(profile: Counts, n_profiles: int, observed: Pairs, modelled: Pairs) -> Sums:
    """(n_profiles, 8): count, sums of o, m, o^2, m^2, o m, m - o and (m - o)^2.

    Means are subtracted from o and m, or rounding of the squares would hide a small variance.
    """
    o, m, error = observed - observed.mean(), modelled - modelled.mean(), modelled - observed
    terms = (np.ones_like(o), o, m, o * o, m * m, o * m, error, error**2)
    return np.stack([np.bincount(profile, term, minlength=n_profiles) for term in terms], axis=-1)


def _scores(sums: Sums) -> dict[str, FloatArray]:
    """Scores of the sums, each (...)."""
    n, o, m, oo, mm, om, error, squares = np.moveaxis(sums, -1, 0)
    n = np.where(n > 0, n, np.nan)
    variance_o = _variance(n, o, oo)
    variance_m = _variance(n, m, mm)
    r = (om / n - o * m / n**2) / np.sqrt(variance_o * variance_m)
    r = np.clip(r, -1.0, 1.0)
    mse = squares / n
    return {
        "r2": r * r,
        "r2_one_to_one": 1.0 - mse / variance_o,
        "r": r,
        "rmse": np.sqrt(mse),
        "bias": error / n,
    }


def _variance(n: FloatArray, total: FloatArray, squares: FloatArray) -> FloatArray:
    """Variance, NaN where it is that of a constant."""
    variance = squares / n - (total / n) ** 2
    return np.where(variance > NO_VARIANCE * squares / n, variance, np.nan)
