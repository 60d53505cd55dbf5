"""Measured stocks at points: units, cells, and what becomes of bad rows."""

import numpy as np
import pytest

from proda.data.cells import make_cells
from proda.data.point_stocks import read_point_stocks
from proda.data.region import read_region
from proda.errors import InputError

SOURCE = {
    "path": "stocks.csv",
    "columns": {"point_id": "pedon", "stock": "soc"},
    "unit": "Mg ha-1",
    "top": 0,
    "bottom": 100,
}
HEADER = "pedon,longitude,latitude,soc\n"


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    path = tmp_path_factory.mktemp("region") / "region.geojson"
    ring = "[[-100,38],[-96,38],[-96,41],[-100,41],[-100,38]]"
    path.write_text(f'{{"type": "Polygon", "coordinates": [{ring}]}}')
    return make_cells(read_region(path))


def read(folder, text, cells, **changes):
    (folder / "stocks.csv").write_text(text)
    return read_point_stocks(SOURCE | changes, folder, cells)


def test_stocks_are_converted_and_put_into_their_cell(tmp_path, cells):
    table = read(tmp_path, HEADER + "a,-99.9,38.1,100\nb,-96.1,40.9,50.5\n", cells)
    np.testing.assert_allclose(table["stock_kg_m2"], [10.0, 5.05])
    assert list(table["status"]) == ["accepted"] * 2
    assert cells.lon[table["cell"][0]] == pytest.approx(-99.75)
    assert cells.lat[table["cell"][1]] == pytest.approx(40.75)


def test_every_row_stays_with_its_reason(tmp_path, cells):
    rows = "a,-99,39,100\nb,10,39,100\nc,-99,99,1\nd,-99,39,\ne,-99,39,-1\nf,-99,39,much\n"
    table = read(tmp_path, HEADER + rows, cells)
    assert list(table["status"]) == [
        "accepted",
        "outside_region",
        "invalid_coordinates",
        "no_stock",
        "negative_stock",
        "unreadable_value",
    ]


@pytest.mark.parametrize(
    ("text", "changes", "fragments"),
    [
        (
            HEADER + "a,-99,39,100\n",
            {"columns": {"point_id": "pedon", "stock": "carbon"}},
            ["stocks.csv", "'carbon'"],
        ),
        (HEADER + "a,-99,39,90000\n", {}, ["row 2", "'soc'", "9000 kg m-2", "Mg ha-1"]),
        (HEADER + "a,10,39,100\n", {}, ["at least one stock", "outside_region 1"]),
        (HEADER, {}, ["at least one row", "a header only"]),
        (HEADER + "a,-99,39,1\n", {"top": 30, "bottom": 30}, ["top 30, bottom 30"]),
    ],
)
def test_bad_tables_are_refused(tmp_path, cells, text, changes, fragments):
    with pytest.raises(InputError) as error:
        read(tmp_path, text, cells, **changes)
    for fragment in fragments:
        assert fragment in str(error.value)


def test_stocks_in_another_unit_than_declared(tmp_path, cells):
    """Each number is possible, but not all together."""
    rows = "a,-99,39,9\nb,-98,39,12.5\nc,-97,39,14\nd,-97,40,8\n"
    table = read(tmp_path, HEADER + rows, cells, unit="kg m-2")
    np.testing.assert_allclose(table["stock_kg_m2"], [9, 12.5, 14, 8])
    message = r"column 'soc' in g m-2: expected soc_stock in kg m-2, with a median of 0.5 to 300"
    with pytest.raises(InputError, match=message):
        read(tmp_path, HEADER + rows, cells, unit="g m-2")
    read(tmp_path, HEADER + rows, cells, unit="g m-2", bottom=20)  # too thin to show the unit
    with pytest.raises(InputError, match=r"row 2, column 'soc': expected a stock of at most 1000"):
        read(tmp_path, HEADER + "a,-99,39,10010\n", cells)


def test_a_missing_file_is_named(tmp_path, cells):
    with pytest.raises(InputError, match="no such file"):
        read_point_stocks(SOURCE, tmp_path, cells)


def test_codes_have_a_status_of_their_own(tmp_path, cells):
    """999 Mg ha-1 to 1 m is peat; 9999 is in no soil."""
    values = ["-9999", "-99", "9999", "1e36", "999", "-3"]
    rows = "".join(f"p{i},-99,39,{value}\n" for i, value in enumerate(["80", "90", *values]))
    table = read(tmp_path, HEADER + rows, cells)
    assert list(table["status"][2:]) == ["missing_code_stock"] * 4 + ["accepted", "negative_stock"]
    assert table["stock_kg_m2"][2:6].isna().all()


@pytest.mark.parametrize(
    ("turn", "hint"),
    [
        (lambda lon, lat: (-lon, lat), "western longitudes are negative"),
        (lambda lon, lat: (lat, lon), "are longitude and latitude swapped"),
        (lambda lon, lat: (lon, -lat), "southern latitudes are negative"),
        (lambda lon, lat: (5e5 + lon, 4.3e6), "must be converted to degrees"),
    ],
)
def test_points_that_are_inside_only_with_turned_columns(tmp_path, cells, turn, hint):
    places = [turn(-99.0 + i, 39.0) for i in range(3)]
    rows = "".join(f"p{i},{lon},{lat},80\n" for i, (lon, lat) in enumerate(places))
    with pytest.raises(InputError, match=hint):
        read(tmp_path, HEADER + rows, cells)


def test_megagrams_per_hectare_taken_for_kilograms(tmp_path, cells):
    rows = "".join(f"p{i},-99,39,{stock}\n" for i, stock in enumerate((81, 87, 95, 110)))
    with pytest.raises(InputError, match="it looks like Mg ha-1 read as kg m-2"):
        read(tmp_path, HEADER + rows, cells, unit="kg m-2")
