"""One-batch runs: chains as jobs of their own, joined and judged."""

from dataclasses import replace

import netCDF4
import numpy as np
import pytest

from model_cases import monthly_draws
from posterior_cases import OPTIONS, SHORT, TRAJECTORIES, write_inputs
from proda.data.forcing import load_site_forcing
from proda.errors import InputError
from proda.inference import gev, one_batch
from proda.inference.convergence import diagnose
from proda.inference.metropolis import run_chain
from proda.inference.observations import Observations, interpolation_matrix
from proda.inference.observations_file import open_observations
from proda.inference.one_batch import chains_below, run_one_batch
from proda.inference.targets import batch_target, to_theta
from proda.model import MatrixModel
from proda.streams import named_stream
from site_cases import MODEL


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("one_batch")
    inputs = write_inputs(folder, 4)
    run_one_batch(MODEL, *inputs, folder / "one_batch.nc", OPTIONS, {"seed": 2020})
    return folder


def read(path):
    """All numbers of a file, bit by bit."""
    with netCDF4.Dataset(path) as file:
        file.set_auto_mask(False)
        return {
            name: variable[:].tobytes()
            for name, variable in file.variables.items()
            if variable.dtype is not str
        }


def chains(folder):
    """The chains of the random walk, run again."""
    with open_observations(folder / "observations.nc") as reader:
        seen = [reader.observations(i) for i in range(4)]
    _, forcing = load_site_forcing(folder / "forcing.nc")
    target = batch_target(MODEL, MODEL.columns(forcing), seen)
    d = len(MODEL.parameters)
    streams = [named_stream(2020, "one batch", chain) for chain in range(3)]
    return [run_chain(target, d, OPTIONS.sampler, stream) for stream in streams]


def test_a_random_walk_is_judged_with_all_chains_and_drawn_from_one(folder):
    found = chains(folder)
    theta = to_theta(np.stack([chain.draws for chain in found])[:, 200:], True)
    assert not (theta[0] == theta[1]).any() and not (theta[1] == theta[2]).any()
    with netCDF4.Dataset(folder / "one_batch.nc") as file:
        file.set_auto_mask(False)
        assert (file.Conventions, file.seed, file.profiles) == ("CF-1.11", 2020, 4)
        assert file.forcing_cells == 4
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
        np.testing.assert_array_equal(file["acceptance"][:], [c.acceptance for c in found])
        assert file.certified == 0 and "R-hat" in file.certificate
        for variable in file.variables.values():
            assert variable.long_name


@pytest.mark.parametrize("options", [OPTIONS, TRAJECTORIES], ids=["walk", "trajectories"])
def test_a_run_again_is_the_same_and_another_seed_is_not(folder, tmp_path, options):
    inputs = folder / "observations.nc", folder / "forcing.nc"
    for name, seed in (("first", 2020), ("again", 2020), ("other", 1)):
        changed = replace(options, seed=seed)
        run_one_batch(MODEL, *inputs, tmp_path / f"{name}.nc", changed, {})
    first, again, other = (read(tmp_path / f"{name}.nc") for name in ("first", "again", "other"))
    assert first == again and first["theta"] != other["theta"]


def test_trajectories_are_pooled_and_their_relative_error_is_kept(folder, tmp_path):
    inputs = folder / "observations.nc", folder / "forcing.nc"
    run_one_batch(MODEL, *inputs, tmp_path / "out.nc", TRAJECTORIES, {})
    with netCDF4.Dataset(tmp_path / "out.nc") as file:
        assert "drawn_chain" not in file.variables
        assert file.draws_per_chain == 40 and file.dimensions["chain"].size == 4
        assert file["relative_error"].error_model == "lognormal"
        error = np.asarray(file["relative_error"][:])
        assert error.shape == (50,) and ((error > 0.05) & (error < 3.0)).all()
        theta = np.asarray(file["theta"][:])
        assert len(np.unique(theta[:, 0])) > 20
        # Four profiles drawn from different parameters do not agree to 5 %.
        assert error.min() > 0.1


def test_a_posterior_that_must_be_certified(folder, tmp_path):
    inputs = folder / "observations.nc", folder / "forcing.nc"
    with pytest.raises(InputError, match="one batch: expected a certified posterior"):
        run_one_batch(MODEL, *inputs, tmp_path / "out.nc", TRAJECTORIES, {}, True)
    assert not (tmp_path / "out.nc").exists()


def test_walks_that_stand_still_at_different_values_are_an_error(folder, tmp_path, monkeypatch):
    def nailed(*arguments):
        chain = run_chain(*arguments)
        return chain._replace(draws=chain.draws * 0 + chain.draws[0])

    monkeypatch.setattr(one_batch, "run_chain", nailed)
    inputs = folder / "observations.nc", folder / "forcing.nc"
    message = "one batch, chains .* found 3 of 3 that stand still, an infinite R-hat of 25 of 25"
    with pytest.raises(InputError, match=message):
        run_one_batch(MODEL, *inputs, tmp_path / "one_batch.nc", OPTIONS, {})
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


def test_chains_without_certificate_start_anew_with_a_mixture_of_all_draws(
    folder, tmp_path, caplog
):
    inputs = folder / "observations.nc", folder / "forcing.nc"
    mixed = replace(TRAJECTORIES, sampler=TRAJECTORIES.sampler._replace(components=2, jumps=2))
    with caplog.at_level("INFO"):
        run_one_batch(MODEL, *inputs, tmp_path / "out.nc", mixed, {})
    assert "the chains start anew" in caplog.text
    with netCDF4.Dataset(tmp_path / "out.nc") as file:
        assert file.draws_per_chain == 40 and file.rounds == 2  # those before are warm-up


def test_the_chain_in_a_lower_mode_is_named():
    rng = np.random.default_rng(1)
    log_density = rng.normal(-100.0, 2.0, (4, 500))
    assert chains_below(log_density) == ""
    log_density[2] -= 5.0
    best = int(log_density.mean(axis=1).argmax())
    below = log_density[best].mean() - log_density[2].mean()
    expected = f"chain 2 lies {below:.1f} below chain {best} in mean log density"
    assert chains_below(log_density) == expected
