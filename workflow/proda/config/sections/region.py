"""The section `region`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from proda.config.keys import Limits, Text

__all__ = ["BUILT_IN_REGIONS", "LAND", "RegionSettings", "outline_files"]

LAND = "world"
"""Value of ``polygon`` that selects the land of the globe."""

BUILT_IN_REGIONS = {None: "conus.geojson", LAND: "world.geojson"}
"""Files of `proda.resources` by the value of ``polygon`` that selects them."""

_Longitude = Annotated[float, Limits(minimum=-180, maximum=180)]
_Latitude = Annotated[float, Limits(minimum=-90, maximum=90)]
_Value = Annotated[str | float, Limits(min_length=1, minimum=-1.7e308, maximum=1.7e308)]


@dataclass(frozen=True)
class RegionSettings:
    """The study area and its grid."""

    polygon: Annotated[
        Text | None,
        "File with the outline of the study area, relative to the working directory: GeoJSON, a "
        "shapefile (.shp) or a GeoPackage (.gpkg); world for the land of the globe without "
        "Antarctica (workflow/proda/resources/world.geojson); null for the conterminous United "
        "States (workflow/proda/resources/conus.geojson), or with bounds for the land within them.",
    ] = None
    attribute: Annotated[
        Text | None,
        "Attribute of the features of polygon by which value selects some of them, such as NAME of "
        "Natural Earth's countries; null for all features.",
    ] = None
    value: Annotated[
        _Value | Annotated[tuple[_Value, ...], Limits(min_items=1, max_items=1000)] | None,
        "Value of attribute, or a list of values.",
    ] = None
    layer: Annotated[Text | None, "Layer of a GeoPackage; needed if it has more than one."] = None
    country: Annotated[
        Text | Annotated[tuple[Text, ...], Limits(min_items=1, max_items=300, unique=True)] | None,
        "Country, or a list of countries, in place of polygon, by the English name in "
        "workflow/proda/resources/countries.geojson (Natural Earth 1:50m).",
    ] = None
    bounds: Annotated[
        tuple[_Longitude, _Latitude, _Longitude, _Latitude] | None,
        "West, south, east and north limit of the study area, degrees: the part of polygon or "
        "country within them. A west that is east of the east crosses the date line.",
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

    @property
    def outline(self) -> str | None:
        """Value of ``polygon`` that applies: with bounds alone the land of the globe."""
        alone = self.polygon is None and self.country is None and self.bounds is not None
        return LAND if alone else self.polygon

    @property
    def is_file(self) -> bool:
        """Whether the region is that of a GeoJSON file as it is, and need not be composed."""
        chosen = (self.country, self.bounds, self.attribute)
        suffix = (self.polygon or "").lower()
        geojson = self.polygon in BUILT_IN_REGIONS or not suffix.endswith((".shp", ".gpkg"))
        return geojson and all(each is None for each in chosen)


def outline_files(path: str | Path) -> list[Path]:
    """A file with outlines, and those beside a shapefile that belong to it and exist."""
    path = Path(path)
    ends = (".dbf", ".prj", ".cpg") if path.suffix.lower() == ".shp" else ()
    beside = [path.with_suffix(case(end)) for end in ends for case in (str.lower, str.upper)]
    return [path, *(file for file in beside if file.is_file())]
