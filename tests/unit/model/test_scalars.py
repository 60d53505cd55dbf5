"""Environmental scalars and turnover rates against their formulas, factor by factor."""

import numpy as np
import pytest

from model_cases import annual, monthly
from proda.model import MatrixModel
from proda.model.layout import LITTER_SCALAR, RATE, SOIL_SCALAR, TO_PASSIVE, TO_SLOW

TEN, TWENTY = MatrixModel("clm45-10"), MatrixModel("clm5-20")


def test_ten_layers_by_hand():
    """Q10 of 2.1, e-folding depth of 0.5 m, saturation at -0.0075 MPa."""
    temperature = np.linspace(285, 270, 10)
    potential = -np.logspace(-3, 1, 10)
    forcing = annual().take([0])
    forcing = type(forcing)(
        npp_min=1.0, npp_max=1.0, active_layer_depth=1.0,
        soil_temperature=temperature, soil_water_potential=potential,
    )  # fmt: skip
    _, w = TEN.coefficients(np.full(25, 0.5), forcing)
    water = np.clip(np.log(-25 / potential) / np.log(25 / 0.0075), 0.25, 1.0)
    expected = 2.1 ** ((temperature - 298.15) / 10) * water * np.exp(-TEN.grid.node / 0.5)
    np.testing.assert_allclose(w[SOIL_SCALAR], expected, rtol=1e-13)
    np.testing.assert_array_equal(w[LITTER_SCALAR], w[SOIL_SCALAR])


def test_twenty_layers_by_hand():
    """Product within a month, then mean over months; nitrogen limits litter only."""
    rng = np.random.default_rng(0)
    temperature = rng.uniform(270, 300, (12, 20))
    water, oxygen, nitrogen = rng.random((3, 12, 20))
    forcing = monthly(temperature=temperature, water=water, oxygen=oxygen, nitrogen=nitrogen)
    theta = np.full(21, 0.5)
    _, w = TWENTY.coefficients(theta, forcing)
    month = 2.1 ** ((temperature - 298.15) / 10) * np.minimum(1, 2.5 * water) * oxygen
    depth = np.exp(-TWENTY.grid.node / 0.5)
    np.testing.assert_allclose(w[SOIL_SCALAR], month.mean(axis=0) * depth, rtol=1e-13)
    np.testing.assert_allclose(
        w[LITTER_SCALAR], (month * nitrogen).mean(axis=0) * depth, rtol=1e-13
    )
    assert (2.5 * water > 1).any()


@pytest.mark.parametrize(
    ("model", "forcing", "turnover"),
    [
        (TEN, annual(), [5.5, 0.1, 0.6, 0.6, 0.5, 25.5, 1100.0]),
        (TWENTY, monthly(), [3.5, 0.055, 0.2, 0.2, 0.5, 25.5, 600.0]),
    ],
    ids=["clm45-10", "clm5-20"],
)
def test_rates_are_inverse_turnover_times_per_day(model, forcing, turnover):
    _, w = model.coefficients(np.full(len(model.parameters), 0.5), forcing)
    np.testing.assert_allclose(w[RATE, :7], 1 / (365 * np.array(turnover)), rtol=1e-14)
    np.testing.assert_allclose(w[TO_SLOW], 0.2, rtol=1e-14)
    passive = {10: 0.015, 20: 0.025}[model.grid.n_layers]
    np.testing.assert_allclose(w[TO_PASSIVE], passive, rtol=1e-14)


def test_reference_temperature_has_a_scalar_of_one():
    theta = np.full(25, 0.5)
    for q10 in (0.0, 0.3, 1.0):
        theta[2] = q10
        _, w = TEN.coefficients(theta, annual(temperature=298.15, potential=-0.001))
        np.testing.assert_allclose(w[SOIL_SCALAR], np.exp(-TEN.grid.node / 0.5), rtol=1e-14)


def test_saturated_soil_is_not_limited_whatever_the_sign_of_zero():
    theta = np.full(25, 0.5)
    for saturated in (0.0, 0.5, 1.0):
        theta[24] = saturated
        _, plus = TEN.coefficients(theta, annual(potential=0.0, temperature=298.15))
        _, minus = TEN.coefficients(theta, annual(potential=-0.0, temperature=298.15))
        np.testing.assert_allclose(plus[SOIL_SCALAR], np.exp(-TEN.grid.node / 0.5), rtol=1e-14)
        np.testing.assert_array_equal(plus[SOIL_SCALAR], minus[SOIL_SCALAR])
