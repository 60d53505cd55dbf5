"""Which unit the numbers of a column may have: those that the checks of the run accept."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from proda.data.profiles.distribution import COLUMNS, check_columns
from proda.data.profiles.table import UNITS, declared_units
from proda.errors import InputError
from proda.quantities import QUANTITIES

__all__ = ["JUDGED", "Guess", "HorizonNumbers", "guess_units", "unit_text"]

# Quantities in the order in which they are judged: carbon is judged in the topsoil and beside bulk
# density, so that it comes last.
JUDGED = ("depth", "bulk_density", "coarse_fragments", "organic_carbon")
_OF_QUANTITY = {
    "upper_depth": "depth",
    "lower_depth": "depth",
    "bulk_density": "bulk_density",
    "coarse_fragments": "coarse_fragments",
    "organic_carbon": "organic_carbon",
}
# So many values must be possible at all; a few may be codes or mistakes.
_MOST = 0.9
_TEXTS = {
    "g_kg": "g kg-1",
    "mg_g": "mg g-1",
    "percent": "%",
    "fraction": "fraction",
    "kg_dm3": "kg dm-3",
    "g_cm3": "g cm-3",
    "Mg_m3": "Mg m-3",
    "kg_m3": "kg m-3",
}


def unit_text(unit: str) -> str:
    """Return a unit of the configuration as it is written in texts."""
    return _TEXTS.get(unit, unit)


@dataclass(frozen=True)
class HorizonNumbers:
    """Numbers of a table of horizons as they stand in the file.

    Parameters
    ----------
    numbers
        By key of ``profiles.source.columns``; NaN where there is none.
    organic
        Which rows are called organic.
    """

    numbers: Mapping[str, pd.Series]
    organic: pd.Series

    def has(self, quantity: str) -> bool:
        """Whether the table has all columns of a quantity."""
        return all(name in self.numbers for name, of in _OF_QUANTITY.items() if of == quantity)

    def accepts(self, quantity: str, units: Mapping[str, str]) -> bool:
        """Whether the check of the run accepts the numbers of a quantity in these units.

        Parameters
        ----------
        quantity
            One of JUDGED.
        units
            Units of all quantities, as in the configuration.
        """
        table = pd.DataFrame(
            {"organic": self.organic, "upper_depth": np.nan, "lower_depth": np.nan}
        )
        for name, of in _OF_QUANTITY.items():
            if name in self.numbers:
                factor = UNITS[of][1][units[of]]
                table[name] = self.numbers[name] * factor.numerator / factor.denominator
        known = QUANTITIES[quantity]
        for name, of in _OF_QUANTITY.items():
            if of == quantity and name in table:
                there = table[name].dropna()
                if len(there) and known.plausible(there).mean() < _MOST:
                    return False
        table = table.rename(
            columns={"bulk_density": "bdfi", "coarse_fragments": "coarse_fragments_volume"}
        )
        declared = declared_units({UNITS[of][0]: unit for of, unit in units.items()})
        try:
            check_columns(table, "", declared, [name for name in COLUMNS if name != quantity])
        except InputError:
            return False
        return True


@dataclass(frozen=True)
class Guess:
    """A guessed unit.

    Attributes
    ----------
    unit
        As in the configuration.
    reason
        Why.
    certain
        Whether name and numbers leave no other choice.
    """

    unit: str
    reason: str
    certain: bool


def guess_units(table: HorizonNumbers, named: Mapping[str, str]) -> dict[str, Guess]:
    """Guess the unit of each quantity of a table from its names and numbers.

    Parameters
    ----------
    table
        The numbers.
    named
        Units that the names of columns state, by quantity.
    """
    units = {quantity: next(iter(UNITS[quantity][1])) for quantity in JUDGED}
    guesses = {}
    for quantity in JUDGED:
        if not table.has(quantity):
            continue
        possible = _different(quantity)
        accepted = [unit for unit in possible if table.accepts(quantity, units | {quantity: unit})]
        stated = named.get(quantity)
        if stated and table.accepts(quantity, units | {quantity: stated}):
            guess = Guess(stated, "stated in the name of the column, and the numbers fit", True)
        elif accepted and stated:
            reason = f"the name of the column states {unit_text(stated)}, but the numbers fit "
            guess = Guess(accepted[0], reason + unit_text(accepted[0]), False)
        elif len(accepted) == 1:
            guess = Guess(accepted[0], "the only unit whose usual range the numbers fit", True)
        elif accepted:
            others = " and ".join(unit_text(unit) for unit in accepted)
            guess = Guess(accepted[0], f"the numbers fit {others}", False)
        else:
            guess = Guess(stated or possible[0], "the numbers fit no unit", False)
        guesses[quantity], units[quantity] = guess, guess.unit
    return guesses


def _different(quantity: str) -> list[str]:
    """Units of a quantity that differ by their factor, the default first."""
    first = {factor: unit for unit, factor in reversed(UNITS[quantity][1].items())}
    return [unit for unit in UNITS[quantity][1] if unit in first.values()]
