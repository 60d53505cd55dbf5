"""The pixels of the twin world and the random fields that live on them.

Rows run from north to south and columns from west to east, as in a GeoTIFF. Every random field has
its own stream of random numbers, named, so that adding one field leaves all others as they were.
"""

import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from rasterio import Affine
from scipy.ndimage import gaussian_filter

from proda.arrays import Counts, FloatArray

__all__ = ["BOX", "CELL", "KM_PER_DEGREE", "Lattice", "noise", "random_stream"]

BOX = (-125.0, 24.5, -66.0, 49.5)  # west, south, east, north; whole half-degree cells
CELL = 0.5  # degree, cells of the study's grid
KM_PER_DEGREE = 111.195  # on a sphere of radius 6371 km


@dataclass(frozen=True)
class Lattice:
    """Square pixels of ``resolution`` degrees over the box of the twin world."""

    resolution: float

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and columns."""
        west, south, east, north = BOX
        return round((north - south) / self.resolution), round((east - west) / self.resolution)

    @property
    def per_cell(self) -> int:
        """Pixels along one side of a half-degree cell."""
        return round(CELL / self.resolution)

    @cached_property
    def lon(self) -> FloatArray:
        """Longitude of the pixel centres, (columns,) degrees east."""
        return BOX[0] + (np.arange(self.shape[1], dtype=np.float64) + 0.5) * self.resolution

    @cached_property
    def lat(self) -> FloatArray:
        """Latitude of the pixel centres, (rows,) degrees north."""
        return BOX[3] - (np.arange(self.shape[0], dtype=np.float64) + 0.5) * self.resolution

    @cached_property
    def mesh(self) -> tuple[FloatArray, FloatArray]:
        """Longitude and latitude of every pixel centre, each (rows, columns)."""
        return np.meshgrid(self.lon, self.lat)

    @property
    def transform(self) -> Affine:
        """From column and row to longitude and latitude."""
        return Affine(self.resolution, 0.0, BOX[0], 0.0, -self.resolution, BOX[3])

    def locate(self, lon: FloatArray, lat: FloatArray) -> tuple[Counts, Counts]:
        """Row and column of the pixels that contain the points."""
        column = np.floor((np.asarray(lon) - BOX[0]) / self.resolution).astype(int)
        row = np.floor((BOX[3] - np.asarray(lat)) / self.resolution).astype(int)
        return row, column

    def blocks(self, field: np.ndarray) -> np.ndarray:
        """Pixels grouped by half-degree cell: (..., rows, cols) -> (..., ny, nx, pixels)."""
        k = self.per_cell
        *lead, rows, columns = field.shape
        split = field.reshape(*lead, rows // k, k, columns // k, k)
        return np.swapaxes(split, -3, -2).reshape(*lead, rows // k, columns // k, k * k)

    def spread(self, cells: np.ndarray) -> np.ndarray:
        """Half-degree cells -> the pixels they contain."""
        k = self.per_cell
        return np.repeat(np.repeat(cells, k, axis=-2), k, axis=-1)


def random_stream(seed: int, name: str) -> np.random.Generator:
    """Generator that depends on the world's seed and a name only.

    Parameters
    ----------
    seed
        Of the world.
    name
        Describes what is drawn.
    """
    return np.random.default_rng([seed, zlib.crc32(name.encode())])


def noise(lattice: Lattice, seed: int, name: str, *scales: float) -> FloatArray:
    """Gaussian random field of mean 0 and standard deviation 1.

    Parameters
    ----------
    lattice
        Pixels of the world.
    seed
        Of the world.
    name
        Describes the field, which depends on it.
    *scales
        Correlation lengths in degrees; several give a field that is rough on each of them, with
        larger weights of the longer ones.
    """
    rng = random_stream(seed, name)
    field = np.zeros(lattice.shape)
    for scale in scales:
        part = gaussian_filter(
            rng.standard_normal(lattice.shape), scale / lattice.resolution, mode="reflect"
        )
        field += np.sqrt(scale) * part / part.std()
    return (field - field.mean()) / field.std()
