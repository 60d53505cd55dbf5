"""Amount, allocation and depth distribution of the carbon input."""

import numpy as np
import pytest

from model_cases import DRAWS, STRUCTURES, annual, monthly
from proda.model import MatrixModel
from proda.model.layout import SOURCE

TEN, TWENTY = MatrixModel("clm45-10"), MatrixModel("clm5-20")


def source(model, theta, forcing):
    """(4, layers) gC m-2 yr-1."""
    _, w = model.coefficients(theta, forcing)
    return 365 * w[SOURCE : SOURCE + 4]


def test_amount_and_allocation_of_npp():
    """Lignin, metabolic and cellulose litter 0.125, 0.375, 0.255; the rest is woody debris."""
    theta = np.full(25, 0.5)
    theta[19] = 0.25
    total = source(TEN, theta, annual(npp=(300.0, 700.0))).sum(axis=1)
    np.testing.assert_allclose(total, 400 * np.array([0.245, 0.375, 0.255, 0.125]), rtol=1e-13)


def test_litter_input_of_clm_is_kept_by_pool():
    total = source(TWENTY, np.full(21, 0.5), monthly()).sum(axis=1)
    np.testing.assert_allclose(total, [60.0, 120.0, 180.0, 96.0], rtol=1e-13)


@pytest.mark.parametrize("theta_beta", [0.0, 0.3, 0.9, 1.0])
def test_depth_distribution_is_jacksons(theta_beta):
    beta = 0.5 + theta_beta * 0.4999
    for model, position, forcing in ((TEN, 20, annual()), (TWENTY, 20, monthly())):
        theta = np.full(len(model.parameters), 0.5)
        theta[position] = theta_beta
        depth = np.append(0.0, model.grid.interface)
        if model is TEN:
            depth[-1] = 3.8
        fraction = -np.diff(beta ** (100 * depth))
        found = source(model, theta, forcing)
        expected = np.outer(found.sum(axis=1), fraction / fraction.sum())
        np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_nothing_gets_lost_on_the_way_down(structure):
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](100, seed=9)
    for i in range(100):
        total = source(model, theta[i], forcing.take([i])).sum()
        if structure == "clm45-10":
            low, high = forcing.npp_min[i], forcing.npp_max[i]
            expected = low + theta[i, 19] * (high - low)
        else:
            expected = forcing.litter_input[i].sum()
        assert total == pytest.approx(expected, rel=1e-13)


def test_frozen_soil_takes_its_input_on_top():
    assert (source(TEN, np.full(25, 0.5), annual(0.0))[:, 1:] == 0).all()
    assert (source(TEN, np.full(25, 0.5), annual(0.001))[:, 1] > 0).all()
    theta = np.full(21, 0.5)
    # One month of the year before that did not thaw is enough.
    frozen = monthly(active_layer_depth_last_year=[1.0] * 11 + [0.0])
    assert (source(TWENTY, theta, frozen)[:, 1:] == 0).all()
    assert (source(TWENTY, theta, monthly(0.001))[:, 1] > 0).all()
