"""The observation operator: the study's spline, its ends, its weights, and what is rejected."""

from pathlib import Path

import netCDF4
import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.interpolate import CubicSpline

from posterior_cases import write_inputs
from proda.errors import InputError
from proda.inference.observations import (
    INTERPOLATIONS,
    WEIGHTS,
    Observations,
    depth_weights,
    interpolation_matrix,
)
from proda.inference.observations_file import job_files, open_observations
from proda.model.grid import CLM5_20, CLM45_10

ROOT = Path(__file__).parents[3]

NODE = CLM45_10.node


@given(
    soc=arrays(float, 10, elements=st.floats(0.0, 1e5)),
    depth=arrays(float, st.integers(1, 12), elements=st.floats(0.0, 6.0)),
)
def test_matrix_is_the_not_a_knot_spline_clamped_at_the_ends(soc, depth):
    expected = CubicSpline(NODE, soc, bc_type="not-a-knot")(depth)
    expected[depth <= NODE[0]] = soc[0]
    expected[depth >= NODE[-1]] = soc[-1]
    found = interpolation_matrix(NODE, depth) @ soc
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9 * (1.0 + soc.max()))


def test_spline_reproduces_a_cubic_and_linear_does_not():
    depth = np.array([0.05, 0.4, 1.7])

    def cubic(z):
        return 5.0 - 3.0 * z + 2.0 * z**2 - 0.4 * z**3

    spline, linear = (interpolation_matrix(NODE, depth, m) @ cubic(NODE) for m in INTERPOLATIONS)
    np.testing.assert_allclose(spline, cubic(depth), rtol=1e-12)
    assert np.abs(linear - cubic(depth)).max() > 0.01


@pytest.mark.parametrize("grid", [CLM45_10, CLM5_20], ids=["10", "20"])
def test_linear_is_piecewise_linear_with_the_end_values_beyond(grid):
    soc = np.random.default_rng(1).random(grid.n_layers)
    depth = np.array([0.0, 0.001, *grid.node[[0, 3, -1]], 0.33, 1.234, 9.0])
    found = interpolation_matrix(grid.node, depth, "linear") @ soc
    np.testing.assert_allclose(found, np.interp(depth, grid.node, soc), rtol=1e-13)


@pytest.mark.parametrize("method", INTERPOLATIONS)
def test_depths_at_and_beyond_the_nodes_take_the_values_of_the_nodes(method):
    depth = np.concatenate([[0.0], NODE, [3.0, 50.0]])
    expected = np.eye(10)[[0, *range(10), 9, 9]]
    np.testing.assert_allclose(interpolation_matrix(NODE, depth, method), expected, atol=1e-14)


@pytest.mark.parametrize("method", INTERPOLATIONS)
def test_constant_soc_stays_constant(method):
    rows = interpolation_matrix(NODE, np.linspace(0.0, 4.0, 41), method).sum(axis=1)
    np.testing.assert_allclose(rows, 1.0, atol=1e-13)


def test_weights_of_the_study():
    weights = depth_weights([0.1, 0.5, 1.0, 2.0])
    np.testing.assert_allclose(weights, [10.0, np.exp(-0.5), np.exp(-1.0), 10.0])


def test_weights_do_not_depend_on_the_order_of_the_horizons():
    np.testing.assert_allclose(depth_weights([1.0, 2.0, 0.1]), [np.exp(-1.0), 10.0, 10.0])


@pytest.mark.parametrize("depth", [[0.4], [0.1, 0.9]])
def test_one_or_two_horizons_are_both_first_and_last(depth):
    np.testing.assert_array_equal(depth_weights(depth), 10.0)


def test_other_weights():
    depth = np.array([0.1, 0.5, 2.0])
    np.testing.assert_allclose(depth_weights(depth, "exponential"), np.exp(-depth))
    np.testing.assert_array_equal(depth_weights(depth, "unit"), 1.0)


def test_precision_and_prediction_give_the_cost_of_the_paper():
    rng = np.random.default_rng(2)
    depth = np.array([0.1, 0.6, 1.1])
    value, weight = rng.random(3) + 1.0, depth_weights(depth)
    soc = rng.random(10)
    seen = Observations(interpolation_matrix(NODE, depth), value, 0.3 * value, weight)
    by_hand = sum(
        weight[k] * (CubicSpline(NODE, soc)(depth[k]) - value[k]) ** 2 / (2 * (0.3 * value[k]) ** 2)
        for k in range(3)
    )
    cost = seen.precision @ (seen.predict(soc) - seen.value) ** 2
    assert cost == pytest.approx(by_hand, rel=1e-10)
    np.testing.assert_allclose(seen.predict(np.stack([soc, 2 * soc]))[1], 2 * seen.predict(soc))


GOOD = {"operator": np.ones((2, 10)), "value": [1.0, 2.0], "sigma": [0.3, 0.6], "weight": [10, 10]}


def test_without_more_nothing_is_censored_and_errors_are_relative():
    seen = Observations(**GOOD)
    np.testing.assert_array_equal(seen.absolute, 0.0)
    assert seen.censored.dtype == bool and not seen.censored.any()
    assert Observations(**GOOD, censored=[0, 1]).censored.tolist() == [False, True]


@pytest.mark.parametrize(
    ("change", "fragments"),
    [
        ({"operator": np.ones((0, 10))}, ["observations", "at least one horizon", "none"]),
        ({"operator": np.ones(10)}, ["operator", "shape"]),
        ({"value": [1.0]}, ["value", "(2)", "(1,)"]),
        ({"value": [1.0, np.nan]}, ["value[1]", "finite", "nan"]),
        ({"value": [1.0, -2.0]}, ["value[1]", "]0, inf]", "-2"]),
        ({"value": [0.0, 2.0]}, ["value[0]", "]0, inf]", "0"]),
        ({"sigma": [0.3, 0.0]}, ["sigma[1]", "]0, inf]", "found 0"]),
        ({"sigma": [0.3, np.inf]}, ["sigma[1]", "finite", "inf"]),
        ({"weight": [-1.0, 1.0]}, ["weight[0]", "[0, inf]", "-1"]),
        ({"absolute": [0.0, -1.0]}, ["absolute[1]", "[0, inf]", "-1"]),
        ({"censored": [True]}, ["censored", "(2)", "(1,)"]),
    ],
)
def test_bad_observations_are_rejected(change, fragments):
    with pytest.raises(InputError) as error:
        Observations(**GOOD | change)
    for fragment in fragments:
        assert fragment in str(error.value)


def test_unknown_choices_and_depths_are_rejected():
    with pytest.raises(InputError, match="interpolation: expected one of cubic_spline, linear"):
        interpolation_matrix(NODE, [0.1], "pchip")
    with pytest.raises(InputError, match=f"weights: expected one of {', '.join(WEIGHTS)}"):
        depth_weights([0.1], "paper")
    with pytest.raises(InputError, match=r"depth\[1\]: expected finite values in m, found nan"):
        interpolation_matrix(NODE, [0.1, np.nan])


def test_all_observations_at_once_are_those_of_each_profile(tmp_path):
    with open_observations(write_inputs(tmp_path, 5)[0]) as reader:
        ids, found = reader.all()
        assert ids == [reader.profile_id(i) for i in range(5)] and len(found) == 5
        for i, seen in enumerate(found):
            expected = vars(reader.observations(i))
            for name, values in vars(seen).items():
                np.testing.assert_array_equal(values, expected[name], err_msg=name)


def test_the_global_study_needs_some_hundred_submissions(tmp_path):
    """Jobs of one folder are one submission on a cluster (profiles/slurm)."""
    n = 120_000
    with netCDF4.Dataset(tmp_path / "o.nc", "w") as file:
        file.createDimension("profile", n)
    config = yaml.safe_load((ROOT / "config" / "global.yaml").read_text())["assimilation"]
    size = config["profiles_per_job"], config["profiles_per_folder"]
    files = job_files(tmp_path, tmp_path / "o.nc", *size)
    assert 100 < len({path.parent for path in files}) < 300
    ranges = [tuple(map(int, path.stem.split("-"))) for path in files]
    assert [first for first, _ in ranges] == [0, *(last + 1 for _, last in ranges[:-1])]
    assert ranges[-1][1] == n - 1
