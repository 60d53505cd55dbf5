"""The section `twin`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from proda.config.keys import Fraction, Limits, Years

__all__ = ["GlobalTwinSettings", "TwinSettings"]


_Noise = Annotated[
    float,
    Limits(minimum=0, maximum=2),
    "Relative standard deviation of an observed SOC density.",
]
_UnexplainedFraction = Annotated[
    Fraction,
    "Fraction of the variance of the sites' true parameters (on the probit scale) that no "
    "covariate explains.",
]
_ClmYears = Annotated[
    int, Limits(minimum=1, maximum=100), "Years of monthly history of the land model."
]


@dataclass(frozen=True)
class TwinSettings:
    """A synthetic world in the formats of the real products, used as raw data."""

    n_profiles: Annotated[
        int,
        Limits(minimum=1, maximum=400_000),
        "Number of valid profiles. About a quarter more are added with typical errors, which "
        "quality control has to reject.",
    ] = 400
    noise: _Noise = 0.3
    unexplained_fraction: _UnexplainedFraction = 0.3
    resolution: Annotated[
        float,
        Limits(minimum=0.02, maximum=0.5),
        "Pixel size of the rasters, degrees; a divisor of 0.5. The real products have 1/480 to "
        "1/120.",
    ] = 0.125
    clm_years: _ClmYears = 5
    npp_years: Annotated[Years, "First and last year of annual net primary production."] = (
        2000,
        2014,
    )


@dataclass(frozen=True, kw_only=True)
class GlobalTwinSettings:
    """A synthetic globe with the monthly history of a land model, used as raw data."""

    format: Annotated[
        Literal["globe"],
        "The globe on the grid of the run: land, polygon and cells are those of the section "
        "region.",
    ]
    n_profiles: Annotated[
        int,
        Limits(minimum=1, maximum=400_000),
        "Number of valid profiles. About a quarter more are added with typical errors.",
    ] = 1500
    noise: _Noise = 0.3
    unexplained_fraction: _UnexplainedFraction = 0.3
    governed_by: Annotated[
        Literal["cue", "environment"],
        "What governs the SOC stock of this world: carbon use efficiency, or the dependence of "
        "decomposition on temperature, moisture and depth.",
    ] = "cue"
    uniform_parameters: Annotated[
        bool, "Whether all places have the same true parameters, the centres of this world."
    ] = False
    warming: Annotated[
        float,
        Limits(minimum=-10, maximum=10),
        "Warming of the air over land at the end of the history through time, K, mean over the "
        "land (docs/methods/transient.md).",
    ] = 4.0
    clm_years: _ClmYears = 2
