"""Area of applicability: known distances, a planted outlier, folds, importance, and the file."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_cases import SEED, world_and_splits
from proda.errors import InputError
from proda.evaluation.applicable_area import applicable_shares
from proda.learning.applicability import (
    applicability,
    dissimilarity,
    read_applicable,
    upper_whisker,
    write_applicability,
)
from proda.learning.direct import ObservedHorizons
from projection_files import grid_projection


def case(n=240):
    data, splits = world_and_splits(n)
    profile = np.repeat(np.arange(n), 4)
    depth = np.tile([0.05, 0.2, 0.5, 1.0], n)
    value = 1e4 * (1 + data.sites["wetness"].to_numpy()[profile] / 20) * np.exp(-depth)
    return data, splits, ObservedHorizons(profile, depth, value)


@pytest.fixture(scope="module")
def found():
    data, splits, horizons = case()
    return data, splits, applicability(data, splits, horizons, SEED)


def test_index_of_known_distances():
    training = np.array([[0.0, 0.0], [3.0, 4.0]])
    places = np.array([[0.0, 1.0], [3.0, 4.0], [6.0, 8.0], [np.nan, 0.0]])
    np.testing.assert_allclose(dissimilarity(places, training, 5.0), [0.2, 0.0, 1.0, np.nan])


def test_the_nearest_of_many_is_that_of_all_comparisons():
    rng = np.random.default_rng(1)
    weight = np.array([1.0, 0.5, 0.1, 0.0, 1e-6])
    places, training = (rng.standard_normal((n, 5)) * weight for n in (300, 2_000))
    places[::50, 2] = np.nan
    expected = np.array([np.sqrt(((place - training) ** 2).sum(axis=1)).min() for place in places])
    np.testing.assert_allclose(dissimilarity(places, training, 2.0), expected / 2, rtol=1e-12)


def test_the_area_of_many_profiles_rests_on_some_of_their_distances(found, monkeypatch):
    data, splits, whole = found
    monkeypatch.setattr("proda.learning.applicability.SITES_OF_MEAN", 60)
    part = applicability(data, splits, case()[2], SEED)
    assert part.threshold != whole.threshold
    assert part.threshold == pytest.approx(whole.threshold, rel=0.1)
    np.testing.assert_array_equal(part.cells <= part.threshold, whole.cells <= whole.threshold)
    monkeypatch.setattr("proda.learning.applicability.HORIZONS_OF_FOREST", 300)
    fewer = applicability(data, splits, case()[2], SEED)
    assert fewer.importance != whole.importance and fewer.importance["wetness"] > 0.8


@given(st.lists(st.floats(0, 10), min_size=5, max_size=40))
def test_the_whisker_is_a_value_not_above_the_fence(values):
    values = np.array(values)
    low, high = np.quantile(values, [0.25, 0.75])
    whisker = upper_whisker(np.append(values, np.nan))
    assert whisker in values and whisker <= high + 1.5 * (high - low)
    assert not ((values > whisker) & (values <= high + 1.5 * (high - low))).any()


def test_soc_decides_what_counts(found):
    importance = found[2].importance
    assert sum(importance.values()) == pytest.approx(1.0)
    assert importance["wetness"] > 0.8
    assert set(importance) == {"wetness", "warmth", "biome=2", "biome=5", "biome=9"}


def test_a_site_is_compared_with_those_of_other_folds(found):
    data, splits, result = found
    # The same covariates twice within a fold: the twin is no help, as it is held out, too.
    fold = np.flatnonzero(splits.used & (splits.fold == 0))
    sites = data.sites.copy()
    sites.iloc[fold[0]] = sites.iloc[fold[1]] = [500.0, 5.0, 90.0]
    other = applicability(replace(data, sites=sites), splits, case()[2], SEED)
    assert other.profiles[fold[0]] > other.threshold
    assert np.isfinite(result.profiles).all() and (result.profiles > 0).any()


def test_cells_beyond_all_training_sites_are_outside(found):
    data, splits, result = found
    inside = result.cells <= result.threshold
    assert inside.mean() > 0.8
    grid = data.grid.copy()
    grid.iloc[3, 0] = 1000.0  # wetness of the sites ends at 100
    grid.iloc[5, 2] = np.nan
    other = applicability(replace(data, grid=grid), splits, case()[2], SEED)
    assert other.cells[3] > 5 * other.threshold and np.isnan(other.cells[5])
    same = np.delete(np.arange(len(grid)), [3, 5])
    np.testing.assert_array_equal(other.cells[same], result.cells[same])
    assert other.threshold == result.threshold


def test_profiles_that_are_all_alike_are_an_error():
    data, splits, horizons = case()
    alike = data.sites.assign(wetness=1.0, biome=5.0, warmth=2.0)
    with pytest.raises(InputError, match="applicability: expected profiles that differ"):
        applicability(replace(data, sites=alike), splits, horizons, SEED)


def test_file_and_shares(found, tmp_path):
    data, _, result = found
    path = tmp_path / "applicability.nc"
    write_applicability(path, result, data)
    inside, threshold = read_applicable(path, data.cells)
    np.testing.assert_array_equal(inside, result.cells <= result.threshold)
    assert threshold == result.threshold
    stock = np.where(np.arange(len(data.cells)) < 2, np.nan, 1000.0)
    inside = np.arange(len(data.cells)) % 4 == 0
    maps = {"hybrid": grid_projection(data.cells, stock)}
    row = applicable_shares(maps, data.cells, inside).loc[0]
    known = len(data.cells) - 2
    assert row["area_inside"] == pytest.approx((inside[2:]).sum() / known)
    assert row["total_inside"] == pytest.approx(row["area_inside"])
    share = row["total_outside_pg"] / row["total_pg"]
    assert share == pytest.approx(1 - row["total_inside"])
