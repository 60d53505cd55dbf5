"""What cannot be used is refused, with the argument, the index, the value and what was expected."""

import re
from dataclasses import replace

import numpy as np
import pytest

from model_cases import annual, annual_draws, monthly, monthly_draws
from proda.errors import InputError
from proda.model import MatrixModel
from proda.model.default_runs import default_model, default_parameters

TEN, TWENTY = MatrixModel("clm45-10"), MatrixModel("clm5-20")


def refused(where, expected, found):
    """pytest.raises for an InputError with these three parts."""
    return pytest.raises(
        InputError, match=f"^{re.escape(where)}: expected {re.escape(expected)}.*, found {found}"
    )


def test_unknown_structure():
    with refused("structure", "one of clm45-10, clm5-20", "'clm5'"):
        MatrixModel("clm5")


@pytest.mark.parametrize(
    ("theta", "where", "expected", "found"),
    [
        (np.full(21, 0.5), "theta", "shape (n, 25)", r"shape \(1, 21\)"),
        (np.full((2, 3, 25), 0.5), "theta", "shape (n, 25)", r"shape \(2, 3, 25\)"),
        (0.5, "theta", "shape (n, 25)", r"shape \(1,\)"),
        ("half", "theta", "numbers", "str 'half'"),
        ([[0.5] * 25, [0.5] * 24], "theta", "numbers", "list"),
    ],
)
def test_theta_of_another_shape(theta, where, expected, found):
    with refused(where, expected, found):
        TEN.steady_state(theta, annual())


@pytest.mark.parametrize(
    ("value", "expected", "found"),
    [
        (np.nan, "finite values", "nan"),
        (np.inf, "finite values", "inf"),
        (-0.01, "values in [0, 1]", "-0.01"),
        (1.25, "values in [0, 1]", "1.25"),
        (1.0000001, "values in [0, 1]", "1.0000001"),
        (-5e-324, "values in [0, 1]", "-5e-324"),
    ],
)
def test_theta_outside_the_prior(value, expected, found):
    theta = np.full((4, 21), 0.5)
    theta[2, 7] = value
    with refused("theta[2, 7]", expected, found):
        TWENTY.steady_state(theta, monthly())


def test_several_bad_values_are_counted():
    theta = np.full((4, 21), 0.5)
    theta[1:3] = 2.0
    with refused("theta[1, 0]", "values in [0, 1]", "2 and 41 more"):
        TWENTY.steady_state(theta, monthly())


def test_input_shares_of_one_or_more():
    theta = np.full((3, 25), 0.5)
    theta[1, 21:24] = 0.99
    with refused(
        "theta[1]", "input_to_lignin + input_to_metabolic + input_to_cellulose below 1", "1.436"
    ):
        TEN.steady_state(theta, annual())


@pytest.mark.parametrize(
    ("field", "value", "where", "expected", "found"),
    [
        ("soil_temperature", np.full(10, 12.0), "soil_temperature[0, 0]", "values in [180, 340] K",
         r"12 and 9 more .*273\.15"),
        ("soil_temperature", np.full(20, 280.0), "soil_temperature", "shape (n, 10)",
         r"shape \(1, 20\)"),
        ("soil_temperature", np.full((1, 1, 10), 280.0), "soil_temperature", "shape (n, 10)",
         r"shape \(1, 1, 10\)"),
        ("soil_temperature", [[280.0] * 10, [280.0] * 9], "soil_temperature", "numbers", "list"),
        ("soil_water_potential", [-1.0] * 9 + [0.5], "soil_water_potential[0, 9]",
         "values in [-1000, 0] MPa", r"0\.5 .*never positive"),
        ("soil_water_potential", [-1.0] * 3 + [np.nan] * 7, "soil_water_potential[0, 3]",
         "finite values in MPa", "nan and 6 more"),
        ("active_layer_depth", -0.1, "active_layer_depth[0]", "values in [0, 100] m", "-0.1"),
        ("npp_min", -3.0, "npp_min[0]", "values in [0, 3270] gC m-2 yr-1", "-3"),
        ("npp_max", 6553.5, "npp_max[0]", "values in [0, 3270] gC m-2 yr-1", "6553.5"),
        ("npp_max", 3276.7, "npp_max[0]", "values in [0, 3270] gC m-2 yr-1", "3276.7"),
        ("soil_water_potential", [-9999.0] * 10, "soil_water_potential[0, 0]",
         "values in [-1000, 0] MPa", r"-9999 and 9 more .*in MPa"),
        ("npp_max", 299.0, "npp_max[0]", "at least npp_min = 300", "299"),
        ("npp_max", "much", "npp_max", "numbers", "ndarray"),
        ("npp_max", [700.0, 800.0], "npp_max", "1 columns, as in npp_min", "2 columns"),
        ("npp_max", None, "npp_max[0]", "finite values", "nan"),
        ("sand", np.full(10, 101.0), "sand[0, 0]", "values in [0, 100] %", "101"),
    ],
)  # fmt: skip
def test_annual_forcing(field, value, where, expected, found):
    with refused(where, expected, found):
        replace(annual(), **{field: value})


@pytest.mark.parametrize(
    ("field", "value", "where", "expected", "found"),
    [
        ("soil_temperature", np.full((12, 20), 8.0), "soil_temperature[0, 0, 0]",
         "values in [180, 340] K", r"8 and 239 more .*273\.15"),
        ("soil_temperature", np.full((20, 12), 280.0), "soil_temperature", "shape (n, 12, 20)",
         r"shape \(1, 20, 12\)"),
        ("water_scalar", np.full((12, 20), 1.5), "water_scalar[0, 0, 0]", "values in [0, 1]",
         "1.5"),
        ("bedrock_layer", 7.5, "bedrock_layer[0]", "a whole number of layers", "7.5"),
        ("bedrock_layer", 21, "bedrock_layer[0]", "values in [1, 20]", "21"),
        ("bedrock_layer", 0, "bedrock_layer[0]", "values in [1, 20]", "0"),
        ("litter_input", [1.0, 2.0, 3.0], "litter_input", "shape (n, 4)", r"shape \(1, 3\)"),
        ("litter_input", [1.0, 2.0, -3.0, 4.0], "litter_input[0, 2]", "values in [0, 3270]",
         "-3"),
        ("litter_input", [1.0, 2.0, 3.0, 9999.0], "litter_input[0, 3]", "values in [0, 3270]",
         "9999"),
    ],
)  # fmt: skip
def test_monthly_forcing(field, value, where, expected, found):
    with refused(where, expected, found):
        replace(monthly(), **{field: value})


@pytest.mark.parametrize(
    ("model", "theta", "forcing", "expected", "found"),
    [
        (TEN, 25, monthly(), "AnnualForcing for structure clm45-10", "MonthlyForcing"),
        (TWENTY, 21, annual(), "MonthlyForcing for structure clm5-20", "AnnualForcing"),
        (TWENTY, 21, None, "MonthlyForcing for structure clm5-20", "NoneType"),
        (TEN, 25, {"npp_min": 1.0}, "AnnualForcing for structure clm45-10", "dict"),
    ],
)
def test_forcing_of_another_structure(model, theta, forcing, expected, found):
    with refused("forcing", expected, found):
        model.steady_state(np.full(theta, 0.5), forcing)


def test_columns_that_do_not_fit_theta():
    _, forcing = annual_draws(3)
    with refused("forcing", "1 or 2 columns, as theta has", "3"):
        TEN.steady_state(np.full((2, 25), 0.4), forcing)


def test_one_column_serves_all_of_theta_and_one_theta_all_columns():
    theta, forcing = monthly_draws(3)
    one = TWENTY.steady_state(theta, forcing.take([1]))
    np.testing.assert_array_equal(one[2], TWENTY.steady_state(theta[2], forcing.take([1]))[0])
    all_columns = TWENTY.steady_state(theta[0], forcing)
    np.testing.assert_array_equal(
        all_columns[2], TWENTY.steady_state(theta[0], forcing.take([2]))[0]
    )


def test_what_a_run_needs_and_the_forcing_does_not_have():
    values = TEN.physical(np.full(25, 0.5))
    with refused("forcing.sand", "values, for CLM's texture-dependent transfers", "none"):
        default_model("clm45-10", "clm5").steady_state_of(values, annual())
    with refused("forcing.litter_input_by_layer", "values, for CLM's own vertical", "none"):
        MatrixModel("clm5-20", input_by_layer=True).steady_state(np.full(21, 0.5), monthly())
    with refused("forcing.npp_mean", "mean annual NPP", "none"):
        default_parameters("clm45-10", annual(), "clm5")
    with refused("forcing.sand", "sand content in %", "none"):
        default_parameters("clm45-10", annual(npp_mean=500.0), "clm4.5")


def test_unknown_default_version():
    with refused("version", "one of clm5, clm4.5", "'clm6'"):
        default_model("clm5-20", "clm6")
    with refused("version", "one of clm5, clm4.5", "'clm6'"):
        default_parameters("clm5-20", monthly(), "clm6")


@pytest.mark.parametrize(
    ("slot", "value", "where", "expected", "found"),
    [
        (0, -1e-4, "bioturbation_diffusivity[1]", "values in [0, inf]", "-0.0001"),
        (2, 0.0, "q10[1]", "values in ]0, inf]", "0"),
        (9, -5.0, "passive_soc_turnover_time[1]", "values in [0, inf]", "-5"),
        (10, -0.1, "metabolic_to_fast[1]", "values in [0, inf]", "-0.1"),
        (20, 1.0, "input_beta[1]", "values in [0, 0.999999999]", "1"),
        (24, 0.01, "saturated_water_potential[1]", "values in [-inf, 0]", "0.01"),
        (17, 1.1, "physical[1]", "passive_to_fast at most 1", "1.1"),
        (15, 0.99, "physical[1]", "slow_to_fast + slow_to_passive at most 1", "1.04"),
        (13, 0.99, "physical[1]", "fast_to_slow + fast_to_passive at most 1", "1.005"),
        (18, 1.2, "physical[1]", "cwd_to_cellulose at most 1", "1.2"),
        (22, 1.0, "physical[1]", "input_to_lignin + input_to_metabolic", "1.38"),
        (3, np.nan, "physical[1, 3]", "finite values", "nan"),
    ],
)
def test_physical_values_without_meaning(slot, value, where, expected, found):
    values = TEN.physical(np.full((2, 25), 0.5))
    values[1, slot] = value
    with refused(where, expected, found):
        TEN.steady_state_of(values, annual())


def test_physical_values_outside_the_prior_are_served():
    values = TEN.physical(np.full(25, 0.5))
    values[:, 3] = 10.0
    assert (TEN.steady_state_of(values, annual()) > 0).all()


def test_pools_and_soc_of_another_shape():
    with refused("pools", "shape (..., 7, 10)", r"shape \(70,\)"):
        TEN.soc(np.ones(70))
    with refused("soc", "shape (..., 20)", r"shape \(3, 10\)"):
        TWENTY.stock(np.ones((3, 10)), 0.0, 1.0)
