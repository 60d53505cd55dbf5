"""Elasticities of stocks: closed forms, finite differences, identities, one pair at a time."""

import numpy as np
import pytest

from model_cases import DRAWS, monthly
from proda.model import MatrixModel
from proda.model.mechanisms import (
    CARBON_INPUT,
    CARBON_USE_EFFICIENCY,
    DECOMPOSITION,
    ENVIRONMENT,
    INPUT_DEPTH,
    MECHANISMS,
    VERTICAL_TRANSPORT,
)
from proda.model.processes import processes_of
from proda.model.processes.elasticities import MIN_RESPONSE, STOCK_DEPTHS, elasticities_in
from proda.model.structures import GLOBAL

N = 24
TOTAL = STOCK_DEPTHS.index("total")
MOVED = [one for one in MECHANISMS if one is not CARBON_INPUT]


def pairs(structure, n=N, seed=11):
    """Model, physical sets well inside the prior, and a column for each."""
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](n, seed=seed)
    theta = 0.1 + 0.6 * theta
    for k, name in enumerate(model.parameters.names):
        if name.startswith("input_to_"):
            theta[:, k] *= 0.4
    return model, model.physical(theta), forcing


def elasticities(model, physical, forcing):
    return elasticities_in(model, physical, model.columns(forcing), np.arange(len(physical)))


def central(runs, name, step=1e-4):
    """Derivative of ln value by differences of fourth order of runs; whether it is smooth there."""
    with np.errstate(divide="ignore", invalid="ignore"):
        value = {k: np.log(run[name]) for k, run in runs.items()}
        value = {k: np.where(np.isfinite(one), one, 0.0) for k, one in value.items()}
    slope = (8 * (value[1] - value[-1]) - (value[2] - value[-2])) / (12 * step)
    forward, backward = (value[1] - value[0]) / step, (value[0] - value[-1]) / step
    return slope, np.abs(forward - backward) < 1e-2 * np.maximum(np.abs(slope), 1e-3)


def direction(model, physical, forcing, mechanism):
    """What moves: signs of the parameters in each pair, (n, 26) of physical values."""
    moved = np.zeros(physical.shape)
    for name, process, slot in zip(
        model.parameters.names, model.parameters.processes, model.prior.slots, strict=True
    ):
        if name == "input_beta":
            sign = 1.0 if mechanism is INPUT_DEPTH else 0.0
        elif process != mechanism.process or mechanism is INPUT_DEPTH or name == "cwd_to_cellulose":
            sign = 0.0
        elif mechanism is DECOMPOSITION:
            sign = -1.0
        elif mechanism is not ENVIRONMENT:
            sign = 1.0
        else:
            # That of the modifier at given pools.
            up, down = physical.copy(), physical.copy()
            up[:, slot] *= 1 + 1e-5
            down[:, slot] *= 1 - 1e-5
            pools = model.steady_state_of(physical, forcing)
            sign = np.sign(
                modifier(model, up, forcing, pools) - modifier(model, down, forcing, pools)
            )
        moved[:, slot] = sign * physical[:, slot]
    return moved


def modifier(model, physical, forcing, pools):
    """Environmental modifier with the weights of given pools, (n,)."""
    amounts = (pools[:, 4:] * model.grid.thickness).sum(axis=1)
    values = [model.coefficients_of(one, forcing.take([i]))[1][4] for i, one in enumerate(physical)]
    return (np.array(values) * amounts).sum(axis=1) / amounts.sum(axis=1)


@pytest.mark.parametrize("structure", DRAWS)
def test_finite_differences(structure):
    model, physical, forcing = pairs(structure)
    found = elasticities(model, physical, forcing)
    for mechanism in MOVED:
        k = MECHANISMS.index(mechanism)
        moved = direction(model, physical, forcing, mechanism)
        runs = {
            k: processes_of(model, physical + 1e-4 * k * moved, forcing) for k in (-2, -1, 0, 1, 2)
        }
        value, smooth = central(runs, mechanism.value)
        responds = found.response[:, k] > MIN_RESPONSE
        checked = smooth & responds
        assert checked.sum() > N / 3, mechanism.name
        np.testing.assert_allclose(found.response[checked, k], value[checked], rtol=1e-6)
        assert np.isnan(found.elasticity[~responds, :, k]).all()
        for d, depth in enumerate(STOCK_DEPTHS):
            name = "soc_stock" if depth == "total" else f"soc_stock_{depth}"
            stock, smooth = central(runs, name)
            some = checked & smooth
            expected = stock[some] / value[some]
            np.testing.assert_allclose(found.elasticity[some, d, k], expected, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("structure", DRAWS)
def test_the_whole_stock_is_inverse_to_the_modifier_and_proportional_to_the_input(structure):
    """Column totals of the fluxes depend on input and transfers only: C = sum F_s tau_s / Xi."""
    model, physical, forcing = pairs(structure)
    found = elasticities(model, physical, forcing)
    total = found.elasticity[:, TOTAL]
    np.testing.assert_allclose(total[:, MECHANISMS.index(ENVIRONMENT)], -1.0, rtol=1e-7)
    np.testing.assert_array_equal(found.elasticity[:, :, MECHANISMS.index(CARBON_INPUT)], 1.0)


def test_one_layer_without_transport_in_closed_form():
    model = MatrixModel(GLOBAL)
    forcing = monthly(bedrock=1)
    physical = model.physical(np.full((1, len(model.parameters)), 0.3))
    found = elasticities(model, physical, forcing)
    p = dict(zip(model.parameters.code_names, physical[0, model.prior.slots], strict=True))
    # Fluxes of L1, L2, L3, S1, S2, S3: F = b + A F, from the input with debris as litter.
    debris, *litter = forcing.litter_input[0]
    b = np.array([*litter, 0.0, 0.0, 0.0])
    b[1] += debris * p["fcwdl2"]
    b[2] += debris * (1 - p["fcwdl2"])
    a = np.zeros((6, 6))
    for donor, receiver, name in (
        (0, 3, "fl1s1"), (1, 3, "fl2s1"), (2, 4, "fl3s2"), (3, 4, "fs1s2"),
        (3, 5, "fs1s3"), (4, 3, "fs2s1"), (4, 5, "fs2s3"), (5, 3, "fs3s1"),
    ):  # fmt: skip
        a[receiver, donor] = p[name]
    solve = np.linalg.inv(np.eye(6) - a)
    flux = solve @ b
    change = solve @ a @ flux  # per proportional change of all transfers
    tau = np.array([p["tau4s1"], p["tau4s2"], p["tau4s3"]])
    scalar = model.coefficients_of(physical[0], forcing)[1][4, 0]
    np.testing.assert_allclose(found.stock[0, TOTAL], tau @ flux[3:] / scalar, rtol=1e-10)
    kept = a.sum(axis=0)
    efficiency = kept @ flux / flux.sum()
    response = (kept @ flux + kept @ change - efficiency * change.sum()) / flux.sum() / efficiency
    expected = {
        CARBON_INPUT: 1.0,
        DECOMPOSITION: -1.0,
        CARBON_USE_EFFICIENCY: tau @ change[3:] / (tau @ flux[3:]) / response,
        ENVIRONMENT: -1.0,
    }
    for mechanism, value in expected.items():
        k = MECHANISMS.index(mechanism)
        np.testing.assert_allclose(found.elasticity[0, TOTAL, k], value, rtol=1e-10)
    k = MECHANISMS.index(CARBON_USE_EFFICIENCY)
    np.testing.assert_allclose(found.response[0, k], response, rtol=1e-10)
    # Nothing can be moved between layers, whatever the input's depth parameter.
    for mechanism in (VERTICAL_TRANSPORT, INPUT_DEPTH):
        assert np.isnan(found.elasticity[0, :, MECHANISMS.index(mechanism)]).all()


def test_parameters_have_the_derivatives_of_the_model():
    model, physical, forcing = pairs(GLOBAL)
    found = elasticities(model, physical, forcing)
    above = [model.grid.overlap(0.0, depth) for depth in (0.3, 1.0, 2.0)]
    weights = np.array([*above, model.grid.thickness])
    expected = model.jacobian_of(physical, forcing, weights)
    np.testing.assert_array_equal(found.of_parameters, expected)


@pytest.mark.parametrize("structure", DRAWS)
def test_a_pair_does_not_depend_on_the_others(structure):
    model, physical, forcing = pairs(structure, n=150)
    every = elasticities(model, physical, forcing)
    order = np.random.default_rng(1).permutation(150)[:19]
    columns = model.columns(forcing)
    some = elasticities_in(model, physical[order], columns, order)
    alone = elasticities_in(model, physical[order[:1]], columns, order[:1])
    for name in ("stock", "elasticity", "response", "of_parameters"):
        np.testing.assert_array_equal(getattr(some, name), getattr(every, name)[order])
        np.testing.assert_array_equal(getattr(alone, name)[0], getattr(some, name)[0])
