"""Tables come back as they were written, whatever profiles and reference maps are called."""

import gzip
import os

import numpy as np
import pandas as pd
import pytest

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
