"""Forcing year by year: what drives the soil model through time.

`ForcingSeries` holds the forcing of a block of cells in every year of a period, in memory or in a
file of which a year is read at a time (`open_series`). A run prepares the climate of one year with
the carbon input of another.
"""

from proda.data.series.file import SeriesWriter, open_series, write_series
from proda.data.series.record import ForcingSeries, SeriesCells, Status, YearsInMemory

__all__ = [
    "ForcingSeries",
    "SeriesCells",
    "SeriesWriter",
    "Status",
    "YearsInMemory",
    "open_series",
    "write_series",
]
