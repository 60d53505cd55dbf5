"""Infeasible predictions are drawn back by the least factor, and others are left alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from learning_cases import MODEL
from proda.errors import InputError
from proda.model.matrix_model import MatrixModel
from proda.parameters.feasible import GREATEST_SUM, draw_back
from site_cases import SHARES

N = len(MODEL.parameters)
CENTRE = np.full(N, 0.4)


def total(theta):
    return MODEL.parameters.to_physical(theta)[..., SHARES].sum(axis=-1)


def test_known_factor():
    theta = np.full((2, N), 0.4)
    theta[1, SHARES] = 1.0  # 0.25 + 0.7 + 0.5 = 1.45; the centre has 0.1 + 0.31 + 0.206 = 0.616
    sets, moved = draw_back(theta, CENTRE, MODEL)
    assert list(moved) == [False, True]
    assert np.array_equal(sets[0], theta[0])
    factor = (GREATEST_SUM - 0.616) / (1.45 - 0.616)
    assert sets[1, SHARES] == pytest.approx(0.4 + factor * 0.6)
    assert total(sets[1]) == pytest.approx(1.0, abs=2e-6)


@given(arrays(float, (4, N), elements=st.floats(0, 1)))
def test_result_is_feasible_and_on_the_line_to_the_centre(theta):
    sets, moved = draw_back(theta, CENTRE, MODEL)
    MODEL.physical(sets.astype(np.float32))
    assert np.array_equal(moved, total(theta) > GREATEST_SUM)
    assert np.array_equal(sets[~moved], theta[~moved])
    away = np.abs(theta - CENTRE) > 1e-3
    factor = np.where(away, (sets - CENTRE) / np.where(away, theta - CENTRE, 1), np.nan)
    for row in np.flatnonzero(moved):
        assert np.ptp(factor[row][away[row]]) < 1e-9
        assert 0 < factor[row][away[row]].max() < 1


def test_nothing_to_draw_back_where_input_is_given():
    model = MatrixModel("clm5-20")
    theta = np.ones((1, len(model.parameters)))
    sets, moved = draw_back(theta, np.full(theta.shape[1], 0.5), model)
    assert np.array_equal(sets, theta) and not moved.any()


def test_no_places():
    sets, moved = draw_back(np.empty((0, N)), CENTRE, MODEL)
    assert sets.shape == (0, N) and moved.shape == (0,)


def test_outside_the_prior():
    with pytest.raises(InputError, match=r"theta\[0, 3\]"):
        draw_back(np.where(np.arange(N) == 3, 1.5, 0.4)[None], CENTRE, MODEL)
