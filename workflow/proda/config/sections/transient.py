"""The section `transient`."""

from dataclasses import dataclass
from typing import Annotated

from proda.config.keys import Limits, Text
from proda.config.sections.analysis import CHOICES
from proda.config.sections.forcing_series import ForcingSeriesSettings
from proda.parameters.methods import METHODS, selectable

__all__ = [
    "SCENARIO_NAMES",
    "SITE_MEAN",
    "TRUE_PARAMETERS",
    "RadiocarbonSettings",
    "TransientSettings",
]

SCENARIO_NAMES = ("static", "input_only", "climate_only", "all")
"""What changes: nothing, the carbon input, the climate, or both."""

SITE_MEAN = CHOICES[0]
"""Parameter set that is no method: the mean of the estimates of the sites, the same everywhere."""

PARAMETRIC = tuple(name for name in selectable() if METHODS[name].has_parameters)

TRUE_PARAMETERS = "truth"
"""Parameter set of a synthetic world: those that it was made with."""


@dataclass(frozen=True, kw_only=True)
class RadiocarbonSettings:
    """14C of the soil as a second tracer, which doubles the time of the runs."""

    atmosphere: Annotated[
        Text,
        "Table of the air's 14C: csv with the columns year and either fraction_modern or "
        "delta_14c (per mil), linear between its rows, which must cover all years. A relative path "
        "is relative to the folder of the run.",
    ]


@dataclass(frozen=True, kw_only=True)
class TransientSettings:
    """Soil carbon through time, with the parameters of every method."""

    forcing: Annotated[ForcingSeriesSettings, "Forcing year by year."]
    scenarios: Annotated[
        tuple[Annotated[str, Limits(choices=SCENARIO_NAMES)], ...],
        Limits(min_items=1, unique=True),
        "What changes: nothing (static, which comes back to itself), carbon input, climate, or "
        "both (all). What does not change repeats the base years. Only all four give input, "
        "climate and interaction as parts of the change.",
    ] = SCENARIO_NAMES
    methods: Annotated[
        tuple[Annotated[str, Limits(choices=(*PARAMETRIC, SITE_MEAN))], ...] | None,
        Limits(min_items=1, unique=True),
        "Parameter sets: methods of the run that have parameters, and site_mean, one set for all "
        "places, the mean of the estimates of the sites. null for all of them. A synthetic globe "
        "is run with its true parameters, too.",
    ] = None
    members: Annotated[
        int,
        Limits(minimum=1, maximum=10_000),
        "Largest number of parameter draws of a method, members of an ensemble or draws of a "
        "posterior, that are run in each cell; of more, evenly spaced ones are taken.",
    ] = 5
    steps_per_month: Annotated[
        int, Limits(minimum=1, maximum=31), "Number of steps in every month."
    ] = 1
    second_order: Annotated[
        bool,
        "Whether steps are of second order (SDIRK2), which may make pools negative that lose more "
        "than a third of their carbon in a step; backward Euler without it.",
    ] = False
    years_per_restart: Annotated[
        int | None,
        Limits(minimum=1, maximum=10_000),
        "Years after which a job saves its state; one that is started again goes on from there. "
        "null for never.",
    ] = 50
    radiocarbon: RadiocarbonSettings | None = None
