"""Radiocarbon: a second tracer with decay, and what it is in the carbon of each depth.

With F = 1 + Delta / 1000 the ratio of 14C to carbon relative to the standard, a pool of carbon X
holds the tracer A = F X. It moves with the carbon, enters with F of the atmosphere of its year, and
decays,

    dA/dt = F_atm(t) s - M A - lambda A,        lambda = 1 / 8267 yr-1

so that a single pool of turnover rate k has F = k / (k + lambda) at steady state in air of F = 1.
F is the absolute fraction modern (Stuiver and Polach 1977), which does not decay with the year of
measurement; Delta 14C of an atmospheric record, such as Graven et al. (2017), is F in this sense.
Before the first year of a run the air is taken to be that of this year.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from proda.arrays import FloatArray
from proda.errors import InputError, number_text
from proda.model.transient import Year
from proda.tables import read_table
from proda.transient.reduce import SOC_GROUPS

__all__ = ["DECAY", "Atmosphere", "delta", "delta_of_stocks", "read_atmosphere", "tracer_year"]

DECAY = 1.0 / 8267.0
"""Of 14C, yr-1: a mean life of 8267 years, a half-life of 5730."""

FRACTION, DELTA = "fraction_modern", "delta_14c"
# The bomb peak was 1.98 in the north; the lowest of the last 50,000 years is near today's.
PLAUSIBLE = (0.8, 2.2)


@dataclass(frozen=True)
class Atmosphere:
    """Fraction modern of the air, year by year.

    Attributes
    ----------
    years
        In ascending order.
    fraction
        (years,) F.
    """

    years: tuple[float, ...]
    fraction: tuple[float, ...]

    def of_years(self, years: Sequence[int], where: object = "atmospheric 14C") -> FloatArray:
        """F of calendar years, linear between the rows.

        Parameters
        ----------
        years
            Of a run.
        where
            For messages.

        Raises
        ------
        InputError
            For years outside the curve.
        """
        first, last = min(years), max(years)
        if first < self.years[0] or last > self.years[-1]:
            found = f"{number_text(self.years[0])} to {number_text(self.years[-1])}"
            raise InputError(where, f"all years from {first} to {last}", found)
        return np.interp(np.asarray(years, dtype=float), self.years, self.fraction)


def read_atmosphere(path: str | Path) -> Atmosphere:
    """Read the curve: columns year, and fraction_modern or delta_14c (per mil).

    Raises
    ------
    InputError
        For other columns, years that do not ascend, and values that no air had.
    """
    table = read_table(path, [])
    columns = [name for name in (FRACTION, DELTA) if name in table]
    if "year" not in table or len(columns) != 1:
        expected = f"the columns year and either {FRACTION} or {DELTA}"
        raise InputError(path, expected, ", ".join(map(str, table)))
    try:
        years, values = (table[name].to_numpy(dtype=float) for name in ("year", columns[0]))
    except (TypeError, ValueError):
        raise InputError(path, "numbers", "text") from None
    fraction = values if columns[0] == FRACTION else 1.0 + values / 1000.0
    if not len(years):
        raise InputError(path, "a row per year", "no row")
    for k in np.flatnonzero(~(np.diff(years) > 0.0))[:1]:
        expected = f"a year after {number_text(years[k])}"
        raise InputError(f"{path}, row {k + 3}", expected, number_text(years[k + 1]))
    wrong = ~((fraction >= PLAUSIBLE[0]) & (fraction <= PLAUSIBLE[1]))
    for k in np.flatnonzero(wrong)[:1]:
        low, high = PLAUSIBLE
        expected = f"a fraction modern from {low} to {high}, Delta 14C from "
        expected += f"{1000 * (low - 1):.0f} to {1000 * (high - 1):.0f}"
        found = f"{columns[0]} {number_text(values[k])}"
        raise InputError(f"{path}, row {k + 2}", expected, found)
    return Atmosphere(tuple(years.tolist()), tuple(fraction.tolist()))


def tracer_year(year: Year, fraction: float) -> Year:
    """The year of forcing in which the tracer enters instead of carbon."""
    return Year(year.columns, fraction * year.input_factor)


def delta(fraction: FloatArray) -> FloatArray:
    """Delta 14C, per mil, of a fraction modern."""
    return 1000.0 * (fraction - 1.0)


def delta_of_stocks(tracer: FloatArray, carbon: FloatArray) -> FloatArray:
    """Delta 14C of soil organic carbon, whole and by depth.

    Parameters
    ----------
    tracer, carbon
        (n, groups, depths) stocks.

    Returns
    -------
    ndarray
        (n, 1 + depths) per mil, NaN where there is no carbon.
    """
    parts = [stocks[:, SOC_GROUPS].sum(axis=1) for stocks in (tracer, carbon)]
    of_tracer, of_carbon = (
        np.concatenate([part.sum(axis=1, keepdims=True), part], axis=1) for part in parts
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        return delta(np.where(of_carbon > 0.0, of_tracer / of_carbon, np.nan))
