"""Random sampling: draws of the posteriors of sites or of their modes, feasible ones only."""

import netCDF4
import numpy as np
import pytest
from scipy.stats import chisquare, kstest

from proda.errors import InputError
from proda.inference.gev import Status as GevStatus
from proda.inference.gev import fit
from proda.inference.summary import EVIDENCE
from proda.model.scaling import write_scaling
from proda.parameters.draws import open_draws
from proda.parameters.random_sampling import (
    draw_posterior_sets,
    draw_sets,
    draws_modes,
    random_sampling,
    read_modes,
)
from site_cases import INPUT_FRACTIONS, MODEL, fraction_sum, random_theta

RNG = np.random.default_rng(11)
MODES = random_theta(RNG, 300)


def write_posteriors(path, modes, status=None, r2=None, draws=None):
    """What the method reads of site_posteriors.nc."""
    n, d = modes.shape
    r2 = np.full(n, 0.5) if r2 is None else r2
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("profile", n), ("parameter", d), ("chain", 2)):
            file.createDimension(name, size)
        for name in ("profile_id", "reason", "failed_quantity"):
            texts = np.array([f"p{i}" for i in range(n)], dtype=object)
            file.createVariable(name, str, ("profile",))[:] = texts
        for name, values in (("status", np.zeros(n)), ("row_size", np.full(n, 3))):
            file.createVariable(name, "i4", ("profile",))[:] = values
        file.createVariable("flags", "u1", ("profile",))[:] = np.where(r2 < 0, 8, 0)
        for name in ("r2", "rmse"):
            file.createVariable(name, "f8", ("profile",))[:] = r2
        for name in EVIDENCE:
            file.createVariable(name, "f8", ("profile",))[:] = 1.0
        file.createVariable("gelman_rubin", "f8", ("profile", "parameter"))[:] = np.ones((n, d))
        file.createVariable("acceptance", "f8", ("profile", "chain"))[:] = np.full((n, 2), 0.3)
        file.createVariable("mode", "f8", ("profile", "parameter"), fill_value=np.nan)[:] = modes
        variable = file.createVariable("gev_status", "i1", ("profile", "parameter"), fill_value=-1)
        variable[:] = np.zeros((n, d)) if status is None else status
        names = np.array(MODEL.parameters.names, dtype=object)
        file.createVariable("parameter", str, ("parameter",))[:] = names
        if draws is not None:
            file.createDimension("draw", draws.shape[1])
            theta = file.createVariable("theta", "f4", ("profile", "draw", "parameter"))
            theta[:] = draws
        write_scaling(file, MODEL)
    return path


def test_marginal_draws_are_modes_of_their_parameter_and_independent():
    theta = draw_sets(MODEL, MODES, 4000, seed=1).theta
    assert theta.shape == (4000, 25)
    assert all(np.isin(theta[:, j], MODES[:, j]).all() for j in range(25))
    assert kstest(theta[:, 3], MODES[:, 3]).pvalue > 0.01
    free = [j for j in range(25) if j not in INPUT_FRACTIONS]
    correlation = np.corrcoef(theta[:, free].T) - np.eye(len(free))
    assert np.abs(correlation).max() < 5 / np.sqrt(4000)


def test_joint_draws_are_sites():
    theta = draw_sets(MODEL, MODES, 500, seed=1, sampling="joint").theta
    site = [np.flatnonzero((row == MODES).all(axis=1)) for row in theta]
    assert all(len(index) == 1 for index in site)
    assert len(np.unique(np.concatenate(site))) > 200


def half_feasible():
    """Modes of which those of even sites have small fractions; odd sites are impossible."""
    modes = MODES[:100].copy()
    modes[::2, INPUT_FRACTIONS], modes[1::2, INPUT_FRACTIONS] = 0.1, 1.0
    return modes


@pytest.mark.parametrize(("sampling", "fraction"), [("joint", 1 / 2), ("marginal", 5 / 8)])
def test_infeasible_sets_are_drawn_again_and_counted(sampling, fraction):
    # Fractions at 0.1 are (0.025, 0.115, 0.059), at 1 (0.25, 0.7, 0.5): three of eight
    # combinations sum to 1 or more: metabolic at 1 together with any of the other two.
    sample = draw_sets(MODEL, half_feasible(), 2000, 5, sampling)
    assert (fraction_sum(sample.theta) < 1).all()
    assert len(sample.theta) == 2000
    assert 2000 / (2000 + sample.infeasible) == pytest.approx(fraction, abs=0.03)


def test_the_count_does_not_depend_on_the_sets_that_were_not_needed():
    """Sets are judged one after the other: the first draws of a longer run have the same count."""
    modes = half_feasible()
    short = draw_sets(MODEL, modes, 1, 5, "joint")
    assert short.infeasible < 20
    assert (short.theta[0][INPUT_FRACTIONS] == 0.1).all()


def test_nothing_feasible_is_rejected():
    modes = MODES.copy()
    modes[:, INPUT_FRACTIONS] = 1.0
    with pytest.raises(InputError, match=r"modes of sites: .*less than 1.*1%.*0 of 10000 sets"):
        draw_sets(MODEL, modes, 100, 1)


def test_the_seed_decides():
    first = draw_sets(MODEL, MODES, 50, seed=1).theta
    np.testing.assert_array_equal(first, draw_sets(MODEL, MODES, 50, seed=1).theta)
    assert not np.array_equal(first, draw_sets(MODEL, MODES, 50, seed=2).theta)


def test_one_site_gives_its_own_modes():
    theta = draw_sets(MODEL, MODES[:1], 7, seed=0).theta
    np.testing.assert_array_equal(theta, np.repeat(MODES[:1], 7, axis=0))


def test_a_missing_mode_costs_the_parameter_or_the_whole_site():
    modes = MODES[:2].copy()
    modes[0, 4] = np.nan
    theta = draw_sets(MODEL, modes, 200, seed=0).theta
    assert (theta[:, 4] == modes[1, 4]).all()
    assert set(theta[:, 5]) == set(modes[:, 5])
    joint = draw_sets(MODEL, modes, 200, seed=0, sampling="joint").theta
    assert (joint == modes[1]).all()
    modes[1, 4] = np.nan
    with pytest.raises(InputError, match=r"cwd_turnover_time: expected at least one site.*none"):
        draw_sets(MODEL, modes, 5, seed=0)
    with pytest.raises(InputError, match=r"a site with the modes of all parameters, found none"):
        draw_sets(MODEL, modes, 5, seed=0, sampling="joint")


def test_unknown_sampling_is_rejected():
    with pytest.raises(InputError, match=r"sampling: expected one of marginal, joint.*'both'"):
        draw_sets(MODEL, MODES, 5, seed=0, sampling="both")


def test_modes_come_from_used_sites_whose_fit_found_a_maximum(tmp_path):
    status = np.zeros((4, 25), dtype=int)
    status[1, 2], status[2, 3] = GevStatus.NOT_CONVERGED, GevStatus.AT_BOUND
    r2 = np.array([0.5, 0.5, 0.5, -0.1])
    path = write_posteriors(tmp_path / "site_posteriors.nc", MODES[:4], status, r2)
    expected = MODES[:3].copy()
    expected[1, 2] = np.nan
    ids = ["p0", "p1", "p2", "p3"]
    np.testing.assert_array_equal(read_modes(path, ids, r2 >= 0), expected)
    message = r"posteriors\.nc, profile 2: expected 'p3', as in the table of profiles, found 'p2'"
    with pytest.raises(InputError, match=message):
        read_modes(path, ["p0", "p1", "p3", "p2"], r2 >= 0)

    target = tmp_path / "random_sampling.nc"
    about = {"seed": "3"}
    sample = random_sampling(MODEL, path, ["negative_r2"], target, 60, 3, "marginal", about)
    assert not np.isin(sample.theta[:, 0], MODES[3, 0]).any()
    with open_draws(target, MODEL) as draws:
        np.testing.assert_array_equal(draws.at_profiles(0, 9)[0], sample.theta)
        found = {name: draws.file.getncattr(name) for name in draws.file.ncattrs()}
    assert (found["sampling"], found["sites"], found["modes_not_found"]) == ("marginal", 3, 1)
    assert found["infeasible_sets_drawn_again"] == sample.infeasible
    assert found["seed"] == "3"


def test_no_used_site_is_rejected(tmp_path):
    path = write_posteriors(tmp_path / "site_posteriors.nc", MODES[:2], r2=np.full(2, -1.0))
    with pytest.raises(InputError, match=r"site_posteriors\.nc: .*at least one profile.*none"):
        random_sampling(MODEL, path, ["negative_r2"], tmp_path / "out.nc", 5, 1)


def test_modes_of_fitted_distributions_become_the_draws():
    """Posteriors with a known mode at each of five sites: the draws are these modes."""
    random = np.random.default_rng(2)
    true = np.array([0.2, 0.25, 0.3, 0.35, 0.4])
    posteriors = [np.clip(random.gumbel(at, 0.02, (3000, 25)), 0, 1) for at in true]
    modes = np.stack([fit(draws).mode for draws in posteriors])
    np.testing.assert_allclose(modes, np.broadcast_to(true[:, None], modes.shape), atol=0.004)
    theta = draw_sets(MODEL, modes, 1000, seed=4).theta
    np.testing.assert_allclose(theta.mean(axis=0), true.mean(), atol=0.01)
    np.testing.assert_allclose(theta.std(axis=0), true.std(), atol=0.006)


class TestPosteriorDraws:
    """Sites with 40 draws each; all sets of a site have its number as their last parameter."""

    DRAWS = random_theta(np.random.default_rng(3), 8 * 40).reshape(8, 40, 25).astype(np.float32)
    DRAWS[..., -1] = np.arange(8)[:, None] / 8

    def write(self, folder, **changes):
        return write_posteriors(
            folder / "site_posteriors.nc", MODES[:8], draws=self.DRAWS, **changes
        )

    def test_whole_draws_of_used_sites_with_equal_weight(self, tmp_path):
        used = np.arange(8) != 5
        theta = draw_posterior_sets(MODEL, self.write(tmp_path), used, 7000, seed=1).theta
        known = {tuple(row) for row in self.DRAWS[used].reshape(-1, 25).astype(np.float64)}
        assert {tuple(row) for row in theta} == known
        counts = np.bincount((theta[:, -1] * 8).round().astype(int), minlength=8)
        assert counts[5] == 0
        assert chisquare(counts[used]).pvalue > 0.01

    def test_the_seed_decides_and_more_draws_are_other_draws(self, tmp_path):
        path, used = self.write(tmp_path), np.ones(8, dtype=bool)
        first = draw_posterior_sets(MODEL, path, used, 50, seed=1).theta
        np.testing.assert_array_equal(first, draw_posterior_sets(MODEL, path, used, 50, 1).theta)
        assert not np.array_equal(first, draw_posterior_sets(MODEL, path, used, 50, 2).theta)

    def test_infeasible_draws_are_drawn_again(self, tmp_path):
        draws = self.DRAWS.copy()
        draws[::2, :, INPUT_FRACTIONS] = 1.0
        path = write_posteriors(tmp_path / "posteriors.nc", MODES[:8], draws=draws)
        sample = draw_posterior_sets(MODEL, path, np.ones(8, dtype=bool), 500, seed=1)
        assert (fraction_sum(sample.theta) < 1).all()
        assert 500 / (500 + sample.infeasible) == pytest.approx(0.5, abs=0.05)
        draws[:, :, INPUT_FRACTIONS] = 1.0
        path = write_posteriors(tmp_path / "none.nc", MODES[:8], draws=draws)
        with pytest.raises(InputError, match=r"none\.nc, theta: .*less than 1.*0 of 1000 sets"):
            draw_posterior_sets(MODEL, path, np.ones(8, dtype=bool), 10, seed=1)

    def test_the_file_states_the_sampling(self, tmp_path):
        path = self.write(tmp_path, r2=np.where(np.arange(8) == 5, -0.1, 0.5))
        targets = {name: tmp_path / f"{name}.nc" for name in ("posterior", "joint")}
        for name, target in targets.items():
            random_sampling(MODEL, path, ["negative_r2"], target, 30, 3, name)
        with open_draws(targets["posterior"], MODEL) as draws:
            theta, found = draws.at_profiles()[0], draws.file
            assert (found.sampling, found.sites) == ("posterior", 7)
            assert "modes_not_found" not in found.ncattrs()
        assert np.isin(theta[:, 0], self.DRAWS[..., 0]).all()
        assert not draws_modes(targets["posterior"]) and draws_modes(targets["joint"])
