"""Soil, bedrock, wetlands and vegetation of the synthetic globe."""

from dataclasses import dataclass

import numpy as np

from proda.arrays import Counts, FloatArray, Mask
from proda.model.grid import CLM5_20
from proda.twin.bioclim import bioclim, koppen_geiger
from proda.twin.globe.climate import GlobalClimate
from proda.twin.globe.places import Places, noise
from proda.twin.soil import logistic

__all__ = ["Ground", "make_covariates", "make_ground"]

# IGBP classes.
EVERGREEN_NEEDLE, EVERGREEN_BROAD, DECIDUOUS_BROAD, MIXED_FOREST = 1, 2, 4, 5
OPEN_SHRUB, SAVANNA, GRASS, WETLAND, CROP, SNOW, BARREN = 7, 9, 10, 11, 12, 15, 16
TREES = {EVERGREEN_NEEDLE: 0.75, EVERGREEN_BROAD: 0.95, DECIDUOUS_BROAD: 0.8, MIXED_FOREST: 0.8,
         SAVANNA: 0.25, WETLAND: 0.3}  # fmt: skip
MIN_BEDROCK, MAX_BEDROCK = 3, 20  # layers
MIN_NPP = 60.0  # gC m-2 yr-1, off the ice


@dataclass(frozen=True)
class Ground:
    """What the n cells are made of.

    Attributes
    ----------
    sand, clay
        (n,) mass %.
    ph, cec
        (n,) 1 and cmol kg-1.
    stones
        (n,) volume %.
    bedrock
        (n,) depth to bedrock, m.
    bedrock_layer
        (n,) number of soil layers above bedrock.
    wetland
        (n,) fraction.
    land_cover
        (n,) IGBP class.
    npp
        (n,) gC m-2 yr-1; 0 under ice.
    """

    sand: FloatArray
    clay: FloatArray
    ph: FloatArray
    cec: FloatArray
    stones: FloatArray
    bedrock: FloatArray
    bedrock_layer: Counts
    wetland: FloatArray
    land_cover: Counts
    npp: FloatArray

    @property
    def trees(self) -> FloatArray:
        """Fraction of tree cover, (n,)."""
        table = np.zeros(18)
        table[list(TREES)] = list(TREES.values())
        return table[self.land_cover]


def make_ground(places: Places, seed: int, elevation: FloatArray, climate: GlobalClimate) -> Ground:
    """Soil and vegetation of the cells.

    Parameters
    ----------
    places
        The cells.
    seed
        Of the world.
    elevation
        (n,) m.
    climate
        Of the same cells.
    """
    mean, moisture = climate.temperature.mean(axis=0), climate.moisture
    wet = np.log(np.clip(moisture, 0.05, 6.0))
    weathered = logistic((mean - 18.0) / 2.5) * logistic(wet / 0.3)
    clay_ratio = -0.5 + 0.5 * noise(places, seed, "clay", 3.0, 10.0) + 0.8 * weathered
    silt_ratio = -0.1 + 0.5 * noise(places, seed, "silt", 3.0, 10.0) - 0.5 * (wet < -1.2)
    parts = np.exp([np.zeros_like(wet), silt_ratio, clay_ratio])
    sand, _, clay = 100.0 * parts / parts.sum(axis=0)
    ph = np.clip(6.6 - 1.0 * wet + 0.4 * noise(places, seed, "acidity", 4.0), 4.0, 9.0)
    cec = np.clip(4.0 + 0.45 * clay * (1.0 - 0.5 * weathered) + 1.5 * (ph - 5.5), 1.0, 60.0)
    steep = logistic((elevation - 1300.0) / 350.0)
    depth = 4.2 * np.exp(-1.6 * steep + 0.55 * noise(places, seed, "bedrock", 3.0, 10.0))
    layers = np.searchsorted(CLM5_20.interface, depth) + 1
    flat = logistic((350.0 - elevation) / 120.0)
    wetland = flat * logistic((moisture - 1.15) / 0.2)
    wetland *= logistic(1.6 * noise(places, seed, "wetlands", 4.0, 12.0) - 1.2)
    cover = _land_cover(places, seed, climate, wetland)
    return Ground(
        sand=sand,
        clay=clay,
        ph=ph,
        cec=cec,
        stones=np.clip(5.0 + 28.0 * steep + 4.0 * noise(places, seed, "stones", 4.0), 0.0, 60.0),
        bedrock=depth,
        bedrock_layer=np.clip(layers, MIN_BEDROCK, MAX_BEDROCK),
        wetland=wetland,
        land_cover=cover,
        npp=_productivity(climate),
    )


def _land_cover(places: Places, seed: int, climate: GlobalClimate, wetland: FloatArray) -> Counts:
    mean, summer = climate.temperature.mean(axis=0), climate.temperature.max(axis=0)
    moisture = climate.moisture * np.exp(0.1 * noise(places, seed, "land cover", 3.0))
    farmed = noise(places, seed, "farming", 3.0, 8.0) > 0.5
    rules: list[tuple[int, Mask]] = [
        (SNOW, climate.ice),
        (BARREN, moisture < 0.12),
        (WETLAND, wetland > 0.45),
        (OPEN_SHRUB, (summer < 10.5) | (moisture < 0.3)),
        (CROP, farmed & (summer > 17.0) & (moisture > 0.5) & (moisture < 1.3)),
        (GRASS, (moisture < 0.65) & (mean < 18.0)),
        (SAVANNA, (moisture < 0.95) & (mean >= 18.0)),
        (EVERGREEN_BROAD, mean >= 20.0),
        (EVERGREEN_NEEDLE, mean < 2.5),
        (MIXED_FOREST, mean < 9.0),
    ]
    return np.select([rule for _, rule in rules], [code for code, _ in rules], DECIDUOUS_BROAD)


def _productivity(climate: GlobalClimate) -> FloatArray:
    """NPP, gC m-2 yr-1: the Miami model (Lieth 1975), dry matter x 0.45."""
    by_rain = 3000.0 * (1.0 - np.exp(-0.000664 * climate.precipitation.sum(axis=0)))
    by_warmth = 3000.0 / (1.0 + np.exp(1.315 - 0.119 * climate.temperature.mean(axis=0)))
    return np.where(climate.ice, 0.0, np.maximum(0.45 * np.minimum(by_rain, by_warmth), MIN_NPP))


def make_covariates(
    places: Places, elevation: FloatArray, climate: GlobalClimate, ground: Ground
) -> dict[str, np.ndarray]:
    """Covariates of the cells, (n,) by the names of ``config/global_covariates.csv``.

    Parameters
    ----------
    places, elevation, climate, ground
        The world.
    """
    # The classes are defined for the north; the seasons of the south are half a year apart.
    south = places.lat < 0.0
    temperature, rain = climate.temperature.copy(), climate.precipitation.copy()
    for field in (temperature, rain):
        field[:, south] = np.roll(field[:, south], 6, axis=0)
    daily_range = 8.0 + 7.0 * np.exp(-climate.precipitation.sum(axis=0) / 500.0) + np.zeros((12, 1))
    return {
        "Longitude": places.lon,
        "Latitude": places.lat,
        "IGBP": ground.land_cover,
        "Climate": koppen_geiger(temperature, rain),
        **bioclim(climate.temperature, daily_range, climate.precipitation),
        "Elevation": elevation,
        "Sand_Content": ground.sand,
        "Clay_Content": ground.clay,
        "pH_Water": ground.ph,
        "CEC": ground.cec,
        "Coarse_Fragments": ground.stones,
        "Depth_to_Bedrock": ground.bedrock,
        "nbedrock": ground.bedrock_layer,
        "Wetland_Fraction": ground.wetland,
        "NPPmean": ground.npp,
    }
