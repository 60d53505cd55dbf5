"""Months of a history year by year: each field has twelve in every year of the period.

Amounts of carbon are per month of the calendar of the files, so that any calendar keeps the carbon
of a month: a flux is multiplied with the length of the month in that calendar. Means of a month are
those of the same month of the model's year of 365 days.
"""

from collections.abc import Sequence

import numpy as np

from proda.arrays import Columns, FloatArray
from proda.data.land_model.history import History
from proda.data.land_model.steps import Steps
from proda.data.land_model.substitutes import HistoryFields
from proda.errors import InputError
from proda.model.constants import MONTHS_PER_YEAR

__all__ = ["HistoryYears"]

SECONDS_PER_DAY = 86400.0


class HistoryYears:
    """Fields of a history in the years of a period.

    Parameters
    ----------
    fields
        The history and its substitutes.
    years
        First and last.
    nodes
        (layers,) depths of the layers, m.
    interpolate
        Whether other levels of the files are interpolated to the nodes.
    """

    def __init__(
        self, fields: HistoryFields, years: tuple[int, int], nodes: Columns, interpolate: bool
    ) -> None:
        self.fields, self.years, self.nodes, self.interpolate = fields, years, nodes, interpolate
        self._steps: dict[str, Steps | None] = {}

    @property
    def history(self) -> History:
        """The files."""
        return self.fields.history

    def __contains__(self, name: str) -> bool:
        return name in self.fields

    def require(self, names: Sequence[str]) -> None:
        """Check that fields have all months of all years.

        Parameters
        ----------
        names
            Of the fields.

        Raises
        ------
        InputError
            For units, and for years and months that are missing or there twice.
        """
        for name in names:
            self.fields.unit(name)
            self._steps_of(name)

    def read(self, name: str, year: int, layered: bool = False) -> FloatArray:
        """Months of a year, (12[, layers], lat, lon); of a constant (1[, layers], 1, 1).

        Parameters
        ----------
        name
            Of the field.
        year
            Position in the period.
        layered
            Whether it has levels.
        """
        nodes = self.nodes if layered else None
        which = slice(MONTHS_PER_YEAR * year, MONTHS_PER_YEAR * (year + 1))
        return self.fields.months_at_nodes(
            name, self._steps_of(name), which, nodes, self.interpolate
        )

    def seconds(self, name: str, year: int) -> Columns:
        """Lengths of the months of a year in the calendar of the files, s, (12,)."""
        steps = self._steps_of(name)
        if steps is None:
            where = self.history.where(self.fields.table[name])
            raise InputError(where, "a field of the files", "a constant")
        days = steps.days[MONTHS_PER_YEAR * year : MONTHS_PER_YEAR * (year + 1)]
        return np.asarray(SECONDS_PER_DAY * days)

    def _steps_of(self, name: str) -> Steps | None:
        if name not in self._steps:
            self._steps[name] = self.fields.months_of_years(name, self.years)
        return self._steps[name]
