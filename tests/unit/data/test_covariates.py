import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr

from proda.data.cells import make_cells
from proda.data.covariate_table import (
    COLUMNS,
    covariate_groups,
    covariate_kinds,
    read_covariate_table,
)
from proda.data.covariates import (
    constant_covariates,
    grid_covariates,
    incomplete_sites,
    load_site_covariates,
    require_informative,
    require_kind,
    site_covariates,
    site_table,
    write_grid_covariates,
    write_site_covariates,
)
from proda.data.downloads.register import read_sources
from proda.data.region import Region
from proda.errors import InputError
from proda.resources import resource
from raster_files import write_raster

TABLE = resource("covariates.csv")
ROW = {"kind": "continuous", "unit": "1", "scale": "1", "offset": "0"}
ROW |= {"valid_min": "0", "valid_max": "100", "product": "a product", "source": "test"}


def at_depths(name):
    return [f"{name}_{depth}cm" for depth in (0, 30, 100)]


STUDY = [
    *["IGBP", "Climate", "Soil_Type", "NPPmean", "NPPmax", "NPPmin", "Veg_Cover"],
    *[f"BIO{i}" for i in range(1, 20)],
    "Abs_Depth_to_Bedrock",
    *[*at_depths("Bulk_Density"), *at_depths("CEC"), *at_depths("Clay_Content")],
    *at_depths("Coarse_Fragments_v"),
    *["Depth_Bedrock_R", "Garde_Acid", "Occurrence_R_Horizon"],
    *[*at_depths("pH_Water"), *at_depths("Sand_Content"), *at_depths("Silt_Content")],
    *[*at_depths("SWC_v_Wilting_Point"), *at_depths("Texture_USDA")],
    *["USDA_Suborder", "WRB_Subgroup", "Drought"],
]


def write_table(path, *rows):
    table = pd.DataFrame([{**ROW, **row} for row in rows], columns=COLUMNS)
    table.to_csv(path, index=False)
    return path


@pytest.fixture
def data(tmp_path):
    """Four cells of 1 degree: scaled acidity with ocean codes, and a soil class."""
    acidity = np.array([[55, 65, 45, 255], [75, 65, 255, 255]], dtype="uint8")
    write_raster(tmp_path / "soil/ph.tif", acidity, 0, 1, 0.5)
    order = np.array([[3, 3, 1, 0], [2, 3, 1, 4]], dtype="uint8")
    write_raster(tmp_path / "soil/order.tif", order, 0, 1, 0.5)
    ph = {"name": "pH", "file": "soil/ph.tif", "scale": "0.1", "missing": "250..255"}
    ph |= {"valid_min": "2", "valid_max": "12"}
    order = {"name": "Order", "file": "soil/order.tif", "kind": "class", "missing": "0 255"}
    write_table(tmp_path / "table.csv", ph, order | {"valid_max": "12"})
    return tmp_path


@pytest.fixture
def cells():
    return make_cells(Region("box", shapely.box(0, 0, 2, 1), {}), 1)


def test_the_table_of_the_study_has_its_60_covariates_in_order():
    layers = read_covariate_table(TABLE, "data")
    assert [layer.name for layer in layers] == STUDY
    classes = {layer.name for layer in layers if layer.kind == "class"}
    textures = set(at_depths("Texture_USDA"))
    others = {"IGBP", "Climate", "Soil_Type", "Garde_Acid", "USDA_Suborder", "WRB_Subgroup"}
    assert classes == others | textures


def test_every_source_is_in_the_register():
    products = {product for product, _ in read_sources(TABLE.with_name("sources.csv"))}
    sources = set(pd.read_csv(TABLE)["source"])
    assert sources - products == {"user"}


def test_point_depths_of_soilgrids_are_the_right_files():
    layers = {layer.name: layer for layer in read_covariate_table(TABLE, "data")}
    for depth, level in (("0cm", 1), ("30cm", 4), ("100cm", 6)):
        name = layers[f"Clay_Content_{depth}"].path.name
        assert name == f"CLYPPT_M_sl{level}_250m_ll.tif"


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("BIO1", -105, -10.5),
        ("BIO11", -105, -10.5),
        ("BIO4", 9215, 9.215),
        ("Drought", -3.5, -3.5),
        ("BIO7", 425, 42.5),
        ("BIO12", 987, 987),
        ("pH_Water_30cm", 63, 6.3),
        ("Bulk_Density_0cm", 1420, 1420),
    ],
)
def test_stored_numbers_of_the_study_become_values(name, raw, value):
    (layer,) = read_covariate_table(TABLE, "data", [name])
    assert raw * layer.scale + layer.offset == pytest.approx(value)
    assert layer.valid_min <= value <= layer.valid_max


@pytest.mark.parametrize(
    ("name", "fill"),
    [
        ("IGBP", 0),
        ("IGBP", 255),
        ("NPPmean", 6553.5),
        ("NPPmin", 3276.1),
        ("BIO1", -9999),
        ("BIO1", 65431),
        ("pH_Water_0cm", 255),
        ("CEC_0cm", -32768),
        ("Depth_Bedrock_R", -99999),
        ("USDA_Suborder", 0),
        ("Clay_Content_0cm", 255),
        # SoilGrids 2.0 in place of 2017: per mille and g per kg instead of percent.
        ("Coarse_Fragments_v_0cm", 350),
        ("Clay_Content_0cm", 350),
    ],
)
def test_fill_values_lie_outside_the_valid_range_of_the_study(name, fill):
    (layer,) = read_covariate_table(TABLE, "data", [name])
    value = fill * layer.scale + layer.offset
    assert not layer.valid_min <= value <= layer.valid_max


def test_codes_and_ranges_for_missing_data_are_read(data):
    ph, order = read_covariate_table(data / "table.csv", data)
    assert ph.missing == ((250, 255),)
    assert order.missing == ((0, 0), (255, 255))
    assert (ph.path, ph.scale, ph.long_name) == (data / "soil/ph.tif", 0.1, "a product")


def test_covariates_at_sites(data, tmp_path):
    layers = read_covariate_table(data / "table.csv", data)
    lon, lat = [0.2, 1.2, 1.7, 1.2], [0.7, 0.2, 0.7, 0.7]
    dataset = site_covariates(layers, ["a", "b", "c", "d"], lon, lat)
    table = site_table(dataset)
    np.testing.assert_allclose(table["pH"], [5.5, np.nan, np.nan, 4.5])
    np.testing.assert_array_equal(table["Order"], [3, 1, np.nan, 1])
    assert incomplete_sites(table) == {"b": ["pH"], "c": ["pH", "Order"]}
    path = tmp_path / "out/sites.nc"
    write_site_covariates(path, dataset, {"seed": "none"})
    again = load_site_covariates(path)
    pd.testing.assert_frame_equal(site_table(again), table)
    assert again.attrs["seed"] == "none" and again.attrs["Conventions"] == "CF-1.11"
    assert again["pH"].attrs == {"long_name": "a product", "units": "1", "kind": "continuous"}
    assert again["Order"].attrs["kind"] == "class"
    assert again["Order"].attrs["flag_values"].tolist() == [1, 3]
    assert again["Order"].encoding["dtype"] == np.int32
    require_kind(path, again, {"Order": "class", "slope": "class"}, "as it holds codes")
    message = r"sites\.nc, variable pH, attribute kind: expected class, as it holds codes, found c"
    with pytest.raises(InputError, match=message):
        require_kind(path, again, {"pH": "class"}, "as it holds codes")


def test_values_at_sites_are_those_of_the_raster_without_rounding_of_the_scale(tmp_path):
    """63 * 0.1 is 6.300000000000001 in double precision."""
    (layer,) = read_covariate_table(TABLE, tmp_path, ["pH_Water_30cm"])
    layer = dataclasses.replace(layer, path=tmp_path / "a.tif", crs=None)
    write_raster(tmp_path / "a.tif", np.array([[63, 58]], "int16"), 0, 1, 0.5)
    values = site_covariates([layer], ["a", "b"], [0.2, 0.7], [0.7, 0.7])["pH_Water_30cm"].values
    assert values.tolist() == [6.3, 5.8]
    single = np.array([[1 / 3, 397.38]], "float32")
    write_raster(tmp_path / "a.tif", single, 0, 1, 0.5)
    layer = dataclasses.replace(layer, scale=1.0, valid_min=0, valid_max=500, whole_numbers=False)
    values = site_covariates([layer], ["a", "b"], [0.2, 0.7], [0.7, 0.7])["pH_Water_30cm"].values
    assert (values.astype("float32") == single[0]).all()


def test_covariates_on_the_grid(data, cells, tmp_path):
    layers = read_covariate_table(data / "table.csv", data)
    write_grid_covariates(tmp_path / "out/grid.nc", grid_covariates(layers, cells))
    with xr.open_dataset(tmp_path / "out/grid.nc") as grid:
        np.testing.assert_allclose(grid["pH"], [[6.5, 4.5]])
        np.testing.assert_array_equal(grid["Order"], [[3, 1]])
        assert grid["pH"].attrs["kind"] == "continuous" and grid["pH"].attrs["units"] == "1"
        assert grid["Order"].attrs["flag_values"].tolist() == [1, 3]
        assert grid["Order"].attrs["flag_meanings"] == "class_1 class_3"
        assert grid.attrs["Conventions"] == "CF-1.11"
        assert grid["Order"].encoding["dtype"] == np.int32


def test_missing_cells_survive_the_file(data, cells, tmp_path):
    layers = read_covariate_table(data / "table.csv", data, ["Order", "pH"])
    wide = make_cells(Region("box", shapely.box(0, 0, 3, 1), {}), 1)
    write_grid_covariates(tmp_path / "grid.nc", grid_covariates(layers, wide))
    with xr.open_dataset(tmp_path / "grid.nc") as grid:
        assert list(grid.data_vars) == ["Order", "pH"]
        np.testing.assert_array_equal(grid["Order"], [[3, 1, np.nan]])
        np.testing.assert_allclose(grid["pH"], [[6.5, 4.5, np.nan]])
    strict = grid_covariates(layers[:1], cells, min_valid_fraction=0.75)
    np.testing.assert_array_equal(strict["Order"], [[3, 1]])
    # One value on all cells that have data is a covariate as good as its values at the sites.
    one_value = grid_covariates(layers, cells, min_valid_fraction=0.75)
    np.testing.assert_allclose(one_value["pH"], [[6.5, np.nan]])


def test_covariates_without_data_are_refused(data, cells):
    layers = read_covariate_table(data / "table.csv", data)
    with pytest.raises(InputError, match=r"ph\.tif, pH: .* missing at all 2 sites"):
        site_covariates(layers, ["a", "b"], [1.7, 1.8], [0.7, 0.7])


def test_covariates_of_one_value_are_kept_and_known(data):
    layers = read_covariate_table(data / "table.csv", data)
    table = site_table(site_covariates(layers, list("abc"), [0.2, 0.3, 0.7], [0.7, 0.7, 0.7]))
    assert constant_covariates(table) == ["Order"]
    require_informative(table, ["neural_network"])
    table = site_table(site_covariates(layers, ["a", "b"], [0.2, 0.3], [0.7, 0.7]))
    assert constant_covariates(table) == ["pH", "Order"]
    require_informative(table, [])
    message = (
        r"covariates: .*varies between the sites, found pH, Order with one value each .*forest"
    )
    with pytest.raises(InputError, match=message):
        require_informative(table, ["random_forest"])
    # One site cannot show variation.
    assert constant_covariates(site_table(site_covariates(layers, ["a"], [0.2], [0.7]))) == []


def test_no_covariates_at_all(data, tmp_path):
    assert read_covariate_table(data / "table.csv", data, []) == []
    assert covariate_kinds(TABLE, []) == {}
    dataset = site_covariates([], ["007", "b"], [0.2, 0.3], [0.7, 0.7])
    write_site_covariates(tmp_path / "sites.nc", dataset)
    back = site_table(load_site_covariates(tmp_path / "sites.nc"))
    assert list(back.index) == ["007", "b"] and back.shape == (2, 0)
    assert incomplete_sites(back) == {}
    with pytest.raises(InputError, match="found no covariate at all"):
        require_informative(back, ["neural_network"])


def test_unusable_sites_are_refused(data):
    layers = read_covariate_table(data / "table.csv", data)
    with pytest.raises(InputError, match=r"profile_id: expected each once, found a again"):
        site_covariates(layers, ["a", "a"], [0.2, 1.2], [0.7, 0.2])
    with pytest.raises(InputError, match=r"lat\[1\]: expected values in \[-90, 90\] degrees"):
        site_covariates(layers, ["a", "b"], [0.2, 1.2], [0.7, 720])
    with pytest.raises(InputError, match=r"lon\[0\]: expected finite"):
        site_covariates(layers, ["a", "b"], [np.nan, 1.2], [0.7, 0.2])


@pytest.mark.parametrize(
    ("change", "fragments"),
    [
        ({"name": ""}, ["row 2 ()", "name", "nothing"]),
        ({"name": "a/b"}, ["row 2 (a/b), name", "name of a netCDF variable", "'a/b'"]),
        ({"name": "lat"}, ["row 2 (lat), name", "other than lat, lon", "'lat'"]),
        ({"file": ""}, ["row 2 (x), file", "a value"]),
        ({"scale": "one"}, ["row 2 (x), scale", "a number", "'one'"]),
        ({"scale": "0"}, ["row 2 (x), scale", "a number other than 0", "'0'"]),
        ({"valid_max": ""}, ["row 2 (x), valid_max", "a number", "''"]),
        ({"offset": "nan"}, ["row 2 (x), offset", "a number", "'nan'"]),
        ({"band": "1.5"}, ["row 2 (x), band", "a whole number", "'1.5'"]),
        ({"missing": "255, 0"}, ["row 2 (x), missing", "`65500..65535`", "'255,'"]),
        ({"missing": "9..5"}, ["row 2 (x), missing", "'9..5'"]),
        ({"kind": "categorical"}, ["(x), kind", "continuous or class", "'categorical'"]),
    ],
)
def test_unusable_rows_are_refused(tmp_path, change, fragments):
    path = write_table(tmp_path / "bad.csv", {"name": "x", "file": "x.tif", **change})
    with pytest.raises(InputError) as error:
        read_covariate_table(path, tmp_path)
    for fragment in fragments:
        assert fragment in str(error.value)


def test_unusable_tables_are_refused(tmp_path):
    row = {"name": "x", "file": "x.tif"}
    path = write_table(tmp_path / "twice.csv", row, row)
    with pytest.raises(InputError, match=r"twice\.csv: expected each name once, found 'x' again"):
        read_covariate_table(path, tmp_path)
    path = write_table(tmp_path / "a.csv", row)
    with pytest.raises(InputError, match=r"a\.csv: expected names from x, found slope"):
        read_covariate_table(path, tmp_path, ["x", "slope"])
    path.write_text("name,file\nx,x.tif\n")
    with pytest.raises(InputError, match=r"a\.csv: expected columns name, product, .*found name"):
        read_covariate_table(path, tmp_path)


@pytest.mark.parametrize("name", ["BIO1", "BIO4", "pH_Water_0cm"])
def test_a_product_of_whole_numbers_that_was_scaled_before(tmp_path, name):
    """BIO4 of WorldClim 2.1 is 100 x the standard deviation: within the range of 1.4, ten times
    too small, and in real numbers, as are all layers of 2.1."""
    layer = next(v for v in read_covariate_table(TABLE, tmp_path, [name]))
    layer = dataclasses.replace(layer, path=tmp_path / "a.tif", crs=None)
    values = np.array([[58.25, 61.5, 83.0]], "float32")
    write_raster(tmp_path / "a.tif", values, 0, 1, 0.5)
    message = (
        rf"a.tif, {name}: expected whole numbers, to be scaled by .* to .*, found 58.25 at row 0"
    )
    with pytest.raises(InputError, match=message):
        site_covariates([layer], ["a", "b"], [0.2, 0.7], [0.7, 0.7])
    whole = np.rint(values).astype("int16")
    write_raster(tmp_path / "a.tif", whole, 0, 1, 0.5)
    result = site_covariates([layer], ["a", "b"], [0.2, 0.7], [0.7, 0.7])
    np.testing.assert_allclose(result[name], whole[0, :2] * layer.scale)
    # With a scale of one's own it is another product.
    other = dataclasses.replace(layer, scale=0.01, whole_numbers=False)
    write_raster(tmp_path / "a.tif", values * 10, 0, 1, 0.5)
    result = site_covariates([other], ["a", "b"], [0.2, 0.7], [0.7, 0.7])
    np.testing.assert_allclose(result[name], values[0, :2] / 10, rtol=1e-6)


def test_a_row_with_another_scale_is_another_product(tmp_path):
    table = pd.read_csv(TABLE, dtype=str, keep_default_na=False)
    table.loc[table["name"] == "BIO4", "scale"] = "0.01"
    table.to_csv(tmp_path / "own.csv", index=False)
    layers = read_covariate_table(tmp_path / "own.csv", tmp_path, ["BIO1", "BIO4", "BIO12"])
    assert [layer.whole_numbers for layer in layers] == [True, False, False]


def test_kinds_of_the_bundled_table():
    kinds = covariate_kinds(TABLE)
    assert len(kinds) == 60
    classes = [name for name, kind in kinds.items() if kind == "class"]
    assert classes[:3] == ["IGBP", "Climate", "Soil_Type"] and len(classes) == 9
    assert list(covariate_kinds(TABLE, ["BIO2", "IGBP"])) == ["BIO2", "IGBP"]


def test_known_class_called_continuous(tmp_path):
    table = pd.read_csv(TABLE, dtype=str, keep_default_na=False)
    table.loc[table["name"] == "IGBP", "kind"] = "continuous"
    table.to_csv(tmp_path / "own.csv", index=False)
    with pytest.raises(InputError, match=r"own\.csv, IGBP, kind: expected class.*classes: number"):
        covariate_kinds(tmp_path / "own.csv")


BUNDLED = [TABLE, *sorted((Path(__file__).parents[3] / "config").glob("*covariates*.csv"))]


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.name)
def test_every_covariate_of_a_bundled_table_has_a_group(path):
    groups = covariate_groups(path, [layer.name for layer in read_covariate_table(path, "")])
    assert set(groups.values()) <= {"texture", "chemistry", "climate", "vegetation", "geography"}


def test_groups_are_needed_by_what_uses_them_only(tmp_path):
    lines = TABLE.read_text().splitlines()
    without = tmp_path / "without.csv"
    without.write_text("\n".join(line.rpartition(",")[0] for line in lines) + "\n")
    assert len(read_covariate_table(without, "")) == 60
    with pytest.raises(InputError, match=r"without.csv: expected a last column group, found none"):
        covariate_groups(without, ["BIO1"])
    gap = tmp_path / "gap.csv"
    gap.write_text("\n".join([*lines[:-1], lines[-1].rpartition(",")[0] + ","]) + "\n")
    with pytest.raises(InputError, match=r"gap.csv, Drought, group: expected the name of a group"):
        covariate_groups(gap, ["BIO1", "Drought"])
    assert covariate_groups(gap, ["pH_Water_0cm"]) == {"pH_Water_0cm": "chemistry"}
