"""The section `analysis`."""

from dataclasses import dataclass
from typing import Annotated

from proda.config.keys import Limits, Text
from proda.parameters.methods import (
    METHODS,
    NEURAL_NETWORK,
    ONE_BATCH,
    RANDOM_FOREST,
    Kind,
    of_kind,
)

__all__ = [
    "CHOICES",
    "AnalysisSettings",
    "BootstrapSettings",
    "ControlSettings",
    "IdentifiabilitySettings",
    "ImportanceSettings",
    "SensitivitySettings",
]

# What the constant of a mechanism is: mean or median of the sites' estimates, or the mean of the
# one posterior of all profiles.
CHOICES = ("site_mean", ONE_BATCH.name, "site_median")
_Learner = Annotated[str, Limits(choices=tuple(of_kind(METHODS, Kind.LEARNER)))]


@dataclass(frozen=True)
class SensitivitySettings:
    """Response of the global stock and of turnover to each mechanism."""

    max_draws: Annotated[
        int,
        Limits(minimum=1, maximum=10_000),
        "Largest number of parameter draws of a method that are run in each cell, some 60 times "
        "each; of more, evenly spaced ones are taken.",
    ] = 5


@dataclass(frozen=True)
class ControlSettings:
    """Stock and skill with one mechanism or parameter held alike in all places."""

    constants: Annotated[
        tuple[Annotated[str, Limits(choices=CHOICES)], ...],
        Limits(min_items=1, unique=True),
        "What the constants are: mean or median of the sites' estimates, or the mean of the one "
        "posterior of all profiles (where that is among the methods).",
    ] = CHOICES
    parameters: Annotated[
        tuple[Text, ...],
        Limits(max_items=50, unique=True),
        "Parameters of the structure that are held one at a time, beside the mechanisms; each adds "
        "about a tenth to the time.",
    ] = ()
    max_draws: Annotated[
        int,
        Limits(minimum=1, maximum=10_000),
        "Largest number of members of a learner that are run; of more, evenly spaced ones are "
        "taken.",
    ] = 10


@dataclass(frozen=True)
class IdentifiabilitySettings:
    """What the posteriors of the sites tell of each mechanism."""

    max_draws: Annotated[
        int,
        Limits(minimum=10, maximum=10_000),
        "Largest number of posterior draws of a site whose bulk processes are computed; of more, "
        "evenly spaced ones are taken.",
    ] = 200
    prior_shapes: Annotated[
        tuple[Annotated[float, Limits(minimum=0.1, maximum=100)], ...],
        Limits(max_items=20, unique=True),
        "Other priors of the turnover times of SOC pools, under which the mechanisms are ranked: "
        "parameters of symmetric beta distributions within the same bounds, narrower than the "
        "uniform prior above 1 and wider below.",
    ] = (4.0, 2.0, 0.5)
    min_effective_draws: Annotated[
        float,
        Limits(minimum=1, maximum=10_000),
        "Smallest effective number of a site's draws under another prior; sites with fewer are "
        "left out there.",
    ] = 30
    wider_bounds: Annotated[
        tuple[Annotated[float, Limits(above=1, maximum=10)], ...],
        Limits(max_items=10, unique=True),
        "Priors wider than the bounds of the parameters, under which some sites are fitted again "
        "and the mechanisms are ranked: factors by which the minima of the turnover times of SOC "
        "pools are divided and their maxima multiplied. An empty list is none.",
    ] = (2.0,)
    refitted_sites: Annotated[
        int,
        Limits(minimum=1, maximum=1_000_000),
        "Largest number of sites that are fitted again under each of wider_bounds; of more, evenly "
        "spaced ones are taken.",
    ] = 100


@dataclass(frozen=True)
class ImportanceSettings:
    """Importance of groups of covariates for each mechanism and for SOC."""

    learners: Annotated[
        tuple[_Learner, ...],
        Limits(unique=True),
        "Learners that are trained once more on each fold; those that are not among the methods of "
        "the run are passed over, and an empty list is none.",
    ] = (NEURAL_NETWORK.name, RANDOM_FOREST.name)
    members: Annotated[
        int, Limits(minimum=1, maximum=1000), "Ensemble members of a learner on each fold."
    ] = 1
    repeats: Annotated[
        int, Limits(minimum=1, maximum=10_000), "How often each group of covariates is replaced."
    ] = 20
    conditional: Annotated[
        bool,
        "Whether groups are also permuted conditionally on the other groups.",
    ] = True


@dataclass(frozen=True)
class BootstrapSettings:
    """Uncertainty of global totals from learners trained on resampled spatial blocks."""

    learners: Annotated[
        tuple[_Learner, ...],
        Limits(unique=True),
        "Learners that are trained on resampled blocks; those that are not among the methods of "
        "the run are passed over.",
    ] = (NEURAL_NETWORK.name,)
    members: Annotated[
        int,
        Limits(minimum=0, maximum=100_000),
        "Number of resamples; 0 for no bootstrap. Intervals of 95 % need 200 or more.",
    ] = 0
    members_per_job: Annotated[
        int, Limits(minimum=1, maximum=100_000), "Number of resamples that a job trains."
    ] = 10


@dataclass(frozen=True)
class AnalysisSettings:
    """Which mechanisms govern soil carbon."""

    sensitivity: SensitivitySettings = SensitivitySettings()
    control: ControlSettings = ControlSettings()
    identifiability: IdentifiabilitySettings = IdentifiabilitySettings()
    importance: ImportanceSettings = ImportanceSettings()
    bootstrap: BootstrapSettings = BootstrapSettings()
