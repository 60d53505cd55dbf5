"""Factors from held-out horizons: of known scatter, never of the horizons that they adjust."""

import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.evaluation.bias_adjustment import (
    bias_adjustment,
    cross_fitted,
    mean_factor,
    median_factor,
)
from proda.evaluation.pairs import Pairs

METHODS = ["one_batch", "neural_network", "site_by_site"]
SCATTER, PROFILES, FOLDS = 0.6, 4000, 5


def scattered(seed: int = 1) -> Pairs:
    """SOC that scatters about what a learner predicts: log-normal, with the prediction as mean."""
    rng = np.random.default_rng(seed)
    mean = np.repeat(rng.uniform(5, 60, PROFILES), 2)
    observed = mean * np.repeat(rng.lognormal(-0.5 * SCATTER**2, SCATTER, PROFILES), 2)
    horizons = pd.DataFrame(
        {
            "profile": np.repeat(np.arange(PROFILES), 2),
            "depth_m": np.tile([0.1, 0.5], PROFILES),
            "thickness_m": 0.2,
            "observed": observed,
            "one_batch": mean * np.exp(-0.5 * SCATTER**2),
            "neural_network": observed,
            "site_by_site": observed,
            "neural_network_blocks": mean,
        }
    )
    profiles = pd.DataFrame(
        {
            "profile_id": [f"P{k}" for k in range(PROFILES)],
            "used": True,
            "role": "training",
            "fold": np.arange(PROFILES) % FOLDS,
        }
    )
    return Pairs(horizons, profiles)


def adjusted(pairs, methods=METHODS, **options):
    totals = {"one_batch": 80.0, "neural_network": 96.0}
    return bias_adjustment(pairs, methods, totals, seed=2, resamples=200, **options).set_index(
        "method"
    )


def test_known_scatter_between_mean_and_median():
    found = adjusted(scattered())
    ratio = np.exp(0.5 * SCATTER**2)
    learner, pooled = found.loc["neural_network"], found.loc["one_batch"]
    assert list(found.index) == ["one_batch", "neural_network"]  # a map, not the profiles' own fit
    assert learner["median_factor"] == pytest.approx(1 / ratio, rel=0.03)
    assert learner["mean_factor"] == pytest.approx(1, rel=0.03)
    assert pooled["median_factor"] == pytest.approx(1, rel=0.03)
    assert pooled["mean_factor"] == pytest.approx(ratio, rel=0.03)
    for row in (learner, pooled):
        assert row["adjusted_median_ratio"] == pytest.approx(1, abs=0.01)
        assert abs(row["adjusted_bias"]) < 0.05
        assert row["mean_total_pg"] == row["mean_factor"] * row["total_pg"]
        assert row["median_total_pg_low"] < row["median_total_pg"] < row["median_total_pg_high"]


def test_intervals_hold_the_truth_at_their_level():
    ratio, inside = np.exp(0.5 * SCATTER**2), np.zeros(2)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        pairs = scattered(seed)
        kept = np.sort(rng.choice(PROFILES, 200, replace=False))
        new = pd.Series(np.arange(200), index=kept)
        horizons = pairs.horizons[pairs.horizons["profile"].isin(kept)].copy()
        horizons["profile"] = new[horizons["profile"]].to_numpy()
        row = adjusted(Pairs(horizons, pairs.profiles.loc[kept].reset_index(drop=True))).loc[
            "one_batch"
        ]
        for k, (name, truth) in enumerate((("median_factor", 1.0), ("mean_factor", ratio))):
            inside[k] += row[f"{name}_low"] <= truth <= row[f"{name}_high"]
    # 95 % of 60 are 57; fewer than 51 would happen once in 300 times.
    assert (inside >= 51).all()


def test_a_fold_takes_no_part_in_its_own_factor():
    rng = np.random.default_rng(4)
    observed, modelled = rng.uniform(5, 60, (2, 90))
    fold = np.repeat([0, 1, 2], 30)
    for factor in (median_factor, mean_factor):
        before = cross_fitted(factor, observed, modelled, fold)
        after = cross_fitted(factor, np.where(fold == 1, 10 * observed, observed), modelled, fold)
        np.testing.assert_array_equal(after[fold == 1], before[fold == 1])
        assert (after[fold != 1] != before[fold != 1]).all()
        rest = fold != 1
        expected = modelled[fold == 1] * factor(observed[rest], modelled[rest])
        np.testing.assert_array_equal(before[fold == 1], expected)


def test_factors_of_known_values():
    observed = np.array([2.0, 6.0, 3.0])
    assert median_factor(observed, np.array([1.0, 2.0, 3.0])) == 2
    assert mean_factor(observed, np.array([1.0, 2.0, 3.0])) == pytest.approx(11 / 6)
    # A modelled value below zero is too small with any factor.
    assert median_factor(observed, np.array([-1.0, 2.0, 3.0])) == 3
    assert np.isnan(median_factor(observed, np.array([-1.0, 0.0, 3.0])))
    assert np.isnan(mean_factor(observed, np.array([-4.0, 0.0, 3.0])))
    assert np.isnan(median_factor(observed[:0], observed[:0]))
    assert np.isnan(mean_factor(observed[:0], observed[:0]))


def test_a_method_without_factor_or_map_has_gaps_and_spares_the_others():
    pairs = scattered()
    pairs.horizons["one_batch"] = 0.0
    found = adjusted(pairs)
    row = found.loc["one_batch"]
    missing = ["median_factor", "mean_factor", "adjusted_bias", "adjusted_median_ratio"]
    assert row[missing].isna().all()
    assert row["rmse"] > 0
    assert found.loc["neural_network"].notna().all()
    assert np.isnan(
        bias_adjustment(scattered(), METHODS, {}, seed=2, resamples=2)["mean_total_pg"]
    ).all()


def test_blocks_widen_the_intervals():
    pairs = scattered()
    # All profiles of a block scatter alike.
    block = np.arange(PROFILES) // 100
    common = np.random.default_rng(5).lognormal(0, SCATTER, PROFILES // 100)
    pairs.horizons["observed"] *= common[block[pairs.horizons["profile"]]]
    alone, together = (adjusted(pairs, cluster=one).loc["one_batch"] for one in (None, block))
    for name in ("median_factor", "mean_factor"):
        width = [row[f"{name}_high"] - row[f"{name}_low"] for row in (alone, together)]
        assert width[1] > 2 * width[0]
        assert alone[name] == together[name]


def test_errors():
    pairs = scattered()
    with pytest.raises(InputError, match="_blocks"):
        adjusted(Pairs(pairs.horizons.drop(columns="neural_network_blocks"), pairs.profiles))
    pairs.profiles.loc[7, "fold"] = -1
    with pytest.raises(InputError, match=r"profile P7.*fold"):
        adjusted(pairs)
