"""Respiration equals input, pools are finite and non-negative, for every draw of the prior."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from model_cases import COLUMN, DRAWS, STRUCTURES, monthly, respiration_per_input
from proda.model import MatrixModel

ACTIVE_LAYERS = ("active_layer_depth", "active_layer_depth_last_year")


@pytest.mark.parametrize("structure", STRUCTURES)
def test_two_thousand_draws(structure):
    """Frozen, thawed and mixed columns, any depth of bedrock."""
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](2000, seed=3)
    pools = model.steady_state(theta, forcing)
    assert np.isfinite(pools).all()
    assert (pools >= 0).all()
    ratio = [
        respiration_per_input(model, theta[i], forcing.take([i]), pools[i])
        for i in range(len(theta))
    ]
    np.testing.assert_allclose(ratio, 1.0, rtol=1e-10)


@pytest.mark.parametrize("structure", STRUCTURES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_parameters_in_any_column(structure, data):
    model = MatrixModel(structure)
    unit = st.floats(0.0, 1.0, allow_subnormal=False)
    theta = data.draw(arrays(np.float64, len(model.parameters), elements=unit), label="theta")
    more = {"temperature": data.draw(st.floats(220.0, 320.0))}
    if structure == "clm45-10":
        names = model.parameters.code_names
        theta[[names.index(name) for name in ("p4ll", "p4ml", "p4cl")]] *= 0.66
        more["potential"] = -data.draw(st.floats(0.0, 100.0))
    else:
        more["bedrock"] = data.draw(st.integers(1, 20))
        # Less has no steady state (test_existence).
        more["water"] = data.draw(st.floats(1e-4, 1.0))
        more["oxygen"] = data.draw(st.floats(1e-4, 1.0))
    forcing = COLUMN[structure](alt=data.draw(st.floats(0.0, 20.0)), **more)
    pools = model.steady_state(theta, forcing)[0]
    assert np.isfinite(pools).all()
    assert (pools >= 0).all()
    assert abs(respiration_per_input(model, theta, forcing, pools) - 1) < 1e-10


def test_carbon_does_not_cross_into_bedrock():
    """With input below bedrock (the public code's way) it stays there; what lies above is as if
    those layers were not there.
    """
    model = MatrixModel("clm5-20", input_below_bedrock=True)
    theta = np.full(21, 0.5)
    dry = monthly(bedrock=8).take([0])
    water = dry.water_scalar.copy()
    water[:, :, 8:] = 0.01
    pools = model.steady_state(theta, dry)
    other = model.steady_state(theta, monthly(bedrock=8, water=water[0]))
    np.testing.assert_array_equal(pools[:, :, :8], other[:, :, :8])
    assert (other[:, :, 8:] > 2 * pools[:, :, 8:]).all()


def test_floor_advection_of_the_later_study_loses_carbon():
    """A defect that the named switch reproduces: this frozen column loses half of it."""
    theta, forcing = DRAWS["clm5-20"](400, seed=4)
    theta = theta[308]
    frozen = {name: np.full((1, 12), 0.3) for name in ACTIVE_LAYERS}
    forcing = replace(forcing.take([308]), bedrock_layer=[20.0], **frozen)
    ratio = {}
    for advection in (0.0, 1e-30):
        model = MatrixModel("clm5-20", floor_advection=advection)
        pools = model.steady_state(theta, forcing)[0]
        ratio[advection] = respiration_per_input(model, theta, forcing, pools)
    assert abs(ratio[0.0] - 1) < 1e-14
    assert abs(ratio[1e-30] - 1) > 0.5
