"""The section `random_sampling`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from proda.config.keys import Limits

__all__ = ["RandomSamplingSettings"]


@dataclass(frozen=True)
class RandomSamplingSettings:
    """One parameter distribution for the region, sampled from the sites' posterior modes."""

    draws: Annotated[int, Limits(minimum=2, maximum=100_000), "Number of parameter sets."] = 1000
    sampling: Annotated[
        Literal["marginal", "joint"],
        "marginal draws each parameter independently; joint draws whole parameter sets of sites.",
    ] = "marginal"
