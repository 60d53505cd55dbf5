"""A profile in memory: the same posterior as from files, and its draws by chain and in units."""

from dataclasses import replace

import netCDF4
import numpy as np
import pytest

from posterior_cases import OPTIONS, TRAJECTORIES, profile, write_inputs
from proda.config.sections.assimilation import AssimilationSettings, LikelihoodSettings, SiteLength
from proda.errors import InputError
from proda.inference.job import run_job
from proda.inference.observations_file import open_observations, write_observations
from proda.inference.posterior_dataset import posterior_dataset, read_posterior
from proda.inference.posterior_file import write_posteriors
from proda.inference.profile_fit import fit_profile, profile_observations, site_options
from proda.inference.site import SitePosterior, Status
from proda.inference.site_group import Site, assimilate_site
from proda.model import MatrixModel
from site_cases import MODEL, random_forcing

DEPTH, SOC = [0.05, 0.2, 0.6], [30e3, 20e3, 8e3]


def test_observations_are_those_of_the_workflow(tmp_path):
    with netCDF4.Dataset(tmp_path / "horizons.nc", "w") as file:
        file.createDimension("profile", 1)
        file.createDimension("horizon", 3)
        file.createVariable("profile_id", str, ("profile",))[0] = "P"
        file.createVariable("row_size", "i4", ("profile",))[:] = 3
        for name, values in {"node_depth": DEPTH, "soc_density": SOC, "censored": 0}.items():
            file.createVariable(name, "f8", ("horizon",))[:] = values
    likelihood = LikelihoodSettings(absolute_error=0.7)
    write_observations(tmp_path / "horizons.nc", tmp_path / "o.nc", MODEL.grid, likelihood, {})
    with open_observations(tmp_path / "o.nc") as reader:
        wanted = reader.observations(0)
    found = profile_observations(MODEL.grid, DEPTH, SOC, likelihood)
    for name, values in vars(wanted).items():
        np.testing.assert_array_equal(getattr(found, name), values, err_msg=name)
    with pytest.raises(InputError, match="soc_density"):
        profile_observations(MODEL.grid, DEPTH, SOC[:2])


def test_the_posterior_is_that_of_a_job(tmp_path):
    observations, forcing_path = write_inputs(tmp_path, 1, seed=4)
    settings = AssimilationSettings(chains=2, site=SiteLength(budget=20, draws=20))
    run_job(
        MODEL, observations, forcing_path, 0, 1, tmp_path / "p.nc", site_options(settings, 7), {}
    )
    forcing = random_forcing(np.random.default_rng(4), 1)
    with open_observations(observations) as reader:
        found = fit_profile(MODEL, forcing, reader.observations(0), settings, "P0", seed=7)
    with netCDF4.Dataset(tmp_path / "p.nc") as file:
        np.testing.assert_array_equal(found.values["theta"].astype("f4"), file["theta"][0])


def test_a_profile_that_cannot_be_fitted_is_an_error():
    forcing = random_forcing(np.random.default_rng(4), 1)
    of_another_grid = profile_observations(MatrixModel("clm5-20").grid, DEPTH, SOC)
    with pytest.raises(InputError, match="profile X: expected a profile that can be fitted"):
        fit_profile(MODEL, forcing, of_another_grid, profile_id="X")


def test_draws_stand_by_chain_and_in_units(tmp_path):
    column, observations = profile(3)
    site = Site("P1", lambda: column, lambda: observations)
    fitted = assimilate_site(MODEL, site, replace(TRAJECTORIES, draws=40))
    # Draws that say from which chain they are.
    theta = np.repeat(np.linspace(0.2, 0.8, 4), 10)[:, None] * np.ones(len(MODEL.parameters))
    marked = SitePosterior("P1", Status.FITTED, "", fitted.values | {"theta": theta})
    data = posterior_dataset(MODEL, marked)
    assert dict(data.sizes) == {"chain": 4, "draw": 10}
    table, i = MODEL.parameters, MODEL.parameters.index("q10")
    wanted = table.to_physical(np.linspace(0.2, 0.8, 4)[:, None] * np.ones(len(table)))[:, i]
    np.testing.assert_allclose(data["q10"], np.repeat(wanted, 10).reshape(4, 10))
    assert data["slow_soc_turnover_time"].attrs["units"] == "yr"
    assert data["relative_error"].dims == ("chain", "draw")
    path = tmp_path / "p.nc"
    write_posteriors(path, [marked], [3], MODEL, replace(TRAJECTORIES, draws=40), {})
    read = read_posterior(path, MODEL, "P1")
    assert read.attrs == data.attrs and dict(read.sizes) == dict(data.sizes)
    np.testing.assert_allclose(read["q10"], data["q10"], rtol=1e-6)
    with pytest.raises(InputError, match=r"p\.nc: expected the identifier of a profile.*'P2'"):
        read_posterior(path, MODEL, "P2")


def test_a_random_walk_has_the_draws_of_one_chain(tmp_path):
    column, observations = profile(5)
    walked = assimilate_site(MODEL, Site("W", lambda: column, lambda: observations), OPTIONS)
    data = posterior_dataset(MODEL, walked)
    assert dict(data.sizes) == {"chain": 1, "draw": 50}
    write_posteriors(tmp_path / "w.nc", [walked], [3], MODEL, OPTIONS, {})
    assert dict(read_posterior(tmp_path / "w.nc", MODEL, "W").sizes) == dict(data.sizes)
