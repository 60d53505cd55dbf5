"""Outlines in shapefiles and GeoPackages, written here byte by byte after their specifications."""

import sqlite3
import struct

import numpy as np
import pyproj
import pytest
import shapely

from proda.data.region import read_region
from proda.errors import InputError

# Clockwise outlines; the second state has a lake with an island in it.
NORTH = [(10, 50), (10, 52), (14, 52), (14, 50)]
SOUTH = [(10, 46), (10, 50), (14, 50), (14, 46)]
LAKE = [(11, 47), (13, 47), (13, 49), (11, 49)]
ISLAND = [(11.5, 47.5), (11.5, 48.5), (12.5, 48.5), (12.5, 47.5)]
STATES = [("Nord", "1", [NORTH]), ("Süd", "2.0", [SOUTH, LAKE, ISLAND])]
LAMBERT = pyproj.CRS.from_epsg(3035)


def closed(ring):
    return [*ring, ring[0]]


def write_shapefile(path, states=STATES, kind=5, crs=None, encoding=None):
    records = b""
    for number, (_, _, rings) in enumerate(states, start=1):
        points = [point for ring in rings for point in closed(ring)]
        starts = np.cumsum([0, *(len(ring) + 1 for ring in rings)])[:-1]
        box = (*np.min(points, axis=0), *np.max(points, axis=0))
        record = struct.pack("<i4d2i", kind, *box, len(rings), len(points))
        record += struct.pack(f"<{len(starts)}i", *starts) + np.array(points, "<f8").tobytes()
        records += struct.pack(">2i", number, len(record) // 2) + record
    size = (100 + len(records)) // 2
    head = struct.pack(">7i", 9994, 0, 0, 0, 0, 0, size) + struct.pack(
        "<2i8d", 1000, kind, *[0] * 8
    )
    path.write_bytes(head + records)
    fields = [(b"NAME", 10), (b"CODE", 6)]
    rows = b"".join(
        b" " + name.encode(encoding or "latin-1").ljust(10) + code.rjust(6).encode()
        for name, code, _ in states
    )
    described = b"".join(
        struct.pack("<11scIBB14x", name, b"C", 0, width, 0) for name, width in fields
    )
    start, width = 32 + len(described) + 1, 1 + sum(width for _, width in fields)
    head = struct.pack("<B3BIHH20x", 3, 124, 1, 1, len(states), start, width)
    path.with_suffix(".dbf").write_bytes(head + described + b"\r" + rows)
    if crs is not None:
        path.with_suffix(".prj").write_text(crs.to_wkt("WKT1_ESRI"))
    if encoding is not None:
        path.with_suffix(".cpg").write_text(encoding)
    return path


def write_geopackage(path, layers, crs):
    with sqlite3.connect(path) as data:
        data.execute("CREATE TABLE gpkg_spatial_ref_sys (srs_id INTEGER, definition TEXT)")
        data.execute("CREATE TABLE gpkg_geometry_columns (table_name, column_name, srs_id)")
        data.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (7, ?)", (crs.to_wkt(),))
        for layer, states in layers.items():
            data.execute(f'CREATE TABLE "{layer}" (fid, geom BLOB, name TEXT, code REAL)')
            data.execute("INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', 7)", (layer,))
            for k, (name, code, polygon) in enumerate(states):
                envelope = struct.pack("<4d", *np.array(polygon.bounds)[[0, 2, 1, 3]])
                blob = b"GP\x00\x03" + struct.pack("<i", 7) + envelope + shapely.to_wkb(polygon)
                data.execute(f'INSERT INTO "{layer}" VALUES (?, ?, ?, ?)', (k, blob, name, code))
            data.execute(f"INSERT INTO \"{layer}\" VALUES (99, NULL, 'without shape', 9)")
    data.close()
    return path


def projected(polygon):
    convert = pyproj.Transformer.from_crs(4326, LAMBERT, always_xy=True)
    dense = shapely.segmentize(polygon, 0.05)
    return shapely.transform(dense, lambda xy: np.column_stack(convert.transform(*xy.T)))


def test_a_shapefile_with_a_hole_and_an_island_in_it(tmp_path):
    region = read_region(write_shapefile(tmp_path / "states.shp"))
    assert list(region.parts) == ["Nord", "Süd"]
    assert region.geometry.area == pytest.approx(8 + 16 - 4 + 1)
    inside = region.contains([12, 12, 11.2, 12, 9], [51, 46.5, 48, 48, 48])
    assert inside.tolist() == [True, True, False, True, False]


@pytest.mark.parametrize(
    ("attribute", "values", "area"),
    [("NAME", ["nord"], 8), ("CODE", [2], 13), ("CODE", ["2"], 13), ("CODE", [1, "2.00"], 21)],
)
def test_features_are_selected_by_an_attribute(tmp_path, attribute, values, area):
    path = write_shapefile(tmp_path / "states.shp", encoding="utf-8")
    region = read_region(path, attribute, values)
    assert region.geometry.area == pytest.approx(area)
    assert region.name == " and ".join(map(str, values))


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("state", "Nord", r"attribute 'state', found none among NAME, CODE"),
        ("NAME", "Nort", r"a feature with NAME 'Nort', found none; it has Nord ..."),
        ("NAME", "Ost", r"a feature with NAME 'Ost', found none; it has Nord, Süd"),
    ],
)
def test_what_cannot_be_selected(tmp_path, attribute, value, message):
    with pytest.raises(InputError, match=message):
        read_region(write_shapefile(tmp_path / "states.shp"), attribute, [value])


def test_projected_outlines_become_degrees(tmp_path):
    north, south = shapely.Polygon(NORTH), shapely.Polygon(SOUTH)
    layers = {
        "states": [("North", 1, projected(north)), ("South", 2, projected(south))],
        "other": [],
    }
    path = write_geopackage(tmp_path / "states.gpkg", layers, LAMBERT)
    with pytest.raises(InputError, match=r"the name of a layer, found layers 'other', 'states'"):
        read_region(path)
    region = read_region(path, layer="states")
    assert list(region.parts) == ["North", "South"]
    assert shapely.hausdorff_distance(region.parts["South"], south) < 1e-6
    rings = [np.array(projected(north).exterior.coords)[:-1].tolist()]
    rings = [ring if not shapely.LinearRing(ring).is_ccw else ring[::-1] for ring in rings]
    path = write_shapefile(tmp_path / "north.shp", [("North", "1", rings)], crs=LAMBERT)
    assert shapely.hausdorff_distance(read_region(path).geometry, north) < 1e-6


def test_files_that_are_something_else(tmp_path):
    path = write_shapefile(tmp_path / "roads.shp", kind=3)
    with pytest.raises(InputError, match=r"roads.shp: expected polygons, found lines"):
        read_region(path)
    path = write_shapefile(tmp_path / "states.shp")
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    with pytest.raises(InputError, match=r"a shapefile, found damaged: it ends within a shape"):
        read_region(path)
    path.write_bytes(b"PK" + whole)
    with pytest.raises(InputError, match=r"a shapefile, found another format"):
        read_region(path)
    path.write_bytes(whole)
    write_shapefile(tmp_path / "one.shp", STATES[:1])
    (tmp_path / "one.dbf").rename(tmp_path / "states.dbf")
    with pytest.raises(InputError, match=r"a row of attributes for each shape, found 1 rows for 2"):
        read_region(path)
    (tmp_path / "text.gpkg").write_text("no database at all")
    with pytest.raises(InputError, match=r"text.gpkg: expected a GeoPackage, found damaged"):
        read_region(tmp_path / "text.gpkg")
    for name in ("absent.shp", "absent.gpkg"):
        with pytest.raises(InputError, match="found no file"):
            read_region(tmp_path / name)
