"""A random forest, the baseline of the network: no training curve, few settings."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from proda.arrays import Features, Theta
from proda.config.sections.learning import TreeOptions
from proda.learning.learners import Report, TrainingSet

__all__ = ["FittedForest", "fit_forest", "rows_of_tree"]


class FittedForest:
    """A trained forest; its predictions are means of targets and stay within their range."""

    def __init__(self, forest: RandomForestRegressor) -> None:
        self.forest = forest

    @property
    def history(self) -> Mapping[str, list[float]]:
        """Empty: a forest has no epochs."""
        return {}

    def predict(self, x: Features) -> Theta:
        """Normalised parameters of the places whose features are given."""
        if not len(x):
            return np.empty((0, self.forest.n_outputs_))
        return self.forest.predict(x).reshape(len(x), -1)

    def save(self, folder: Path, member: int) -> None:
        """Write nothing: a forest takes more space than time to train again."""


def rows_of_tree(rows: int, most: int) -> int | None:
    """Number of rows to draw for a tree, ``max_samples`` of scikit-learn.

    A tree of n rows takes time in proportion to n log2 n; with a bound, a forest takes time in
    proportion to its trees alone.

    Parameters
    ----------
    rows
        Number of rows that train.
    most
        Largest number to draw.

    Returns
    -------
    int or None
        None for as many as there are.
    """
    return most if rows > most else None


def fit_forest(
    training: TrainingSet,
    options: TreeOptions,
    rng: np.random.Generator,
    report: Report | None = None,
) -> FittedForest:
    """Train a forest.

    Parameters
    ----------
    training
        Its validation profiles are not used: there are no epochs among which they could choose.
    options
        Settings.
    rng
        Random numbers of the member.
    report
        Called once, at the end.

    Returns
    -------
    FittedForest
        The trained forest.
    """
    forest = RandomForestRegressor(
        n_estimators=options.trees,
        min_samples_leaf=options.min_samples_leaf,
        max_features=options.max_features,
        max_samples=rows_of_tree(len(training.x), options.max_samples),
        # One job: the sum over trees would otherwise depend on which thread ends first.
        n_jobs=1,
        random_state=int(rng.integers(2**31)),
    )
    outputs = training.y.shape[1]
    forest.fit(training.x, training.y if outputs > 1 else training.y[:, 0])
    if report:
        report(options.trees, {}, 1.0)
    return FittedForest(forest)
