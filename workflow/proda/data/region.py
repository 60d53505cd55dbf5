"""The land the study covers: a polygon in longitude and latitude, read from GeoJSON.

Areas are those on a sphere of radius 6371008.8 m. They are exact because (longitude, sin latitude)
is an equal-area map of the sphere: a polygon is measured, and cut, in that plane.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from proda.errors import InputError

__all__ = ["EARTH_RADIUS", "Region", "read_region", "to_equal_area"]

EARTH_RADIUS = 6371008.8
"""m; mean radius of the GRS80 ellipsoid (Moritz 2000)."""

SEGMENT = 0.1
"""degrees; borders are straight in longitude and latitude, so long edges are split first."""


@dataclass(frozen=True)
class Region:
    """A region of the land surface, longitudes in [-180, 180] and latitudes in degrees.

    name: for titles and file attributes.
    geometry: shapely polygon of the whole.
    parts: name of each feature of the file (states, say) -> its polygon, to draw borders.
    """

    name: str
    geometry: shapely.Geometry
    parts: dict[str, shapely.Geometry]

    @property
    def area_m2(self):
        """Area on the sphere in m2."""
        return to_equal_area(self.geometry).area * EARTH_RADIUS**2

    def contains(self, lon, lat):
        """Whether points lie in the region or on its border: bool array of the shape of ``lon``."""
        shapely.prepare(self.geometry)
        return shapely.intersects_xy(self.geometry, lon, lat)


def read_region(path):
    """Read a Region from a GeoJSON file of polygons (RFC 7946: longitude, latitude in degrees).

    Overlapping features count once. Raises InputError when the file cannot be read, holds no area,
    holds other shapes than polygons, a self-crossing one, or coordinates that are not degrees.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(path, "a GeoJSON file", "no file") from None
    except OSError as error:
        raise InputError(path, "a readable file", error.strerror) from None
    except ValueError as error:
        raise InputError(path, "a GeoJSON file", f"no valid JSON: {error}") from None

    parts = {}
    for label, feature in enumerate(_features(path, content), start=1):
        properties = feature.get("properties")
        name = str(properties.get("name", label) if isinstance(properties, dict) else label)
        polygon = _polygon(f"{path}, feature {label} ({name})", feature.get("geometry"))
        parts[name] = shapely.union(parts[name], polygon) if name in parts else polygon
    geometry = shapely.union_all(list(parts.values()))
    if not geometry.area > 0:
        raise InputError(path, "at least one polygon with an area", "an empty region")
    return Region(str(content.get("name", path.stem)), geometry, parts)


def to_equal_area(geometry):
    """Map geometries from degrees to (longitude in radians, sin latitude); areas there times
    EARTH_RADIUS**2 are areas on the sphere in m2."""
    return shapely.transform(
        shapely.segmentize(geometry, SEGMENT),
        lambda xy: np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))]),
    )


def _features(path, content):
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "FeatureCollection":
        features = content.get("features")
        if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
            raise InputError(path, "a list of features", f"{features!r:.60}")
        return features
    if kind == "Feature":
        return [content]
    if kind in ("Polygon", "MultiPolygon"):
        return [{"geometry": content}]
    raise InputError(path, "GeoJSON features or polygons", f"type {kind!r}")


def _polygon(where, geometry):
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        raise InputError(where, "a Polygon or MultiPolygon", f"geometry {kind!r}")
    try:
        polygon = shapely.force_2d(shapely.geometry.shape(geometry))
    except (KeyError, IndexError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise InputError(where, "coordinates of a polygon", str(error)) from None
    xy = shapely.get_coordinates(polygon)
    degrees = (np.abs(xy[:, 0]) <= 180) & (np.abs(xy[:, 1]) <= 90)
    if not degrees.all():
        x, y = xy[~degrees][0]
        raise InputError(
            where,
            "longitude in [-180, 180] and latitude in [-90, 90] degrees",
            f"({x:g}, {y:g})",
            "projected coordinates and longitudes of 0 to 360 must be converted first",
        )
    if not polygon.is_valid:
        raise InputError(
            where, "a polygon that does not cross itself", shapely.is_valid_reason(polygon)
        )
    return polygon
