"""Covariance, Cholesky factor and metric of draws in lanes, compiled.

The metric of trajectories is the geometric mean of the covariance of draws and of the inverse
covariance of their gradients; `proda.inference.hmc` says why.
"""

import math

import numpy as np

from proda.arrays import FloatArray
from proda.compiled import kernel

__all__ = ["covariance_of", "factorise", "metric_factor", "solve_lower"]

# Weight, in draws, of the prior's scale against that of a window.
METRIC_SHRINKAGE = 5.0
GEOMETRIC_STEPS = 12  # their error is squared by each; scales a million apart need ten before that


@kernel
def covariance_of(series: FloatArray, first: int, stop: int, covariance: FloatArray) -> None:
    """Fill the covariance (d, d) of draws (iterations, d, n), pooled over some lanes.

    Parameters
    ----------
    series
        The draws.
    first, stop
        Which lanes are pooled.
    covariance
        Filled.
    """
    iterations, d, _ = series.shape
    rows = np.empty((d, iterations * (stop - first)))
    count = rows.shape[1]
    for k in range(d):
        total, place = 0.0, 0
        for t in range(iterations):
            for i in range(first, stop):
                rows[k, place] = series[t, k, i]
                total += series[t, k, i]
                place += 1
        for place in range(count):
            rows[k, place] -= total / count
    for k in range(d):
        for j in range(k + 1):
            total = 0.0
            a, b = rows[k], rows[j]
            for place in range(count):
                total += a[place] * b[place]
            covariance[k, j] = covariance[j, k] = total / (count - 1.0)


@kernel
def factorise(matrix: FloatArray, factor: FloatArray) -> bool:
    """Fill the lower Cholesky factor of a matrix.

    Parameters
    ----------
    matrix, factor
        (d, d).

    Returns
    -------
    bool
        False where the matrix is not positive definite; the factor is then undefined.
    """
    d = matrix.shape[0]
    for i in range(d):
        for j in range(i + 1):
            total = matrix[i, j]
            for k in range(j):
                total -= factor[i, k] * factor[j, k]
            if i == j:
                if not 0.0 < total < np.inf:
                    return False
                factor[i, i] = math.sqrt(total)
            else:
                factor[i, j] = total / factor[j, j]
        for j in range(i + 1, d):
            factor[i, j] = 0.0
    return True


@kernel
def solve_lower(factor: FloatArray, b: FloatArray) -> None:
    """Overwrite b (d,) with the solution of L z = b, L the lower factor (d, d)."""
    for i in range(b.shape[0]):
        total = b[i]
        for k in range(i):
            total -= factor[i, k] * b[k]
        b[i] = total / factor[i, i]


@kernel
def _invert(matrix: FloatArray, inverse: FloatArray) -> bool:
    """Inverse of a positive definite matrix; False where it is not."""
    d = matrix.shape[0]
    factor, column = np.empty((d, d)), np.empty((d, d))
    if not factorise(matrix, factor):
        return False
    for i in range(d):  # rows of L^-1
        for j in range(i + 1):
            total = 1.0 if i == j else 0.0
            for k in range(j, i):
                total -= factor[i, k] * column[k, j]
            column[i, j] = total / factor[i, i]
    for i in range(d):
        for j in range(i + 1):
            total = 0.0
            for k in range(i, d):
                total += column[k, i] * column[k, j]
            inverse[i, j] = inverse[j, i] = total
    return True


@kernel
def metric_factor(
    draws: FloatArray, gradients: FloatArray, first: int, stop: int, factor: FloatArray
) -> bool:
    """Metric of a site from draws and gradients (iterations, d, n) of its lanes.

    The geometric mean of two matrices is the common limit of their arithmetic and harmonic means.

    Parameters
    ----------
    draws, gradients
        Of all lanes.
    first, stop
        Which lanes belong to the site.
    factor
        (d, d) filled with the lower Cholesky factor.

    Returns
    -------
    bool
        False where the draws give no metric; the factor is then undefined.
    """
    iterations, d, _ = draws.shape
    a, b, inverse = np.empty((d, d)), np.empty((d, d)), np.empty((d, d))
    other, half = np.empty((d, d)), np.empty((d, d))
    count = iterations * (stop - first)
    weight = count / (count + METRIC_SHRINKAGE)
    covariance_of(gradients, first, stop, b)
    for k in range(d):
        for j in range(d):
            b[k, j] *= weight
        b[k, k] += 1.0 - weight
    if not _invert(b, inverse):
        return False
    covariance_of(draws, first, stop, a)
    for k in range(d):
        for j in range(d):
            b[k, j] = inverse[k, j]
            a[k, j] = weight * a[k, j] + (1.0 - weight) * b[k, j]
    for _ in range(GEOMETRIC_STEPS):
        if not (_invert(a, inverse) and _invert(b, other)):
            return False
        for k in range(d):
            for j in range(d):
                half[k, j] = 0.5 * (inverse[k, j] + other[k, j])
                a[k, j] = 0.5 * (a[k, j] + b[k, j])
        if not _invert(half, b):
            return False
    return factorise(a, factor)
