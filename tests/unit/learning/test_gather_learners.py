"""Draws of a learner from the files of its splits, and the ledger of doubtful cells."""

import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from learning_cases import MODEL, SEED, world_and_splits
from proda.errors import InputError
from proda.learning.gather import (
    doubtful_cells,
    gather_blocks,
    gather_random,
    write_doubtful_cells,
)
from proda.learning.options import learner_options
from proda.learning.train import train_split
from proda.parameters.draws import open_draws

OPTIONS = learner_options("random_forest", trees=5, members=2, fold_members=2)
DATA, SPLITS = world_and_splits()


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("learning")
    paths = []
    for split in SPLITS.names:
        paths.append(folder / f"{split}.nc")
        train_split("random_forest", split, DATA, SPLITS, OPTIONS, SEED, MODEL, paths[-1])
    return paths


def theta(path, name="theta_profile"):
    with xr.open_dataset(path) as file:
        return file[name].values


def test_members_of_the_random_split_are_the_draws(tmp_path, files):
    target = tmp_path / "random_forest.nc"
    gather_random(files[0], DATA.cells, target, MODEL, {"seed": "7"})
    with open_draws(target, MODEL) as draws:
        assert draws.n_draws == 2
        assert draws.profile_ids == list(DATA.profile_id)
        assert np.array_equal(draws.at_profiles(), theta(files[0]).swapaxes(0, 1))
        assert np.array_equal(draws.on_cells(), theta(files[0], "theta_cell").swapaxes(0, 1))


def test_every_profile_comes_from_the_fold_that_held_it_out(tmp_path, files):
    target = tmp_path / "random_forest_blocks.nc"
    gather_blocks(files[1:], SPLITS, target, MODEL)
    with open_draws(target, MODEL) as draws:
        gathered = draws.at_profiles().swapaxes(0, 1)
        assert not draws.has_cells
    assert np.isfinite(gathered).all()
    for fold, path in enumerate(files[1:]):
        held_out = SPLITS.fold == fold
        assert np.array_equal(gathered[:, held_out], theta(path)[:, held_out])
        assert not np.array_equal(gathered[:, ~held_out], theta(path)[:, ~held_out])


def test_folds_in_another_order(tmp_path, files):
    with pytest.raises(InputError, match=r"fold_1\.nc: expected split fold_0, found fold_1"):
        gather_blocks([files[2], files[1], files[3]], SPLITS, tmp_path / "t.nc", MODEL)


def test_lacking_fold(tmp_path, files):
    with pytest.raises(InputError, match="files of folds: expected one per fold, 3, found 2"):
        gather_blocks(files[1:3], SPLITS, tmp_path / "t.nc", MODEL)


def test_files_of_other_profiles(tmp_path, files):
    other = replace(SPLITS, profile_id=SPLITS.profile_id[::-1])
    message = rf"fold_0\.nc, profile 0: expected '{other.profile_id[0]}', as in the splits"
    with pytest.raises(InputError, match=message):
        gather_blocks(files[1:], other, tmp_path / "t.nc", MODEL)


def test_doubtful_cells(tmp_path, caplog):
    grid = DATA.grid.copy()
    grid.loc[3, "biome"] = 77
    grid.loc[9, ["wetness", "warmth"]] = np.nan
    table = doubtful_cells(replace(DATA, grid=grid), SPLITS, OPTIONS, SEED)
    with caplog.at_level(logging.WARNING):
        write_doubtful_cells(tmp_path / "cells.csv", table)
    again = pd.read_csv(tmp_path / "cells.csv")
    assert list(again.columns) == ["lat", "lon", "reason"]
    assert list(again["lat"]) == [35.25, 35.75]
    assert list(again["lon"]) == [-98.25, -99.25]
    assert list(again["reason"]) == ["unseen_class biome=77", "missing_covariate wetness warmth"]
    assert "1 cells: unseen_class" in caplog.text and "1 cells: missing_cov" in caplog.text


def test_no_doubtful_cell_leaves_an_empty_table(tmp_path):
    write_doubtful_cells(tmp_path / "cells.csv", doubtful_cells(DATA, SPLITS, OPTIONS, SEED))
    assert (tmp_path / "cells.csv").read_text() == "lat,lon,reason\n"
