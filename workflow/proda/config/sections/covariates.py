"""The section `covariates`."""

from dataclasses import dataclass
from typing import Annotated

from proda.config.keys import Fraction, Limits, Text

__all__ = ["CovariateSettings", "MinValidFraction"]

MinValidFraction = Annotated[
    Fraction, "Minimum fraction of valid pixels for a grid cell to have a value."
]


@dataclass(frozen=True)
class CovariateSettings:
    """Environmental covariates from which the learners predict parameters."""

    table: Annotated[
        Text | None,
        "Table of the covariates' rasters, relative to the working directory; null for the 60 of "
        "Tao et al. 2020 (workflow/proda/resources/covariates.csv).",
    ] = None
    names: Annotated[
        Annotated[tuple[Text, ...], Limits(max_items=10_000, unique=True)] | None,
        "Covariates of the table to use, in this order; null for all, an empty list for none "
        "(only for runs without learners). Learners exclude a covariate that has the same value "
        "at all profiles.",
    ] = None
    min_valid_fraction: MinValidFraction = 0
