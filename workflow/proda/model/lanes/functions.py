"""Exponential and logarithm of vectors, within one unit in the last place.

    exp(x) = 2**k exp(r)       k = x / ln 2 rounded, r = x - k ln 2, |r| <= ln(2) / 2
    log(x) = k ln 2 + log(m)   x = 2**k m, sqrt(1/2) <= m < sqrt(2); log(m) = 2 artanh(s)

with s = (m - 1) / (m + 1). ln 2 is the sum of a part whose products with k are exact and a rest.
exp(r) is its Taylor polynomial of degree 13 (the next term is below 5e-18), artanh(s) its series to
s**21 (below 2e-18 of the first term).

A library's functions would do the same one lane after the other, and differ between systems.
"""

import math

import numpy as np

from proda.compiled import inlined
from proda.model.lanes.vector import (
    Vector,
    exponent,
    power_of_two,
    select,
    significand,
)

__all__ = ["exp_lanes", "log_lanes"]

ROUNDING = 1.5 * 2.0**52  # x + ROUNDING - ROUNDING is x rounded to a whole number
PER_LN_2 = 1.0 / math.log(2.0)
# ln 2 with 32 bits, hence exact products with numbers of up to 21 bits; and the rest (60 digits).
LN_2_HIGH = 0.693147180369123816490
LN_2_LOW = 1.90821492927058770002e-10

# Beyond these the result is infinite or zero; within, k and its halves are exponents of doubles.
MAX_EXPONENT, MIN_EXPONENT = 710.0, -746.0

E2, E3, E4, E5, E6, E7, E8, E9, E10, E11, E12, E13 = (1.0 / math.factorial(i) for i in range(2, 14))
A3, A5, A7, A9, A11, A13, A15, A17, A19, A21 = (2.0 / i for i in range(3, 22, 2))

SMALLEST_NORMAL = float(np.finfo(np.float64).smallest_normal)
TWO_54 = 2.0**54


@inlined
def exp_lanes(x: Vector) -> Vector:
    """Exponential of every lane; 0 and infinity beyond the range of doubles, NaN of NaN."""
    x = select(x > MAX_EXPONENT, MAX_EXPONENT, x)
    x = select(x < MIN_EXPONENT, MIN_EXPONENT, x)
    k = (x * PER_LN_2 + ROUNDING) - ROUNDING
    high = x - k * LN_2_HIGH
    low = k * LN_2_LOW
    r = high - low
    rest = (high - r) - low  # what rounding took from r
    p = E12 + r * E13
    p = E11 + r * p
    p = E10 + r * p
    p = E9 + r * p
    p = E8 + r * p
    p = E7 + r * p
    p = E6 + r * p
    p = E5 + r * p
    p = E4 + r * p
    p = E3 + r * p
    p = E2 + r * p
    y = 1.0 + (r + (rest + r * r * p))
    # In two steps, because 2**k itself may be beyond the range where the result is not.
    half = (k * 0.5 + ROUNDING) - ROUNDING
    return y * power_of_two(half) * power_of_two(k - half)


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
    p = A19 + z * A21
    p = A17 + z * p
    p = A15 + z * p
    p = A13 + z * p
    p = A11 + z * p
    p = A9 + z * p
    p = A7 + z * p
    p = A5 + z * p
    p = A3 + z * p
    # 2 s = f - s f, and f - f**2 / 2 is the larger part of log(1 + f): s (f + ...) is small.
    half = 0.5 * f * f
    y = k * LN_2_HIGH - ((half - (s * (half + z * p) + k * LN_2_LOW)) - f)
    y = select(x < math.inf, y, x)  # infinity and NaN
    y = select(x == 0.0, -math.inf, y)
    return select(x < 0.0, math.nan, y)
