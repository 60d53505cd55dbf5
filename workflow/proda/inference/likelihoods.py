"""Densities of an observed SOC density, given what the model has there, for compiled code.

With m the modelled and o the observed SOC of a horizon (gC m-3), c the relative error, a the
absolute error and w the weight of the horizon, the kinds are

    relative        o - m          ~ N(0, v),         v = (c^2 o^2 + a^2) / w
    lognormal       log o - log m  ~ N(0, v),         v = (c^2 + log(1 + a^2/m^2)) / w
    lognormal_mean  log o - log m  ~ N(-v/2, v)
    student_t       log o - log m  ~ sqrt(v) t(4)
    gamma           o ~ Gamma with mean m and v = (c^2 + a^2/m^2) / w the square of its coefficient
                    of variation: shape k = 1/v, scale m v

`relative` is the cost of Tao et al. 2020 (a = 0). As its standard deviation is a share of the
observation it is no density of o given m: one m for many o that scatter by s on the log scale has
its best value exp(-1.5 s^2) times their median. The others are densities of o for every m > 0, with
m the median (`lognormal`, `student_t`) or the mean (`lognormal_mean`, `gamma`) of o; where m <= 0
the log density is -inf. On the log scale the absolute error is that of a further log-normal factor
whose coefficient of variation is a/m, so that v grows by a^2/m^2 where m is much larger than a,
and only as 2 log(a/m) where it is much smaller. A weight divides the variance: a horizon of weight
10 counts as one that was measured with an error smaller by sqrt(10), and every kind remains a
density.

A censored horizon is known to lie below its value, the detection limit: its density is the
probability of that, F(limit; m). For `relative`, v is then that of an observation at the limit.

Derivatives. With e = log o - log m + b v (b = 1/2 for `lognormal_mean`, else 0) the log density is
g(e, v) - log o, and

    d/dm = -g_e / m + (g_v + b g_e) dv/dm,      d/d log c = (g_v + b g_e) 2 c^2 / w

    normal     g = -log(2 pi v)/2 - e^2/(2v)                   g_e = -e/v
    Student    g = log(3/8) - log(v)/2 - 5/2 log(1 + e^2/4v)   g_e = -5e/(4v + e^2)
    censored   g = log F(e/sqrt v)                             g_e = f/(F sqrt v), g_v = -e g_e/2v

For the gamma distribution, with r = o/m and D(r) = r - 1 - log r,

    log density = -k D(r) + log(k / 2 pi)/2 - delta(k) - log o,
    delta(k) = log Gamma(k) - (k - 1/2) log k + k - log(2 pi)/2

so that large k lose no digits, and below the limit (Abramowitz and Stegun 1964, 6.5.29)

    log P = -k D(r) - log(2 pi k)/2 - delta(k) + log sum_n prod_{j<=n} k r / (k + j)

The functions of a horizon are those of vectors, a horizon in every lane, and are compiled into
their callers. What only censored horizons need is computed where a lane is censored, and selected
there.

An estimated relative error is one more dimension x of the sampler, standard normal under the prior.
Of one parameter set for all profiles it is mostly the scatter between them, of which nothing is
known: log c = log 0.05 + Phi(x) log(3 / 0.05) makes c log-uniform between 0.05 and 3. Of a profile
about its own parameters it is the error of its measurements, which is stated, but not exactly:
log c = log e + s x makes c log-normal about the stated e. A profile's few horizons tell little of
c: under a log-uniform prior its posterior reaches down to errors far below any laboratory's, where
parameters are confined to the neighbourhood of a surface and trajectories are slow.
"""

import math

from proda.compiled import inlined
from proda.inference.censored import below_limit
from proda.model.lanes.functions import log_lanes
from proda.model.lanes.vector import Vector, VectorMask, any_lane, fill, minimum, select

__all__ = [
    "ERROR_MODELS",
    "GAMMA",
    "LOGNORMAL",
    "LOGNORMAL_MEAN",
    "MAX_RELATIVE_ERROR",
    "MEDIANS",
    "MIN_RELATIVE_ERROR",
    "RELATIVE",
    "STUDENT_T",
    "gamma_horizon",
    "log_horizon",
    "relative_horizon",
]

RELATIVE, LOGNORMAL, LOGNORMAL_MEAN, STUDENT_T, GAMMA = range(5)

# Code of each kind, by its name in the configuration.
ERROR_MODELS = {
    "relative": RELATIVE,
    "lognormal": LOGNORMAL,
    "lognormal_mean": LOGNORMAL_MEAN,
    "student_t": STUDENT_T,
    "gamma": GAMMA,
}

# Kinds whose modelled value is the median of observations.
MEDIANS = (LOGNORMAL, STUDENT_T)

# Bounds of an estimated relative error.
MIN_RELATIVE_ERROR, MAX_RELATIVE_ERROR = 0.05, 3.0

_HALF_LOG_2_PI = 0.5 * math.log(2.0 * math.pi)
_LOG_3_8 = math.log(0.375)
# From here on the asymptotic series of delta(k) has an error below 1e-15.
_SHIFT = 8.0
# exp(-45) is lost beside 1.
_NEGLIGIBLE = 45.0
_MAX_RATIO = 1e300


@inlined
def _stirling(k: Vector) -> tuple[Vector, Vector]:
    """delta(k), the error of Stirling's formula, and its derivative."""
    far = k >= _SHIFT
    shifted = select(far, k, k + _SHIFT)
    y = 1.0 / (shifted * shifted)
    # Bernoulli numbers B_2n / (2n (2n - 1)), and the derivative by k.
    delta = 1 / 1188 + y * (-691 / 360360 + y * (1 / 156))
    delta = 1 / 12 + y * (-1 / 360 + y * (1 / 1260 + y * (-1 / 1680 + y * delta)))
    slope = 1 / 132 + y * (-691 / 32760 + y * (1 / 12))
    slope = 1 / 12 + y * (-1 / 120 + y * (1 / 252 + y * (-1 / 240 + y * slope)))
    delta, slope = delta / shifted, -1.0 * slope * y
    if any_lane(~far):
        product, inverses = fill(1.0), fill(0.0)
        for i in range(int(_SHIFT)):
            product = product * (k + float(i))
            inverses = inverses + 1.0 / (k + float(i))
        log_k, log_shifted = log_lanes(k), log_lanes(shifted)
        product = (k - 0.5) * log_k + log_lanes(product)
        near = delta + ((shifted - 0.5) * log_shifted - _SHIFT - product)
        delta = select(far, delta, near)
        near = slope + (log_shifted - 0.5 / shifted - inverses - log_k + 0.5 / k)
        slope = select(far, slope, near)
    return delta, slope


@inlined
def _gamma_below(
    ratio: Vector, k: Vector, log_k: Vector, delta: Vector, slope: Vector, censored: VectorMask
) -> tuple[Vector, Vector, Vector]:
    """Log probability of a value below ``ratio`` times the mean, in the lanes that are censored.

    Returned with its derivatives by the logarithm of the ratio and by k; ``delta`` and ``slope``
    are those of Stirling's formula.
    """
    ratio = minimum(ratio, _MAX_RATIO)
    divergence = ratio - 1.0 - log_lanes(ratio)
    certain = (ratio > 1.0) & (k * divergence > _NEGLIGIBLE)
    x = k * ratio
    term, total, by_ratio, by_k, score = fill(1.0), fill(1.0), fill(0.0), fill(0.0), fill(0.0)
    n, summed = 0.0, censored & ~certain
    while any_lane(summed):
        n += 1.0
        # A sum that has ended goes on by zeros.
        term = select(summed, term * (x / (k + n)), 0.0)
        score = score + n / (k * (k + n))
        total = total + term
        by_ratio = by_ratio + n * term
        by_k = by_k + score * term
        summed = summed & ((term > 1e-18 * total) | (x > n))
    value = log_lanes(total) - k * divergence - _HALF_LOG_2_PI - 0.5 * log_k - delta
    by_k = by_k / total - divergence - 0.5 / k - slope
    by_ratio = by_ratio / total + k * (1.0 - ratio)
    return select(certain, 0.0, value), select(certain, 0.0, by_ratio), select(certain, 0.0, by_k)


@inlined
def _normal(e: Vector, v: Vector, censored: VectorMask) -> tuple[Vector, Vector, Vector]:
    """g(e, v) of normal errors and its derivatives."""
    share = e / v
    value = -0.5 * (log_lanes(v) + e * share) - _HALF_LOG_2_PI
    by_e, by_v = -1.0 * share, 0.5 * (share * share - 1.0 / v)
    if any_lane(censored):
        below, below_e, below_v = below_limit(False, e, v)
        value = select(censored, below, value)
        by_e, by_v = select(censored, below_e, by_e), select(censored, below_v, by_v)
    return value, by_e, by_v


@inlined
def _student(e: Vector, v: Vector, censored: VectorMask) -> tuple[Vector, Vector, Vector]:
    """g(e, v) of Student's t with 4 degrees of freedom and its derivatives."""
    weighted = 5.0 * e / (4.0 * v + e * e)
    value = _LOG_3_8 - 0.5 * log_lanes(v) - 2.5 * log_lanes(1.0 + 0.25 * e * e / v)
    by_e, by_v = -1.0 * weighted, 0.5 * (weighted * e - 1.0) / v
    if any_lane(censored):
        below, below_e, below_v = below_limit(True, e, v)
        value = select(censored, below, value)
        by_e, by_v = select(censored, below_e, by_e), select(censored, below_v, by_v)
    return value, by_e, by_v


@inlined
def relative_horizon(
    modelled: Vector,
    observed: Vector,
    absolute: Vector,
    weight: Vector,
    censored: VectorMask,
    relative: Vector,
) -> tuple[Vector, Vector, Vector]:
    """Log density of an observation whose error is a share of itself.

    Returned with its derivatives by the modelled value and by the log of the relative error.
    """
    own = relative * observed
    v = (own * own + absolute * absolute) / weight
    value, by_e, by_v = _normal(observed - modelled, v, censored)
    return value, -1.0 * by_e, by_v * 2.0 * own * own / weight


@inlined
def log_horizon(
    kind: int,
    modelled: Vector,
    log_observed: Vector,
    absolute: Vector,
    weight: Vector,
    censored: VectorMask,
    relative: Vector,
) -> tuple[Vector, Vector, Vector]:
    """As `relative_horizon`, of errors that are normal or Student's t on the log scale."""
    known = modelled > 0.0
    m = select(known, modelled, 1.0)
    growth = 1.0 + (absolute / m) * (absolute / m)
    square = relative * relative
    log_growth = fill(0.0)
    if any_lane(growth > 1.0):
        log_growth = log_lanes(growth)
    v = (square + log_growth) / weight
    shift = 0.5 if kind == LOGNORMAL_MEAN else 0.0
    e = log_observed - log_lanes(m) + shift * v
    if kind == STUDENT_T:
        value, by_e, by_v = _student(e, v, censored)
    else:
        value, by_e, by_v = _normal(e, v, censored)
    by_v = (by_v + shift * by_e) * 2.0 / weight
    by_m = (by_e + by_v * (1.0 - 1.0 / growth)) / (-1.0 * m)
    value = select(censored, value, value - log_observed)
    return (
        select(known, value, -math.inf),
        select(known, by_m, 0.0),
        select(known, by_v * square, 0.0),
    )


@inlined
def gamma_horizon(
    modelled: Vector,
    observed: Vector,
    log_observed: Vector,
    absolute: Vector,
    weight: Vector,
    censored: VectorMask,
    relative: Vector,
) -> tuple[Vector, Vector, Vector]:
    """As `relative_horizon`, of an observation that is gamma distributed about the model."""
    known = modelled > 0.0
    m = select(known, modelled, 1.0)
    share = (absolute / m) * (absolute / m)
    square = relative * relative
    k = weight / (square + share)
    ratio = observed / m
    divergence = ratio - 1.0 - log_lanes(ratio)
    log_k = log_lanes(k)
    delta, slope = _stirling(k)
    value = 0.5 * log_k - _HALF_LOG_2_PI - k * divergence - delta - log_observed
    by_ratio, by_k = k * (1.0 - ratio), 0.5 / k - divergence - slope
    if any_lane(censored):
        below, below_ratio, below_k = _gamma_below(ratio, k, log_k, delta, slope, censored)
        value = select(censored, below, value)
        by_ratio, by_k = select(censored, below_ratio, by_ratio), select(censored, below_k, by_k)
    by_v = -2.0 * by_k * k * k / weight
    return (
        select(known, value, -math.inf),
        select(known, (by_ratio + by_v * share) / (-1.0 * m), 0.0),
        select(known, by_v * square, 0.0),
    )
