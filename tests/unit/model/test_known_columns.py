"""Columns with published or independently computed results, small enough to read."""

import numpy as np
import pytest

import oracle
from model_cases import annual, monthly
from proda.model import AnnualForcing, MatrixModel
from proda.model.default_runs import default_model, default_parameters

PERMAFROST_THETA = """
0.0390086024999619 0.495852589607239 0.156862199306488 0.708438277244568 0.496389031410217
0.490545690059662 0.467732012271881 0.595383465290070 0.201273083686829 0.164519175887108
0.489019215106964 0.478766977787018 0.483924388885498 0.427478283643723 0.0530362874269486
0.461646556854248 0.0280526746064425 0.490527480840683 0.486660271883011 0.500131487846375
0.294538438320160 0.466051816940308 0.441801667213440 0.442415505647659 0.454672306776047
"""
PERMAFROST = AnnualForcing(
    npp_min=55.9,
    npp_max=151.6,
    active_layer_depth=0.6198,
    soil_temperature=[
        262.914841588338, 262.912482579549, 262.883142598470, 262.857393519084, 262.834057108561,
        262.828102620443, 262.821913019816, 262.815472284953, 262.827524566650, 262.852219136556,
    ],
    soil_water_potential=[
        -11.5796332348449, -11.5960581871060, -11.0243588082337, -10.9651540086449,
        -10.8701369819231, -10.8359593710241, -11.3317970476424, -15, -15, -14.9922681570053,
    ],
)  # fmt: skip


def total(model, theta, forcing):
    soc = model.soc(model.steady_state(theta, forcing))
    return model.stock(soc, 0.0, model.grid.bottom)[0]


def test_a_permafrost_column_layer_by_layer():
    """The worked example of the public R function (case A)."""
    model = MatrixModel("clm45-10")
    soc = model.soc(model.steady_state(np.array(PERMAFROST_THETA.split(), float), PERMAFROST))[0]
    layers = [
        11929.2752326, 11779.8357217, 11263.7793132, 10165.4863259, 8539.21563039, 6724.11341212,
        5110.07542987, 3777.72688669, 2129.19544755,
    ]  # fmt: skip
    np.testing.assert_allclose(soc[:9], layers, rtol=1e-9)
    assert 1e-19 < soc[9] < 1e-18
    np.testing.assert_allclose(model.stock(soc, 0.0, model.grid.bottom), 9987.83003816, rtol=1e-9)


def test_a_thawed_column_layer_by_layer():
    """Case C: bioturbation below a deep active layer."""
    model = MatrixModel("clm45-10")
    soc = model.soc(model.steady_state(np.full(25, 0.5), annual(alt=6.0, temperature=288.15)))[0]
    layers = [
        138819.873, 136471.863, 129653.390, 118002.707, 103970.771, 90864.748, 81091.007, 75325.455,
        72843.732, 72288.688,
    ]  # fmt: skip
    np.testing.assert_allclose(soc, layers, rtol=1e-8)


@pytest.mark.parametrize(
    ("forcing", "stock"),
    [
        pytest.param(PERMAFROST, 582111.545121, id="B permafrost, central parameters"),
        pytest.param(annual(6.0, 288.15), 296651.646491, id="C thawed"),
        pytest.param(annual(5.0, 288.15), 54761.9475817, id="D exactly 5 m, no mixing"),
        pytest.param(annual(1.5, 278.15), 721290.77035, id="E cryoturbated"),
        pytest.param(annual(0.0, 278.15), 108680.659228, id="F never thawed, input on top"),
    ],
)
def test_ten_layer_stocks_of_the_public_function(forcing, stock):
    model = MatrixModel("clm45-10")
    np.testing.assert_allclose(total(model, np.full(25, 0.5), forcing), stock, rtol=1e-9)


# kp = 0.5 but for the depth distribution of the input.
CENTRAL_20 = np.append(np.full(20, 0.5), 0.9)


@pytest.mark.parametrize(
    ("bedrock", "alt", "closed", "public"),
    [
        (20, 10.0, 531829.7907, 531829.7907),
        (20, 1.2, 205601.6315, 205601.6315),
        (12, 10.0, 161700.0818, 92079.55442),
        (12, 1.2, 176197.608, 176197.608),
        (6, 10.0, 74888.64932, 40468.16693),
        (6, 1.2, 75238.26031, 33073.24975),
    ],
)
def test_twenty_layer_stocks_with_closed_and_with_leaky_bedrock(bedrock, alt, closed, public):
    """With input below bedrock, where the public code has some."""
    model = MatrixModel("clm5-20", input_below_bedrock=True)
    forcing = monthly(alt, bedrock)
    np.testing.assert_allclose(total(model, CENTRAL_20, forcing), closed, rtol=1e-9)
    leaky = oracle.monthly(CENTRAL_20, forcing, leaky=True, input_below=True)
    soc = np.array([[float(x) for x in pool] for pool in leaky[4:]]).sum(axis=0)
    np.testing.assert_allclose(soc @ model.grid.thickness, public, rtol=1e-9)


def test_clm5_default_run():
    """The study's offline run at CLM's values: CLM's own input by layer, e-folding depth of 10 m,
    transfers of 40 % sand, a temperature scalar of 1 at 25 degC.
    """
    model = default_model("clm5-20", "clm5", century_normalisation=False)
    weight = np.exp(-model.grid.interface)
    weight /= weight @ model.grid.thickness
    inputs = np.array([60.0, 120.0, 180.0, 96.0])
    more = {"sand": np.full(20, 40.0), "litter_input_by_layer": inputs[:, None] * weight}
    deep, shallow = monthly(10.0, **more), monthly(1.2, **more)
    values = default_parameters("clm5-20", deep, "clm5")
    soc = model.soc(model.steady_state_of(values, deep))[0]
    np.testing.assert_allclose(model.stock(soc, 0.0, 8.6), 17931.89852, rtol=1e-7)
    np.testing.assert_allclose(model.stock(soc, 0.0, 0.3), 4002.8392, rtol=1e-7)
    np.testing.assert_allclose(model.stock(soc, 0.0, 1.0), 10502.292, rtol=1e-7)
    soc = model.soc(model.steady_state_of(values, shallow))[0]
    np.testing.assert_allclose(model.stock(soc, 0.0, 8.6), 18072.68225, rtol=1e-7)
