"""Maximum-likelihood fit of the generalised extreme value (GEV) distribution to posterior draws.

Tao et al. (2020) take the mode of a GEV distribution fitted to each parameter's posterior draws as
its maximum-likelihood estimate. Posteriors of bounded parameters are often flat, skewed, U-shaped
or bimodal; a local search in three dimensions then stops early or finds the lower of two maxima.

The search here has one dimension. With z = (x - mu)/sigma and y = 1 + k z > 0 the density is
y^(-1-1/k) exp(-y^(-1/k)) / sigma (Coles 2001, eq. 3.2; k > 0 has the heavy upper tail, and k is
minus the c of scipy). For a fixed end point e of the support, theta = 1/(e - centre), the draws

    g = -log(1 - theta (x - centre)) / theta      (g = x - centre for theta = 0, the Gumbel case)

are Gumbel distributed with some location m and scale b, where k = -b theta; their mean
log-likelihood at the best m = -b log mean(exp(-g/b)) is

    L(theta, b) = -log b - mean(g)/b - log mean(exp(-g/b)) - 1 + theta mean(g),

which is concave in 1/b: its best b is the unique root of b = mean(g) - sum(g w)/sum(w) with
w = exp(-g/b). What is left is the profile L(theta), smooth on the finite interval between the end
points min(x) and max(x). It is scanned, every maximum of the scan is refined with its exact slope,
and the highest one is the fit.

The likelihood is unbounded for k < -1 (density infinite at the upper end), so k >= -1 is imposed.
At k = -1 the best fit is known: end point max(x), sigma = max(x) - mean(x), L = -log(sigma) - 1.
"""

from dataclasses import dataclass
from enum import IntEnum
from math import exp, expm1, inf, log, pi, sqrt

import numpy as np
import numpy.typing as npt

from proda.arrays import Draws, FloatArray, Mask
from proda.check import as_array, check_range
from proda.compiled import inlined, kernel
from proda.errors import InputError
from proda.model.lanes.functions import exp_lanes, log_lanes
from proda.model.lanes.vector import WIDTH, Vector, block, fill, load, select, store

__all__ = ["MAX_DRAWS", "GevFit", "Status", "fit", "mode"]

MAX_DRAWS = 5000
"""Longer samples are thinned evenly to at most this many draws before the fit."""

MIN_DRAWS = 10
SCAN_DRAWS = 400
# The scan's variable is the logit of theta's place in its interval: near the ends, the logarithm of
# the distance between the end point and the outermost draw. Beyond SCAN_END that distance is less
# than 1e-7 of the range, which no fit to fewer than millions of draws can resolve.
SCAN_END = 16.0
PLACES = np.arange(-14.0, 15.0, 2.0)
SLOPE_TOLERANCE = 1e-12
PLACE_TOLERANCE = 1e-10


class Status(IntEnum):
    """How a fit ended. CONVERGED and AT_BOUND (k = -1) are maxima of the constrained likelihood."""

    CONVERGED = 0
    AT_BOUND = 1
    CONSTANT = 2
    NOT_CONVERGED = 3


CONVERGED, AT_BOUND, CONSTANT, NOT_CONVERGED = (float(status) for status in Status)


@dataclass(frozen=True)
class GevFit:
    """Fits of several parameters; every array has shape (parameters,), in the unit of the draws.

    Attributes
    ----------
    location, scale, shape
        mu, sigma and k >= -1.
    mode
        Where the density is highest, clipped to the bounds.
    log_likelihood
        Natural logarithm, summed over the ``draws_used`` draws.
    status
        `Status` values.

    Notes
    -----
    A sample that is constant (after thinning) has scale 0, shape 0, an
    infinite log-likelihood and its value as location and mode. NOT_CONVERGED marks a spike at the
    lowest draws so sharp that the likelihood still rises at the end of the scan, k far above 1.
    """

    location: FloatArray
    scale: FloatArray
    shape: FloatArray
    mode: FloatArray
    log_likelihood: FloatArray
    status: npt.NDArray[np.int8]
    draws_used: int

    @property
    def converged(self) -> Mask:
        """True where the fit is a maximum of the constrained likelihood, shape (parameters,)."""
        return self.status <= Status.AT_BOUND


def fit(draws: Draws, bounds: tuple[float, float] = (0.0, 1.0)) -> GevFit:
    """Fit one GEV distribution per parameter by maximum likelihood under k >= -1.

    Parameters
    ----------
    draws
        (draws, parameters), at least 10 draws, in any order.
    bounds
        Lower and upper bound of the parameters, to which the mode is clipped.

    Raises
    ------
    InputError
        For too few draws, values that are not finite and draws outside the bounds.
    """
    draws = as_array("draws", draws, (None, None))
    if len(draws) < MIN_DRAWS:
        raise InputError("draws", f"at least {MIN_DRAWS} draws", str(len(draws)))
    lower, upper = bounds
    check_range("draws", draws, lower, upper)
    thinned = draws[:: -(-len(draws) // MAX_DRAWS)]
    table = np.array([_fit_sample(np.ascontiguousarray(column)) for column in thinned.T])
    location, scale, shape, log_likelihood, status = table.reshape(-1, 5).T.copy()
    return GevFit(
        location=location,
        scale=scale,
        shape=shape,
        mode=np.clip(mode(location, scale, shape), lower, upper),
        log_likelihood=log_likelihood,
        status=status.astype(np.int8),
        draws_used=len(thinned),
    )


def mode(location: FloatArray, scale: FloatArray, shape: FloatArray) -> FloatArray:
    """Mode of the GEV distribution, mu + sigma ((1 + k)^(-k) - 1)/k, or mu for k = 0.

    Parameters
    ----------
    location, scale, shape
        mu, sigma and k >= -1, of one broadcastable shape.

    Returns
    -------
    FloatArray
        In the unit of the location.

    Raises
    ------
    InputError
        For k < -1, where the density has no finite maximum.
    """
    k = np.asarray(shape, dtype=float)
    check_range("shape", k, -1.0, inf)
    inner = np.where((k == 0) | (k == -1), 1.0, k)
    step = np.expm1(-inner * np.log1p(inner)) / inner
    return location + scale * np.where(k == 0, 0.0, np.where(k == -1, 1.0, step))


@inlined
def _sum(lanes: Vector, scratch: FloatArray) -> float:
    """Sum of all lanes, in their order; ``scratch`` (1, WIDTH) is overwritten."""
    store(block(scratch, 0), 0, lanes)
    total = 0.0
    for i in range(WIDTH):
        total += scratch[0, i]
    return total


@inlined
def _log1p(y: Vector) -> Vector:
    """log(1 + y), where the rounding of 1 + y is corrected to first order."""
    u = 1.0 + y
    rounded = u - 1.0
    whole = rounded == 0.0
    return select(whole, y, log_lanes(u) * (y / select(whole, 1.0, rounded)))


@kernel
def _rows(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Draws in rows of WIDTH, filled up by zeros, and 1 for draws and 0 for what was added."""
    n = -(-x.size // WIDTH)
    rows, present = np.zeros((n, WIDTH)), np.zeros((n, WIDTH))
    for i in range(x.size):
        rows[i // WIDTH, i % WIDTH] = x[i]
        present[i // WIDTH, i % WIDTH] = 1.0
    return rows, present


@kernel
def _gumbel_scale(
    g: FloatArray, present: FloatArray, mean: float, start: float, scratch: FloatArray
) -> float:
    """The root b of b = mean(g) - sum(g w)/sum(w), w = exp(-g/b), for g >= 0 with minimum 0.

    Newton steps; the right-hand side falls with b, so every step also narrows a bracket.
    """
    low, high = 0.0, mean
    b = start if 0.0 < start < high else 0.5 * high
    values, there = block(g, 0), block(present, 0)
    for _ in range(100):
        t0 = t1 = t2 = fill(0.0)
        rate = -1.0 / b
        for i in range(g.shape[0]):
            value = load(values, i)
            weight = exp_lanes(value * rate) * load(there, i)
            t0 = t0 + weight
            product = weight * value
            t1 = t1 + product
            t2 = t2 + product * value
        s0 = _sum(t0, scratch)
        tilted, squares = _sum(t1, scratch) / s0, _sum(t2, scratch) / s0
        excess = b - mean + tilted
        if excess > 0.0:
            high = b
        else:
            low = b
        step = excess / (1.0 + (squares - tilted * tilted) / (b * b))
        new = b - step
        if not low < new < high:
            new = 0.5 * (low + high)
        done = abs(new - b) < 1e-6 * b  # the error left is about the square of the last step
        b = new
        if done:
            break
    return b


@kernel
def _profile(
    x: FloatArray, present: FloatArray, theta: float, b: float
) -> tuple[float, float, float, float]:
    """Mean log-likelihood of centred draws (``_rows``), maximised over b and m for a fixed theta.

    b: where to start, or 0. Returns (L, dL/dtheta, b, m).
    """
    g, scratch = np.empty(x.shape), np.empty((1, WIDTH))
    draws, there, transformed = block(x, 0), block(present, 0), block(g, 0)
    n = present.sum()
    series = abs(theta) * np.abs(x).max() < 1e-5
    totals = squares_of = fill(0.0)
    for i in range(x.shape[0]):
        one = load(draws, i)
        value = (
            one * (1.0 + theta * one * (0.5 + theta * one / 3.0))
            if series
            else _log1p(-theta * one) / -theta
        )
        store(transformed, i, value)
        totals = totals + value
        squares_of = squares_of + value * value
    mean = _sum(totals, scratch) / n
    if b == 0.0:
        b = sqrt(6.0 * max(_sum(squares_of, scratch) / n - mean * mean, 0.0)) / pi
    # What was added to the draws is 0, and there are draws below their mean.
    lowest = g.min()
    g -= lowest
    b = _gumbel_scale(g, present, mean - lowest, b, scratch)
    bounded = b * theta > 1.0
    if bounded:
        b = 1.0 / theta  # k = -1
    w0 = w1 = w2 = fill(0.0)
    rate = -1.0 / b
    for i in range(x.shape[0]):
        one, value = load(draws, i), load(transformed, i)
        weight = exp_lanes(value * rate) * load(there, i)
        # dg/dtheta at fixed x
        change = (
            one * one * (0.5 + theta * one * 2.0 / 3.0)
            if series
            else ((one / (1.0 - theta * one) - value - lowest) / theta)
        )
        w0 = w0 + weight
        w1 = w1 + weight * change
        w2 = w2 + change
    weights, derivatives = _sum(w0, scratch), _sum(w2, scratch)
    spread = log(weights / n)
    value = -log(b) - (mean - lowest) / b - spread - 1.0 + theta * mean
    slope = (theta - 1.0 / b) * derivatives / n + _sum(w1, scratch) / weights / b + mean
    if bounded:
        slope = 1.0 / theta
    return value, slope, b, lowest - b * spread


@kernel
def _theta(place: float, low: float, high: float) -> tuple[float, float]:
    """Return theta and d(theta)/d(place) for a logit place in the interval (low, high)."""
    fraction = 1.0 / (1.0 + exp(-place))
    return low + (high - low) * fraction, (high - low) * fraction * (1.0 - fraction)


@kernel
def _scan(x: FloatArray, low: float, high: float) -> FloatArray:
    """Profile likelihood at each of PLACES, from every n-th draw."""
    some = x[:: -(-x.size // SCAN_DRAWS)]
    if some.min() == some.max():
        some = x
    values, b = np.empty(PLACES.size), 0.0
    rows, present = _rows(some)
    for i in range(PLACES.size):
        values[i], _, b, _ = _profile(rows, present, _theta(PLACES[i], low, high)[0], b)
    return values


@kernel
def _refine(
    x: FloatArray, present: FloatArray, low: float, high: float, place: float
) -> tuple[float, float, float, float, bool]:
    """Climb from ``place`` to a maximum of the profile likelihood: a root of its falling slope.

    Returns (theta, L, b, m, found); found is false where the climb ended at an end of the interval.
    """
    theta, stretch = _theta(place, low, high)
    value, slope, b, m = _profile(x, present, theta, 0.0)
    slope *= stretch
    stride = 1.0 if slope > 0.0 else -1.0
    while True:
        last_place, last_slope = place, slope
        place += stride
        if abs(place) > SCAN_END:
            return theta, value, b, m, False
        theta, stretch = _theta(place, low, high)
        value, slope, b, m = _profile(x, present, theta, b)
        slope *= stretch
        if slope * stride <= 0.0:
            break
    # False position between the two places, with the stale end's slope halved (Illinois).
    for _ in range(100):
        if abs(slope) < SLOPE_TOLERANCE or abs(place - last_place) < PLACE_TOLERANCE:
            break
        new = place - slope * (place - last_place) / (slope - last_slope)
        theta, stretch = _theta(new, low, high)
        value, new_slope, b, m = _profile(x, present, theta, b)
        new_slope *= stretch
        if new_slope * slope <= 0.0:
            last_place, last_slope = place, slope
        else:
            last_slope *= 0.5
        place, slope = new, new_slope
    return theta, value, b, m, True


@kernel
def _fit_sample(sample: FloatArray) -> tuple[float, float, float, float, float]:
    """(mu, sigma, k, log-likelihood, status) of one sample, float64 of length n."""
    x = sample - sample[0]
    unit = x.max() - x.min()
    if unit == 0.0:
        return sample[0], 0.0, 0.0, inf, CONSTANT
    x /= unit
    centre = x.mean()
    x -= centre
    low, high = 1.0 / x.min(), 1.0 / x.max()
    scan = _scan(x, low, high)
    rows, present = _rows(x)
    theta, value, b, m, found = 0.0, -inf, 0.0, 0.0, False
    for i in range(scan.size):
        if scan[i] >= scan[max(i - 1, 0)] and scan[i] >= scan[min(i + 1, scan.size - 1)]:
            candidate = _refine(rows, present, low, high, PLACES[i])
            if candidate[1] > value:
                theta, value, b, m, found = candidate
    at_bound = log(high) - 1.0 >= value  # the best fit with k = -1
    if at_bound:
        mu, sigma, k, value = 0.0, 1.0 / high, -1.0, log(high) - 1.0
    else:
        mu = m if theta == 0.0 else -expm1(-theta * m) / theta
        sigma, k = b * exp(-theta * m), -b * theta
    status = AT_BOUND if at_bound else CONVERGED if found else NOT_CONVERGED
    return sample[0] + unit * (centre + mu), unit * sigma, k, x.size * (value - log(unit)), status
