"""Files of parameter draws: what is written comes back, and what cannot be is rejected."""

import netCDF4
import numpy as np
import pytest

from proda.data.cells import Cells
from proda.errors import InputError
from proda.model import MatrixModel
from proda.model.scaling import write_scaling
from proda.parameters.draws import open_draws, write_draws
from proda.projection.soc import CHUNK
from site_cases import MODEL, random_theta

RNG = np.random.default_rng(3)
CELLS = Cells(0.5, np.array([-99.75, -99.25]), np.array([40.25, 40.25]), np.ones(2), np.ones(2))
IDS = ["7", "11", "B-2"]


def by_place(draws, places):
    return random_theta(RNG, draws * places).reshape(draws, places, -1)


def test_draws_of_all_places_come_back_for_any_profile_and_cell(tmp_path):
    theta = random_theta(RNG, 5)
    write_draws(tmp_path / "d.nc", MODEL, theta=theta, attributes={"seed": "1"})
    with open_draws(tmp_path / "d.nc", MODEL) as draws:
        assert draws.homogeneous
        assert draws.has_cells
        assert draws.n_draws == 5
        assert draws.profile_ids is None
        np.testing.assert_array_equal(draws.at_profiles(3, 4), theta[None])
        np.testing.assert_array_equal(draws.on_cells(), theta[None])
        assert draws.file.seed == "1"


def test_draws_by_place_come_back_place_first(tmp_path):
    at_profiles, on_cells = by_place(4, 3), by_place(4, 2)
    at_profiles[:, 1] = np.nan
    write_draws(
        tmp_path / "d.nc",
        MODEL,
        theta_profile=at_profiles,
        theta_cell=on_cells,
        profile_ids=IDS,
        cells=CELLS,
    )
    with open_draws(tmp_path / "d.nc", MODEL) as draws:
        assert not draws.homogeneous
        assert draws.profile_ids == IDS
        np.testing.assert_array_equal(draws.at_profiles(1, 2), at_profiles[:, 1:].swapaxes(0, 1))
        np.testing.assert_array_equal(draws.on_cells(), on_cells.swapaxes(0, 1))
        np.testing.assert_array_equal(draws.centres, (CELLS.lat, CELLS.lon))
        with pytest.raises(InputError, match=r"profiles 2 to 4.*3 profiles"):
            draws.at_profiles(2, 2)


def test_some_places_are_read_without_unpacking_the_others(tmp_path):
    """A chunk holds all draws of the places that are read at a time, however many there are."""
    n = 2_000
    theta = np.full((2, n, len(MODEL.parameters)), 0.02)
    ids = [str(i) for i in range(n)]
    write_draws(tmp_path / "d.nc", MODEL, theta_profile=theta, profile_ids=ids)
    with open_draws(tmp_path / "d.nc", MODEL) as draws:
        draw, profile, parameter = draws.file["theta_profile"].chunking()
    assert (draw, profile, parameter) == (2, CHUNK, len(MODEL.parameters))


def test_reasons_come_back_by_place(tmp_path):
    at_profiles, on_cells = by_place(4, 3), by_place(4, 2)
    at_profiles[:, 1] = np.nan
    places = {"theta_profile": at_profiles, "theta_cell": on_cells}
    names = {"profile_ids": IDS, "cells": CELLS}
    path, gap = tmp_path / "d.nc", "missing_covariate BIO1"
    reasons = {"profile_reasons": ["", gap, ""], "cell_reasons": ["", "unseen_class IGBP=17"]}
    write_draws(path, MODEL, **places, **names, **reasons)
    with open_draws(path, MODEL) as draws:
        assert list(draws.reasons_of_profiles()) == reasons["profile_reasons"]
        assert list(draws.reasons_of_cells()) == reasons["cell_reasons"]
    with pytest.raises(InputError, match=r"reasons of theta_profile, place 1: expected a reason w"):
        write_draws(path, MODEL, **places, **names, profile_reasons=[gap, "", ""])
    with pytest.raises(InputError, match=r"reasons of theta_cell: expected a text for each of 2"):
        write_draws(path, MODEL, **places, **names, cell_reasons=[gap])
    with pytest.raises(InputError, match=r"reasons of theta_cell: expected theta_cell, the draws"):
        write_draws(path, MODEL, theta=by_place(1, 2)[0], cell_reasons=[gap])
    write_draws(path, MODEL, **places, **names)
    with (
        open_draws(path, MODEL) as draws,
        pytest.raises(InputError, match=r"d\.nc: expected reason_profile"),
    ):
        draws.reasons_of_profiles()


def test_profiles_alone_have_no_map(tmp_path):
    write_draws(tmp_path / "d.nc", MODEL, theta_profile=by_place(2, 3), profile_ids=IDS)
    with open_draws(tmp_path / "d.nc", MODEL) as draws:
        assert not draws.has_cells
        with pytest.raises(InputError, match=r"d\.nc: expected theta_cell, draws by cell"):
            draws.on_cells()


def test_site_posteriors_are_draws_by_profile(tmp_path):
    theta = by_place(3, 4).astype("f4")
    with netCDF4.Dataset(tmp_path / "s.nc", "w") as file:
        for name, size in (("profile", 3), ("draw", 4), ("parameter", 25)):
            file.createDimension(name, size)
        names = np.array(MODEL.parameters.names, dtype=object)
        file.createVariable("parameter", str, ("parameter",))[:] = names
        file.createVariable("profile_id", str, ("profile",))[:] = np.array(IDS, dtype=object)
        axes = ("profile", "draw", "parameter")
        file.createVariable("theta", "f4", axes, fill_value=np.nan)[:] = theta
        write_scaling(file, MODEL)
    with open_draws(tmp_path / "s.nc", MODEL) as draws:
        assert not draws.homogeneous
        assert not draws.has_cells
        assert draws.profile_ids == IDS
        np.testing.assert_array_equal(draws.at_profiles(1, 1), theta[1:2].astype("f8"))


def test_parameters_of_another_structure_are_rejected(tmp_path):
    write_draws(tmp_path / "d.nc", MODEL, theta=random_theta(RNG, 1))
    with pytest.raises(InputError, match=r"d\.nc, parameter: .*21 parameters of clm5-20.*25 para"):
        open_draws(tmp_path / "d.nc", MatrixModel("clm5-20"))


def test_other_files_are_rejected(tmp_path):
    with netCDF4.Dataset(tmp_path / "other.nc", "w") as file:
        file.createDimension("x", 1)
        file.createVariable("unknown", "f8", ("x",))
    with pytest.raises(InputError, match=r"other\.nc: .*parameter draws.*unknown"):
        open_draws(tmp_path / "other.nc", MODEL)
    with pytest.raises(InputError, match=r"none\.nc: .*parameter draws.*no such file"):
        open_draws(tmp_path / "none.nc", MODEL)


def spoilt(value, *parameters):
    theta = by_place(2, 3)
    theta[1, 2, list(parameters)] = value
    return theta


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, r"theta, or theta_profile.*found none"),
        ({"theta": np.zeros((1, 25)), "theta_profile": by_place(1, 3)}, r"found theta, theta_pro"),
        ({"theta_profile": spoilt(1.5, 4)}, r"theta_profile\[1, 2, 4\].*\[0, 1\].*1\.5"),
        ({"theta_profile": spoilt(np.nan, 4)}, r"theta_profile\[1, 2\].*all parameters or.*1 NaN"),
        ({"theta_profile": by_place(2, 2)}, r"theta_profile: .*\(n, 3, 25\).*\(2, 2, 25\)"),
        ({"theta_cell": by_place(2, 2)}, r"theta_cell: expected cells"),
        ({"theta": np.full((1, 25), np.nan)}, r"theta\[0\]: expected all parameters, found 25 NaN"),
        ({"theta": np.full((1, 25), 1.0)}, r"theta\[0\].*input fractions.*less than 1.*1 or more"),
        ({"theta": np.zeros((0, 25))}, r"theta: .*at least one draw"),
    ],
)
def test_impossible_draws_are_rejected(tmp_path, arguments, message):
    with pytest.raises(InputError, match=message):
        write_draws(tmp_path / "d.nc", MODEL, profile_ids=IDS, **arguments)
    assert not (tmp_path / "d.nc").exists()


def test_unequal_numbers_of_draws_are_rejected(tmp_path):
    with pytest.raises(InputError, match=r"theta_cell: .*\(2, 2, 25\).*\(3, 2, 25\)"):
        write_draws(
            tmp_path / "d.nc",
            MODEL,
            theta_profile=by_place(2, 3),
            theta_cell=by_place(3, 2),
            profile_ids=IDS,
            cells=CELLS,
        )
