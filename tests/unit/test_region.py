import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from proda.data.region import EARTH_RADIUS, read_region
from proda.errors import InputError

CONUS = Path(__file__).parents[2] / "resources/conus.geojson"


def polygon(*corners):
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


def feature(name, geometry):
    return {"type": "Feature", "properties": {"name": name}, "geometry": geometry}


def write(path, content):
    path.write_text(json.dumps(content))
    return path


SQUARE = polygon([0, 0], [2, 0], [2, 2], [0, 2])


@pytest.fixture(scope="module")
def conus():
    return read_region(CONUS)


def test_conus_is_land_of_48_states_and_dc(conus):
    assert conus.name == "conus"
    assert len(conus.parts) == 49
    # 7.78 million km2; with the water of the Great Lakes it would be 8.09.
    assert conus.area_m2 == pytest.approx(7.775e12, rel=0.001)
    assert len(shapely.get_parts(conus.geometry)[0].interiors) == 0
    parts = np.array(list(conus.parts.values()))
    assert shapely.coverage_is_valid(parts)


@pytest.mark.parametrize(
    ("place", "lon", "lat", "inside"),
    [
        ("Kansas", -98.0, 38.5, True),
        ("Washington DC", -77.03, 38.9, True),
        ("Lake Michigan", -87.0, 43.5, False),
        ("Lake Superior", -88.0, 47.8, False),
        ("Toronto", -79.4, 43.7, False),
        ("Gulf of Mexico", -90.0, 27.0, False),
        ("Alaska", -150.0, 65.0, False),
    ],
)
def test_conus_contains(conus, place, lon, lat, inside):
    assert conus.contains(lon, lat) == inside


def test_washington_dc_fills_the_hole_between_its_neighbours(conus):
    district = read_region(CONUS).parts["District of Columbia"]
    assert district.touches(conus.parts["Maryland"]) and district.touches(conus.parts["Virginia"])


def test_area_of_a_band_is_that_of_the_sphere(tmp_path):
    octant = polygon([0, 0], [90, 0], [90, 90], [0, 90])
    region = read_region(write(tmp_path / "octant.geojson", octant))
    assert region.area_m2 == pytest.approx(4 * np.pi * EARTH_RADIUS**2 / 8, rel=1e-12)


def test_long_slanted_edges_are_straight_in_degrees(tmp_path):
    triangle = polygon([0, 0], [60, 0], [60, 60])
    region = read_region(write(tmp_path / "triangle.geojson", triangle))
    # integral over longitude x (radians) of sin(x) from 0 to pi/3
    assert region.area_m2 == pytest.approx(0.5 * EARTH_RADIUS**2, rel=1e-5)


@pytest.mark.parametrize("wrap", ["collection", "feature", "bare"])
def test_all_forms_of_geojson_are_read(tmp_path, wrap):
    content = {
        "collection": {"type": "FeatureCollection", "features": [feature("square", SQUARE)]},
        "feature": feature("square", SQUARE),
        "bare": SQUARE,
    }[wrap]
    region = read_region(write(tmp_path / "place.geojson", content))
    assert region.name == "place"
    assert region.contains([1, 2, 3], [1, 1, 1]).tolist() == [True, True, False]


def test_overlapping_and_repeated_features_count_once(tmp_path):
    content = {
        "type": "FeatureCollection",
        "features": [feature("a", SQUARE), feature("a", SQUARE), feature("b", SQUARE)],
    }
    region = read_region(write(tmp_path / "twice.geojson", content))
    assert region.geometry.area == pytest.approx(4)
    assert list(region.parts) == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "fragments"),
    [
        ({"type": "FeatureCollection", "features": []}, ["an area", "an empty region"]),
        ({"type": "Polygon", "coordinates": []}, ["an area", "an empty region"]),
        ({"type": "Topology"}, ["GeoJSON features or polygons", "'Topology'"]),
        ([1, 2], ["GeoJSON features or polygons", "None"]),
        (
            feature("road", {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}),
            ["feature 1 (road)", "a Polygon or MultiPolygon", "'LineString'"],
        ),
        (
            feature("field", polygon([500000, 4e6], [501000, 4e6], [501000, 4.1e6])),
            ["feature 1 (field)", "degrees", "(500000, 4e+06)", "projected"],
        ),
        (polygon([200, 0], [201, 0], [201, 1]), ["longitude in [-180, 180]", "(200, 0)"]),
        (polygon([0, 0], [1, 1], [1, 0], [0, 1]), ["not cross itself", "Self-intersection"]),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, ["coordinates of a polygon"]),
    ],
)
def test_unusable_regions_are_refused(tmp_path, content, fragments):
    with pytest.raises(InputError) as error:
        read_region(write(tmp_path / "bad.geojson", content))
    for fragment in ["bad.geojson", *fragments]:
        assert fragment in str(error.value)


def test_unreadable_files_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.geojson: expected a GeoJSON file, found no file"):
        read_region(tmp_path / "none.geojson")
    (tmp_path / "cut.geojson").write_text('{"type": "Poly')
    with pytest.raises(InputError, match=r"cut\.geojson: .* no valid JSON"):
        read_region(tmp_path / "cut.geojson")
