"""Learners without a soil model: a planted law of depth and covariates, splits, files, SOC."""

from dataclasses import replace

import netCDF4
import numpy as np
import pytest

from learning_cases import MODEL, SEED, world_and_splits
from proda.errors import InputError
from proda.learning.direct import ObservedHorizons, read_horizon_densities, train_directly
from proda.learning.learners import learner_options
from proda.learning.soc_members import read_soc_members, write_soc_members
from proda.parameters.methods import METHODS, Kind, of_kind
from proda.projection.soc import MemberSoc, Status

DIRECT = of_kind(METHODS, Kind.DIRECT)
NODES = MODEL.grid.node
SETTINGS = {
    "direct_forest": {"members": 2, "fold_members": 1, "trees": 40},
    "direct_network": {"members": 2, "fold_members": 1, "epochs": 60, "dropout": [0.0]},
}


def law(wetness, depth):
    return 1e4 * (1 + wetness / 50) * np.exp(-depth / 0.5)


@pytest.fixture(scope="module")
def case():
    """Data, splits and horizons of profiles whose SOC follows a law of one covariate and depth."""
    data, splits = world_and_splits(240)
    depth = np.tile([0.02, 0.1, 0.25, 0.5, 0.9, 1.4], 240)
    profile = np.repeat(np.arange(240), 6)
    value = law(data.sites["wetness"].to_numpy()[profile], depth)
    return data, splits, ObservedHorizons(profile, depth, value)


def train(case, learner, split="random", **changes):
    options = learner_options(learner, **SETTINGS[learner] | changes)
    return train_directly(learner, split, *case, NODES, options, SEED, 0.2)


@pytest.mark.parametrize("learner", DIRECT)
def test_a_planted_law_is_found_at_profiles_that_were_held_out(case, learner):
    data, splits, _ = case
    at_profiles, on_cells = train(case, learner)
    held_out = splits.role == "test"
    inside = NODES < 1.4
    true = law(data.sites["wetness"].to_numpy()[held_out, None], NODES[inside])
    found = at_profiles.soc.mean(axis=0)[held_out][:, inside]
    assert np.sqrt(((found - true) ** 2).mean()) < 0.25 * true.std()
    assert at_profiles.soc.shape == (2, 240, len(NODES))
    assert on_cells.soc.shape == (2, len(data.cells), len(NODES))
    # Below all horizons that train, SOC is that at the deepest of them.
    assert np.ptp(at_profiles.soc[:, :, NODES > 1.4], axis=2).max() < 1e-9
    assert (at_profiles.soc > 0).all()


@pytest.mark.parametrize("learner", DIRECT)
def test_profiles_of_a_fold_have_no_part_in_what_is_predicted_there(case, learner):
    data, splits, horizons = case
    quick = {"epochs": 2} if "network" in learner else {}
    found = train(case, learner, "fold_1", **quick)
    held_out = splits.in_fold("fold_1")
    changed = np.where(held_out[horizons.profile], 7 * horizons.value, horizons.value)
    other = (data, splits, horizons._replace(value=changed))
    again = train(other, learner, "fold_1", **quick)
    assert len(found) == 1
    assert np.array_equal(found[0].soc, again[0].soc)


@pytest.mark.parametrize("scale", ["density", "root", "logarithm"])
def test_what_is_learned_is_turned_back_into_a_density(case, scale):
    data, _, horizons = case
    found = train(case, "direct_forest", scale=scale, min_samples_leaf=1, max_features=1.0)
    soc = found[0].soc.mean(axis=0)
    true = law(data.sites["wetness"].to_numpy()[:, None], NODES[:6])
    assert np.median(np.abs(soc[:, :6] / true - 1)) < 0.1
    assert soc.max() <= horizons.value.max() * (1 + 1e-12)


def test_a_place_without_a_covariate_has_a_reason(case):
    data, splits, horizons = case
    sites = data.sites.copy()
    sites.iloc[5, 0] = np.nan
    found = train((replace(data, sites=sites), splits, horizons), "direct_forest")[0]
    assert np.isnan(found.soc[:, 5]).all() and np.isfinite(np.delete(found.soc, 5, 1)).all()
    assert found.reasons[5] == "missing_covariate wetness"


def test_horizons_of_a_file(tmp_path):
    path = tmp_path / "observations.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("profile", 2)
        file.createDimension("horizon", 3)
        ids = np.array(["A", "B"], dtype=object)
        file.createVariable("profile_id", str, ("profile",))[:] = ids
        file.createVariable("row_size", "i4", ("profile",))[:] = [2, 1]
        for name, values in (
            ("depth", [0.1, 0.5, 0.2]),
            ("value", [9e3, 4e3, 500.0]),
            ("censored", [0.0, 0.0, 1.0]),
        ):
            file.createVariable(name, "f8", ("horizon",))[:] = values
    found = read_horizon_densities(path, ids)
    assert found.profile.tolist() == [0, 0, 1]
    assert found.depth.tolist() == [0.1, 0.5, 0.2]
    assert found.value.tolist() == [9e3, 4e3, 250.0]
    with pytest.raises(InputError, match=r"observations.nc"):
        read_horizon_densities(path, ids[::-1])


def test_file_round_trip(tmp_path, case):
    data = case[0]
    at_profiles, on_cells = train(case, "direct_forest")
    path = tmp_path / "soc.nc"
    write_soc_members(path, MODEL.grid, data.profile_id, at_profiles, data.cells, on_cells)
    found = read_soc_members(path, MODEL.grid)
    assert found.profile_ids == list(data.profile_id)
    assert np.array_equal(found.at_profiles, at_profiles.soc)
    assert np.array_equal(found.on_cells, on_cells.soc)
    assert np.array_equal(found.centres, (data.cells.lat, data.cells.lon))
    with pytest.raises(InputError, match="expected 20 nodes of the model's layers, found 10"):
        read_soc_members(path, type(MODEL)("clm5-20").grid)
    write_soc_members(path, MODEL.grid, data.profile_id, at_profiles)
    assert read_soc_members(path, MODEL.grid).on_cells is None


def test_soc_of_members_place_by_place():
    soc = np.ones((3, 4, 10))
    soc[1, 2, 9] = np.nan
    source = MemberSoc(soc, np.array([True, False, True, True]), np.array([False] * 3 + [True]))
    statuses = [status for status, _ in source]
    wanted = ["PROJECTED", "NO_FORCING", "NO_COVARIATES", "NO_STEADY_STATE"]
    assert statuses == [Status[name] for name in wanted]
    assert source.n_draws == 3 and len(source) == 4
    assert np.array_equal(next(iter(source))[1], soc[:, 0])
