"""Files of theta name the bounds they were found under, and are not read under others."""

from dataclasses import replace

import netCDF4
import numpy as np
import pandas as pd
import pytest

import posterior_cases
from learning_cases import MODEL as LEARNED
from learning_cases import world_and_splits, write_files
from proda.errors import InputError
from proda.evaluation.parameter_means import cell_means, profile_means, site_estimates
from proda.evaluation.table_s1 import table_s1
from proda.inference.job import run_job
from proda.inference.one_batch import run_one_batch
from proda.inference.posterior_file import gather
from proda.learning.data import read_learning_data
from proda.learning.draws import join_folds, write_fold_draws
from proda.learning.learners import learner_options
from proda.learning.train import train_split
from proda.model import MatrixModel
from proda.model.parameters import parameter_table
from proda.model.scaling import check_bounds, check_scaling
from proda.model.structures import STRUCTURES
from proda.parameters.draws import open_draws, write_draws
from proda.parameters.random_sampling import read_modes

MODEL = posterior_cases.MODEL
NAME = MODEL.parameters.names[3]
WINDOW = (0.1, 0.5)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Folder with a file of theta of each kind the assimilation writes."""
    folder = tmp_path_factory.mktemp("theta")
    inputs = posterior_cases.write_inputs(folder, 2)
    options = posterior_cases.OPTIONS
    run_job(MODEL, *inputs, 0, 2, folder / "job.nc", options, {})
    gather([folder / "job.nc"], folder / "gathered.nc", WINDOW, {})
    run_one_batch(MODEL, *inputs, folder / "one_batch.nc", options, {})
    write_draws(folder / "draws.nc", MODEL, theta=np.full((3, len(MODEL.parameters)), 0.1))
    return folder


@pytest.fixture(scope="module")
def learned(tmp_path_factory):
    """Folder with the files of a learner and what it learns from: (folder, data, splits)."""
    folder = tmp_path_factory.mktemp("learned")
    data, splits = world_and_splits()
    options = learner_options("random_forest", trees=3)
    trained = train_split("random_forest", "fold_0", data, splits, options, 1, LEARNED)
    write_fold_draws(folder / "fold_0.nc", trained, splits, data, LEARNED)
    write_files(folder, data)
    return folder, data, splits


@pytest.mark.parametrize("name", ["job", "gathered", "one_batch", "draws"])
def test_files_of_theta_name_structure_and_bounds(made, name):
    with netCDF4.Dataset(made / f"{name}.nc") as file:
        assert file.structure == "clm45-10"
        assert list(file["parameter"][:]) == list(MODEL.parameters.names)
        np.testing.assert_array_equal(file["minimum"][:], MODEL.parameters.minimum)
        np.testing.assert_array_equal(file["maximum"][:], MODEL.parameters.maximum)
        assert list(file["parameter_unit"][:]) == list(MODEL.parameters.units)
        check_scaling("x.nc", file, MODEL)


@pytest.fixture
def other_table(monkeypatch):
    """The present parameter table has another maximum of one parameter; returns a model of it."""
    parameters = parameter_table("clm45-10")
    maximum = parameters.maximum.copy()
    maximum[3] *= 2
    parameters = replace(parameters, maximum=maximum)
    structure = replace(STRUCTURES["clm45-10"], parameters=parameters)
    monkeypatch.setitem(STRUCTURES, "clm45-10", structure)
    return MatrixModel("clm45-10")


READERS = {
    "job": lambda path, model: gather([path], path.with_name("t.nc"), WINDOW, {}),
    "one_batch": open_draws,
    "gathered": open_draws,
    "gathered modes": lambda path, model: read_modes(path, ["P0", "P10"], [True, True]),
    "gathered means": lambda path, model: site_estimates(path, ["P0", "P10"], "mean", [True] * 2),
    "draws profiles": lambda path, model: profile_means(path, model, ["P0", "P10"]),
    "draws cells": lambda path, model: cell_means(path, model, [0]),
}


@pytest.mark.parametrize("case", READERS)
def test_theta_found_under_other_bounds_is_refused(made, other_table, case):
    assert other_table.parameters.maximum[3] == 2 * MODEL.parameters.maximum[3]
    path = made / f"{case.split()[0]}.nc"
    low, high = MODEL.parameters.minimum[3], MODEL.parameters.maximum[3]
    with pytest.raises(InputError) as caught:
        READERS[case](path, other_table)
    message = str(caught.value)
    assert f"{path.name}, bounds of {NAME}: expected [{low:g}, {2 * high:g}]" in message
    assert f"found [{low:g}, {high:g}]" in message and "remove the file" in message


def test_what_a_learner_learned_under_other_bounds_is_refused(learned, other_table):
    folder, data, splits = learned
    target = folder / "t.nc"
    paths = [folder / "fold_0.nc"] * (len(splits.names) - 1)
    with pytest.raises(InputError, match=rf"fold_0\.nc, bounds of {NAME}"):
        join_folds(paths, splits, target, other_table)
    names = ("site_covariates.nc", "grid_covariates.nc", "cells.nc", "site_posteriors.nc")
    paths = [folder / name for name in names]
    with pytest.raises(InputError, match=rf"site_posteriors\.nc, bounds of {NAME}"):
        read_learning_data(dict(data.kinds), *paths, other_table)
    assert not target.exists()


def test_table_s1_is_not_made_of_theta_under_other_bounds(made, other_table):
    profiles = pd.DataFrame({"profile_id": ["P0", "P10"], "used": [True, True]})
    with pytest.raises(InputError, match=rf"bounds of {NAME}"):
        table_s1(
            other_table,
            made / "gathered.nc",
            {"one_batch": made / "one_batch.nc"},
            {},
            profiles,
            None,
        )


def test_a_file_that_does_not_name_its_bounds_is_refused(made, tmp_path):
    old = tmp_path / "old.nc"
    with netCDF4.Dataset(made / "draws.nc") as file, netCDF4.Dataset(old, "w") as out:
        out.structure = "clm45-10"
        for name in ("draw", "parameter"):
            out.createDimension(name, len(file.dimensions[name]))
        parameter = out.createVariable("parameter", str, ("parameter",))
        parameter[:] = file["parameter"][:]
        out.createVariable("theta", "f8", ("draw", "parameter"))[:] = file["theta"][:]
    with pytest.raises(InputError, match=r"old\.nc: expected structure and bounds.*no minimum"):
        open_draws(old, MODEL)


def test_bounds_of_another_length_or_order_are_refused():
    table = MODEL.parameters
    with pytest.raises(InputError, match="x, bounds: expected 25 bounds of each kind, found 0, 0"):
        check_bounds("x", table.names, np.array([]), np.array([]), table)
    with pytest.raises(InputError, match="x, parameter: expected the 25 parameters"):
        check_bounds("x", table.names[::-1], table.minimum, table.maximum, table)
