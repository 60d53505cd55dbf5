"""Make conus.geojson: the land of the conterminous United States, one feature per state.

Source: the example data `us_income/us48.shp` of libpysal 4.14.1 (BSD 3-Clause), state outlines that
stop at the shores of the Great Lakes. The District of Columbia is missing there; its outline is
exactly the hole the 48 states leave open. Nothing is simplified: 4 decimals (about 10 m) keep the
common borders common, because neighbours share their vertices.

Run once, in an environment of its own (the workflow itself needs none of this):

    pip install libpysal==4.14.1 pyshp shapely
    python workflow/proda/resources/make_conus.py
"""

import json
from pathlib import Path

import libpysal
import numpy as np
import shapefile
import shapely

EARTH_RADIUS = 6371008.8  # m, mean radius of the GRS80 ellipsoid
DECIMALS = 4


def main() -> None:
    """Write conus.geojson beside this file."""
    source = Path(libpysal.__file__).parent / "examples/us_income/us48.shp"
    with shapefile.Reader(str(source)) as reader:
        names = [record["STATE_NAME"] for record in reader.records()]
        states = [shapely.geometry.shape(shape.__geo_interface__) for shape in reader.shapes()]

    union = shapely.union_all(states)
    (hole,) = [ring for part in shapely.get_parts(union) for ring in part.interiors]
    names.append("District of Columbia")
    states.append(shapely.Polygon(hole))

    states = [shapely.transform(state, lambda xy: xy.round(DECIMALS)) for state in states]
    assert all(shapely.is_valid(states))
    assert shapely.coverage_is_valid(states)

    features = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": shapely.geometry.mapping(state),
        }
        for name, state in sorted(zip(names, states, strict=True), key=lambda pair: pair[0])
    ]
    collection = {
        "type": "FeatureCollection",
        "name": "conus",
        "properties": {
            "title": "Conterminous United States, 48 states and the District of Columbia",
            "note": "Land only: the outlines stop at the shores of the Great Lakes.",
            "source": "libpysal 4.14.1, examples/us_income/us48.shp; District of Columbia: the "
            "hole these 48 states leave; made by resources/make_conus.py",
            "licence": "BSD 3-Clause, as distributed with libpysal; it does not name the "
            "original publisher of the outlines",
            "coordinates": "longitude and latitude in degrees",
            "area_km2": round(sum(map(_area, states)) / 1e6),
        },
        "features": features,
    }
    target = Path(__file__).with_name("conus.geojson")
    target.write_text(json.dumps(collection, separators=(",", ":")) + "\n", encoding="utf-8")


def _area(geometry: shapely.Geometry) -> float:
    """Area on the sphere in m2; (lon, sin lat) is an equal-area map of it."""
    flat = shapely.transform(
        geometry, lambda xy: np.c_[np.radians(xy[:, 0]), np.sin(np.radians(xy[:, 1]))]
    )
    return float(flat.area) * EARTH_RADIUS**2


if __name__ == "__main__":
    main()
