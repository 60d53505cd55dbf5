"""Time steps of CLM history: the month or year of each step, in order, with gaps detected.

Steps are means of a month or of a year; or means over many years, as averaging tools leave them:

- of whole years, in one step (``cdo timmean``; ``ncclimo`` with the bounds of a climatology). Where
  the months had no bounds, those of the mean run from the first stamp to the last, a month short.
- of whole years, with bounds that are averages themselves and as far apart as a month is long on
  average (``ncra``). They begin and end within months, and the number of years is unknown.
- of the same month of many years (``cdo ymonmean``, ``ncclimo``), each with bounds from the first
  of these months to the last.

A mean over many years is accepted where a mean of all steps is wanted, and nowhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cftime
import numpy as np
import numpy.typing as npt

from proda.arrays import Counts, FloatArray, Mask
from proda.data.land_model.intervals import ORIGIN, Intervals
from proda.data.land_model.stamps import UNKNOWN, months_of_stamps, years_of_stamps
from proda.errors import InputError, number_text

__all__ = ["ANNUAL", "MONTHLY", "Steps", "order_steps", "require_whole_years"]

MONTHLY, ANNUAL = "monthly", "annual"
# Means over many years: of all their months, and of one and the same month.
MULTI_YEAR, CLIMATOLOGY = "multi-year", "climatology"
# Lengths in days, for calendars of 360, 365 and 366 days.
MONTH_LENGTH, YEAR_LENGTH = (27.5, 31.5), (359.5, 366.5)
# Shortest and longest year, days, whose twelfth is the length of a month on average.
MEAN_YEAR = {"noleap": (365, 365), "all_leap": (366, 366), "360_day": (360, 360)}
WITH_LEAP_DAYS = (365, 366)
ROUNDING = 0.02  # days
# Averaged over whole years, months lie around the middle or the turn of a year, up to this part
# of a month off because their lengths differ.
OFF_CENTRE = 0.1
# Fraction of a month by which bounds may miss its border: some files store times as float32.
BORDER = 0.02
# Stamps closer than this fraction of a step belong to the same step.
SAME_STEP = 0.4


@dataclass(frozen=True)
class Steps:
    """Steps in order of time.

    Attributes
    ----------
    path, index : (n,) arrays
        File and position in it.
    year, month : (n,) arrays of int
        Of the middle of the step, months from 1; for means over many years of the first year.
    days : (n,) array
        Length, the weight of the step.
    years : (n,) array of int
        Number of years it is a mean of, 0 if unknown.
    kind : str
        monthly, annual, multi-year or climatology.
    stamps : str or None
        How stamps were read in files without bounds.
    """

    path: npt.NDArray[np.object_]
    index: Counts
    year: Counts
    month: Counts
    days: FloatArray
    years: Counts
    kind: str
    stamps: str | None = None

    @property
    def last_year(self) -> int:
        """Last calendar year that any step covers."""
        return int((self.year + np.maximum(self.years, 1) - 1).max())

    def describe(self) -> str:
        """Describe the kind of the means and their years, for provenance."""
        span = f"model years {self.year.min()}-{self.last_year}"
        if self.kind == MULTI_YEAR:
            return f"{_many(self.years)}, {span}" if self.years.all() else _many(self.years)
        if self.kind == CLIMATOLOGY:
            return f"{self.year.size} monthly means over many years, {span}"
        return f"{self.year.size} {self.kind} means, {span}"

    def label(self, step: int) -> str:
        """Year and, for monthly means, month of one step."""
        months = self.kind in (MONTHLY, CLIMATOLOGY)
        return f"{self.year[step]:04d}" + (f"-{self.month[step]:02d}" if months else "")

    def within(self, first: int, last: int, where: str) -> "Steps":
        """Select the steps of the calendar years first to last; InputError if one is absent."""
        if self.kind in (MULTI_YEAR, CLIMATOLOGY):
            if self.years.all() and (first, last) == (self.year.min(), self.last_year):
                return self
            hint = "omit the years to use the mean"
            raise InputError(where, f"means of the model years {first}-{last}", self.found(), hint)
        if self.stamps == UNKNOWN:
            raise InputError(where, "time bounds, to choose years by", self.stamps)
        absent = sorted(set(range(first, last + 1)) - set(self.year.tolist()))
        if absent:
            found = f"years {self.year[0]}-{self.year[-1]}, without {absent[0]}"
            raise InputError(where, f"model years {first}-{last}", found)
        chosen = (self.year >= first) & (self.year <= last)
        names = ("path", "index", "year", "month", "days", "years")
        return replace(self, **{name: getattr(self, name)[chosen] for name in names})

    def covers_same_months(self, other: "Steps") -> bool:
        """Whether the steps are the same months of the same years."""
        return np.array_equal(self.year, other.year) and np.array_equal(self.month, other.month)

    def found(self) -> str:
        """Describe the steps in an error that expects others."""
        if self.kind in (MONTHLY, ANNUAL):
            return f"{self.kind} means"
        if self.kind == CLIMATOLOGY:
            return f"months of which each is {_many(self.years)}"
        number = "a step that" if self.year.size == 1 else f"{self.year.size} steps of which each"
        return f"{number} is {_many(self.years)}"


def order_steps(where: str, files: Mapping[Path, Intervals]) -> Steps:
    """Put the steps of several files in order.

    Parameters
    ----------
    where : str
        Files and field, for messages.
    files : mapping of Path to Intervals
        The time axis of each file.

    Raises
    ------
    InputError
        If calendars differ, some files have bounds and others none, steps overlap, or they are not
        whole months or years.
    """
    calendar = next(iter(files.values())).calendar
    for name, steps in files.items():
        if steps.calendar != calendar:
            expected = f"calendar {calendar}, as in the others"
            raise InputError(f"{name}: time", expected, steps.calendar)
    path = np.concatenate([np.full(s.end.size, i) for i, s in enumerate(files.values())])
    path = np.array(list(files), dtype=object)[path]
    index = np.concatenate([np.arange(s.end.size) for s in files.values()])
    start, end = (np.concatenate([getattr(s, k) for s in files.values()]) for k in ("start", "end"))
    # Steps of a climatology end in different years but begin in one.
    order = np.lexsort((start, end))
    start, end, path, index = start[order], end[order], path[order], index[order]
    unbound = np.isnan(start)
    if unbound.any() and not unbound.all():
        found = f"none in {path[unbound][0]}"
        raise InputError(f"{where}: time", "time bounds in all files or in none", found)
    if unbound.all():
        return Steps(path, index, **_from_stamps(where, end, calendar, path))
    return Steps(path, index, **_from_bounds(where, start, end, calendar, path))


def require_whole_years(where: str, steps: Steps, by: str) -> None:
    """Require steps that give the wanted means with equal weight of all months.

    Parameters
    ----------
    where : str
        Files and field, for messages.
    steps : Steps
        The steps.
    by : {"all", "month", "year"}
        As in `proda.data.land_model.history.History.mean`.

    Raises
    ------
    InputError
        If steps are too long, or some months are missing: a mean of the rest would favour a season.
    """
    if by == "year" and steps.kind in (MULTI_YEAR, CLIMATOLOGY):
        hint = "the smallest and the largest year are lost in a mean"
        raise InputError(where, "a mean of each year, or of each month", steps.found(), hint)
    if by == "month" and steps.kind == MULTI_YEAR:
        raise InputError(where, "monthly means", steps.found())
    if by == "month" and steps.kind == ANNUAL:
        raise InputError(where, "monthly means", "annual means")
    if steps.kind in (ANNUAL, MULTI_YEAR):
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


def _from_stamps(
    where: str, stamps: FloatArray, calendar: str, path: npt.NDArray[np.object_]
) -> dict[str, Any]:
    """Fields of Steps from stamps without bounds."""
    if stamps.size == 1:
        raise InputError(f"{where}: time", "time bounds, or more than one step", "neither")
    gaps = np.diff(stamps)
    gap = float(np.median(gaps))
    if MONTH_LENGTH[0] < gap < MONTH_LENGTH[1]:
        kind = MONTHLY
    elif YEAR_LENGTH[0] < gap < YEAR_LENGTH[1]:
        kind = ANNUAL
    else:
        found = f"steps of {number_text(gaps.min())} to {number_text(gaps.max())} days"
        raise InputError(f"{where}: time", "monthly or annual means", found)
    dates = stamps, calendar
    _require_apart(where, gaps < SAME_STEP * gap, path, *dates)
    if kind == MONTHLY:
        number, what = months_of_stamps(where, stamps, calendar)
        _require_apart(where, np.diff(number) == 0, path, *dates)
        year, month = number // 12, number % 12 + 1
        pairs = zip(year, month, strict=True)
        first = [cftime.datetime(y, m, 1, calendar=calendar) for y, m in pairs]
        days = np.array([date.daysinmonth for date in first], dtype=float)
    else:
        year, what = years_of_stamps(stamps, calendar)
        # Equal weights for years.
        month, days = np.ones_like(year), np.full(year.size, 365.0)
    return {
        "year": year, "month": month, "days": days, "years": np.ones_like(year), "kind": kind,
        "stamps": what,
    }  # fmt: skip


def _from_bounds(
    where: str, start: FloatArray, end: FloatArray, calendar: str, path: npt.NDArray[np.object_]
) -> dict[str, Any]:
    """Fields of Steps from bounds."""
    first, last = _in_months(start, calendar), _in_months(end, calendar)
    on_border = (np.abs(first - np.round(first)) < BORDER) & (
        np.abs(last - np.round(last)) < BORDER
    )
    # Bounds made from stamps lie anywhere in their months, but whole months apart.
    months = np.where(on_border, np.round(last) - np.round(first), np.round(last - first))
    months = months.astype(int)
    whole = on_border | (np.abs(last - first - months) < BORDER)
    days = end - start
    # cdo yearmean of months that have stamps and no bounds; alone it could lack a month.
    from_stamps = (start.size > 1) & (months == 11).all()
    # Only a single step: the position of several in the year would be ambiguous.
    averaged = ~on_border & (start.size == 1) & _averaged(days, (first + last) / 2, calendar)
    kinds = np.select(
        [
            on_border & (months == 1),
            averaged,
            whole & ((months == 12) | from_stamps),
            on_border & (months > 12) & (months % 12 == 1),
            whole & (months > 12) & np.isin(months % 12, (0, 11)),
        ],
        [MONTHLY, MULTI_YEAR, ANNUAL, CLIMATOLOGY, MULTI_YEAR],
        "",
    )
    if (kinds == "").any():
        i = int(np.flatnonzero(kinds == "")[0])
        odd = days[kinds == ""]
        found = f"steps of {number_text(odd.min())} to {number_text(odd.max())} days"
        between = " to ".join(_date(t, calendar).strftime("%Y-%m-%d") for t in (start[i], end[i]))
        raise InputError(f"{where}: time", "monthly or annual means", f"{found}, {between}")
    if np.unique(kinds).size > 1:
        i = int(np.flatnonzero(kinds != kinds[0])[0])
        found = f"{kinds[0]} means in {path[0]} and {kinds[i]} means in {path[i]}"
        raise InputError(f"{where}: time", "means of one length", found)
    kind = str(kinds[0])
    number = np.round(first).astype(int)
    years = (months + 11) // 12
    if kind == CLIMATOLOGY:
        _require_apart(where, np.diff(np.sort(number % 12)) == 0, path, start, calendar)
        # The length of the month in the first of the years.
        days = np.array([_date(t, calendar).daysinmonth for t in start + 1.5], dtype=float)
    else:
        _require_apart(where, start[1:] < end[:-1] - 0.5, path, start, calendar)
    if kind == ANNUAL:
        number = np.floor((first + last) / 2).astype(int)
    if kind == MULTI_YEAR:
        number = np.floor(first + BORDER).astype(int)
        years = np.where(averaged, 0, years)
    return {
        "year": number // 12, "month": number % 12 + 1, "days": days, "years": years, "kind": kind,
    }  # fmt: skip


def _averaged(days: FloatArray, middle: FloatArray, calendar: str) -> Mask:
    """Whether bounds of months or years were averaged over whole years.

    Their distance is the mean length of a month or a year, and their middle that of the years. Ten
    months of a year may meet the first condition but not the second.
    """
    centred = np.abs((middle + 3) % 6 - 3) < OFF_CENTRE
    shortest, longest = MEAN_YEAR.get(calendar, WITH_LEAP_DAYS)
    month = (days > shortest / 12 - ROUNDING) & (days < longest / 12 + ROUNDING)
    year = (days > shortest - ROUNDING) & (days < longest + ROUNDING)
    return centred & (month | year)


def _in_months(days: FloatArray, calendar: str) -> FloatArray:
    """Convert times to 12 x year + month - 1, with the fraction of the month that has passed."""
    dates = cftime.num2date(days, ORIGIN, calendar)
    passed = [(d.day - 1 + d.hour / 24 + d.minute / 1440) / d.daysinmonth for d in dates]
    return np.array([12 * d.year + d.month - 1 + p for d, p in zip(dates, passed, strict=True)])


def _date(days: float, calendar: str) -> cftime.datetime:
    return cftime.num2date(days, ORIGIN, calendar)


def _require_apart(
    where: str,
    overlap: Mask,
    path: npt.NDArray[np.object_],
    time: FloatArray,
    calendar: str,
) -> None:
    """Raise InputError for the first step that overlaps with the next."""
    if overlap.any():
        i = int(np.argmax(overlap))
        raise InputError(
            where,
            "steps that do not overlap in time",
            f"an overlap between {path[i]} and {path[i + 1]}, "
            f"at {_date(time[i + 1], calendar).strftime('%Y-%m-%d')}",
            "the same months twice, or monthly and annual files together",
        )


def _many(years: Counts) -> str:
    """Describe the number of years of a mean."""
    if not years.all():
        return "a mean of several years, as its bounds are averages"
    low, high = int(years.min()), int(years.max())
    return f"a mean of {low} years" if low == high else f"a mean of {low} to {high} years"
