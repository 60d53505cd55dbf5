"""Time stamps without bounds: the month or year of each of them.

CLM stamps a mean with the end of its interval, so that January reads 1 February; other tools write
the first day of the month (xarray's MS), the middle, or the last day (ME). A stamp inside a month
is that month's. A stamp on the first of a month may be the start of that month or the end of the
one before: the two readings differ by a month, and only one of them gives whole calendar years, as
runs of CLM and their means have. That one is taken; if neither does, bounds are required.
"""

import cftime
import numpy as np

from proda.arrays import Counts, FloatArray
from proda.data.land_model.intervals import ADD_BOUNDS, ORIGIN
from proda.errors import InputError

__all__ = ["ENDS", "INSIDE", "STARTS", "UNKNOWN", "months_of_stamps", "years_of_stamps"]

# How the stamps are read, for provenance and messages.
INSIDE = "no time bounds: stamps lie inside their intervals"
ENDS = "no time bounds: stamps are taken as the ends of their intervals"
STARTS = "no time bounds: stamps are taken as the starts of their intervals"
UNKNOWN = "no time bounds: stamps may be the starts or the ends of their years"

# A stamp within this time (days) of midnight of the first is on the border of two months; the last
# day of a month is a whole day away from it.
BORDER = 0.3


def months_of_stamps(where: str, stamps: FloatArray, calendar: str) -> tuple[Counts, str]:
    """Assign a month to each stamp.

    Parameters
    ----------
    where : str
        Files and field, for messages.
    stamps : (n,) array
        Days since ORIGIN, ascending.
    calendar : str
        Calendar of the stamps.

    Returns
    -------
    month : (n,) array of int
        12 x year + month - 1, ascending.
    reading : str
        INSIDE, ENDS or STARTS.

    Raises
    ------
    InputError
        For stamps of different kinds, or on borders of months that give no whole calendar years
        either way.
    """
    dates = cftime.num2date(stamps + BORDER, ORIGIN, calendar)
    month = np.array([12 * date.year + date.month - 1 for date in dates])
    on_border = np.array([date.day - 1 + date.hour / 24 for date in dates]) < 2 * BORDER
    if not on_border.any():
        return month, INSIDE
    if not on_border.all():
        i, j = int(np.argmax(on_border)), int(np.argmin(on_border))
        found = f"{dates[i].strftime('%Y-%m-%d')} and {dates[j].strftime('%Y-%m-%d')}"
        expected = "stamps on the first of each month, or inside each"
        raise InputError(f"{where}: time", expected, found, ADD_BOUNDS)
    for candidate, what in ((month - 1, ENDS), (month, STARTS)):
        if _whole_years(candidate):
            return candidate, what
    span = " to ".join(dates[i].strftime("%Y-%m-%d") for i in (0, -1))
    raise InputError(
        f"{where}: time",
        "time bounds, or stamps that give whole calendar years",
        f"{stamps.size} stamps from {span}, which may start or end their months",
        ADD_BOUNDS,
    )


def years_of_stamps(stamps: FloatArray, calendar: str) -> tuple[Counts, str]:
    """Assign a year to each stamp of annual means; returns the years and INSIDE or UNKNOWN.

    1 January may be the start of a year or, as CLM writes it, the end of the one before: both are
    whole years, so the latter is taken, and UNKNOWN marks that years cannot be chosen by number.
    """
    dates = cftime.num2date(stamps + BORDER, ORIGIN, calendar)
    year, month = np.array([d.year for d in dates]), np.array([d.month for d in dates])
    # The middle of the year, or its last days.
    if np.isin(month, (6, 7, 12)).all():
        return year, INSIDE
    return np.where(month == 1, year - 1, year), UNKNOWN


def _whole_years(month: Counts) -> bool:
    _, count = np.unique(month // 12, return_counts=True)
    return bool((count == 12).all()) and np.unique(month).size == month.size
