"""The cells of the synthetic globe and fields that do not depend on how fine they are.

Random fields are sums of plane waves in space, evaluated on the sphere: they have no seam at the
date line and no pole, and a finer grid samples the same field. Hand-made features are bumps:

    amount exp(-((lon - lon0) / width)^2 - ((lat - lat0) / height)^2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
from scipy.spatial import cKDTree

from proda.arrays import FloatArray
from proda.data.cells import Cells
from proda.data.region import EARTH_RADIUS, Region
from proda.twin.lattice import random_stream

__all__ = ["Bump", "Places", "bumps", "noise"]

Bump: TypeAlias = tuple[float, float, float, float, float]
"""Longitude, latitude, half width and half height in degrees, amount."""

WAVES = 80
SEA_POINTS = 40_000  # over the sphere, about one per square degree


@dataclass(frozen=True)
class Places:
    """The n cells of the synthetic globe.

    Attributes
    ----------
    region
        The land.
    cells
        Its cells.
    """

    region: Region
    cells: Cells

    @property
    def lon(self) -> FloatArray:
        """Longitude of the centres, (n,)."""
        return self.cells.lon

    @property
    def lat(self) -> FloatArray:
        """Latitude of the centres, (n,)."""
        return self.cells.lat

    @cached_property
    def to_sea(self) -> FloatArray:
        """Distance to the sea in km, (n,): to the nearest of evenly spread points off the land."""
        k = np.arange(SEA_POINTS) + 0.5
        lat = np.degrees(np.arcsin(1.0 - 2.0 * k / SEA_POINTS))
        lon = (k * 180.0 * (3.0 - np.sqrt(5.0)) + 180.0) % 360.0 - 180.0
        # Antarctica is no part of the region and no sea either, but far from all others.
        sea = ~self.region.contains(lon, lat)
        chord, _ = cKDTree(_on_sphere(lon[sea], lat[sea])).query(_on_sphere(self.lon, self.lat))
        return EARTH_RADIUS / 1000.0 * 2.0 * np.arcsin(np.clip(chord / 2.0, 0.0, 1.0))


def _on_sphere(lon: FloatArray, lat: FloatArray) -> FloatArray:
    """Unit vectors, (n, 3)."""
    x, y = np.radians(lon), np.radians(lat)
    return np.stack([np.cos(y) * np.cos(x), np.cos(y) * np.sin(x), np.sin(y)], axis=1)


def bumps(places: Places, table: Sequence[Bump]) -> FloatArray:
    """Sum of bumps at the cells, (n,).

    Parameters
    ----------
    places
        The cells.
    table
        The bumps.
    """
    total = np.zeros(places.lon.size)
    for lon, lat, width, height, amount in table:
        east = (places.lon - lon + 180.0) % 360.0 - 180.0
        total += amount * np.exp(-((east / width) ** 2) - ((places.lat - lat) / height) ** 2)
    return total


def noise(places: Places, seed: int, name: str, *scales: float) -> FloatArray:
    """Gaussian random field of about mean 0 and standard deviation 1 at the cells, (n,).

    Parameters
    ----------
    places
        The cells.
    seed
        Of the world.
    name
        Describes the field, which depends on it.
    *scales
        Correlation lengths in degrees; the variance is shared between them.
    """
    rng = random_stream(seed, f"globe {name}")
    points = _on_sphere(places.lon, places.lat)
    field = np.zeros(len(points))
    for scale in scales:
        wave = rng.standard_normal((3, WAVES)) / np.radians(scale)
        phase = 2.0 * np.pi * rng.random(WAVES)
        field += np.sqrt(2.0 / WAVES / len(scales)) * np.cos(points @ wave + phase).sum(axis=1)
    return field
