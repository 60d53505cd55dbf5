"""What the learners are trained on, of the posteriors of the sites."""

import logging
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from learning_cases import KINDS, MODEL, world, write_files
from proda.errors import InputError
from proda.inference.gev import Status as GevStatus
from proda.learning import inputs
from proda.learning.data import read_learning_data
from proda.learning.inputs import read_learner_inputs
from proda.learning.learners import learner_options
from proda.model.slots import INPUT_FRACTION_NAMES
from projection_cases import forcing_of, write_site_inputs

DATA = world(n=40)[0]
USED = ~np.isnan(DATA.targets).any(axis=1)
D = DATA.targets.shape[1]


def read(folder, target, **posterior):
    paths = write_files(folder, DATA, posterior=posterior)
    return read_learning_data(KINDS, *paths, MODEL, target).targets


def test_means(tmp_path):
    paths = write_files(tmp_path, DATA)
    targets = read_learning_data(KINDS, *paths, MODEL).targets
    np.testing.assert_array_equal(targets, DATA.targets)


def test_a_mode_that_was_not_found_is_replaced_by_the_mean_and_counted(tmp_path, caplog):
    axes = ("profile", "parameter")
    modes = np.where(USED[:, None], 0.25, np.nan) * np.ones(D)
    status = np.full((40, D), GevStatus.AT_BOUND)
    status[2, 4] = GevStatus.NOT_CONVERGED
    modes[2, 4] = 0.9  # not a mode, whatever it is
    status[~USED] = -1
    with caplog.at_level(logging.WARNING):
        found = read(tmp_path, "mode", mode=(axes, "f8", modes), gev_status=(axes, "i1", status))
    expected = modes.copy()
    expected[2, 4] = DATA.targets[2, 4]
    np.testing.assert_array_equal(found, expected)
    assert "1 modes were not found" in caplog.text


def test_the_means_of_transformed_draws_are_those_of_the_file(tmp_path):
    means = np.where(USED[:, None], np.linspace(0.1, 0.9, D), np.nan)
    given = {"transformed_mean": (("profile", "parameter"), "f8", means)}
    np.testing.assert_array_equal(read(tmp_path, "transformed_mean", **given), means)


def soc_stock(theta, columns):
    """Stock to 1 m, kg m-2."""
    soc = MODEL.soc(MODEL.steady_state_in(MODEL.physical(theta), columns))
    return MODEL.stock(soc, 0.0, 1.0) / 1000.0


@pytest.fixture
def between(tmp_path, monkeypatch):
    """Targets mean_soc, transformed mean, mean, the wanted stocks and the prepared forcing.

    Wide posteriors, whose stocks lie between those of both means; the first one's is below, the
    second one's above both.
    """
    rng = np.random.default_rng(5)
    forcing = forcing_of(rng, 40)
    write_site_inputs(tmp_path, DATA.profile_id, forcing, rng)
    columns = MODEL.columns(forcing)
    x = rng.normal(size=(40, 1, D)) * 0.5 + rng.normal(size=(40, 60, D))
    x[..., [MODEL.parameters.index(name) for name in INPUT_FRACTION_NAMES]] -= 1.0
    draws = ndtr(x)
    low, high = ndtr(ndtri(draws).mean(axis=1)), draws.mean(axis=1)
    ends = np.stack([soc_stock(low, columns), soc_stock(high, columns)])
    wanted = ends[0] + rng.uniform(0.1, 0.9, 40) * (ends[1] - ends[0])
    wanted[0], wanted[1] = 0.5 * ends[:, 0].min(), 2.0 * ends[:, 1].max()
    stocks = np.full((40, 3), 1e9)
    stocks[:, 1] = wanted
    for array in (high, stocks):
        array[~USED] = np.nan
    fitted = np.where(USED[:, None], low, np.nan)
    paths = write_files(
        tmp_path,
        replace(DATA, targets=high),
        posterior={
            "transformed_mean": (("profile", "parameter"), "f8", fitted),
            "stock_mean": (("profile", "stock"), "f8", stocks),
        },
    )
    choices = KINDS, *paths, MODEL, "mean_soc", tmp_path / "site_forcing.nc"
    found = read_learning_data(*choices)
    with monkeypatch.context() as patched:
        patched.setattr("proda.parameters.site_sets.COLUMNS", 7)
        np.testing.assert_array_equal(read_learning_data(*choices).targets, found.targets)
    return found.targets, low, high, wanted, columns


def test_a_set_between_both_means_has_the_mean_stock_of_the_draws(between):
    targets, low, high, wanted, columns = between
    np.testing.assert_array_equal(np.isnan(targets).all(axis=1), ~USED)
    rising = USED & (soc_stock(low, columns) < wanted)
    rising[USED] &= wanted[USED] < soc_stock(high[USED], columns[USED])
    assert rising.sum() > 10
    found = soc_stock(targets[rising], columns[rising])
    np.testing.assert_allclose(found, wanted[rising], rtol=1e-6)
    first, last, x = (ndtri(theta[rising]) for theta in (low, high, targets))
    share = (x - first) / (last - first)
    assert (share.max(axis=1) - share.min(axis=1) < 1e-4).all()


def test_a_stock_beyond_both_means_takes_the_nearer_one(between):
    targets, low, high, *_ = between
    assert USED[:2].all()
    np.testing.assert_allclose(targets[0], low[0], rtol=1e-6)
    np.testing.assert_allclose(targets[1], high[1], rtol=1e-6)


def test_the_target_of_the_mean_stock_needs_forcing(tmp_path):
    posterior = {
        "transformed_mean": (("profile", "parameter"), "f8", DATA.targets),
        "stock_mean": (("profile", "stock"), "f8", np.ones((40, 3))),
    }
    with pytest.raises(InputError, match="target mean_soc: expected forcing of the profiles"):
        read(tmp_path, "mean_soc", **posterior)


@pytest.mark.parametrize(
    ("learner", "settings", "learned"),
    [
        ("neural_network", {}, "mean"),
        ("random_forest", {"target": "run"}, "mean"),
        ("random_forest", {"target": "transformed_mean"}, "transformed_mean"),
    ],
)
def test_a_learner_s_own_target_comes_first(tmp_path, monkeypatch, learner, settings, learned):
    posterior = {"transformed_mean": (("profile", "parameter"), "f8", 0.5 * DATA.targets)}
    paths = write_files(tmp_path, DATA, posterior=posterior)
    names = ("sites", "grid", "cells", "posteriors")
    files = dict(zip(names, paths, strict=True)) | {"table": "", "forcing": ""}
    monkeypatch.setattr(inputs, "covariate_kinds", lambda table, names: KINDS)
    data, options = read_learner_inputs(learner, files, MODEL, None, "mean", settings, "lognormal")
    assert (learned == "mean") == np.array_equal(data.targets, DATA.targets, equal_nan=True)
    assert options == learner_options(learner, **settings)


def test_an_unknown_target_and_a_file_without_it(tmp_path):
    with pytest.raises(InputError, match=r"learning\.target: expected one of mean, mode, .*median"):
        read(tmp_path, "median")
    with pytest.raises(InputError, match=r"site_posteriors\.nc: expected .*transformed_mean"):
        read(tmp_path, "transformed_mean")
