"""Covariates of the profiles from a table: joined by id, classes as texts, rows that disagree."""

import logging

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from proda.data.covariate_table import SiteVariable
from proda.data.covariates import covariate_summary
from proda.data.site_covariates import read_site_covariates, with_site_values
from proda.errors import InputError

IDS = pd.Index(["A/1", "A/2", "B/1", "B/2"], name="profile_id")
TABLE = """survey;pit;elev;cover;wet
A;1;310,5;forest;1
A;1;310,5;forest;1
A;2;-9999;crop land;0
B;1;12;forest;1
B;1;14;forest;1
B;3;7;steppe;0
"""


def variable(name, column, kind="continuous", has_raster=False):
    unit = "m" if kind == "continuous" else "class"
    return SiteVariable(name, column, kind, unit, f"column {column}", has_raster)


@pytest.fixture
def sites(tmp_path):
    (tmp_path / "sites.csv").write_text(TABLE)
    columns = {"profile_id": ["survey", "pit"]}
    return {"path": "sites.csv", "separator": ";", "decimal": ",", "columns": columns}


def test_values_by_profile(sites, tmp_path, caplog):
    variables = [variable("elevation", "elev"), variable("cover", "cover", "class"),
                 variable("wet", "wet", "class")]  # fmt: skip
    with caplog.at_level(logging.WARNING):
        found = read_site_covariates(sites, variables, tmp_path, IDS)
    # A code for missing values, rows that differ, a profile that is not in the table.
    assert found.table["elevation"].tolist() == pytest.approx([310.5, *[np.nan] * 3], nan_ok=True)
    assert "1 profiles have rows that differ and get no value, e.g. 'B/1': 12 and 14" in caplog.text
    assert "elevation: 1 cells hold a code for a missing value, the first in line 4" in caplog.text
    assert found.meanings == {"cover": ["crop land", "forest", "steppe"]}
    assert found.table["cover"].tolist() == pytest.approx([2, 1, 2, np.nan], nan_ok=True)

    rasters = xr.Dataset(
        {"slope": ("profile", [1.0, 2, 3, 4], {"kind": "continuous", "units": "1"})},
        coords={"profile_id": ("profile", IDS.to_numpy(dtype=object))},
    )
    names = ["wet", "slope", "elevation", "cover"]
    merged = with_site_values(rasters, found, variables, names)
    assert list(merged) == names
    assert merged["cover"].attrs["flag_meanings"] == "crop_land forest"
    assert merged["cover"].attrs["flag_values"].tolist() == [1, 2]
    assert merged["wet"].attrs["flag_meanings"] == "class_0 class_1"

    summary = covariate_summary(merged, ["elevation", "cover", "wet"], learners=True).set_index(
        "covariate"
    )
    assert summary.loc["slope", ["profiles", "minimum", "median", "on_grid", "use"]].tolist() == [
        4, 1, 2.5, "yes", "learned from",
    ]  # fmt: skip
    assert summary.loc["cover", ["different_values", "on_grid"]].tolist() == [2, "no"]
    constant = merged.assign(slope=merged["slope"] * 0 + 5)
    constant["slope"].attrs = merged["slope"].attrs
    use = covariate_summary(constant, [], learners=True).set_index("covariate")["use"]
    assert use["slope"] == "dropped: the same value at all profiles"


@pytest.mark.parametrize(
    ("variables", "ids", "message"),
    [
        ([variable("x", "height")], IDS, r"sites.csv: expected .*height"),
        ([variable("cover", "cover")], IDS, r"cover: expected numbers, found .*'forest'"),
        ([variable("cover", "cover", "class", True)], IDS, r"the codes of its raster, found 'crop"),
        ([variable("e", "elev")], pd.Index(["1", "2"]), r"2 of 2 profiles .*sites without horizon"),
    ],
)
def test_tables_that_do_not_fit(sites, tmp_path, variables, ids, message):
    with pytest.raises(InputError, match=message):
        read_site_covariates(sites, variables, tmp_path, ids)
