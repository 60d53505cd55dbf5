"""Coast, lakes and relief of the twin world.

The coast is drawn by hand in a few dozen strokes, so that Canada, Mexico and both oceans surround
the study region and its border is met by land as well as by water. Relief is a plateau in the west
and ridges (the main mountain ranges) with rough noise on them.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.ndimage import distance_transform_edt

from proda.arrays import FloatArray, Mask
from proda.twin.lattice import KM_PER_DEGREE, Lattice, noise

__all__ = ["Terrain", "make_terrain"]

# Longitude, latitude of the shore of North America, clockwise from the north-west.
COAST = [
    (-128, 51), (-126.5, 49.6), (-124.7, 48.4), (-124.1, 46.9), (-124.0, 46.2), (-124.1, 44.6),
    (-124.5, 42.8), (-124.2, 41.8), (-124.3, 40.4), (-123.8, 39.3), (-123.0, 38.3), (-122.5, 37.6),
    (-121.9, 36.6), (-121.3, 35.7), (-120.6, 34.6), (-119.2, 34.1), (-118.4, 33.7), (-117.3, 33.0),
    (-117.1, 32.5), (-116.6, 31.6), (-115.8, 30.2), (-114.2, 28.1), (-113.5, 26.5), (-112.2, 25.3),
    (-112, 24), (-110.5, 24), (-111.3, 26), (-112.8, 28.2), (-114.7, 30.5), (-114.8, 31.7),
    (-113, 31.2), (-112.2, 29.3), (-110.9, 27.9), (-109.4, 26.4), (-107.5, 24), (-97.8, 22),
    (-97.8, 24), (-97.2, 25.9), (-97.4, 27.3), (-96.5, 28.4), (-95, 29.1), (-93.8, 29.7),
    (-92, 29.6), (-91, 29.2), (-89.4, 29.1), (-89.6, 30.2), (-88, 30.3), (-86.5, 30.4),
    (-85.3, 29.7), (-84.1, 30.1), (-83.2, 29.2), (-82.7, 28.2), (-82.6, 27.3), (-81.8, 26.1),
    (-81.1, 25.2), (-80.4, 25.2), (-80.05, 26.8), (-80.6, 28.3), (-81.3, 29.8), (-81.4, 31),
    (-80.8, 32.2), (-79.2, 33.2), (-78, 33.9), (-76.6, 34.7), (-75.6, 35.3), (-76, 36.9),
    (-75.4, 37.9), (-74.9, 38.9), (-74.1, 39.7), (-74, 40.5), (-72, 41), (-71.3, 41.5),
    (-70, 41.7), (-70.6, 42.6), (-70.6, 43.2), (-69, 44.1), (-67, 44.7), (-65, 45.4),
    (-66.2, 44.2), (-65.4, 43.5), (-63, 44.6), (-60, 46), (-60, 51),
]  # fmt: skip
LAKES = [
    [(-92, 46.75), (-89, 48.2), (-86.5, 48.7), (-84.8, 47.5), (-84.7, 46.6), (-86.5, 46.5),
     (-88, 47.1), (-89.5, 46.9), (-90.7, 46.7)],
    [(-87.7, 41.8), (-86.9, 41.7), (-86.3, 42.5), (-86.5, 43.8), (-86, 45), (-85.2, 45.9),
     (-86.5, 45.9), (-87.6, 45.1), (-87.4, 44.5), (-87.8, 43)],
    [(-84.5, 45.9), (-83.4, 45.1), (-83.4, 44.2), (-83.9, 43.8), (-82.45, 43.1), (-81.7, 43.5),
     (-81.6, 45), (-80.2, 44.6), (-80.6, 45.8), (-82.5, 46.1)],
    [(-83.4, 41.7), (-82.5, 41.4), (-81.5, 41.6), (-79, 42.75), (-79.3, 42.9), (-81.2, 42.6),
     (-82.6, 42)],
    [(-79.7, 43.3), (-77.5, 43.3), (-76.3, 43.6), (-76.6, 44.1), (-78, 43.95), (-79.4, 43.6)],
]  # fmt: skip
# Crest line (one point is a dome), height in m above the surroundings (a basin is negative), and
# half width in degrees.
RIDGES: list[tuple[list[tuple[float, float]], float, float]] = [
    ([(-116, 49.5), (-113.5, 47.5), (-111, 45), (-109.5, 43.5), (-106.5, 40.5), (-105.8, 36)],
     1150, 1.4),
    ([(-111.4, 42.3), (-111.6, 40), (-112.2, 38)], 700, 0.7),
    ([(-111, 40.7), (-109.5, 40.7)], 800, 0.4),
    ([(-107.4, 44.8), (-107, 43.8)], 800, 0.5),
    ([(-111, 34.4), (-109, 33.5), (-107.5, 30)], 600, 1.0),
    ([(-110, 37)], 450, 2.5),
    ([(-121.4, 49.5), (-121.7, 47), (-121.8, 44.5), (-122, 42)], 1250, 0.6),
    ([(-121, 40.2), (-120, 38.7), (-118.6, 36.8), (-118.2, 35.4)], 1900, 0.6),
    ([(-123.7, 48), (-123.7, 45), (-123.7, 42), (-123, 40), (-121.2, 36.2), (-119, 34.7),
      (-116.9, 33.6)], 650, 0.5),
    ([(-84.8, 34.4), (-82.5, 35.8), (-80.5, 37.6), (-79, 39.3), (-77.5, 41), (-75, 42)], 620, 0.9),
    ([(-74.2, 44)], 600, 0.7),
    ([(-73, 42.5), (-71.5, 44.2), (-69.5, 45.6)], 480, 0.6),
    ([(-92.8, 36)], 330, 1.2),
    ([(-103.8, 44)], 750, 0.6),
    ([(-119.3, 46.4)], -950, 1.5),
    ([(-122, 39.8), (-121, 37.5), (-119.3, 35.6)], -900, 0.7),
    ([(-113.6, 33.6)], -1050, 2.4),
    ([(-114.5, 43)], -350, 1.2),
]  # fmt: skip
PLATEAU = 1300.0  # m, the interior west
LOWLAND = 260.0  # m, the interior east


@dataclass(frozen=True)
class Terrain:
    """Relief on the lattice: each field (rows, columns).

    land, lake: bool.  inside: bool, pixels of the study region.  elevation: m, 0 on water.
    relief: m, how far the land stands above or below its surroundings.  to_pacific, to_atlantic: km
    to the ocean shore (the Gulf of Mexico counts as Atlantic).
    """

    land: Mask
    lake: Mask
    inside: Mask
    elevation: FloatArray
    relief: FloatArray
    to_pacific: FloatArray
    to_atlantic: FloatArray


def make_terrain(lattice: Lattice, seed: int, region: shapely.Geometry | None = None) -> Terrain:
    """Terrain of the twin world.

    Parameters
    ----------
    lattice
        Pixels of the world.
    seed
        Of the world.
    region
        Polygon(s) that are always land.
    """
    lon, lat = lattice.mesh
    shore = shapely.contains_xy(shapely.Polygon(COAST), lon, lat)
    lake = shapely.contains_xy(shapely.MultiPolygon([(ring, []) for ring in LAKES]), lon, lat)
    inside = np.zeros(lattice.shape, bool)
    if region is not None:
        shapely.prepare(region)
        inside = shapely.contains_xy(region, lon, lat)
    lake &= ~inside
    land = (shore & ~lake) | inside
    ocean = ~land & ~lake
    to_pacific = _distance(lattice, ocean & (lon < -105))
    to_atlantic = _distance(lattice, ocean & (lon > -105))
    elevation, ridges = _relief(lattice, seed, lon, lat, to_pacific, to_atlantic)
    return Terrain(
        land=land,
        lake=lake,
        inside=inside if region is not None else land,
        elevation=np.where(land, elevation, 0.0),
        relief=np.where(land, ridges, 0.0),
        to_pacific=to_pacific,
        to_atlantic=to_atlantic,
    )


def _relief(
    lattice: Lattice,
    seed: int,
    lon: FloatArray,
    lat: FloatArray,
    to_pacific: FloatArray,
    to_atlantic: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    rise = 1.0 / (1.0 + np.exp((lon + 101.0) / 1.7))
    base = LOWLAND + (PLATEAU - LOWLAND) * rise
    base *= (1.0 - np.exp(-to_pacific / 150.0)) * (1.0 - np.exp(-to_atlantic / 200.0))
    ridges = np.zeros(lattice.shape)
    points = shapely.points(lon, lat)
    for crest, height, width in RIDGES:
        line = shapely.LineString(crest) if len(crest) > 1 else shapely.Point(crest[0])
        ridges += height * np.exp(-((shapely.distance(points, line) / width) ** 2))
    rough = noise(lattice, seed, "relief", 0.3, 0.8)
    ridges += rough * (25.0 + 0.22 * np.abs(ridges) + 0.06 * base)
    return np.clip(base + ridges, 1.0, 4200.0), ridges


def _distance(lattice: Lattice, water: Mask) -> FloatArray:
    """Distance of every pixel to the nearest water pixel, km."""
    height = KM_PER_DEGREE * lattice.resolution
    width = height * np.cos(np.deg2rad(lattice.lat.mean()))
    return distance_transform_edt(~water, sampling=(height, width))
