"""Sampling of fields: exact where it must be, and never across the coast."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from proda.data.interpolation import EARTH_RADIUS_KM, SOURCES, regrid, sample
from proda.errors import InputError

DEGREE_KM = np.pi * EARTH_RADIUS_KM / 180


def grid(values, lat=None, lon=None, name="x"):
    values = np.asarray(values, dtype=float)
    lat = np.linspace(-90, 90, values.shape[-2]) if lat is None else lat
    lon = np.arange(values.shape[-1]) * 360 / values.shape[-1] if lon is None else lon
    dims = ("month", "layer", "lat", "lon")[-values.ndim :]
    return xr.Dataset({name: (dims, values)}, {"lat": lat, "lon": lon})


def source(sampled):
    return [SOURCES[code] for code in sampled.forcing_source.values]


# --- known answers -------------------------------------------------------------------------------


def test_linear_field_is_exact_inside():
    lat, lon = np.linspace(20, 50, 16), np.linspace(-130, -60, 36)
    data = grid(3 + 0.5 * lat[:, None] - 0.25 * lon, lat, lon)
    rng = np.random.default_rng(1)
    x, y = rng.uniform(-130, -60, 200), rng.uniform(20, 50, 200)
    sampled, found = sample(data, x, y)
    np.testing.assert_allclose(sampled.x, 3 + 0.5 * y - 0.25 * x)
    assert found.all() and set(source(sampled)) == {"four_cells"}


def test_a_centre_gives_its_cell():
    rng = np.random.default_rng(2)
    data = grid(rng.random((5, 8)))
    x, y = (a.ravel() for a in np.meshgrid(data.lon, data.lat))
    for method in ("bilinear", "nearest"):
        np.testing.assert_allclose(
            sample(data, x, y, method)[0].x[8:-8], data.x.values.ravel()[8:-8]
        )


def test_a_coastal_point_uses_only_land():
    """Three land cells around the point: their weights 1/4 each become 1/3."""
    data = grid([[1.0, 2.0], [4.0, np.nan]], lat=[0, 1], lon=[0, 1])
    sampled, found = sample(data, [0.5], [0.5])
    np.testing.assert_allclose(sampled.x, 7 / 3)
    assert found.all() and source(sampled) == ["part_of_four_cells"]


def test_uneven_weights_are_rescaled():
    data = grid([[1.0, np.nan], [4.0, np.nan]], lat=[0, 1], lon=[0, 1])
    sampled, _ = sample(data, [0.75], [0.25])
    np.testing.assert_allclose(sampled.x, 0.75 * 1 + 0.25 * 4)


def test_a_missing_layer_takes_the_whole_cell_out():
    """All layers and variables of a point come from the same cells."""
    values = np.ones((3, 2, 2))
    values[:, 1, 1] = 100
    values[2, 1, 1] = np.nan
    data = grid(values, lat=[0, 1], lon=[0, 1]).assign(y=(("lat", "lon"), [[5.0, 5], [5, 900]]))
    sampled, _ = sample(data, [0.5], [0.5])
    np.testing.assert_allclose(sampled.x[:, 0], 1)
    np.testing.assert_allclose(sampled.y, 5)


def test_far_from_land_there_is_no_forcing():
    values = np.full((19, 36), np.nan)
    values[9, 18] = 7.0  # at 0 N 180 E
    data = grid(values)
    x, y = [180, 185, 169, -170, 169, 0], [0, 0, 0, 0, 11, 0]
    sampled, found = sample(data, x, y, max_distance_km=15 * DEGREE_KM)
    assert source(sampled) == [
        "four_cells",  # on its centre
        "part_of_four_cells",
        "nearest_cell",  # 11 degrees away
        "nearest_cell",  # on the centre of an empty cell
        "none",  # 15.5 degrees away
        "none",
    ]
    np.testing.assert_array_equal(found, [True] * 4 + [False] * 2)
    np.testing.assert_array_equal(sampled.x, [7] * 4 + [np.nan] * 2)


def test_distance_decides_exactly():
    values = np.full((3, 4), np.nan)
    values[1, 0] = 7.0
    data = grid(values, lat=[-10, 0, 10], lon=[0, 10, 20, 30])
    for method in ("bilinear", "nearest"):
        sampled, found = sample(data, [19.9, 20.1], [0, 0], method, 20 * DEGREE_KM)
        np.testing.assert_array_equal(found, [True, False])
        np.testing.assert_array_equal(sampled.x, [7, np.nan])
        assert source(sampled) == ["nearest_cell", "none"]


@pytest.mark.parametrize("method", ["bilinear", "nearest"])
def test_by_default_the_search_ends_with_the_neighbouring_cells(method):
    """On a coarse grid a point inside a cell of land is never too far from its centre."""
    values = np.full((46, 72), np.nan)
    values[22, 36] = 1.0  # centre at 2 S 180 E, cells of 4 x 5 degrees
    data = grid(values, lat=np.append(np.arange(-90, 90, 4.0), 90))
    _, found = sample(data, [182.4, 185, 187.5], [-0.1, -2, -2], method)
    np.testing.assert_array_equal(found, [True, True, False])


def test_a_single_cell_needs_a_distance():
    data = grid(np.ones((1, 1)), lat=[40.0], lon=[-100.0])
    with pytest.raises(InputError, match=r"max_distance_km: expected a distance"):
        sample(data, [-100], [40])
    assert sample(data, [-100.1], [40], max_distance_km=10)[1].all()


def test_across_the_date_line():
    data = grid([[0.0, 0, 10, 30], [0.0, 0, 10, 30]], lat=[-10, 10], lon=[-90, 0, 90, 179])
    sampled, _ = sample(data, [-175.5, 184.5], [0, 0])  # the same place twice
    np.testing.assert_allclose(sampled.x, 30 * (1 - 5.5 / 91))
    assert source(sampled) == ["four_cells"] * 2


def test_both_longitude_conventions_agree():
    rng = np.random.default_rng(3)
    values = rng.random((7, 12))
    east = grid(values, lon=np.arange(0, 360, 30.0))
    west = grid(values, lon=(np.arange(0, 360, 30.0) + 180) % 360 - 180)
    x, y = rng.uniform(-180, 180, 50), rng.uniform(-90, 90, 50)
    expected = sample(east, x, y)[0].x
    np.testing.assert_array_equal(sample(west, x, y)[0].x, expected)
    np.testing.assert_allclose(sample(west, x % 360, y)[0].x, expected)
    np.testing.assert_array_equal(sample(east.isel(lat=slice(None, None, -1)), x, y)[0].x, expected)


def test_at_the_poles():
    values = np.zeros((19, 36))
    values[-1], values[0] = 5, 3
    sampled, found = sample(grid(values), [0, 77.7, -180, 13], [90, 90, -90, 85])
    np.testing.assert_allclose(sampled.x, [5, 5, 3, 2.5])
    assert found.all()


def test_beyond_the_last_centre_the_nearest_cell_serves():
    """Centres end at 89.75: 89.9 has no neighbour to the north."""
    lat, lon = np.arange(-89.75, 90, 0.5), np.arange(-179.75, 180, 0.5)
    data = grid(np.broadcast_to(lat[:, None], (360, 720)), lat, lon)
    sampled, _ = sample(data, [10.3, 10.3], [89.9, -89.9])
    np.testing.assert_allclose(sampled.x, [89.75, -89.75])
    assert source(sampled) == ["nearest_cell"] * 2


def test_outside_a_regional_grid_is_not_around_the_world():
    lat, lon = np.arange(25.25, 50, 0.5), np.arange(-124.75, -66, 0.5)
    data = grid(np.ones((lat.size, lon.size)), lat, lon)
    _, found = sample(data, [-124.9, -140, 0], [40, 40, 40], max_distance_km=60)
    np.testing.assert_array_equal(found, [True, False, False])


def test_nearest_cell_and_its_ties():
    data = grid([[1.0, 2], [3, 4]], lat=[0, 10], lon=[0, 10])
    sampled, _ = sample(data, [1, 9, 5, 0], [1, 1, 0, 5], "nearest", 1e4)
    np.testing.assert_array_equal(sampled.x, [1, 2, 1, 1])  # ties: south-west
    values = np.where(np.arange(144) % 2, 0.0, 1.0) * np.ones((96, 1))
    ties, _ = sample(grid(values), np.arange(-178.75, 180, 5), np.zeros(72), "nearest")
    np.testing.assert_array_equal(ties.x, np.ones(72))  # always the western one


def test_indices_are_not_averaged():
    data = grid([[3.0, 20.0], [3.0, np.nan]], lat=[0, 1], lon=[0, 1], name="bedrock_layer")
    sampled, _ = sample(data, [0.4, 0.8], [0.1, 0.1], indices=["bedrock_layer"])
    np.testing.assert_array_equal(sampled.bedrock_layer, [3, 20])


def test_regrid_is_sampling_at_every_centre():
    rng = np.random.default_rng(4)
    data = grid(rng.random((12, 2, 5, 8)))
    lat, lon = np.arange(-30, 31, 15.0), np.arange(-60, 61, 20.0)
    cells, found = regrid(data, lat, lon)
    assert cells.x.dims == ("month", "layer", "lat", "lon") and found.shape == (5, 7)
    point, _ = sample(data, [20], [-15])
    np.testing.assert_allclose(cells.x.sel(lat=-15, lon=20), point.x[..., 0])
    np.testing.assert_array_equal(cells.lat, lat)
    np.testing.assert_array_equal(cells.lon, lon)


def test_attributes_and_other_coordinates_stay():
    data = grid(np.ones((2, 5, 8))).assign_coords(depth=("layer", [0.1, 0.5])).assign_attrs(a="b")
    data.x.attrs["units"] = "K"
    for result in (sample(data, [0], [0])[0], regrid(data, [0.0], [0.0])[0]):
        np.testing.assert_array_equal(result.depth, [0.1, 0.5])
        assert result.x.attrs["units"] == "K" and result.attrs["a"] == "b"
        assert result.attrs["interpolation"] == "bilinear"
        assert result.attrs["max_distance_km"] == pytest.approx(45 * 2**0.5 * DEGREE_KM)


# --- properties ----------------------------------------------------------------------------------

POINTS = st.lists(st.tuples(st.floats(-180, 360), st.floats(-90, 90)), min_size=1, max_size=20)
LAND = arrays(bool, (5, 6)).filter(lambda land: land.any())


@given(POINTS, LAND, st.floats(-50, 50), st.sampled_from(["bilinear", "nearest"]))
def test_a_constant_stays_constant(points, land, value, method):
    x, y = np.array(points).T
    sampled, found = sample(grid(np.where(land, value, np.nan)), x, y, method, 1e5)
    assert found.all()
    np.testing.assert_array_equal(sampled.x, value)


@given(POINTS, LAND, st.integers(0, 2**32 - 1))
def test_no_value_outside_the_range_of_land(points, land, seed):
    """The sea holds no number here at all; values between those of land prove it stays out."""
    values = np.random.default_rng(seed).uniform(1, 2, (3, 5, 6))
    x, y = np.array(points).T
    sampled, found = sample(grid(np.where(land, values, np.nan)), x, y, max_distance_km=3000)
    inside = sampled.x.values[:, found]
    low, high = values[:, land].min(axis=1), values[:, land].max(axis=1)
    assert (inside >= low[:, None]).all() and (inside <= high[:, None]).all()
    assert np.isnan(sampled.x.values[:, ~found]).all()


# --- bad input -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lon", "lat", "options", "message"),
    [
        ([0], [91], {}, r"lat\[0\]: expected values in \[-90, 90\] degrees north, found 91"),
        ([361], [0], {}, r"lon\[0\]: expected values in \[-180, 360\]"),
        ([np.nan], [0], {}, r"lon\[0\]: expected finite values"),
        ([0, 1], [0], {}, r"lon, lat: expected equally many values, found 2 and 1"),
        ([0], [0], {"method": "cubic"}, r"method: expected bilinear or nearest, found 'cubic'"),
    ],
)
def test_points_that_cannot_be(lon, lat, options, message):
    with pytest.raises(InputError, match=message):
        sample(grid(np.ones((5, 8))), lon, lat, **options)


def test_a_grid_without_any_data():
    with pytest.raises(
        InputError, match=r"at least one cell with data in all variables, found none"
    ):
        sample(grid(np.full((5, 8), np.nan)), [0], [0])


def test_a_field_without_a_grid():
    data = grid(np.ones((5, 8))).assign(flat=("lat", np.ones(5)))
    with pytest.raises(InputError, match=r"dataset: flat: expected dimensions \(..., lat, lon\)"):
        sample(data, [0], [0])
    with pytest.raises(InputError, match=r"distinct coordinates, found repeated values"):
        sample(grid(np.ones((5, 3)), lon=[0, 180, 360]), [0], [0])
