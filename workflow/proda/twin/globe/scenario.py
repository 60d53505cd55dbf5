"""How the climate and the productivity of the synthetic globe change.

With a course s(t) that is 0 in the base years and rises to 1 in the last year,

    s(t) = ((t - b) / (T - b))^1.5          b, T  last of the base years and of all years

and weather w(t), v(t) of mean 0 over the base years:

    air temperature   T + warming p(lat) s + 0.35 K q(lat) w
    rain              P exp(r(lat) s + 0.08 v)
    NPP               N (1 + 0.45 ln(C / C0)) (1 + g(T) dT) (rain / P)^0.4

p is 1 over the land on average and in the far north three times what it is in the south, q doubles
towards the poles, r is -0.3 in the middle of the subtropics and 0.15 near the poles, C / C0 rises
linearly with s from 1 to 8/3, and g falls from 0.02 K-1 in cold to -0.015 K-1 in hot places. w(t)
is an autoregressive series of the globe and a wave around it, v(t) another wave.

All else follows as in the unchanged world: soil temperature, thaw and W_SCALAR from air and rain,
litter from NPP. The mean of the base years is the climate of the unchanged world in air temperature
and in the logarithm of rain. It is not exactly that of fields that depend on them in a curved way,
which are thaw depth, soil under snow, W_SCALAR and NPP (docs/methods/transient.md has the sizes).
"""

from dataclasses import dataclass

import numpy as np

from proda.arrays import FloatArray
from proda.twin.globe.climate import GlobalClimate
from proda.twin.globe.places import Places
from proda.twin.lattice import random_stream
from proda.twin.soil import logistic

__all__ = ["Scenario", "Weather", "make_scenario"]

COURSE = 1.5
TEMPERATURE_NOISE, RAIN_NOISE = 0.35, 0.08  # K, and of the logarithm
MEMORY = 0.5  # of the temperature of the globe, from one year to the next
CARBON_DIOXIDE, FERTILISATION = 8.0 / 3.0, 0.45
RAIN_EXPONENT = 0.4


@dataclass(frozen=True)
class Weather:
    """A year of the scenario at n places.

    Attributes
    ----------
    climate
        Months of the year.
    npp
        (n,) NPP over that of the unchanged world.
    """

    climate: GlobalClimate
    npp: FloatArray


@dataclass(frozen=True)
class Scenario:
    """Change of the world through the years.

    Attributes
    ----------
    first_year
        Of those below.
    course
        (years,) s.
    warmth
        (years, 3) weather of temperature: of the globe and of a wave around it.
    rain
        (years, 2) weather of rain: of a wave around the globe.
    warming
        K at the end, mean over the land.
    mean_pattern
        Mean of the pattern of warming over the land, by which it is divided.
    """

    first_year: int
    course: FloatArray
    warmth: FloatArray
    rain: FloatArray
    warming: float
    mean_pattern: float

    def year(self, year: int, places: Places, climate: GlobalClimate) -> Weather:
        """Climate and relative NPP of a year.

        Parameters
        ----------
        year
            Calendar year.
        places
            The n places.
        climate
            Of the unchanged world there.
        """
        i = year - self.first_year
        s, warmth, rain = self.course[i], self.warmth[i], self.rain[i]
        polar, x = np.abs(places.lat), np.radians(places.lon)
        wave = np.stack([np.cos(x), np.sin(x)])
        noise = TEMPERATURE_NOISE * (1.0 + logistic((polar - 50.0) / 10.0))
        change = self.warming * s * _pattern(places.lat) / self.mean_pattern
        change = change + noise * (warmth[0] + warmth[1:] @ wave)
        trend = 0.15 * logistic((polar - 50.0) / 8.0) - 0.3 * np.exp(-(((polar - 27.0) / 9.0) ** 2))
        factor = np.exp(trend * s + RAIN_NOISE * (rain @ wave))
        mean = climate.temperature.mean(axis=0)
        per_kelvin = 0.02 - 0.035 * logistic((mean - 14.0) / 4.0)
        fertilised = 1.0 + FERTILISATION * np.log(1.0 + (CARBON_DIOXIDE - 1.0) * s)
        npp = fertilised * np.maximum(1.0 + per_kelvin * change, 0.1) * factor**RAIN_EXPONENT
        changed = GlobalClimate(
            climate.temperature + change, climate.precipitation * factor, climate.ice
        )
        return Weather(changed, npp)


def make_scenario(
    places: Places,
    seed: int,
    years: tuple[int, int],
    base_years: tuple[int, int],
    warming: float,
) -> Scenario:
    """The scenario of a world.

    Parameters
    ----------
    places
        All cells of the world, over which the warming is a mean.
    seed
        Of the world.
    years, base_years
        First and last.
    warming
        K in the last year, mean over the land.
    """
    count = years[1] - years[0] + 1
    number = np.arange(years[0], years[1] + 1)
    passed = (number - base_years[1]) / max(years[1] - base_years[1], 1)
    base = slice(base_years[0] - years[0], base_years[1] - years[0] + 1)
    rng = random_stream(seed, "globe weather of the years")
    warmth, rain = rng.standard_normal((count, 3)), rng.standard_normal((count, 2))
    for i in range(1, count):
        warmth[i, 0] = MEMORY * warmth[i - 1, 0] + np.sqrt(1.0 - MEMORY**2) * warmth[i, 0]
    warmth -= warmth[base].mean(axis=0)
    rain -= rain[base].mean(axis=0)
    land = places.cells.land_area_m2
    mean_pattern = float(np.average(_pattern(places.lat), weights=land))
    course = np.clip(passed, 0.0, 1.0) ** COURSE
    return Scenario(years[0], course, warmth, rain, warming, mean_pattern)


def _pattern(lat: FloatArray) -> FloatArray:
    """Warming by latitude, before it is scaled: 1 in the south, 3 in the far north."""
    return 1.0 + 2.0 * logistic((lat - 50.0) / 10.0)
