"""The two soil grids and integration over depth."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_cases import STRUCTURES
from proda.errors import InputError
from proda.model import MatrixModel
from proda.model.grid import CLM5_20, CLM45_10

GRIDS = pytest.mark.parametrize("grid", [CLM45_10, CLM5_20], ids=STRUCTURES)


@GRIDS
def test_interfaces_are_cumulated_thickness(grid):
    np.testing.assert_allclose(np.cumsum(grid.thickness), grid.interface, rtol=0, atol=2e-9)


@GRIDS
def test_nodes_lie_in_their_layers(grid):
    upper = grid.interface - grid.thickness
    assert ((upper < grid.node) & (grid.node < grid.interface)).all()
    assert grid.below > grid.bottom


def test_ten_layers_are_clm45s_exponential_grid():
    j = np.arange(1, 16)
    node = 0.025 * (np.exp(0.5 * (j - 0.5)) - 1)
    np.testing.assert_allclose(CLM45_10.node, node[:10], rtol=1e-7)
    np.testing.assert_allclose(CLM45_10.interface, (node[:10] + node[1:11]) / 2, rtol=1e-7)
    assert CLM45_10.below == pytest.approx((node[10] + node[11]) / 2)
    assert (CLM45_10.n_layers, CLM45_10.bottom) == (10, 3.801881912)


def test_twenty_layers_are_clm5s():
    """Thickness grows by 2, 4 and 10 cm per layer; nodes are the middles of layers."""
    assert (CLM5_20.n_layers, CLM5_20.bottom) == (20, 8.6)
    steps = np.diff(CLM5_20.thickness)
    np.testing.assert_allclose(steps, [0.02] * 3 + [0.04] * 9 + [0.1] * 7)
    np.testing.assert_allclose(CLM5_20.node, CLM5_20.interface - CLM5_20.thickness / 2)


def test_arrays_of_a_grid_cannot_be_changed():
    with pytest.raises(ValueError, match="read-only"):
        CLM5_20.thickness[0] = 1.0


def test_stocks_by_hand():
    """SOC of 1, 2, ... gC m-3 from the top; the last layer counts with the fraction of it."""
    ten, twenty = MatrixModel("clm45-10"), MatrixModel("clm5-20")
    soc10, soc20 = np.arange(1.0, 11), np.arange(1.0, 21)
    assert twenty.stock(soc20, 0.0, 0.3) == pytest.approx(
        1 * 0.02 + 2 * 0.04 + 3 * 0.06 + 4 * 0.08 + 5 * 0.10
    )
    assert twenty.stock(soc20, 0.30, 0.34) == pytest.approx(5 * 0.02 + 6 * 0.02)
    assert ten.stock(soc10, 0.0, 0.3) == pytest.approx(
        0.017512818 + 2 * 0.027578969 + 3 * 0.045470033 + 4 * 0.074967411 + 5 * 0.123600365
        + 6 * (0.3 - 0.289129597)
    )  # fmt: skip
    assert ten.stock(soc10, 0.1, 0.11) == pytest.approx(4 * 0.01)


@pytest.mark.parametrize("structure", STRUCTURES)
@given(data=st.data())
def test_stocks_add_up_over_depth(structure, data):
    model = MatrixModel(structure)
    depths = data.draw(
        st.lists(st.floats(0.0, model.grid.bottom), min_size=3, max_size=6, unique=True).map(sorted)
    )
    soc = np.linspace(3e4, 1e3, model.grid.n_layers)
    parts = sum(model.stock(soc, a, b) for a, b in pairwise(depths))
    assert parts == pytest.approx(model.stock(soc, depths[0], depths[-1]), rel=1e-9, abs=1e-9)


def test_stock_and_soc_keep_leading_axes():
    model = MatrixModel("clm45-10")
    pools = np.random.default_rng(0).random((2, 3, 7, 10))
    soc = model.soc(pools)
    np.testing.assert_allclose(soc, pools[:, :, 4] + pools[:, :, 5] + pools[:, :, 6])
    assert model.stock(soc, 0.0, 1.0).shape == (2, 3)


@GRIDS
@pytest.mark.parametrize(("top", "bottom"), [(-0.1, 1.0), (0.5, 0.5), (1.0, 0.5), (0.0, 8.7)])
def test_depths_outside_the_grid_are_refused(grid, top, bottom):
    with pytest.raises(InputError, match=r"depth interval.*0 <= top < bottom <= .*found") as raised:
        grid.overlap(top, bottom)
    assert f"{top:g} to {bottom:g} m" in str(raised.value)


@GRIDS
def test_whole_grid_is_its_thickness(grid):
    np.testing.assert_allclose(grid.overlap(0.0, grid.bottom), grid.thickness, atol=1e-9)
