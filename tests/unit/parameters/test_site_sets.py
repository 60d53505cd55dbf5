"""What the learners are trained on, of the posteriors of the sites."""

import logging

import numpy as np
import pytest
from scipy.special import ndtr

from learning_cases import KINDS, MODEL, world, write_files
from proda.errors import InputError
from proda.inference.gev import Status as GevStatus
from proda.learning.data import read_learning_data

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


def test_the_mean_of_transformed_draws_is_transformed_back(tmp_path):
    """Draws Phi(c + x), x symmetric: Phi(c), which is not their mean; bounds stay finite."""
    c = np.linspace(-1.5, 1.5, D)
    x = np.array([-2.0, -0.7, 0.0, 0.7, 2.0])
    draws = np.broadcast_to(ndtr(c + x[:, None]), (40, len(x), D)).copy()
    draws[1] = 1.0
    draws[2, :, 0], draws[2, 2, 0] = np.array([0.0, 1.0, 0.0, 1.0, 0.0]), 0.5
    draws[~USED] = np.nan
    found = read(
        tmp_path, "transformed_mean", theta=(("profile", "draw", "parameter"), "f4", draws)
    )
    np.testing.assert_allclose(found[0], ndtr(c), atol=1e-6)
    assert np.abs(found[0] - draws[0].mean(axis=0)).max() > 0.03
    assert (found[1] < 1.0).all() and (found[1] > 0.9999).all()
    assert found[2, 0] == pytest.approx(0.5, abs=1e-12)
    np.testing.assert_array_equal(np.isnan(found).all(axis=1), ~USED)


def test_an_unknown_target_and_a_file_without_it(tmp_path):
    with pytest.raises(InputError, match=r"learning\.target: expected one of mean, mode, .*median"):
        read(tmp_path, "median")
    with pytest.raises(InputError, match=r"site_posteriors\.nc: expected .*theta"):
        read(tmp_path, "transformed_mean")
