"""The learners by name.

A further one is a file and a line here, options in proda.learning.options, a method and its blocked
variant in proda.parameters.methods, and its settings in the schema of the configuration.

A learner is a function ``fit(training, options, rng, report)``: training is a TrainingSet, options
its own (proda.learning.options), rng the numpy generator of one member, report is called with
(round, losses, done) as training goes on. It returns an object with

- ``predict(x)``: (n, features) -> (n, parameters) in [0, 1],
- ``history``: {name: list of a value per epoch}, empty where there are no epochs,
- ``save(path)``, and ``SUFFIX`` of the file it writes; SUFFIX is None where models are not kept.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from proda.errors import InputError

__all__ = ["TrainingSet", "get_learner"]


@dataclass(frozen=True)
class TrainingSet:
    """Features (n, features) and normalised targets (n, parameters); of training and validation."""

    x: np.ndarray
    y: np.ndarray
    x_validation: np.ndarray
    y_validation: np.ndarray


def _neural_network():
    from proda.learning.network import fit_network  # slow to import: TensorFlow

    return fit_network


def _random_forest():
    from proda.learning.forest import fit_forest  # slow to import: scikit-learn

    return fit_forest


LEARNERS: dict[str, Callable] = {
    "neural_network": _neural_network,
    "random_forest": _random_forest,
}


def get_learner(name):
    """The ``fit`` of a learner. Raises InputError for an unknown one."""
    if name not in LEARNERS:
        raise InputError("learner", f"one of {', '.join(LEARNERS)}", repr(name))
    return LEARNERS[name]()
