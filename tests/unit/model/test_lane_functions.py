"""Exponentials and logarithm of vectors, against 40-digit decimal arithmetic."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proda.compiled import kernel
from proda.model.lanes.functions import exp2_lanes, exp_lanes, log_lanes
from proda.model.lanes.vector import (
    WIDTH,
    block,
    fill,
    load,
    maximum,
    minimum,
    multiply_add,
    number,
    numbers,
    select,
    store,
)

SMALLEST = 5e-324
LARGEST = np.finfo(np.float64).max
EXP, EXP2, LOG = range(3)


@kernel
def apply(function, x, y):
    for i in range(0, x.shape[1], WIDTH):
        values = load(block(x, i), 0)
        if function == LOG:
            store(block(y, i), 0, log_lanes(values))
        elif function == EXP2:
            store(block(y, i), 0, exp2_lanes(values))
        else:
            store(block(y, i), 0, exp_lanes(values))


def of(function, values):
    """Function of any number of values; the last vector is filled with ones."""
    x = np.ones((1, -(-len(values) // WIDTH) * WIDTH))
    x[0, : len(values)] = values
    y = np.empty_like(x)
    apply(function, x, y)
    return y[0, : len(values)]


def units_off(found, exact):
    """Difference in units in the last place of the exact result, which is no double."""
    nearest = float(exact)
    if math.isinf(nearest):
        return 0.0 if found in (nearest, LARGEST) else math.inf
    with localcontext(prec=40):
        return float(abs(Decimal(float(found)) - exact) / Decimal(math.ulp(nearest)))


def exactly(function, x):
    if function == LOG:
        return Decimal(x).ln()
    return Decimal(x).exp() if function == EXP else Decimal(2) ** Decimal(x)


def worst(function, values):
    with localcontext(prec=40):
        exact = [exactly(function, x) for x in map(float, values)]
    found = of(function, values)
    return max(units_off(y, e) for y, e in zip(found, exact, strict=True))


def test_exponential_is_within_one_unit_over_the_whole_range():
    rng = np.random.default_rng(1)
    halfway = (np.arange(-40, 40) + 0.5) * math.log(2.0)  # the ends of the polynomial
    values = [rng.uniform(-745, 709.78, 1500), rng.uniform(-1, 1, 1500), halfway]
    values += [rng.uniform(-745.1, -708, 300), rng.uniform(708.5, 709.78, 100)]
    assert 0.5 < worst(EXP, np.concatenate(values)) <= 1.0


def test_power_of_two_is_within_one_unit_over_the_whole_range():
    rng = np.random.default_rng(4)
    halfway = np.arange(-40, 40) + rng.uniform(0.49, 0.51, 80)  # the ends of the polynomial
    values = [rng.uniform(-1074, 1024, 1500), rng.uniform(-1, 1, 1500), halfway]
    values += [rng.uniform(-1074.9, -1021, 300), rng.uniform(1021, 1024, 100)]
    assert 0.5 < worst(EXP2, np.concatenate(values)) <= 1.0


def test_logarithm_is_within_one_unit_over_the_whole_range():
    rng = np.random.default_rng(2)
    values = [2.0 ** rng.uniform(-1074, 1023.9, 1500), rng.uniform(0.5, 2, 1500)]
    values += [1.0 + rng.uniform(-1e-8, 1e-8, 300), [SMALLEST, 1e-310, LARGEST]]
    assert 0.5 < worst(LOG, np.concatenate(values)) <= 1.0


@given(st.floats(-745, 709.78))
def test_exponential_of_any_number(x):
    assert worst(EXP, [x]) <= 1.0


@given(st.floats(-1074, 1023.99))
def test_power_of_two_of_any_number(x):
    assert worst(EXP2, [x]) <= 1.0


@given(st.floats(SMALLEST, LARGEST).filter(lambda x: x != 1.0))
def test_logarithm_of_any_positive_number(x):
    assert worst(LOG, [x]) <= 1.0


def test_whole_powers_of_two_are_exact():
    k = np.arange(-1074, 1024)
    np.testing.assert_array_equal(of(EXP2, k), np.ldexp(1.0, k))


def test_ends_of_the_range():
    x = [0.0, -0.0, math.inf, -math.inf, math.nan, 710.0, -746.0, 1e300, -1e300]
    expected = [1.0, 1.0, math.inf, 0.0, math.nan, math.inf, 0.0, math.inf, 0.0]
    np.testing.assert_array_equal(of(EXP, x), expected)
    x[5:7] = 1024.0, -1076.0
    np.testing.assert_array_equal(of(EXP2, x), expected)
    x = [1.0, 0.0, -0.0, math.inf, -1.0, -math.inf, math.nan]
    expected = [0.0, -math.inf, -math.inf, math.inf, math.nan, math.nan, math.nan]
    np.testing.assert_array_equal(of(LOG, x), expected)


@pytest.mark.parametrize("function", [EXP, EXP2])
def test_a_lane_beyond_the_range_does_not_change_its_neighbours(function):
    x = np.linspace(-3, 3, WIDTH)
    alone = of(function, x)
    for far in (-1050.0, -740.0, 709.5, 1023.5, math.nan, math.inf):
        beside = x.copy()
        beside[2] = far
        together = of(function, beside)
        np.testing.assert_array_equal(np.delete(together, 2), np.delete(alone, 2))


@kernel
def operate(a, b, scale, out):
    x, y, s = load(block(a, 0), 0), load(block(b, 0), 0), numbers(scale)
    store(block(out, 0), 0, select(x > y, x - y, -x))
    store(block(out, 0), 1, minimum(x, y) * number(s, (0, 1)))
    store(block(out, 0), 2, maximum(x, 0.5) / fill(2.0))
    store(block(out, 0), 4, abs(x) + abs(-2.0))
    store(block(out, 0), 3, select(~((x <= y) & (y >= 1.0)) | (x == 2.0), 1.0, 0.0))


def test_operations_are_those_of_numpy():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(2, 1, WIDTH))
    a[0, 1], b[0, 3], a[0, 5] = np.nan, np.nan, 2.0
    out = np.empty((5, WIDTH))
    scale = np.array([[0.0, 3.0]])
    operate(a, b, scale, out)
    x, y = a[0], b[0]
    expected = [
        np.where(x > y, x - y, -x),
        np.where(y < x, y, x) * 3.0,
        np.where(x < 0.5, 0.5, x) / 2.0,
        np.where(~((x <= y) & (y >= 1.0)) | (x == 2.0), 1.0, 0.0),
        np.abs(x) + 2.0,
    ]
    np.testing.assert_array_equal(out, expected)


@kernel
def product_and_sum(x, y):
    a, b, c = load(block(x, 0), 0), load(block(x, 0), 1), load(block(x, 0), 2)
    store(block(y, 0), 0, multiply_add(a, b, c))


def test_product_and_sum_are_rounded_once():
    small = 2.0**-30
    x = np.repeat(np.array([[1.0 + small], [1.0 - small], [-1.0]]), WIDTH, axis=1)
    y = np.empty((1, WIDTH))
    product_and_sum(x, y)
    np.testing.assert_array_equal(y, -(small**2))  # 0 if the product were rounded
