"""The section `analysis`."""

from dataclasses import dataclass
from typing import Annotated

from proda.config.keys import Limits

__all__ = ["AnalysisSettings", "IdentifiabilitySettings"]


@dataclass(frozen=True)
class IdentifiabilitySettings:
    """What the posteriors of the sites tell of each mechanism."""

    max_draws: Annotated[
        int,
        Limits(minimum=10, maximum=10_000),
        "Largest number of posterior draws of a site whose bulk processes are computed; of more, "
        "evenly spaced ones are taken.",
    ] = 100


@dataclass(frozen=True)
class AnalysisSettings:
    """Which mechanisms govern soil carbon."""

    identifiability: IdentifiabilitySettings = IdentifiabilitySettings()
