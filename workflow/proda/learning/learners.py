"""The register of learners, and what a learner is.

A learner sees arrays and settings: encoded covariates and normalised parameters of training and
validation profiles, its options, and the random numbers of one member. A further one is a record in
``LEARNERS`` for a method of the kind ``LEARNER`` (`proda.parameters.methods`), with a function that
fits it in a file of its own and options in `proda.config.sections.learning`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from proda.arrays import Features, Theta
from proda.config.sections.learning import (
    NETWORK_PRESETS,
    EncodingOptions,
    ForestOptions,
    NetworkOptions,
)
from proda.errors import InputError
from proda.parameters.methods import NEURAL_NETWORK, RANDOM_FOREST

__all__ = [
    "LEARNERS",
    "Fit",
    "FittedLearner",
    "Learner",
    "Report",
    "TrainingSet",
    "get_learner",
    "learner_options",
]

Options = TypeVar("Options", bound=EncodingOptions)
AnyOptions = TypeVar("AnyOptions", bound=EncodingOptions, contravariant=True)

Report = Callable[[int, Mapping[str, float], float], None]
"""Called with (round, losses of the round by name, fraction done) as training proceeds."""


@dataclass(frozen=True)
class TrainingSet:
    """What one member learns from.

    Attributes
    ----------
    x, x_validation
        Features of n training and m validation profiles; m may be 0.
    y, y_validation
        Their targets.
    """

    x: Features
    y: Theta
    x_validation: Features
    y_validation: Theta


class FittedLearner(Protocol):
    """A trained member."""

    @property
    def history(self) -> Mapping[str, list[float]]:
        """A value per epoch by name of the loss; empty where there are no epochs."""
        ...

    def predict(self, x: Features) -> Theta:
        """Normalised parameters in [0, 1] of the places whose features are given."""
        ...

    def save(self, folder: Path, member: int) -> Path | None:
        """Write the member into a folder; None where members of the learner are not kept."""
        ...


class Fit(Protocol[AnyOptions]):
    """A function that trains one member."""

    def __call__(
        self,
        training: TrainingSet,
        options: AnyOptions,
        rng: np.random.Generator,
        report: Report | None = None,
    ) -> FittedLearner:
        """Train with the settings ``options``; all random numbers come from ``rng``."""
        ...


@dataclass(frozen=True)
class Learner(Generic[Options]):
    """A record of the register.

    Attributes
    ----------
    presets
        Its settings by name; the first preset is the default.
    load
        Imports and returns the function that fits it: TensorFlow and scikit-learn take seconds to
        import, which a job of another learner need not spend.
    """

    presets: Mapping[str, Options]
    load: Callable[[], Fit[Options]]


def _network() -> Fit[NetworkOptions]:
    from proda.learning.network import fit_network

    return fit_network


def _forest() -> Fit[ForestOptions]:
    from proda.learning.forest import fit_forest

    return fit_forest


# Each learner has a type of options of its own.
LEARNERS: dict[str, Learner[Any]] = {
    NEURAL_NETWORK.name: Learner(NETWORK_PRESETS, _network),
    RANDOM_FOREST.name: Learner({"default": ForestOptions()}, _forest),
}


def get_learner(name: str) -> Learner[Any]:
    """Return the record of a learner.

    Parameters
    ----------
    name
        Of the method.

    Returns
    -------
    Learner
        Its presets and the function that fits it.

    Raises
    ------
    InputError
        For a name that is not in the register.
    """
    if name not in LEARNERS:
        raise InputError("learner", f"one of {', '.join(LEARNERS)}", repr(name))
    return LEARNERS[name]


def learner_options(learner: str, preset: str | None = None, **changes: Any) -> Any:
    """Options of a learner: a preset with some settings changed.

    Parameters
    ----------
    learner
        Name of the method.
    preset
        Name of a preset, None for the first.
    **changes
        Settings by name; lists become tuples, and a single ``dropout`` is that of all hidden
        layers.

    Returns
    -------
    EncodingOptions
        Of the learner's own class.

    Raises
    ------
    InputError
        For an unknown learner, preset or setting, and for a value that is not valid.
    """
    presets = get_learner(learner).presets
    preset = next(iter(presets)) if preset is None else preset
    if preset not in presets:
        raise InputError(f"preset of {learner}", f"one of {', '.join(presets)}", repr(preset))
    names = [field.name for field in fields(presets[preset])]
    for name in changes:
        if name not in names:
            raise InputError(f"setting of {learner}", f"one of {', '.join(names)}", name)
    changes = {
        name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()
    }
    if isinstance(changes.get("dropout"), int | float):
        hidden = changes.get("hidden", presets[preset].hidden)
        changes["dropout"] = (changes["dropout"],) * len(hidden)
    return replace(presets[preset], **changes)
