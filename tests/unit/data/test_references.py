import numpy as np
import pandas as pd
import pytest
import shapely

from proda.data.cells import make_cells
from proda.data.references import (
    plain_stocks,
    read_references,
    reference_dataset,
    soilgrids_stocks,
    wise_stocks,
    write_references,
)
from proda.data.references.wise import unit_stocks
from proda.data.region import Region
from proda.errors import InputError
from raster_files import write_raster

TOPS, BOTTOMS = (0, 20, 40, 60, 80, 100, 150), (20, 40, 60, 80, 100, 150, 200)


@pytest.fixture
def cells():
    return make_cells(Region("box", shapely.box(0, 0, 2, 1), {}), 1)


def component(unit, number, proportion, orgc, bulk=1.0, cfrag=0.0):
    """Seven layers; a single orgc is that of all. Negative numbers are codes for all three."""
    rows = []
    for i, carbon in enumerate(np.broadcast_to(orgc, 7)):
        row = {"NEWSUID": unit, "SCID": number, "PROP": proportion, "Layer": f"D{i + 1}"}
        row |= {"TopDep": TOPS[i], "BotDep": BOTTOMS[i], "ORGC": carbon}
        coded = carbon < 0
        rows.append(row | {"BULK": carbon if coded else bulk, "CFRAG": carbon if coded else cfrag})
    return rows


def write_table(path, *components):
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame([row for rows in components for row in rows]).to_csv(path, index=False)
    return path


def test_stock_of_a_uniform_unit(tmp_path):
    # 10 g kg-1 * 1.5 kg dm-3 * (1 - 0.2) = 12 kg m-3
    path = write_table(tmp_path / "t.txt", component("WD1", 1, 100, 10, bulk=1.5, cfrag=20))
    assert unit_stocks(path).loc["WD1"].tolist() == pytest.approx([3.6, 12, 24])


def test_thirty_centimetres_are_the_first_layer_and_half_the_second(tmp_path):
    path = write_table(tmp_path / "t.txt", component("A", 1, 100, [30, 20, 0, 0, 5, 4, 2]))
    stock30 = 30 * 0.2 + 20 * 0.1
    stock100 = 30 * 0.2 + 20 * 0.2 + 5 * 0.2
    assert unit_stocks(path).loc["A"].tolist() == pytest.approx(
        [stock30, stock100, stock100 + 4 * 0.5 + 2 * 0.5]
    )


def test_components_are_weighted_and_codes_are_not_values(tmp_path):
    rock_below = [10, 10, -7, -7, -7, -7, -7]
    path = write_table(
        tmp_path / "t.txt",
        component("mixed", 1, 60, 10),
        component("mixed", 2, 40, 20),
        component("shallow", 1, 100, rock_below),
        component("rocky", 1, 50, 10),
        component("rocky", 2, 30, -3),
        component("rocky", 3, 20, -2),
        component("lakeside", 1, 75, 10),
        component("lakeside", 2, 15, -1),
        component("lakeside", 3, 10, -9),
        component("lake", 1, 100, -1),
        component("city", 1, 100, -9),
        component("dunes", 1, 50, -4),
        component("dunes", 2, 50, -5),
        component("rounded", 1, 33, 10),
        component("rounded", 2, 33, 10),
        component("rounded", 3, 33, 10),
    )
    stocks = unit_stocks(path)
    expected = {
        "mixed": [4.2, 14, 28],
        "shallow": [3, 4, 4],
        "rocky": [1.5, 5, 10],
        "lakeside": [3, 10, 20],
        "lake": [np.nan] * 3,
        "city": [np.nan] * 3,
        "dunes": [0, 0, 0],
        "rounded": [3, 10, 20],
    }
    assert list(stocks.columns) == [30, 100, 200]
    for unit, values in expected.items():
        np.testing.assert_allclose(stocks.loc[unit], values, err_msg=unit)


@pytest.fixture
def wise(tmp_path):
    """Two cells: units 1 and 2 with a lake between them, then unit 3 and the sea."""
    folder = tmp_path / "any_name" / "Interchangeable_format"
    write_table(
        folder / "HW30s_FULL.txt",
        component("WD1", 1, 100, 10),
        component("WD2", 1, 100, 20),
        component("WD3", 1, 100, -1),
        component("0042", 1, 100, 40),
    )
    units = np.array([[1, 3, 7, 0], [2, 3, 0, 0]], dtype="int32")
    write_raster(folder / "wise_30sec_v1.tif", units, 0, 1, 0.5)
    legend = "pixel_vaue\tdescription\n0\tnodata\n1\tWD1\n2\tWD2\n3\tWD3\n7\t0042\n"
    (folder / "wise_30sec_v1.tsv").write_text(legend)
    return tmp_path


def test_wise_stocks_on_the_grid(wise, cells):
    np.testing.assert_allclose(wise_stocks(wise, cells), [[4.5, 12], [15, 40], [30, 80]])
    sparse = wise_stocks(wise, cells, min_valid_fraction=0.5)
    np.testing.assert_allclose(sparse[1], [15, np.nan])


def test_a_pixel_of_no_listed_unit_is_refused(wise, cells):
    legend = wise / "any_name/Interchangeable_format/wise_30sec_v1.tsv"
    legend.write_text("pixel_vaue\tdescription\n0\tnodata\n1\tWD1\n3\tWD3\n7\t0042\n")
    with pytest.raises(InputError, match=r"wise_30sec_v1\.tif, .* found raw number 2"):
        wise_stocks(wise, cells)
    legend.write_text("pixel_vaue\tdescription\n1\tWD1\n2\tWD2\n3\tWD3\n7\tWD9\n")
    with pytest.raises(InputError, match=r"\.tsv: expected units .* HW30s_FULL\.txt, found 'WD9'"):
        wise_stocks(wise, cells)
    legend.write_text("pixel_value\tdescription\n1\tWD1\n")
    with pytest.raises(InputError, match=r"\.tsv: expected columns pixel_vaue, description"):
        wise_stocks(wise, cells)


def test_files_of_wise_must_be_there_once(wise, cells):
    legend = wise / "any_name/Interchangeable_format/wise_30sec_v1.tsv"
    (wise / "copy").mkdir()
    (wise / "copy/wise_30sec_v1.tsv").write_text(legend.read_text())
    with pytest.raises(InputError, match=r"one file wise_30sec_v1\.tsv below it, found .*copy"):
        wise_stocks(wise, cells)
    legend.unlink()
    (wise / "copy/wise_30sec_v1.tsv").unlink()
    with pytest.raises(InputError, match=r"one file wise_30sec_v1\.tsv below it, found none"):
        wise_stocks(wise, cells)


@pytest.mark.parametrize(
    ("edit", "fragments"),
    [
        (lambda t: t.drop(columns="CFRAG"), ["columns NEWSUID", "no CFRAG"]),
        (lambda t: t.iloc[1:], ["unit A, component 1", "D1 to D7, each once", "D2, D3"]),
        (lambda t: t.assign(Layer="D1"), ["unit A, component 1", "D1, D1"]),
        (lambda t: t.assign(PROP=50), ["unit A, PROP", "add up to 100 %", "50"]),
        (lambda t: t.assign(PROP=[100] * 6 + [90]), ["PROP", "one proportion", "90 and 100"]),
        (lambda t: t.assign(ORGC=[-7] * 7), ["row 2 (unit A)", "the same code", "-7, 1, 0"]),
        (lambda t: t.assign(ORGC=-8, BULK=-8, CFRAG=-8), ["the same code", "-8, -8, -8"]),
        (lambda t: t.assign(BULK=1400), ["row 2 (unit A)", "BULK <= 3 kg dm-3", "BULK 1400"]),
        (lambda t: t.assign(TopDep=t["BotDep"]), ["row 2 (unit A)", "TopDep < BotDep"]),
        (lambda t: t.assign(ORGC=[10.0] * 3 + [None] * 4), ["row 5, ORGC", "nothing"]),
    ],
)
def test_tables_of_wise_that_are_not_as_published_are_refused(tmp_path, edit, fragments):
    table = edit(pd.DataFrame(component("A", 1, 100, 10)))
    table.to_csv(tmp_path / "full.txt", index=False)
    with pytest.raises(InputError) as error:
        unit_stocks(tmp_path / "full.txt")
    for fragment in ["full.txt", *fragments]:
        assert fragment in str(error.value)


def test_soilgrids_intervals_add_up(tmp_path, cells):
    for i, tonnes in enumerate((10, 20, 30, 40, 50, 60), start=1):
        data = np.array([[tonnes, -32768]], dtype="int16")
        write_raster(tmp_path / f"OCSTHA_M_sd{i}_250m_ll.tif", data, 0, 1, 1, nodata=-32768)
    stocks = soilgrids_stocks(tmp_path, cells)
    np.testing.assert_allclose(stocks[:, 0], [6, 15, 21])
    assert np.isnan(stocks[:, 1]).all()


def test_soilgrids_cumulative_files(tmp_path, cells):
    for depth, tonnes in ((30, 60), (100, 150), (200, 210)):
        data = np.array([[tonnes, -32768]], dtype="int16")
        write_raster(tmp_path / f"OCSTHA_M_{depth}cm_10km_ll.tif", data, 0, 1, 1)
    stocks = soilgrids_stocks(tmp_path, cells, form="cumulative", resolution="10km")
    np.testing.assert_allclose(stocks, [[6, np.nan], [15, np.nan], [21, np.nan]])
    with pytest.raises(InputError, match=r"OCSTHA_M_sd1_10km_ll\.tif, .* no such file"):
        soilgrids_stocks(tmp_path, cells, resolution="10km")
    with pytest.raises(InputError, match=r"expected intervals or cumulative, found 'total'"):
        soilgrids_stocks(tmp_path, cells, form="total")


@pytest.mark.parametrize(
    ("unit", "factor"), [("Mg ha-1", 0.1), ("t ha-1", 0.1), ("kg m-2", 1), ("g m-2", 1e-3)]
)
def test_plain_stocks_are_converted(tmp_path, cells, unit, factor):
    files = {
        depth: write_raster(
            tmp_path / f"{depth}.tif", np.array([[depth, 2.0 * depth]], "float32"), 0, 1, 1
        )
        for depth in (200, 30, 100)
    }
    expected = factor * np.array([[30, 60], [100, 200], [200, 400]])
    np.testing.assert_allclose(plain_stocks(files, unit, cells), expected)


def test_plain_stocks_of_other_depths_units_and_undeclared_codes_are_refused(tmp_path, cells):
    data = np.array([[5, -32767]], dtype="int16")
    files = {d: write_raster(tmp_path / f"{d}.tif", data, 0, 1, 1) for d in (30, 100, 200)}
    with pytest.raises(InputError, match=r"30\.tif, stock to 30 cm: .* raw number -32767"):
        plain_stocks(files, "Mg ha-1", cells)
    stocks = plain_stocks(files, "Mg ha-1", cells, missing=[(-32767, -32767)])
    np.testing.assert_allclose(stocks[0], [0.5, np.nan])
    with pytest.raises(InputError, match=r"reference unit: .* found 'Pg'"):
        plain_stocks(files, "Pg", cells)
    with pytest.raises(InputError, match=r"one for each depth of \(30, 100, 200\) cm, found 30"):
        plain_stocks({30: files[30]}, "Mg ha-1", cells)


def test_references_in_one_file(tmp_path, cells):
    wise = np.array([[3, np.nan], [10, 12], [20, 24]])
    dataset = reference_dataset({"WISE30sec": wise, "SoilGrids250m": 2 * wise}, cells)
    write_references(tmp_path / "references.nc", dataset)
    back = read_references(tmp_path / "references.nc")
    stock = back["stock"]
    assert stock.dims == ("reference", "depth", "lat", "lon")
    assert stock.attrs["units"] == "kg m-2"
    assert back["depth"].values.tolist() == [0.3, 1, 2]
    assert back["depth_bounds"].values.tolist() == [[0, 0.3], [0, 1], [0, 2]]
    picked = stock.sel(reference="SoilGrids250m", depth=1)
    assert cells.from_grid(picked).tolist() == [20, 24]
    assert np.isnan(stock.sel(reference="WISE30sec", depth=0.3).values[0, 1])


@pytest.mark.parametrize(
    ("stock", "fragments"),
    [
        ([[3, 3], [2, 2], [9, 9]], ["cannot fall with depth", "3, 2, 9 kg m-2", "order"]),
        ([[np.nan] * 2] * 3, ["no cell with all depths"]),
        ([[1, 1], [2, 2]], ["shape (3, 2)", "shape (2, 2)"]),
    ],
)
def test_stocks_that_are_not_cumulative_or_empty_are_refused(cells, stock, fragments):
    with pytest.raises(InputError) as error:
        reference_dataset({"map": np.array(stock, dtype=float)}, cells)
    for fragment in ["reference map", *fragments]:
        assert fragment in str(error.value)


def test_no_reference_at_all_is_refused(cells):
    with pytest.raises(InputError, match="at least one map, found none"):
        reference_dataset({}, cells)
