"""Settings of the learners, with the study's as presets."""

from dataclasses import dataclass, fields, replace

from proda.errors import InputError

__all__ = ["PRESETS", "EncodingOptions", "ForestOptions", "NetworkOptions", "learner_options"]


@dataclass(frozen=True)
class EncodingOptions:
    """How covariates become numbers, and how many members are trained.

    classes: ``one_hot``, a column of 0 or 1 per code, or ``number``, the code itself.
    scaling: of numbers, ``range`` (least and greatest value become 0 and 1) or ``standard`` (mean 0
    and standard deviation 1).
    fitted_on: ``training`` sites or ``grid`` cells, whose values the scaling is taken from.
    members: of the split that maps; fold_members: of each fold of the cross-validation.
    """

    classes: str = "one_hot"
    scaling: str = "range"
    fitted_on: str = "training"
    members: int = 10
    fold_members: int = 3

    def members_of(self, split):
        """Number of members trained for a split (proda.learning.splits)."""
        return self.members if split == "random" else self.fold_members

    def check(self):
        """Raise InputError naming the first setting that is of no use."""
        self._one_of("classes", "one_hot", "number")
        self._one_of("scaling", "range", "standard")
        self._one_of("fitted_on", "training", "grid")
        self._at_least("members", 1)
        self._at_least("fold_members", 1)

    def _one_of(self, name, *choices):
        if getattr(self, name) not in choices:
            raise InputError(name, f"one of {', '.join(choices)}", repr(getattr(self, name)))

    def _at_least(self, name, least):
        if not getattr(self, name) >= least:
            raise InputError(name, f"{least} or more", repr(getattr(self, name)))

    def _within(self, name, value, lower, upper):
        if not lower <= value < upper:
            raise InputError(name, f"a number in [{lower:g}, {upper:g}[", repr(value))


@dataclass(frozen=True)
class NetworkOptions(EncodingOptions):
    """A feed-forward network; the defaults are those of Tao et al. 2020 where the paper has them.

    hidden: units of the hidden layers, all rectified linear. dropout: share of each one's outputs
    that is dropped in training.
    loss: ``mse``, mean squared error, or ``joint``, 500 mse + 5 mean |target - predicted| / target.
    optimizer: ``adadelta`` or ``adam``. batch_size: profiles per step.
    output: ``sigmoid``, which stays within the prior, or ``linear``, whose predictions are clipped.
    keep: the weights of the ``last`` epoch or of the ``best`` by validation loss.
    """

    hidden: tuple = (256, 512, 512, 256)
    dropout: tuple = (0.2, 0.2, 0.2, 0.2)
    loss: str = "mse"
    optimizer: str = "adadelta"
    learning_rate: float = 1.0
    epochs: int = 400
    batch_size: int = 64
    output: str = "sigmoid"
    keep: str = "last"

    def check(self):
        super().check()
        if not self.hidden or min(self.hidden) < 1:
            raise InputError("hidden", "a number of units per hidden layer", repr(self.hidden))
        if len(self.dropout) != len(self.hidden):
            expected = f"{len(self.hidden)} shares, one per hidden layer"
            raise InputError("dropout", expected, repr(self.dropout))
        for share in self.dropout:
            self._within("dropout", share, 0, 1)
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

    trees: number of them. min_samples_leaf: profiles in a leaf, at least. max_features: share of
    the columns each division may choose from.
    """

    members: int = 1
    fold_members: int = 1
    trees: int = 300
    min_samples_leaf: int = 3
    max_features: float = 1 / 3

    def check(self):
        super().check()
        self._at_least("trees", 1)
        self._at_least("min_samples_leaf", 1)
        if not 0 < self.max_features <= 1:
            raise InputError("max_features", "a share in ]0, 1]", repr(self.max_features))


PRESETS = {
    "neural_network": {
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
    },
    "random_forest": {"default": ForestOptions()},
}


def learner_options(learner, preset=None, **changes):
    """Options of a learner: a preset of it (None: its first) with some settings changed.

    Lists become tuples. Raises InputError for an unknown learner, preset or setting and for values
    that are of no use.
    """
    if learner not in PRESETS:
        raise InputError("learner", f"one of {', '.join(PRESETS)}", repr(learner))
    presets = PRESETS[learner]
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
    options = replace(presets[preset], **changes)
    options.check()
    return options
