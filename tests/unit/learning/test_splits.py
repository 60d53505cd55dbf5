"""Splits: fractions, whole blocks in one fold, balance, the seed, and the file."""

from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_cases import SEED, cells_of
from proda.config.keys import annotation, key_types
from proda.config.sections.learning import SplitSettings
from proda.errors import InputError
from proda.learning.split_schemes import SCHEMES
from proda.learning.splits import ROLES, make_splits, read_splits, split_names, write_splits

CELLS = cells_of()


def places(n, seed=1, width=20.0):
    rng = np.random.default_rng(seed)
    return -120 + width * rng.random(n), 30 + width * rng.random(n)


def splits_of(n=200, used=None, seed=SEED, **options):
    lon, lat = places(n)
    used = np.arange(n) % 4 != 0 if used is None else used
    return make_splits([f"P{i}" for i in range(n)], lon, lat, used, CELLS, seed, **options)


def same(a, b):
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in vars(a))


def test_fractions_of_the_random_split():
    splits = splits_of(200)
    assert splits.used.sum() == 150
    counts = {role: int((splits.role == role).sum()) for role in np.unique(splits.role)}
    assert counts == {"": 50, "test": 30, "training": 96, "validation": 24}
    assert ((splits.role != "") == splits.used).all()


def test_every_accepted_profile_has_block_and_fold():
    splits = splits_of(200, folds=4)
    assert set(splits.fold) == {0, 1, 2, 3}
    assert (splits.block >= 0).all()
    assert splits.names == ("random", "fold_0", "fold_1", "fold_2", "fold_3") == split_names(4)


def test_folds_hold_similar_numbers_of_used_profiles():
    splits = splits_of(400, block_size=2.0)
    used_counts = np.bincount(splits.fold, weights=splits.used)
    assert used_counts.max() - used_counts.min() <= 2


def test_blocks_are_squares_of_whole_cells():
    lon = np.array([-120.0, -119.01, -118.99, -118.01, -120.0, -120.0])
    lat = np.array([30.0, 30.99, 30.0, 30.0, 30.99, 31.0])
    block = make_splits(
        list("abcdef"), lon, lat, np.ones(6, bool), CELLS, 1, 1.0, folds=2, min_profiles=1
    ).block
    assert block[0] == block[1] == block[4]
    assert len(set(block[[0, 2, 5]])) == 3 and block[2] == block[3]


@given(st.integers(0, 50), st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.5]), st.sampled_from([0.5, 0.25]))
def test_blocks_never_share_a_cell_and_folds_never_share_a_block(seed, size, resolution):
    lon, lat = places(150, seed)
    # Edges of cells are where rounding would show.
    lon[::3], lat[::2] = np.round(lon[::3] / resolution) * resolution, np.round(lat[::2])
    cells = cells_of(resolution=resolution)
    splits = make_splits(np.arange(150), lon, lat, np.ones(150, bool), cells, seed, size)
    cell = cells.rows(lat) * 10_000 + cells.columns(lon)
    for part, whole in ((cell, splits.block), (splits.block, splits.fold)):
        for one in np.unique(part):
            assert len(set(whole[part == one])) == 1


@given(st.integers(0, 50), st.sampled_from(["places", "blocks", "regions"]))
def test_profiles_of_one_place_are_never_in_two_folds(seed, held_out):
    lon, lat = places(80, seed)
    # Several profiles at one place, up to half a metre apart, some of them astride a block's edge.
    lon[:20] = np.round(lon[:20] / 4) * 4
    place = np.concatenate([np.arange(80), np.random.default_rng(seed).integers(80, size=70)])
    shift = np.random.default_rng(seed + 1).uniform(-2e-6, 2e-6, (2, 150))
    lon, lat = lon[place] + shift[0], lat[place] + shift[1]
    splits = make_splits(
        np.arange(150), lon, lat, np.ones(150, bool), CELLS, seed, held_out=held_out
    )
    for split in splits.names[1:]:
        training, validation, held = splits.rows(split, seed, 0.2)
        assert held.any() and not set(place[held]) & set(place[training | validation])


def test_random_folds_part_a_place_and_have_equal_sizes():
    lon, lat = (np.repeat(values, 10) for values in places(20))
    splits = make_splits(np.arange(200), lon, lat, np.ones(200, bool), CELLS, 1, held_out="random")
    assert np.array_equal(np.bincount(splits.fold), [40] * 5)
    assert len(set(splits.fold[:10])) > 1


def test_regions_are_the_clusters_that_were_planted():
    rng = np.random.default_rng(5)
    centre = rng.permutation(np.repeat(np.arange(5), 30))
    lon = -120.0 + 15 * centre + rng.normal(size=150)
    lat = 40.0 + rng.normal(size=150)
    splits = make_splits(np.arange(150), lon, lat, np.ones(150, bool), CELLS, 1, held_out="regions")
    assert len(set(zip(centre, splits.fold, strict=True))) == len(set(splits.fold)) == 5


def test_regions_are_the_classes_of_a_covariate():
    lon, lat = places(120)
    classes = np.random.default_rng(6).choice([3.0, 7.0, 11.0, 20.0], 120)
    # Two profiles at each place, of which the second has no class or another one.
    lon, lat = np.repeat(lon, 2), np.repeat(lat, 2)
    known = np.repeat(classes, 2)
    known[1::4], known[3::4] = np.nan, 99.0
    options = {"held_out": "regions", "classes": known, "min_profiles": 1}
    each = make_splits(np.arange(240), lon, lat, np.ones(240, bool), CELLS, 1, folds=4, **options)
    # As many folds as regions: one region is predicted from all others.
    assert len(set(zip(np.repeat(classes, 2), each.fold, strict=True))) == len(set(each.fold)) == 4
    with pytest.raises(InputError, match=r"folds: expected 5 regions with .*found 4"):
        make_splits(np.arange(240), lon, lat, np.ones(240, bool), CELLS, 1, folds=5, **options)


def test_a_place_without_a_class_is_in_the_region_of_the_nearest():
    lon, lat = np.array([-120.0, -119.0, -118.9, -110.0]), np.full(4, 40.0)
    settings = {"folds": 2, "min_profiles": 1, "held_out": "regions"}
    classes = np.array([1.0, 2.0, np.nan, 1.0])
    splits = make_splits(
        list("abcd"), lon, lat, np.ones(4, bool), CELLS, 1, classes=classes, **settings
    )
    assert splits.fold[0] == splits.fold[3] != splits.fold[1] == splits.fold[2]
    with pytest.raises(InputError, match="regions: expected a profile with the covariate"):
        missing = np.full(4, np.nan)
        make_splits(list("abcd"), lon, lat, np.ones(4, bool), CELLS, 1, classes=missing, **settings)


def test_regions_need_the_split_that_holds_them_out():
    assert SplitSettings(held_out="regions", regions="Climate").regions == "Climate"
    with pytest.raises(InputError, match=r"regions: expected null without held_out: regions"):
        SplitSettings(regions="Climate")


def test_configuration_and_register_have_the_same_schemes():
    kind, *_ = annotation(key_types(SplitSettings)["held_out"])
    assert list(get_args(kind)) == list(SCHEMES)


def test_unknown_scheme():
    with pytest.raises(InputError, match=r"held_out: expected one of blocks, random.*'counties'"):
        splits_of(held_out="counties")


def test_blocks_do_not_depend_on_which_profiles_there_are():
    lon, lat = places(100)
    many = make_splits(np.arange(100), lon, lat, np.ones(100, bool), CELLS, 1)
    few = make_splits(np.arange(60), lon[:60], lat[:60], np.ones(60, bool), CELLS, 1)
    assert np.array_equal(few.block, many.block[:60])


def test_rows_of_the_random_split_are_its_roles():
    splits = splits_of()
    for mask, role in zip(splits.rows("random", 1, 0.2), ROLES, strict=True):
        assert np.array_equal(mask, splits.role == role)


def test_rows_of_a_fold():
    splits = splits_of(200, folds=4)
    training, validation, held_out = splits.rows("fold_2", SEED, 0.25)
    assert np.array_equal(held_out, splits.used & (splits.fold == 2))
    assert not (training & validation).any()
    assert np.array_equal(training | validation, splits.used & (splits.fold != 2))
    assert validation.sum() == round(0.25 * (splits.used & (splits.fold != 2)).sum())
    again = splits.rows("fold_2", SEED, 0.25)[1]
    assert np.array_equal(again, validation)
    assert not np.array_equal(splits.rows("fold_2", SEED + 1, 0.25)[1], validation)


def test_seed_decides():
    assert same(splits_of(), splits_of())
    other = splits_of(seed=SEED + 1)
    assert not np.array_equal(other.role, splits_of().role)
    assert not np.array_equal(other.fold, splits_of().fold)


def test_file_round_trip(tmp_path):
    splits = splits_of()
    # Identifiers that look like numbers or nothing must stay what they are.
    splits = replace(splits, profile_id=np.array(["007", "NA", *splits.profile_id[2:]]))
    write_splits(tmp_path / "splits.csv", splits)
    assert same(read_splits(tmp_path / "splits.csv"), splits)
    header = (tmp_path / "splits.csv").read_text().splitlines()[0]
    assert header == "profile_id,used,role,block,fold"


def test_files_that_are_no_splits(tmp_path):
    path = tmp_path / "splits.csv"
    write_splits(path, splits_of())
    table = pd.read_csv(path, keep_default_na=False)
    for row, role, expected in (
        (1, "held out", "one of training, validation, test, found 'held out'"),
        (1, "validation of all", "one of training, validation, test, found 'validation of all'"),
        (0, "test", "no role, as it is not used, found 'test'"),
    ):
        other = table.copy()
        other.loc[row, "role"] = role
        other.to_csv(path, index=False)
        name = table["profile_id"][row]
        with pytest.raises(InputError, match=rf"profile {name}, role: expected {expected}"):
            read_splits(path)
    table.drop(columns="fold").to_csv(path, index=False)
    with pytest.raises(InputError, match=r"splits.csv: expected a column fold, found profile_id"):
        read_splits(path)


def test_too_few_profiles():
    message = r"at least 50 fitted profiles.*found 49 of 200 .*methods.*learning.min_profiles"
    with pytest.raises(InputError, match=message):
        splits_of(200, used=np.arange(200) < 49)
    assert splits_of(200, used=np.arange(200) < 50).used.sum() == 50


@pytest.mark.parametrize("size", [0.75, 0.0, 0.2, -1.0])
def test_block_that_would_divide_a_cell(size):
    with pytest.raises(InputError, match=r"block_size: expected a multiple of .* 0\.5 degrees"):
        splits_of(block_size=size)


def test_fewer_blocks_than_folds():
    with pytest.raises(InputError, match=r"5 spatial blocks with used profiles.*found 1 "):
        splits_of(block_size=60.0)


@pytest.mark.parametrize("name", ["test_fraction", "validation_fraction"])
def test_fraction_of_one(name):
    with pytest.raises(InputError, match=name):
        splits_of(**{name: 1.0})


def test_one_fold():
    with pytest.raises(InputError, match="folds: expected 2 or more, found 1"):
        splits_of(folds=1)


def test_unknown_split():
    with pytest.raises(InputError, match=r"one of random, fold_0.*found 'fold_9'"):
        splits_of().rows("fold_9", 1, 0.2)
