"""Training on a split: predictions, errors, the record, and the models that are kept."""

import logging
import shutil
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from learning_cases import MODEL, SEED, world_and_splits
from proda.config.sections.learning import EncodingOptions
from proda.errors import InputError
from proda.learning.draws import write_map_draws
from proda.learning.learners import LEARNERS, Learner, learner_options
from proda.learning.predictor import read_predictor
from proda.learning.record import write_training_record
from proda.learning.train import encode_split, train_split

FOREST = learner_options("random_forest", trees=10)
NETWORK = learner_options(
    "neural_network", hidden=(8,), dropout=(0.1,), epochs=4, members=2, fold_members=1
)


def train(learner="random_forest", split="random", world=None, options=None, **more):
    data, splits = world or world_and_splits()
    options = options or (NETWORK if learner == "neural_network" else FOREST)
    return train_split(learner, split, data, splits, options, SEED, MODEL, **more)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    folder = tmp_path_factory.mktemp("network")
    return train("neural_network", models_dir=folder / "models"), folder / "models"


def test_random_split_predicts_all_profiles_and_cells(network):
    found, _ = network
    assert found.profiles.theta.shape == (2, 120, 25)
    assert found.cells.theta.shape == (2, 48, 25)
    for predicted in (found.profiles, found.cells):
        assert (predicted.theta >= 0).all() and (predicted.theta <= 1).all()
        assert not any(predicted.reasons)
        assert not np.array_equal(predicted.theta[0], predicted.theta[1])


def test_the_record_holds_losses_and_errors_as_cf(network, tmp_path):
    found, _ = network
    write_training_record(tmp_path / "training.nc", found, {"seed": "7"})
    with xr.open_dataset(tmp_path / "training.nc") as file:
        assert file.attrs["Conventions"] == "CF-1.11"
        assert (file.attrs["learner"], file.attrs["split"]) == ("neural_network", "random")
        assert file.attrs["seed"] == "7"
        assert file["loss"].dims == file["validation_loss"].dims == ("member", "epoch")
        for member in range(2):
            assert file["loss"].values[member].tolist() == found.histories[member]["loss"]
        assert list(file["role"].values) == ["training", "validation", "held_out"]
        assert np.array_equal(file["mse"], found.errors.mse)
        assert np.array_equal(file["mse_of_mean"], found.errors.mse_of_mean)
        assert np.array_equal(file["profiles"], found.errors.profiles)
        for variable in file.data_vars.values():
            assert variable.attrs["units"] == "1" and variable.attrs["long_name"]


def test_a_forest_has_no_losses_by_epoch(tmp_path):
    write_training_record(tmp_path / "training.nc", train())
    with xr.open_dataset(tmp_path / "training.nc") as file:
        assert set(file.data_vars) == {"mse", "mse_of_mean", "profiles"}


def test_fold_has_no_map_and_trains_without_its_profiles():
    data, splits = world_and_splits()
    found = train(split="fold_1")
    assert found.cells is None
    # What is held out cannot matter.
    held_out = (splits.fold == 1)[:, None]
    changed = replace(data, targets=np.where(held_out, 0.2, data.targets))
    again = train(split="fold_1", world=(changed, splits))
    assert np.array_equal(found.profiles.theta, again.profiles.theta)
    other = replace(data, targets=np.where(held_out, data.targets, 0.2))
    again = train(split="fold_1", world=(other, splits))
    assert not np.array_equal(found.profiles.theta, again.profiles.theta)


def test_forest_learns_the_planted_relation():
    errors = train(options=replace(FOREST, trees=50, min_samples_leaf=1)).errors
    assert errors.roles == ("training", "validation", "held_out")
    assert errors.mse[0, 2] < 0.3 * errors.mse_of_mean[2]
    assert list(errors.profiles) == [69, 17, 22]


def test_errors_are_those_of_the_predictions():
    data, splits = world_and_splits()
    found = train()
    test = splits.role == "test"
    error = (found.profiles.theta[0] - data.targets)[test]
    assert found.errors.mse[0, 2] == pytest.approx((error**2).mean())
    centre = data.targets[splits.role == "training"].mean(axis=0)
    of_mean = ((centre - data.targets[test]) ** 2).mean()
    assert found.errors.mse_of_mean[2] == pytest.approx(of_mean)


def test_missing_covariates_leave_nan_and_a_reason_and_take_no_part(caplog):
    data, splits = world_and_splits()
    sites, grid = data.sites.copy(), data.grid.copy()
    lost = int(np.flatnonzero(splits.role == "training")[0])
    sites.iloc[lost, 0] = np.nan
    grid.iloc[5, 2] = np.nan
    with caplog.at_level(logging.WARNING):
        found = train(world=(replace(data, sites=sites, grid=grid), splits))
    for predicted, place, name in (
        (found.profiles, lost, sites.columns[0]),
        (found.cells, 5, grid.columns[2]),
    ):
        missing = np.isnan(predicted.theta[0])
        assert missing[place].all() and not np.delete(missing, place, axis=0).any()
        assert predicted.reasons[place] == f"missing_covariate {name}"
        assert not any(np.delete(predicted.reasons, place))
    assert found.errors.profiles[0] == 68
    assert "1 used profiles lack a covariate" in caplog.text


def test_unseen_class_at_a_profile_is_a_reason_beside_its_prediction(caplog):
    data, splits = world_and_splits()
    sites = data.sites.copy()
    row = int(np.flatnonzero(splits.role == "test")[0])
    sites.iloc[row, 1] = 77
    with caplog.at_level(logging.WARNING):
        found = train(world=(replace(data, sites=sites), splits))
    assert "1 profiles have a class that no training profile" in caplog.text
    assert found.profiles.reasons[row] == "unseen_class biome=77"
    assert np.isfinite(found.profiles.theta).all()


class Greedy:
    """A learner whose first three sets have input fractions that sum to more than 1."""

    history: ClassVar = {}

    def predict(self, x):
        return np.where(np.arange(len(x))[:, None] < 3, 1.0, 0.3) * np.ones(25)

    def save(self, folder, member):
        """Write nothing."""


def test_a_learner_is_one_record_and_its_infeasible_sets_are_pulled_back(tmp_path, monkeypatch):
    fit = lambda training, options, rng, report: Greedy()  # noqa: E731, a learner that learns nothing
    record = Learner(EncodingOptions, lambda: fit)
    monkeypatch.setitem(LEARNERS, "greedy", record)
    found = train(
        "greedy", options=learner_options("greedy", members=1), models_dir=tmp_path / "models"
    )
    assert list(found.profiles.pulled_back) == list(found.cells.pulled_back) == [3]
    MODEL.physical(found.profiles.theta[0])
    write_map_draws(tmp_path / "draws.nc", found, world_and_splits()[0], MODEL)
    with xr.open_dataset(tmp_path / "draws.nc") as file:
        assert file.attrs["infeasible_sets_pulled_back"] == 6
    assert not (tmp_path / "models").exists()


def test_same_seed_same_bytes(tmp_path, network):
    first, models = network
    found = train("neural_network", models_dir=tmp_path / "models")
    for path in sorted(models.iterdir()):
        assert (tmp_path / "models" / path.name).read_bytes() == path.read_bytes()
    for k, result in enumerate((first, found)):
        write_map_draws(tmp_path / f"{k}.nc", result, world_and_splits()[0], MODEL)
        write_training_record(tmp_path / f"record_{k}.nc", result)
    for name in ("", "record_"):
        one, other = (tmp_path / f"{name}{k}.nc" for k in range(2))
        assert one.read_bytes() == other.read_bytes()


def test_members_do_not_depend_on_their_number(network):
    found, _ = network
    alone = train("neural_network", options=replace(NETWORK, members=1))
    assert np.array_equal(alone.profiles.theta[0], found.profiles.theta[0])


def test_saved_predictor_gives_what_was_mapped(network):
    found, models = network
    data, _ = world_and_splits()
    assert sorted(path.name for path in models.iterdir()) == [
        "encoder.json",
        "member_0.keras",
        "member_1.keras",
        "targets.json",
    ]
    predictor = read_predictor(models)
    theta, reasons = predictor.predict(data.grid)
    assert theta == pytest.approx(found.cells.theta, abs=1e-6)
    assert (reasons == "").all()


def test_saved_predictor_names_what_is_missing_or_unseen(network):
    table = pd.DataFrame({"wetness": [10, None], "biome": [99, 2], "warmth": [0, 0], "site": "a"})
    theta, reasons = read_predictor(network[1]).predict(table)
    assert list(reasons) == ["unseen_class biome=99", "missing_covariate wetness"]
    assert np.isfinite(theta[:, 0]).all() and np.isnan(theta[:, 1]).all()


def test_models_of_an_earlier_run_are_ignored(tmp_path, network):
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


def test_progress_is_logged(caplog):
    with caplog.at_level(logging.INFO):
        train("neural_network", "fold_0")
    text = "member 1 of 1, round 4: loss "
    assert text in caplog.text and "validation loss" in caplog.text and "0 s left" in caplog.text


def test_splits_of_other_profiles():
    data, splits = world_and_splits()
    other = replace(splits, profile_id=splits.profile_id[::-1])
    message = f"splits, profile 0: expected '{data.profile_id[0]}', as in the posteriors"
    with pytest.raises(InputError, match=message):
        encode_split(data, other, "random", FOREST, SEED)


def test_used_profile_without_posterior():
    data, splits = world_and_splits()
    row = int(np.flatnonzero(splits.role == "test")[0])
    targets = data.targets.copy()
    targets[row] = np.nan
    with pytest.raises(InputError, match=r"split random, held_out: expected profiles that were"):
        train(world=(replace(data, targets=targets), splits))


def test_no_profile_left_to_train_on():
    data, splits = world_and_splits()
    sites = data.sites.copy()
    sites.loc[splits.role == "training", "warmth"] = np.nan
    with pytest.raises(InputError, match="split random: expected a training profile with all"):
        train(world=(replace(data, sites=sites), splits))
