"""Soil columns of the synthetic globe's land model: 12 months on 25 levels.

Soil temperature is the annual wave of the air, damped and delayed with depth below insulating snow;
the thaw depth is where the warmest month of that wave is 0 degC. W_SCALAR follows the balance of
rain and evaporation, is small in frozen soil, and is 0 below bedrock, as in CLM. O_SCALAR is small
in wetlands below the surface. Litter enters pool by pool with the profile of the roots.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from proda.arrays import Counts, FloatArray
from proda.model.grid import CLM5_20
from proda.model.monthly import MonthlyForcing
from proda.twin.globe.climate import GlobalClimate
from proda.twin.globe.ground import Ground
from proda.twin.globe.places import Places
from proda.twin.soil import logistic

__all__ = ["LEVELS", "LandColumns", "make_columns"]

FREEZING = 273.15  # K
LEVELS = np.array([*CLM5_20.node, 9.795, 13.328, 19.483, 28.871, 41.998])
"""Node depths of CLM5's 20 soil and 5 bedrock layers, m."""

DAMPING_DEPTH = 2.2  # m
MIN_WATER = 0.03
MIN_THAW = 0.15  # m; where less of the soil ever thaws, there is no vegetation
ROOT_DEPTH = {"open": 0.22, "wooded": 0.42}  # m, e-folding depth of the litter input
POOLS = 4  # CWD, metabolic, cellulose, lignin
MONTH = np.arange(12)


@dataclass(frozen=True)
class LandColumns:
    """Climatology of the n columns with soil, single precision as in history files.

    Attributes
    ----------
    cell
        (n,) their cells.
    temperature
        (n, 12, 25) K.
    water_scalar, oxygen_scalar
        (n, 12, 20).
    nitrogen_scalar
        (n, 12, 25).
    litter_input
        (n, 12, 4, 20) gC m-3 per month to CWD, metabolic, cellulose and lignin litter.
    active_layer
        (n,) m; the same in all years.
    bedrock_layer
        (n,) layers.
    sand
        (n,) %.
    npp
        (n,) gC m-2 yr-1.
    """

    cell: Counts
    temperature: np.ndarray
    water_scalar: np.ndarray
    oxygen_scalar: np.ndarray
    nitrogen_scalar: np.ndarray
    litter_input: np.ndarray
    active_layer: np.ndarray
    bedrock_layer: Counts
    sand: np.ndarray
    npp: np.ndarray

    def forcing(self, columns: Counts) -> MonthlyForcing:
        """Forcing of some columns, as a reader of the history gets it.

        Parameters
        ----------
        columns
            Their positions.
        """
        thaw = np.repeat(self.active_layer[columns].astype(float)[:, None], 12, axis=1)
        return MonthlyForcing(
            soil_temperature=self.temperature[columns, :, :20].astype(float),
            water_scalar=self.water_scalar[columns].astype(float),
            oxygen_scalar=self.oxygen_scalar[columns].astype(float),
            nitrogen_scalar=self.nitrogen_scalar[columns, :, :20].astype(float),
            active_layer_depth=thaw,
            active_layer_depth_last_year=thaw,
            bedrock_layer=self.bedrock_layer[columns].astype(float),
            litter_input=self.annual_input[columns],
        )

    @cached_property
    def annual_input(self) -> FloatArray:
        """(n, 4) gC m-2 yr-1."""
        yearly = self.litter_input.astype(float).sum(axis=1)
        return np.asarray(yearly @ CLM5_20.thickness)


def make_columns(
    places: Places,
    climate: GlobalClimate,
    ground: Ground,
    contrast: float,
    cell: Counts | None = None,
) -> LandColumns:
    """Columns of the cells that are not under ice and whose soil thaws, or of given ones.

    Parameters
    ----------
    places, climate, ground
        The world.
    contrast
        Range of the water and oxygen scalars, 0 to 1; at 0 they are 1 everywhere.
    cell
        The cells, whatever their climate.
    """
    warmest = np.where(places.lat < 0.0, 0.3, 6.3)
    temperature, thaw = _soil_temperature(climate.temperature, warmest)
    if cell is None:
        cell = np.flatnonzero(~climate.ice & (thaw > MIN_THAW))
    air, temperature, thaw = climate.temperature[:, cell], temperature[cell], thaw[cell]
    above = np.arange(20) < ground.bedrock_layer[cell, None, None]
    frozen = logistic((FREEZING - 0.8 - temperature[..., :20]) / 0.5)
    water = _water(climate, cell)[..., None] * np.ones(20)
    yearly = water.mean(axis=1, keepdims=True)
    water = water + (yearly - water) * (1.0 - np.exp(-CLM5_20.node / 0.8))
    wetland = ground.wetland[cell, None, None]
    water = np.maximum(water + (0.95 - water) * wetland, MIN_WATER)
    water = np.maximum(water * (1.0 - 0.9 * frozen), MIN_WATER)
    water = np.where(above, 1.0 - contrast * (1.0 - water), 0.0)
    lack = 0.8 * contrast * wetland * (1.0 - np.exp(-CLM5_20.node / 0.2))
    oxygen = np.clip(1.0 - lack, 0.1, 1.0) * np.ones((1, 12, 1))
    fertile = logistic((ground.cec[cell] - 12.0) / 5.0)
    nitrogen = (0.7 + 0.25 * fertile)[:, None, None] * np.ones((12, LEVELS.size))
    return LandColumns(
        cell=cell,
        temperature=temperature.astype(np.float32),
        water_scalar=water.astype(np.float32),
        oxygen_scalar=oxygen.astype(np.float32),
        nitrogen_scalar=nitrogen.astype(np.float32),
        litter_input=_litter(air, ground, cell).astype(np.float32),
        active_layer=thaw.astype(np.float32),
        bedrock_layer=ground.bedrock_layer[cell],
        sand=ground.sand[cell].astype(np.float32),
        npp=ground.npp[cell].astype(np.float32),
    )


def _soil_temperature(air: FloatArray, warmest: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Soil temperature (n, 12, 25) in K and thaw depth (n,) in m, of air (12, n) in degC."""
    snow = np.clip(-3.0 - air.min(axis=0), 0.0, 25.0) / 25.0
    mean = air.mean(axis=0) + 4.5 * snow
    swing = (air.max(axis=0) - air.min(axis=0)) / 2.0 * (1.0 - 0.3 * snow)
    depth = LEVELS / DAMPING_DEPTH
    phase = 2.0 * np.pi * (MONTH[:, None] - warmest[:, None, None]) / 12.0 - depth
    wave = swing[:, None, None] * np.exp(-depth) * np.cos(phase)
    with np.errstate(divide="ignore", invalid="ignore"):
        frost = DAMPING_DEPTH * np.log(swing / -mean)
    thaw = np.where(mean >= 0.0, LEVELS[-1], np.clip(frost, 0.0, LEVELS[-1]))
    return mean[:, None, None] + wave + FREEZING, thaw


def _water(climate: GlobalClimate, cell: Counts) -> FloatArray:
    """Scalar of the uppermost soil, (n, 12): rain of some months over evaporation."""
    rain, demand = climate.precipitation[:, cell], climate.potential_evapotranspiration[:, cell]
    stored, used = (
        field + 0.6 * np.roll(field, 1, axis=0) + 0.3 * np.roll(field, 2, axis=0)
        for field in (rain, demand)
    )
    ratio = stored / (used + 15.0)
    return (ratio / (ratio + 0.7)).T


def _litter(air: FloatArray, ground: Ground, cell: Counts) -> FloatArray:
    """Input per pool and layer, (n, 12, 4, 20) gC m-3 per month."""
    trees = ground.trees[cell]
    woody = 0.25 * trees
    shares = np.stack([woody, *((1.0 - woody) * share for share in (0.27, 0.49, 0.24))], axis=1)
    warmth = np.clip(np.roll(air, 2, axis=0), 0.0, None).T + 3.0  # litter falls after the summer
    season = warmth / warmth.sum(axis=1, keepdims=True)
    rooting = ROOT_DEPTH["open"] + (ROOT_DEPTH["wooded"] - ROOT_DEPTH["open"]) * trees
    above = np.arange(20) < ground.bedrock_layer[cell, None]
    profile = np.exp(-CLM5_20.node / rooting[:, None]) * above
    profile /= profile @ CLM5_20.thickness[:, None]
    amount = ground.npp[cell, None, None] * season[:, :, None] * shares[:, None, :]
    return amount[..., None] * profile[:, None, None, :]
