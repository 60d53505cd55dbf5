"""Time stamps without bounds: the month or year that each of them stands for.

CLM stamps a mean with the end of its interval, so that January reads 1 February; other tools put
the first day of the month (xarray's MS), the middle, or the last day (ME). A stamp inside a month
is that month's. A stamp on the first of a month may be the month's own or close the one before:
the two readings differ by a month, and only one of them gives whole calendar years, as runs of CLM
and what is made of them have. That one is taken; if neither does, bounds are asked for.
"""

import cftime
import numpy as np

from proda.data.land_model.intervals import ADD_BOUNDS, ORIGIN
from proda.errors import InputError

__all__ = ["ENDS", "INSIDE", "STARTS", "UNKNOWN", "months_of_stamps", "years_of_stamps"]

# What the stamps are, as said in the records.
INSIDE = "no time bounds: stamps lie inside their intervals"
ENDS = "no time bounds: stamps are taken as the ends of their intervals"
STARTS = "no time bounds: stamps are taken as the starts of their intervals"
UNKNOWN = "no time bounds: stamps may be the starts or the ends of their years"

# Closer to midnight of the first than this (days), a stamp stands on the border of two months;
# the last day of a month is a whole day away from it.
BORDER = 0.3


def months_of_stamps(where, stamps, calendar):
    """Number of the month (12 x year + month - 1) of each stamp, ascending, and what they are.

    stamps: (n,) days since ORIGIN, ascending. Raises InputError for stamps of different kinds or
    on borders of months that give no whole calendar years either way.
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


def years_of_stamps(stamps, calendar):
    """The year of each stamp of annual means, and what they are.

    1 January may begin a year or, as CLM writes it, close the one before: both are whole years, so
    the latter is taken, and UNKNOWN tells that years cannot be chosen by their numbers.
    """
    dates = cftime.num2date(stamps + BORDER, ORIGIN, calendar)
    year, month = np.array([d.year for d in dates]), np.array([d.month for d in dates])
    # The middle of the year, or its last days.
    if np.isin(month, (6, 7, 12)).all():
        return year, INSIDE
    return np.where(month == 1, year - 1, year), UNKNOWN


def _whole_years(month):
    _, count = np.unique(month // 12, return_counts=True)
    return bool((count == 12).all()) and np.unique(month).size == month.size
