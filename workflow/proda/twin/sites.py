"""Where the twin's soil profiles are dug and which horizons they have."""

from dataclasses import dataclass

import numpy as np
import shapely

from proda.arrays import Counts, FloatArray, Mask
from proda.errors import InputError
from proda.twin.lattice import BOX, Lattice, random_stream

__all__ = ["Horizons", "cells_with_some", "dig", "draw_points", "in_box", "whole_cells"]

MAX_HORIZONS = 10
# How much likelier a profile is in cropland and grassland than elsewhere, as in soil surveys.
SURVEYED = {10: 1.6, 12: 2.5, 14: 2.0, 7: 0.7, 16: 0.3, 13: 0.5}
DECIMALS = 5  # of coordinates, about 1 m


@dataclass(frozen=True)
class Horizons:
    """Horizons of n profiles: top and bottom in cm (n, 10), NaN beyond the last one."""

    top: FloatArray
    bottom: FloatArray

    @property
    def exists(self) -> Mask:
        """Which horizons there are, (n, 10)."""
        return np.isfinite(self.top)

    @property
    def middle(self) -> FloatArray:
        """Mid-depth, m."""
        return (self.top + self.bottom) / 200.0


def draw_points(
    lattice: Lattice,
    seed: int,
    name: str,
    n: int,
    eligible: Mask,
    igbp: Counts,
    region: shapely.Geometry | None = None,
) -> tuple[FloatArray, FloatArray, Counts, Counts]:
    """N points in eligible pixels (and inside the region): longitude, latitude and pixel.

    No two points have the same coordinates.

    Parameters
    ----------
    lattice, seed, name
        Pixels, and what the random numbers depend on.
    n
        Number of points.
    eligible
        Pixels in which points may lie, (rows, columns).
    igbp
        Land cover, (rows, columns), on which the density of points depends.
    region
        Points lie inside it; None for no such limit.

    Returns
    -------
    lon, lat, row, column
        (n,) each.

    Raises
    ------
    InputError
        If no pixel is eligible or the region is too small.
    """
    rng = random_stream(seed, name)
    candidates = np.flatnonzero(eligible)
    if candidates.size == 0:
        raise InputError(f"twin world, points of kind {name}", "eligible land pixels", "none")
    weight = np.ones(18)
    weight[list(SURVEYED)] = list(SURVEYED.values())
    chance = weight[igbp.ravel()[candidates]] * np.cos(
        np.deg2rad(lattice.mesh[1].ravel()[candidates])
    )
    chance = chance / chance.sum()
    points = np.empty((0, 2))
    for _ in range(100):
        pixel = rng.choice(candidates, size=2 * n, p=chance)
        jitter = lattice.resolution * rng.uniform(-0.45, 0.45, (2 * n, 2))
        centres = np.stack([mesh.ravel()[pixel] for mesh in lattice.mesh], axis=1)
        drawn = np.round(centres + jitter, DECIMALS)
        if region is not None:
            drawn = drawn[shapely.contains_xy(region, *drawn.T)]
        points = np.concatenate([points, drawn])
        _, first = np.unique(points, axis=0, return_index=True)
        points = points[np.sort(first)]
        if len(points) >= n:
            lon, lat = points[:n].T
            return lon, lat, *lattice.locate(lon, lat)
    raise InputError(
        f"twin world, points of kind {name}", f"space for {n} points inside the region", len(points)
    )


def whole_cells(lattice: Lattice, mask: Mask) -> Mask:
    """Pixels of half-degree cells that lie wholly in ``mask``."""
    return lattice.spread(np.asarray(lattice.blocks(mask).all(axis=-1)))


def cells_with_some(lattice: Lattice, mask: Mask, fraction: float) -> Mask:
    """Pixels of half-degree cells of which at least ``fraction`` lies in ``mask``."""
    return lattice.spread(lattice.blocks(mask).mean(axis=-1) >= fraction)


def dig(seed: int, name: str, n: int) -> Horizons:
    """Horizons of n profiles: 3 to 10 of them, down to 0.5 to 2.5 m and some below 3 m."""
    rng = random_stream(seed, name)
    depth = np.clip(np.exp(rng.normal(np.log(115.0), 0.40, n)), 50.0, 250.0)
    depth = np.where(rng.random(n) < 0.03, rng.uniform(300.0, 380.0, n), depth)
    count = np.clip(np.rint(rng.normal(3.2 + depth / 50.0, 1.2)), 3, MAX_HORIZONS).astype(int)
    order = np.arange(MAX_HORIZONS)
    exists = order < count[:, None]
    thickness = (1.0 + 0.55 * order) * rng.gamma(6.0, 1.0 / 6.0, (n, MAX_HORIZONS))
    bottom = np.cumsum(np.where(exists, thickness, 0.0), axis=1)
    bottom = np.rint(bottom / bottom[:, -1:] * depth[:, None])
    # Whole centimetres, none thinner than 2 cm.
    bottom = np.maximum.accumulate(np.maximum(bottom, 2.0 * (order + 1)) - 2.0 * order, axis=1)
    bottom = bottom + 2.0 * order
    top = np.concatenate([np.zeros((n, 1)), bottom[:, :-1]], axis=1)
    return Horizons(np.where(exists, top, np.nan), np.where(exists, bottom, np.nan))


def in_box(lon: FloatArray, lat: FloatArray) -> Mask:
    """Whether points (NaN allowed) lie in the box of the twin world."""
    west, south, east, north = BOX
    return (lon > west) & (lon < east) & (lat > south) & (lat < north)
