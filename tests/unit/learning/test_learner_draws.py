"""Draws that training hands over: of the random split, of folds, and the folds joined."""

import logging
from dataclasses import replace

import netCDF4
import numpy as np
import pandas as pd
import pytest

from learning_cases import MODEL, SEED, world_and_splits
from proda.errors import InputError
from proda.learning.draws import (
    join_folds,
    write_doubtful_cells,
    write_fold_draws,
    write_map_draws,
)
from proda.learning.learners import learner_options
from proda.learning.train import train_split
from proda.parameters.draws import open_draws

OPTIONS = learner_options("random_forest", trees=5, members=2, fold_members=2)
DATA, SPLITS = world_and_splits()
FOLDS = SPLITS.names[1:]


def train(split, data=DATA):
    return train_split("random_forest", split, data, SPLITS, OPTIONS, SEED, MODEL)


@pytest.fixture(scope="module")
def trained():
    return {split: train(split) for split in SPLITS.names}


@pytest.fixture(scope="module")
def files(tmp_path_factory, trained):
    """Files of the folds."""
    folder = tmp_path_factory.mktemp("learning")
    paths = [folder / f"{split}.nc" for split in FOLDS]
    for split, path in zip(FOLDS, paths, strict=True):
        write_fold_draws(path, trained[split], SPLITS, DATA, MODEL)
    return paths


def test_members_of_the_random_split_are_the_draws(tmp_path, trained):
    target = tmp_path / "random_forest.nc"
    found = trained["random"]
    write_map_draws(target, found, replace(DATA, constant=("slope",)), MODEL, {"seed": "7"})
    with open_draws(target, MODEL) as draws:
        assert draws.n_draws == 2
        assert draws.profile_ids == list(DATA.profile_id)
        assert np.array_equal(draws.centres, (DATA.cells.lat, DATA.cells.lon))
        assert np.array_equal(draws.at_profiles(), found.profiles.theta.swapaxes(0, 1))
        assert np.array_equal(draws.on_cells(), found.cells.theta.swapaxes(0, 1))
        assert not any(draws.reasons_of_profiles()) and not any(draws.reasons_of_cells())
        assert (draws.file.learner, draws.file.split) == ("random_forest", "random")
        assert (draws.file.constant_covariates, draws.file.seed) == ("slope", "7")
        assert draws.file.Conventions == "CF-1.11"


def test_a_fold_has_no_map(tmp_path, trained):
    with pytest.raises(
        InputError, match=r"expected what was learned on the split random, found fold_0"
    ):
        write_map_draws(tmp_path / "t.nc", trained["fold_0"], DATA, MODEL)


def test_a_fold_holds_the_profiles_it_held_out(files, trained):
    for split, path in zip(FOLDS, files, strict=True):
        held_out = SPLITS.in_fold(split)
        with open_draws(path, MODEL) as draws:
            assert draws.profile_ids == list(DATA.profile_id[held_out])
            wanted = trained[split].profiles.theta[:, held_out].swapaxes(0, 1)
            assert np.array_equal(draws.at_profiles(), wanted)
            assert not draws.has_cells


def test_every_profile_comes_from_the_fold_that_held_it_out(tmp_path, files, trained):
    target = tmp_path / "random_forest_blocks.nc"
    join_folds(files, SPLITS, target, MODEL, {"seed": "7"})
    with open_draws(target, MODEL) as draws:
        joined = draws.at_profiles().swapaxes(0, 1)
        assert draws.profile_ids == list(DATA.profile_id)
        assert not draws.has_cells
        assert (draws.file.learner, draws.file.seed) == ("random_forest", "7")
    assert np.isfinite(joined).all()
    for fold, split in enumerate(FOLDS):
        held_out, theta = SPLITS.fold == fold, trained[split].profiles.theta
        assert np.array_equal(joined[:, held_out], theta[:, held_out])
        assert not np.array_equal(joined[:, ~held_out], theta[:, ~held_out])


def test_reasons_and_constant_covariates_pass_through_the_folds(tmp_path):
    sites = DATA.sites.copy()
    sites.iloc[4, 0] = np.nan
    sites.iloc[5, 1] = 77
    data = replace(DATA, sites=sites, constant=("slope",))
    paths = [tmp_path / f"{split}.nc" for split in FOLDS]
    for split, path in zip(FOLDS, paths, strict=True):
        write_fold_draws(path, train(split, data), SPLITS, data, MODEL)
    join_folds(paths, SPLITS, tmp_path / "joined.nc", MODEL)
    with open_draws(tmp_path / "joined.nc", MODEL) as draws:
        reasons, theta = draws.reasons_of_profiles(), draws.at_profiles()
        assert draws.file.constant_covariates == "slope"
    assert reasons[4] == "missing_covariate wetness" and reasons[5] == "unseen_class biome=77"
    assert not any(np.delete(reasons, [4, 5]))
    assert np.isnan(theta[4]).all() and np.isfinite(np.delete(theta, 4, axis=0)).all()


def test_folds_in_another_order(tmp_path, files):
    with pytest.raises(InputError, match=r"fold_1\.nc: expected split fold_0, found fold_1"):
        join_folds([files[1], files[0], files[2]], SPLITS, tmp_path / "t.nc", MODEL)


def test_lacking_fold(tmp_path, files):
    with pytest.raises(InputError, match="files of folds: expected one per fold, 3, found 2"):
        join_folds(files[:2], SPLITS, tmp_path / "t.nc", MODEL)


def test_folds_of_other_numbers_of_members(tmp_path, files):
    options = learner_options("random_forest", trees=5, fold_members=1)
    one = train_split("random_forest", "fold_1", DATA, SPLITS, options, SEED, MODEL)
    write_fold_draws(tmp_path / "fold_1.nc", one, SPLITS, DATA, MODEL)
    with pytest.raises(InputError, match=r"fold_1\.nc: expected 2 members, found 1"):
        join_folds([files[0], tmp_path / "fold_1.nc", files[2]], SPLITS, tmp_path / "t.nc", MODEL)


def test_folds_of_other_profiles(tmp_path, files):
    other = replace(SPLITS, profile_id=np.array([f"other {name}" for name in SPLITS.profile_id]))
    with pytest.raises(InputError, match=r"fold_0\.nc, profile 0: expected 'other .*the splits"):
        join_folds(files, other, tmp_path / "t.nc", MODEL)


def test_doubtful_cells(tmp_path, caplog):
    grid = DATA.grid.copy()
    grid.loc[3, "biome"] = 77
    grid.loc[9, ["wetness", "warmth"]] = np.nan
    data = replace(DATA, grid=grid)
    write_map_draws(tmp_path / "draws.nc", train("random", data), data, MODEL)
    with caplog.at_level(logging.WARNING):
        write_doubtful_cells(tmp_path / "draws.nc", tmp_path / "cells.csv", MODEL)
    again = pd.read_csv(tmp_path / "cells.csv")
    assert list(again.columns) == ["lat", "lon", "reason"]
    assert list(again["lat"]) == [35.25, 35.75]
    assert list(again["lon"]) == [-98.25, -99.25]
    assert list(again["reason"]) == ["unseen_class biome=77", "missing_covariate wetness warmth"]
    assert "1 cells: unseen_class" in caplog.text and "1 cells: missing_cov" in caplog.text
    with netCDF4.Dataset(tmp_path / "draws.nc") as file:
        assert file["reason_cell"][3] == "unseen_class biome=77"


def test_no_doubtful_cell_leaves_an_empty_table(tmp_path, trained):
    write_map_draws(tmp_path / "draws.nc", trained["random"], DATA, MODEL)
    write_doubtful_cells(tmp_path / "draws.nc", tmp_path / "cells.csv", MODEL)
    assert (tmp_path / "cells.csv").read_text() == "lat,lon,reason\n"
