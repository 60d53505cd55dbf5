"""The section `covariates`."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from proda.config.keys import Fraction, Limits, Name, Text
from proda.config.sections.tables import TableFormat

__all__ = [
    "PROFILE_ID",
    "CovariateFile",
    "CovariateSettings",
    "MinValidFraction",
    "SiteCovariates",
]

# Name of the column of profiles in a table of covariates at sites.
PROFILE_ID = "profile_id"
MinValidFraction = Annotated[
    Fraction, "Minimum fraction of valid pixels for a grid cell to have a value."
]
_Number = Annotated[float, Limits(minimum=-1.7e308, maximum=1.7e308)]
_Column = Text | Annotated[tuple[Text, ...], Limits(min_items=1, max_items=10)]


@dataclass(frozen=True, kw_only=True)
class CovariateFile:
    """A raster of a covariate."""

    file: Annotated[Text, "The file, in any format that GDAL reads."]
    variable: Annotated[Text | None, "Variable of a file that holds several (netCDF)."] = None
    band: Annotated[
        Annotated[int, Limits(minimum=1, maximum=100_000)] | None,
        "Number of the band, from 1, of a file that holds several.",
    ] = None
    kind: Annotated[
        Literal["continuous", "class"] | None,
        "continuous, or class for codes, which are counted and never averaged; null for class if "
        "the covariate of that name in workflow/proda/resources/covariates.csv holds codes, "
        "continuous otherwise.",
    ] = None
    unit: Annotated[Text, "Unit after scale and offset."] = "1"
    scale: Annotated[_Number, "Value = number in the file x scale + offset."] = 1
    offset: Annotated[_Number, "Value = number in the file x scale + offset."] = 0
    missing: Annotated[
        tuple[tuple[_Number, _Number], ...],
        Limits(max_items=1000),
        "Ranges of numbers in the file that denote missing data, [first, last] each, in addition "
        "to its own nodata value.",
    ] = ()
    valid_range: Annotated[
        tuple[_Number, _Number] | None,
        "Smallest and largest possible value, in unit; others are an error. null for -9998 to "
        "1e15, and for codes 0 to 254, which excludes common fill values.",
    ] = None
    crs: Annotated[Text | None, "Coordinate reference system of a file that states none."] = None
    description: Annotated[Text | None, "What it is, for files and figures."] = None
    group: Annotated[Text | None, "Group of covariates whose importance is assessed together."] = (
        None
    )


@dataclass(frozen=True, kw_only=True)
class SiteCovariates(TableFormat):
    """A table of covariates at the profiles."""

    path: Annotated[
        Text,
        "The file, with a row per profile; it may be the table of sites or of horizons. A profile "
        "whose rows disagree has no value.",
    ]
    columns: Annotated[
        dict[str, _Column],
        Limits(min_keys=1, max_keys=10_000),
        "Covariates and their columns, {name here: name in the file}, and profile_id if its column "
        "has another name (a list if several columns identify a profile).",
    ]
    classes: Annotated[
        tuple[Text, ...],
        Limits(max_items=10_000, unique=True),
        "Covariates that are classes: whole numbers or, if there is no raster of the covariate, "
        "texts, which are numbered in alphabetical order from 1.",
    ] = ()
    units: Annotated[
        dict[str, Text], Limits(max_keys=10_000), "Units of covariates, {name: unit}."
    ] = field(default_factory=dict)
    groups: Annotated[
        dict[str, Text],
        Limits(max_keys=10_000),
        "Groups of covariates whose importance is assessed together, {name: group}.",
    ] = field(default_factory=dict)


@dataclass(frozen=True)
class CovariateSettings:
    """Environmental covariates from which the learners predict parameters."""

    table: Annotated[
        Text | None,
        "Table of the covariates' rasters, relative to the working directory; null for the 60 of "
        "Tao et al. 2020 (workflow/proda/resources/covariates.csv), or for none with files or "
        "sites.",
    ] = None
    files: Annotated[
        Annotated[dict[Name, Text | CovariateFile], Limits(min_keys=1, max_keys=10_000)]
        | Text
        | None,
        "Rasters in place of table: {name: file}, with the keys below where a file needs them, or "
        "a pattern of files such as covariates/*.tif, whose names are then those of the files.",
    ] = None
    sites: Annotated[
        SiteCovariates | None,
        "Covariates in a table with the profiles, which has precedence over rasters at the "
        "profiles. Learners need rasters of all their covariates for maps; without, they predict "
        "at the profiles only.",
    ] = None
    names: Annotated[
        Annotated[tuple[Text, ...], Limits(max_items=10_000, unique=True)] | None,
        "Covariates to use, in this order; null for all, an empty list for none (only for runs "
        "without learners). Learners exclude a covariate that has the same value at all profiles.",
    ] = None
    min_valid_fraction: MinValidFraction = 0
