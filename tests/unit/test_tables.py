"""Tables come back as they were written, whatever profiles and reference maps are called."""

import csv
import gzip
import os

import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.tables import read_table, write_table

TABLE = pd.DataFrame(
    {
        "name": ["NA", "null", "007", 'a, "b"', ""],
        "total": [1 / 3, np.nan, np.inf, 1e-300, 4.0],
        "count": range(5),
    }
)


@pytest.mark.parametrize("file", ["table.csv", "table.csv.gz"])
def test_names_stay_text_and_numbers_the_same_bits(tmp_path, file):
    write_table(tmp_path / file, TABLE)
    again = read_table(tmp_path / file, ["name", "a column it has not"])
    pd.testing.assert_frame_equal(again, TABLE, check_exact=True)


def test_a_column_that_is_not_named_keeps_its_words(tmp_path):
    write_table(tmp_path / "table.csv", TABLE)
    assert read_table(tmp_path / "table.csv", [])["name"].tolist()[:3] == ["NA", "null", "007"]


FORMULAS = [
    "=1+1", "=cmd|' /C calc'!A0", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "-",
    "+", "-x", "--5", "-5 to 7", "+4e", "\"=1\"", "=\"a,b\"",
]  # fmt: skip
PLAIN = [
    "a=1",
    " =1",
    "a",
    "'",
    "''",
    "'a",
    "-5",
    "+3.5",
    "-1e-5",
    "-.5",
    "-inf",
    "-0,5",
    "",
    "NA",
    "ä",
    "a\rb",
    "a\nb",
]


@pytest.mark.parametrize("texts", [FORMULAS, PLAIN, ["'" + text for text in FORMULAS], ["\r"]])
@pytest.mark.parametrize("kind", [object, "string", "category"])
def test_no_text_is_a_formula_and_all_come_back(tmp_path, texts, kind):
    table = pd.DataFrame({"name": texts, "value": -1.5, "count": -3})
    write_table(tmp_path / "t.csv", table.astype({"name": kind}), digits=3)
    with open(tmp_path / "t.csv", newline="") as file:
        cells = [row[0] for row in csv.reader(file)][1:]
    numbers = ("-5", "+3.5", "-1e-5", "-.5", "-inf", "-0,5")
    assert not [c for c in cells if c and c[0] in "=+-@\t\r\n＝" and c not in numbers]
    again = read_table(tmp_path / "t.csv", ["name"])
    assert again["name"].tolist() == texts
    assert (again["value"] == -1.5).all() and (again["count"] == -3).all()
    pd.testing.assert_frame_equal(read_table(tmp_path / "t.csv", ["name"]), table)


def test_an_apostrophe_and_nothing_else_is_added(tmp_path):
    write_table(tmp_path / "t.csv", pd.DataFrame({"=h": ["=1", "-5", "a"], "n": [-5, 1, 2]}))
    assert (tmp_path / "t.csv").read_text() == "'=h,n\n'=1,-5\n-5,1\na,2\n"
    again = read_table(tmp_path / "t.csv", ["=h"])
    assert again.to_dict("list") == {"=h": ["=1", "-5", "a"], "n": [-5, 1, 2]}


def test_mixed_columns_keep_their_numbers(tmp_path):
    mixed = pd.DataFrame({"v": pd.Series([-1.5, "=1", None, True], dtype=object)})
    write_table(tmp_path / "t.csv", mixed)
    assert (tmp_path / "t.csv").read_text() == 'v\n-1.5\n\'=1\n""\nTrue\n'
    assert mixed["v"].tolist()[1] == "=1"  # the table itself is as it was


def test_digits_are_significant_ones(tmp_path):
    write_table(tmp_path / "table.csv", TABLE, digits=3)
    assert (tmp_path / "table.csv").read_text() == (
        'name,total,count\nNA,0.333,0\nnull,,1\n007,inf,2\n"a, ""b""",1e-300,3\n,4,4\n'
    )


def test_the_same_table_is_the_same_compressed_file(tmp_path):
    for name in ("first", "second"):
        write_table(tmp_path / f"{name}.csv.gz", TABLE)
    first, second = ((tmp_path / f"{name}.csv.gz").read_bytes() for name in ("first", "second"))
    assert first == second and first[4:8] == bytes(4)  # the time of the header
    write_table(tmp_path / "plain.csv", TABLE)
    assert gzip.decompress(first) == (tmp_path / "plain.csv").read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["first.csv.gz", "plain.csv", "second.csv.gz"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("name,n\na,1\nb\n", "t.csv, line 3: expected 2 cells, as in the header, found 1"),
        ("name,n\na,1,2\n", "t.csv, line 2: expected 2 cells, as in the header, found 3"),
        ('name,n\n"a,1\nb,2\n', "t.csv, line 3: expected a row as they are written"),
        ("", "t.csv: expected a delimited text table, found an empty file"),
        ("name,n\na,\0\n", "t.csv, line 2"),
    ],
)
def test_a_damaged_file_is_named_with_its_line(tmp_path, text, place):
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InputError) as error:
        read_table(tmp_path / "t.csv", ["name"])
    assert place in str(error.value)
