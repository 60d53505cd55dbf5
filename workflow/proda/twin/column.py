"""Soil columns of the twin's land model: temperature, water potential, active layer, default SOC.

These are what a run of CLM would have given: monthly, on the coarse grid of the land model.
"""

import numpy as np

from proda.arrays import FloatArray
from proda.twin.soil import logistic

__all__ = ["NODES", "active_layer", "soil_temperature", "soil_water_potential"]

FREEZING = 273.15  # K
# Node depths in m of the 10 soil and 5 bedrock layers of CLM4.5.
NODES = 0.025 * (np.exp(0.5 * (np.arange(1, 16) - 0.5)) - 1.0)
DAMPING_DEPTH = 2.1  # m, of the annual wave of temperature
DRIEST, WETTEST = -15.0, -5e-5  # MPa, limits of CLM's SOILPSI


def soil_temperature(air_temperature: FloatArray, anomaly: FloatArray) -> FloatArray:
    """Monthly soil temperature in K, (months, 15, cells).

    The annual wave is damped and delayed with depth; snow insulates the soil in cold winters.

    Parameters
    ----------
    air_temperature
        (months, cells) degC, of whole years.
    anomaly
        (months, cells) K, departure of the month from the mean climate, which decreases with depth.
    """
    years = len(air_temperature) // 12
    climate = air_temperature.reshape(years, 12, -1).mean(axis=0)
    mean = climate.mean(axis=0)
    snow = logistic((-climate.min(axis=0) - 3.0) / 3.0)
    wave = np.fft.rfft(climate, axis=0)[1]
    amplitude = 2.0 * np.abs(wave) / 12.0 * (1.0 - 0.25 * snow)
    phase = np.angle(wave)
    month = 2.0 * np.pi * np.arange(12)[:, None, None] / 12.0
    depth = (NODES / DAMPING_DEPTH)[None, :, None]
    annual = amplitude * np.exp(-depth) * np.cos(month + phase - depth)
    column = mean + 0.8 + 2.2 * snow + annual
    column = np.tile(column, (years, 1, 1))
    return FREEZING + column + anomaly[:, None, :] * np.exp(-(NODES / 0.8))[None, :, None]


def soil_water_potential(
    precipitation: FloatArray,
    demand: FloatArray,
    sand: FloatArray,
    clay: FloatArray,
    anomaly: FloatArray,
) -> FloatArray:
    """Monthly soil water potential in MPa (<= 0), (months, 15, cells).

    Parameters
    ----------
    precipitation, demand
        (months, cells) rain and potential evapotranspiration, mm per month.
    sand, clay
        (cells,) %.
    anomaly
        (months, cells), a dimensionless departure of the month's wetness.

    References
    ----------
    Retention curve: Clapp & Hornberger 1978 with the coefficients of Cosby et al. 1984, as in CLM.
    """
    years = len(precipitation) // 12
    rain = precipitation.reshape(years, 12, -1).mean(axis=0)
    demand = demand.reshape(years, 12, -1).mean(axis=0)
    yearly = rain.sum(axis=0) / np.maximum(demand.sum(axis=0), 60.0)
    monthly = rain / (rain + demand + 5.0)
    # The soil remembers about three months; deeper layers hold close to the yearly mean.
    stored = sum(np.roll(monthly, lag, axis=0) * w for lag, w in enumerate((0.4, 0.3, 0.2, 0.1)))
    base = 0.40 + 0.48 * yearly / (yearly + 0.75)
    swing = 0.45 * (stored - stored.mean(axis=0))
    reach = np.exp(-NODES / 0.7)[None, :, None]
    wetness = np.tile(base + swing[:, None, :] * reach, (years, 1, 1))
    wetness = np.clip(wetness + 0.03 * anomaly[:, None, :] * reach, 0.05, 0.98)
    saturated = -9.8e-6 * 10.0 * 10.0 ** (1.88 - 0.0131 * sand)  # MPa
    exponent = 2.91 + 0.159 * clay
    return np.clip(saturated * wetness ** (-exponent), DRIEST, WETTEST)


def active_layer(temperature: FloatArray) -> FloatArray:
    """Largest depth in m that thaws in a year: (months, 15, cells) K -> (years, cells).

    Linear between nodes; a column that thaws throughout has the depth of its last node, as in CLM.
    """
    years = len(temperature) // 12
    warmest = temperature.reshape(years, 12, *temperature.shape[1:]).max(axis=1) - FREEZING
    frozen = warmest <= 0.0
    first = np.argmax(frozen, axis=1)
    upper = np.clip(first - 1, 0, None)
    pick = np.take_along_axis
    above, below = pick(warmest, upper[:, None], 1)[:, 0], pick(warmest, first[:, None], 1)[:, 0]
    fall = np.where(above > below, above - below, 1.0)
    depth = NODES[upper] + (NODES[first] - NODES[upper]) * above / fall
    depth = np.where(first == 0, 0.0, depth)
    return np.where(frozen.any(axis=1), depth, NODES[-1])
