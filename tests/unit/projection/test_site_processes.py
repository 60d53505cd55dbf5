"""Processes of the sites' posteriors: those of direct runs, and what the prior would say."""

import numpy as np
import pytest
import xarray as xr

from proda.errors import InputError
from proda.model.processes import PROCESSES, processes_of
from proda.parameters.draws import write_draws
from proda.projection.site_processes import (
    prior_draws,
    read_site_processes,
    site_process_values,
    write_site_processes,
)
from proda.projection.soc import Status
from projection_cases import forcing_of, write_site_inputs
from site_cases import MODEL, random_theta

IDS = ["a", "b"]
N = len(PROCESSES)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Two sites of eight draws, of which the second was not fitted."""
    folder, rng = tmp_path_factory.mktemp("sites"), np.random.default_rng(3)
    forcing = forcing_of(rng, 2)
    _, forcing_path, _ = write_site_inputs(folder, IDS, forcing, rng)
    theta = np.stack([random_theta(rng, 8), np.full((8, 25), np.nan)], 1)
    reasons = ["", "not fitted"]
    path = folder / "posteriors.nc"
    write_draws(path, MODEL, theta_profile=theta, profile_ids=IDS, profile_reasons=reasons)
    write_site_processes(MODEL, path, forcing_path, folder / "p.nc", 8)
    return folder, forcing, theta


def test_statistics_are_those_of_direct_runs(written):
    folder, forcing, theta = written
    sites = read_site_processes(folder / "p.nc")
    assert list(sites["profile_id"].values) == IDS
    direct = processes_of(MODEL, MODEL.physical(theta[:, 0]), forcing.take([0]))
    prior = processes_of(MODEL, MODEL.physical(prior_draws(MODEL, 8)), forcing.take([0]))
    known = prior.status == 0
    for process in PROCESSES:
        name, values = process.name, direct[process.name]
        assert sites[f"{name}_mean"][0] == pytest.approx(values.mean(), nan_ok=True)
        width = np.diff(np.quantile(values, [0.05, 0.95]))[0]
        of_prior = np.diff(np.quantile(prior[name][known], [0.05, 0.95]))[0]
        expected = 1 - width / of_prior if of_prior else np.nan
        assert sites[f"{name}_contraction"][0] == pytest.approx(expected, nan_ok=True)
        assert np.isnan(sites[f"{name}_mean"][1])


def test_a_posterior_that_is_the_prior_has_no_contraction():
    draws = np.random.default_rng(1).gamma(2.0, size=(30, N))
    place = [(Status.PROJECTED, 0, draws)]
    assert site_process_values(place, place)["contraction"] == pytest.approx(0, abs=1e-12)


def test_prior_draws_without_turnover_are_left_out_unless_they_are_most():
    posterior = [(Status.PROJECTED, 0, np.tile([[0.0], [1.0]], (10, N)))]
    some = np.tile(np.linspace(0, 10, 101)[:, None], N)
    contraction = []
    for missing in (0, 40, 60):
        draws = np.concatenate([some, np.full((missing * 101 // (100 - missing), N), np.nan)])
        found = site_process_values(posterior, [(Status.PROJECTED, 4, draws)])
        contraction.append(found["contraction"][0, 0])
    assert contraction[:2] == pytest.approx([1 - 1 / 9] * 2)
    assert np.isnan(contraction[2])


def test_a_place_without_forcing_has_none():
    nowhere = [(Status.NO_FORCING, 0, None)]
    found = site_process_values(nowhere, nowhere)
    assert all(np.isnan(values).all() for values in found.values())


def test_posteriors_of_other_sites_are_refused(written, tmp_path):
    folder, *_ = written
    theta = np.full((2, 1, 25), 0.3)
    write_draws(tmp_path / "d.nc", MODEL, theta_profile=theta, profile_ids=["x"])
    with pytest.raises(InputError, match=r"d\.nc"):
        arguments = tmp_path / "d.nc", folder / "site_forcing.nc", tmp_path / "p.nc", 8
        write_site_processes(MODEL, *arguments)
    xr.Dataset({"a": 1}).to_netcdf(tmp_path / "other.nc")
    with pytest.raises(InputError, match="expected variables profile_id, carbon_input_contraction"):
        read_site_processes(tmp_path / "other.nc")
