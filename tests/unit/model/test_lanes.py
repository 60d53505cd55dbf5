"""Many columns at once: the results of the scalar kernels, and the same bits in any company."""

import numpy as np
import pytest

from model_cases import DRAWS, STRUCTURES, reference_case
from proda.model import MatrixModel
from proda.model.lanes.layout import LANES, new_lane_workspace
from proda.model.lanes.steady_state import steady_state_lanes
from proda.model.layout import CARBON

# Pools below are tails of exp(-z / e-folding depth), whose exponent has rounding errors of its own.
TAIL = 1e-200


def in_lanes(model, physical, columns, fill=0.0):
    """(n, 7, layers) pools, all lanes in one call; the last column fills the last block."""
    n = len(physical)
    row = np.minimum(np.arange(-(-n // LANES) * LANES), n - 1)
    w = new_lane_workspace(model.grid.n_layers, model.structure.months, len(row))
    w[:] = fill
    steady_state_lanes(
        np.ascontiguousarray(physical[row].T),
        np.ascontiguousarray(np.moveaxis(columns[row], 0, -1)),
        model.grid_rows,
        model.switches,
        w,
    )
    return np.moveaxis(w[CARBON : CARBON + 7], -1, 0)[:n]


def one_by_one(model, physical, columns):
    return model.steady_state_in(physical, columns)


def prepared(model, theta, forcing):
    return model.physical(theta), model.columns(forcing)


def assert_as_scalar(model, theta, forcing):
    physical, columns = prepared(model, theta, forcing)
    lanes, scalar = in_lanes(model, physical, columns), one_by_one(model, physical, columns)
    assert (scalar > TAIL).mean() > 0.5
    np.testing.assert_allclose(lanes, scalar, rtol=1e-13, atol=TAIL)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_draws_of_the_prior(structure):
    assert_as_scalar(MatrixModel(structure), *DRAWS[structure](300, seed=50))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_reference_cases(structure):
    assert_as_scalar(MatrixModel(structure), *reference_case(structure))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_same_bits_in_any_company(structure):
    model = MatrixModel(structure)
    physical, columns = prepared(model, *DRAWS[structure](3 * LANES, seed=51))
    together = in_lanes(model, physical, columns)
    order = np.random.default_rng(0).permutation(len(physical))
    np.testing.assert_array_equal(in_lanes(model, physical[order], columns[order]), together[order])
    for i in range(0, len(physical), 5):
        alone = in_lanes(model, physical[i : i + 1], columns[i : i + 1], fill=np.nan)
        np.testing.assert_array_equal(alone[0], together[i])
