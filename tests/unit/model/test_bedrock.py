"""Bedrock of the 20-layer structure: all input above it, no carbon below it, nothing lost."""

import numpy as np
import pytest

from model_cases import monthly, monthly_draws, respiration_per_input
from proda.model import MatrixModel
from proda.model.layout import SOURCE

TWENTY = MatrixModel("clm5-20")
THETA = np.full(21, 0.5)


def dry_below(bedrock, **more):
    """A column as CLM has it: all scalars are exactly 0 below bedrock."""
    below = np.arange(20) >= bedrock
    scalars = {
        "water": np.where(below, 0.0, np.linspace(0.2, 0.5, 12)[:, None]),
        "oxygen": np.where(below, 0.0, 0.9),
        "nitrogen": np.where(below, 0.0, 0.95),
    }
    return monthly(bedrock=bedrock, **scalars | more)


def source(model, forcing, theta=THETA):
    """(4, layers) gC m-2 yr-1."""
    return 365 * model.coefficients(theta, forcing)[1][SOURCE : SOURCE + 4]


@pytest.mark.parametrize("alt", [0.0, 0.5, 1.2, 10.0])
@pytest.mark.parametrize("bedrock", [1, 2, 3, 8, 19, 20])
def test_no_carbon_below_bedrock_and_none_lost(bedrock, alt):
    forcing = dry_below(bedrock, alt=alt)
    pools = TWENTY.steady_state(THETA, forcing)[0]
    assert (pools[:, bedrock:] == 0).all()
    assert np.isfinite(pools).all()
    filled = 1 if alt == 0 else bedrock
    assert (pools[:, :filled] > 0).all()
    # Cold, moist mineral soil of the prior's middle: less than solid carbon could ever hold.
    assert pools.max() < 2e6
    assert abs(respiration_per_input(TWENTY, THETA, forcing, pools) - 1) < 1e-12
    np.testing.assert_allclose(source(TWENTY, forcing).sum(axis=1), [60, 120, 180, 96], rtol=1e-13)


def test_the_scalars_of_bedrock_do_not_matter():
    """The same column bit for bit, whatever the forcing is below bedrock."""
    dry, wet = dry_below(8), monthly(bedrock=8)
    np.testing.assert_array_equal(TWENTY.steady_state(THETA, dry), TWENTY.steady_state(THETA, wet))


def test_root_profile_is_that_of_the_layers_above_bedrock():
    """beta of 0.75 to 0.92 m, by hand."""
    depth = np.append(0.0, TWENTY.grid.interface[:8])
    fraction = -np.diff(0.74995 ** (100 * depth))
    expected = np.outer([60, 120, 180, 96], fraction / fraction.sum())
    found = source(TWENTY, dry_below(8))
    np.testing.assert_allclose(found[:, :8], expected, rtol=1e-9)
    assert (found[:, 8:] == 0).all()


def test_shallow_soil_gets_what_bedrock_does_not():
    """Half of the roots of beta 0.993 would be below 1 m."""
    theta = THETA.copy()
    theta[20] = (0.993 - 0.5) / 0.4999
    whole, shallow = (source(TWENTY, monthly(bedrock=b), theta) for b in (20, 8))
    np.testing.assert_allclose(shallow.sum(axis=1), whole.sum(axis=1), rtol=1e-13)
    ratio = shallow[:, :8] / whole[:, :8]
    np.testing.assert_allclose(ratio, 1 / (1 - 0.993**92), rtol=3e-3)


def test_the_public_codes_way_is_a_switch():
    model = MatrixModel("clm5-20", input_below_bedrock=True)
    np.testing.assert_array_equal(
        source(model, monthly(bedrock=8)), source(TWENTY, monthly(bedrock=20))
    )
    pools = model.steady_state(THETA, monthly(bedrock=8))[0]
    assert (pools[:, 8:12] > 0).all()


def test_bedrock_below_all_layers_changes_nothing():
    theta, forcing = monthly_draws(40, seed=50)
    object.__setattr__(forcing, "bedrock_layer", np.full(40, 20.0))
    public = MatrixModel("clm5-20", input_below_bedrock=True)
    np.testing.assert_array_equal(
        TWENTY.steady_state(theta, forcing), public.steady_state(theta, forcing)
    )


def test_input_by_layer_is_brought_above_bedrock():
    """Pool by pool, in the proportions found there: 3 of 10 units lie above, so times 10/3."""
    model = MatrixModel("clm5-20", input_by_layer=True)
    layers = np.zeros((4, 20))
    layers[:, 0], layers[:, 3], layers[:, 12] = 2.0, 1.0, 7.0
    layers /= model.grid.thickness
    layers[2, 12] = 0.0
    forcing = dry_below(8, litter_input_by_layer=layers)
    found = source(model, forcing)
    np.testing.assert_allclose(found[[0, 1, 3], 0], 20 / 3, rtol=1e-13)
    np.testing.assert_allclose(found[[0, 1, 3], 3], 10 / 3, rtol=1e-13)
    np.testing.assert_allclose(found[2, [0, 3]], [2.0, 1.0], rtol=1e-13)
    assert (found[:, 8:] == 0).all()
    pools = model.steady_state(THETA, forcing)[0]
    assert (pools[:, 8:] == 0).all()
    assert abs(respiration_per_input(model, THETA, forcing, pools) - 1) < 1e-12


def test_columns_of_different_bedrock_in_one_call():
    """A deep column leaves nothing behind in the shallow one that follows it."""
    theta, forcing = monthly_draws(60, seed=51)
    together = TWENTY.steady_state(theta, forcing)
    for i in range(60):
        alone = TWENTY.steady_state(theta[i], forcing.take([i]))[0]
        np.testing.assert_array_equal(together[i], alone)
        assert (together[i][:, int(forcing.bedrock_layer[i]) :] == 0).all()


def test_the_dense_matrix_says_the_same():
    forcing = dry_below(6)
    matrix, load = TWENTY.matrix(THETA, forcing)
    dense = np.linalg.solve(matrix, -load).reshape(7, 20)
    pools = TWENTY.steady_state(THETA, forcing)[0]
    np.testing.assert_allclose(dense[:, :6], pools[:, :6], rtol=1e-9)
    assert (load.reshape(7, 20)[:, 6:] == 0).all()
    assert (dense[:, 6:] == 0).all()
