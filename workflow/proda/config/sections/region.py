"""The section `region`."""

from dataclasses import dataclass
from typing import Annotated

from proda.config.keys import Limits, Text

__all__ = ["BUILT_IN_REGIONS", "RegionSettings"]

BUILT_IN_REGIONS = {None: "conus.geojson", "world": "world.geojson"}
"""Files of `proda.resources` by the value of ``polygon`` that selects them."""


@dataclass(frozen=True)
class RegionSettings:
    """The study area and its grid."""

    polygon: Annotated[
        Text | None,
        "GeoJSON file with the outline of the study area, relative to the working directory; world "
        "for the land of the globe without Antarctica (workflow/proda/resources/world.geojson); "
        "null for the conterminous United States (workflow/proda/resources/conus.geojson).",
    ] = None
    resolution: Annotated[
        float,
        Limits(minimum=0.01, maximum=90),
        "Width and height of a grid cell, degrees; a divisor of 180.",
    ] = 0.5
    min_land_fraction: Annotated[
        float,
        Limits(minimum=0, below=1),
        "Grid cells whose land fraction does not exceed this value are excluded.",
    ] = 0
