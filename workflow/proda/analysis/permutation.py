"""Encoded covariates of which a group says nothing any more: three ways to take its word away.

With features x = (x_G, x_R) of group G and of all the others R, at n places:

permutation    x_G is shuffled over the places, all features of the group together
conditional    x_G = m(x_R) + e, of which the residuals e are shuffled: m, a ridge regression and a
               random forest of its residuals, is fitted on places outside, so that what the others
               tell of the group stays
constant       x_G = one number u between the ends of each feature, the same for all features of
               the group and all places; all features are cut to their ends

Where groups are correlated, a shuffled group stands beside others that it never occurs with: the
error of a learner there is that of its extrapolation (Hooker et al. 2021), and a group that matters
only as a proxy of another one looks important. Shuffled residuals keep the joint distribution as
far as m describes it (Chamma et al. 2023; of groups, Chamma et al. 2024). Constants are what the
public code of Tao et al. 2023 calls permutation. They keep no distribution at all.

References
----------
Hooker, Mentch and Zhou 2021, Statistics and Computing 31, 82; Chamma, Engemann and Thirion 2023,
NeurIPS 36; Chamma, Thirion and Engemann 2024, AAAI 38.
"""

from collections.abc import Callable

import numpy as np
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge

from proda.analysis.plan import CONDITIONAL, CONSTANT
from proda.arrays import Features, Mask
from proda.config.sections.learning import TreeOptions
from proda.learning.forest import rows_of_tree

__all__ = ["Replace", "replacement"]

# Of m: the penalty of its line on standardised features, and its forest, the same in every run.
PENALTY = 1.0
TREES, MIN_LEAF, MAX_FEATURES, FOREST_SEED = 100, 5, 1 / 3, 0

Replace = Callable[[np.random.Generator], Features]
"""A function of random numbers that returns features with another group."""


def replacement(variant: str, group: Mask, training: Features, x: Features) -> Replace:
    """A way to replace the features of a group.

    Parameters
    ----------
    variant
        One of `proda.analysis.plan.VARIANTS`.
    group
        (features,) which of them are of the group.
    training
        Features of places outside those whose features will be replaced.
    x
        (n, features) of the places whose features will be replaced.

    Returns
    -------
    callable
        Of random numbers, to (n, features).
    """
    if variant == CONSTANT:
        low, high = training.min(axis=0), training.max(axis=0)
        return lambda rng: _constant(x, group, low, high, rng)
    told = np.zeros_like(x[:, group])
    if variant == CONDITIONAL and not group.all():
        told = _told(group, training, x)
    return lambda rng: _shuffled(x, group, told, rng)


def _told(group: Mask, training: Features, x: Features) -> Features:
    """What the other features tell of the group, m(x_R)."""
    others, inside = training[:, ~group].astype(float), training[:, group].astype(float)
    middle, scale = others.mean(axis=0), others.std(axis=0)
    scale = np.where(scale > 0.0, scale, 1.0)
    others, of_x = (others - middle) / scale, (x[:, ~group] - middle) / scale
    line = Ridge(alpha=PENALTY).fit(others, inside)
    forest = RandomForestRegressor(
        n_estimators=TREES,
        min_samples_leaf=MIN_LEAF,
        max_features=MAX_FEATURES,
        max_samples=rows_of_tree(len(others), TreeOptions.max_samples),
        n_jobs=1,
        random_state=FOREST_SEED,
    )
    rest = inside - line.predict(others).reshape(inside.shape)
    forest.fit(others, rest[:, 0] if group.sum() == 1 else rest)
    told = line.predict(of_x).reshape(len(x), -1) + forest.predict(of_x).reshape(len(x), -1)
    return np.asarray(told, dtype=x.dtype)


def _shuffled(x: Features, group: Mask, told: Features, rng: np.random.Generator) -> Features:
    residual = x[:, group] - told
    replaced = x.copy()
    replaced[:, group] = told + residual[rng.permutation(len(x))]
    return replaced


def _constant(
    x: Features, group: Mask, low: Features, high: Features, rng: np.random.Generator
) -> Features:
    replaced = np.clip(x, low, high)
    replaced[:, group] = (low + rng.random() * (high - low))[group]
    return replaced
