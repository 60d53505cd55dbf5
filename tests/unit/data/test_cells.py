import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from proda.data import cells as cells_module
from proda.data.cells import make_cells
from proda.data.region import EARTH_RADIUS, Region, read_region
from proda.errors import InputError
from proda.resources import resource

CONUS = resource("conus.geojson")
SPHERE = 4 * np.pi * EARTH_RADIUS**2


def box_region(west, south, east, north):
    return Region("box", shapely.box(west, south, east, north), {})


def test_cells_of_the_globe_tile_the_sphere():
    cells = make_cells(box_region(-180, -90, 180, 90), resolution=10)
    assert len(cells) == 36 * 18
    assert cells.land_fraction == pytest.approx(1)
    assert cells.area_m2.sum() == pytest.approx(SPHERE, rel=1e-12)


def test_area_of_one_cell():
    cells = make_cells(box_region(10, 45, 10.5, 45.5), resolution=0.5)
    band = np.sin(np.radians(45.5)) - np.sin(np.radians(45))
    assert cells.area_m2 == pytest.approx([EARTH_RADIUS**2 * np.radians(0.5) * band], rel=1e-9)
    assert (cells.lon, cells.lat) == ([10.25], [45.25])


def test_land_fraction_is_of_area_and_not_of_degrees():
    # The northern half in degrees of a cell from 50 N to 70 N holds less than half its area.
    cells = make_cells(box_region(0, 60, 20, 70), resolution=20)
    s50, s60, s70 = np.sin(np.radians([50, 60, 70]))
    assert cells.land_fraction == pytest.approx([(s70 - s60) / (s70 - s50)])


def test_conus_cells_sum_to_the_region():
    region = read_region(CONUS)
    cells = make_cells(region)
    assert len(cells) == 3516
    assert cells.land_area_m2.sum() == pytest.approx(region.area_m2, rel=1e-9)
    # The number of cells whose centre is on land, counted independently for the same outlines.
    assert region.contains(cells.lon, cells.lat).sum() == 3262
    assert np.lexsort((cells.lon, cells.lat)).tolist() == list(range(len(cells)))


@settings(max_examples=25, deadline=None)
@given(
    west=st.floats(-179, 150),
    south=st.floats(-89, 70),
    width=st.floats(0.1, 29),
    height=st.floats(0.1, 19),
    resolution=st.sampled_from([1, 2.5, 6, 180 / 7]),
)
def test_land_area_is_conserved_at_any_resolution(west, south, width, height, resolution):
    region = box_region(west, south, west + width, south + height)
    cells = make_cells(region, resolution)
    assert cells.land_area_m2.sum() == pytest.approx(region.area_m2, rel=1e-9)
    assert np.all((cells.land_fraction > 0) & (cells.land_fraction <= 1))
    np.testing.assert_array_equal(cells.index_of(cells.lon, cells.lat), np.arange(len(cells)))


def test_a_cell_owns_its_western_and_southern_edge():
    cells = make_cells(box_region(0, 0, 2, 1), resolution=1)
    lon, lat = [0, 1, 1.5, 2, 361], [0, 0.5, 1, 0.5, 0.5]
    assert cells.index_of(lon, lat).tolist() == [0, 1, -1, -1, 1]


def test_grid_and_cells_are_inverse():
    land = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(3, 2, 4, 3)])
    cells = make_cells(Region("islands", land, {}), resolution=1)
    grid = cells.to_grid([5.0, 7.0], "soil", {"units": "kg m-2"})
    assert grid.dims == ("lat", "lon") and grid.shape == (3, 4)
    assert grid.lat.values.tolist() == [0.5, 1.5, 2.5]
    assert grid.sel(lat=0.5, lon=0.5) == 5 and grid.sel(lat=2.5, lon=3.5) == 7
    assert int(grid.isnull().sum()) == 10
    assert grid.lat.attrs["units"] == "degrees_north" and grid.attrs["units"] == "kg m-2"
    assert cells.from_grid(grid).tolist() == [5, 7]
    assert cells.from_grid(grid.transpose().isel(lat=slice(None, None, -1))).tolist() == [5, 7]


def test_cells_with_little_land_can_be_excluded():
    region = box_region(0, 0, 1.1, 1)
    assert len(make_cells(region, 1)) == 2
    assert len(make_cells(region, 1, min_land_fraction=0.5)) == 1


@pytest.mark.parametrize("resolution", [0, -1, 0.7, 100, float("nan")])
def test_resolutions_that_do_not_tile_the_globe_are_refused(resolution):
    with pytest.raises(InputError, match=r"resolution: expected a divisor of 180 degrees"):
        make_cells(box_region(0, 0, 1, 1), resolution)


def test_unusable_input_is_refused():
    region = box_region(0, 0, 1, 0.5)
    with pytest.raises(InputError, match=r"min_land_fraction: expected a number in \[0, 1\["):
        make_cells(region, 1, min_land_fraction=1)
    with pytest.raises(InputError, match=r"cells of box: .* above 0\.9, found at most 0\.5"):
        make_cells(region, 1, min_land_fraction=0.9)
    cells = make_cells(region, 0.5)
    with pytest.raises(InputError, match=r"soil: expected shape \(2,\), found shape \(3,\)"):
        cells.to_grid([1, 2, 3], "soil")
    other = make_cells(box_region(0, 0, 0.5, 0.5), 0.5).to_grid([1.0], "soil")
    with pytest.raises(InputError, match=r"soil: expected the centres of all cells"):
        cells.from_grid(other)


def test_a_grid_beyond_the_memory_is_refused_before_it_is_made(monkeypatch):
    monkeypatch.setattr(cells_module, "_machine_memory", lambda: 16e9)
    conus = read_region(CONUS)
    with pytest.raises(InputError) as error:
        make_cells(conus, 0.01)
    message = str(error.value)
    assert "region.resolution: expected a grid that fits into the memory" in message
    assert "16.0 GB, found 0.01 degrees, which needs about" in message
    assert "a resolution of 0.05 needs" in message
    # 8.5 PiB were asked of numpy.
    with pytest.raises(InputError, match="1e-07 degrees, which needs about"):
        make_cells(box_region(0, 0, 10, 10), 1e-7)
    assert len(make_cells(box_region(0, 0, 0.02, 0.02), 0.01)) == 4


def test_cells_of_the_world_hold_all_of_its_land():
    region = read_region(resource("world.geojson"))
    cells = make_cells(region, 10)
    assert cells.land_area_m2.sum() == pytest.approx(region.area_m2, rel=1e-9)
    assert (cells.land_fraction <= 1).all()
    assert cells.index_of([179.9, -179.9], [68, 68]).min() >= 0
    assert cells.index_of([180, -180], [68, 68]).tolist() == [cells.index_of(-179.9, 68)] * 2
