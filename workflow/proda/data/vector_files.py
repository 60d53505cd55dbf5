"""Polygons of shapefiles and GeoPackages, with their attributes and reference system.

Only what an outline needs is read: polygons in two dimensions and the table of attributes.

References
----------
ESRI Shapefile Technical Description, 1998; dBASE III+ header of its table of attributes.
OGC 12-128r17, GeoPackage Encoding Standard 1.3, sections 1.1.2 and 2.1.
"""

import sqlite3
import struct
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from proda.errors import InputError

__all__ = ["VectorFile", "read_geopackage", "read_shapefile"]

_POLYGONS = (5, 15, 25)
_NO_SHAPE = 0
_SHAPES = {1: "points", 3: "lines", 8: "points", 11: "points", 13: "lines", 21: "points"}
# Bytes of the bounding box in the header of a geometry, by its code.
_ENVELOPES = (0, 32, 48, 48, 64)


class VectorFile(NamedTuple):
    """Features of a file.

    Attributes
    ----------
    crs
        Coordinate reference system as WKT or an authority's code; None where the file states none.
    features
        Attributes by name, and geometry (None where there is none), of each feature.
    """

    crs: str | None
    features: list[tuple[dict[str, Any], shapely.Geometry | None]]


def read_shapefile(path: str | Path) -> VectorFile:
    """Read the polygons of a shapefile, with the attributes beside it (.dbf, .prj, .cpg).

    Parameters
    ----------
    path
        The file .shp.

    Raises
    ------
    InputError
        For a file that is no shapefile of polygons, and attributes that do not belong to it.
    """
    path = Path(path)
    try:
        shapes = _shapes(path, path.read_bytes())
        table = _beside(path, ".dbf")
        encoding = _beside(path, ".cpg")
        stated = encoding.read_text().strip() if encoding.is_file() else ""
        rows = _attributes(table, table.read_bytes(), stated) if table.is_file() else None
        projection = _beside(path, ".prj")
        crs = projection.read_text(errors="replace").strip() if projection.is_file() else None
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(path, "a shapefile", "no file") from None
    except OSError as error:
        raise InputError(path, "a readable file", error.strerror or str(error)) from None
    except (struct.error, ValueError, LookupError, shapely.errors.ShapelyError) as error:
        raise InputError(path, "a shapefile", f"damaged: {error}"[:120]) from None
    if rows is not None and len(rows) != len(shapes):
        found = f"{len(rows)} rows for {len(shapes)} shapes"
        raise InputError(table, "a row of attributes for each shape", found)
    return VectorFile(crs or None, list(zip(rows or [{}] * len(shapes), shapes, strict=True)))


def read_geopackage(path: str | Path, layer: str | None = None) -> VectorFile:
    """Read the polygons of a layer of a GeoPackage.

    Parameters
    ----------
    path
        The file .gpkg.
    layer
        Name of the layer; None for the only one.

    Raises
    ------
    InputError
        For a file that is no GeoPackage, and a layer that it has not, or more than one if none is
        named.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(path, "a GeoPackage", "no file")
    try:
        address = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(address, uri=True)) as data:
            found = data.execute(
                "SELECT table_name, column_name, srs_id FROM gpkg_geometry_columns ORDER BY 1"
            ).fetchall()
            name, column, system = _layer(path, found, layer)
            crs = data.execute(
                "SELECT definition FROM gpkg_spatial_ref_sys WHERE srs_id = ?", (system,)
            ).fetchone()
            quoted = name.replace('"', '""')
            cursor = data.execute(f'SELECT * FROM "{quoted}"')
            names = [each[0] for each in cursor.description]
            features = []
            for row in cursor:
                values = dict(zip(names, row, strict=True))
                features.append((values, _geometry(values.pop(column))))
    except (sqlite3.Error, struct.error, shapely.errors.ShapelyError, IndexError) as error:
        damage = f"damaged or another format: {error}"[:120]
        raise InputError(path, "a GeoPackage", damage) from None
    # -1 and 0 are undefined systems.
    return VectorFile(crs[0] if crs and system > 0 else None, features)


def _layer(path: Path, found: list[Any], layer: str | None) -> Any:
    names = [row[0] for row in found]
    if layer is None and len(found) == 1:
        return found[0]
    if layer not in names:
        expected = "the name of a layer" if layer is None else f"a layer {layer!r}"
        listed = ", ".join(map(repr, names)) or "none"
        raise InputError(path, expected, f"layers {listed}", "set region.layer")
    return found[names.index(layer)]


def _geometry(blob: bytes | None) -> shapely.Geometry | None:
    """Geometry of a GeoPackage: a header, then well-known binary."""
    if blob is None:
        return None
    if blob[:2] != b"GP":
        raise struct.error("a geometry without header")
    if blob[3] >> 4 & 1:  # empty
        return None
    return shapely.force_2d(shapely.from_wkb(blob[8 + _ENVELOPES[blob[3] >> 1 & 7] :]))


def _beside(path: Path, suffix: str) -> Path:
    """File of the same name with another ending, in lower or upper case."""
    upper = path.with_suffix(suffix.upper())
    return upper if upper.is_file() else path.with_suffix(suffix)


def _shapes(path: Path, content: bytes) -> list[shapely.Geometry | None]:
    if len(content) < 100 or struct.unpack(">i", content[:4])[0] != 9994:
        raise InputError(path, "a shapefile", "another format")
    kind = struct.unpack("<i", content[32:36])[0]
    if kind not in _POLYGONS:
        raise InputError(path, "polygons", _SHAPES.get(kind, f"shapes of type {kind}"))
    shapes, start = [], 100
    while start < len(content):
        size = 2 * struct.unpack(">2i", content[start : start + 8])[1]
        record = content[start + 8 : start + 8 + size]
        if len(record) < size:
            raise struct.error("it ends within a shape")
        shapes.append(_shape(record))
        start += 8 + size
    return shapes


def _shape(record: bytes) -> shapely.Geometry | None:
    if struct.unpack("<i", record[:4])[0] == _NO_SHAPE:
        return None
    n_parts, n_points = struct.unpack("<2i", record[36:44])
    starts = np.frombuffer(record, "<i4", n_parts, 44)
    points = np.frombuffer(record, "<f8", 2 * n_points, 44 + 4 * n_parts).reshape(-1, 2)
    return _polygon([ring for ring in np.split(points, starts[1:]) if len(ring) > 3])


def _polygon(rings: list[npt.NDArray[np.float64]]) -> shapely.Geometry:
    """Polygon of rings: outlines run clockwise, each hole against it within an outline."""
    lines = [shapely.LinearRing(ring) for ring in rings]
    outlines = [shapely.Polygon(line) for line in lines if not shapely.is_ccw(line)]
    holes: dict[int, list[shapely.Geometry]] = {}
    for hole in (line for line in lines if shapely.is_ccw(line)):
        around = [k for k, outline in enumerate(outlines) if outline.covers(hole)]
        if around:
            holes.setdefault(min(around, key=lambda k: outlines[k].area), []).append(hole)
        else:  # written by a program that does not follow the rule
            outlines.append(shapely.Polygon(hole))
    return shapely.MultiPolygon(
        [shapely.Polygon(line.exterior, holes.get(k, ())) for k, line in enumerate(outlines)]
    )


def _attributes(path: Path, content: bytes, stated: str) -> list[dict[str, Any]]:
    """Rows of a dBASE table as text, as in its cells."""
    n_rows, header, width = struct.unpack("<IHH", content[4:12])
    if len(content) < header + n_rows * width:
        raise struct.error("its attributes are cut off")
    fields, place = [], 1
    for start in range(32, header - 1, 32):
        if content[start] == 0x0D:
            break
        name = content[start : start + 11].split(b"\0")[0].decode("latin-1")
        fields.append((name, place, place + content[start + 16]))
        place = fields[-1][2]
    rows = []
    for k in range(n_rows):
        row = content[header + k * width : header + (k + 1) * width]
        rows.append({name: _text(row[a:b], stated) for name, a, b in fields})
    return rows


def _text(cell: bytes, stated: str) -> str:
    cell = cell.strip(b"\0 ")
    if stated:
        return cell.decode({"88591": "latin-1"}.get(stated, stated), errors="replace")
    try:
        return cell.decode("utf-8")
    except UnicodeDecodeError:
        return cell.decode("latin-1")
