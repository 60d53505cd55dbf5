"""The section `processes`."""

from dataclasses import dataclass
from typing import Annotated

from proda.config.keys import Limits, Text

__all__ = ["ClimateClasses", "ProcessSettings"]

_Code = Annotated[int, Limits(minimum=-1_000_000, maximum=1_000_000)]
_Class = Annotated[str, Limits(min_length=1, max_length=60)]


@dataclass(frozen=True)
class ClimateClasses:
    """Classes of climate, for means of the processes by class."""

    covariate: Annotated[Text, "Categorical covariate that holds the climate class."]
    classes: Annotated[
        dict[
            _Class,
            Annotated[
                tuple[_Code, ...], Limits(min_items=1, max_items=10_000), "Codes of the class."
            ],
        ],
        Limits(min_keys=1, max_keys=100),
        "Name of each class and the codes that belong to it.",
    ]


# Main classes of Koppen and Geiger, numbered as in Beck et al. 2018.
MAIN_CLASSES = {
    "Tropical (A)": tuple(range(1, 4)),
    "Arid (B)": tuple(range(4, 8)),
    "Temperate (C)": tuple(range(8, 17)),
    "Cold (D)": tuple(range(17, 29)),
    "Polar (E)": (29, 30),
}


@dataclass(frozen=True)
class ProcessSettings:
    """Maps and global means of the bulk processes of soil carbon, of every method."""

    max_draws: Annotated[
        int,
        Limits(minimum=1, maximum=10_000),
        "Largest number of parameter draws of a method that are run in each cell, and of a "
        "posterior at its site; of more, evenly spaced ones are taken.",
    ] = 100
    climate: Annotated[
        ClimateClasses | None,
        "Classes of a categorical covariate for means by climate; null for none. The default are "
        "the main Koppen-Geiger classes, numbered as in Beck et al. 2018.",
    ] = ClimateClasses("Climate", MAIN_CLASSES)
    latitude_band: Annotated[
        float,
        Limits(minimum=0.1, maximum=180),
        "Width of the bands of latitude for zonal means, degrees.",
    ] = 10
