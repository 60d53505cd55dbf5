"""The compiled kernels: callable from compiled code, and the same bits in any company."""

import numba
import numpy as np
import pytest

from model_cases import DRAWS, STRUCTURES
from proda.model import MatrixModel, matrix_model
from proda.model.layout import CARBON, THICKNESS, new_workspace
from proda.model.steady_state import (
    _inverse_block,
    _inverse_block_by_elimination,
    coefficients,
    solve,
)


@numba.njit
def scan(parameters, columns, grid, switches, w, total):
    """As a sampler would: a compiled loop that calls the two kernels."""
    for i in range(len(parameters)):
        coefficients(parameters[i], columns[i], grid, switches, w)
        solve(parameters[i], grid[THICKNESS], w)
        for j in range(grid.shape[1]):
            soc = w[CARBON + 4, j] + w[CARBON + 5, j] + w[CARBON + 6, j]
            total[i] += soc * grid[THICKNESS, j]


@pytest.mark.parametrize("structure", STRUCTURES)
def test_callable_from_compiled_code(structure):
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](50, seed=40)
    total = np.zeros(50)
    workspace = new_workspace(model.grid.n_layers)
    scan(
        model.physical(theta), model.columns(forcing), model.grid_rows, model.switches, workspace,
        total,
    )  # fmt: skip
    soc = model.soc(model.steady_state(theta, forcing))
    np.testing.assert_allclose(total, soc @ model.grid.thickness, rtol=1e-13)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_same_bits_alone_in_a_batch_and_in_any_order(structure):
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](40, seed=41)
    together = model.steady_state(theta, forcing)
    for i in range(40):
        alone = model.steady_state(theta[i], forcing.take([i]))[0]
        np.testing.assert_array_equal(alone, together[i])
    order = np.random.default_rng(0).permutation(40)
    shuffled = model.steady_state(theta[order], forcing.take(order))
    np.testing.assert_array_equal(shuffled, together[order])


@pytest.mark.parametrize("structure", STRUCTURES)
def test_same_bits_in_chunks(structure, monkeypatch):
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](40, seed=44)
    whole = model.steady_state(theta, forcing)
    one = model.steady_state(theta, forcing.take([3]))
    monkeypatch.setattr(matrix_model, "CHUNK", 7)
    np.testing.assert_array_equal(model.steady_state(theta, forcing), whole)
    np.testing.assert_array_equal(model.steady_state(theta, forcing.take([3])), one)


def test_same_bits_of_stocks_in_any_batch():
    model = MatrixModel("clm45-10")
    soc = model.soc(model.steady_state(*DRAWS["clm45-10"](101, seed=43)))
    together = model.stock(soc, 0.0, 1.0)
    np.testing.assert_array_equal([model.stock(row, 0.0, 1.0) for row in soc], together)
    np.testing.assert_array_equal(model.stock(np.asfortranarray(soc), 0.0, 1.0), together)
    np.testing.assert_array_equal(model.stock(soc[::3], 0.0, 1.0), together[::3])


@pytest.mark.parametrize("structure", STRUCTURES)
def test_a_workspace_remembers_nothing(structure):
    """Whatever was in it before, NaN included, does not matter."""
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](1, seed=42)
    physical, columns = model.physical(theta)[0], model.columns(forcing)[0]
    results = []
    for fill in (0.0, np.nan):
        workspace = np.full_like(new_workspace(model.grid.n_layers), fill)
        coefficients(physical, columns, model.grid_rows, model.switches, workspace)
        solve(physical, model.grid_rows[THICKNESS], workspace)
        results.append(workspace[CARBON : CARBON + 7])
    np.testing.assert_array_equal(*results)


def blocks(n, seed, magnitude):
    """Off-diagonal gains and column sums of random 3 x 3 M-matrices, (n, 9)."""
    rng = np.random.default_rng(seed)
    return 10.0 ** rng.uniform(-magnitude, magnitude, (n, 9))


def test_inverse_blocks_invert():
    for e12, e13, e21, e23, e31, e32, s1, s2, s3 in blocks(200, 1, 1):
        matrix = np.array(
            [
                [s1 + e21 + e31, -e12, -e13],
                [-e21, s2 + e12 + e32, -e23],
                [-e31, -e32, s3 + e13 + e23],
            ]
        )
        arguments = e12, e13, e21, e23, e31, e32, s1, s2, s3
        expected = np.linalg.inv(matrix).ravel()
        np.testing.assert_allclose(_inverse_block(*arguments, 1.0), expected, rtol=1e-12)
        np.testing.assert_allclose(_inverse_block_by_elimination(*arguments), expected, rtol=1e-12)


def test_both_ways_to_invert_agree_to_rounding_at_any_condition():
    for arguments in blocks(500, 2, 20):
        np.testing.assert_allclose(
            _inverse_block(*arguments, 1.0), _inverse_block_by_elimination(*arguments), rtol=1e-13
        )


@pytest.mark.parametrize("size", [1e-200, 1e150])
def test_inverse_blocks_of_any_magnitude(size):
    """Determinants outside double precision: the inverse scales with one over the block."""
    for arguments in blocks(20, 3, 1):
        np.testing.assert_allclose(
            np.array(_inverse_block(*(size * arguments).tolist(), 1.0)) * size,
            _inverse_block(*arguments, 1.0),
            rtol=1e-12,
        )
