"""Every pool in every layer against dense ball arithmetic, on draws and corners of the prior."""

import numpy as np
import pytest

import oracle
from model_cases import COLUMN, DRAWS, STRUCTURES, corners
from proda.model import MatrixModel
from proda.model.layout import LITTER_SCALAR, SOIL_SCALAR

SOLVE = {"clm45-10": oracle.annual, "clm5-20": oracle.monthly}


def assert_agrees(structure, theta, forcing, rtol=1e-9):
    """Values below 1e-200 may underflow; all others agree to ``rtol``."""
    pools = MatrixModel(structure).steady_state(theta, forcing)
    for i, row in enumerate(theta):
        exact = np.array([[float(x) for x in pool] for pool in SOLVE[structure](row, forcing, i)])
        seen = exact > 1e-200
        assert np.isfinite(exact).all()
        assert np.abs(pools[i][seen] / exact[seen] - 1).max() < rtol, f"draw {i}"
        assert (pools[i][~seen] <= 1e-200).all(), f"draw {i}"


@pytest.mark.parametrize("structure", STRUCTURES)
def test_200_draws_of_the_prior(structure):
    assert_agrees(structure, *DRAWS[structure](200, seed=20))


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("alt", [0.0, 1.5, 10.0])
def test_corners_of_the_prior(structure, alt):
    """Turnover times, e-folding depth and moisture scaling of zero included (minimum values)."""
    theta = corners(structure)
    forcing = COLUMN[structure](alt=alt, **({"bedrock": 11} if structure == "clm5-20" else {}))
    assert_agrees(structure, theta, forcing.take([0] * len(theta)))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_random_corners_of_the_prior(structure):
    """Many parameters at once at or next to the ends of the prior."""
    theta, forcing = DRAWS[structure](60, seed=21)
    rng = np.random.default_rng(22)
    ends = rng.choice([0.0, 1e-6, 1e-3, 1 - 1e-3, 1 - 1e-6, 1.0], theta.shape)
    names = MatrixModel(structure).parameters.code_names
    fractions = [names.index(name) for name in ("p4ll", "p4ml", "p4cl") if name in names]
    ends[:, fractions] = theta[:, fractions]
    assert_agrees(structure, ends, forcing)


@pytest.mark.parametrize("structure", STRUCTURES)
def test_the_minimum_scalar_matters_only_in_the_layers_it_is_in(structure):
    theta, forcing = DRAWS[structure](60, seed=23)
    model = MatrixModel(structure)
    theta[:, model.parameters.code_names.index("efolding")] *= 0.01
    pools = model.steady_state(theta, forcing)
    compared = np.zeros(2, int)
    for i, row in enumerate(theta):
        _, coefficients = model.coefficients(row, forcing.take([i]))
        above = (coefficients[[LITTER_SCALAR, SOIL_SCALAR]] > 1e-290).all(axis=0)
        free = np.array(SOLVE[structure](row, forcing, i, min_scalar="0"))[:, above]
        seen = free > 1e-200
        exact = free[seen].astype(float)
        assert np.abs(pools[i][:, above][seen] / exact - 1).max(initial=0.0) < 1e-9
        compared += above.sum(), (~above).sum()
    assert (compared > 30).all()
