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

The distribution function of t with 4 degrees of freedom is F = (1+u)^2 (2-u)/4, u = t/sqrt(t^2+4).
For the gamma distribution, with r = o/m and D(r) = r - 1 - log r,

    log density = -k D(r) + log(k / 2 pi)/2 - delta(k) - log o,
    delta(k) = log Gamma(k) - (k - 1/2) log k + k - log(2 pi)/2

so that large k lose no digits, and below the limit (Abramowitz and Stegun 1964, 6.5.29)

    log P = -k D(r) - log(2 pi k)/2 - delta(k) + log sum_n prod_{j<=n} k r / (k + j)

The functions of a horizon are compiled into their callers, which loop over horizons and lanes; the
kind and, for speed, ``censored`` should not change within a loop over lanes.

An estimated relative error is one more dimension x of the sampler, standard normal under the prior:
log c = log 0.05 + Phi(x) log(3 / 0.05), which makes c log-uniform between 0.05 and 3.
"""

import math

import numpy as np

from proda.compiled import inlined

__all__ = [
    "ERROR_MODELS",
    "GAMMA",
    "LOGNORMAL",
    "LOGNORMAL_MEAN",
    "MAX_RELATIVE_ERROR",
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

# Bounds of an estimated relative error.
MIN_RELATIVE_ERROR, MAX_RELATIVE_ERROR = 0.05, 3.0

_HALF_LOG_2_PI = 0.5 * math.log(2.0 * math.pi)
_INVERSE_ROOT_2 = math.sqrt(0.5)
_INVERSE_ROOT_2_PI = 1.0 / math.sqrt(2.0 * math.pi)
_LOG_3_8 = math.log(0.375)
# Below, the lower tail of the normal distribution comes from its continued fraction.
_NORMAL_TAIL = -8.0
_TAIL_LEVELS = 40
# From here on the asymptotic series of delta(k) has an error below 1e-15.
_SHIFT = 8
# exp(-45) is lost beside 1.
_NEGLIGIBLE = 45.0
_MAX_RATIO = 1e300


@inlined
def _normal_below(t: float) -> tuple[float, float]:
    """Log of the normal distribution function and its derivative, in full precision."""
    if t > _NORMAL_TAIL:
        below = 0.5 * math.erfc(-_INVERSE_ROOT_2 * t)
        return math.log(below), _INVERSE_ROOT_2_PI * math.exp(-0.5 * t * t) / below
    mills = -t
    for level in range(_TAIL_LEVELS, 0, -1):
        mills = level / mills - t
    return -0.5 * t * t - _HALF_LOG_2_PI - math.log(mills), mills


@inlined
def _student_below(t: float) -> tuple[float, float]:
    """Log of the distribution function of t with 4 degrees of freedom, and its derivative."""
    root = math.sqrt(t * t + 4.0)
    u = t / root
    # 1 + u without its loss of digits where u is close to -1.
    above = 4.0 / (root * (root - t)) if t < 0.0 else 1.0 + u
    # dF/dt = 3/4 (1 - u^2) du/dt, du/dt = 4 / root^3
    slope = 12.0 * (1.0 - u) / (above * (2.0 - u) * root * root * root)
    return math.log(0.25 * above * above * (2.0 - u)), slope


@inlined
def _stirling(k: float) -> tuple[float, float]:
    """delta(k), the error of Stirling's formula, and its derivative."""
    far = k >= _SHIFT
    product, inverses = 1.0, 0.0
    for i in range(_SHIFT):
        product *= 1.0 if far else k + i
        inverses += 0.0 if far else 1.0 / (k + i)
    shifted = k if far else k + _SHIFT
    y = 1.0 / (shifted * shifted)
    # Bernoulli numbers B_2n / (2n (2n - 1)), and the derivative by k.
    delta = 1 / 1188 + y * (-691 / 360360 + y * (1 / 156))
    delta = 1 / 12 + y * (-1 / 360 + y * (1 / 1260 + y * (-1 / 1680 + y * delta)))
    slope = 1 / 132 + y * (-691 / 32760 + y * (1 / 12))
    slope = 1 / 12 + y * (-1 / 120 + y * (1 / 252 + y * (-1 / 240 + y * slope)))
    delta, slope = delta / shifted, -slope * y
    if not far:
        log_k, log_shifted = math.log(k), math.log(shifted)
        delta += (shifted - 0.5) * log_shifted - _SHIFT - (k - 0.5) * log_k - math.log(product)
        slope += log_shifted - 0.5 / shifted - inverses - log_k + 0.5 / k
    return delta, slope


@inlined
def _gamma(ratio: float, k: float) -> tuple[float, float, float]:
    """Log density of log o, and its derivatives by log(o / m) and k."""
    divergence = ratio - 1.0 - math.log(ratio)
    delta, slope = _stirling(k)
    value = 0.5 * math.log(k) - _HALF_LOG_2_PI - k * divergence - delta
    return value, k * (1.0 - ratio), 0.5 / k - divergence - slope


@inlined
def _gamma_below(ratio: float, k: float) -> tuple[float, float, float]:
    """Log probability of a value below ``ratio`` times the mean; derivatives as `_gamma`."""
    ratio = min(ratio, _MAX_RATIO)
    divergence = ratio - 1.0 - math.log(ratio)
    if ratio > 1.0 and k * divergence > _NEGLIGIBLE:
        return 0.0, 0.0, 0.0
    delta, slope = _stirling(k)
    x = k * ratio
    term, total, by_ratio, by_k, score, n = 1.0, 1.0, 0.0, 0.0, 0.0, 0
    while term > 1e-18 * total or n < x:
        n += 1
        term *= x / (k + n)
        score += n / (k * (k + n))
        total += term
        by_ratio += n * term
        by_k += score * term
    value = math.log(total) - k * divergence - _HALF_LOG_2_PI - 0.5 * math.log(k) - delta
    by_k = by_k / total - divergence - 0.5 / k - slope
    return value, by_ratio / total + k * (1.0 - ratio), by_k


@inlined
def _normal(e: float, v: float, censored: bool) -> tuple[float, float, float]:
    """g(e, v) of normal errors and its derivatives."""
    if censored:
        value, slope = _normal_below(e / math.sqrt(v))
        by_e = slope / math.sqrt(v)
        return value, by_e, -0.5 * e * by_e / v
    share = e / v
    return (
        -0.5 * (math.log(v) + e * share) - _HALF_LOG_2_PI,
        -share,
        0.5 * (share * share - 1.0 / v),
    )


@inlined
def _student(e: float, v: float, censored: bool) -> tuple[float, float, float]:
    """g(e, v) of Student's t with 4 degrees of freedom and its derivatives."""
    if censored:
        value, slope = _student_below(e / math.sqrt(v))
        by_e = slope / math.sqrt(v)
        return value, by_e, -0.5 * e * by_e / v
    weighted = 5.0 * e / (4.0 * v + e * e)
    value = _LOG_3_8 - 0.5 * math.log(v) - 2.5 * math.log(1.0 + 0.25 * e * e / v)
    return value, -weighted, 0.5 * (weighted * e - 1.0) / v


@inlined
def relative_horizon(
    modelled: float,
    observed: float,
    absolute: float,
    weight: float,
    censored: bool,
    relative: float,
) -> tuple[float, float, float]:
    """Log density of an observation whose error is a share of itself."""
    own = relative * observed
    v = (own * own + absolute * absolute) / weight
    value, by_e, by_v = _normal(observed - modelled, v, censored)
    return value, -by_e, by_v * 2.0 * own * own / weight


@inlined
def log_horizon(
    kind: int,
    modelled: float,
    log_observed: float,
    absolute: float,
    weight: float,
    censored: bool,
    relative: float,
) -> tuple[float, float, float]:
    """Log density of an observation whose error is normal or Student's t on the log scale."""
    known = modelled > 0.0
    m = modelled if known else 1.0
    growth = 1.0 + (absolute / m) * (absolute / m)
    square = relative * relative
    v = (square + math.log(growth)) / weight
    shift = 0.5 if kind == LOGNORMAL_MEAN else 0.0
    e = log_observed - math.log(m) + shift * v
    if kind == STUDENT_T:
        value, by_e, by_v = _student(e, v, censored)
    else:
        value, by_e, by_v = _normal(e, v, censored)
    by_v = (by_v + shift * by_e) * 2.0 / weight
    by_m = -(by_e + by_v * (1.0 - 1.0 / growth)) / m
    value -= 0.0 if censored else log_observed
    return (
        value if known else -np.inf,
        by_m if known else 0.0,
        by_v * square if known else 0.0,
    )


@inlined
def gamma_horizon(
    modelled: float,
    observed: float,
    log_observed: float,
    absolute: float,
    weight: float,
    censored: bool,
    relative: float,
) -> tuple[float, float, float]:
    """Log density of an observation that is gamma distributed about the model."""
    known = modelled > 0.0
    m = modelled if known else 1.0
    share = (absolute / m) * (absolute / m)
    square = relative * relative
    k = weight / (square + share)
    if censored:
        value, by_ratio, by_k = _gamma_below(observed / m, k)
    else:
        value, by_ratio, by_k = _gamma(observed / m, k)
        value -= log_observed
    by_v = -2.0 * by_k * k * k / weight
    return (
        value if known else -np.inf,
        -(by_ratio + by_v * share) / m if known else 0.0,
        by_v * square if known else 0.0,
    )
