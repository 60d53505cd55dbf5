"""The region that a configuration chooses: outlines of a file, of countries, within a box.

What is chosen is written as GeoJSON, which everything else reads (`proda.data.region`).
"""

import json
from collections.abc import Sequence
from pathlib import Path

import shapely

from proda.config.sections.region import BUILT_IN_REGIONS, LAND, RegionSettings
from proda.data.region import Region, read_region
from proda.errors import InputError, number_text
from proda.files import atomic_path
from proda.resources import resource

__all__ = ["choose_region", "write_region"]

COUNTRIES = resource("countries.geojson")
WORLD = resource("world.geojson")
CONUS = resource("conus.geojson")
_BUILT_IN = {path.name: path for path in (WORLD, CONUS)}


def choose_region(settings: RegionSettings) -> Region:
    """Read the region that the settings choose.

    Parameters
    ----------
    settings
        Section of the configuration.

    Raises
    ------
    InputError
        For a file, a feature or a country that is not there, and a box without land.
    """
    countries = settings.country
    if countries is not None:
        names = (countries,) if isinstance(countries, str) else countries
        region = _countries(names)
    else:
        values = settings.value if isinstance(settings.value, tuple) else (settings.value,)
        file = settings.outline
        path = _BUILT_IN[BUILT_IN_REGIONS[file]] if file in BUILT_IN_REGIONS else Path(str(file))
        chosen = [value for value in values if value is not None]
        region = read_region(path, settings.attribute, chosen, settings.layer)
    return region if settings.bounds is None else _within(region, settings.bounds, settings.outline)


def write_region(region: Region, path: str | Path) -> None:
    """Write a region as GeoJSON.

    Parameters
    ----------
    region
        The region.
    path
        File to write.
    """
    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": shapely.geometry.mapping(polygon),
        }
        for name, polygon in region.parts.items()
    ]
    content = {"type": "FeatureCollection", "name": region.name, "features": features}
    with atomic_path(path) as target:
        target.write_text(json.dumps(content) + "\n", encoding="utf-8")


def _countries(names: Sequence[str]) -> Region:
    try:
        return read_region(COUNTRIES, "name", names)
    except InputError as error:
        hint = "English names as in workflow/proda/resources/countries.geojson"
        raise InputError("config region.country", error.expected, error.found, hint) from None


def _within(
    region: Region, bounds: tuple[float, float, float, float], outline: str | None
) -> Region:
    """The part of a region in a box; one whose west is east of its east crosses the date line."""
    west, south, east, north = bounds
    spans = [(west, east)] if west < east else [(west, 180.0), (-180.0, east)]
    box = shapely.union_all([shapely.box(a, south, b, north) for a, b in spans])
    parts = {
        name: _areas(shapely.intersection(polygon, box)) for name, polygon in region.parts.items()
    }
    parts = {name: polygon for name, polygon in parts.items() if not polygon.is_empty}
    corners = ", ".join(map(number_text, bounds))
    if not parts:
        hint = "west, south, east, north in degrees, west and south negative"
        found = f"none in {corners}"
        raise InputError("config region.bounds", f"land of {region.name}", found, hint)
    whole = shapely.union_all(list(parts.values()))
    name = f"land within {corners}" if outline == LAND else f"{region.name} within {corners}"
    return Region(name, whole, parts)


def _areas(geometry: shapely.Geometry) -> shapely.Geometry:
    """The polygons of an intersection, without lines and points where they only touch."""
    parts = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    return shapely.union_all(parts)
