"""Scalars that a forcing may bring along: CLM's temperature scalar, nitrogen per litter pool."""

import numpy as np
import pytest

from model_cases import annual, annual_draws, monthly, monthly_draws, respiration_per_input
from proda.errors import InputError
from proda.model import AnnualForcing, MatrixModel, MonthlyForcing
from proda.model.layout import LITTER_SCALAR, SOIL_SCALAR

TEN, TWENTY = MatrixModel("clm45-10"), MatrixModel("clm5-20")
HALF = {"clm45-10": np.full(25, 0.5), "clm5-20": np.full(21, 0.5)}
RNG = np.random.default_rng(70)


def scalars(model, forcing):
    return model.coefficients(HALF[model.structure.name], forcing)[1]


def test_temperature_scalar_takes_the_place_of_q10():
    """xi = mean over months of T W O, times exp(-z / 0.5 m)."""
    temperature, water, oxygen = RNG.random((3, 12, 20))
    forcing = monthly(temperature_scalar=temperature, water=water, oxygen=oxygen)
    expected = (temperature * np.minimum(1, 2.5 * water) * oxygen).mean(axis=0)
    found = scalars(TWENTY, forcing)[SOIL_SCALAR]
    np.testing.assert_allclose(found, expected * np.exp(-TWENTY.grid.node / 0.5), rtol=1e-13)
    given = annual(potential=0.0, temperature_scalar=np.linspace(0.9, 0.1, 10))
    expected = np.linspace(0.9, 0.1, 10) * np.exp(-TEN.grid.node / 0.5)
    np.testing.assert_allclose(scalars(TEN, given)[SOIL_SCALAR], expected, rtol=1e-13)


@pytest.mark.parametrize("structure", HALF)
def test_temperature_scalar_is_that_of_q10_where_it_is_computed_so(structure):
    """2.1 ** ((T - 298.15) / 10), with and without normalisation."""
    normalisation = MatrixModel(structure, century_normalisation=True)
    temperature = np.linspace(270, 290, 10 if structure == "clm45-10" else 20)
    if structure == "clm5-20":
        temperature = np.tile(temperature, (12, 1)) + np.arange(12)[:, None]
    scalar = 2.1 ** ((temperature - 298.15) / 10)
    make = annual if structure == "clm45-10" else monthly
    plain = MatrixModel(structure).steady_state(HALF[structure], make(temperature=temperature))
    for model in (MatrixModel(structure), normalisation):
        given = model.steady_state(HALF[structure], make(temperature_scalar=scalar))
        np.testing.assert_allclose(given, plain, rtol=1e-12)


def test_temperature_may_be_missing_then():
    for make, draws in ((AnnualForcing, annual_draws), (MonthlyForcing, monthly_draws)):
        fields = {name: value for name, value in vars(draws(3)[1]).items() if value is not None}
        shape = fields.pop("soil_temperature").shape
        assert len(make(**fields, temperature_scalar=np.full(shape, 0.5)).take([0, 2])) == 2
        with pytest.raises(InputError, match=r"forcing\.soil_temperature: expected soil_temp.* or"):
            make(**fields)


def test_nitrogen_acts_on_each_litter_pool_by_itself():
    by_pool = RNG.uniform(0.1, 1.0, (3, 12, 20))
    w = scalars(TWENTY, monthly(nitrogen_scalar_by_pool=by_pool))
    for pool in range(3):
        alone = scalars(TWENTY, monthly(nitrogen=by_pool[pool]))
        np.testing.assert_array_equal(w[LITTER_SCALAR + pool], alone[LITTER_SCALAR])
    np.testing.assert_array_equal(w[SOIL_SCALAR], scalars(TWENTY, monthly())[SOIL_SCALAR])
    ten = annual(nitrogen_scalar_by_pool=by_pool[:, 0, :10])
    w = scalars(TEN, ten)
    np.testing.assert_allclose(
        w[LITTER_SCALAR : LITTER_SCALAR + 3] / w[SOIL_SCALAR], by_pool[:, 0, :10], rtol=1e-14
    )


@pytest.mark.parametrize("alt", [0.0, 1.2, 10.0])
@pytest.mark.parametrize("bedrock", [1, 9, 20])
def test_steady_state_with_a_scalar_per_pool(alt, bedrock):
    """That of the dense matrix; respiration equals input; no pool is another's."""
    by_pool = RNG.uniform(0.1, 1.0, (3, 12, 20))
    forcing = monthly(alt=alt, bedrock=bedrock, nitrogen_scalar_by_pool=by_pool)
    theta = HALF["clm5-20"].copy()
    theta[3] = 1.0
    pools = TWENTY.steady_state(theta, forcing)[0]
    matrix, load = TWENTY.matrix(theta, forcing)
    dense = np.linalg.solve(matrix, -load).reshape(7, 20)
    np.testing.assert_allclose(pools[:, :bedrock], dense[:, :bedrock], rtol=1e-7, atol=1e-12)
    assert abs(respiration_per_input(TWENTY, theta, forcing, pools) - 1) < 1e-12


@pytest.mark.parametrize("structure", HALF)
def test_three_equal_scalars_are_one(structure):
    n = 10 if structure == "clm45-10" else 20
    if structure == "clm45-10":
        one, three = annual(), annual(nitrogen_scalar_by_pool=np.ones((3, n)))
    else:
        nitrogen = RNG.uniform(0.2, 1.0, (12, n))
        one = monthly(nitrogen=nitrogen)
        three = monthly(nitrogen_scalar_by_pool=np.stack([nitrogen] * 3))
    model = MatrixModel(structure)
    found = (model.steady_state(HALF[structure], forcing) for forcing in (one, three))
    np.testing.assert_allclose(*found, rtol=1e-13)


def test_litter_input_is_that_of_its_layers():
    layers = RNG.random((4, 20))
    forcing = monthly(litter_input=None, litter_input_by_layer=layers)
    np.testing.assert_allclose(forcing.litter_input[0], layers @ TWENTY.grid.thickness, rtol=1e-14)
    with pytest.raises(InputError, match=r"forcing\.litter_input: expected litter_input or litt"):
        monthly(litter_input=None)
