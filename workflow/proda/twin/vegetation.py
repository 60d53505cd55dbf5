"""Land cover, productivity, vegetation cover and drought of the twin world."""

from dataclasses import dataclass

import numpy as np

from proda.arrays import Counts, FloatArray
from proda.twin.climate import Climate
from proda.twin.lattice import Lattice, noise, random_stream
from proda.twin.soil import logistic
from proda.twin.terrain import Terrain

__all__ = ["BARREN", "WATER", "Vegetation", "make_vegetation"]

# IGBP classes, 1 to 17.
EVERGREEN_NEEDLE, DECIDUOUS_BROAD, MIXED_FOREST = 1, 4, 5
CLOSED_SHRUB, OPEN_SHRUB, WOODY_SAVANNA, SAVANNA, GRASS = 6, 7, 8, 9, 10
WETLAND, CROP, URBAN, MOSAIC, SNOW, BARREN, WATER = 11, 12, 13, 14, 15, 16, 17

# Fraction of the climate's potential NPP that each class reaches, and its mean tree cover in %.
EFFICIENCY = np.array(
    [0, 0.85, 1, 0.9, 0.95, 0.92, 0.7, 0.6, 0.9, 0.85, 0.85, 0.9, 0.85, 0.5, 0.9, 0.1, 0.1, 0]
)
TREE_COVER = np.array([0.0, 62, 80, 60, 68, 66, 18, 6, 42, 20, 4, 25, 6, 12, 22, 0, 1, 0])


@dataclass(frozen=True)
class Vegetation:
    """Vegetation on the lattice.

    Parameters
    ----------
    igbp
        Classes, (rows, columns).
    tree_cover
        (rows, columns) %.
    npp
        (years, rows, columns) gC m-2 yr-1, NaN where MODIS gives none (water, urban, barren, snow).
    drought
        (rows, columns), mean Palmer-like index.
    """

    igbp: Counts
    tree_cover: FloatArray
    npp: FloatArray
    drought: FloatArray


def make_vegetation(
    lattice: Lattice,
    seed: int,
    terrain: Terrain,
    climate: Climate,
    soil: dict[str, np.ndarray],
    n_years: int,
) -> Vegetation:
    """Vegetation on the lattice.

    Parameters
    ----------
    lattice
        Pixels of the world.
    seed
        Of the world.
    terrain
        Of the same lattice.
    climate
        Of the same lattice.
    soil
        Fields (rows, columns) of ``make_soil``.
    n_years
        Number of years of NPP.
    """
    igbp = _land_cover(lattice, seed, terrain, climate, soil)
    patchy = noise(lattice, seed, "productivity", 0.3, 1.0)
    tree_cover = np.clip(TREE_COVER[igbp] * (1.0 + 0.18 * patchy), 0.0, 95.0)
    mean = _miami(climate) * EFFICIENCY[igbp] * np.exp(0.10 * patchy)
    npp = mean * _weather(lattice, seed, climate, n_years)
    bare = np.isin(igbp, (URBAN, SNOW, BARREN, WATER))
    drought = 0.6 * noise(lattice, seed, "drought", 2.0) - 0.25 * (lattice.mesh[0] < -103)
    return Vegetation(igbp, tree_cover, np.where(bare, np.nan, npp), np.clip(drought, -5, 5))


def _land_cover(
    lattice: Lattice, seed: int, terrain: Terrain, climate: Climate, soil: dict[str, np.ndarray]
) -> Counts:
    lon, _ = lattice.mesh
    mat = climate.annual_temperature
    summer = climate.temperature.max(axis=0)
    patchy = noise(lattice, seed, "land cover", 0.25, 0.8)
    second = noise(lattice, seed, "land cover 2", 0.25, 0.8)
    # Fire and drought kept trees off the plains at a rainfall that grows forest elsewhere.
    prairie = np.exp(-(((lon + 96.5) / 6.5) ** 2)) * logistic((climate.temperature.mean(0) - 3) / 2)
    moisture = climate.moisture * (1.0 - 0.38 * prairie) * np.exp(0.12 * patchy)
    flat = logistic((260.0 - np.abs(terrain.relief)) / 60.0)
    fertile = 0.5 * logistic((soil["pH_Water_0cm"] - 5.4) / 0.4) + 0.5 * logistic(
        (58.0 - soil["Sand_Content_0cm"]) / 8.0
    )
    corn = flat * fertile * logistic((summer - 19.0) / 1.2) * np.clip(moisture / 0.75, 0, 1) ** 2
    corn *= 0.72 + 0.5 * prairie + 0.3 * second
    soggy = (moisture > 1.15) & (np.abs(terrain.relief) < 90.0)
    west = lon < -104
    rng = random_stream(seed, "cities")
    town = (rng.random(lattice.shape) < 0.006) & (terrain.relief < 300) & (moisture > 0.15)
    rules = [
        (WATER, ~terrain.land),
        (URBAN, town),
        (SNOW, mat < -4.0),
        (BARREN, moisture < 0.115),
        (WETLAND, soggy & (second > 1.75)),
        (CROP, corn > 0.62),
        (MOSAIC, (corn > 0.46) & (moisture > 0.7)),
        (OPEN_SHRUB, moisture < 0.38),
        (CLOSED_SHRUB, (moisture < 0.5) & (patchy > 0.8)),
        (GRASS, moisture < 0.68),
        (SAVANNA, (moisture < 0.85) & (mat > 13)),
        (GRASS, (moisture < 0.85) & ~(west & (terrain.relief > 250))),
        (EVERGREEN_NEEDLE, west),
        (WOODY_SAVANNA, (mat > 14.5) & (second < 0.5)),
        (EVERGREEN_NEEDLE, (mat > 16.5) | (mat < 4.0)),
        (MIXED_FOREST, (mat < 8.5) | (second > 0.8)),
    ]
    return np.select([rule for _, rule in rules], [code for code, _ in rules], DECIDUOUS_BROAD)


def _miami(climate: Climate) -> FloatArray:
    """Potential NPP, gC m-2 yr-1: the Miami model (Lieth 1975), dry matter x 0.45."""
    by_rain = 3000.0 * (1.0 - np.exp(-0.000664 * climate.annual_precipitation))
    by_warmth = 3000.0 / (1.0 + np.exp(1.315 - 0.119 * climate.annual_temperature))
    return 0.45 * np.minimum(by_rain, by_warmth)


def _weather(lattice: Lattice, seed: int, climate: Climate, n_years: int) -> FloatArray:
    """Factor of each year, of mean 1 over the years; dry climates vary more."""
    spread = 0.07 + 0.16 * np.exp(-climate.annual_precipitation / 450.0)
    years = np.stack([noise(lattice, seed, f"year {i}", 3.0) for i in range(n_years)])
    factor = np.exp(spread * years)
    return factor / factor.mean(axis=0)
