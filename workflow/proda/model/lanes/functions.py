"""Exponentials and logarithm of vectors, within one unit in the last place.

    exp(x) = 2**k exp(r)       k = x / ln 2 rounded, r = x - k ln 2, |r| <= ln(2) / 2
    2**x   = 2**k exp(r)       k = x rounded, r = (x - k) ln 2, where x - k is exact
    log(x) = k ln 2 + log(m)   x = 2**k m, sqrt(1/2) <= m < sqrt(2); log(m) = 2 artanh(s)

with s = (m - 1) / (m + 1). ln 2 is the sum of a part whose products with k are exact and a rest.
exp(r) = 1 + r + r**2 P(r); P is the polynomial of degree 9 with the smallest largest relative error
of exp(r), 3.6e-18 (found by Remez' exchange algorithm). artanh(s) is its series to s**21; the next
term is below 2e-18 of the first one.

A power a**x is 2**(x log2(a)), which takes fewer operations than with exp. Polynomials are fused
multiply-adds: sums and products apart would take twice as many operations.
A library's functions would do the same one lane after the other, and differ between systems.
"""

import math

import numpy as np

from proda.compiled import inlined, kernel
from proda.model.lanes.vector import (
    ROUNDING,
    Vector,
    any_lane,
    exponent,
    fill,
    multiply_add,
    select,
    shift_exponent,
    significand,
)

__all__ = ["PER_LN_2", "exp2_lanes", "exp_lanes", "log_lanes"]

LN_2 = math.log(2.0)
PER_LN_2 = 1.0 / LN_2
# ln 2 with 32 bits, hence exact products with numbers of up to 21 bits; and the rest (60 digits).
LN_2_HIGH = 0.693147180369123816490
LN_2_LOW = 1.90821492927058770002e-10

# Results are normal numbers between the first two, zero or infinite beyond the other two.
MIN_NORMAL, MAX_NORMAL = -708.0, 709.0
MIN_EXPONENT, MAX_EXPONENT = -746.0, 710.0
# The same of powers of two: normal where the absolute value is below the first.
NORMAL_EXPONENT = 1022.0
MIN_EXPONENT_2, MAX_EXPONENT_2 = -1076.0, 1025.0

# Coefficients of P; with r in units of ln 2 for powers of two.
EXP = (
    0.5000000000000011,
    0.16666666666666413,
    0.041666666666530267,
    0.008333333333494342,
    0.0013888888943597852,
    0.00019841269506761013,
    2.480149313599134e-05,
    2.7557586283831204e-06,
    2.7630234000797516e-07,
    2.500006663152949e-08,
)
EXP2 = tuple(p * LN_2 ** (i + 2) for i, p in enumerate(EXP))
# Coefficients of 2 artanh(s) at s**3, s**5, ...
LOG = tuple(2.0 / i for i in range(3, 22, 2))

SMALLEST_NORMAL = float(np.finfo(np.float64).smallest_normal)
TWO_54 = 2.0**54


@inlined
def exp2_lanes(x: Vector) -> Vector:
    """Two to the power of every lane; 0 and infinity beyond the range of doubles, NaN of NaN."""
    biased = x + ROUNDING
    y = shift_exponent(_exp2_of_rest(x - (biased - ROUNDING)), biased)
    if any_lane(~(abs(x) < NORMAL_EXPONENT)):
        y = _exp2_anywhere(x)  # the same bits where the result is a normal number
    return y


@kernel
def _exp2_anywhere(x: Vector) -> Vector:
    x = select(x > MAX_EXPONENT_2, MAX_EXPONENT_2, x)
    x = select(x < MIN_EXPONENT_2, MIN_EXPONENT_2, x)
    k = (x + ROUNDING) - ROUNDING
    return _times_power_of_2(_exp2_of_rest(x - k), k)


@inlined
def _exp2_of_rest(r: Vector) -> Vector:
    """2**r for r of at most 1/2."""
    y = multiply_add(r, _polynomial(r, r * r, EXP2), LN_2)
    return multiply_add(r, y, 1.0)


@inlined
def exp_lanes(x: Vector) -> Vector:
    """Exponential of every lane; 0 and infinity beyond the range of doubles, NaN of NaN."""
    biased = x * PER_LN_2 + ROUNDING
    y = shift_exponent(_exp_of_rest(x, biased - ROUNDING), biased)
    if any_lane(~((x > MIN_NORMAL) & (x < MAX_NORMAL))):
        y = _exp_anywhere(x)  # the same bits where the result is a normal number
    return y


@kernel
def _exp_anywhere(x: Vector) -> Vector:
    x = select(x > MAX_EXPONENT, MAX_EXPONENT, x)
    x = select(x < MIN_EXPONENT, MIN_EXPONENT, x)
    k = (x * PER_LN_2 + ROUNDING) - ROUNDING
    return _times_power_of_2(_exp_of_rest(x, k), k)


@inlined
def _exp_of_rest(x: Vector, k: Vector) -> Vector:
    """exp(x - k ln 2)."""
    high = x - k * LN_2_HIGH
    low = k * LN_2_LOW
    r = high - low
    r2 = r * r
    y = multiply_add(r2, _polynomial(r, r2, EXP), -low)
    return 1.0 + (high + y)  # r without its rounding


@inlined
def _polynomial(r: Vector, r2: Vector, p: tuple[float, ...]) -> Vector:
    """Polynomial of degree 9 of r, whose square is r2."""
    # Even and odd powers apart: the processor has more than one to do at a time.
    even = multiply_add(r2, multiply_add(r2, fill(p[8]), p[6]), p[4])
    even = multiply_add(r2, multiply_add(r2, even, p[2]), p[0])
    odd = multiply_add(r2, multiply_add(r2, fill(p[9]), p[7]), p[5])
    odd = multiply_add(r2, multiply_add(r2, odd, p[3]), p[1])
    return multiply_add(r, odd, even)


@inlined
def _times_power_of_2(y: Vector, k: Vector) -> Vector:
    """Product y 2**k in two steps: 2**k may be beyond the range of doubles where that is not."""
    biased = k * 0.5 + ROUNDING
    rest = k - (biased - ROUNDING)
    one = fill(1.0)
    return y * shift_exponent(one, biased) * shift_exponent(one, rest + ROUNDING)


@inlined
def log_lanes(x: Vector) -> Vector:
    """Natural logarithm of every lane; -infinity of 0, NaN of negative numbers and of NaN."""
    tiny = x < SMALLEST_NORMAL
    scaled = select(tiny, x * TWO_54, x)
    m = significand(scaled)
    k = exponent(scaled) - select(tiny, 54.0, 0.0)
    upper = m > math.sqrt(2.0)
    m = select(upper, m * 0.5, m)
    k = select(upper, k + 1.0, k)
    f = m - 1.0
    s = f / (f + 2.0)
    z = s * s
    # 2 s = f - s f, and f - f**2 / 2 is the larger part of log(1 + f): s (f + ...) is small.
    half = 0.5 * f * f
    rest = multiply_add(z, _polynomial(z, z * z, LOG), half)
    y = k * LN_2_HIGH - ((half - multiply_add(s, rest, k * LN_2_LOW)) - f)
    y = select(x < math.inf, y, x)  # infinity and NaN
    y = select(x == 0.0, -math.inf, y)
    return select(x < 0.0, math.nan, y)
