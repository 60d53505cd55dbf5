"""Table 1 on pairs whose scores are known, and the values of the paper beside them."""

import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.evaluation.pairs import Pairs
from proda.evaluation.paper_values import paper_value, read_paper_values
from proda.evaluation.skill import skill
from proda.evaluation.table_1 import (
    compare_methods,
    comparisons,
    ranked_methods,
    site_sets,
    table_1,
)
from proda.tables import write_table

METHODS = ["default", "one_batch", "neural_network", "site_by_site"]
N = 20


@pytest.fixture
def pairs():
    """20 profiles of 3 horizons, the last two not used; 0-11 training, 12-13 validation."""
    rng = np.random.default_rng(3)
    observed = rng.uniform(5, 60, 3 * N)
    noise = rng.normal(size=3 * N)
    table = pd.DataFrame(
        {
            "profile": np.repeat(np.arange(N), 3),
            "depth_m": np.tile([0.1, 0.5, 1.2], N),
            "thickness_m": 0.2,
            "observed": observed,
            "default": 70 - observed,
            "one_batch": 30 + noise,
            "neural_network": observed + 2 * noise,
            "site_by_site": observed,
            "neural_network_blocks": observed + 8 * noise,
        }
    )
    role = ["training"] * 12 + ["validation"] * 2 + ["test"] * 4 + [""] * 2
    profiles = pd.DataFrame({"used": [True] * 18 + [False] * 2, "role": role})
    return Pairs(table, profiles)


def table(pairs, methods=METHODS, **options):
    made = table_1(pairs, methods, read_paper_values(), seed=1, resamples=100, **options)
    return made.set_index(["sites", "method"])


def test_sets_of_sites(pairs):
    sets = site_sets(pairs.profiles)
    assert {name: int(members.sum()) for name, members in sets.items()} == {
        "all": 18,
        "training": 14,
        "held_out": 4,
        "cross_validation": 18,
    }
    assert not (sets["training"] & sets["held_out"]).any()
    np.testing.assert_array_equal(sets["training"] | sets["held_out"], sets["all"])


def test_without_learners_there_is_one_set(pairs):
    pairs.profiles["role"] = ""
    learned = ["neural_network", "neural_network_blocks"]
    without = Pairs(pairs.horizons.drop(columns=learned), pairs.profiles)
    methods = [name for name in METHODS if name not in learned]
    assert list(table(without, methods).index) == [("all", name) for name in methods]


def test_each_method_is_scored_on_each_set(pairs):
    found = table(pairs)
    assert list(found.index) == [
        (sites, method)
        for sites in ("all", "training", "held_out", "cross_validation")
        for method in METHODS
    ]
    h = pairs.horizons
    test = h[h["profile"].between(14, 17)]
    expected = skill(test["observed"], test["neural_network"])
    row = found.loc[("held_out", "neural_network")]
    assert (row["profiles"], row["horizons"]) == (4, 12)
    for name in ("r2", "r2_one_to_one", "r", "rmse", "bias"):
        assert row[name] == getattr(expected, name)
        assert row[f"{name}_low"] <= row[name] <= row[f"{name}_high"]
    assert found.loc[("all", "default"), "r"] == pytest.approx(-1)
    assert found.loc[("all", "default"), "r2"] == pytest.approx(1)
    assert found.loc[("all", "site_by_site"), "r2_one_to_one"] == 1
    assert (found[["excluded", "without_prediction"]] == 0).all(axis=None)


def test_on_cross_validation_only_the_learner_changes(pairs):
    found = table(pairs).drop(columns=["paper_r2", "paper_r", "paper_rmse"])
    every, blocks = found.loc["all"], found.loc["cross_validation"]
    others = ["default", "one_batch", "site_by_site"]
    pd.testing.assert_frame_equal(every.loc[others], blocks.loc[others])
    assert blocks.loc["neural_network", "rmse"] > 3 * every.loc["neural_network", "rmse"]
    without = Pairs(pairs.horizons.drop(columns="neural_network_blocks"), pairs.profiles)
    assert set(table(without).index.get_level_values("sites")) == {"all", "training", "held_out"}


def test_all_methods_are_scored_on_the_same_profiles_and_gaps_are_counted(pairs):
    h = pairs.horizons
    h.loc[h["profile"].isin([0, 15]), "neural_network"] = np.nan
    h.loc[7, "default"] = np.nan  # one horizon of profile 2
    found = table(pairs).loc["all"]
    assert (found["profiles"] == 15).all() and (found["horizons"] == 45).all()
    assert (found["excluded"] == 3).all()
    assert found["without_prediction"].to_dict() == {
        "default": 1, "one_batch": 0, "neural_network": 2, "site_by_site": 0,
    }  # fmt: skip


def test_a_set_too_small_has_no_score_but_a_note(pairs):
    pairs.profiles["role"] = ["training"] * 18 + [""] * 2
    found = table(pairs).loc["held_out"]
    assert (found["note"] == "fewer than 2 pairs").all() and (found["profiles"] == 0).all()
    assert found[["r2", "rmse", "r2_low", "bias_high"]].isna().all(axis=None)


def test_the_papers_values_are_shown_on_the_sets_it_may_refer_to(pairs, tmp_path):
    found = table(pairs)
    assert found.loc[("all", "default"), ["paper_r2", "paper_r", "paper_rmse"]].tolist() == [
        0.32, 0.57, 15.86,
    ]  # fmt: skip
    given = found["paper_rmse"].dropna()
    assert sorted(given.index) == sorted(
        [("all", name) for name in ("default", "one_batch", "site_by_site")]
        + [("training", "neural_network"), ("held_out", "neural_network")]
    )
    write_table(tmp_path / "table_1.csv", found.reset_index(), digits=6)
    again = pd.read_csv(tmp_path / "table_1.csv")
    assert again["paper_r2"].notna().sum() == 5 and list(again["sites"][:2]) == ["all", "all"]


def test_methods_are_compared_on_the_same_resamples(pairs):
    h = pairs.horizons
    # An error that both methods share, and a little more of it in one: hardly distinguishable by
    # their intervals, but never better.
    error = np.random.default_rng(8).normal(0.0, 10.0, len(h))
    h["default"], h["one_batch"] = h["observed"] + 1.05 * error, h["observed"] + error
    found = table(pairs).loc["all"]
    assert found.loc["one_batch", "rmse_high"] > found.loc["default", "rmse_low"]
    steps = [("one_batch", "default"), ("neural_network", "one_batch")]
    made = compare_methods(pairs, steps, seed=1, resamples=200).set_index(["sites", "method"])
    assert len(made) == 8
    row = made.loc[("all", "one_batch")]
    assert row["other"] == "default" and row["profiles"] == 18
    expected = found.loc["one_batch", "rmse"] - found.loc["default", "rmse"]
    assert row["rmse_difference"] == pytest.approx(expected)
    assert row["rmse_difference_low"] < expected < row["rmse_difference_high"] < 0
    assert row["r2_one_to_one_difference_low"] > 0
    blocks = made.loc[("cross_validation", "neural_network"), "rmse_difference"]
    assert blocks > made.loc[("all", "neural_network"), "rmse_difference"]
    with pytest.raises(InputError, match=r"methods: expected columns of .*found forest"):
        compare_methods(pairs, [("forest", "default")], seed=1)


def test_without_comparisons_the_table_has_its_columns_and_no_rows(pairs):
    made = compare_methods(pairs, [], seed=1)
    assert len(made) == 0
    assert list(made) == list(compare_methods(pairs, [("one_batch", "default")], 1, 10))


def test_a_method_without_a_column_is_refused(pairs):
    with pytest.raises(InputError, match=r"methods: expected columns of default, .*found forest"):
        table(pairs, methods=["default", "forest"])


def test_the_papers_r2_is_its_squared_correlation():
    values = read_paper_values()
    for method in ("default", "one_batch", "random_sampling", "neural_network", "site_by_site"):
        r2, r = (paper_value(values, "table_1", method, name)[0] for name in ("r2", "r"))
        assert abs(r2 - r * r) < 0.012  # of two digits each
    assert paper_value(values, "table_s3", "one_batch", "stock", "0-30 cm") == (77, 49, 112)
    assert np.isnan(paper_value(values, "table_1", "random_forest", "r2")).all()
    of_paper = values.index.get_level_values("table").str.startswith("table_")
    assert values.loc[of_paper, "source"].str.startswith("Tao et al. 2020").all()
    assert values.loc[~of_paper, "source"].str.contains("slides").all()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("table,method", "table,way", r"values.csv: expected columns table, method, .*found table"),
        ("0.32", "0.3.2", r"values.csv, row 2, value: expected a number or nothing, found '0.3.2'"),
        ("default,r,", "default,r2,", r"row 3: expected each value once, found table_1 default r2"),
    ],
)
def test_a_broken_table_of_values_is_refused(tmp_path, old, new, message):
    from proda.evaluation.paper_values import PAPER_VALUES

    path = tmp_path / "values.csv"
    path.write_text(PAPER_VALUES.read_text().replace(old, new, 1))
    with pytest.raises(InputError, match=message):
        read_paper_values(path)


def test_the_best_method_is_compared_with_all_others_once(pairs):
    found = table(pairs).reset_index()
    sites, order = ranked_methods(found)
    # The fit to each site itself predicts no other place.
    assert sites == "cross_validation" and set(order) == set(METHODS) - {"site_by_site"}
    errors = found.set_index(["sites", "method"])["rmse"]["cross_validation"]
    assert list(errors[order]) == sorted(errors[order])
    steps = comparisons(found)
    assert len({frozenset(pair) for pair in steps}) == len(steps)
    assert {frozenset((order[0], other)) for other in order[1:]} <= {*map(frozenset, steps)}
    alone = found[found["method"] == "site_by_site"]
    assert ranked_methods(alone)[1] == [] and comparisons(alone) == []


def test_blocks_are_resampled_as_a_whole(pairs):
    """Copies of a profile are no new information: with them in one block, intervals stay."""
    copies = pairs.horizons.assign(profile=pairs.horizons["profile"] + N)
    horizons = pd.concat([pairs.horizons, copies], ignore_index=True)
    doubled = Pairs(horizons, pd.concat([pairs.profiles] * 2, ignore_index=True))
    alone, blocks = table(pairs), table(doubled, cluster=np.tile(np.arange(N), 2))
    separate = table(doubled)
    for name in ("rmse", "bias", "median_ratio"):
        ends = [f"{name}_low", f"{name}_high"]
        pd.testing.assert_frame_equal(blocks[[name, *ends]], alone[[name, *ends]], rtol=1e-9)
        width = {key: one[ends[1]] - one[ends[0]] for key, one in (("1", alone), ("2", separate))}
        ratio = (width["2"] / width["1"]).xs("all")["default"]
        assert 0.5 < ratio < 0.9
    steps = [("one_batch", "default")]
    differences = [
        compare_methods(one, steps, 1, 100, cluster)
        for one, cluster in ((pairs, None), (doubled, np.tile(np.arange(N), 2)))
    ]
    ends = ["rmse_difference", "rmse_difference_low", "rmse_difference_high"]
    pd.testing.assert_frame_equal(*(one[ends] for one in differences))
