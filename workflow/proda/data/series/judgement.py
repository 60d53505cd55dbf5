"""Which cells can be run through time, and the first reason why others cannot."""

import numpy as np
import numpy.typing as npt

from proda.arrays import FloatArray, Mask
from proda.data.series.inputs import MAX_RATIO, LitterYear
from proda.data.series.record import Status
from proda.errors import number_text
from proda.quantities import QUANTITIES

__all__ = ["Judgement"]

POOLS = ("CWD", "metabolic litter", "cellulose litter", "lignin litter")
ROUNDING = 1e-6  # gC m-2, of a month's input that is less than nothing


class Judgement:
    """Status and reason of n cells.

    Parameters
    ----------
    n
        Number of cells.
    first_year
        Of the period.
    """

    def __init__(self, n: int, first_year: int) -> None:
        self.status = np.zeros(n, np.int8)
        self.reason = np.full(n, "", dtype=object)
        self.first_year = first_year

    def exclude(self, which: Mask, status: Status, reason: str) -> None:
        """Exclude cells that have no earlier reason.

        Parameters
        ----------
        which
            (n,).
        status, reason
            Of these cells.
        """
        new = which & (self.status == Status.USABLE)
        self.status[new], self.reason[new] = status, reason

    def climate(self, name: str, year: int, values: npt.NDArray[np.floating]) -> None:
        """Exclude cells that lack a value.

        Parameters
        ----------
        name
            Of the field in the files.
        year
            Position in the period.
        values
            (n, 12, ...).
        """
        finite = np.isfinite(values).reshape(*values.shape[:2], -1)
        known: Mask = np.asarray(finite.all(axis=2))
        for i in self._new(np.asarray(~known.all(axis=1))):
            text = f"{name} is missing in {self._month(year, int(np.argmin(known[i])))}"
            self._set(i, Status.MISSING_VALUES, text)

    def ratio(self, year: int, ratio: FloatArray, largest_npp: FloatArray | None = None) -> None:
        """Exclude cells whose NPP is missing or implausible beside that of the base years.

        Parameters
        ----------
        year
            Position in the period.
        ratio
            (n,).
        largest_npp
            (n,) gC m-2 yr-1, by which it is multiplied.
        """
        number = self.first_year + year
        for i in self._new(~np.isfinite(ratio)):
            self._set(i, Status.MISSING_VALUES, f"NPP is missing in years around {number}")
        for i in self._new((ratio < 0.0) | (ratio > MAX_RATIO)):
            text = f"NPP over that of the base years is {number_text(round(ratio[i], 4))}"
            self._set(i, Status.REFUSED_INPUT, f"{text} in {number}")
        if largest_npp is not None:
            for i in self._new(largest_npp * ratio > QUANTITIES["npp"].upper):
                text = f"NPP would be {largest_npp[i] * ratio[i]:.0f} gC m-2 in {number}"
                self._set(i, Status.REFUSED_INPUT, text)

    def litter(self, year: int, found: LitterYear) -> None:
        """Exclude cells whose input is missing, negative or more than any vegetation has.

        Parameters
        ----------
        year
            Position in the period.
        found
            Input of the year.
        """
        monthly = found.monthly
        self.climate("litter input", year, np.moveaxis(monthly, 1, 2))
        for i in self._new(np.asarray((monthly < -ROUNDING).any(axis=(1, 2)))):
            pool, month = np.argwhere(monthly[i] < -ROUNDING)[0]
            text = f"input to {POOLS[pool]} is negative in {self._month(year, int(month))}"
            self._set(i, Status.REFUSED_INPUT, text)
        total, limit = monthly.sum(axis=(1, 2)), QUANTITIES["litter_input"].upper
        for i in self._new(total > limit):
            text = f"litter input is {total[i]:.0f} gC m-2 in {self.first_year + year}"
            self._set(i, Status.REFUSED_INPUT, text)

    def _new(self, which: Mask) -> list[int]:
        return [int(i) for i in np.flatnonzero(which & (self.status == Status.USABLE))]

    def _set(self, i: int, status: Status, reason: str) -> None:
        self.status[i], self.reason[i] = status, reason

    def _month(self, year: int, month: int) -> str:
        return f"{self.first_year + year:04d}-{month + 1:02d}"
