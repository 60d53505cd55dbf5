"""Log probabilities of values below a detection limit, for errors that are normal or Student's t.

With F and f the distribution function and its derivative, and t = e / sqrt(v),

    g(e, v) = log F(t),    g_e = f(t) / (F(t) sqrt(v)),    g_v = -e g_e / (2 v)

The distribution function of t with 4 degrees of freedom is F = (1+u)^2 (2-u)/4, u = t/sqrt(t^2+4).
Few horizons are censored: these are functions of one number, applied lane after lane.
"""

import math

import numpy as np

from proda.compiled import inlined, kernel
from proda.model.lanes.vector import WIDTH, Vector, block, load, store

__all__ = ["below_limit"]

_HALF_LOG_2_PI = 0.5 * math.log(2.0 * math.pi)
_INVERSE_ROOT_2 = math.sqrt(0.5)
_INVERSE_ROOT_2_PI = 1.0 / math.sqrt(2.0 * math.pi)
# Below, the lower tail of the normal distribution comes from its continued fraction.
_NORMAL_TAIL = -8.0
_TAIL_LEVELS = 40


@kernel
def below_limit(student: bool, e: Vector, v: Vector) -> tuple[Vector, Vector, Vector]:
    """g(e, v) and its derivatives by e and v in every lane.

    Parameters
    ----------
    student
        Whether errors are Student's t with 4 degrees of freedom, else normal.
    e
        Limit minus centre of the distribution.
    v
        Square of its scale.
    """
    work = np.empty((4, WIDTH))
    lanes = block(work, 0)
    store(lanes, 0, e)
    store(lanes, 1, v)
    for i in range(WIDTH):
        error, square = work[0, i], work[1, i]
        root = math.sqrt(square)
        value, slope = _student_below(error / root) if student else _normal_below(error / root)
        work[2, i], work[3, i] = value, slope / root
    by_e = load(lanes, 3)
    return load(lanes, 2), by_e, -0.5 * e * by_e / v


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
