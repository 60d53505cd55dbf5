"""Many columns at once: the results of the scalar kernels, and the same bits in any company."""

import os
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from model_cases import DRAWS, STRUCTURES, annual_draws, reference_case, scalar_steady_states
from proda.model import MatrixModel
from proda.model.lanes.layout import LANES, empty_lanes, new_lane_workspace
from proda.model.lanes.steady_state import steady_state_lanes
from proda.model.layout import CARBON
from proda.model.slots import EFOLDING_DEPTH, TAU_FAST

# Smaller pools are tails of exp(-z / e-folding depth), and larger ones accumulate where it is so
# small: the rounding of that exponent alone is 1e-13 of them.
TAIL = 1e-100


def in_lanes(model, physical, columns, fill=0.0):
    """(n, 7, layers) pools, block after block; the last column fills the last block."""
    n = len(physical)
    row = np.minimum(np.arange(-(-n // LANES) * LANES), n - 1).reshape(-1, LANES)
    w = new_lane_workspace(model.grid.n_layers, model.structure.months)
    pools = []
    for lanes in row:
        w[:] = fill
        steady_state_lanes(
            np.ascontiguousarray(physical[lanes].T),
            np.ascontiguousarray(columns[lanes].T),
            model.grid_rows,
            model.switches,
            w,
        )
        pools += list(w[:, CARBON : CARBON + 7].T.copy())
    return np.array(pools[:n])


def prepared(model, theta, forcing):
    return model.physical(theta), model.columns(forcing)


def assert_as_scalar(model, physical, columns):
    lanes = model.steady_state_in(physical, columns)
    scalar = scalar_steady_states(model, physical, columns)
    np.testing.assert_allclose(lanes, scalar, rtol=1e-12, atol=TAIL)
    usual = scalar < 1.0 / TAIL
    np.testing.assert_allclose(lanes[usual], scalar[usual], rtol=1e-13, atol=TAIL)
    return scalar


@pytest.mark.parametrize("structure", STRUCTURES)
def test_draws_of_the_prior(structure):
    model = MatrixModel(structure)
    scalar = assert_as_scalar(model, *prepared(model, *DRAWS[structure](400, seed=50)))
    assert (scalar > TAIL).mean() > 0.4


@pytest.mark.parametrize("structure", STRUCTURES)
def test_reference_cases(structure):
    model = MatrixModel(structure)
    assert_as_scalar(model, *prepared(model, *reference_case(structure)))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_corners_of_the_prior(structure):
    """Every parameter at one of its bounds; at most one fraction of the input at its upper one."""
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](300, seed=52)
    theta = np.round(theta)
    if structure == "clm45-10":
        theta[
            :, [model.parameters.index(f"input_to_{pool}") for pool in ("lignin", "cellulose")]
        ] = 0.0
    assert_as_scalar(model, *prepared(model, theta, forcing))


SWITCHES = (
    ("clm45-10", {"century_normalisation": True, "transfers_from_texture": True}),
    ("clm5-20", {"floor_advection": 1e-30, "input_below_bedrock": True}),
    (
        "clm5-20",
        {"input_by_layer": True, "transfers_from_texture": True, "water_scalar_floor": 0.1},
    ),
)


@pytest.mark.parametrize(("structure", "switches"), SWITCHES)
def test_switches(structure, switches):
    model = MatrixModel(structure, **switches)
    theta, forcing = DRAWS[structure](48, seed=53)
    rng = np.random.default_rng(1)
    n, layers = len(theta), model.grid.n_layers
    forcing = replace(forcing, sand=rng.uniform(5, 90, (n, layers)))
    if model.switches.input_by_layer:
        forcing = replace(
            forcing, litter_input=None, litter_input_by_layer=rng.uniform(1, 90, (n, 4, layers))
        )
    assert_as_scalar(model, *prepared(model, theta, forcing))


@pytest.mark.parametrize("structure", STRUCTURES)
def test_lanes_with_given_and_separate_scalars_beside_others(structure):
    """Temperature scalars given, nitrogen scalars by pool: a choice of each column."""
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](32, seed=54)
    rng = np.random.default_rng(2)
    shape = (32, 12, 20) if structure == "clm5-20" else (32, 10)
    by_pool = (32, 3, *shape[1:])
    others = replace(
        forcing,
        soil_temperature=None,
        temperature_scalar=rng.uniform(0.05, 1, shape),
        nitrogen_scalar_by_pool=rng.uniform(0.1, 1, by_pool),
        **({"nitrogen_scalar": None} if structure == "clm5-20" else {}),
    )
    columns = model.columns(forcing)
    columns[::3] = model.columns(others)[::3]
    assert_as_scalar(model, model.physical(theta), columns)


def test_blocks_of_extreme_magnitude_beside_others():
    """Where cofactors lose digits, elimination takes over: in those lanes only."""
    model = MatrixModel("clm45-10")
    theta, forcing = annual_draws(32, seed=55)
    physical, columns = prepared(model, theta, forcing)
    usual = model.steady_state_in(physical, columns)
    physical[::3, EFOLDING_DEPTH] = 0.004
    physical[1::3, TAU_FAST] = 1e-90
    lanes = model.steady_state_in(physical, columns)
    scalar = scalar_steady_states(model, physical, columns)
    np.testing.assert_array_equal(lanes[2::3], usual[2::3])
    np.testing.assert_allclose(lanes, scalar, rtol=1e-12, atol=TAIL)
    assert (scalar[::3, 4:, -1] == 0.0).any() or scalar[::3, 4:].max() > 1e20


@pytest.mark.parametrize("structure", STRUCTURES)
def test_same_bits_in_any_company(structure):
    model = MatrixModel(structure)
    physical, columns = prepared(model, *DRAWS[structure](3 * LANES, seed=51))
    together = in_lanes(model, physical, columns)
    order = np.random.default_rng(0).permutation(len(physical))
    np.testing.assert_array_equal(in_lanes(model, physical[order], columns[order]), together[order])
    np.testing.assert_array_equal(model.steady_state_in(physical, columns), together)
    for i in range(0, len(physical), 5):
        alone = in_lanes(model, physical[i : i + 1], columns[i : i + 1], fill=np.nan)
        np.testing.assert_array_equal(alone[0], together[i])


@pytest.mark.parametrize("structure", STRUCTURES)
def test_pairs_of_sets_and_columns(structure):
    """Columns in any order and shared, also one that fills a block after another did."""
    model = MatrixModel(structure)
    physical, columns = prepared(model, *DRAWS[structure](30, seed=56))
    column = np.repeat([3, 7, 0, 3], [LANES, LANES + 3, 2, 30 - 2 * LANES - 5])
    together = model.steady_state_in(physical, columns, column)
    np.testing.assert_array_equal(together, model.steady_state_in(physical, columns[column]))
    one = model.steady_state_in(physical, columns[3:4])
    np.testing.assert_array_equal(one[:LANES], together[:LANES])


BITS = """
import sys
import numpy as np
from model_cases import DRAWS
from proda.model import MatrixModel
for structure in DRAWS:
    model, case = MatrixModel(structure), DRAWS[structure](16, seed=57)
    soc = np.ones(model.grid.n_layers)
    for values in (model.steady_state(*case), model.gradient(*case, soc)):
        sys.stdout.write(values.tobytes().hex())
"""


def test_same_bits_with_four_lanes_to_a_register():
    """Pools and derivatives as on a processor with AVX2, compiled in a process of its own."""
    paths = os.pathsep.join(path for path in sys.path if path)
    narrow = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": "+avx2,-avx512f"}
    run = subprocess.run(
        [sys.executable, "-c", BITS],
        env=os.environ | narrow | {"PYTHONPATH": paths},
        capture_output=True,
        check=True,
        text=True,
    )
    here = []
    for structure in DRAWS:
        model, case = MatrixModel(structure), DRAWS[structure](16, seed=57)
        here += [model.steady_state(*case), model.gradient(*case, np.ones(model.grid.n_layers))]
    assert run.stdout == "".join(values.tobytes().hex() for values in here)


def test_vectors_do_not_straddle_cache_lines():
    for layers in (10, 20):
        w = new_lane_workspace(layers, 1)
        assert w.ctypes.data % 64 == 0
        assert w.flags.c_contiguous
        assert w.shape[::2] == (layers, LANES)
    assert empty_lanes(3, 24).shape == (3, 24)
