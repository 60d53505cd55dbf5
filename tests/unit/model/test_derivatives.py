"""Derivatives of the steady state: against ball arithmetic, and what must hold for any column."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradient_cases import CASES, EXACT, exact_gradients, functionals
from model_cases import COLUMN, DRAWS, STRUCTURES, TRANSFERS
from proda.errors import InputError
from proda.model import MatrixModel
from proda.model.layout import LITTER_SCALAR, RATE, SOIL_SCALAR, TO_PASSIVE, TO_SLOW


@pytest.mark.parametrize("structure", STRUCTURES)
def test_against_ball_arithmetic(structure):
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](4, seed=60)
    weights = functionals(model, 4)
    found = model.gradient(theta, forcing, weights)
    for i, row in enumerate(theta):
        exact = np.array(EXACT[structure](row, forcing, weights[i], i))
        np.testing.assert_allclose(found[i], exact, rtol=0, atol=1e-11 * np.abs(exact).max())


def without_limit(model, theta):
    """Components (n, parameters) at an end of the prior that have no derivative to compare with.

    Where all decomposition stops the steady state is a limit, of which a moisture scaling or a
    turnover time of zero is no smooth function; and a turnover time of zero does not count in
    layers that hardly decompose.
    """
    physical = model.parameters.to_physical(theta)
    names = model.parameters.names
    times = [k for k, name in enumerate(names) if name.endswith("turnover_time")]
    stopped = model.sets_without_decomposition(model.physical(theta))
    shallow = physical[:, names.index("decomposition_efolding_depth")] < 0.01
    excluded = np.zeros(theta.shape, dtype=bool)
    excluded[:, times] = (physical[:, times] == 0.0) & (stopped | shallow)[:, None]
    if "water_scaling" in names:
        k = names.index("water_scaling")
        excluded[:, k] = physical[:, k] == 0.0
    return excluded


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("structure", STRUCTURES)
def test_draws_and_corners_against_stored_ball_arithmetic(structure, case):
    model = MatrixModel(structure)
    theta, forcing = CASES[case](structure)
    exact = exact_gradients(structure, case)
    assert len(exact) == len(theta)
    excluded = without_limit(model, theta)
    assert excluded.mean() < 0.05
    exact[excluded] = 0.0
    found = model.gradient(theta, forcing, functionals(model, len(theta)))
    assert np.isfinite(found).all()
    size = np.abs(exact).max(axis=1, keepdims=True)
    assert (np.abs(np.where(excluded, 0.0, found) - exact) <= 1e-8 * size).all()


@pytest.mark.parametrize("structure", STRUCTURES)
def test_rows_of_a_jacobian_are_gradients_and_one_per_lane(structure):
    """The same bits for one functional or many, for a column alone and in company."""
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](21, seed=61)
    operator = functionals(model, 3)
    jacobian = model.jacobian(theta, forcing, operator)
    assert jacobian.shape == (21, 3, len(model.parameters))
    for k, weights in enumerate(operator):
        np.testing.assert_array_equal(model.gradient(theta, forcing, weights), jacobian[:, k])
    for i in (0, 9, 20):
        alone = model.jacobian(theta[i], forcing.take([i]), operator)
        np.testing.assert_array_equal(alone[0], jacobian[i])


@pytest.mark.parametrize("structure", STRUCTURES)
def test_weights_of_soc_are_those_of_its_three_pools(structure):
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](3, seed=62)
    soc = model.grid.overlap(0.0, 0.3)
    pools = np.zeros((7, len(soc)))
    pools[4:] = soc
    by_soc = model.gradient(theta, forcing, soc)
    np.testing.assert_array_equal(by_soc, model.gradient(theta, forcing, pools))
    np.testing.assert_array_equal(by_soc, model.jacobian(theta, forcing, [soc])[:, 0])


@pytest.mark.parametrize("structure", STRUCTURES)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31), factor=st.floats(-100.0, 100.0))
def test_linear_in_the_functional(structure, seed, factor):
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](2, seed)
    a, b = functionals(model, 2, seed)
    one, other, both = np.moveaxis(model.jacobian(theta, forcing, [a, b, a + factor * b]), 1, 0)
    size = np.abs(one).max(axis=1) + abs(factor) * np.abs(other).max(axis=1)
    assert (np.abs(both - one - factor * other) <= 1e-11 * size[:, None]).all()


@pytest.mark.parametrize("structure", STRUCTURES)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_pools_are_linear_in_the_input(structure, seed):
    """Input times derivative with respect to it, over all pools, is the functional itself."""
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](3, seed)
    weights = functionals(model, 1, seed)[0]
    per_input = model.input_gradient(theta, forcing, weights)
    value = (weights * model.steady_state(theta, forcing)).sum(axis=(1, 2))
    if structure == "clm5-20":
        entered = forcing.litter_input
    else:
        names = ("input_to_metabolic", "input_to_cellulose", "input_to_lignin")
        values = model.parameters.to_physical(theta).T
        physical = dict(zip(model.parameters.names, values, strict=True))
        fractions = np.stack([physical[name] for name in names])
        spread = forcing.npp_max - forcing.npp_min
        amount = forcing.npp_min + physical["input_position"] * spread
        entered = (amount * np.concatenate([[1 - fractions.sum(axis=0)], fractions])).T
    np.testing.assert_allclose((entered * per_input).sum(axis=1), value, rtol=1e-11)


def respiration_weights(model, theta, forcing):
    """(7, layers) gC m-2 yr-1 of CO2 per gC m-3."""
    _, w = model.coefficients(theta, forcing)
    value = dict(zip(model.parameters.code_names, model.parameters.to_physical(theta), strict=True))
    l1s1, l2s1, l3s2, s2s1, s2s3, s3s1 = (value[name] for name in TRANSFERS)
    respired = [0.0, 1 - l1s1, 1 - l2s1, 1 - l3s2, 1 - w[TO_SLOW] - w[TO_PASSIVE]]
    respired += [1 - s2s1 - s2s3, 1 - s3s1]
    scalars = [w[SOIL_SCALAR], *w[LITTER_SCALAR : LITTER_SCALAR + 3], *[w[SOIL_SCALAR]] * 3]
    return np.stack(
        [
            365.0 * fraction * rate * scalar * model.grid.thickness
            for fraction, rate, scalar in zip(respired, w[RATE], scalars, strict=False)
        ]
    )


@pytest.mark.parametrize("structure", STRUCTURES)
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_every_gram_of_input_is_respired_wherever_it_goes(structure, seed):
    """Respiration rises by the input, and mixing or another depth of the input cannot change it."""
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](1, seed)
    weights = respiration_weights(model, theta[0], forcing)
    per_input = model.input_gradient(theta, forcing, weights)[0]
    np.testing.assert_allclose(per_input, 1.0, rtol=1e-10)
    change = model.gradient(theta, forcing, weights)[0]
    size = np.abs(change).max()
    for name in ("bioturbation_diffusivity", "cryoturbation_diffusivity", "input_beta"):
        assert abs(change[model.parameters.index(name)]) < 1e-9 * size


SWITCHES = {
    "clm45-10": [
        {"century_normalisation": True},
        {"water_scalar_floor": 0.0, "dry_water_scalar": 0.02, "driest_water_potential": -3.0},
        {"cryoturbation_active_layer": 2.0, "mixing_at_interfaces": True},
        {"cryoturbation_end_factor": 0.0, "cryoturbation_depth": 3.0, "input_depth": 1.0},
        {"floor_advection": 1e-4},
    ],
    "clm5-20": [
        {"century_normalisation": True},
        {"input_below_bedrock": True},
        {"floor_advection": 1e-4},
        {"transfers_from_texture": True},
        {"input_by_layer": True},
    ],
}


def differences(model, theta, forcing, weights, h=1e-5):
    """Central differences in every parameter, (n, parameters)."""
    columns = []
    for one in np.eye(theta.shape[1]) * h:
        pools = [model.steady_state(theta + sign * one, forcing) for sign in (1, -1)]
        columns.append((weights * (pools[0] - pools[1])).sum(axis=(1, 2)) / (2 * h))
    return np.stack(columns, axis=1)


def varied(structure, n, seed):
    """Draws away from the ends of the prior, with all optional fields that switches need."""
    theta, forcing = DRAWS[structure](n, seed)
    theta = 0.2 + 0.6 * theta
    rng = np.random.default_rng(seed)
    more = {}
    if structure == "clm5-20":
        shape = forcing.litter_input.shape
        more["litter_input_by_layer"] = rng.uniform(0, 100, (*shape, 20))
        more["sand"] = rng.uniform(20, 80, (n, 20))
    else:
        fractions = [model_index(structure, name) for name in ("p4ll", "p4ml", "p4cl")]
        theta[:, fractions] *= 0.5
    return theta, replace(forcing, **more)


def model_index(structure, name):
    return MatrixModel(structure).parameters.code_names.index(name)


SWITCH_CASES = [
    (structure, switches) for structure in STRUCTURES for switches in SWITCHES[structure]
]


@pytest.mark.parametrize(("structure", "switches"), SWITCH_CASES)
def test_switches_against_differences(structure, switches):
    model = MatrixModel(structure, **switches)
    theta, forcing = varied(structure, 12, seed=63)
    weights = functionals(model, 12)
    found = model.gradient(theta, forcing, weights)
    expected = differences(model, theta, forcing, weights)
    size = np.abs(expected).max(axis=1, keepdims=True)
    # Advection of this size outweighs mixing in deep layers: the derivative with respect to the
    # diffusivity is a difference of large numbers there.
    tolerance = 1e-5 if "floor_advection" in switches else 1e-6
    assert (np.abs(found - expected) < tolerance * size).all()


@pytest.mark.parametrize("structure", STRUCTURES)
def test_given_temperature_and_nitrogen_scalars_of_each_litter_pool(structure):
    model = MatrixModel(structure, century_normalisation=True)
    theta, forcing = varied(structure, 12, seed=64)
    rng = np.random.default_rng(65)
    shape = forcing.soil_temperature.shape
    given_scalars = {
        "temperature_scalar": rng.uniform(0.1, 1.0, shape),
        "nitrogen_scalar_by_pool": rng.uniform(0.2, 1.0, (shape[0], 3, *shape[1:])),
    }
    forcing = replace(forcing, **given_scalars)
    weights = functionals(model, 12)
    found = model.gradient(theta, forcing, weights)
    expected = differences(model, theta, forcing, weights)
    size = np.abs(expected).max(axis=1, keepdims=True)
    assert (np.abs(found - expected) < 1e-6 * size).all()
    assert (found[:, model.parameters.index("q10")] == 0.0).all()


def test_at_a_kink_the_scalar_does_not_respond():
    """Water that just does not limit any more, and water at the floor of its scalar."""
    model = MatrixModel("clm5-20")
    theta = np.full(21, 0.5)
    scaling = model.parameters.index("water_scaling")
    factor = model.parameters.to_physical(theta)[scaling]
    by_water = [
        model.gradient(theta, COLUMN["clm5-20"](water=water), np.ones(20))[0, scaling]
        for water in (np.nextafter(1.0 / factor, 0.0) * 0.999, 1.0 / factor, 1.0)
    ]
    assert by_water[0] < 0.0
    assert by_water[1] == by_water[2] == 0.0

    model = MatrixModel("clm45-10")
    theta = np.full(25, 0.5)
    theta[model.parameters.index("input_to_metabolic")] = 0.2
    saturated = model.parameters.index("saturated_water_potential")
    by_potential = [
        model.gradient(theta, COLUMN["clm45-10"](potential=value), np.ones(10))[0, saturated]
        for value in (-20.0, -0.1, -0.001)
    ]
    assert by_potential[1] > 0.0
    assert by_potential[0] == by_potential[2] == 0.0


@pytest.mark.parametrize("structure", STRUCTURES)
def test_physical_derivatives_are_those_of_theta_over_the_span(structure):
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](5, seed=66)
    operator = functionals(model, 2)
    physical = model.jacobian_of(model.physical(theta), forcing, operator)
    slots = model.prior.slots
    normalised = model.jacobian(theta, forcing, operator)
    np.testing.assert_array_equal(physical[..., slots] * model.prior.span, normalised)
    of_one = model.gradient_of(model.physical(theta), forcing, operator[0])
    np.testing.assert_array_equal(of_one, physical[:, 0])
    unused = np.setdiff1d(np.arange(26), slots)
    assert (physical[..., unused] == 0.0).all()


def test_what_is_no_functional_is_refused():
    model = MatrixModel("clm45-10")
    theta, forcing = DRAWS["clm45-10"](3, seed=67)
    for seed in (np.ones(20), np.ones((6, 10)), np.ones((2, 7, 10)), np.full(10, np.nan)):
        with pytest.raises(InputError):
            model.gradient(theta, forcing, seed)
    with pytest.raises(InputError, match="operator"):
        model.jacobian(theta, forcing, np.ones(10))
