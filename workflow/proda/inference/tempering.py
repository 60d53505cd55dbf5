"""Tempered copies of chains in lanes (parallel tempering, Geyer 1991).

A chain has copies, its levels, under powers of the likelihood, 1, 1/e, 1/e^2 ... Neighbouring
copies at x and y, under powers a and b of the likelihood l, exchange their places with probability

    min(1, (l(y) / l(x))^(a - b)),

which leaves the product of their densities invariant. The lanes of a site are its chains, level by
level.
"""

from collections.abc import Sequence

import numpy as np

from proda.arrays import FloatArray
from proda.inference.hmc_kernels import Lanes

__all__ = ["exchange_levels", "level_powers"]

LEVEL_RATIO = np.e  # of the powers of neighbouring levels


def level_powers(sites: int, levels: int, chains: int) -> FloatArray:
    """(lanes,) power of the likelihood of every lane."""
    ladder = LEVEL_RATIO ** -np.arange(float(levels))
    return np.tile(np.repeat(ladder, chains), sites)


def exchange_levels(
    lanes: Lanes,
    powers: FloatArray,
    levels: int,
    chains: int,
    streams: Sequence[np.random.Generator],
) -> None:
    """Exchange the places of a chain's neighbouring levels, even and odd pairs in turn.

    Parameters
    ----------
    lanes
        Changed in place.
    powers
        (lanes,) of the likelihood.
    levels, chains
        Of a site.
    streams
        Random numbers of the lanes; those of the upper level of a pair decide.
    """
    first = lanes.exchanges[0] % 2
    lanes.exchanges[:] += 1
    places = np.arange(len(streams)).reshape(-1, levels, chains)
    upper = places[:, first : levels - 1 : 2].ravel()
    lower = places[:, first + 1 : levels : 2].ravel()
    likelihood = lanes.value.copy()
    for row in lanes.point:
        likelihood += 0.5 * row * row
    with np.errstate(invalid="ignore"):
        gain = (powers[upper] - powers[lower]) * (likelihood[lower] - likelihood[upper])
    decision = np.array([streams[lane].random() for lane in upper.tolist()])
    swapped = np.log(decision) < gain
    ours, theirs = upper[swapped], lower[swapped]
    for array in (lanes.point, lanes.value, lanes.gradient):
        array[..., ours], array[..., theirs] = array[..., theirs], array[..., ours]
