"""The section `random_sampling`."""

from dataclasses import dataclass
from typing import Annotated, Literal

from proda.config.keys import Limits

__all__ = ["RandomSamplingSettings"]


@dataclass(frozen=True)
class RandomSamplingSettings:
    """One parameter distribution for the region, sampled from the sites' posteriors."""

    draws: Annotated[int, Limits(minimum=2, maximum=100_000), "Number of parameter sets."] = 1000
    sampling: Annotated[
        Literal["posterior", "marginal", "joint"],
        "posterior draws whole parameter sets from the posterior draws of all sites; marginal "
        "draws each parameter independently from the sites' posterior modes (Tao et al. 2020); "
        "joint draws the modes of one site together.",
    ] = "posterior"
