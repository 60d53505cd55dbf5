"""The time axis of a CLM history file: the interval each step covers, in days of one origin.

The variable that holds the bounds is named by the attribute ``bounds`` or ``climatology`` of time,
or has one of the usual names. Bounds are decoded with their own units where they have some: xarray
writes them in "hours since" another day than time itself, and read in the units of time they would
lie in other months.
"""

from dataclasses import dataclass
from pathlib import Path

import cftime
import netCDF4
import numpy as np
import numpy.typing as npt

from proda.arrays import FloatArray
from proda.errors import InputError

__all__ = ["ADD_BOUNDS", "ORIGIN", "Intervals", "read_intervals"]

BOUNDS_NAMES = (
    "time_bounds", "time_bnds", "time_bound", "climatology_bounds", "climatology_bnds",
)  # fmt: skip
ORIGIN = "days since 0001-01-01"
# Other names of the same calendar.
CALENDARS = {"365_day": "noleap", "366_day": "all_leap", "gregorian": "standard"}
# Days by which a stamp may lie outside its bounds: some files store times as float32.
STAMP_SLACK = 1.0
ADD_BOUNDS = (
    "add the intervals: a variable time_bounds(time, 2) in the units of time, named by the "
    "attribute bounds of time"
)


@dataclass(frozen=True)
class Intervals:
    """Start and end of the n steps of a file in days since ORIGIN, in a calendar.

    Attributes
    ----------
    start, end : (n,) arrays
        Days; without bounds start is NaN and end is the stamp.
    calendar : str
        Name as in CF.
    """

    start: FloatArray
    end: FloatArray
    calendar: str


def read_intervals(path: Path, data: netCDF4.Dataset) -> Intervals:
    """Read the Intervals of an open netCDF file.

    Raises
    ------
    InputError
        For units and calendars that give no days, for a time without steps, and for bounds that end
        before they start or do not hold the stamps.
    """
    where = f"{path}: time"
    if "time" not in data.variables:
        raise InputError(where, "a coordinate variable time(time)", "a dimension without it")
    time = data["time"]
    if time.dimensions != ("time",):
        found = f"time({', '.join(time.dimensions)})"
        hint = f"it is not known which time the field is a mean of: {ADD_BOUNDS}"
        raise InputError(where, "a coordinate variable time(time)", found, hint)
    if time.size == 0:
        raise InputError(where, "at least one step", "none")
    units, calendar = (getattr(time, name, None) for name in ("units", "calendar"))
    if calendar is None:
        found = f"units {units!r}, calendar {calendar!r}"
        raise InputError(where, "units 'days since ...' and a calendar", found)
    calendar = _calendar_name(calendar)
    stamp = _days(where, time[:], units, calendar)
    bounds = _bounds(data, time)
    if bounds is None:
        return Intervals(np.full_like(stamp, np.nan), stamp, calendar)
    where = f"{path}: {bounds.name}"
    if bounds.shape != (stamp.size, 2):
        found = f"({', '.join(map(str, bounds.shape))})"
        raise InputError(where, f"two bounds for each of {stamp.size} steps", found)
    own_calendar = _calendar_name(getattr(bounds, "calendar", calendar))
    if own_calendar != calendar:
        raise InputError(f"{where}, calendar", f"{calendar}, as of time", own_calendar)
    start, end = _days(where, bounds[:], getattr(bounds, "units", units), calendar).T
    wrong = np.flatnonzero(~(end > start))
    if wrong.size:
        i = int(wrong[0])
        found = f"{_text(start[i], calendar)} to {_text(end[i], calendar)}"
        raise InputError(f"{where}[{i}]", "intervals that end after they start", found)
    # The stamp of a mean over the same month of many years may lie in any of them.
    if bounds.name != getattr(time, "climatology", None):
        outside = np.flatnonzero((stamp < start - STAMP_SLACK) | (stamp > end + STAMP_SLACK))
        if outside.size:
            i = int(outside[0])
            expected = f"an interval that holds its stamp {_text(stamp[i], calendar)}"
            found = f"{_text(start[i], calendar)} to {_text(end[i], calendar)}"
            hint = "bounds in another unit than time need an attribute units of their own"
            raise InputError(f"{where}[{i}]", expected, found, hint)
    return Intervals(start, end, calendar)


def _bounds(data: netCDF4.Dataset, time: netCDF4.Variable) -> netCDF4.Variable | None:
    named = [getattr(time, name, None) for name in ("bounds", "climatology")]
    return next((data[n] for n in (*named, *BOUNDS_NAMES) if n in data.variables), None)


def _calendar_name(name: object) -> str:
    return CALENDARS.get(str(name).lower(), str(name).lower())


def _days(where: str, values: npt.ArrayLike, units: object, calendar: str) -> FloatArray:
    """Convert times to days since ORIGIN; InputError for those that cftime cannot convert."""
    numbers: FloatArray = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
    if not np.isfinite(numbers).all():
        raise InputError(where, "times without gaps", f"{(~np.isfinite(numbers)).sum()} missing")
    try:
        dates = cftime.num2date(numbers, str(units), calendar, only_use_cftime_datetimes=True)
        return np.asarray(cftime.date2num(dates, ORIGIN, calendar), dtype=float)
    except (ValueError, OverflowError) as error:
        expected = "units 'days since ...' and a calendar (or hours, minutes, seconds)"
        found = f"units {units!r}, calendar {calendar!r}"
        raise InputError(where, expected, found, str(error).rstrip(".")) from None


def _text(days: float, calendar: str) -> str:
    return cftime.num2date(days, ORIGIN, calendar).strftime("%Y-%m-%d")
