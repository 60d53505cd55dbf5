"""The dense view: what it is made of, and that it is the system the model solves."""

import numpy as np
import pytest

from model_cases import COLUMN, DRAWS, STRUCTURES
from proda.errors import InputError
from proda.model import MatrixModel
from proda.model.default_runs import default_model, default_parameters
from proda.model.layout import RATE, SOIL_SCALAR


def case(structure, seed=10, n=1):
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](n, seed)
    return model, theta, forcing


@pytest.mark.parametrize("structure", STRUCTURES)
def test_shapes(structure):
    model, theta, forcing = case(structure)
    matrix, load = model.matrix(theta, forcing)
    size = 7 * model.grid.n_layers
    assert matrix.shape == (size, size)
    assert load.shape == (size,)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_who_gives_to_whom(structure):
    """Transfers stay in a layer and follow the graph; transport stays in a pool, not in CWD."""
    model, theta, forcing = case(structure)
    n = model.grid.n_layers
    forcing = COLUMN[structure](alt=8.0)
    matrix, load = model.matrix(theta, forcing)
    pattern = matrix.reshape(7, n, 7, n) != 0
    graph = np.array(
        [
            "1......",
            ".1.....",
            "1.1....",
            "1..1...",
            ".11.111",
            "...111.",
            "....111",
        ]
    )
    expected = np.array([[cell == "1" for cell in row] for row in graph])
    np.testing.assert_array_equal(pattern[:, 3, :, 3], expected)
    for q in range(7):
        for p in range(7):
            neighbours = pattern[q, :, p] & ~np.eye(n, dtype=bool)
            wanted = (np.eye(n, k=1) + np.eye(n, k=-1)) * (q == p > 0)
            np.testing.assert_array_equal(neighbours, wanted)
    assert (load.reshape(7, n)[:4] > 0).all()
    assert (load.reshape(7, n)[4:] == 0).all()


@pytest.mark.parametrize("structure", STRUCTURES)
def test_signs_and_column_sums(structure):
    """Off-diagonals are gains; in amounts, a column loses what the pool respires, CWD nothing."""
    model, thetas, forcing = case(structure, n=20)
    n = model.grid.n_layers
    for i, theta in enumerate(thetas):
        one = forcing.take([i])
        matrix, _ = model.matrix(theta, one)
        assert (np.diag(matrix) < 0).all()
        assert (matrix - np.diag(np.diag(matrix)) >= 0).all()
        weight = np.tile(model.grid.thickness, 7)
        lost = -(weight @ matrix).reshape(7, n)
        scale = (weight * -np.diag(matrix)).reshape(7, n)
        assert (np.abs(lost[0]) < 1e-14 * scale[0]).all()
        assert (lost > -1e-14 * scale).all()
        _, w = model.coefficients(theta, one)
        passive = model.parameters.to_physical(theta)[17]
        respired = (1 - passive) * w[RATE, 6] * w[SOIL_SCALAR] * model.grid.thickness
        assert (np.abs(lost[6] - respired) < 1e-14 * scale[6]).all()


@pytest.mark.parametrize("structure", STRUCTURES)
def test_structured_solve_solves_it(structure):
    """Dense elimination agrees where it is well conditioned; the residual is small everywhere."""
    model, thetas, forcing = case(structure, n=25)
    pools = model.steady_state(thetas, forcing)
    compared = 0
    for i, theta in enumerate(thetas):
        matrix, load = model.matrix(theta, forcing.take([i]))
        x = pools[i].ravel()
        residual = np.abs(matrix @ x + load)
        assert (residual <= 1e-12 * (np.abs(matrix) @ x + load)).all()
        if np.linalg.cond(matrix, 1) < 1e12:
            dense = np.linalg.solve(matrix, -load)
            np.testing.assert_allclose(x, dense, rtol=1e-6, atol=1e-9 * x.max())
            compared += 1
    assert compared > 5


def test_one_set_and_one_column_only():
    model, theta, forcing = case("clm45-10", n=2)
    with pytest.raises(InputError, match=r"theta and forcing: expected one set.*found 2 and 1"):
        model.matrix(theta, forcing.take([0]))
    with pytest.raises(InputError, match="found 1 and 2"):
        model.coefficients(theta[0], forcing)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_matrix_of_physical_values(structure):
    """The same as ``matrix`` inside the prior; outside it consistent with ``steady_state_of``."""
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](1, seed=12)
    inside = model.matrix_of(model.physical(theta), forcing)
    for part, expected in zip(inside, model.matrix(theta, forcing), strict=True):
        np.testing.assert_array_equal(part, expected)

    sand = np.full(model.grid.n_layers, 40.0)
    more = {"npp_mean": 500.0} if structure == "clm45-10" else {
        "litter_input_by_layer": np.full((4, 20), 10.0)
    }  # fmt: skip
    forcing = COLUMN[structure](sand=sand, **more)
    clm = default_model(structure, "clm5")
    values = default_parameters(structure, forcing, "clm5")
    with pytest.raises(InputError, match=r"theta\[0, 3\]"):
        clm.matrix(
            (values[:, clm.prior.slots] - clm.parameters.minimum)
            / (clm.parameters.maximum - clm.parameters.minimum),
            forcing,
        )
    matrix, load = clm.matrix_of(values[0], forcing)
    dense = np.linalg.solve(matrix, -load).reshape(7, -1)
    np.testing.assert_allclose(dense, clm.steady_state_of(values[0], forcing)[0], rtol=1e-9)
    physical, w = clm.coefficients_of(values[0], forcing)
    np.testing.assert_array_equal(physical, values[0])
    assert (w[SOIL_SCALAR] > 0).all()


def test_matrix_of_values_without_meaning():
    model = MatrixModel("clm45-10")
    values = model.physical(np.full(25, 0.5))
    values[0, 2] = 0.0
    with pytest.raises(InputError, match=r"q10\[0\]: expected values in \]0"):
        model.matrix_of(values, COLUMN["clm45-10"]())
    with pytest.raises(InputError, match=r"physical and forcing: expected one set and one column"):
        model.coefficients_of(model.physical(np.full((2, 25), 0.5)), COLUMN["clm45-10"]())
