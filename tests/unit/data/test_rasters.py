import numpy as np
import pyproj
import pytest
import rasterio
import shapely
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from proda.data import raster_file
from proda.data.cells import make_cells
from proda.data.raster_layer import Layer
from proda.data.rasters import aggregate_raster, sample_raster
from proda.data.region import Region
from proda.errors import InputError
from raster_files import write_raster

SINUSOIDAL = "+proj=sinu +R=6371007.181 +units=m"


def cells_of(west, south, east, north, resolution=1):
    return make_cells(Region("box", shapely.box(west, south, east, north), {}), resolution)


def layer_of(path, valid_min=-1000, valid_max=1000, **kwargs):
    return Layer("soil", path, valid_min, valid_max, **kwargs)


# A 4 x 4 raster of half-degree pixels over the 1 degree cells of [0, 2] x [0, 2].
BLOCKS = np.array([[1, 2, 5, 5], [3, 4, 5, 9], [0, 0, 7, 7], [0, 8, 8, 8]], dtype="int16")


def test_pixels_of_a_cell_are_averaged(tmp_path):
    path = write_raster(tmp_path / "a.tif", BLOCKS, 0, 2, 0.5)
    # cells run from south to north
    assert aggregate_raster(layer_of(path), cells_of(0, 0, 2, 2)).tolist() == [2, 7.5, 2.5, 6]


def test_classes_are_counted_and_ties_take_the_lowest_code(tmp_path):
    path = write_raster(tmp_path / "a.tif", BLOCKS, 0, 2, 0.5)
    layer = layer_of(path, 0, 20, kind="class")
    assert aggregate_raster(layer, cells_of(0, 0, 2, 2)).tolist() == [0, 7, 1, 5]


def test_points_take_the_pixel_that_holds_them(tmp_path):
    path = write_raster(tmp_path / "a.tif", BLOCKS, 0, 2, 0.5)
    lon = [0.01, 0.5, 1.99, 1.2, 2.01, -0.01, 1]
    lat = [1.99, 1.75, 1.4, 0.1, 1, 1, 2.01]
    expected = [1, 2, 9, 8, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(sample_raster(layer_of(path), lon, lat), expected)


def test_missing_codes_are_masked_before_scale_and_offset(tmp_path):
    # 65535 * 0.1 would pass for a large flux; 65529 to 65534 are codes without a tag.
    data = np.array([[100, 65535], [65529, 65534]], dtype="uint16")
    path = write_raster(tmp_path / "npp.tif", data, 0, 1, 0.5, nodata=65535)
    layer = layer_of(path, 0, 9000, scale=0.1, offset=3, missing=((65500, 65534),))
    assert aggregate_raster(layer, cells_of(0, 0, 1, 1)).tolist() == pytest.approx([13])
    values = sample_raster(layer, [0.2, 0.7, 0.2], [0.7, 0.7, 0.2])
    np.testing.assert_allclose(values, [13, np.nan, np.nan])


@pytest.mark.parametrize(
    ("dtype", "code", "missing"),
    [
        ("uint8", 255, ((255, 255),)),
        ("int16", -32768, ((-32768, -32768),)),
        ("float32", 1e36, ((1e36, 1e36),)),
        ("float32", np.nan, ()),
        ("uint8", 200, ((-32768, -32768), (200, 254))),
    ],
)
def test_codes_of_every_type_are_masked(tmp_path, dtype, code, missing):
    data = np.array([[7, code]], dtype=dtype)
    path = write_raster(tmp_path / "a.tif", data, 0, 1, 1)
    values = sample_raster(layer_of(path, 0, 100, missing=missing), [0.5, 1.5], [0.5, 0.5])
    np.testing.assert_array_equal(values, [7, np.nan])


def test_an_undeclared_fill_value_is_refused(tmp_path):
    data = np.array([[7, -32768]], dtype="int16")
    path = write_raster(tmp_path / "carbon.tif", data, 0, 1, 1)
    for read in (
        lambda: aggregate_raster(layer_of(path, unit="g kg-1"), cells_of(0, 0, 2, 1)),
        lambda: sample_raster(layer_of(path, unit="g kg-1"), [1.5], [0.5]),
    ):
        with pytest.raises(InputError) as error:
            read()
        for part in ("carbon.tif, soil", "[-1000, 1000] g kg-1", "-32768", "`missing`"):
            assert part in str(error.value)


def test_a_cell_needs_enough_valid_pixels(tmp_path):
    data = np.array([[4, -1], [-1, -1]], dtype="int16")
    path = write_raster(tmp_path / "a.tif", data, 0, 1, 0.5, nodata=-1)
    cells = cells_of(0, 0, 1, 1)
    assert aggregate_raster(layer_of(path), cells, min_valid_fraction=0.25) == [4]
    assert np.isnan(aggregate_raster(layer_of(path), cells, min_valid_fraction=0.26)).all()
    classes = layer_of(path, 0, 9, kind="class")
    assert aggregate_raster(classes, cells, min_valid_fraction=0.25) == [4]
    assert np.isnan(aggregate_raster(classes, cells, min_valid_fraction=0.26)).all()


@pytest.mark.parametrize("kind", ["continuous", "class"])
def test_cells_finer_than_the_raster_take_the_pixel_under_their_centre(tmp_path, kind):
    data = np.array([[1, 2], [3, 4]], dtype="uint8")
    path = write_raster(tmp_path / "a.tif", data, 0, 4, 2)
    cells = cells_of(0, 0, 5, 4, resolution=0.5)
    values = aggregate_raster(layer_of(path, 0, 9, kind=kind), cells)
    np.testing.assert_array_equal(values, sample_raster(layer_of(path), cells.lon, cells.lat))
    assert np.isnan(values[cells.lon > 4]).all()
    assert [(values == v).sum() for v in (1, 2, 3, 4)] == [16] * 4


def test_cells_beyond_the_raster_are_missing(tmp_path):
    path = write_raster(tmp_path / "a.tif", BLOCKS, 0, 2, 0.5)
    assert np.isnan(aggregate_raster(layer_of(path), cells_of(50, 50, 52, 52))).all()


def test_longitudes_of_0_to_360_are_understood(tmp_path):
    data = np.arange(360, dtype="int16")[None].repeat(2, axis=0)
    path = write_raster(tmp_path / "a.tif", data, 0, 1, 1)
    layer = layer_of(path)
    assert sample_raster(layer, [-0.5, -100.5, 100.5], [0.5] * 3).tolist() == [359, 259, 100]
    cells = cells_of(-3, 0, 2, 1)
    assert aggregate_raster(layer, cells).tolist() == [357, 358, 359, 0, 1]


def test_netcdf_variables_lie_as_their_coordinates_say(tmp_path):
    path = tmp_path / "a.nc"
    south_up = xr.DataArray(
        np.array([[1.0, 2.0], [3.0, np.nan]]),
        {"lat": [10.5, 11.5], "lon": [20.5, 21.5]},
        ("lat", "lon"),
    )
    south_up.lat.attrs["units"], south_up.lon.attrs["units"] = "degrees_north", "degrees_east"
    xr.Dataset({"npp": south_up, "other": south_up * 0}).to_netcdf(path)
    layer = layer_of(path, variable="npp", crs="EPSG:4326")
    np.testing.assert_array_equal(
        sample_raster(layer, [20.5, 21.5, 20.5, 21.5], [10.5, 10.5, 11.5, 11.5]), [1, 2, 3, np.nan]
    )
    with pytest.raises(InputError, match=r"one `variable`, found variables \['npp', 'other'\]"):
        sample_raster(layer_of(path, crs="EPSG:4326"), [20.5], [10.5])
    with pytest.raises(InputError, match=r"a\.nc, soil: expected a raster GDAL can read"):
        sample_raster(layer_of(path, variable="gpp", crs="EPSG:4326"), [20.5], [10.5])


def test_bil_files_of_worldclim_are_read(tmp_path):
    data = np.array([[-105, 231], [-9999, 40]], dtype="int16")
    path = write_raster(tmp_path / "bio_1.bil", data, 0, 1, 0.5, nodata=-9999, driver="EHdr")
    layer = layer_of(path, -60, 40, scale=0.1, crs="EPSG:4326")
    assert aggregate_raster(layer, cells_of(0, 0, 1, 1)) == pytest.approx([(-10.5 + 23.1 + 4) / 3])


@pytest.fixture
def sinusoidal(tmp_path):
    """Pixels of about 9 km that hold their own latitude, over 45 to 55 N, 100 to 90 W."""
    pixel = 9266.25
    x = -8_000_000 + pixel * (np.arange(420) + 0.5)
    y = 6_200_000 - pixel * (np.arange(140) + 0.5)
    to_degrees = pyproj.Transformer.from_crs(SINUSOIDAL, "OGC:CRS84", always_xy=True)
    _, lat = to_degrees.transform(*np.meshgrid(x, y))
    return write_raster(
        tmp_path / "sinu.tif", lat.astype("float32"), -8_000_000, 6_200_000, pixel, SINUSOIDAL
    )


def test_projected_rasters_are_found_by_longitude_and_latitude(sinusoidal):
    cells = cells_of(-99, 46, -91, 54)
    values = aggregate_raster(layer_of(sinusoidal), cells)
    # Pixels of equal area: the mean latitude of a cell is a little south of its centre.
    assert values == pytest.approx(cells.lat, abs=0.03)
    points = sample_raster(layer_of(sinusoidal), [-95.3, -92.1, 10], [47.25, 53.6, 50])
    assert points[:2] == pytest.approx([47.25, 53.6], abs=0.05)
    assert np.isnan(points[2])


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 999),
    per_cell=st.integers(1, 6),
    west=st.integers(-5, 3),
    tiled=st.booleans(),
    budget=st.sampled_from([64, 1000, 2**22]),
)
def test_windows_do_not_change_the_result(tmp_path_factory, seed, per_cell, west, tiled, budget):
    rng = np.random.default_rng(seed)
    data = rng.integers(0, 5, (8 * per_cell, 10 * per_cell)).astype("uint8")
    path = tmp_path_factory.mktemp("r") / "a.tif"
    tiles = {"tiled": True, "blockxsize": 16, "blockysize": 16} if tiled else {}
    transform = rasterio.transform.from_origin(west, 4, 1 / per_cell, 1 / per_cell)
    shape = {"height": data.shape[0], "width": data.shape[1], "count": 1, "dtype": "uint8"}
    with rasterio.open(
        path, "w", "GTiff", crs="EPSG:4326", nodata=0, transform=transform, **shape, **tiles
    ) as target:
        target.write(data, 1)
    cells = cells_of(-4, -3, 8, 4)
    blocks = data.reshape(8, per_cell, 10, per_cell).swapaxes(1, 2).reshape(8, 10, -1)

    mean, mode = np.full((2, len(cells)), np.nan)
    for i, (lon, lat) in enumerate(zip(cells.lon, cells.lat, strict=True)):
        row, column = int(4 - lat), int(np.floor(lon - west))
        if 0 <= column < 10:
            pixels = blocks[row, column][blocks[row, column] > 0]
            mean[i] = pixels.mean() if pixels.size else np.nan
            mode[i] = np.bincount(pixels).argmax() if pixels.size else np.nan

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(raster_file, "WINDOW_PIXELS", budget)
        np.testing.assert_allclose(aggregate_raster(layer_of(path), cells), mean)
        classes = layer_of(path, 0, 5, kind="class")
        np.testing.assert_array_equal(aggregate_raster(classes, cells), mode)


def test_values_can_be_looked_up_by_unit_number(tmp_path):
    path = write_raster(
        tmp_path / "units.tif", np.array([[1, 2], [2, 0]], dtype="uint8"), 0, 1, 0.5
    )
    cells, table = cells_of(0, 0, 1, 1), np.array([np.nan, 10, 40])
    assert aggregate_raster(layer_of(path), cells, value_of_code=table) == [30]
    fine = cells_of(0, 0, 1, 1, resolution=0.25)
    values = aggregate_raster(layer_of(path), fine, value_of_code=table)
    assert np.nanmean(values) == 30 and np.isnan(values).sum() == 4
    with pytest.raises(InputError, match=r"units\.tif, soil: .* found raw number 2"):
        aggregate_raster(layer_of(path), cells, value_of_code=table[:2])


def test_the_mask_of_a_file_counts_as_missing(tmp_path):
    path = write_raster(tmp_path / "a.tif", np.array([[3, 5]], dtype="uint8"), 0, 1, 1)
    with rasterio.open(path, "r+") as target:
        target.write_mask(np.array([[True, False]]))
    np.testing.assert_array_equal(
        sample_raster(layer_of(path), [0.5, 1.5], [0.5, 0.5]), [3, np.nan]
    )


def test_fractions_in_a_class_raster_are_refused(tmp_path):
    path = write_raster(tmp_path / "a.tif", np.array([[3, 4.5]], dtype="float32"), 0, 1, 1)
    with pytest.raises(InputError, match=r"a\.tif, soil: expected whole numbers.*found 4\.5"):
        aggregate_raster(layer_of(path, 0, 9, kind="class"), cells_of(0, 0, 2, 1))
    with pytest.raises(InputError, match=r"a\.tif, soil: expected whole numbers.*found 4\.5"):
        aggregate_raster(layer_of(path), cells_of(0, 0, 2, 1), value_of_code=np.ones(9))


def test_a_fraction_of_valid_pixels_in_percent_is_refused(tmp_path):
    path = write_raster(tmp_path / "a.tif", BLOCKS, 0, 2, 0.5)
    with pytest.raises(InputError, match=r"min_valid_fraction: .* \[0, 1\], found 50"):
        aggregate_raster(layer_of(path), cells_of(0, 0, 2, 2), min_valid_fraction=50)


@pytest.mark.parametrize(
    ("place", "declared", "fragments"),
    [
        ({"crs": None}, {}, ["coordinate reference system", "none in the file", "`crs`"]),
        ({"crs": None}, {"crs": "EPSG:nope"}, ["a known `crs`"]),
        ({"crs": SINUSOIDAL}, {}, ["coordinates in met", "x 0 to 2", "wrong crs?"]),
        ({"west": 500000, "north": 4e6, "pixel": 1000}, {}, ["in degrees", "x 500000", "wrong"]),
        (
            {"west": 500000, "north": 4e6, "pixel": 1000, "crs": SINUSOIDAL},
            {"crs": "EPSG:4326"},
            ["the file's own crs", "EPSG:4326 declared"],
        ),
        ({"scale": 0.1}, {}, ["the file's own tags, 0.1 and 0", "1 and 0 declared"]),
        ({"scale": 0.1}, {"scale": 0.01}, ["the file's own tags", "0.01 and 0 declared"]),
        ({}, {"band": 2}, ["a band of the file", "band 2 of 1"]),
    ],
)
def test_misplaced_and_misdeclared_files_are_refused(tmp_path, place, declared, fragments):
    place = {"west": 0, "north": 1, "pixel": 1, **place}
    path = write_raster(tmp_path / "odd.tif", np.ones((1, 2), "uint8"), **place)
    with pytest.raises(InputError) as error:
        sample_raster(layer_of(path, **declared), [0.5], [0.5])
    for fragment in ["odd.tif, soil", *fragments]:
        assert fragment in str(error.value)


def test_tags_that_agree_are_applied_once(tmp_path):
    path = write_raster(tmp_path / "a.tif", np.full((1, 1), 65, "uint8"), 0, 1, 1, scale=0.1)
    assert sample_raster(layer_of(path, scale=0.1), [0.5], [0.5]) == pytest.approx([6.5])


def test_bands_must_be_named_where_there_are_several(tmp_path):
    data = np.array([[[1]], [[2]]], dtype="uint8")
    path = write_raster(tmp_path / "a.tif", data, 0, 1, 1)
    assert sample_raster(layer_of(path, band=2), [0.5], [0.5]) == [2]
    with pytest.raises(InputError, match=r"expected the number of one `band`, found 2 bands"):
        sample_raster(layer_of(path), [0.5], [0.5])


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_files_without_georeference_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"none\.tif, soil: .* found no such file"):
        sample_raster(layer_of(tmp_path / "none.tif"), [0], [0])
    (tmp_path / "text.tif").write_text("not a raster")
    with pytest.raises(InputError, match=r"text\.tif, soil: expected a raster GDAL can read"):
        sample_raster(layer_of(tmp_path / "text.tif"), [0], [0])
    shape = {"height": 1, "width": 1, "count": 1, "dtype": "uint8"}
    with rasterio.open(tmp_path / "bare.tif", "w", "GTiff", crs="EPSG:4326", **shape) as target:
        target.write(np.ones((1, 1, 1), "uint8"))
    with pytest.raises(InputError, match=r"a placed raster with north up, found no georeference"):
        sample_raster(layer_of(tmp_path / "bare.tif"), [0], [0])


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ({"kind": "nominal"}, "soil, kind: expected continuous or class, found 'nominal'"),
        ({"valid_min": 5, "valid_max": 1}, "soil, valid range: expected valid_min <= valid_max"),
        ({"kind": "class", "valid_max": 10000}, "fewer than 1000 classes, found -1000 to 10000"),
        ({"kind": "class", "valid_max": 0.5}, "whole numbers"),
        ({"kind": "class", "valid_min": 0, "valid_max": 9, "scale": 0.1}, "codes as they are"),
    ],
)
def test_contradictory_layers_are_refused(declared, message):
    with pytest.raises(InputError) as error:
        layer_of("a.tif", **declared)
    assert message in str(error.value)


def write_axes(path, lat, lon, dims=("lat", "lon")):
    """A variable v that is the latitude of each pixel."""
    lat, lon = np.asarray(lat), np.asarray(lon)
    v = xr.DataArray(np.repeat(lat[:, None], lon.size, axis=1), {"lat": lat, "lon": lon})
    v = v.rename(dim_0="lat", dim_1="lon") if "dim_0" in v.dims else v
    v.lat.attrs["units"], v.lon.attrs["units"] = "degrees_north", "degrees_east"
    xr.Dataset({"v": v.transpose(*dims)}).to_netcdf(path)
    return layer_of(path, variable="v", crs="EPSG:4326")


EVEN = np.arange(39.25, 43, 0.5)
LONGITUDES = np.arange(9.25, 13, 0.5)


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (EVEN[::-1], LONGITUDES),
        (EVEN.astype("f4"), LONGITUDES.astype("f4")),
        (np.arange(-89.75, 90, 0.5), np.arange(0.25, 360, 0.5)),
        (np.arange(-89.75, 90, 0.5), np.r_[np.arange(180.25, 360, 0.5), np.arange(0.25, 180, 0.5)]),
    ],
)
def test_netcdf_of_any_order_and_convention(tmp_path, lat, lon):
    cells = cells_of(10, 40, 12, 42, resolution=0.5)
    values = aggregate_raster(write_axes(tmp_path / "a.nc", lat, lon), cells)
    np.testing.assert_allclose(values, cells.lat, atol=1e-5)


@pytest.mark.parametrize(
    ("lat", "message"),
    [
        (np.r_[EVEN[:3], np.nan, EVEN[4:]], r"a.nc, soil: lat\[3\]: .*coordinate, found nan"),
        (np.r_[EVEN[:3], EVEN[2:-1]], r"lat: expected evenly spaced .*found steps of 0 to 0.5"),
        (np.r_[EVEN[:4], EVEN[4:] + 3], r"a.nc, soil: .*(no georeference|evenly spaced)"),
    ],
)
def test_netcdf_whose_rows_gdal_would_misplace(tmp_path, lat, message):
    layer = write_axes(tmp_path / "a.nc", lat, LONGITUDES)
    with pytest.raises(InputError, match=message):
        aggregate_raster(layer, cells_of(10, 40, 12, 42, resolution=0.5))


def test_netcdf_on_longitude_and_latitude(tmp_path):
    layer = write_axes(tmp_path / "a.nc", EVEN, LONGITUDES, ("lon", "lat"))
    with pytest.raises(
        InputError, match=r"\(latitude, longitude\) or \(y, x\), found \(lon, lat\)"
    ):
        aggregate_raster(layer, cells_of(10, 40, 12, 42, resolution=0.5))


def test_the_first_impossible_pixel_is_named_with_its_place(tmp_path):
    data = np.full((4, 4), 7, dtype="int16")
    data[1, 2], data[3, 0] = -32768, -32768
    path = write_raster(tmp_path / "a.tif", data, 10, 42, 0.5)
    message = r"raw number -32768 .* at row 1, column 2 \(x 11.25, y 41.25\); 2 of 16 pixels there"
    with pytest.raises(InputError, match=message):
        aggregate_raster(layer_of(path), cells_of(10, 40, 12, 42))
    with pytest.raises(InputError, match=r"row 3, column 0 \(x 10.25, y 40.25\); 1 of 1 pixels"):
        sample_raster(layer_of(path), [10.1], [40.1])


def test_zero_may_be_the_code_of_missing_data(tmp_path):
    path = write_raster(tmp_path / "a.tif", np.array([[0, 3]], "uint8"), 0, 1, 0.5, nodata=0)
    np.testing.assert_array_equal(sample_raster(layer_of(path), [0.2, 0.7], [0.7] * 2), [np.nan, 3])


@pytest.mark.parametrize("transform", [(0.5, 0, 0, 0, 0.5, 0), (-0.5, 0, 2, 0, -0.5, 2)])
def test_rasters_with_south_up_or_west_right_are_refused(tmp_path, transform):
    path = write_raster(tmp_path / "a.tif", BLOCKS, 0, 2, 0.5)
    with rasterio.open(path, "r+") as raster:
        raster.transform = rasterio.Affine(*transform)
    with pytest.raises(InputError, match=r"a.tif, soil: expected a placed raster with north up"):
        sample_raster(layer_of(path), [0.2], [0.7])
