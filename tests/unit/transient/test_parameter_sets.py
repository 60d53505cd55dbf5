"""Parameter sets: where they come from, what is infeasible, and files that do not fit."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from proda.data.cells import Cells
from proda.data.series import SeriesCells
from proda.errors import InputError
from proda.model.default_runs import default_parameters
from proda.parameters.draws import write_draws
from proda.transient.parameter_sets import (
    SITE_MEAN,
    TRUTH,
    SetSources,
    is_heterogeneous,
    read_sets,
    set_label,
    site_mean_set,
)
from projection_files import write_site_posteriors
from transient_cases import block, theta_of

LAT, LON = np.array([0.5, 0.5, 1.5, 1.5, 2.5]), np.array([10.5, 11.5, 10.5, 11.5, 10.5])
PLACES = Cells(1.0, LON, LAT, np.full(5, 1e10), np.ones(5))


@pytest.fixture
def world(tmp_path):
    """Model, series of cells 1, 3 and 4 of five (3 is not usable), files."""
    model, series = block(n=3)
    numbers = np.array([1, 3, 4])
    status = np.array([0, 1, 0], dtype=np.int8)
    cells = SeriesCells(numbers, LON[numbers], LAT[numbers], np.full(3, 1e10), status,
                        np.array(["", "no history", ""], dtype=object))  # fmt: skip
    series = replace(series, cells=cells, positions=np.array([0, 2]))
    theta = theta_of(model, 5, members=4, seed=1)
    network, batch = tmp_path / "network.nc", tmp_path / "batch.nc"
    write_draws(
        network, model, theta_profile=theta[:2].transpose(1, 0, 2), profile_ids=["a", "b"],
        theta_cell=theta.transpose(1, 0, 2), cells=PLACES,
    )  # fmt: skip
    write_draws(batch, model, theta=theta[0])
    posteriors = write_site_posteriors(
        tmp_path / "sites.nc", 6, unused=(0,), mean=np.linspace(0.1, 0.3, 6)[:, None]
    )
    truth = xr.Dataset(
        {"theta": (("parameter", "lat", "lon"), np.full((25, 3, 2), np.nan))},
        {"parameter": np.array(model.parameters.names, dtype=object), "lat": [0.5, 1.5, 2.5],
         "lon": [10.5, 11.5]},
    )  # fmt: skip
    truth["theta"].loc[{"lat": 0.5, "lon": 11.5}] = theta[1, 0]
    truth["theta"].loc[{"lat": 2.5, "lon": 10.5}] = theta[4, 0]
    truth.to_netcdf(tmp_path / "truth.nc")
    sources = SetSources(
        {"neural_network": network, "one_batch": batch}, posteriors,
        ("negative_r2",), truth=tmp_path / "truth.nc", members=2,
    )  # fmt: skip
    return model, series, theta, sources


def test_sets_of_a_block(world):
    model, series, theta, sources = world
    names = [TRUTH, "default", "one_batch", "neural_network", SITE_MEAN]
    sets = dict(zip(names, read_sets(names, model, series, sources), strict=True))
    assert [one.name for one in sets.values()] == names
    assert [one.members for one in sets.values()] == [1, 1, 2, 2, 1]
    assert all(len(one.physical) == len(series) for one in sets.values())
    # Cells are found by their numbers, draws are evenly spaced.
    own = model.prior.to_vector(theta[[1, 4]][:, [1, 3]])
    np.testing.assert_allclose(sets["neural_network"].physical, own)
    for cell in range(2):
        batch = model.prior.to_vector(theta[0][[1, 3]])
        np.testing.assert_allclose(sets["one_batch"].physical[cell], batch)
    np.testing.assert_allclose(sets[TRUTH].physical[:, 0], model.prior.to_vector(theta[[1, 4], 0]))
    mean = np.full(len(model.parameters), np.linspace(0.1, 0.3, 6)[1:].mean())
    np.testing.assert_allclose(sets[SITE_MEAN].physical[1, 0], model.prior.to_vector(mean))
    given = default_parameters("clm45-10", series.forcing(1900, 1900), "clm5")
    version = read_sets(["default"], model, series, replace(sources, version="clm5"))[0]
    np.testing.assert_allclose(version.physical[:, 0], given)
    assert version.model.switches != model.switches


def test_sets_of_a_block_without_a_usable_cell(world):
    model, series, _, sources = world
    none = replace(series, positions=np.array([], dtype=int))
    names = [TRUTH, "default", "one_batch", "neural_network", SITE_MEAN]
    sets = read_sets(names, model, none, sources)
    assert [one.physical.shape[:2] for one in sets] == [(0, 1), (0, 1), (0, 2), (0, 2), (0, 1)]


def test_a_mean_that_cannot_be_run(world, tmp_path):
    model, _, _, sources = world
    none = write_site_posteriors(tmp_path / "none.nc", 3, unused=range(3))
    with pytest.raises(InputError, match="at least one profile that was fitted"):
        site_mean_set(model, none, sources.exclude_flags, False, 3)
    large = write_site_posteriors(tmp_path / "large.nc", 6, mean=0.9)
    with pytest.raises(InputError, match=r"sum to less than 1.*leave site_mean out"):
        site_mean_set(model, large, sources.exclude_flags, False, 3)


def test_draws_of_other_cells(world, tmp_path):
    model, series, theta, sources = world
    moved = replace(PLACES, lat=LAT + 1.0)
    path = tmp_path / "moved.nc"
    write_draws(path, model, theta_profile=theta[:1].transpose(1, 0, 2), profile_ids=["a"],
                theta_cell=theta.transpose(1, 0, 2), cells=moved)  # fmt: skip
    with pytest.raises(InputError, match=r"cell 1: expected centre 0\.5 N 11\.5 E"):
        read_sets(["hybrid"], model, series, replace(sources, draws={"hybrid": path}))
    sites = tmp_path / "sites_only.nc"
    write_draws(sites, model, theta_profile=theta[:1].transpose(1, 0, 2), profile_ids=["a"])
    with pytest.raises(InputError, match="parameters on the cells"):
        read_sets(["hybrid"], model, series, replace(sources, draws={"hybrid": sites}))


def test_the_truth_of_another_world(world):
    model, series, _, sources = world
    far = replace(series, cells=replace(series.cells, lat=series.cells.lat + 9.0))
    with pytest.raises(InputError, match="a cell at"):
        read_sets([TRUTH], model, far, sources)


def test_a_method_without_parameters(world):
    model, series, _, sources = world
    with pytest.raises(InputError, match="method with parameters, found direct_forest"):
        read_sets(["direct_forest"], model, series, sources)


def test_labels_and_kinds():
    assert set_label("one_batch", {"one_batch": "One-batch*"}) == "One-batch*"
    assert set_label("one_batch") == "One-batch" and set_label(SITE_MEAN) == "Mean of sites"
    assert set_label(SITE_MEAN, {"site_by_site": "Site by site*"}) == "Mean of sites*"
    assert set_label(TRUTH, {"site_by_site": "Site by site*"}) == "Truth"
    kinds = {name: is_heterogeneous(name) for name in
             (TRUTH, "default", "one_batch", "random_sampling", SITE_MEAN, "hybrid")}  # fmt: skip
    assert list(kinds.values()) == [None, None, False, False, False, True]
