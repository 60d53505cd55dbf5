"""One-batch runs: chains as jobs of their own, joined and judged."""

import shutil
from dataclasses import replace

import netCDF4
import numpy as np
import pytest

from model_cases import monthly_draws
from posterior_cases import OPTIONS, SHORT, write_inputs
from proda.data.forcing import load_site_forcing
from proda.errors import InputError
from proda.inference import gev
from proda.inference.convergence import diagnose
from proda.inference.metropolis import run_chain
from proda.inference.observations import Observations, interpolation_matrix
from proda.inference.observations_file import open_observations
from proda.inference.one_batch import join_chains, run_one_batch_chain
from proda.inference.targets import batch_target, to_theta
from proda.model import MatrixModel
from proda.streams import named_stream
from site_cases import MODEL


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one_batch")
    inputs = write_inputs(folder, 4)
    for chain in (2, 0, 1):
        path = folder / f"chain_{chain}.nc"
        run_one_batch_chain(MODEL, *inputs, chain, path, OPTIONS, {"seed": 2020})
    paths = [folder / f"chain_{chain}.nc" for chain in range(3)]
    join_chains(paths, folder / "one_batch.nc", MODEL, OPTIONS, {"title": "t"})
    return folder


def read(path, *names):
    with netCDF4.Dataset(path) as file:
        return [np.asarray(file[name][:]) for name in names]


@pytest.fixture
def theta(folder):
    return np.stack([read(folder / f"chain_{chain}.nc", "theta")[0] for chain in range(3)])


def test_a_chain_is_the_sampler_on_all_profiles_after_burn_in(folder):
    with open_observations(folder / "observations.nc") as reader:
        seen = [reader.observations(i) for i in range(4)]
    _, forcing = load_site_forcing(folder / "forcing.nc")
    target = batch_target(MODEL, MODEL.columns(forcing), seen)
    rng = named_stream(2020, "one batch", 1)
    expected = run_chain(target, len(MODEL.parameters), OPTIONS.sampler, rng)
    with netCDF4.Dataset(folder / "chain_1.nc") as file:
        np.testing.assert_array_equal(file["theta"][:], to_theta(expected.draws[200:], True))
        np.testing.assert_array_equal(file["log_density"][:], expected.log_density[200:])
        assert file.acceptance == expected.acceptance
        assert (file.profiles, file.forcing_cells, file.seed) == (4, 4, 2020)


def test_a_chain_again_is_the_same_and_another_seed_is_not(folder, tmp_path):
    inputs = folder / "observations.nc", folder / "forcing.nc"
    for name, options in (("same", OPTIONS), ("other", replace(OPTIONS, seed=1))):
        run_one_batch_chain(MODEL, *inputs, 1, tmp_path / f"{name}.nc", options, {})
    names = "theta", "log_density"
    first = read(folder / "chain_1.nc", *names)
    for a, b in zip(read(tmp_path / "same.nc", *names), first, strict=True):
        assert a.tobytes() == b.tobytes()
    assert not np.array_equal(read(tmp_path / "other.nc", "theta")[0], first[0])


def test_chains_are_different(theta):
    assert not (theta[0] == theta[1]).any() and not (theta[1] == theta[2]).any()


def test_joined_chains_are_judged_together_and_drawn_from_one(folder, theta):
    with netCDF4.Dataset(folder / "one_batch.nc") as file:
        file.set_auto_mask(False)
        assert (file.Conventions, file.title, file.profiles) == ("CF-1.11", "t", 4)
        assert list(file["parameter"][:]) == list(MODEL.parameters.names)
        drawn = int(file["drawn_chain"][...])
        assert drawn == named_stream(2020, "one batch", 3).integers(3)
        of_chain = theta[drawn]
        places = np.round(np.linspace(0, 199, 50)).astype(int)
        np.testing.assert_array_equal(file["theta"][:], of_chain[places])
        np.testing.assert_array_equal(file["mean"][:], of_chain.mean(axis=0))
        np.testing.assert_array_equal(file["standard_deviation"][:], of_chain.std(axis=0, ddof=1))
        fit, expected = gev.fit(of_chain), diagnose(theta)
        for name in ("location", "scale", "shape"):
            np.testing.assert_array_equal(file[f"gev_{name}"][:], getattr(fit, name))
        np.testing.assert_array_equal(file["mode"][:], fit.mode)
        for name in ("gelman_rubin", "rhat", "ess_bulk", "ess_tail"):
            np.testing.assert_array_equal(file[name][:], getattr(expected, name))
        assert file["acceptance"][:].shape == (3,)
        for variable in file.variables.values():
            assert variable.long_name


def test_chains_that_stand_still_at_different_values_are_an_error(folder, tmp_path):
    paths = []
    for chain in range(3):
        paths.append(shutil.copy(folder / f"chain_{chain}.nc", tmp_path))
        with netCDF4.Dataset(paths[-1], "a") as file:
            file["theta"][:] = np.repeat(file["theta"][:1], len(file["theta"]), axis=0)
    message = "one batch, chains .* found 3 of 3 that stand still, an infinite R-hat of 25 of 25"
    with pytest.raises(InputError, match=message):
        join_chains(paths, tmp_path / "one_batch.nc", MODEL, OPTIONS, {})
    assert not (tmp_path / "one_batch.nc").exists()


def test_with_litter_input_the_parameters_of_all_profiles_are_recovered():
    """Twelve columns of clm5-20 under one parameter set, seen with an error of 5 %."""
    model, rng = MatrixModel("clm5-20"), np.random.default_rng(4)
    _, forcing = monthly_draws(12, seed=3)
    forcing = replace(forcing, bedrock_layer=np.full(12, 20))
    truth = rng.uniform(0.2, 0.8, 21)
    depth = np.array([0.05, 0.2, 0.5, 1.0, 1.8])
    operator = interpolation_matrix(model.grid.node, depth, "linear")
    exact = model.soc(model.steady_state(truth, forcing)) @ operator.T
    value = exact * (1 + 0.05 * rng.normal(size=exact.shape))
    seen = [Observations(operator, one, 0.05 * one, np.ones(5)) for one in value]
    target = batch_target(model, model.columns(forcing), seen)
    settings = SHORT._replace(test_steps=4000, steps=16000, tempered_stages=10)
    chain = run_chain(target, 21, settings, named_stream(2020, "one batch", 0))
    theta = to_theta(chain.draws[8000:], True)
    low, high = np.quantile(theta, [0.005, 0.995], axis=0)
    assert ((low < truth) & (truth < high)).sum() >= 19
    soc = model.soc(model.steady_state(theta.mean(axis=0), forcing)) @ operator.T
    assert np.sqrt(np.mean((soc / exact - 1) ** 2)) < 0.03
    # One parameter set from the prior would miss by far more.
    blind = model.soc(model.steady_state(np.full(21, 0.5), forcing)) @ operator.T
    assert np.sqrt(np.mean((blind / exact - 1) ** 2)) > 0.3
