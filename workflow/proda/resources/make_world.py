"""Make world.geojson: the land of the globe north of 60 S, as one feature.

Source: Natural Earth 1:50m land, version 4.1.0 (public domain), as the file land-50m.json of the
npm package world-atlas 2.0.2 brings it. That file is joined at the date line and around the pole;
here it is cut there again. Antarctica is left out, which is ice. Islands below 300 km2 are left
out, and vertices within 0.03 degrees of the line between their neighbours, which changes the area
of the land by less than 0.2 %.

Run once, in an environment of its own (the workflow itself needs none of this):

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python workflow/proda/resources/make_world.py package/land-50m.json
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

EARTH_RADIUS = 6371008.8  # m, mean radius of the GRS80 ellipsoid
SOUTHERN_LIMIT = -60.0
TOLERANCE = 0.03  # degrees
MIN_AREA = 3e8  # m2
DECIMALS = 2


def main(source: str) -> None:
    """Write world.geojson beside this file."""
    topology = json.loads(Path(source).read_text(encoding="utf-8"))
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(arc, axis=0) * scale + shift for arc in topology["arcs"]]
    (collection,) = topology["objects"]["land"]["geometries"]
    land = shapely.union_all([_polygon(rings, arcs) for rings in collection["arcs"]])
    land = shapely.intersection(land, shapely.box(-180, SOUTHERN_LIMIT, 180, 90))
    exact = _area(land)
    parts = [part for part in _parts(land) if _area(part) >= MIN_AREA]
    land = shapely.simplify(shapely.union_all(parts), TOLERANCE)
    land = shapely.set_precision(land, 10.0**-DECIMALS)
    parts = sorted(_parts(land), key=_area, reverse=True)
    assert all(shapely.is_valid(parts))
    assert abs(_area(land) / exact - 1.0) < 2e-3
    coordinates = [
        [shapely.get_coordinates(ring).round(DECIMALS).tolist() for ring in shapely.get_rings(part)]
        for part in parts
    ]
    land_feature = {
        "type": "Feature",
        "properties": {"name": "land"},
        "geometry": {"type": "MultiPolygon", "coordinates": coordinates},
    }
    result = {
        "type": "FeatureCollection",
        "name": "world",
        "properties": {
            "title": "Land of the globe north of 60 S",
            "note": f"Without islands below {MIN_AREA / 1e6:g} km2; lakes and the Caspian Sea "
            "count as land.",
            "source": "Natural Earth 1:50m land 4.1.0 (naturalearthdata.com), from the npm package "
            "world-atlas 2.0.2; made by resources/make_world.py",
            "licence": "public domain",
            "coordinates": "longitude and latitude in degrees",
            "area_km2": round(_area(land) / 1e6),
        },
        "features": [land_feature],
    }
    target = Path(__file__).with_name("world.geojson")
    target.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")


def _polygon(rings: list[list[int]], arcs: list[npt.NDArray[Any]]) -> shapely.Geometry:
    """A polygon of arcs, cut at the date line: shell and holes are moved by whole turns."""
    shell, *holes = (_unwrapped(ring, arcs) for ring in rings)
    turned = shapely.make_valid(shapely.Polygon(shell))
    for hole in holes:
        turned = shapely.difference(turned, shapely.make_valid(shapely.Polygon(hole)))
    pieces = []
    for turn in (-360.0, 0.0, 360.0):
        window = shapely.box(-180.0 - turn, -90.0, 180.0 - turn, 90.0)
        piece = shapely.intersection(turned, window)
        pieces.append(shapely.transform(piece, lambda xy, by=turn: xy + np.array([by, 0.0])))
    return shapely.union_all(pieces)


def _unwrapped(ring: list[int], arcs: list[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Points of a ring whose longitude runs on across the date line; closed around the pole."""
    lines = [arcs[arc] if arc >= 0 else arcs[~arc][::-1] for arc in ring]
    points = np.concatenate([lines[0], *(line[1:] for line in lines[1:])])
    points[:, 0] = np.unwrap(points[:, 0], period=360.0)
    if abs(points[-1, 0] - points[0, 0]) > 180.0:  # it runs around the south pole
        corners = [[points[-1, 0], -90.0], [points[0, 0], -90.0]]
        points = np.concatenate([points, corners])
    return points


def _parts(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    return [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]


def _area(geometry: shapely.Geometry) -> float:
    """Area on the sphere in m2; (lon, sin lat) is an equal-area map of it."""
    flat = shapely.transform(
        geometry, lambda xy: np.c_[np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))]
    )
    return float(flat.area) * EARTH_RADIUS**2


if __name__ == "__main__":
    main(sys.argv[1])
