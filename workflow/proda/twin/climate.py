"""Monthly climate of the twin world.

Temperature follows latitude, height and distance from the oceans; rain follows the Pacific winter
storms, the moisture of the Gulf, the summer monsoon of the south-west, and the lee of mountains.
Numbers were set by hand so that about two dozen cities get about their real climate.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from proda.arrays import FloatArray
from proda.twin.lattice import Lattice, noise
from proda.twin.terrain import Terrain

__all__ = ["Climate", "make_climate"]

LAPSE = 5.5e-3  # K m-1, annual mean
HOLDRIDGE = 58.93  # mm of potential evapotranspiration per degree of biotemperature and year
MONTH = np.arange(12)[:, None, None]


@dataclass(frozen=True)
class Climate:
    """Mean monthly climate: temperature (12, rows, columns) degC, daily range K, rain mm."""

    temperature: FloatArray
    daily_range: FloatArray
    precipitation: FloatArray

    @property
    def annual_temperature(self) -> FloatArray:
        """Mean of the year, degC."""
        return self.temperature.mean(axis=0)

    @property
    def annual_precipitation(self) -> FloatArray:
        """Sum of the year, mm."""
        return self.precipitation.sum(axis=0)

    @property
    def potential_evapotranspiration(self) -> FloatArray:
        """Mm per month, from biotemperature (Holdridge 1947)."""
        return HOLDRIDGE / 12.0 * np.clip(self.temperature, 0.0, 30.0)

    @property
    def moisture(self) -> FloatArray:
        """Annual precipitation over potential evapotranspiration."""
        demand = self.potential_evapotranspiration.sum(axis=0)
        return self.annual_precipitation / np.maximum(demand, 60.0)


def make_climate(lattice: Lattice, seed: int, terrain: Terrain) -> Climate:
    """Climate on the lattice, over land and water.

    Parameters
    ----------
    lattice
        Pixels of the world.
    seed
        Of the world.
    terrain
        Of the same lattice.
    """
    lon, lat = lattice.mesh
    precipitation = _precipitation(lattice, seed, terrain, lon, lat)
    temperature = _temperature(lattice, seed, terrain, lon, lat)
    dryness = np.exp(-precipitation.sum(axis=0) / 500.0)
    sea = np.exp(-np.minimum(terrain.to_pacific, terrain.to_atlantic) / 60.0)
    daily_range = 10.5 + 7.5 * dryness - 3.0 * sea
    seasonal = 1.0 + 0.12 * np.cos(2 * np.pi * (MONTH - 7.0) / 12.0)
    return Climate(temperature, daily_range * seasonal, precipitation)


def _temperature(
    lattice: Lattice, seed: int, terrain: Terrain, lon: FloatArray, lat: FloatArray
) -> FloatArray:
    """Monthly air temperature, (12, rows, columns) degC."""
    maritime = np.exp(-terrain.to_pacific / 160.0)
    dry_west = 6.8 / (1.0 + np.exp((lon + 100.5) / 2.0))
    inland = 26.2 - 0.86 * (lat - 25.0) + dry_west
    coastal = 18.0 - 0.42 * (lat - 32.7)
    mean = maritime * coastal + (1.0 - maritime) * inland - LAPSE * terrain.elevation
    mean += 0.5 * noise(lattice, seed, "temperature", 1.0, 3.0)
    swing = (5.0 + 0.5 * (lat - 25.0)) * (1.0 - 0.2 * np.exp(-terrain.to_atlantic / 250.0))
    swing = maritime * (3.8 + 0.15 * (lat - 33.0)) + (1.0 - maritime) * swing
    warmest = 6.2 + 0.7 * maritime  # month of the year, 0 = January
    return mean + swing * np.cos(2 * np.pi * (MONTH - warmest) / 12.0)


def _precipitation(
    lattice: Lattice, seed: int, terrain: Terrain, lon: FloatArray, lat: FloatArray
) -> FloatArray:
    gulf = 1.0 / (1.0 + np.exp(-(lon + 99.0) / 3.0))
    east = gulf * (460.0 + 960.0 * np.exp(-terrain.to_atlantic / 1600.0))
    east *= 1.0 - 0.011 * (lat - 30.0)
    desert = np.exp(-(((lon + 114.5) / 4.0) ** 2) - ((lat - 33.5) / 3.2) ** 2)
    dry = 240.0 - 150.0 * desert
    # Windward slopes rain out what the lee then misses; westerlies matter in the west only.
    western = 1.0 / (1.0 + np.exp((lon + 103.0) / 2.0))
    reach = round(3.5 / lattice.resolution)
    barrier = maximum_filter1d(terrain.elevation, reach, axis=1, origin=(reach - 1) // 2)
    lee = np.exp(-0.55e-3 * western * np.maximum(barrier - terrain.elevation - 200.0, 0.0))
    storms = (230.0 + 1900.0 / (1.0 + np.exp(-(lat - 41.3) / 1.8))) * np.exp(
        -terrain.to_pacific / 210.0
    )
    lift = np.exp(np.clip(0.75e-3 * terrain.relief, -0.6, 1.1) * (0.35 + 0.65 * western))
    total = np.maximum((east + dry + storms * lee) * lift, 60.0)
    total *= np.exp(0.08 * noise(lattice, seed, "precipitation", 0.8, 2.5))
    return total / 12.0 * _seasons(lon, lat, terrain, gulf, storms * lee, western)


def _seasons(
    lon: FloatArray,
    lat: FloatArray,
    terrain: Terrain,
    gulf: FloatArray,
    storms: FloatArray,
    western: FloatArray,
) -> FloatArray:
    """Monthly weights of mean 1 (12, rows, columns): a mixture of four rain regimes."""
    south_west = np.exp(-(((lon + 109.5) / 3.5) ** 2) - ((lat - 32.0) / 4.0) ** 2)
    plains = np.exp(-(((lon + 99.0) / 7.0) ** 2)) * np.clip((lat - 28.0) / 8.0, 0.0, 1.0)
    fractions = [
        (storms / 250.0 + 0.5 * western, _cycle(0.0, 0.85)),
        (south_west, _cycle(7.2, 0.8) ** 2),
        (1.8 * plains, _cycle(5.3, 0.72)),
        (gulf + 0.1, _cycle(6.5, 0.12)),
    ]
    weight = sum(fraction * cycle / cycle.mean(axis=0) for fraction, cycle in fractions)
    return weight / weight.mean(axis=0)


def _cycle(peak: float, strength: float) -> FloatArray:
    return 1.0 + strength * np.cos(2 * np.pi * (MONTH - peak) / 12.0)
