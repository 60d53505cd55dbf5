"""The land the study covers: a polygon in longitude and latitude, read from GeoJSON.

Edges are straight in longitude and latitude, so a ring cannot cross the date line: RFC 7946 cuts
such polygons there. An edge of more than 180 degrees is either a ring that was not cut or a very
long edge; the file does not show which, so that it is an error. Only edges along the whole map,
from -180 to 180, are unambiguous.

Areas are those on a sphere of radius 6371008.8 m. They are exact because (longitude, sin latitude)
is an equal-area map of the sphere: a polygon is measured, and cut, in that plane.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from proda.arrays import Mask
from proda.errors import InputError

__all__ = ["EARTH_RADIUS", "Region", "read_region", "to_equal_area"]

EARTH_RADIUS = 6371008.8
"""m; mean radius of the GRS80 ellipsoid (Moritz 2000)."""

SEGMENT = 0.1
"""degrees; borders are straight in longitude and latitude, so long edges are split first."""

MAX_EDGE = 180.0
"""degrees of longitude."""

SLACK = 1e-6
"""degrees, 0.1 m; coordinates this far beyond 180 or 90 are rounding."""

# Names of longitude and latitude on WGS84, and on NAD83, which differs by a metre or two.
GEOGRAPHIC = ("CRS84", "CRS83", "4326", "4269", "WGS84", "WGS 84")


@dataclass(frozen=True)
class Region:
    """A region of the land surface, longitudes in [-180, 180] and latitudes in degrees.

    Attributes
    ----------
    name
        For titles and file attributes.
    geometry
        Polygon of the whole.
    parts
        Polygon of each feature of the file (states, say) by its name, to draw borders.
    """

    name: str
    geometry: shapely.Geometry
    parts: dict[str, shapely.Geometry]

    @property
    def area_m2(self) -> float:
        """Area on the sphere in m2."""
        return to_equal_area(self.geometry).area * EARTH_RADIUS**2

    def contains(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> Mask:
        """Whether points, in degrees, lie in the region or on its border."""
        shapely.prepare(self.geometry)
        inside = shapely.intersects_xy(self.geometry, lon, lat)
        # The date line has two names.
        on_line = np.abs(lon) == 180
        if np.any(on_line):
            other = np.where(on_line, -np.asarray(lon, dtype=float), lon)
            inside = inside | shapely.intersects_xy(self.geometry, other, lat)
        return inside


def read_region(path: str | Path) -> Region:
    """Read a region from a GeoJSON file of polygons (RFC 7946: longitude, latitude in degrees).

    Parameters
    ----------
    path
        File of the region.

    Returns
    -------
    Region
        Overlapping features count once.

    Raises
    ------
    InputError
        If the file cannot be read, holds no area, holds other shapes than polygons, a polygon that
        crosses itself or, uncut, the date line, coordinates that are not degrees, or states another
        coordinate reference system.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(path, "a GeoJSON file", "no file") from None
    except OSError as error:
        raise InputError(path, "a readable file", error.strerror or str(error)) from None
    except (ValueError, RecursionError) as error:
        raise InputError(path, "a GeoJSON file", f"no valid JSON: {error}") from None

    _check_crs(path, content)
    parts: dict[str, shapely.Geometry] = {}
    for label, feature in enumerate(_features(path, content), start=1):
        _check_crs(f"{path}, feature {label}", feature)
        properties = feature.get("properties")
        name = str(properties.get("name", label) if isinstance(properties, dict) else label)
        polygon = _polygon(f"{path}, feature {label} ({name})", feature.get("geometry"))
        parts[name] = shapely.union(parts[name], polygon) if name in parts else polygon
    geometry = shapely.union_all(list(parts.values()))
    if not geometry.area > 0:
        raise InputError(path, "at least one polygon with an area", "an empty region")
    return Region(str(content.get("name", path.stem)), geometry, parts)


def to_equal_area(geometry: shapely.Geometry) -> shapely.Geometry:
    """Map a geometry from degrees to (longitude in radians, sin latitude).

    Parameters
    ----------
    geometry
        In degrees.

    Returns
    -------
    shapely.Geometry
        Its area times ``EARTH_RADIUS**2`` is that on the sphere in m2.
    """
    return shapely.transform(
        shapely.segmentize(geometry, SEGMENT),
        lambda xy: np.column_stack([np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))]),
    )


def _features(path: Path, content: Any) -> list[dict[str, Any]]:
    kind = content.get("type") if isinstance(content, dict) else None
    if kind == "FeatureCollection":
        features = content.get("features")
        if not isinstance(features, list) or not all(isinstance(f, dict) for f in features):
            raise InputError(path, "a list of features", f"{features!r:.60}")
        return features
    if kind == "Feature":
        return [content]
    if kind in ("Polygon", "MultiPolygon", "GeometryCollection"):
        return [{"geometry": content}]
    raise InputError(path, "GeoJSON features or polygons", f"type {kind!r}")


def _check_crs(path: str | Path, content: Any) -> None:
    """Require a geographic reference system, where the file names one, as older GeoJSON does."""
    crs = content.get("crs") if isinstance(content, dict) else None
    if not crs:
        return
    named = crs.get("properties") if isinstance(crs, dict) else None
    name = named.get("name") if isinstance(named, dict) else None
    if not isinstance(name, str) or re.split(r"[:/#]", name)[-1].upper() not in GEOGRAPHIC:
        hint = "convert it, for instance with ogr2ogr -t_srs EPSG:4326"
        found = repr(name if isinstance(name, str) else crs)[:80]
        raise InputError(f"{path}, crs", "longitude and latitude (WGS84)", found, hint)


def _polygon(where: str, geometry: Any) -> shapely.Geometry:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind == "GeometryCollection":
        members = geometry.get("geometries")
        if not isinstance(members, list):
            raise InputError(where, "a list of geometries", f"{members!r:.60}")
        return shapely.union_all([_polygon(where, member) for member in members])
    if kind not in ("Polygon", "MultiPolygon"):
        raise InputError(where, "a Polygon or MultiPolygon", f"geometry {kind!r}")
    try:
        polygon = shapely.force_2d(shapely.geometry.shape(geometry))
    except (KeyError, IndexError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise InputError(where, "coordinates of a polygon", str(error)) from None
    polygon = _in_degrees(where, polygon)
    _check_edges(where, polygon)
    if not polygon.is_valid:
        raise InputError(
            where, "a polygon that does not cross itself", shapely.is_valid_reason(polygon)
        )
    return polygon


def _in_degrees(where: str, polygon: shapely.Geometry) -> shapely.Geometry:
    """Clip what rounding has put beyond the date line and the poles."""
    limits = np.array([180.0, 90.0])
    xy = shapely.get_coordinates(polygon)
    degrees = (np.abs(xy) <= limits + SLACK).all(axis=1)
    if not degrees.all():
        x, y = xy[~degrees][0]
        hint = "projected coordinates and longitudes of 0 to 360 must be converted first"
        if (np.abs(xy[:, ::-1]) <= limits).all():
            hint = "are longitude and latitude swapped?"
        expected = "longitude in [-180, 180] and latitude in [-90, 90] degrees"
        raise InputError(where, expected, f"({x:g}, {y:g})", hint)
    if (np.abs(xy) > limits).any():
        polygon = shapely.transform(polygon, lambda points: np.clip(points, -limits, limits))
    return polygon


def _check_edges(where: str, polygon: shapely.Geometry) -> None:
    for ring in shapely.get_rings(polygon):
        xy = shapely.get_coordinates(ring)
        ends = np.abs(xy[:-1, 0]), np.abs(xy[1:, 0])
        long = np.abs(np.diff(xy[:, 0])) > MAX_EDGE
        long &= ~((ends[0] == 180) & (ends[1] == 180))
        if long.any():
            i = int(np.argmax(long))
            found = " to ".join(f"({x:g}, {y:g})" for x, y in xy[i : i + 2])
            raise InputError(
                where,
                f"edges of at most {MAX_EDGE:g} degrees of longitude",
                found,
                "cut a polygon that crosses the date line into parts there, as ogr2ogr "
                "-wrapdateline does; add a point to an edge that is so long",
            )
