"""Time steps of CLM history: which month or year each step covers, in order, without gaps unseen.

A mean of CLM is stamped with the END of its interval, so January reads 1 February. The middle of
``time_bounds`` tells the month; without bounds the stamp is taken as an end.
"""

from dataclasses import dataclass

import cftime
import numpy as np

from proda.errors import InputError

__all__ = ["Steps", "intervals", "order_steps", "require_whole_years"]

BOUNDS_NAMES = ("time_bounds", "time_bnds", "time_bound")
MONTHLY, ANNUAL = "monthly", "annual"
# Shortest and longest step in days, for calendars of 360, 365 and 366 days.
KINDS = ((MONTHLY, 27.5, 31.5), (ANNUAL, 359.5, 366.5))


@dataclass(frozen=True)
class Steps:
    """Steps in order of time: file, index in the file, year, month (1-12) and length in days."""

    path: np.ndarray
    index: np.ndarray
    year: np.ndarray
    month: np.ndarray
    days: np.ndarray
    kind: str

    def within(self, first, last, where):
        """The steps of the calendar years first to last; InputError if one of them is not there."""
        absent = sorted(set(range(first, last + 1)) - set(self.year.tolist()))
        if absent:
            found = f"years {self.year[0]}-{self.year[-1]}, without {absent[0]}"
            raise InputError(where, f"model years {first}-{last}", found)
        chosen = (self.year >= first) & (self.year <= last)
        parts = (self.path, self.index, self.year, self.month, self.days)
        return Steps(*(part[chosen] for part in parts), self.kind)


def intervals(path, data):
    """(start, end, units, calendar) of the steps of an open file; start is NaN without bounds."""
    time = data["time"]
    units, calendar = (getattr(time, name, None) for name in ("units", "calendar"))
    if calendar is None or not str(units).startswith("days since"):
        expected = "units 'days since ...' and a calendar"
        raise InputError(f"{path}: time", expected, f"units {units!r}, calendar {calendar!r}")
    names = [getattr(time, "bounds", None), *BOUNDS_NAMES]
    bounds = next((data[name] for name in names if name in data.variables), None)
    if bounds is None:
        end = np.asarray(time[:], dtype=float)
        return np.full_like(end, np.nan), end, units, calendar
    start, end = np.asarray(bounds[:], dtype=float).T
    if np.any(~(end > start)):
        expected = "intervals that end after they start"
        i = int(np.flatnonzero(~(end > start))[0])
        raise InputError(f"{path}: {bounds.name}[{i}]", expected, f"{start[i]:g} to {end[i]:g}")
    return start, end, units, calendar


def order_steps(where, files):
    """Put the steps of several files in order.

    files: {path: result of `intervals`}. Raises InputError if calendars differ, steps overlap, or
    they are neither months nor years.
    """
    units, calendar = next(iter(files.values()))[2:]
    start, end, path, index = [], [], [], []
    for name, (begins, ends, own_units, own_calendar) in files.items():
        if own_calendar != calendar:
            raise InputError(
                f"{name}: time", f"calendar {calendar}, as in the others", own_calendar
            )
        if own_units != units:  # files of one run may count from different days
            origin = cftime.num2date(0, own_units, calendar)
            shift = cftime.date2num(origin, units, calendar)
            begins, ends = begins + shift, ends + shift
        start.append(begins)
        end.append(ends)
        path += [name] * len(ends)
        index.append(np.arange(len(ends)))
    order = np.argsort(np.concatenate(end), kind="stable")
    start, end = np.concatenate(start)[order], np.concatenate(end)[order]
    path, index = np.array(path, dtype=object)[order], np.concatenate(index)[order]
    _require_no_overlap(where, start, end, path)
    date, days, kind = _dates(where, start, end, units, calendar)
    year, month = np.array([d.year for d in date]), np.array([d.month for d in date])
    return Steps(path, index, year, month, days, kind)


def require_whole_years(where, steps, by):
    """Raise InputError if some months are missing: a mean of the rest would favour a season."""
    if steps.kind == ANNUAL:
        if by == "month":
            raise InputError(where, "monthly means", "annual means")
        return
    if by == "year":
        years, count = np.unique(steps.year, return_counts=True)
        short = [f"{y} with {n} months" for y, n in zip(years, count, strict=True) if n != 12]
    else:
        count = np.bincount(steps.month, minlength=13)[1:]
        short = [f"month {m} {n} times" for m, n in enumerate(count, 1) if n != count.max()]
    if short:
        found = ", ".join(short) + f" in {steps.month.size} months"
        raise InputError(where, "whole years of monthly means", found)


def _require_no_overlap(where, start, end, path):
    begins = np.where(np.isnan(start), end - KINDS[0][1], start)
    overlap = np.flatnonzero(begins[1:] < end[:-1] - 0.5)
    if overlap.size:
        i = int(overlap[0])
        raise InputError(
            where,
            "steps that do not overlap in time",
            f"an overlap between {path[i]} and {path[i + 1]}",
            "the same months twice, or monthly and annual files together",
        )


def _dates(where, start, end, units, calendar):
    """A date inside each step, its length in days, and whether steps are months or years."""
    unbound = np.isnan(start)
    inside = np.where(unbound, end - 0.5, (start + end) / 2)
    date = cftime.num2date(inside, units, calendar, only_use_cftime_datetimes=True)
    days = end - start
    if unbound.any():
        if end.size == 1:
            raise InputError(f"{where}: time", "time bounds, or more than one step", "neither")
        gap = np.median(np.diff(end))
        # Equal weights for years; of months the calendar knows the length.
        months = np.array([d.daysinmonth for d in date], dtype=float)
        days = np.where(unbound, months if gap < 31.5 else gap, days)
    for kind, shortest, longest in KINDS:
        if np.all((days > shortest) & (days < longest)):
            return date, days, kind
    found = f"steps of {days.min():g} to {days.max():g} days"
    raise InputError(f"{where}: time", "monthly or annual means", found)
