"""The section `analysis`."""

from dataclasses import dataclass
from typing import Annotated

from proda.config.keys import Limits

__all__ = ["AnalysisSettings", "IdentifiabilitySettings", "SensitivitySettings"]


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

    sensitivity: SensitivitySettings = SensitivitySettings()
    identifiability: IdentifiabilitySettings = IdentifiabilitySettings()
