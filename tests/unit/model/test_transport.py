"""Conductances against hand formulas; transport moves carbon and neither makes nor loses any."""

import numpy as np
import pytest

from model_cases import DRAWS, STRUCTURES, annual, monthly
from proda.model import MatrixModel
from proda.model.layout import LOWER_CONDUCTANCE, UPPER_CONDUCTANCE

TEN, TWENTY = MatrixModel("clm45-10"), MatrixModel("clm5-20")
BIO, CRYO = 2.65e-4, 8.15e-4  # middles of the priors, m2 yr-1


def conductance(model, forcing):
    _, w = model.coefficients(np.full(len(model.parameters), 0.5), forcing)
    np.testing.assert_array_equal(w[UPPER_CONDUCTANCE], w[LOWER_CONDUCTANCE])
    assert w[UPPER_CONDUCTANCE, -1] == 0.0
    return w[UPPER_CONDUCTANCE, :-1]


def harmonic(diffusivity, grid):
    """Conductance between nodes of two slabs in series: resistances add up."""
    above = (grid.interface[:-1] - grid.node[:-1]) / diffusivity[:-1]
    below = (grid.node[1:] - grid.interface[:-1]) / diffusivity[1:]
    return 1.0 / (365 * (above + below))


@pytest.mark.parametrize(
    ("model", "forcing"), [(TEN, annual(6.0)), (TWENTY, monthly(6.0))], ids=STRUCTURES
)
def test_uniform_bioturbation(model, forcing):
    expected = BIO / 365 / np.diff(model.grid.node)
    np.testing.assert_allclose(conductance(model, forcing), expected, rtol=1e-13)


def test_cryoturbation_of_ten_layers():
    """Full down to the active layer at 1 m, at nodes, then linear to zero at 3 m."""
    node = TEN.grid.node
    profile = CRYO * np.where(node < 1, 1.0, 1 - (node - 1) / 2)
    np.testing.assert_allclose(
        conductance(TEN, annual(1.0)), harmonic(profile, TEN.grid), rtol=1e-13
    )


@pytest.mark.parametrize(("bedrock", "end"), [(20, 3.0), (14, 3.0), (12, 2.72), (9, 1.52)])
def test_cryoturbation_of_twenty_layers(bedrock, end):
    """At interfaces, to 3 m or one layer into bedrock; bedrock is closed."""
    depth = TWENTY.grid.interface
    profile = CRYO * np.where(depth < 0.9, 1.0, np.clip(1 - (depth - 0.9) / (end - 0.9), 0, 1))
    with np.errstate(divide="ignore"):
        expected = harmonic(profile, TWENTY.grid)
    expected[bedrock - 1 :] = 0.0
    found = conductance(TWENTY, monthly(0.9, bedrock))
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-28)
    assert (found[bedrock - 1 :] == 0.0).all()


def test_conductances_of_months_are_averaged():
    shallow, deep, none = (conductance(TWENTY, monthly(alt)) for alt in (0.5, 4.0, 0.0))
    mixed = monthly(active_layer_depth=[0.5] * 3 + [4.0] * 7 + [0.0] * 2)
    np.testing.assert_allclose(
        conductance(TWENTY, mixed), (3 * shallow + 7 * deep + 2 * none) / 12, rtol=1e-13
    )


@pytest.mark.parametrize("structure", STRUCTURES)
def test_transport_neither_makes_nor_loses_carbon(structure):
    """Transport is what remains of the matrix without transfers; amounts of a pool add up to 0."""
    model = MatrixModel(structure)
    n = model.grid.n_layers
    theta, forcing = DRAWS[structure](30, seed=8)
    for i in range(30):
        one = forcing.take([i])
        _, w = model.coefficients(theta[i], one)
        matrix, _ = model.matrix(theta[i], one)
        blocks = matrix.reshape(7, n, 7, n)
        off = np.array([blocks[q, :, q] * ~np.eye(n, dtype=bool) for q in range(7)])
        flux = model.grid.thickness[:, None] * off  # m d-1
        assert (off[0] == 0).all()
        np.testing.assert_allclose(flux, flux.swapaxes(1, 2), rtol=1e-14)
        np.testing.assert_allclose(
            np.diagonal(flux[1:], 1, axis1=1, axis2=2),
            np.broadcast_to(w[UPPER_CONDUCTANCE, :-1], (6, n - 1)),
            rtol=1e-14,
        )


@pytest.mark.parametrize("structure", STRUCTURES)
def test_fast_mixing_makes_soil_uniform(structure):
    """With a great diffusivity every mixing pool is the same at all depths."""
    model = MatrixModel(structure)
    theta = np.full(len(model.parameters), 0.5)
    values = model.physical(theta)
    values[:, :2] = 1e12
    forcing = {"clm45-10": annual(6.0), "clm5-20": monthly(6.0)}[structure]
    pools = model.steady_state_of(values, forcing)[0]
    np.testing.assert_allclose(
        pools[1:], np.broadcast_to(pools[1:, :1], pools[1:].shape), rtol=1e-9
    )
    assert pools[0].min() < 0.1 * pools[0].max()
