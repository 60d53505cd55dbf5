import json

import numpy as np
import pytest
import shapely

from proda.data.cells import make_cells
from proda.data.region import EARTH_RADIUS, read_region
from proda.errors import InputError
from proda.resources import resource

CONUS = resource("conus.geojson")
WORLD = resource("world.geojson")


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


# --- date line, poles and other forms of GeoJSON -------------------------------------------------

CUT = {
    "type": "MultiPolygon",
    "coordinates": [
        [[[170, -10], [180, -10], [180, 10], [170, 10], [170, -10]]],
        [[[-180, -10], [-175, -10], [-175, 10], [-180, 10], [-180, -10]]],
    ],
}
BAND = 2 * np.sin(np.radians(10)) * np.radians(15) * EARTH_RADIUS**2


def test_a_region_cut_at_the_date_line(tmp_path):
    region = read_region(write(tmp_path / "fiji.geojson", CUT))
    assert region.area_m2 == pytest.approx(BAND, rel=1e-12)
    lon = np.array([169.0, 175.0, 180.0, -180.0, -178.0, -174.0, 0.0])
    assert region.contains(lon, np.zeros(7)).tolist() == [False] + [True] * 4 + [False] * 2
    cells = make_cells(region, 5.0)
    assert len(cells) == 3 * 4
    assert cells.land_area_m2.sum() == pytest.approx(BAND, rel=1e-9)
    assert set(cells.lon) == {172.5, 177.5, -177.5}


@pytest.mark.parametrize("side", [0, 1])
def test_the_date_line_itself_belongs_to_a_region_that_ends_there(tmp_path, side):
    part = {"type": "Polygon", "coordinates": CUT["coordinates"][side]}
    region = read_region(write(tmp_path / "half.geojson", part))
    assert region.contains(np.array([180.0, -180.0]), np.zeros(2)).all()
    assert region.contains(180.0, 0.0) and not region.contains(0.0, 0.0)


@pytest.mark.parametrize(
    ("corners", "edge"),
    [
        ([[170, -10], [-175, -10], [-175, 10], [170, 10]], r"\(170, -10\) to \(-175, -10\)"),
        ([[-170, 50], [170, 50], [170, 60], [-170, 60]], r"\(-170, 50\) to \(170, 50\)"),
        # Round a pole.
        ([[-180, -70], [-60, -75], [60, -70], [179, -75]], r"\(179, -75\) to \(-180, -70\)"),
    ],
)
def test_rings_across_the_date_line_are_refused(tmp_path, corners, edge):
    message = rf"r.geojson, feature 1 \(1\): .* 180 degrees .*found {edge} \(cut a polygon"
    with pytest.raises(InputError, match=message):
        read_region(write(tmp_path / "r.geojson", polygon(*corners)))


def test_a_hole_across_the_date_line_is_refused(tmp_path):
    content = polygon([-180, -80], [0, -80], [180, -80], [180, 80], [0, 80], [-180, 80])
    content["coordinates"].append([[170, 0], [-170, 0], [-170, 5], [170, 5], [170, 0]])
    with pytest.raises(InputError, match=r"found \(170, 0\) to \(-170, 0\)"):
        read_region(write(tmp_path / "r.geojson", content))


def test_the_whole_globe_and_its_polar_cap(tmp_path):
    globe = read_region(
        write(tmp_path / "g.geojson", polygon([-180, -90], [180, -90], [180, 90], [-180, 90]))
    )
    assert globe.area_m2 == pytest.approx(4 * np.pi * EARTH_RADIUS**2, rel=1e-12)
    cap = polygon([-180, -60], [-180, -90], [180, -90], [180, -60], [0, -60])
    region = read_region(write(tmp_path / "cap.geojson", cap))
    expected = 2 * np.pi * (1 - np.sin(np.radians(60))) * EARTH_RADIUS**2
    assert region.area_m2 == pytest.approx(expected, rel=1e-12)
    assert region.contains(np.array([-180.0, 33.0, 180.0]), np.full(3, -90.0)).all()


def test_rounding_beyond_the_poles_and_the_date_line_is_clipped(tmp_path):
    over = 1e-9
    box = polygon([170, 80], [180 + over, 80], [180 + over, 90 + over], [170, 90 + over])
    region = read_region(write(tmp_path / "r.geojson", box))
    assert region.geometry.bounds == (170, 80, 180, 90)
    far = polygon([170, 80], [180, 80], [180, 90.01], [170, 90.01])
    with pytest.raises(InputError, match=r"latitude in \[-90, 90\] degrees, found \(180, 90.01\)"):
        read_region(write(tmp_path / "r.geojson", far))


def test_swapped_axes_are_suspected(tmp_path):
    swapped = polygon([30, -120], [30, -80], [48, -80], [48, -120])
    with pytest.raises(InputError, match=r"found \(30, -120\) \(are longitude and latitude swap"):
        read_region(write(tmp_path / "r.geojson", swapped))


def test_holes_are_not_land(tmp_path):
    content = polygon([0, 0], [4, 0], [4, 4], [0, 4])
    content["coordinates"].append([[1, 1], [3, 1], [3, 3], [1, 3], [1, 1]])
    region = read_region(write(tmp_path / "r.geojson", content))
    assert region.geometry.area == 12
    assert region.contains([2, 0.5], [2, 0.5]).tolist() == [False, True]


def test_collections_of_polygons(tmp_path):
    inner = {"type": "GeometryCollection", "geometries": [polygon([4, 0], [5, 0], [5, 1])]}
    outer = {"type": "GeometryCollection", "geometries": [SQUARE, inner]}
    for content in (outer, feature("all", outer)):
        region = read_region(write(tmp_path / "r.geojson", content))
        assert region.geometry.area == pytest.approx(4.5)
    outer["geometries"].append({"type": "Point", "coordinates": [0, 0]})
    with pytest.raises(InputError, match=r"a Polygon or MultiPolygon, found geometry 'Point'"):
        read_region(write(tmp_path / "r.geojson", outer))


@pytest.mark.parametrize(
    "name",
    ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4269", "WGS84"],
)
def test_geographic_reference_systems_may_be_named(tmp_path, name):
    crs = {"type": "name", "properties": {"name": name}}
    content = {"type": "FeatureCollection", "crs": crs, "features": [feature("a", SQUARE)]}
    assert read_region(write(tmp_path / "r.geojson", content)).geometry.area == 4


@pytest.mark.parametrize(
    "crs",
    [
        {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::5070"}},
        {"type": "name", "properties": {"name": "EPSG:3857"}},
        {"type": "link", "properties": {"href": "http://example.com/crs/42"}},
        "EPSG:5070",
    ],
)
def test_other_reference_systems_are_refused(tmp_path, crs):
    """A field of a few metres at the origin would pass for degrees."""
    content = {"type": "FeatureCollection", "crs": crs, "features": [feature("a", SQUARE)]}
    with pytest.raises(InputError, match=r"r.geojson, crs: expected longitude and latitude"):
        read_region(write(tmp_path / "r.geojson", content))
    with pytest.raises(InputError, match=r"r.geojson, feature 1, crs: expected longitude and lat"):
        one = feature("a", SQUARE) | {"crs": crs}
        content = {"type": "FeatureCollection", "features": [one]}
        read_region(write(tmp_path / "r.geojson", content))


def test_unbalanced_brackets_are_not_geojson(tmp_path):
    (tmp_path / "deep.geojson").write_text("[" * 100_000)
    with pytest.raises(InputError, match=r"deep.geojson: expected a GeoJSON file"):
        read_region(tmp_path / "deep.geojson")


def test_the_world_is_the_land_without_antarctica():
    """Natural Earth's land has 147.0 million km2 with its lakes, Antarctica 12.3 of them."""
    world = read_region(WORLD)
    assert world.area_m2 / 1e12 == pytest.approx(147.0 - 12.3, rel=5e-3)
    west, south, east, north = world.geometry.bounds
    assert (west, east) == (-180, 180) and south > -56 and north > 83
    # Chukotka and Fiji on both sides of the date line, which itself has two names.
    on_land = {"Sahara": (10, 25), "Greenland": (-40, 75), "New Zealand": (171, -44)}
    on_land |= {"west": (-179, 67.5), "east": (179, 68), "line": (180, 68), "line too": (-180, 68)}
    assert world.contains(*np.transpose(list(on_land.values()))).all()
    assert not world.contains([-30, -150, 179, 0], [40, 0, 60, -85]).any()


def test_an_attribute_names_the_parts(tmp_path):
    features = [
        {"type": "Feature", "properties": {"province": name, "name": str(k)},
         "geometry": shapely.geometry.mapping(shapely.box(k, 0, k + 1, 1))}
        for k, name in enumerate(["plain", "hills", "plain"])
    ]  # fmt: skip
    path = tmp_path / "provinces.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    parts = read_region(path, names="province").parts
    assert {name: part.area for name, part in parts.items()} == {"plain": 2.0, "hills": 1.0}
    with pytest.raises(InputError, match=r"an attribute 'zone'.*none among province, name"):
        read_region(path, names="zone")
