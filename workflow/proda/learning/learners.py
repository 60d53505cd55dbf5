"""The register of learners, and what a learner is.

A learner sees arrays and settings: encoded covariates and normalised parameters of training and
validation profiles, its options, and the random numbers of one member. A direct learner has other
rows: horizons, with the depth among the features and scaled SOC as the target (`direct`). A further
one is a record in ``LEARNERS`` for a method of these kinds (`proda.parameters.methods`), with a
function that fits it in a file of its own and options in `proda.config.sections.learning`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import numpy as np

from proda.arrays import Counts, Features, Theta
from proda.config.keys import build
from proda.config.sections.learning import (
    DirectForestOptions,
    DirectNetworkOptions,
    EncodingOptions,
    ForestOptions,
    HybridOptions,
    NetworkOptions,
    TreeOptions,
)
from proda.errors import InputError
from proda.learning.features import PLAIN, FeatureLayout
from proda.parameters.methods import (
    DIRECT_FOREST,
    DIRECT_NETWORK,
    HYBRID,
    NEURAL_NETWORK,
    RANDOM_FOREST,
)

if TYPE_CHECKING:  # slow to import: compiled kernels
    from proda.learning.observed import ObservedProfiles

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
    blocks
        (n + m,) spatial blocks of the training profiles, then of the validation profiles.
    observed
        Their observations and forcing in the same order, for a learner that is trained through the
        soil model; else None.
    layout
        Of the features.
    """

    x: Features
    y: Theta
    x_validation: Features
    y_validation: Theta
    blocks: Counts
    observed: "ObservedProfiles | None" = None
    layout: FeatureLayout = PLAIN


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
    options
        Class of its settings, its section of the configuration.
    load
        Imports and returns the function that fits it: TensorFlow and scikit-learn take seconds to
        import, which a job of another learner need not spend.
    through_model
        Whether it learns from observations, through the soil model, instead of from the parameters
        of sites; its options name an ``error_model``.
    """

    options: type[Options]
    load: Callable[[], Fit[Options]]
    through_model: bool = False


def _network() -> Fit[NetworkOptions]:
    from proda.learning.network import fit_network

    return fit_network


def _forest() -> Fit[TreeOptions]:
    from proda.learning.forest import fit_forest

    return fit_forest


def _hybrid() -> Fit[HybridOptions]:
    from proda.learning.hybrid import fit_hybrid

    return fit_hybrid


def _direct_network() -> Fit[DirectNetworkOptions]:
    from proda.learning.network import fit_network

    def fit(
        training: TrainingSet,
        options: DirectNetworkOptions,
        rng: np.random.Generator,
        report: Report | None = None,
    ) -> FittedLearner:
        return fit_network(training, options.network, rng, report)

    return fit


# Each learner has a type of options of its own.
LEARNERS: dict[str, Learner[Any]] = {
    NEURAL_NETWORK.name: Learner(NetworkOptions, _network),
    RANDOM_FOREST.name: Learner(ForestOptions, _forest),
    HYBRID.name: Learner(HybridOptions, _hybrid, through_model=True),
    DIRECT_NETWORK.name: Learner(DirectNetworkOptions, _direct_network),
    DIRECT_FOREST.name: Learner(DirectForestOptions, _forest),
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
        Its options and the function that fits it.

    Raises
    ------
    InputError
        For a name that is not in the register.
    """
    if name not in LEARNERS:
        raise InputError("learner", f"one of {', '.join(LEARNERS)}", repr(name))
    return LEARNERS[name]


def learner_options(learner: str, **settings: Any) -> Any:
    """Options of a learner.

    Parameters
    ----------
    learner
        Name of the method.
    **settings
        Keys of its section of the configuration, such as a preset; others have their default.

    Returns
    -------
    EncodingOptions
        Of the learner's own class.

    Raises
    ------
    InputError
        For an unknown learner or setting, and for a value that is not valid.
    """
    section = get_learner(learner).options
    known = [field.name for field in fields(section)]
    for name in settings:
        if name not in known:
            raise InputError(f"setting of {learner}", f"one of {', '.join(known)}", name)
    return build(section, settings)
