"""A random forest, the baseline that the network has to beat: no training curve, few settings."""

import numpy as np
from sklearn.ensemble import RandomForestRegressor

__all__ = ["FittedForest", "fit_forest"]


class FittedForest:
    """A trained forest; its predictions are means of targets and stay within their range."""

    SUFFIX = None
    history = {}  # noqa: RUF012

    def __init__(self, forest):
        self.forest = forest

    def predict(self, x):
        """(n, features) -> (n, parameters)."""
        if not len(x):
            return np.empty((0, self.forest.n_outputs_))
        return self.forest.predict(x).reshape(len(x), -1)


def fit_forest(training, options, rng, report=None):
    """Train a forest: FittedForest (proda.learning.learners says what is handed in).

    options: ForestOptions. A forest has no epochs to choose between, so that validation profiles
    stay unused, as they are where the network keeps its last epoch.
    """
    forest = RandomForestRegressor(
        n_estimators=options.trees,
        min_samples_leaf=options.min_samples_leaf,
        max_features=options.max_features,
        # One job: the sum over trees would otherwise depend on which thread ends first.
        n_jobs=1,
        random_state=int(rng.integers(2**31)),
    )
    forest.fit(training.x, training.y)
    if report:
        report(options.trees, {}, 1.0)
    return FittedForest(forest)
