"""The sections `evaluation` and `validation`."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from proda.config.keys import Limits, Text
from proda.config.sections.references import StockUnit
from proda.config.sections.tables import Columns, TableFormat

__all__ = ["IGBP", "EvaluationSettings", "PointStocks", "Regions", "VegetationGroups"]

_Code = Annotated[int, Limits(minimum=-1_000_000, maximum=1_000_000)]
_Group = Annotated[str, Limits(min_length=1, max_length=60)]


@dataclass(frozen=True)
class VegetationGroups:
    """Vegetation types of the profiles."""

    covariate: Annotated[Text, "Categorical covariate that holds the vegetation class."]
    groups: Annotated[
        dict[
            _Group,
            Annotated[
                tuple[_Code, ...], Limits(min_items=1, max_items=10_000), "Codes of the group."
            ],
        ],
        Limits(min_keys=1, max_keys=100),
        "Name of each group and the codes that belong to it.",
    ]


IGBP = "IGBP"
"""Covariate of the default vegetation types."""

IGBP_GROUPS = {
    "Evergreen forest": (1, 2),
    "Deciduous forest": (3, 4),
    "Mixed forest": (5,),
    "Shrubland": (6, 7),
    "Savanna": (8, 9),
    "Grassland": (10,),
    "Wetland": (11,),
    "Cropland": (12, 14),
}


@dataclass(frozen=True, kw_only=True)
class Regions:
    """Regions of which the evaluation is shown apart, such as physiographic ones."""

    file: Annotated[
        Text,
        "File with a polygon per region, relative to the working directory: GeoJSON, a shapefile "
        "(.shp) or a GeoPackage (.gpkg).",
    ]
    attribute: Annotated[
        Text, "Attribute that names the region; polygons of one name are one region."
    ]
    layer: Annotated[Text | None, "Layer of a GeoPackage; needed if it has more than one."] = None


@dataclass(frozen=True)
class EvaluationSettings:
    """Tables and figures."""

    resamples: Annotated[
        int,
        Limits(minimum=10, maximum=1_000_000),
        "Number of bootstrap resamples of the profiles for confidence intervals.",
    ] = 1000
    resampled: Annotated[
        Literal["profiles", "blocks"],
        "What the confidence intervals of Table 1 resample: single profiles, or all profiles of a "
        "spatial block (learning.block_size) together, because neighbours have similar errors. "
        "Blocks need a method that learns.",
    ] = "profiles"
    vegetation: Annotated[
        VegetationGroups | None,
        "Groups of a categorical covariate for SOC profiles by vegetation type; null for none. "
        "The default is null without covariates, and where covariates.names, files or sites list "
        "others than IGBP.",
    ] = VegetationGroups(IGBP, IGBP_GROUPS)
    regions: Annotated[
        Regions | None, "Regions for skill and profiles by region (Figure S3); null for none."
    ] = None


@dataclass(frozen=True, kw_only=True)
class PointStocks(TableFormat):
    """Table of measured stocks at points."""

    path: Annotated[Text, "The file."]
    columns: Annotated[
        Columns,
        "Columns with other names than expected, {name here: name in the file}, for point_id, "
        "longitude, latitude and stock.",
    ] = field(default_factory=dict)
    unit: Annotated[StockUnit, "Unit of the stocks."]
    top: Annotated[
        float, Limits(minimum=0, maximum=10_000), "Top of the depth interval of the stocks, cm."
    ] = 0
    bottom: Annotated[
        float,
        Limits(minimum=0.1, maximum=10_000),
        "Bottom of the depth interval of the stocks, cm.",
    ]
