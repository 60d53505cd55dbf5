"""Settings of the learners, with the study's as presets."""

from collections.abc import Mapping
from dataclasses import dataclass

from proda.errors import InputError

__all__ = [
    "FOREST_PRESETS",
    "NETWORK_PRESETS",
    "RANDOM",
    "EncodingOptions",
    "ForestOptions",
    "NetworkOptions",
]


RANDOM = "random"
"""Name of the random split (`proda.learning.splits`), whose members make the map."""


@dataclass(frozen=True)
class EncodingOptions:
    """How covariates become numbers, and how many members are trained.

    Parameters
    ----------
    classes
        ``one_hot``, a column of 0 or 1 per code, or ``number``, the code itself.
    scaling
        Of numbers: ``range`` (minimum and maximum become 0 and 1) or ``standard`` (mean 0 and
        standard deviation 1).
    fitted_on
        ``training`` sites or ``grid`` cells, whose values the scaling is taken from.
    members
        Number of members of the random split, which are mapped.
    fold_members
        Number of members of each fold of the cross-validation.
    """

    classes: str = "one_hot"
    scaling: str = "range"
    fitted_on: str = "training"
    members: int = 10
    fold_members: int = 3

    def members_of(self, split: str) -> int:
        """Number of members trained for a split (`proda.learning.splits`)."""
        return self.members if split == RANDOM else self.fold_members

    def check(self) -> None:
        """Check the values.

        Raises
        ------
        InputError
            Naming the first setting whose value is not valid.
        """
        self._one_of("classes", "one_hot", "number")
        self._one_of("scaling", "range", "standard")
        self._one_of("fitted_on", "training", "grid")
        self._at_least("members", 1)
        self._at_least("fold_members", 1)

    def _one_of(self, name: str, *choices: str) -> None:
        if getattr(self, name) not in choices:
            raise InputError(name, f"one of {', '.join(choices)}", repr(getattr(self, name)))

    def _at_least(self, name: str, lower: int) -> None:
        if not getattr(self, name) >= lower:
            raise InputError(name, f"{lower} or more", repr(getattr(self, name)))


@dataclass(frozen=True)
class NetworkOptions(EncodingOptions):
    """A feed-forward network.

    Parameters
    ----------
    hidden
        Units of the hidden layers, all rectified linear.
    dropout
        Fraction of each hidden layer's outputs that is dropped in training.
    loss
        ``mse``, the mean squared error, or ``joint``,
        500 mse + 5 mean |target - predicted| / target.
    optimizer
        ``adadelta`` or ``adam``.
    learning_rate
        Of the optimizer.
    epochs
        Passes over the training profiles.
    batch_size
        Profiles per step.
    output
        ``sigmoid``, which stays within the prior, or ``linear``, whose predictions are clipped.
    keep
        The weights of the ``last`` epoch or of the ``best`` by validation loss.

    Notes
    -----
    The defaults are those of Tao et al. (2020) where the paper states them.
    """

    hidden: tuple[int, ...] = (256, 512, 512, 256)
    dropout: tuple[float, ...] = (0.2, 0.2, 0.2, 0.2)
    loss: str = "mse"
    optimizer: str = "adadelta"
    learning_rate: float = 1.0
    epochs: int = 400
    batch_size: int = 64
    output: str = "sigmoid"
    keep: str = "last"

    def check(self) -> None:
        """Check the values.

        Raises
        ------
        InputError
            Naming the first setting whose value is not valid.
        """
        super().check()
        if not self.hidden or min(self.hidden) < 1:
            raise InputError("hidden", "a number of units per hidden layer", repr(self.hidden))
        if len(self.dropout) != len(self.hidden):
            expected = f"{len(self.hidden)} fractions, one per hidden layer"
            raise InputError("dropout", expected, repr(self.dropout))
        for fraction in self.dropout:
            if not 0 <= fraction < 1:
                raise InputError("dropout", "a number in [0, 1[", repr(fraction))
        self._one_of("loss", "mse", "joint")
        self._one_of("optimizer", "adadelta", "adam")
        if not self.learning_rate > 0:
            raise InputError("learning_rate", "a number above 0", repr(self.learning_rate))
        self._at_least("epochs", 1)
        self._at_least("batch_size", 1)
        self._one_of("output", "sigmoid", "linear")
        self._one_of("keep", "last", "best")


@dataclass(frozen=True)
class ForestOptions(EncodingOptions):
    """A random forest that predicts all parameters at once.

    Parameters
    ----------
    trees
        Number of trees.
    min_samples_leaf
        Smallest number of profiles in a leaf.
    max_features
        Fraction of the features among which each division of a tree may choose.
    """

    members: int = 1
    fold_members: int = 1
    trees: int = 300
    min_samples_leaf: int = 3
    max_features: float = 1 / 3

    def check(self) -> None:
        """Check the values.

        Raises
        ------
        InputError
            Naming the first setting whose value is not valid.
        """
        super().check()
        self._at_least("trees", 1)
        self._at_least("min_samples_leaf", 1)
        if not 0 < self.max_features <= 1:
            raise InputError("max_features", "a fraction in ]0, 1]", repr(self.max_features))


# The first preset of a learner is its default.
NETWORK_PRESETS: Mapping[str, NetworkOptions] = {
    "paper": NetworkOptions(),
    "public_code": NetworkOptions(
        classes="number",
        fitted_on="grid",
        dropout=(0.3, 0.5, 0.5, 0.3),
        loss="joint",
        learning_rate=0.001,
        epochs=1200,
        output="linear",
    ),
}
FOREST_PRESETS: Mapping[str, ForestOptions] = {"default": ForestOptions()}
