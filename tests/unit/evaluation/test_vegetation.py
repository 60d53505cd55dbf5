"""Vegetation groups and mean SOC by depth in each, against values computed by hand."""

import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.evaluation.pairs import Pairs
from proda.evaluation.vegetation import vegetation_profiles
from proda.evaluation.vegetation_groups import vegetation_counts, vegetation_names

GROUPS = {"Forest": [1, 2], "Grassland": [10], "Wetland": [11]}
VEGETATION = {"covariate": "IGBP", "groups": GROUPS}


def covariates(values):
    return pd.DataFrame({"IGBP": values, "BIO1": 1.0}, index=[f"P{i}" for i in range(len(values))])


def test_a_class_belongs_to_one_group_or_to_none():
    found = vegetation_names(covariates([2, 10, 13, np.nan, 1]), VEGETATION, "sites.csv")
    assert found.tolist() == ["Forest", "Grassland", "", "", "Forest"]


def test_groups_that_cannot_be_made_are_refused():
    with pytest.raises(InputError, match=r"sites.csv: expected a column ESA, found IGBP, BIO1"):
        vegetation_names(covariates([1]), VEGETATION | {"covariate": "ESA"}, "sites.csv")
    message = r"sites.csv, profile P1, IGBP: expected a class code, found 1.5 \(IGBP must be"
    with pytest.raises(InputError, match=message):
        vegetation_names(covariates([1, 1.5]), VEGETATION, "sites.csv")
    twice = VEGETATION | {"groups": GROUPS | {"Marsh": [11]}}
    message = r"vegetation group Marsh, class 11: expected each once, found also in Wetland"
    with pytest.raises(InputError, match=message):
        vegetation_names(covariates([1]), twice, "sites.csv")


# Forest: profiles 0 and 1; grassland 2; profile 3 is not used, 4 in no group, 5 has no prediction.
ROWS = [
    # profile, depth, thickness, observed, model
    (0, 0.02, 0.04, 40.0, 30.0),
    (0, 0.07, 0.06, 20.0, 10.0),  # same bin: mean of the profile (4*40 + 6*20)/10 = 28 and 18
    (0, 0.25, 0.10, 12.0, 12.0),
    (1, 0.05, 0.10, 36.0, 20.0),
    (2, 0.10, 0.10, 15.0, 14.0),  # at an edge: the bin below it
    (2, 3.50, 0.10, 1.0, 2.0),
    (3, 0.05, 0.10, 500.0, 500.0),
    (4, 0.05, 0.10, 600.0, 600.0),
    (5, 0.05, 0.10, 700.0, np.nan),
]


@pytest.fixture
def pairs():
    columns = ["profile", "depth_m", "thickness_m", "observed", "model"]
    profiles = pd.DataFrame(
        {
            "used": [True, True, True, False, True, True],
            "vegetation": ["Forest", "Forest", "Grassland", "Forest", "", "Forest"],
        }
    )
    return Pairs(pd.DataFrame(ROWS, columns=columns), profiles)


def test_profiles_are_averaged_first_and_then_the_group(pairs):
    table = vegetation_profiles(pairs, GROUPS, ["model"])
    assert len(table) == 3 * 2 * 9
    assert table["vegetation"].unique().tolist() == list(GROUPS)
    top = table[(table["vegetation"] == "Forest") & (table["top_m"] == 0)].set_index("source")
    assert top["profiles"].tolist() == [2, 2] and top["horizons"].tolist() == [3, 3]
    assert (
        top.loc["observed", "mean"] == pytest.approx(32) and top["bottom_m"].tolist() == [0.1] * 2
    )
    assert top.loc["model", "mean"] == pytest.approx(19)
    # Of 28 and 36: sd sqrt(32), over sqrt 2.
    assert top.loc["observed", "standard_error"] == pytest.approx(4)
    quartiles = top.loc["observed", ["p25", "p50", "p75"]].astype(float)
    np.testing.assert_allclose(quartiles, [30, 32, 34])
    assert top.loc["observed", "depth_m"] == pytest.approx((0.02 + 0.07 + 0.05) / 3)
    grass = table[(table["vegetation"] == "Grassland") & (table["source"] == "model")]
    assert grass[grass["profiles"] > 0]["top_m"].tolist() == [0.1, 2.0]
    assert grass[grass["profiles"] > 0]["mean"].tolist() == pytest.approx([14, 2])
    assert grass["standard_error"].isna().all()  # of a single profile


def test_a_group_without_profiles_keeps_its_rows(pairs):
    table = vegetation_profiles(pairs, GROUPS, ["model"])
    empty = table[table["vegetation"] == "Wetland"]
    assert len(empty) == 18 and (empty[["profiles", "horizons"]] == 0).all(axis=None)
    assert empty[["depth_m", "mean", "standard_error", "p50"]].isna().all(axis=None)
    counts = vegetation_counts(pairs.profiles, GROUPS)
    assert counts.to_numpy().tolist() == [
        ["Forest", 4, 3], ["Grassland", 1, 1], ["Wetland", 0, 0], ["(in no group)", 1, 1],
    ]  # fmt: skip
    assert counts["profiles"].sum() == len(pairs.profiles)


def test_the_caller_chooses_profiles_and_bins(pairs):
    keep = np.array([False, True, False, True, False, False])
    table = vegetation_profiles(pairs, ["Forest"], ["model"], keep, edges=[0, 0.3, 1.0])
    observed = table[table["source"] == "observed"]
    assert observed["top_m"].tolist() == [0, 0.3, 1.0]
    assert observed["mean"].tolist()[0] == pytest.approx((36 + 500) / 2)
    assert observed["profiles"].tolist() == [2, 0, 0]
    nobody = vegetation_profiles(pairs, ["Forest"], ["model"], np.zeros(6, bool))
    assert (nobody["profiles"] == 0).all() and len(nobody) == 18


def test_unknown_methods_and_edges_are_refused(pairs):
    with pytest.raises(InputError, match=r"methods: expected columns of model, found forest"):
        vegetation_profiles(pairs, GROUPS, ["forest"])
    with pytest.raises(InputError, match=r"edges: expected ascending depths from 0, found \[0.1"):
        vegetation_profiles(pairs, GROUPS, ["model"], edges=[0.1, 0.3])
