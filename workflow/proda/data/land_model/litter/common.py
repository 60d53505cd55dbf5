"""What the ways to litter input share: what they read, units, and the depth profile of roots."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from proda.arrays import Columns, FloatArray
from proda.data.land_model.history import Field, History, Years
from proda.data.land_model.substitutes import HistoryFields
from proda.model.constants import DAYS_PER_YEAR
from proda.model.grid import SoilGrid

__all__ = [
    "FLUX_UNIT",
    "SECONDS_PER_YEAR",
    "LitterInput",
    "Shares",
    "Source",
    "by_root_profile",
    "flux_field",
    "root_profile",
]

SECONDS_PER_YEAR = 86400.0 * DAYS_PER_YEAR
FLUX_UNIT = "gC m-2 s-1"
MAX_FLUX = 1e-2  # gC m-2 s-1, a forest that falls within a day
# Roots of all vegetation of the globe (Jackson et al. 1996): beta of the fraction above a depth.
ROOT_BETA = 0.966

Shares = Mapping[str, float]
"""Fractions of NPP by pool: cwd, metabolic, cellulose and lignin."""


class LitterInput(NamedTuple):
    """Annual input to CWD, L1, L2 and L3, and how it was found.

    ``by_layer`` is (4, layers, lat, lon) gC m-3 yr-1, NaN where missing.
    """

    by_layer: FloatArray
    source: str


class Source(NamedTuple):
    """What all ways read from: the files, fields known by name, layers and years."""

    history: History
    fields: HistoryFields
    grid: SoilGrid
    years: Years

    def annual(self, name: str) -> FloatArray:
        """Mean of a flux over the years, (lat, lon), gC m-2 yr-1."""
        values: FloatArray = self.fields.surface(name, "all", self.years)[0]
        return values * SECONDS_PER_YEAR

    def annual_by_layer(self, name: str) -> FloatArray:
        """The same of a flux with levels, (layers, lat, lon), gC m-3 yr-1."""
        values = self.fields.layers(name, self.grid.node, "all", self.years, interpolate=False)[0]
        return values * SECONDS_PER_YEAR


def flux_field(*names: str, unit: str = FLUX_UNIT) -> Field:
    """A field of a carbon flux, oldest name first."""
    return Field(names, (unit,), -MAX_FLUX, MAX_FLUX)


def root_profile(grid: SoilGrid) -> Columns:
    """Depth profile of roots, (layers,) m-1, with an integral of 1."""
    above = 1.0 - ROOT_BETA ** (100.0 * np.append(0.0, grid.interface))
    return np.diff(above) / (above[-1] * grid.thickness)


def by_root_profile(total: FloatArray, grid: SoilGrid) -> FloatArray:
    """Spread totals (pools, lat, lon) over the layers as roots are: (pools, layers, lat, lon)."""
    return total[:, None] * root_profile(grid)[:, None, None]
