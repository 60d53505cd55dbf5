"""Recalibration: the planted factor is found, and no factor sees the horizons it is judged on."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri

from proda.evaluation.predictive import check_coverage, pit_table
from proda.evaluation.recalibration import recalibrate, spread_factor
from proda.parameters.methods import HYBRID, ONE_BATCH, blocked_name


def tables(spread, n=4000, per_profile=4, seed=3):
    """PIT of predictive distributions whose spread is too small by a factor, and the profiles."""
    rng = np.random.default_rng(seed)
    profile = np.arange(n) // per_profile
    pairs = pd.DataFrame({"profile": profile, "depth_m": rng.uniform(0, 2, n)})
    n_profiles = n // per_profile
    profiles = pd.DataFrame(
        {
            "used": True,
            "role": np.where(np.arange(n_profiles) % 5 == 0, "test", "training"),
            "fold": rng.integers(5, size=n_profiles),
        }
    )
    names = (HYBRID.name, blocked_name(HYBRID.name), ONE_BATCH.name)
    pit = {name: ndtr(spread * rng.normal(size=n)) for name in names}
    return pit_table(pairs, profiles, pit), profiles


@given(st.floats(0.3, 4.0))
def test_factor_of_known_spread(spread):
    z = spread * ndtri((np.arange(2000) + 0.5) / 2000)
    assert spread_factor(ndtr(z)) == pytest.approx(spread, rel=0.01)


def test_coverage_is_nominal_at_horizons_that_gave_no_factor():
    table, profiles = tables(1.6)
    found = check_coverage(recalibrate(table, profiles)).set_index(["method", "sites", "depth"])
    for sites in ("cross_validation", "held_out"):
        row = found.loc[(HYBRID.name, sites, "all")]
        assert row["factor"] == pytest.approx(1.6, rel=0.05)
        assert row["coverage_90"] < 0.75
        assert row["recalibrated_90"] == pytest.approx(0.9, abs=0.03)
        assert row["recalibrated_50"] == pytest.approx(0.5, abs=0.04)
    # Nothing to learn a factor from, or no held-out prediction to correct.
    for method, sites in ((ONE_BATCH.name, "training"), (HYBRID.name, "training")):
        row = found.loc[(method, sites, "all")]
        assert np.isnan(row["factor"]) and np.isnan(row["recalibrated_90"])
        assert row["coverage_90"] < 0.75


def test_a_right_distribution_is_left_as_it_is():
    table, profiles = tables(1.0)
    found = recalibrate(table, profiles)
    assert found["factor"].dropna().between(0.95, 1.05).all()


def test_factors_do_not_see_the_horizons_they_are_judged_on():
    table, profiles = tables(1.3, n=400)
    first = recalibrate(table, profiles)
    fold = profiles["fold"].to_numpy()[table["profile"]]
    crossed = (table["sites"] == "cross_validation").to_numpy()
    changed = table.copy()
    judged = crossed & (fold == 2)
    changed.loc[judged, "pit"] = 0.5
    again = recalibrate(changed, profiles)
    assert np.array_equal(again["factor"][judged], first["factor"][judged])
    others = crossed & (fold != 2)
    assert (again["factor"][others] < first["factor"][others]).all()
    # Random test sites: their own held-out predictions by the folds have no part either.
    test = (profiles["role"] == "test").to_numpy()[table["profile"]]
    changed = table.copy()
    changed.loc[crossed & test, "pit"] = 0.5
    again = recalibrate(changed, profiles)
    held_out = (table["sites"] == "held_out").to_numpy()
    assert np.array_equal(again["factor"][held_out], first["factor"][held_out])


def test_observations_beyond_every_quantile():
    assert spread_factor(np.r_[np.full(80, 0.5), np.zeros(20)]) == np.inf
    assert spread_factor(np.r_[np.full(95, 0.5), np.ones(5)]) == 0.0
    assert np.isnan(spread_factor(np.empty(0)))
