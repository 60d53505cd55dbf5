"""Relief and monthly climate of the synthetic globe.

Temperature follows latitude, height, the distance from the sea and a few warm and cold regions.
Rain comes from the belt of the tropics, which moves with the sun, from the storms of the middle
latitudes, and from the monsoons; the subtropics are dry. Numbers were set by hand so that the
large zones of the real climate lie about where they do.
"""

from dataclasses import dataclass

import numpy as np

from proda.arrays import FloatArray, Mask
from proda.twin.climate import HOLDRIDGE, LAPSE
from proda.twin.globe.places import Bump, Places, bumps, noise

__all__ = ["GlobalClimate", "make_climate", "make_elevation"]

MONTH = np.arange(12)[:, None]

# m: Tibet, Pamir, Altai, Iran, Caucasus, Alps, Scandinavia, Urals, eastern Siberia, Kamchatka,
# Ethiopia, East Africa, South Africa, Atlas, five parts of the Andes, Brazil, Guiana, three parts
# of the Rocky Mountains, Mexico, Alaska, Appalachia, Greenland, Yunnan, New Guinea, New Zealand,
# eastern Australia, Madagascar.
MOUNTAINS: list[Bump] = [
    (88, 33, 11, 4.5, 4600), (76, 40, 6, 3, 2500), (98, 48, 9, 4, 1700), (56, 33, 8, 5, 1300),
    (41, 40, 6, 2.5, 1400), (10, 46.5, 4, 1.2, 1500), (9, 62, 4, 4, 800), (59, 60, 1.5, 7, 500),
    (135, 62, 14, 6, 800), (160, 57, 3, 4, 700), (39, 9, 4, 4, 2000), (34, -4, 6, 9, 1200),
    (26, -28, 6, 5, 1300), (-3, 32, 6, 1.8, 1300), (-76, 2, 2.5, 7, 2500), (-75, -10, 2.5, 6, 3200),
    (-68, -19, 3.2, 6, 3700), (-70, -32, 1.8, 7, 2600), (-72, -46, 1.5, 6, 800),
    (-47, -18, 6, 7, 750), (-63, 5, 4, 2, 600), (-108, 40, 5, 5.5, 1900), (-116, 50, 4.5, 6, 1300),
    (-135, 61, 6, 4, 1300), (-103, 23, 4, 5, 1700), (-150, 63, 6, 2, 1500), (-80, 38, 3, 5, 500),
    (-40, 73, 11, 9, 2900), (102, 26, 4, 4, 1700), (141, -5, 4, 1.5, 1500), (170, -44, 1.5, 2, 900),
    (149, -33, 2, 8, 400), (47, -19, 1.5, 4, 900),
]  # fmt: skip

# degC at sea level and half of the annual range inland, by latitude.
LATITUDES = (0, 10, 20, 30, 40, 50, 60, 70, 80)
MEAN = (26.5, 26.5, 24.5, 19.0, 12.0, 4.0, -4.0, -12.5, -19.0)
RANGE = (0.8, 2.0, 6.0, 10.0, 14.0, 18.0, 23.0, 23.0, 19.0)
# North-western Europe, north-western America, Labrador, eastern Siberia, Sahara and Arabia, India,
# inner Australia, the cold currents off Peru and Namibia.
WARMTH: list[Bump] = [
    (8, 58, 24, 12, 8), (-128, 55, 12, 10, 5), (-68, 56, 14, 8, -3), (135, 64, 25, 9, -4),
    (15, 24, 45, 9, 4), (78, 22, 10, 8, 3), (132, -24, 14, 7, 3), (-78, -10, 3, 9, -4),
    (14, -22, 3, 8, -4),
]  # fmt: skip
# mm per month: eastern America, south-eastern America, Japan and eastern China, south-eastern
# Australia, South-East Asia.
ALL_YEAR: list[Bump] = [
    (-84, 36, 13, 9, 85), (-54, -27, 8, 7, 95), (122, 31, 14, 8, 70), (150, -34, 4, 8, 50),
    (115, 2, 22, 10, 90),
]  # fmt: skip
MONSOON: list[Bump] = [(84, 22, 14, 8, 330), (108, 29, 14, 9, 150), (-107, 26, 6, 6, 60)]
# Shares of rain that the Horn of Africa, north-eastern Brazil and the western deserts lack.
DRY: list[Bump] = [(46, 8, 9, 9, 0.85), (-40, -8, 5, 6, 0.6), (-71, -22, 4, 9, 0.9),
                   (16, -23, 7, 8, 0.8)]  # fmt: skip


@dataclass(frozen=True)
class GlobalClimate:
    """Mean monthly climate of the n cells.

    Attributes
    ----------
    temperature
        (12, n) degC.
    precipitation
        (12, n) mm.
    potential_evapotranspiration
        (12, n) mm, from biotemperature (Holdridge 1947).
    ice
        (n,) which cells lie under an ice sheet.
    """

    temperature: FloatArray
    precipitation: FloatArray
    ice: Mask

    @property
    def potential_evapotranspiration(self) -> FloatArray:
        """(12, n) mm, from biotemperature (Holdridge 1947)."""
        return HOLDRIDGE / 12.0 * np.clip(self.temperature, 0.0, 30.0)

    @property
    def moisture(self) -> FloatArray:
        """Annual precipitation over potential evapotranspiration, (n,)."""
        demand = self.potential_evapotranspiration.sum(axis=0)
        return self.precipitation.sum(axis=0) / np.maximum(demand, 60.0)


def make_elevation(places: Places, seed: int) -> FloatArray:
    """Mean height of the cells above the sea in m, (n,).

    Parameters
    ----------
    places
        The cells.
    seed
        Of the world.
    """
    rough = 1.0 + 0.2 * noise(places, seed, "relief", 3.0, 9.0)
    plain = 250.0 * (1.0 - np.exp(-places.to_sea / 500.0))
    return (bumps(places, MOUNTAINS) + plain) * np.clip(rough, 0.4, 1.7)


def make_climate(places: Places, seed: int, elevation: FloatArray) -> GlobalClimate:
    """Climate of the cells.

    Parameters
    ----------
    places
        The cells.
    seed
        Of the world.
    elevation
        (n,) m.
    """
    polar = np.abs(places.lat)
    inland = 1.0 - np.exp(-places.to_sea / 450.0)
    mean = np.interp(polar, LATITUDES, MEAN) + bumps(places, WARMTH) - LAPSE * elevation
    mean += 1.5 * (places.lat < -35.0) + 0.6 * noise(places, seed, "temperature", 4.0)
    half_range = np.interp(polar, LATITUDES, RANGE) * (0.4 + 0.6 * inland)
    temperature = mean + half_range * _season(places, 6.3)
    summer = temperature.max(axis=0)
    ice = (elevation > 1100.0) & (summer < 6.0) & (polar > 58.0)
    return GlobalClimate(temperature, _precipitation(places, seed, inland), ice)


def _season(places: Places, peak: float) -> FloatArray:
    """Wave of the year (12, n) that is 1 in the month ``peak`` of the north (0 is January)."""
    sign = np.where(places.lat < 0.0, -1.0, 1.0)
    return sign * np.cos(2.0 * np.pi * (MONTH - peak) / 12.0)


def _precipitation(places: Places, seed: int, inland: FloatArray) -> FloatArray:
    """(12, n) mm per month."""
    polar = np.abs(places.lat)
    belt = 1.5 + 10.0 * np.cos(2.0 * np.pi * (MONTH - 6.8) / 12.0)
    tropics = 255.0 * np.exp(-(((places.lat - belt) / 9.0) ** 2))
    storms = 88.0 * np.exp(-(((polar - 52.0) / 16.0) ** 2)) * (1.0 - 0.62 * inland)
    storms = storms * (1.0 + (0.85 * inland - 0.35) * _season(places, 6.5))
    dry_belt = np.exp(-1.5 * np.exp(-(((polar - 25.0) / 7.5) ** 2)))
    monsoon = bumps(places, MONSOON) * np.clip(_season(places, 6.7), 0.0, None) ** 2
    rain = (tropics + storms) * dry_belt + bumps(places, ALL_YEAR) + monsoon
    rain = rain * (1.0 - np.clip(bumps(places, DRY), 0.0, 0.93))
    rain = rain * np.exp(0.2 * noise(places, seed, "precipitation", 4.0, 12.0))
    return np.maximum(rain, 1.0)
