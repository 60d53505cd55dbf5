"""How well modelled agrees with observed SOC, with intervals that respect what a profile is.

With o observed and m modelled at n horizons:

r2              squared Pearson correlation, what Tao et al. 2020 call R2 (their Table 1 has
                R2 = r^2 throughout); blind to bias and scale
r2_one_to_one   1 - sum (m - o)^2 / sum (o - mean o)^2, against the 1:1 line (Nash & Sutcliffe 1970)
r               Pearson correlation
rmse            sqrt(mean (m - o)^2)
bias            mean (m - o), positive where the model has too much

Intervals are percentile bootstrap intervals that draw whole profiles (a cluster bootstrap): the
horizons of a profile share its site, so drawing single horizons would make them far too narrow.
All scores are functions of eight sums over horizons, which are sums over profiles: a resample
is a row of counts of profiles, and all resamples are one matrix product.
"""

from dataclasses import dataclass

import numpy as np

from proda.errors import InputError

__all__ = [
    "SCORES",
    "Resamples",
    "Skill",
    "interval",
    "resampled_scores",
    "skill",
    "skill_intervals",
]

SCORES = ("r2", "r2_one_to_one", "r", "rmse", "bias")
LEVEL = 0.95
BLOCK = 100  # resamples at a time, which bounds memory
NO_VARIANCE = 1e-12  # of the greatest square: what rounding leaves of the variance of a constant


@dataclass(frozen=True)
class Skill:
    """Scores of n pairs; NaN where one is not defined, and then ``reason`` says why."""

    n: int
    r2: float
    r2_one_to_one: float
    r: float
    rmse: float
    bias: float
    reason: str = ""


def skill(observed, modelled):
    """Skill of (n,) pairs, in the unit of the pairs.

    Fewer than two pairs have no score at all; without variance of either side there is no
    correlation, without variance of the observed no R2 against the 1:1 line. Raises InputError for
    shapes that differ and for values that are not finite.
    """
    observed, modelled = _pairs(observed, modelled)
    n = len(observed)
    if n < 2:
        return Skill(n, *[np.nan] * len(SCORES), reason="fewer than 2 pairs")
    values = _scores(_sums(np.zeros(n, dtype=int), 1, observed, modelled)[0])
    flat = [
        name
        for name, array in (("observed", observed), ("modelled", modelled))
        if np.ptp(array) == 0
    ]
    reason = f"no variance of the {' and '.join(flat)} values" if flat else ""
    return Skill(n, *(float(values[name]) for name in SCORES), reason=reason)


class Resamples:
    """Draws of n profiles with replacement, made once so that all methods meet the same ones.

    Differences between methods are then not blurred by the luck of the draw.
    """

    def __init__(self, n_profiles, seed, resamples=1000):
        if resamples < 1:
            raise InputError("resamples", "at least 1", str(resamples))
        self.n_profiles, self.seed, self.resamples = n_profiles, seed, resamples

    def __len__(self):
        return self.resamples

    def counts(self):
        """Yield (block, n_profiles) counts of how often each profile was drawn."""
        rng = np.random.default_rng(self.seed)
        n = self.n_profiles
        for first in range(0, self.resamples, BLOCK):
            size = min(BLOCK, self.resamples - first)
            # One draw of n at a time, so that the numbers do not depend on the block.
            drawn = [np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(size)]
            yield np.array(drawn, dtype=np.float64)


def skill_intervals(profile, observed, modelled, resamples, level=LEVEL):
    """Central intervals of the scores, {score: (low, high)}; arguments as ``resampled_scores``.

    low and high are numbers for modelled (n,), and (columns,) for (n, columns). NaN where fewer
    than two profiles have pairs, or a score is not defined in a tenth or more of the resamples.
    """
    values = resampled_scores(profile, observed, modelled, resamples)
    return {name: tuple(interval(values[name], level)) for name in SCORES}


def resampled_scores(profile, observed, modelled, resamples):
    """Scores of every resample, {score: (resamples,) or (resamples, columns)}.

    profile: (n,) index of the profile of each pair, in 0..resamples.n_profiles - 1.
    observed: (n,). modelled: (n,) or (n, columns). All NaN where fewer than two profiles have any.
    Raises InputError as ``skill``, and for a profile outside its range.
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


def interval(values, level=LEVEL):
    """Ends of the central interval of values (resamples, ...), (2, ...).

    NaN where a tenth or more of them are not defined.
    """
    known = np.isfinite(values)
    enough = known.mean(axis=0) > 0.9
    ends = np.nanquantile(np.where(enough, values, 0.0), [0.5 - 0.5 * level, 0.5 + 0.5 * level], 0)
    return np.where(enough, ends, np.nan)


def _pairs(observed, modelled):
    arrays = []
    for name, values in (("observed", observed), ("modelled", modelled)):
        array = np.asarray(values, dtype=np.float64)
        if array.ndim != 1 or array.shape != np.shape(observed):
            raise InputError(name, f"shape ({np.size(observed)},)", f"shape {array.shape}")
        bad = np.flatnonzero(~np.isfinite(array))
        if bad.size:
            raise InputError(f"{name}[{bad[0]}]", "finite values", f"{array[bad[0]]}")
        arrays.append(array)
    return arrays


def _sums(profile, n_profiles, observed, modelled):
    """(n_profiles, 8): count, sums of o, m, o^2, m^2, o m, m - o and (m - o)^2.

    In the products, o and m are less their mean, so that squares do not swamp the variance.
    """
    o, m, error = observed - observed.mean(), modelled - modelled.mean(), modelled - observed
    terms = (np.ones_like(o), o, m, o * o, m * m, o * m, error, error**2)
    return np.stack([np.bincount(profile, term, minlength=n_profiles) for term in terms], axis=-1)


def _scores(sums):
    """Scores of sums (..., 8), each (...)."""
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


def _variance(n, total, squares):
    variance = squares / n - (total / n) ** 2
    return np.where(variance > NO_VARIANCE * squares / n, variance, np.nan)
