"""Tables that the configuration names: their format is declared once, in the same way for all."""

import datetime

import openpyxl
import pytest
import yaml

from make_bad_inputs import ROOT
from proda.config.schema import load_schema
from proda.config.validation import validate_config
from proda.errors import InputError
from proda.text.user_table import TABLE_KEYS, read_numbers, read_user_table

COLUMNS = {"pit": "pit", "longitude": "lon", "carbon": "oc"}
NUMBERS = ["longitude", "carbon"]


def values(path, **source):
    """(rows of the file, pits, numbers) of a table."""
    table = read_user_table("section", path, COLUMNS, source)
    read_numbers(path, table, NUMBERS, source)
    return list(table.index + 2), table["pit"].tolist(), table[NUMBERS].to_numpy().tolist()


@pytest.fixture
def table(tmp_path):
    def write(text, name="t.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(text, encoding=encoding)
        return path

    return write


@pytest.fixture
def workbook(tmp_path):
    def write(rows, name="t.xlsx", **more):
        book = openpyxl.Workbook()
        for title, content in {"pits": rows, **more}.items():
            sheet = book.create_sheet(title)
            for row in content:
                sheet.append(row)
        book.remove(book["Sheet"])
        path = tmp_path / name
        book.save(path)
        return path

    return write


@pytest.mark.parametrize(
    ("name", "separator", "settings"),
    [
        ("t.csv", ",", {}),
        ("t.tsv", "\t", {}),
        ("t.txt", "\t", {}),
        ("t.csv", ";", {"separator": ";"}),
        ("t.csv", "|", {"separator": "|"}),
        ("t.tsv", ",", {"separator": ","}),
    ],
)
def test_separators(table, name, separator, settings):
    path = table("pit,lon,oc\nA,-96.5,27\n".replace(",", separator), name)
    assert values(path, **settings) == ([2], ["A"], [[-96.5, 27]])


@pytest.mark.parametrize(
    "separator", [";;", "", "\\t", "\0", '"', "\n", "a", "5", ".", "-", "§", 3]
)
def test_separators_that_are_none(table, separator):
    with pytest.raises(InputError, match=r"section.separator: expected one character.*a tab is"):
        values(table("pit,lon,oc\nA,1,2\n"), separator=separator)


def test_another_separator_is_found_out(table):
    for mark in (";", "\t"):
        path = table("pit,lon,oc\nA,-96.5,27\n".replace(",", mark))
        with pytest.raises(InputError, match=r"t.csv: expected a column 'pit'.*separator.*right"):
            values(path)


def test_the_decimal_sign(table):
    text = "pit;lon;oc\nA;-96,5;27\nB;-96,25;1.5\nC;1,5e1;0,5\n"
    rows = [[-96.5, 27], [-96.25, 1.5], [15, 0.5]]
    assert values(table(text), separator=";", decimal=",")[2] == rows
    quoted = 'pit,lon,oc\nA,"-96,5",27\n'
    assert values(table(quoted), decimal=",")[2] == [[-96.5, 27]]
    with pytest.raises(
        InputError, match=r"t.csv, longitude: .* 3 of 3 .*line 2: '-96,5'.*decimal:"
    ):
        values(table(text), separator=";")
    with pytest.raises(InputError, match=r"section.decimal: .*found ';'"):
        values(table(text), separator=";", decimal=";")


def test_a_point_that_may_part_thousands_is_no_decimal_sign(table):
    text = "pit;lon;oc\nA;1,5;1.234\nB;2;1.234,5\nC;3;27,5\nD;4;28\nE;5;29\n"
    path = table(text)
    read = read_user_table("section", path, COLUMNS, {"separator": ";"})
    read_numbers(path, read, NUMBERS, {"decimal": ","})
    assert read["unreadable"].tolist() == ["carbon '1.234'", "carbon '1.234,5'", "", "", ""]
    assert read["carbon"].tolist()[2:] == [27.5, 28, 29]


def test_decimal_commas_between_commas(table):
    with pytest.raises(InputError, match=r"t.csv, line 2: .*more cells than the header in 2 of 2"):
        values(table("pit,lon,oc\nA,-96,5,27\nB,-97,5,28\n"))


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("96°30'00\"W", "decimal degrees are needed"),
        ("96 30 W", "decimal degrees are needed"),
        ("96.5 W", "decimal degrees are needed"),
        ("-96,5", "set `decimal:"),
        ("1.234.567", "decimal commas, units or signs"),
    ],
)
def test_coordinates_that_are_text_are_shown_with_their_place(table, cell, hint):
    text = f"pit;lon;oc\nA;-96;27\nB;{cell};27\nC;{cell};27\n"
    with pytest.raises(InputError) as error:
        values(table(text), separator=";")
    for part in ("t.csv, longitude: expected numbers", "2 of 3", f"line 3: {cell!r}", hint):
        assert part in str(error.value)


def test_one_coordinate_that_is_text_is_logged(table, caplog):
    numbers = values(table("pit,lon,oc\nA,-96.5,1\nB,west,2\nC,−97,3\n"))[2]
    assert [row[0] for row in numbers][::2] == [-96.5, -97] and numbers[1][0] != numbers[1][0]
    assert (
        "t.csv, longitude: 1 of 3 cells hold no number, the first in line 3: 'west'" in caplog.text
    )


def test_rows_below_the_header(table):
    text = "pit,lon,oc\nname,east,carbon\n,deg,g/kg\nA,-96.5,27\nB,1,2\n"
    with pytest.raises(InputError) as error:
        values(table(text))
    for part in ("t.csv, line 2: expected numbers in longitude", "'east'", "skip_rows: [2, 3]"):
        assert part in str(error.value)
    assert values(table(text), skip_rows=[2, 3])[0] == [4, 5]
    commented = "# pits of 2019\n# by hand\n" + text
    assert values(table(commented), skip_rows=[1, 2, 4, 5])[0] == [6, 7]
    with pytest.raises(InputError, match=r"line 4.*skip_rows: \[1, 2, 4, 5\]"):
        values(table(commented), skip_rows=2)
    with pytest.raises(InputError, match=r"found columns # pits of 2019 .*skip_rows"):
        values(table(commented))


@pytest.mark.parametrize("skip", [-1, [0], ["2"], True, "2", [1.5], {2: 3}])
def test_rows_to_skip_that_are_none(table, skip):
    with pytest.raises(InputError, match=r"section.skip_rows: expected numbers of rows"):
        values(table("pit,lon,oc\nA,1,2\n"), skip_rows=skip)


def test_a_workbook(workbook):
    rows = [
        ["pit", "lon", "oc", "note\nof the day"],
        ["text", "deg", "g/kg", None],
        [],
        ["A", -96.5, 27, None],
        [7, 0.123456789012345, "1,5", datetime.date(2019, 1, 2)],
        [8.0, -97, 1e-7, True],
        [None, None, None, None],
    ]
    path = workbook(rows)
    found = values(path, skip_rows=[2], decimal=",")
    assert found[:2] == ([4, 5, 6], ["A", "7", "8"])
    assert found[2] == [[-96.5, 27], [0.123456789012345, 1.5], [-97, 1e-7]]
    with pytest.raises(InputError, match=r"t.xlsx, line 2.*'deg'.*skip_rows: \[2\]"):
        values(path, decimal=",")
    titled = workbook([["soils of the plains"], *rows])
    with pytest.raises(InputError, match=r"found columns soils of the .*with `skip_rows`"):
        values(titled)
    assert values(titled, skip_rows=[1, 3], decimal=",")[1] == ["A", "7", "8"]


def test_the_sheet_of_a_workbook(workbook, table):
    rows = [["pit", "lon", "oc"], ["A", 1, 2]]
    path = workbook([["read me"]], **{"2019": rows})
    with pytest.raises(InputError, match=r"name or number of a sheet.*'pits', '2019'.*`sheet`"):
        values(path)
    assert values(path, sheet="2019") == ([2], ["A"], [[1, 2]])
    assert values(path, sheet=2) == values(path, sheet="2019")
    with pytest.raises(InputError, match=r"a sheet number 2019, found sheets 'pits'.*in quotes"):
        values(path, sheet=2019)
    with pytest.raises(InputError, match=r"expected a sheet 'none', found sheets 'pits'"):
        values(path, sheet="none")
    with pytest.raises(InputError, match=r"section.sheet: .*workbook"):
        values(table("pit,lon,oc\nA,1,2\n"), sheet="pits")


def test_cells_that_show_what_the_file_does_not_hold(workbook, tmp_path):
    path = workbook([["pit", "lon", "oc"], ["A", 1, "=1+1"]])
    with pytest.raises(InputError, match=r"sheet 'pits', C2: .*a formula without a stored result"):
        values(path)
    book = openpyxl.load_workbook(workbook([["pit", "lon", "oc"], ["A", 1, 0.35]]))
    book["pits"]["C2"].number_format = "0 %"
    book.save(tmp_path / "percent.xlsx")
    with pytest.raises(InputError, match=r"carbon: expected numbers.*line 2: '0.35%'"):
        values(tmp_path / "percent.xlsx")


@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04broken", b"pit,lon,oc\nA,1,2\n", b"\xd0\xcf\x11\xe0"]
)
def test_files_that_are_no_workbooks(tmp_path, content):
    path = tmp_path / "t.xlsx"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"t.xlsx: expected a workbook .*save it again"):
        values(path)
    with pytest.raises(InputError, match=r"none.xlsx: .*no such file"):
        values(tmp_path / "none.xlsx")


def test_a_workbook_called_csv(workbook):
    with pytest.raises(InputError, match=r"t.csv: .*found a zip archive.*\.xlsx"):
        values(workbook([["pit", "lon", "oc"], ["A", 1, 2]], name="t.csv"))


def test_a_header_only(workbook, table):
    for path in (workbook([["pit", "lon", "oc"]]), table("pit,lon,oc\n")):
        with pytest.raises(InputError, match=r"expected at least one row, found a header only"):
            values(path)


def test_the_schema_has_the_same_keys_in_every_section_of_a_table():
    properties = load_schema()["properties"]
    table = properties["profiles"]["properties"]["source"]["oneOf"][1]["properties"]
    points = properties["validation"]["additionalProperties"]["properties"]
    for key in TABLE_KEYS:
        assert table[key] == points[key] and table[key]["description"]


@pytest.mark.parametrize("separator", [";;", "\\t"])
def test_a_separator_of_two_characters_is_refused_before_any_job(separator):
    config = yaml.safe_load((ROOT / "config" / "own_data.yaml").read_text())
    config["profiles"]["source"]["separator"] = separator
    with pytest.raises(InputError, match=r"source.separator: expected one character, .*a tab is"):
        validate_config(config)
