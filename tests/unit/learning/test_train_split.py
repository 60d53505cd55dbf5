"""A step of the learning stage: what its file holds, and the models it leaves behind."""

import logging
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from learning_cases import MODEL, SEED, world_and_splits
from proda.errors import InputError
from proda.learning.options import learner_options
from proda.learning.predictor import read_predictor
from proda.learning.train import encode_split, train_split

FOREST = learner_options("random_forest", trees=10)
NETWORK = learner_options(
    "neural_network", hidden=(8,), dropout=(0.1,), epochs=4, members=2, fold_members=1
)


def train(folder, learner="random_forest", split="random", world=None, options=None, **more):
    data, splits = world or world_and_splits()
    options = options or (NETWORK if learner == "neural_network" else FOREST)
    target = folder / f"{split}.nc"
    train_split(learner, split, data, splits, options, SEED, MODEL, target, **more)
    with xr.open_dataset(target) as file:
        return file.load()


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    return train(folder, "neural_network", models_dir=folder / "models"), folder / "models"


def test_random_split_predicts_all_profiles_and_cells(network):
    file, _ = network
    data, _ = world_and_splits()
    assert file["theta_profile"].dims == ("member", "profile", "parameter")
    assert file["theta_profile"].shape == (2, 120, 25)
    assert file["theta_cell"].shape == (2, 48, 25)
    for name in ("theta_profile", "theta_cell"):
        assert (file[name] >= 0).all() and (file[name] <= 1).all()
    assert list(file["profile_id"].values) == list(data.profile_id)
    assert list(file["parameter"].values) == list(MODEL.parameters.names)
    assert np.array_equal(file["lat"], data.cells.lat)
    assert np.array_equal(file["lon"], data.cells.lon)
    assert file["loss"].dims == file["validation_loss"].dims == ("member", "epoch")
    assert file["loss"].shape == (2, 4)
    assert not np.array_equal(file["theta_cell"][0], file["theta_cell"][1])


def test_files_are_cf(network):
    file, _ = network
    assert file.attrs["Conventions"] == "CF-1.11"
    for variable in file.data_vars.values():
        assert variable.attrs["units"] == "1" and variable.attrs["long_name"]


def test_fold_has_no_map_and_trains_without_its_profiles(tmp_path):
    data, splits = world_and_splits()
    file = train(tmp_path, split="fold_1")
    assert "theta_cell" not in file
    # What is held out cannot matter.
    held_out = (splits.fold == 1)[:, None]
    changed = replace(data, targets=np.where(held_out, 0.2, data.targets))
    again = train(tmp_path, split="fold_1", world=(changed, splits))
    assert np.array_equal(file["theta_profile"], again["theta_profile"])
    other = replace(data, targets=np.where(held_out, data.targets, 0.2))
    again = train(tmp_path, split="fold_1", world=(other, splits))
    assert not np.array_equal(file["theta_profile"], again["theta_profile"])


def test_forest_learns_the_planted_relation(tmp_path):
    file = train(tmp_path, options=replace(FOREST, trees=50, min_samples_leaf=1))
    held_out = file.sel(role="held_out")
    assert held_out["mse"].item() < 0.3 * held_out["mse_of_mean"].item()
    assert list(file["profiles"].values) == [69, 17, 22]


def test_errors_are_those_of_the_predictions(tmp_path):
    data, splits = world_and_splits()
    file = train(tmp_path)
    test = splits.role == "test"
    error = (file["theta_profile"].values[0] - data.targets)[test]
    assert file["mse"].sel(role="held_out").item() == pytest.approx((error**2).mean())
    centre = data.targets[splits.role == "training"].mean(axis=0)
    of_mean = ((centre - data.targets[test]) ** 2).mean()
    assert file["mse_of_mean"].sel(role="held_out").item() == pytest.approx(of_mean)


def test_missing_covariates_leave_nan_and_take_no_part(tmp_path, caplog):
    data, splits = world_and_splits()
    sites, grid = data.sites.copy(), data.grid.copy()
    lost = int(np.flatnonzero(splits.role == "training")[0])
    sites.iloc[lost, 0] = np.nan
    grid.iloc[5, 2] = np.nan
    with caplog.at_level(logging.WARNING):
        file = train(tmp_path, world=(replace(data, sites=sites, grid=grid), splits))
    missing = np.isnan(file["theta_profile"].values)[0]
    assert missing[lost].all() and not np.delete(missing, lost, axis=0).any()
    missing = np.isnan(file["theta_cell"].values)[0]
    assert missing[5].all() and not np.delete(missing, 5, axis=0).any()
    assert file["profiles"].sel(role="training") == 68
    assert "1 used profiles lack a covariate" in caplog.text


def test_unseen_class_at_a_profile_is_said(tmp_path, caplog):
    data, splits = world_and_splits()
    sites = data.sites.copy()
    sites.iloc[int(np.flatnonzero(splits.role == "test")[0]), 1] = 77
    with caplog.at_level(logging.WARNING):
        file = train(tmp_path, world=(replace(data, sites=sites), splits))
    assert "1 profiles have a class that no training profile" in caplog.text
    assert file["theta_profile"].notnull().all()


def test_infeasible_sets_are_drawn_back_and_counted(tmp_path, monkeypatch):
    class Greedy:
        SUFFIX, history = None, {}

        def predict(self, x):
            return np.where(np.arange(len(x))[:, None] < 3, 1.0, 0.3) * np.ones(25)

    monkeypatch.setattr("proda.learning.train.get_learner", lambda _: lambda *_: Greedy())
    file = train(tmp_path)
    assert list(file["drawn_back_profiles"]) == [3]
    assert list(file["drawn_back_cells"]) == [3]
    MODEL.physical(file["theta_profile"].values[0])


def test_same_seed_same_bytes(tmp_path, network):
    _, models = network
    train(tmp_path, "neural_network", models_dir=tmp_path / "models")
    for path in sorted(models.iterdir()):
        assert (tmp_path / "models" / path.name).read_bytes() == path.read_bytes()
    assert (tmp_path / "random.nc").read_bytes() == (models.parent / "random.nc").read_bytes()


def test_members_do_not_depend_on_their_number(tmp_path, network):
    file, _ = network
    alone = train(tmp_path, "neural_network", options=replace(NETWORK, members=1))
    assert np.array_equal(alone["theta_profile"][0], file["theta_profile"][0])


def test_saved_predictor_gives_what_was_mapped(network):
    file, models = network
    data, _ = world_and_splits()
    assert sorted(path.name for path in models.iterdir()) == [
        "encoder.json",
        "member_0.keras",
        "member_1.keras",
        "targets.json",
    ]
    predictor = read_predictor(models)
    theta, reasons = predictor.predict(data.grid)
    assert theta == pytest.approx(file["theta_cell"].values, abs=1e-6)
    assert (reasons == "").all()


def test_saved_predictor_tells_what_is_missing_or_unseen(network):
    table = pd.DataFrame({"wetness": [10, None], "biome": [99, 2], "warmth": [0, 0], "site": "a"})
    theta, reasons = read_predictor(network[1]).predict(table)
    assert list(reasons) == ["unseen_class biome=99", "missing_covariate wetness"]
    assert np.isfinite(theta[:, 0]).all() and np.isnan(theta[:, 1]).all()


def test_models_of_an_earlier_run_stay_out(tmp_path, network):
    folder = shutil.copytree(network[1], tmp_path / "models")
    shutil.copy(folder / "member_1.keras", folder / "member_2.keras")
    assert len(read_predictor(folder).networks) == 2


def test_folder_without_models(tmp_path, network):
    with pytest.raises(InputError, match=r"targets\.json, encoder\.json and models, found no t"):
        read_predictor(tmp_path)
    folder = shutil.copytree(network[1], tmp_path / "models")
    (folder / "member_1.keras").unlink()
    with pytest.raises(InputError, match=r"2 models, found no member_1\.keras"):
        read_predictor(folder)


def test_progress_is_logged(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        train(tmp_path, "neural_network", "fold_0")
    text = "member 1 of 1, round 4: loss "
    assert text in caplog.text and "validation loss" in caplog.text and "0 s left" in caplog.text


def test_splits_of_other_profiles():
    data, splits = world_and_splits()
    other = replace(splits, profile_id=splits.profile_id[::-1])
    message = f"splits, profile 0: expected '{data.profile_id[0]}', as in the posteriors"
    with pytest.raises(InputError, match=message):
        encode_split(data, other, "random", FOREST, SEED)


def test_used_profile_without_posterior(tmp_path):
    data, splits = world_and_splits()
    row = int(np.flatnonzero(splits.role == "test")[0])
    targets = data.targets.copy()
    targets[row] = np.nan
    with pytest.raises(InputError, match=r"split random, held_out: expected profiles that were"):
        train(tmp_path, world=(replace(data, targets=targets), splits))


def test_no_profile_left_to_train_on(tmp_path):
    data, splits = world_and_splits()
    sites = data.sites.copy()
    sites.loc[splits.role == "training", "warmth"] = np.nan
    with pytest.raises(InputError, match="split random: expected a training profile with all"):
        train(tmp_path, world=(replace(data, sites=sites), splits))
