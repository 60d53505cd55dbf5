"""The public implementations' results, and the exact solutions of the same equations."""

import numpy as np

import oracle
from model_cases import reference_case, reference_pools, reference_rows
from proda.model import MatrixModel

# Magnitudes below this are the tail of exp(-z / e-folding depth) and may underflow.
UNDERFLOW = 1e-200


def of_largest(difference, scale):
    """Largest difference of each case over the largest pool of the case."""
    return np.abs(difference).max(axis=(1, 2)) / scale.max(axis=(1, 2))


def test_ten_layers_agree_with_60_digits_in_every_pool_and_layer():
    theta, forcing = reference_case("clm45-10")
    pools = MatrixModel("clm45-10").steady_state(theta, forcing)
    exact = reference_pools(10, "exact_")
    assert pools.shape == exact.shape == (100, 7, 10)
    assert sum(row["singular_in_reference"] == "True" for row in reference_rows(10)) == 11
    seen = exact > UNDERFLOW
    assert seen.mean() > 0.8
    assert np.abs(pools[seen] / exact[seen] - 1).max() < 1e-9
    assert pools[~seen].max() <= UNDERFLOW


def test_ten_layers_agree_with_the_public_function():
    theta, forcing = reference_case("clm45-10")
    pools = MatrixModel("clm45-10").steady_state(theta, forcing)
    public = reference_pools(10)
    solved = np.isfinite(public).all(axis=(1, 2))
    assert solved.sum() == 89
    assert of_largest(pools - public, public)[solved].max() < 1e-6


def test_twenty_layers_agree_with_the_public_functions():
    """All 32 cases without bedrock in the soil but one, where floor faces matter."""
    theta, forcing = reference_case("clm5-20")
    public = reference_pools(20)
    whole = forcing.bedrock_layer == 20
    error = of_largest(MatrixModel("clm5-20").steady_state(theta, forcing) - public, public)
    assert whole.sum() == 32
    assert np.flatnonzero(whole & (error > 1e-6)).tolist() == [55]


def test_their_floor_advection_explains_the_exception():
    theta, forcing = reference_case("clm5-20")
    public = reference_pools(20)
    whole = forcing.bedrock_layer == 20
    model = MatrixModel("clm5-20", floor_advection=1e-30)
    error = of_largest(model.steady_state(theta, forcing) - public, public)
    assert error[whole].max() < 1e-11


def test_public_functions_leak_carbon_at_bedrock():
    """Their matrix, rebuilt with the leak, gives their results; the model is closed there."""
    theta, forcing = reference_case("clm5-20")
    public = reference_pools(20)
    shallow = np.flatnonzero(forcing.bedrock_layer < 20)
    closed = MatrixModel("clm5-20", input_below_bedrock=True).steady_state(theta, forcing)
    leaky = np.full_like(public, np.nan)
    for i in shallow:
        leaky[i] = [
            [float(x) for x in pool]
            for pool in oracle.monthly(theta[i], forcing, i, leaky=True, input_below=True)
        ]
    assert len(shallow) == 28
    assert of_largest(leaky - public, public)[shallow].max() < 1e-6
    assert (of_largest(closed - public, public)[shallow] > 1e-3).sum() > 10
