"""The matrix model against a column of CLM5 itself (docs/validation.md has the same figures)."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

import validation


@pytest.fixture(scope="module")
def column():
    return validation.read_column()


@pytest.fixture(scope="module")
def found(column):
    return validation.figures(column)


def test_with_clms_rates_the_matrix_gives_clms_soc(found):
    """0.12 % of the column's SOC, 0.20 % in any layer; so the transfers, bioturbation, input and
    bedrock are CLM's. One scalar for all litter leaves metabolic litter off by up to 14 %.
    """
    part = found["CLM's rates, one scalar for litter"]
    cwd, l1, l2, l3, *soc = np.abs(part["pools"])
    assert part["soc"] == pytest.approx(0.12, abs=0.005)
    assert np.abs(part["soc_by_layer"]).max() < 0.20
    assert np.max(soc) < 0.22
    assert cwd.max() == pytest.approx(0.24, abs=0.01)
    assert l2.max() < 0.2 and l3.max() == pytest.approx(0.50, abs=0.01)
    assert l1.min() == pytest.approx(2.0, abs=0.05)
    assert l1.max() == pytest.approx(14.3, abs=0.05)
    assert (part["pools"][1] < 0).all()


def test_a_scalar_for_each_litter_pool_is_right_for_all_of_them(found):
    part = found["CLM's rates, a scalar per litter pool"]
    assert np.abs(part["pools"][1:4]).max() < 0.2
    assert np.abs(part["pools"][1]).max() < 0.06
    assert part["soc"] == pytest.approx(0.12, abs=0.005)


def test_the_steady_state_is_12_percent_above_clm(column, found):
    """CLM's passive SOC still grows: its tendency is 5.8 % of its loss."""
    thickness = np.array([0.02, 0.04, 0.06, 0.08, 0.12, 0.16, 0.20, 0.24])
    growth = (column.tendency[6] @ thickness) / (column.loss[6] @ thickness)
    assert growth == pytest.approx(0.058, abs=0.0005)
    assert found["steady state, century_normalisation"]["soc"] == pytest.approx(12.4, abs=0.05)
    assert found["steady state, CLM's T_SCALAR"]["soc"] == pytest.approx(12.0, abs=0.05)


def test_without_normalisation_two_errors_cancel(found):
    assert found["steady state, without normalisation"]["soc"] == pytest.approx(-7.3, abs=0.05)


def test_a_wrong_matrix_would_be_noticed(column):
    """Half of CLM's bioturbation, or transfers of 10 % less sand, is far outside these limits."""
    for change in ("sand", "mean"):
        values = column.sand - 10.0 if change == "sand" else column.mean * 1.02
        changed = validation.ClmColumn(**vars(column) | {change: values})
        pools = validation.at_clms_rates(changed)
        assert abs(validation.deviations(column, pools)["soc"]) > 1.0
