"""The section `learning`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final, Literal, Self

from proda.config.keys import Limits, Text, check_limits
from proda.errors import InputError

__all__ = [
    "HYBRID_PRESETS",
    "NETWORK_PRESETS",
    "RANDOM",
    "RUN",
    "CurveSettings",
    "DirectForestOptions",
    "DirectNetworkOptions",
    "DirectOptions",
    "EncodingOptions",
    "ForestOptions",
    "HybridOptions",
    "LearningSettings",
    "NetworkOptions",
    "SplitSettings",
    "TreeOptions",
]

RANDOM = "random"
"""Name of the random split (`proda.learning.splits`), whose members make the map."""

RUN: Final = "run"
"""An error model or target of a learner that is that of the run."""

_Members = Annotated[int, Limits(minimum=1, maximum=100)]
_Units = Annotated[int, Limits(minimum=1, maximum=10_000)]
_Dropout = Annotated[float, Limits(minimum=0, maximum=0.999)]
_ErrorModel = Literal[
    "run", "relative", "lognormal", "lognormal_mean", "student_t", "gamma", "absolute"
]


@dataclass(frozen=True, kw_only=True)
class EncodingOptions:
    """Encoding of the covariates and size of an ensemble."""

    classes: Annotated[
        Literal["one_hot", "number"],
        "Encoding of categorical covariates: one_hot, a column of 0 or 1 per code, or number, the "
        "code itself.",
    ] = "one_hot"
    scaling: Annotated[
        Literal["range", "standard"],
        "Scaling of numerical covariates: range, to minimum 0 and maximum 1, or standard, to mean "
        "0 and standard deviation 1.",
    ] = "range"
    fitted_on: Annotated[
        Literal["training", "grid"],
        "Data that the scaling is fitted on: the training profiles or the grid cells.",
    ] = "training"
    members: Annotated[
        _Members,
        "Ensemble members on the random split, whose spread is the uncertainty of the map.",
    ] = 10
    fold_members: Annotated[_Members, "Ensemble members on each fold of the cross-validation."] = 3

    def __post_init__(self) -> None:
        """Raise InputError for the first option that is out of its limits."""
        check_limits(self)

    @property
    def from_posteriors(self) -> bool:
        """Whether the posteriors of the sites have a part in what is learned."""
        return True

    @property
    def takes_position(self) -> bool:
        """Whether longitude and latitude are among the inputs."""
        return False

    def of_member(self, member: int) -> Self:
        """Options of a member, counted from 0."""
        return self

    def members_of(self, split: str) -> int:
        """Number of members trained on a split (`proda.learning.splits`)."""
        return self.members if split == RANDOM else self.fold_members


def _check_layers(hidden: Sequence[int], dropout: Sequence[float]) -> None:
    """Raise InputError without hidden layers, or without a dropout rate for each."""
    if not hidden:
        raise InputError("hidden", "a number of units per hidden layer", repr(hidden))
    if len(dropout) != len(hidden):
        expected = f"{len(hidden)} fractions, one per hidden layer"
        raise InputError("dropout", expected, repr(dropout))


@dataclass(frozen=True, kw_only=True)
class NetworkOptions(EncodingOptions):
    """The neural network. Defaults are those of the preset recommended; the others differ."""

    preset: Annotated[
        Literal["recommended", "paper", "public_code"],
        "Values of the keys below that are not given: recommended; paper, as described by Tao et "
        "al. 2020: output sigmoid; or public_code, as in their published code: classes number, "
        "fitted_on grid, dropout [0.3, 0.5, 0.5, 0.3], loss joint, learning_rate 0.001, epochs "
        "1200, output linear.",
    ] = "recommended"
    hidden: Annotated[
        tuple[_Units, ...],
        Limits(min_items=1, max_items=20),
        "Units of each hidden layer; all are rectified linear.",
    ] = (256, 512, 512, 256)
    dropout: Annotated[
        tuple[_Dropout, ...],
        Limits(max_items=20),
        "Dropout rate of each hidden layer.",
    ] = (0.2, 0.2, 0.2, 0.2)
    loss: Annotated[
        Literal["mse", "joint"],
        "Loss function: mean squared error, or the joint loss of the published code, 500 mse + 5 "
        "mean(|target - predicted| / target).",
    ] = "mse"
    optimizer: Annotated[Literal["adadelta", "adam"], "Optimizer of the training."] = "adadelta"
    learning_rate: Annotated[
        float, Limits(minimum=1e-8, maximum=100), "Learning rate of the optimizer."
    ] = 1.0
    epochs: Annotated[int, Limits(minimum=1, maximum=1_000_000), "Number of training epochs."] = 400
    batch_size: Annotated[
        int, Limits(minimum=1, maximum=1_000_000), "Number of profiles per training step."
    ] = 64
    output: Annotated[
        Literal["normal", "sigmoid", "linear"],
        "Output: normal, the parameters transformed by the normal quantile function, in which the "
        "loss is computed, transformed back; sigmoid, a logistic activation, which stays within "
        "the prior bounds; or linear, whose predictions are clipped to them.",
    ] = "normal"
    keep: Annotated[
        Literal["last", "best"],
        "Epoch whose weights are kept: the last, or the one with the lowest validation loss.",
    ] = "last"

    @classmethod
    def base(cls, values: Mapping[str, Any]) -> "NetworkOptions":
        """Return the preset that ``values`` name (`proda.config.keys.build`)."""
        return NETWORK_PRESETS.get(values.get("preset", ""), NETWORK_PRESETS[cls.preset])

    def __post_init__(self) -> None:
        """Raise InputError for the first option that is out of its limits."""
        super().__post_init__()
        _check_layers(self.hidden, self.dropout)
        if self.output == "normal" and self.loss == "joint":
            hint = "it divides by the targets, which may be 0 or less: output sigmoid or linear"
            raise InputError("loss", "mse with the output normal", repr(self.loss), hint)


NETWORK_PRESETS: dict[str, NetworkOptions] = {
    "recommended": NetworkOptions(),
    "paper": NetworkOptions(preset="paper", output="sigmoid"),
    "public_code": NetworkOptions(
        preset="public_code",
        classes="number",
        fitted_on="grid",
        dropout=(0.3, 0.5, 0.5, 0.3),
        loss="joint",
        learning_rate=0.001,
        epochs=1200,
        output="linear",
    ),
}
"""The first is the default."""


@dataclass(frozen=True, kw_only=True)
class TreeOptions(EncodingOptions):
    """Size of a forest."""

    members: Annotated[_Members, "Forests on the random split."] = 1
    fold_members: Annotated[_Members, "Forests on each fold of the cross-validation."] = 1
    trees: Annotated[int, Limits(minimum=1, maximum=10_000), "Number of trees."] = 300
    min_samples_leaf: Annotated[
        int, Limits(minimum=1, maximum=1_000_000), "Minimum number of profiles in a leaf."
    ] = 3
    max_features: Annotated[
        float,
        Limits(minimum=0.001, maximum=1),
        "Fraction of the features considered at each split.",
    ] = 1 / 3
    max_samples: Annotated[
        int,
        Limits(minimum=1_000, maximum=10_000_000),
        "Rows drawn, with replacement, for a tree where more are there to train; otherwise as many "
        "as there are.",
    ] = 50_000


@dataclass(frozen=True, kw_only=True)
class ForestOptions(TreeOptions):
    """The random forest, a baseline, which predicts all parameters at once."""

    target: Annotated[
        Literal["run", "mean", "mode", "transformed_mean", "mean_soc"],
        "What it is trained on: run, the target of all learners (learning.target), or another one.",
    ] = "mean_soc"


@dataclass(frozen=True, kw_only=True)
class DirectOptions(EncodingOptions):
    """What a learner without a soil model learns."""

    scale: Annotated[
        Literal["density", "root", "logarithm"],
        "What is learned of the SOC density of a horizon, with squared errors: the density itself, "
        "its square root or its logarithm.",
    ] = "density"


@dataclass(frozen=True, kw_only=True)
class DirectForestOptions(TreeOptions, DirectOptions):
    """A random forest that predicts SOC from covariates and depth, without the soil model."""

    trees: Annotated[int, Limits(minimum=1, maximum=10_000), "Number of trees."] = 100


@dataclass(frozen=True, kw_only=True)
class DirectNetworkOptions(DirectOptions):
    """A neural network that predicts SOC from covariates and depth, without the soil model."""

    scale: Annotated[
        Literal["density", "root", "logarithm"], "What is learned, as of the direct forest."
    ] = "root"
    members: Annotated[_Members, "Ensemble members on the random split."] = 5
    hidden: Annotated[
        tuple[_Units, ...],
        Limits(min_items=1, max_items=20),
        "Units of each hidden layer; all are rectified linear.",
    ] = (64,)
    dropout: Annotated[
        tuple[_Dropout, ...], Limits(max_items=20), "Dropout rate of each hidden layer."
    ] = (0.5,)
    learning_rate: Annotated[
        float, Limits(minimum=1e-8, maximum=100), "Learning rate of the optimizer Adam."
    ] = 0.002
    epochs: Annotated[
        int,
        Limits(minimum=1, maximum=1_000_000),
        "Number of training epochs; the one with the lowest validation loss is kept.",
    ] = 40
    batch_size: Annotated[
        int, Limits(minimum=1, maximum=1_000_000), "Number of horizons per training step."
    ] = 64

    def __post_init__(self) -> None:
        """Raise InputError for the first option that is out of its limits."""
        super().__post_init__()
        _check_layers(self.hidden, self.dropout)

    @property
    def network(self) -> NetworkOptions:
        """Settings of the network itself."""
        return NetworkOptions(
            hidden=self.hidden,
            dropout=self.dropout,
            optimizer="adam",
            learning_rate=self.learning_rate,
            epochs=self.epochs,
            batch_size=self.batch_size,
            output="sigmoid",
            keep="best",
        )


@dataclass(frozen=True, kw_only=True)
class HybridOptions(EncodingOptions):
    """The hybrid, a neural network that is trained through the soil model."""

    preset: Annotated[
        Literal["recommended", "binn"],
        "Values of the keys below that are not given: recommended; or binn, loss, penalty, "
        "optimizer and size as in Xu et al. 2025: start random, scaling range, fitted_on grid, "
        "members 10, fold_members 5, error_model absolute, penalty middle, output logistic, hidden "
        "[128, 128, 128], dropout [0, 0, 0], "
        "activation leaky_relu, batch_normalisation, learning_rate 0.01, schedule constant, "
        "weight_decay 0, epochs 50, patience 10, batch_size 128.",
    ] = "recommended"
    start: Annotated[
        Literal["random", "network"],
        "Weights at the start: random, or of a network that is first fitted to the parameters of "
        "the sites (learning.target), as the neural network is.",
    ] = "network"
    start_epochs: Annotated[
        int, Limits(minimum=1, maximum=1_000_000), "Number of epochs of that first fit."
    ] = 60
    scaling: Annotated[
        Literal["range", "standard"],
        "Scaling of numerical covariates, as of the other learners.",
    ] = "standard"
    members: Annotated[
        _Members,
        "Ensemble members on the random split, whose spread is the uncertainty of the map.",
    ] = 16
    fold_members: Annotated[_Members, "Ensemble members on each fold of the cross-validation."] = 8
    error_model: Annotated[
        _ErrorModel | Annotated[tuple[_ErrorModel, ...], Limits(min_items=1, max_items=10)],
        "Likelihood of the observations that it is trained with: that of the run "
        "(assimilation.likelihood.error_model), or another one, whose relative error is estimated; "
        "or absolute, the absolute error in gC m-3 of all horizons in place of a likelihood. Of a "
        "list the members take one in turn, the first member the first.",
    ] = RUN
    profile_scatter: Annotated[
        bool,
        "Whether the likelihood has, beside the error of each horizon, a log-normal factor with "
        "mean 1 that all horizons of a profile share and whose scatter is estimated: what the "
        "covariates do not explain. The model is then the mean over profiles with the same "
        "covariates.",
    ] = False
    common_share: Annotated[
        float,
        Limits(minimum=0, maximum=0.99),
        "With penalty prior, the share of the variance of the prior that all places have in "
        "common, as a mean of their parameters that is estimated, with a prior that counts once "
        "and not per profile; 0 for independent places.",
    ] = 0.0
    penalty: Annotated[
        Literal["prior", "middle"],
        "What is added to the loss: the prior of the parameters of each profile, or a pull of all "
        "parameters to the middle of the prior, 100 mean(cosh(10 (theta - 0.5)) - 1).",
    ] = "prior"
    output: Annotated[
        Literal["normal", "logistic"],
        "Function from the unbounded output of the network to parameters: the normal distribution "
        "function, or the logistic one with a learned temperature.",
    ] = "normal"
    hidden: Annotated[
        tuple[_Units, ...], Limits(min_items=1, max_items=20), "Units of each hidden layer."
    ] = (64, 64)
    dropout: Annotated[
        tuple[_Dropout, ...], Limits(max_items=20), "Dropout rate of each hidden layer."
    ] = (0.2, 0.2)
    activation: Annotated[
        Literal["gelu", "relu", "tanh", "leaky_relu"],
        "Activation of the hidden layers; the slope of leaky_relu is 0.3 below 0.",
    ] = "tanh"
    position_frequencies: Annotated[
        int | None,
        Limits(minimum=1, maximum=20),
        "Longitude and latitude as inputs: sines and cosines of so many frequencies, the first "
        "with a wavelength of 360 degrees and each of half that of the one before, through a layer "
        "of 128 units (16 in Xu et al. 2025); null for no position.",
    ] = None
    class_embedding: Annotated[
        int | None,
        Limits(minimum=1, maximum=100),
        "Numbers per categorical covariate that stand for its class and are learned (5 in Xu et "
        "al. 2025); null for a column of 0 or 1 per code.",
    ] = None
    batch_normalisation: Annotated[
        bool, "Whether values are normalised over the batch in each hidden layer."
    ] = False
    learning_rate: Annotated[
        float, Limits(minimum=1e-8, maximum=100), "Learning rate of the optimizer AdamW."
    ] = 0.003
    schedule: Annotated[
        Literal["cosine", "constant"],
        "Learning rate in the course of a training: falls to 0 as a cosine, or constant.",
    ] = "cosine"
    weight_decay: Annotated[
        float, Limits(minimum=0, maximum=100), "Weight decay of the optimizer."
    ] = 0.004
    epochs: Annotated[
        int,
        Limits(minimum=1, maximum=1_000_000),
        "Number of training epochs; the one with the best likelihood of the blocks that the "
        "member leaves out is kept.",
    ] = 60
    patience: Annotated[
        int | None,
        Limits(minimum=1, maximum=1_000_000),
        "Number of epochs without a better one after which a training ends; null for none.",
    ] = None
    sampling: Annotated[
        Literal["blocks", "bootstrap"],
        "Spatial blocks that a member trains on: all but a random part of them (blocks), or as "
        "many as there are, drawn with replacement (bootstrap).",
    ] = "blocks"
    validation_blocks: Annotated[
        float,
        Limits(minimum=0.01, maximum=0.9),
        "With sampling blocks, the fraction of them that a member validates with.",
    ] = 1 / 6
    batch_size: Annotated[
        int, Limits(minimum=1, maximum=1_000_000), "Number of profiles per training step."
    ] = 64

    @classmethod
    def base(cls, values: Mapping[str, Any]) -> "HybridOptions":
        """Return the preset that ``values`` name (`proda.config.keys.build`)."""
        return HYBRID_PRESETS.get(values.get("preset", ""), HYBRID_PRESETS[cls.preset])

    @property
    def from_posteriors(self) -> bool:
        """Whether the posteriors of the sites have a part in it."""
        return self.start == "network"

    @property
    def takes_position(self) -> bool:
        """Whether longitude and latitude are among the inputs."""
        return self.position_frequencies is not None

    @property
    def error_models(self) -> tuple[_ErrorModel, ...]:
        """What ``error_model`` states, one or several."""
        stated = self.error_model
        return (stated,) if isinstance(stated, str) else stated

    def of_member(self, member: int) -> Self:
        """Options of a member: of several error models its own."""
        return replace(self, error_model=self.error_models[member % len(self.error_models)])

    def __post_init__(self) -> None:
        """Raise InputError for the first option that is out of its limits."""
        super().__post_init__()
        _check_layers(self.hidden, self.dropout)
        if not self.error_models:
            raise InputError("error_model", "at least one error model", repr(self.error_model))
        needed = {
            "penalty": (self.penalty == "prior", "middle", self.penalty),
            "start": (self.start == "network", "random", self.start),
        }
        for key, (of_normal, expected, found) in needed.items():
            if self.output == "logistic" and of_normal:
                raise InputError(key, f"{expected} with the output logistic", repr(found))
        if self.profile_scatter and "absolute" in self.error_models:
            raise InputError("profile_scatter", "false with error_model absolute", "true")
        if self.common_share and self.penalty == "middle":
            raise InputError("common_share", "0 with penalty middle", str(self.common_share))
        if self.class_embedding is not None and self.classes != "one_hot":
            raise InputError("classes", "one_hot with class_embedding", repr(self.classes))


HYBRID_PRESETS: dict[str, HybridOptions] = {
    "recommended": HybridOptions(),
    "binn": HybridOptions(
        preset="binn",
        start="random",
        scaling="range",
        fitted_on="grid",
        members=10,
        fold_members=5,
        error_model="absolute",
        profile_scatter=False,
        common_share=0.0,
        penalty="middle",
        output="logistic",
        hidden=(128, 128, 128),
        dropout=(0.0, 0.0, 0.0),
        activation="leaky_relu",
        batch_normalisation=True,
        learning_rate=0.01,
        schedule="constant",
        weight_decay=0.0,
        epochs=50,
        patience=10,
        batch_size=128,
    ),
}
"""The first is the default."""


@dataclass(frozen=True, kw_only=True)
class SplitSettings:
    """Splits of the profiles for training and evaluation."""

    held_out: Annotated[
        Literal["blocks", "random", "places", "regions"],
        "What the folds of the cross-validation hold out together: blocks, squares of block_size; "
        "random, single profiles; places, all profiles of one place; or regions. All but random "
        "keep profiles of one place together.",
    ] = "blocks"
    regions: Annotated[
        Text | None,
        "Regions of held_out regions: the categorical covariate whose classes they are, such as an "
        "ecoregion or a climate zone, with folds up to their number; null for as many compact "
        "regions as there are folds, k-means clusters of the places.",
    ] = None
    test_fraction: Annotated[
        float,
        Limits(minimum=0.001, maximum=0.999),
        "Fraction of the profiles that the random split holds out for testing.",
    ] = 0.2
    validation_fraction: Annotated[
        float,
        Limits(minimum=0, maximum=0.999),
        "Fraction of the remaining profiles that monitor the training (validation).",
    ] = 0.2
    block_size: Annotated[
        float,
        Limits(minimum=0.01, maximum=90),
        "Width and height of spatial blocks, degrees; a multiple of region.resolution.",
    ] = 4
    folds: Annotated[
        int,
        Limits(minimum=2, maximum=50),
        "Number of folds of the cross-validation, each of which is held out once.",
    ] = 5
    min_profiles: Annotated[
        int,
        Limits(minimum=10, maximum=1_000_000),
        "Minimum number of profiles for training; fewer are an error.",
    ] = 50

    def __post_init__(self) -> None:
        """Raise InputError for regions of a split that holds out none."""
        if self.regions is not None and self.held_out != "regions":
            hint = "held_out: regions, or regions: null"
            raise InputError("regions", "null without held_out: regions", repr(self.regions), hint)


@dataclass(frozen=True, kw_only=True)
class CurveSettings:
    """Skill of the learners against the number of training profiles."""

    sizes: Annotated[
        tuple[Annotated[int, Limits(minimum=10, maximum=1_000_000)], ...],
        Limits(min_items=1, max_items=20, unique=True),
        "Numbers of profiles that train each fold; those that a fold does not have are left out, "
        "and all of them come last.",
    ] = (50, 100, 200)
    repeats: Annotated[
        int, Limits(minimum=1, maximum=100), "Random subsets of the profiles of each size."
    ] = 1


@dataclass(frozen=True, kw_only=True)
class LearningSettings(SplitSettings):
    """Prediction of the parameters from the covariates (docs/methods/learning.md)."""

    target: Annotated[
        Literal["mean", "mode", "transformed_mean", "mean_soc"],
        "What the learners are trained on, of each site's posterior: mean, of each parameter (Tao "
        "et al. 2020); mode, of the extreme value distribution fitted to it; transformed_mean, "
        "the mean of the parameter transformed by the normal quantile function, transformed back; "
        "or mean_soc, the set between the last and the first for which the model has the mean SOC "
        "stock of the posterior, 0-100 cm.",
    ] = "transformed_mean"
    curve: Annotated[
        CurveSettings | None,
        "Learning curves: every learner trained once more on every fold for every size; not "
        "computed without this section ({} for its defaults).",
    ] = None
    folds_in_one_job: Annotated[
        bool,
        "Whether one job trains a learner on all folds, one after the other, instead of a job for "
        "each. Where training takes seconds this saves more time than folds side by side do.",
    ] = False
    neural_network: NetworkOptions = NetworkOptions()
    random_forest: ForestOptions = ForestOptions()
    hybrid: HybridOptions = HybridOptions()
    direct_network: DirectNetworkOptions = DirectNetworkOptions()
    direct_forest: DirectForestOptions = DirectForestOptions()
