"""Climate of every year in the cells: what a structure takes from the land model month by month."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from proda.arrays import FloatArray, Mask
from proda.data.forcing_sources import SCALARS
from proda.data.series.mapping import CellMap
from proda.data.series.years import HistoryYears
from proda.model.constants import DAYS_IN_MONTH, MONTHS_PER_YEAR
from proda.model.structure import LandField, LandModel, Role

__all__ = ["ClimateField", "YearlyClimate"]


class ClimateField(NamedTuple):
    """A field of the climate in the months of a year.

    Attributes
    ----------
    field
        What it is.
    values
        (n, 12[, layers]) in the cells, NaN where missing.
    """

    field: LandField
    values: npt.NDArray[np.float32]

    def annual_mean(self) -> FloatArray:
        """Mean of the year, (n[, layers]), weighted by the days of the months."""
        return np.average(self.values, axis=1, weights=DAYS_IN_MONTH)


class YearlyClimate:
    """Climate of a history.

    Parameters
    ----------
    years
        The history.
    land
        What a structure takes from it.

    Raises
    ------
    InputError
        For units and missing months.
    """

    def __init__(self, years: HistoryYears, land: LandModel) -> None:
        self.years = years
        self.fields = [f for f in land.fields if f.role in (Role.LAYERED, Role.SURFACE)]
        years.require([name for field in self.fields for name in field.sources])

    def has_data(self) -> Mask:
        """Cells of the history, (lat, lon), that have all fields in the first year."""
        known = np.ones((self.years.history.lat.size, self.years.history.lon.size), bool)
        for field in self.fields:
            values = np.isfinite(self._months(field, 0))
            known &= values.reshape(-1, *values.shape[-2:]).all(axis=0)
        return known

    def year(self, year: int, cells: CellMap) -> Iterator[ClimateField]:
        """The fields of a year, one after the other.

        Parameters
        ----------
        year
            Position in the period.
        cells
            Weights of the history's cells.
        """
        for field in self.fields:
            values = self._months(field, year)
            if values.shape[-2:] == (1, 1) and values.shape[0] == 1:  # a constant
                shape = (cells.found.size, MONTHS_PER_YEAR, *values.shape[1:-2])
                constant = values[..., 0, 0].astype(np.float32)
                yield ClimateField(field, np.broadcast_to(constant, shape))
            elif field.name in SCALARS:
                yield ClimateField(field, cells.mean_of_soil(values))
            else:
                yield ClimateField(field, cells.mean(values))

    def _months(self, field: LandField, year: int) -> FloatArray:
        """Months on the grid of the history, of several sources the largest value."""
        layered = field.role is Role.LAYERED
        values = self.years.read(field.sources[0], year, layered)
        for other in field.sources[1:]:
            values = np.maximum(values, self.years.read(other, year, layered))
        return values
