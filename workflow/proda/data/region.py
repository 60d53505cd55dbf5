"""The land the study covers: a polygon in longitude and latitude, from a file of polygons.

Edges are straight in longitude and latitude, so a ring cannot cross the date line: RFC 7946 cuts
such polygons there. An edge of more than 180 degrees is either a ring that was not cut or a very
long edge; the file does not show which, so that it is an error. Only edges along the whole map,
from -180 to 180, are unambiguous.

Areas are those on a sphere of radius 6371008.8 m. They are exact because (longitude, sin latitude)
is an equal-area map of the sphere: a polygon is measured, and cut, in that plane.
"""

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from proda.arrays import Mask
from proda.data.vector_files import VectorFile, read_geopackage, read_shapefile
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

MAX_STEP = 5000.0
"""m; edges of a projected outline are split to this length before they are converted."""

# Attributes that name a feature, by preference: of this library's files and of Natural Earth.
_NAMES = ("name", "NAME", "Name", "ADMIN")
# WGS84 and NAD83, which differ by a metre or two.
_DEGREES = (4326, 4269)
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


def read_region(
    path: str | Path,
    attribute: str | None = None,
    values: Sequence[str | float] = (),
    layer: str | None = None,
    names: str | None = None,
) -> Region:
    """Read a region from a file of polygons.

    Parameters
    ----------
    path
        GeoJSON (RFC 7946: longitude, latitude in degrees), a shapefile (.shp) or a GeoPackage
        (.gpkg), whose coordinates are converted to degrees.
    attribute, values
        Attribute of the features and its values that select some of them, regardless of case; None
        for all features.
    layer
        Of a GeoPackage with several.
    names
        Attribute that names the parts; None for the usual names of such an attribute.

    Returns
    -------
    Region
        Overlapping features count once.

    Raises
    ------
    InputError
        If the file cannot be read, holds no area, holds other shapes than polygons, a polygon that
        crosses itself or, uncut, the date line, coordinates that are not degrees, or states another
        coordinate reference system in GeoJSON; and for a value that no feature has.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    features: list[tuple[dict[str, Any], str, Any]]
    if suffix in (".shp", ".gpkg"):
        file = read_shapefile(path) if suffix == ".shp" else read_geopackage(path, layer)
        name, features = path.stem, list(_in_longitude_and_latitude(path, file))
    else:
        name, features = _read_geojson(path)
    if attribute is not None:
        features = _selected(path, features, attribute, values)
        name = " and ".join(map(str, values))
    if names is not None:
        _require_attribute(path, features, names)
    parts: dict[str, shapely.Geometry] = {}
    for properties, label, geometry in features:
        keys = _NAMES if names is None else (names,)
        part = str(next((properties[key] for key in keys if properties.get(key)), label))
        polygon = _polygon(f"{path}, feature {label} ({part})", geometry)
        parts[part] = shapely.union(parts[part], polygon) if part in parts else polygon
    whole = shapely.union_all(list(parts.values()))
    if not whole.area > 0:
        raise InputError(path, "at least one polygon with an area", "an empty region")
    return Region(name, whole, parts)


def _read_geojson(path: Path) -> tuple[str, list[tuple[dict[str, Any], str, Any]]]:
    """Name of a GeoJSON file, and properties, number and geometry of its features."""
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise InputError(path, "a GeoJSON file", "no file") from None
    except OSError as error:
        raise InputError(path, "a readable file", error.strerror or str(error)) from None
    except (ValueError, RecursionError) as error:
        hint = "other formats are recognised by their ending, .shp or .gpkg"
        raise InputError(path, "a GeoJSON file", f"no valid JSON: {error}", hint) from None

    _check_crs(path, content)
    features = []
    for label, feature in enumerate(_features(path, content), start=1):
        _check_crs(f"{path}, feature {label}", feature)
        properties = feature.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        features.append((properties, str(label), feature.get("geometry")))
    return str(content.get("name", path.stem)), features


def _in_longitude_and_latitude(
    path: Path, file: VectorFile
) -> Iterator[tuple[dict[str, Any], str, Any]]:
    """Attributes, number and geometry, in degrees, of the features with a geometry."""
    # Takes time to import, which regions in degrees need not spend.
    import pyproj

    convert, step = None, np.inf
    if file.crs is not None:
        try:
            crs = pyproj.CRS.from_user_input(file.crs)
        except pyproj.exceptions.CRSError:
            raise InputError(f"{path}, crs", "a reference system", repr(file.crs[:60])) from None
        unit = crs.axis_info[0].unit_conversion_factor if crs.axis_info else 1.0
        step = np.inf if crs.is_geographic else MAX_STEP / unit
        if not (crs.is_geographic and crs.to_epsg(20) in _DEGREES):
            convert = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    for label, (attributes, geometry) in enumerate(file.features, start=1):
        if geometry is None:
            continue
        if convert is not None:
            # Edges are straight in the projection, and soon will not be.
            dense = shapely.segmentize(geometry, step) if np.isfinite(step) else geometry
            geometry = shapely.transform(
                dense,
                lambda xy, to=convert: np.column_stack(to.transform(xy[:, 0], xy[:, 1])),
            )
        yield attributes, str(label), geometry


def _selected(
    path: Path,
    features: list[tuple[dict[str, Any], str, Any]],
    attribute: str,
    values: Sequence[str | float],
) -> list[tuple[dict[str, Any], str, Any]]:
    """Features of which the attribute has one of the values; each value must occur."""
    _require_attribute(path, features, attribute)
    texts = [_folded(properties.get(attribute)) for properties, _, _ in features]
    for value in values:
        if _folded(value) not in texts:
            known = {
                _folded(properties.get(attribute)): str(properties.get(attribute))
                for properties, _, _ in features
            }
            near = difflib.get_close_matches(_folded(value), known, n=3, cutoff=0.5)
            shown = [known[text] for text in near or sorted(known)[:10]]
            found = "none; it has " + ", ".join(shown) + " ..." * (len(known) > len(shown))
            raise InputError(path, f"a feature with {attribute} {value!r}", found)
    wanted = {_folded(value) for value in values}
    return [feature for feature, text in zip(features, texts, strict=True) if text in wanted]


def _require_attribute(
    path: Path, features: list[tuple[dict[str, Any], str, Any]], attribute: str
) -> None:
    names = dict.fromkeys(name for properties, _, _ in features for name in properties)
    if attribute not in names:
        found = f"none among {', '.join(names) or 'no attributes at all'}"
        raise InputError(path, f"an attribute {attribute!r}", found[:300])


def _folded(value: object) -> str:
    """A value of an attribute as text that compares: 5, 5.0 and "5.000" are the same."""
    text = str(value).strip()
    try:
        return repr(float(text))
    except ValueError:
        return text.casefold()


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
    if isinstance(geometry, shapely.Geometry):
        geometry = shapely.geometry.mapping(geometry)
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
