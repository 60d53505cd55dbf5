"""Depths in one column of intervals."""

import logging
import re

import numpy as np
import pandas as pd
import pytest
import shapely

from proda.data.profiles import collect_profiles
from proda.data.profiles.depth_intervals import read_depth_intervals
from proda.data.region import Region
from proda.errors import InputError

BOX = Region("box", shapely.box(-125, 24, -66, 50), {}).contains
OPEN, BAD = np.inf, None


def read(texts, unit="cm", **source):
    # Rows before those of interest, so that a bad one is not the column.
    known = ["0-1"] * (len(texts) + 1)
    table = pd.DataFrame({"depth": [*known, *texts], "unreadable": ""}, dtype=str)
    read_depth_intervals("t.csv", table, source, unit)
    return table.iloc[len(known) :].reset_index(drop=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0-10", (0, 10)), ("0 - 10", (0, 10)), ("0–10 cm", (0, 10)), ("10cm—25cm", (10, 25)),
        ("10 to 25", (10, 25)), ("10..25", (10, 25)), ("10/25", (10, 25)), ("2.5-7.5", (2.5, 7.5)),
        ("-5-0", (-5, 0)), ("−5–0", (-5, 0)), ("-5 - -2", (-5, -2)), ("5-0", (5, 0)),
        ("80+", (80, OPEN)), ("80-", (80, OPEN)), ("> 80 cm", (80, OPEN)), ("80-120+", (80, OPEN)),
        ("10", BAD), ("topsoil", BAD), ("0-10 in", BAD), ("0-10-20", BAD), ("10-May", BAD),
        ("2011-05-10 00:00:00", BAD), ("0,5-1", BAD),
    ],
)  # fmt: skip
def test_what_a_cell_means(text, expected):
    table = read([text])
    found = table[["upper_depth", "lower_depth"]].to_numpy()[0]
    if expected is BAD:
        assert np.isnan(found).all() and table["unreadable"][0] == f"depth {text!r}"
    else:
        assert tuple(found) == expected and table["unreadable"][0] == ""


def test_decimal_commas_units_and_missing_values():
    table = read(["0,5-10,5", "-", "-9999"], decimal=",", missing_values=["-", -9999])
    assert table[["upper_depth", "lower_depth"]].to_numpy()[0].tolist() == [0.5, 10.5]
    assert table["upper_depth"].isna().tolist() == [False, True, True]
    assert (table["unreadable"] == "").all()
    assert read(["0-0.1 m"], unit="m")["lower_depth"].tolist() == [0.1]


@pytest.mark.parametrize(
    ("texts", "hint"),
    [
        (["05-Oct", "10-Dec"], "a spreadsheet program has made a date of it"),
        (["10", "25"], "name upper_depth and lower_depth in place of depth"),
        (["0-10 mm", "10-25 mm"], "depth_unit declares the unit"),
        (["0,5-1", "1-2,5"], 'set `decimal: ","`'),
        (["0 ? 10", "10 ? 25"], "the dash was lost"),
    ],
)
def test_a_column_of_something_else(texts, hint, caplog):
    table = pd.DataFrame({"depth": texts, "unreadable": ""}, dtype=str)
    first = re.escape(texts[0])
    message = rf"t.csv, depth: expected intervals in cm.*2 of 2 rows.*line 2: '{first}'"
    with pytest.raises(InputError, match=message) as error:
        read_depth_intervals("t.csv", table, {}, "cm")
    assert hint in str(error.value)
    with caplog.at_level(logging.WARNING):
        read(texts[:1])
    assert hint in caplog.text


def test_the_ledger_has_a_reason_for_open_intervals(tmp_path):
    path = tmp_path / "soil.csv"
    path.write_text(
        "profile_id;longitude;latitude;Tiefe;Corg\n"
        "A;-100,5;40,5;0-10;2,5\nA;-100,5;40,5;10–30 cm;1,2\nA;-100,5;40,5;30+;0,6\n"
        "B;-101,5;41,5;5-0;30\nB;-101,5;41,5;0 - 20;2,1\nB;-101,5;41,5;20 - 45;0,9\n"
    )
    absent = dict.fromkeys(["bulk_density", "coarse_fragments", "horizon"])
    source = {
        "format": "table", "path": path, "separator": ";", "decimal": ",",
        "organic_carbon_unit": "percent",
        "columns": {"depth": "Tiefe", "organic_carbon": "Corg", **absent},
    }  # fmt: skip
    ledger = collect_profiles(source, BOX)
    assert ledger.horizons["status"].astype(str).to_list() == [
        "accepted", "accepted", "open_depth", "accepted", "organic_or_litter", "accepted",
    ]  # fmt: skip
    used = ledger.accepted_horizons()
    assert used["node_depth"].to_list() == pytest.approx([0.05, 0.2, 0.1, 0.325])
    assert used["organic_carbon"].to_list() == pytest.approx([25, 12, 21, 9])
    assert ledger.summary().loc["open_depth", "horizons"] == 1
    files = [tmp_path / name for name in ("profiles.csv", "horizons.csv.gz", "summary.csv")]
    ledger.write(*files)
    assert np.isinf(pd.read_csv(files[1])["lower_depth"]).sum() == 1
