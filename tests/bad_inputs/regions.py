"""Broken outlines of regions."""

import json

from bad_inputs.case import Case

RING = [[-100, 40], [-98, 40], [-98, 41], [-100, 41], [-100, 40]]


def _feature(ring, kind="Polygon"):
    return {
        "type": "Feature",
        "properties": {"name": "plains"},
        "geometry": {"type": kind, "coordinates": [ring] if kind == "Polygon" else ring},
    }


def _collection(*features):
    return {"type": "FeatureCollection", "features": list(features)}


SOUND = json.dumps(_collection(_feature(RING)))


def _region(name, content, *expect):
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return Case(f"{name}.geojson", "region", expect, lambda path: path.write_bytes(content))


CASES = [
    _region(
        "cut_off",
        SOUND[:-20].encode(),
        "cut_off.geojson: expected a GeoJSON file, found no valid JSON",
    ),
    _region("empty", b"", "empty.geojson: expected a GeoJSON file, found no valid JSON"),
    _region(
        "no_features",
        _collection(),
        "no_features.geojson: expected at least one polygon with an area, found an empty region",
    ),
    _region(
        "null_features",
        {"type": "FeatureCollection", "features": None},
        "null_features.geojson: expected a list of features, found None",
    ),
    _region(
        "lines",
        _collection(_feature(RING, "LineString")),
        "lines.geojson, feature 1 (plains): expected a Polygon or MultiPolygon",
        "found geometry 'LineString'",
    ),
    _region(
        "latitude_first",
        _collection(_feature([[y, x] for x, y in RING])),
        "latitude_first.geojson, feature 1 (plains): expected longitude in [-180, 180]",
        "found (40, -100)",
    ),
    _region(
        "projected",
        _collection(_feature([[x * 1e4, y * 1e4] for x, y in RING])),
        "projected.geojson, feature 1 (plains): expected longitude in [-180, 180]",
        "projected coordinates and longitudes of 0 to 360 must be converted",
    ),
    _region(
        "bow_tie",
        _collection(_feature([RING[0], RING[2], RING[1], RING[3], RING[0]])),
        "bow_tie.geojson, feature 1 (plains): expected a polygon that does not cross itself",
        "found Self-intersection",
    ),
    _region(
        "two_corners",
        _collection(_feature([RING[0], RING[1], RING[0]])),
        "two_corners.geojson, feature 1 (plains): expected",
        "found",
    ),
    _region("a_list", [RING], "a_list.geojson: expected GeoJSON features or polygons, found type"),
]
