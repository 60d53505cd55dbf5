"""Explained variation by depth."""

import numpy as np
import pandas as pd
import pytest

from proda.evaluation.pairs import Pairs
from proda.evaluation.paper_values import read_paper_values
from proda.evaluation.performance import DEPTH_CLASSES, performance_table

METHODS = ["default", "neural_network"]


@pytest.fixture
def table():
    """Ten profiles of three horizons; the default run is right at the top and worse below."""
    rng = np.random.default_rng(2)
    depth, profile = np.tile([0.1, 0.6, 1.5], 10), np.repeat(np.arange(10), 3)
    observed = rng.uniform(5, 50, 30)
    error = np.where(depth < 0.3, 0.0, rng.choice([-5.0, 5.0], 30))
    horizons = pd.DataFrame(
        {
            "profile": profile,
            "depth_m": depth,
            "thickness_m": 0.1,
            "observed": observed,
            "default": observed + error,
            "neural_network": observed - error,
        }
    )
    profiles = pd.DataFrame(
        {
            "profile_id": [f"P{i}" for i in range(10)],
            "used": True,
            "role": ["training"] * 6 + ["test"] * 4,
        }
    )
    pairs = Pairs(horizons, profiles)
    found = performance_table(pairs, METHODS, read_paper_values(), True, seed=1, resamples=20)
    return found.set_index(["depth", "sites", "method"]), observed, error, depth, pairs


def test_explained_variation_by_depth(table):
    found, observed, error, depth, _ = table
    assert set(found.index.get_level_values("depth")) == set(DEPTH_CLASSES)
    assert found.loc[("0-30 cm", "all", "default"), "explained_percent"] == pytest.approx(100)
    for name, (top, bottom) in DEPTH_CLASSES.items():
        inside = (depth >= top) & (depth < bottom)
        expected = 100 * (1 - (error[inside] ** 2).mean() / observed[inside].var())
        row = found.loc[(name, "all", "default")]
        assert row["explained_percent"] == pytest.approx(expected)
        assert row["horizons"] == inside.sum()
        assert row["explained_percent_low"] <= expected + 1e-9


def test_published_values_are_of_all_depths_and_of_the_world(table):
    found, *_, pairs = table
    published = found["published_percent"].dropna()
    assert published.loc[("all depths", "all", "default")] == 11
    assert published.loc[("all depths", "held_out", "neural_network")] == 56
    assert len(published) == 3
    other = performance_table(pairs, METHODS, read_paper_values(), False, seed=1, resamples=20)
    assert other["published_percent"].isna().all()
