"""At fixed parameters and climate, every pool is linear in the carbon input."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_cases import DRAWS, STRUCTURES
from proda.model import MatrixModel

INPUTS = {"clm45-10": ("npp_min", "npp_max"), "clm5-20": ("litter_input",)}


def scaled(forcing, structure, factor):
    return replace(forcing, **{name: factor * getattr(forcing, name) for name in INPUTS[structure]})


@pytest.mark.parametrize("structure", STRUCTURES)
@settings(max_examples=40, deadline=None)
@given(factor=st.floats(1e-6, 1.5), seed=st.integers(0, 2**31))
def test_scaling(structure, factor, seed):
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](3, seed)
    pools = model.steady_state(theta, forcing)
    more = model.steady_state(theta, scaled(forcing, structure, factor))
    np.testing.assert_allclose(more, factor * pools, rtol=1e-12, atol=1e-290)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_additivity_over_input_pools(seed):
    model = MatrixModel("clm5-20")
    theta, forcing = DRAWS["clm5-20"](2, seed)
    each = sum(
        model.steady_state(theta, replace(forcing, litter_input=forcing.litter_input * one))
        for one in np.eye(4)
    )
    np.testing.assert_allclose(each, model.steady_state(theta, forcing), rtol=1e-12, atol=1e-290)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_no_input_no_carbon(structure):
    theta, forcing = DRAWS[structure](50, seed=5)
    assert (MatrixModel(structure).steady_state(theta, scaled(forcing, structure, 0.0)) == 0).all()


def test_input_position_runs_from_minimum_to_maximum_npp():
    model = MatrixModel("clm45-10")
    theta, forcing = DRAWS["clm45-10"](20, seed=6)
    position = model.parameters.index("input_position")
    theta[:, position] = [0.0, 1.0] * 10
    low = replace(forcing, npp_max=forcing.npp_min)
    high = replace(forcing, npp_min=forcing.npp_max)
    pools = model.steady_state(theta, forcing)
    np.testing.assert_allclose(pools[::2], model.steady_state(theta, low)[::2], rtol=1e-13)
    np.testing.assert_allclose(pools[1::2], model.steady_state(theta, high)[1::2], rtol=1e-13)
