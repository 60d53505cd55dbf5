"""The prior of many points at once, in lanes: physical values, their slopes, log density.

A point is x with theta = Phi(x), Phi the normal distribution function, hence dtheta/dx is the
normal density. With a = |x| / sqrt(2) and the scaled complementary error function
erfcx(a) = exp(a^2) erfc(a),

    Phi(-|x|) = exp(-x^2 / 2) erfcx(a) / 2,    dtheta/dx = exp(-x^2 / 2) / sqrt(2 pi)

share one exponential. (1 + 2 a) erfcx(a) lies between 1 and 1.28 for all a >= 0 and is smooth in
q = (a - 4) / (a + 4), which maps them to [-1, 1) (the form of Shepherd and Laframboise 1981,
https://doi.org/10.1090/S0025-5718-1981-0595058-X): a polynomial of degree 22 in q, interpolated at
64 Chebyshev nodes in 40 digits and cut, gives it to 3e-16. Every lane takes the same path whatever
its x, so that the loop over lanes is one of vectors, and a lane's bits do not depend on the others.
"""

import math

import numpy as np

from proda.arrays import Counts, FloatArray, Mask
from proda.compiled import inlined, kernel
from proda.model.lanes.functions import exp_lanes
from proda.model.lanes.layout import LANES
from proda.model.lanes.vector import Vector, block, fill, load, maximum, select, store
from proda.model.slots import INPUT_TO_CELLULOSE, INPUT_TO_LIGNIN, INPUT_TO_METABOLIC

__all__ = ["enter_lanes", "leave_lanes", "phi_and_slope"]

ROOT_HALF = math.sqrt(0.5)
INVERSE_ROOT_2_PI = 1.0 / math.sqrt(2.0 * math.pi)
# (1 + 2 a) erfcx(a) in powers of q, from q^0.
C0, C1, C2, C3 = 1.2329951186255526, -0.1396211168405572, 0.015379652102610473, 0.06809705425421975
C4, C5, C6 = -0.10103906603586531, 0.09373283501077742, -0.06633036582031154
C7, C8, C9 = 0.03716751538635946, -0.016197733981455194, 0.005031971002298884
C10, C11, C12 = -0.000757773707063825, -0.00019926095315041177, 0.00015062309720018628
C13, C14, C15 = -2.438779085759055e-05, -1.1225101875659178e-05, 5.689537732302816e-06
C16, C17, C18 = 2.9801353803031333e-07, -8.020193766522085e-07, 7.115337800585303e-08
C19, C20 = 9.295292277973951e-08, -1.6371779763566967e-08
C21, C22 = -6.9926126813398e-09, 1.5738283774192037e-09


@inlined
def phi_and_slope(x: Vector) -> tuple[Vector, Vector]:
    """Phi(x) and the normal density at x."""
    a = maximum(x, -1.0 * x) * ROOT_HALF
    q = (a - 4.0) / (a + 4.0)
    # Even and odd powers apart: two short chains instead of a long one.
    s = q * q
    even = C20 + s * C22
    even = C18 + s * even
    even = C16 + s * even
    even = C14 + s * even
    even = C12 + s * even
    even = C10 + s * even
    even = C8 + s * even
    even = C6 + s * even
    even = C4 + s * even
    even = C2 + s * even
    even = C0 + s * even
    odd = C19 + s * C21
    odd = C17 + s * odd
    odd = C15 + s * odd
    odd = C13 + s * odd
    odd = C11 + s * odd
    odd = C9 + s * odd
    odd = C7 + s * odd
    odd = C5 + s * odd
    odd = C3 + s * odd
    odd = C1 + s * odd
    bell = exp_lanes(-0.5 * x * x)
    tail = 0.5 * bell * (even + q * odd) / (1.0 + 2.0 * a)
    return select(x < 0.0, tail, 1.0 - tail), bell * INVERSE_ROOT_2_PI


@kernel
def enter_lanes(
    x: FloatArray,
    lowest: FloatArray,
    span: FloatArray,
    slots: Counts,
    input_from_npp: bool,
    physical: FloatArray,
    slope: FloatArray,
    outside: Mask,
    log_prior: FloatArray,
) -> None:
    """Physical values, their derivatives by x, and the log prior density of n points.

    Parameters
    ----------
    x
        (d, n) transformed, n a multiple of LANES; rows beyond the parameters are other quantities
        with the same prior.
    lowest, span
        (26,) as ``Prior.vector_bounds``.
    slots
        (parameters,) as ``Prior.slots``.
    input_from_npp
        Whether the sum of the input fractions is restricted.
    physical
        (26, n) filled at the slots.
    slope
        (d, n) filled: derivatives of the physical value by x; of Phi(x) for rows beyond.
    outside
        (n,) filled: where the prior has no mass. Physical values and slopes are filled there too.
    log_prior
        (n,) filled, that without the bound.
    """
    n = x.shape[1]
    for i in range(0, n, LANES):
        points, values, slopes = block(x, i), block(physical, i), block(slope, i)
        total = fill(0.0)
        for k in range(x.shape[0]):
            point = load(points, k)
            total = total - 0.5 * point * point
            theta, density = phi_and_slope(point)
            if k < slots.shape[0]:
                slot = slots[k]
                store(values, slot, lowest[slot] + theta * span[slot])
                density = density * span[slot]
            store(slopes, k, density)
        store(block(log_prior.reshape((1, n)), i), 0, total)
    for i in range(n):
        total_fraction = (
            physical[INPUT_TO_LIGNIN, i]
            + physical[INPUT_TO_METABOLIC, i]
            + physical[INPUT_TO_CELLULOSE, i]
        )
        outside[i] = input_from_npp and total_fraction >= 1.0


@kernel
def leave_lanes(
    x: FloatArray,
    by_physical: FloatArray,
    by_log_error: FloatArray,
    slope: FloatArray,
    slots: Counts,
    outside: Mask,
    value: FloatArray,
    gradient: FloatArray,
) -> None:
    """Gradients of n log posterior densities by x, from those of their log likelihoods.

    Outside of the prior's support the gradient is a normal of its bound, at which trajectories are
    reflected (proda.inference.sampler). Where density or gradient are no numbers there is neither.

    Parameters
    ----------
    x, slope, slots, outside
        As ``enter_lanes``.
    by_physical, by_log_error
        Derivatives of the log likelihood by the physical values, (26, n), and by the logarithm of
        the relative error, (n,).
    value
        (n,) log density, -inf where it is no number or outside.
    gradient
        (d, n) filled.
    """
    n = x.shape[1]
    for i in range(n):
        value[i] = value[i] if abs(value[i]) < np.inf else -np.inf
        value[i] = -np.inf if outside[i] else value[i]
    for k in range(x.shape[0]):
        row = by_physical[slots[k]] if k < slots.shape[0] else by_log_error
        for i in range(n):
            gradient[k, i] = row[i] * slope[k, i] - x[k, i]
            value[i] = value[i] if abs(gradient[k, i]) < np.inf else -np.inf
    for k in range(x.shape[0]):
        bounded = k < slots.shape[0] and (
            slots[k] == INPUT_TO_LIGNIN
            or slots[k] == INPUT_TO_METABOLIC
            or slots[k] == INPUT_TO_CELLULOSE
        )
        for i in range(n):
            normal = slope[k, i] if bounded and outside[i] else 0.0
            gradient[k, i] = normal if value[i] == -np.inf else gradient[k, i]
