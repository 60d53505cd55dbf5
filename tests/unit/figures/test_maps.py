import matplotlib.pyplot as plt
import numpy as np
import pyproj
import pytest
import shapely
from matplotlib.colors import Normalize, to_rgba

from map_cases import ALPS, small_map, small_region
from proda.data.cells import make_cells
from proda.data.region import EARTH_RADIUS, read_region, to_equal_area
from proda.errors import InputError
from proda.figures.maps import AMOUNT, RegionMap, equal_area_projection, point_size
from proda.resources import resource

CONUS = resource("conus.geojson")

# Where on Earth, and the projection that suits.
REGIONS = {
    "middle latitudes": ([shapely.box(8, 44, 14, 47)], "aea"),
    "southern": ([shapely.box(166, -47, 179, -34)], "aea"),
    "equator": ([shapely.box(10, -12, 31, 13)], "laea"),
    "date line": ([shapely.box(177, -20, 180, -15), shapely.box(-180, -20, -177, -15)], "aea"),
    "both sides of a hemisphere": ([shapely.box(-170, -55, 170, 70)], "eqearth"),
    "whole earth": ([shapely.box(-180, -90, 180, 90)], "eqearth"),
    "south pole": ([shapely.box(-180, -90, 180, -65)], "laea"),
    "arctic": ([shapely.box(-180, 60, -60, 83), shapely.box(-50, 60, 180, 80)], "laea"),
}


@pytest.fixture(scope="module")
def conus():
    region = read_region(CONUS)
    return RegionMap(region, make_cells(region, 0.5))


@pytest.fixture
def axis():
    figure, axis = plt.subplots(figsize=(2, 2))
    yield axis
    plt.close(figure)


@pytest.mark.parametrize("name", REGIONS)
def test_cells_keep_their_area_anywhere(name):
    parts, kind = REGIONS[name]
    chart = small_map({str(k): part for k, part in enumerate(parts)}, resolution=5.0)
    assert f"proj={kind} " in chart.projection.definition
    area = shapely.area(shapely.polygons(chart.outlines))
    np.testing.assert_allclose(area, chart.cells.area_m2, rtol=1e-3)
    expected = sum(to_equal_area(part).area for part in parts) * EARTH_RADIUS**2
    # Its rim is drawn without fine detail.
    assert chart.land.area == pytest.approx(expected, rel=3e-3)


def test_conus_cells_and_land_keep_their_area(conus):
    area = shapely.area(shapely.polygons(conus.outlines))
    np.testing.assert_allclose(area, conus.cells.area_m2, rtol=1e-4)
    assert conus.land.area == pytest.approx(conus.region.area_m2, rel=1e-3)


def test_conus_map_is_that_of_epsg_5070_but_for_its_origin(conus):
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(-124, -68, 200), rng.uniform(25, 49, 200)
    known = pyproj.Transformer.from_crs(4326, 5070, always_xy=True).transform(lon, lat)
    x, y = conus.project(lon, lat)

    def spacing(x, y):
        return np.hypot(x[:, None] - x, y[:, None] - y)

    # Standard parallels differ by half a degree, and the sphere from the ellipsoid by 0.3 %.
    np.testing.assert_allclose(spacing(x, y), spacing(*known), rtol=0.01, atol=500.0)


@pytest.mark.parametrize("name", REGIONS)
def test_a_point_lands_in_the_outline_of_its_cell(name):
    parts, _ = REGIONS[name]
    chart = small_map({str(k): part for k, part in enumerate(parts)}, resolution=5.0)
    rng = np.random.default_rng(2)
    lon, lat = rng.uniform(-180, 180, 4000), rng.uniform(-89, 89, 4000)
    cell = chart.cells.index_of(lon, lat)
    lon, lat, cell = lon[cell >= 0], lat[cell >= 0], cell[cell >= 0]
    assert cell.size > 0
    x, y = chart.project(lon, lat)
    # Chords cut corners off bent edges: by less than a thousandth of a cell.
    outlines = shapely.buffer(shapely.polygons(chart.outlines[cell]), 700.0)
    assert shapely.contains_xy(outlines, x, y).all()


def test_the_middle_of_the_region_is_the_origin():
    chart = small_map()
    assert chart.middle == 11.0
    np.testing.assert_allclose(chart.project(11.0, 45.5), (0, 0), atol=1e-6)
    x, y = chart.project([11.0, 11.0], [44.0, 47.0])
    np.testing.assert_allclose(x, 0, atol=1e-6)
    assert y[0] < 0 < y[1]


def test_a_region_across_the_date_line_is_in_one_piece():
    parts = {str(k): part for k, part in enumerate(REGIONS["date line"][0])}
    chart = small_map(parts)
    assert chart.middle == 180.0
    west, east, _, _ = chart.extent
    assert east - west == pytest.approx(6 * 111e3, rel=0.05)
    assert chart.land.geom_type == "Polygon" or len(chart.land.geoms) == 1
    x, _ = chart.project([179.9, -179.9], [-17, -17])
    assert 0 < x[1] - x[0] < 25e3


def test_borders_are_those_between_parts():
    chart = small_map()
    assert len(chart.borders) == 1
    ends = np.array([chart.borders[0][0], chart.borders[0][-1]])
    np.testing.assert_allclose(ends[:, 0], 0, atol=1.0)
    assert np.ptp(ends[:, 1]) == pytest.approx(np.radians(3) * EARTH_RADIUS, rel=0.01)
    assert small_map({"whole": shapely.box(8, 44, 14, 47)}).borders == []


def test_cells_without_a_value_are_not_drawn(axis):
    chart = small_map()
    chart.draw_land(axis)
    values = np.arange(18.0)
    values[[3, 7]] = np.nan, np.inf
    cells = chart.draw_cells(axis, values)
    assert cells.get_array().tolist() == np.delete(np.arange(18.0), [3, 7]).tolist()
    assert len(cells.get_paths()) == 16
    assert chart.draw_cells(axis, np.full(18, np.nan)).get_array().size == 0
    axis.figure.canvas.draw()


def test_a_cell_has_its_colour_where_it_is_and_land_around_is_grey(axis):
    chart = small_map()
    axis.set_position((0, 0, 1, 1))
    chart.draw_land(axis)
    values = np.full(18, np.nan)
    place = chart.cells.index_of(9.5, 45.5)
    values[place] = 1.0
    cells = chart.draw_cells(axis, values, norm=Normalize(0, 1))
    axis.figure.canvas.draw()
    picture = np.asarray(axis.figure.canvas.buffer_rgba())

    def colour(lon, lat):
        column, row = axis.transData.transform(np.column_stack(chart.project(lon, lat)))[0]
        return picture[picture.shape[0] - 1 - int(row), int(column)]

    full = 255 * np.array(cells.cmap(1.0))
    np.testing.assert_allclose(colour([9.5], [45.5]), full, atol=1)
    np.testing.assert_allclose(colour([9.1], [45.1]), full, atol=1)
    np.testing.assert_allclose(colour([9.5], [46.5]), 255 * np.array(to_rgba("0.87")), atol=1)
    np.testing.assert_allclose(colour([12.5], [45.5]), 255 * np.array(to_rgba("0.87")), atol=1)


def test_cells_are_cut_at_the_coast(axis):
    chart = small_map({"half a cell": shapely.box(8.5, 44, 9, 45)})
    axis.set_position((0, 0, 1, 1))
    chart.draw_land(axis)
    axis.set_xlim(-90e3, 90e3)
    chart.draw_cells(axis, [1.0])
    axis.figure.canvas.draw()
    picture = np.asarray(axis.figure.canvas.buffer_rgba())
    column, row = axis.transData.transform(np.column_stack(chart.project([8.25], [44.5])))[0]
    assert picture[picture.shape[0] - 1 - int(row), int(column)].tolist() == [255] * 4


def test_values_of_other_cells_are_refused(axis):
    with pytest.raises(InputError, match=r"values: expected shape \(18,\), found shape \(17,\)"):
        small_map().draw_cells(axis, np.zeros(17))


def test_points_keep_their_values_in_random_order(axis):
    chart = small_map()
    rng = np.random.default_rng(3)
    lon, lat, values = rng.uniform(8, 14, 50), rng.uniform(44, 47, 50), rng.random(50)
    values[4] = np.nan
    points = chart.draw_points(axis, lon, lat, values)
    assert points.cmap.name == AMOUNT
    drawn = dict(zip(points.get_array(), map(tuple, points.get_offsets()), strict=True))
    known = np.isfinite(values)
    assert list(drawn) != values[known].tolist()
    expected = map(tuple, np.column_stack(chart.project(lon[known], lat[known])))
    assert drawn == dict(zip(values[known], expected, strict=True))
    again = chart.draw_points(axis, lon, lat, values)
    assert again.get_array().tolist() == points.get_array().tolist()


def test_only_dense_layers_are_rasterised(axis):
    chart = small_map()
    chart.draw_land(axis)
    few, many = (chart.draw_points(axis, np.full(n, 10.0), np.full(n, 45.0)) for n in (2000, 2001))
    assert few.get_zorder() >= axis.get_rasterization_zorder() > many.get_zorder()
    assert point_size(1) == point_size(100) > point_size(1000) > point_size(30_000)


def test_points_without_a_place_are_refused(axis):
    with pytest.raises(InputError, match=r"lon\[1\]: expected finite values, found nan"):
        small_map().draw_points(axis, [9.0, np.nan], [45.0, 45.0])


def test_points_within_the_frame():
    chart = small_map()
    shown = chart.shows(np.array([9, 20, np.nan, 9, 9]), np.array([45, 45, 45, np.nan, 4500]))
    assert shown.tolist() == [True, False, False, False, False]


def test_detail_finer_than_a_dot_is_dropped_and_the_rest_kept():
    angle = np.linspace(0, 2 * np.pi, 20_000)
    disc = shapely.Polygon(np.column_stack([11 + np.cos(angle), 45 + np.sin(angle)]))
    chart = small_map({"disc": disc})
    assert shapely.get_num_coordinates(chart.land) < 500
    assert chart.land.area == pytest.approx(small_region({"d": disc}).area_m2, rel=3e-3)


def test_the_projection_depends_on_bounds_alone():
    _, one = equal_area_projection(small_region().geometry)
    _, other = equal_area_projection(
        small_region(ALPS | {"in": shapely.box(9, 45, 10, 46)}).geometry
    )
    assert one.definition == other.definition
