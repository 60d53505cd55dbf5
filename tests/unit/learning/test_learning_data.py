"""Files of the learning stage: what they give, and every way in which they may not fit together."""

import logging
from dataclasses import replace

import netCDF4
import numpy as np
import pytest

from learning_cases import KINDS, MODEL, world, write_files
from proda.errors import InputError
from proda.learning.data import read_learning_data
from proda.model.matrix_model import MatrixModel
from projection_files import cut_off

DATA = world(n=40)[0]


def read(folder, data=DATA, kinds=None, model=MODEL):
    return read_learning_data(kinds or data.kinds, *write_files(folder, data), model)


def test_what_was_written_is_read(tmp_path):
    sites = DATA.sites.copy()
    sites.loc["P3", "warmth"] = np.nan
    grid = DATA.grid.copy()
    grid.loc[2, "biome"] = np.nan
    data = read(tmp_path, replace(DATA, sites=sites, grid=grid))
    assert data.kinds == KINDS
    assert list(data.profile_id) == list(DATA.profile_id)
    assert list(data.sites.columns) == list(data.grid.columns) == list(KINDS)
    assert np.array_equal(data.sites, sites, equal_nan=True)
    assert np.array_equal(data.grid, grid, equal_nan=True)
    assert np.array_equal(data.targets, DATA.targets, equal_nan=True)
    assert np.array_equal(data.cells.lon, DATA.cells.lon)


def test_features_follow_the_order_of_the_table(tmp_path):
    kinds = dict(reversed(KINDS.items()))
    assert list(read(tmp_path, kinds=kinds).grid.columns) == list(kinds)


@pytest.mark.parametrize(
    ("name", "file"), [("sites", "site_covariates.nc"), ("grid", "grid_covariates.nc")]
)
class TestEitherFile:
    def test_covariate_missing(self, tmp_path, name, file):
        table = getattr(DATA, name).drop(columns="warmth")
        with pytest.raises(InputError, match=rf"{file}: expected covariate warmth, found none"):
            read(tmp_path, replace(DATA, **{name: table}))

    def test_covariate_too_many(self, tmp_path, name, file):
        table = getattr(DATA, name).assign(slope=1.0)
        data = replace(DATA, kinds=KINDS | {"slope": "continuous"}, **{name: table})
        with pytest.raises(InputError, match=rf"{file}: expected only .* table, found slope"):
            read(tmp_path, data, KINDS)

    def test_covariate_without_value(self, tmp_path, name, file):
        table = getattr(DATA, name).assign(warmth=np.nan)
        data = replace(DATA, **{name: table})
        with pytest.raises(InputError, match=rf"{file}, covariate warmth: .*none in \d+ rows"):
            read(tmp_path, data)


@pytest.mark.parametrize("place", ["site", "grid"])
def test_class_stored_as_continuous(tmp_path, place):
    kinds = {"kinds" if place == "grid" else "site_kinds": KINDS | {"biome": "continuous"}}
    paths = write_files(tmp_path, DATA, **({"site_kinds": KINDS} | kinds))
    message = rf"{place}_covariates\.nc, variable biome, attribute kind: expected class.*contin"
    with pytest.raises(InputError, match=message):
        read_learning_data(KINDS, *paths, MODEL)


def test_covariate_without_a_kind(tmp_path):
    paths = write_files(tmp_path, DATA)
    with netCDF4.Dataset(paths[0], "a") as file:
        file["warmth"].delncattr("kind")
    message = r"site_covariates\.nc, variable warmth, attribute kind: expected continuous or class"
    with pytest.raises(InputError, match=message):
        read_learning_data(KINDS, *paths, MODEL)


def test_class_taken_as_continuous(tmp_path):
    kinds = KINDS | {"biome": "continuous"}
    with pytest.raises(InputError, match=r"variable biome, attribute kind: expected contin.*class"):
        read_learning_data(kinds, *write_files(tmp_path, DATA), MODEL)


def test_few_whole_numbers_are_pointed_out(tmp_path, caplog):
    data = world(n=120)[0]
    data = replace(data, kinds=KINDS | {"biome": "continuous"})
    with caplog.at_level(logging.WARNING):
        read(tmp_path, data)
    assert [record.args for record in caplog.records] == [("biome", 3)]


def test_other_profiles(tmp_path):
    paths = write_files(tmp_path, DATA)
    ids = np.array(["other", *DATA.profile_id[1:]])
    (tmp_path / "b").mkdir()
    other = write_files(tmp_path / "b", replace(DATA, profile_id=ids))
    name = DATA.profile_id[0]
    message = rf"site_covariates\.nc, profile 0: expected 'other', as in .*, found '{name}'"
    with pytest.raises(InputError, match=message):
        read_learning_data(KINDS, *paths[:3], other[3], MODEL)


@pytest.mark.parametrize("k", [0, 1, 2, 3])
def test_files_that_are_cut_off(tmp_path, k):
    paths = write_files(tmp_path, DATA)
    cut_off(paths[k])
    with pytest.raises(InputError, match=rf"{paths[k].name}: expected a whole netCDF file"):
        read_learning_data(KINDS, *paths, MODEL)


def test_parameters_of_another_structure(tmp_path):
    with pytest.raises(InputError, match=r"parameter: expected the parameters of clm5-20"):
        read(tmp_path, model=MatrixModel("clm5-20"))


def test_covariates_of_one_value_are_excluded_and_listed(tmp_path, caplog):
    sites = DATA.sites.assign(biome=5.0, warmth=12.5)
    data = read(tmp_path, replace(DATA, sites=sites))
    assert data.kinds == {"wetness": "continuous"}
    assert list(data.sites.columns) == list(data.grid.columns) == ["wetness"]
    assert data.constant == ("biome", "warmth")
    assert "excluded, as they have one value at all profiles: biome, warmth" in caplog.text
    with pytest.raises(InputError, match=r"covariates: expected one that varies between the sites"):
        read(tmp_path, replace(DATA, sites=sites.assign(wetness=1.0)))


def test_nothing_is_excluded_where_all_covariates_vary(tmp_path):
    data = read(tmp_path)
    assert data.constant == () and data.kinds == KINDS
