"""The surface of parameters and standardised errors: its points, normals, and the way back to it.

With x the parameters and n = f(x) the standardised errors, the surface {(x, f(x))} in d + h
dimensions has the rows of (J, -I) as normals, J = df/dx. `proda.inference.manifold` says what it is
good for.
"""

import math
from typing import NamedTuple, Self

import numpy as np

from proda.arrays import FloatArray
from proda.compiled import kernel
from proda.inference.metric import solve_lower
from proda.inference.sampler import ErrorTarget
from proda.inference.targets import log_density

__all__ = ["Point", "copy_point", "evaluate", "make_tangent", "return_to_surface"]

DIFFERENCE = 1e-6  # of x, for derivatives
MAX_CORRECTIONS = 20
TOLERANCE = 1e-8  # of the way back to the surface; its numbers are of order 1
MAX_CORRECTION = 10.0  # a correction beyond this is lost
MIN_DENOMINATOR = 0.05  # of Broyden's denominator, 1 where corrections do not interact


class Point(NamedTuple):
    """A point of the surface and its normals.

    x         (d,)
    error     (h,)    n = f(x)
    jacobian  (h, d)  J
    factor    (h, h)  Cholesky factor of I + J J', lower triangle
    area      (1,)    log det(I + J J') / 2
    """

    x: FloatArray
    error: FloatArray
    jacobian: FloatArray
    factor: FloatArray
    area: FloatArray

    @classmethod
    def new(cls, d: int, h: int) -> Self:
        """An empty point of ``d`` dimensions with ``h`` errors."""
        return cls(*(np.zeros(shape) for shape in ((d,), (h,), (h, d), (h, h), (1,))))


@kernel
def _standard_errors(x: FloatArray, target: ErrorTarget, error: FloatArray) -> bool:
    """Fill ``error`` with f(x); False where the posterior has no density."""
    if not abs(log_density(x, target)) < np.inf:
        return False
    for i in range(error.shape[0]):
        error[i] = math.sqrt(2.0 * target.precision[i]) * target.misfit[i]
    return True


@kernel
def evaluate(point: Point, target: ErrorTarget) -> None:
    """Fill all of a point from its x, which has density."""
    x, jacobian, factor = point.x.copy(), point.jacobian, point.factor
    h, d = jacobian.shape
    _standard_errors(x, target, point.error)
    moved = np.empty(h)
    for k in range(d):
        difference = DIFFERENCE
        x[k] = point.x[k] + difference
        if not _standard_errors(x, target, moved):
            difference = -DIFFERENCE  # the other side of an edge of the prior
            x[k] = point.x[k] + difference
            _standard_errors(x, target, moved)
        for i in range(h):
            jacobian[i, k] = (moved[i] - point.error[i]) / difference
        x[k] = point.x[k]
    area = 0.0
    for i in range(h):
        for j in range(i + 1):
            total = 1.0 if i == j else 0.0
            for k in range(d):
                total += jacobian[i, k] * jacobian[j, k]
            for k in range(j):
                total -= factor[i, k] * factor[j, k]
            if i == j:
                factor[i, i] = math.sqrt(total)
                area += math.log(factor[i, i])
            else:
                factor[i, j] = total / factor[j, j]
    point.area[0] = area


@kernel
def _solve_upper(factor: FloatArray, b: FloatArray) -> None:
    """Overwrite b with the solution of L' z = b."""
    for i in range(b.shape[0] - 1, -1, -1):
        total = b[i]
        for k in range(i + 1, b.shape[0]):
            total -= factor[k, i] * b[k]
        b[i] = total / factor[i, i]


@kernel
def _add_normals(point: Point, a: FloatArray, x: FloatArray, error: FloatArray) -> None:
    """Add the combination ``a`` of the normals, the rows of (J, -I)."""
    h, d = point.jacobian.shape
    for i in range(h):
        error[i] -= a[i]
        for k in range(d):
            x[k] += point.jacobian[i, k] * a[i]


@kernel
def make_tangent(point: Point, x: FloatArray, error: FloatArray) -> None:
    """Take from the vector (x, error) what is normal to the surface at the point."""
    h, d = point.jacobian.shape
    a = np.empty(h)
    for i in range(h):
        a[i] = error[i]
        for k in range(d):
            a[i] -= point.jacobian[i, k] * x[k]
    solve_lower(point.factor, a)
    _solve_upper(point.factor, a)
    _add_normals(point, a, x, error)


@kernel
def return_to_surface(target: ErrorTarget, start: Point, x: FloatArray, error: FloatArray) -> bool:
    """Move (x, error) along the normals of ``start`` until error = f(x); False if that fails.

    Broyden's method (in the form of Kelley 1995, section 7.3) in coordinates in which the normals
    are orthonormal, so that its first guess of the derivative is 1: the surface as flat as at
    ``start``. On success ``error`` is f(x) exactly.
    """
    h = error.shape[0]
    f, a = np.empty(h), np.empty(h)
    steps, squares = np.empty((MAX_CORRECTIONS, h)), np.empty(MAX_CORRECTIONS)
    for iteration in range(MAX_CORRECTIONS):
        if not _standard_errors(x, target, f):
            return False
        step = steps[iteration]
        for i in range(h):
            step[i] = error[i] - f[i]
        solve_lower(start.factor, step)
        for k in range(iteration):
            projection = 0.0
            for i in range(h):
                projection += steps[k, i] * step[i]
            projection /= squares[k]
            if k < iteration - 1:
                for i in range(h):
                    step[i] += projection * steps[k + 1, i]
            else:
                if not 1.0 - projection > MIN_DENOMINATOR:
                    return False
                for i in range(h):
                    step[i] /= 1.0 - projection
        square = 0.0
        for i in range(h):
            square += step[i] * step[i]
            a[i] = step[i]
        if not square < MAX_CORRECTION**2:
            return False
        squares[iteration] = square
        _solve_upper(start.factor, a)
        _add_normals(start, a, x, error)
        if square < TOLERANCE**2:
            return _standard_errors(x, target, error)
    return False


@kernel
def copy_point(source: Point, point: Point) -> None:
    """Make ``point`` equal to ``source``."""
    h, d = source.jacobian.shape
    for k in range(d):
        point.x[k] = source.x[k]
    for i in range(h):
        point.error[i] = source.error[i]
        for k in range(d):
            point.jacobian[i, k] = source.jacobian[i, k]
        for j in range(h):
            point.factor[i, j] = source.factor[i, j]
    point.area[0] = source.area[0]
