"""Make countries.geojson: the land of each country, one feature each.

Source: Natural Earth 1:50m admin 0 countries, version 4.1.0 (public domain), as the file
countries-50m.json of the npm package world-atlas 2.0.2 brings it. Borders are simplified as shared
lines, so that neighbours still meet: vertices within 0.03 degrees of the line between their
neighbours are left out. So are parts of a country below 100 km2, countries without a larger part,
and Antarctica, which is ice. Abbreviated names are written out. Borders are those that Natural
Earth draws, by who holds the land.

Run once, in an environment of its own (the workflow itself needs none of this):

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python workflow/proda/resources/make_countries.py package/countries-50m.json
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from make_world import DECIMALS, _area, _parts, _polygon

TOLERANCE = 0.03  # degrees
MIN_AREA = 1e8  # m2
WITHOUT = ("Antarctica",)
# Natural Earth abbreviates names for labels of maps.
WORDS = {"Is.": "Islands", "I.": "Island", "St.": "Saint", "Ter.": "Territory", "Br.": "British"}
WORDS |= {"Fr.": "French", "S.": "South", "N.": "Northern", "Rep.": "Republic", "Eq.": "Equatorial"}
NAMES = {
    "Dem. Rep. Congo": "Democratic Republic of the Congo",
    "Congo": "Republic of the Congo",
    "Bosnia and Herz.": "Bosnia and Herzegovina",
    "Antigua and Barb.": "Antigua and Barbuda",
    "St. Vin. and Gren.": "Saint Vincent and the Grenadines",
    "S. Geo. and the Is.": "South Georgia and the Islands",
    "W. Sahara": "Western Sahara",
    "Fr. S. Antarctic Lands": "French Southern and Antarctic Lands",
    "Macedonia": "North Macedonia",
    "eSwatini": "Eswatini",
    "Faeroe Is.": "Faroe Islands",
}


def main(source: str) -> None:
    """Write countries.geojson beside this file."""
    topology = json.loads(Path(source).read_text(encoding="utf-8"))
    scale, shift = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    exact = [np.cumsum(arc, axis=0) * scale + shift for arc in topology["arcs"]]
    simple = [
        shapely.get_coordinates(shapely.simplify(shapely.LineString(arc), TOLERANCE))
        for arc in exact
    ]
    features, areas = [], []
    for country in topology["objects"]["countries"]["geometries"]:
        name = _name(country["properties"]["name"])
        if name in WITHOUT:
            continue
        rings = [country["arcs"]] if country["type"] == "Polygon" else country["arcs"]
        land = shapely.union_all([_polygon(ring, simple) for ring in rings])
        land = shapely.set_precision(land, 10.0**-DECIMALS)
        parts = sorted(_parts(land), key=_area, reverse=True)
        parts = [part for part in parts if _area(part) >= MIN_AREA]
        if not parts:
            continue
        assert all(shapely.is_valid(parts)), name
        whole = sum(_area(_polygon(ring, exact)) for ring in rings)
        areas.append([sum(map(_area, parts)), whole])
        features.append(_feature(name, parts))
    kept, whole = np.array(areas).T
    large = whole > 3e10
    assert (np.abs(kept[large] / whole[large] - 1) < 0.05).all()
    assert abs(kept.sum() / whole.sum() - 1) < 5e-3
    result = {
        "type": "FeatureCollection",
        "name": "countries",
        "properties": {
            "title": "Land of the countries",
            "note": f"Without parts and countries below {MIN_AREA / 1e6:g} km2; lakes count as "
            "land. Borders as in the source, by who holds the land.",
            "source": "Natural Earth 1:50m admin 0 countries 4.1.0 (naturalearthdata.com), from "
            "the npm package world-atlas 2.0.2; made by resources/make_countries.py",
            "licence": "public domain",
            "coordinates": "longitude and latitude in degrees",
        },
        "features": sorted(features, key=lambda feature: feature["properties"]["name"]),
    }
    target = Path(__file__).with_name("countries.geojson")
    target.write_text(json.dumps(result, separators=(",", ":")) + "\n", encoding="utf-8")


def _name(short: str) -> str:
    return NAMES.get(short) or " ".join(WORDS.get(word, word) for word in short.split())


def _feature(name: str, parts: list[shapely.Geometry]) -> dict[str, Any]:
    coordinates = [
        [shapely.get_coordinates(ring).round(DECIMALS).tolist() for ring in shapely.get_rings(part)]
        for part in parts
    ]
    return {
        "type": "Feature",
        "properties": {"name": name},
        "geometry": {"type": "MultiPolygon", "coordinates": coordinates},
    }


if __name__ == "__main__":
    main(sys.argv[1])
