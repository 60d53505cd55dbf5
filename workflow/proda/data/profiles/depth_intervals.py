"""Depths of horizons in one column of intervals, such as ``0-10`` or ``10 – 25 cm``.

An interval without a lower end (``80+``, ``> 80``, ``80-120+``) has the lower depth infinity: its
middle is not known. The ledger excludes it under a reason of its own.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from proda.errors import InputError
from proda.text.numbers import MISSING, to_numbers

__all__ = ["read_depth_intervals"]

logger = logging.getLogger(__name__)

_NUMBER = "[-+\N{MINUS SIGN}]?(?:\\d+(?:[.,]\\d+)?|[.,]\\d+)"
_TO = "(?:[-/\N{HYPHEN}-\N{EM DASH}\N{MINUS SIGN}]|to|\\.\\.)"
_UNIT = r"(?P<{}>[a-zA-Z]+)?"
_INTERVAL = (
    rf"^\s*(?P<upper>{_NUMBER})\s*{_UNIT.format('first')}\s*{_TO}\s*"
    rf"(?P<lower>{_NUMBER})\s*{_UNIT.format('unit')}\s*(?P<more>\+)?\s*$"
)
# 80+, 80-, 80 cm+, > 80
_OPEN = (
    rf"^\s*(?P<above>[>\N{{GREATER-THAN OR EQUAL TO}}])?\s*(?P<upper>{_NUMBER})\s*"
    rf"{_UNIT.format('unit')}\s*(?P<more>\+|{_TO})?\s*$"
)
# What spreadsheets make of 5-10 and 10-12.
_DATE = r"^\s*(?:\d{1,2}[-. /][A-Za-z]{3,4}|[A-Za-z]{3,4}[-. /]\d{1,2}|\d{4}-\d{2}-\d{2}\b.*)\s*$"


def read_depth_intervals(
    path: str | Path, table: pd.DataFrame, source: Mapping[str, Any], unit: str
) -> None:
    """Add ``upper_depth`` and ``lower_depth`` to a table with the text column ``depth``, in place.

    A cell that holds no interval leaves both empty, is noted in the column ``unreadable``, and
    logged. The lower depth of an interval without lower end is infinity.

    Parameters
    ----------
    path
        The file, for messages.
    table
        Table of `proda.text.user_table.read_user_table`.
    source
        Settings, of which ``decimal`` and ``missing_values`` are used.
    unit
        Declared unit of depth, the only one that a cell may state.

    Raises
    ------
    InputError
        With line and text of the first such cell, if most cells hold no interval.
    """
    text = table["depth"]
    missing = (*MISSING, *map(str, source.get("missing_values", ())))
    whole, open_ended = text.str.extract(_INTERVAL), text.str.extract(_OPEN)
    is_whole = whole["upper"].notna()
    unlimited = is_whole & whole["more"].notna()
    is_open = ~is_whole & open_ended["upper"].notna()
    is_open &= open_ended["above"].notna() | open_ended["more"].notna()
    stated = pd.concat([whole[["first", "unit"]], open_ended[["unit"]]], axis=1)
    other_unit = (stated.notna() & (stated != unit)).any(axis=1)
    numbers = pd.DataFrame(
        {
            "upper_depth": whole["upper"].where(is_whole, open_ended["upper"].where(is_open)),
            "lower_depth": whole["lower"],
            "unreadable": "",
        }
    ).fillna("")
    to_numbers(numbers, ["upper_depth", "lower_depth"], missing, source.get("decimal", "."))
    numbers.loc[is_open | unlimited, "lower_depth"] = np.inf
    bad = (~is_whole & ~is_open & ~text.isin(missing)) | other_unit | (numbers["unreadable"] != "")
    table["upper_depth"] = numbers["upper_depth"].mask(bad)
    table["lower_depth"] = numbers["lower_depth"].mask(bad)
    if not bad.any():
        return
    table.loc[bad, "unreadable"] = [f"depth {value[:40]!r}" for value in text[bad]]
    first = bad.index[bad][0]
    hint = _hint(text[first], bool(other_unit[first]), source.get("decimal", "."))
    if 2 * bad.sum() > len(bad):
        found = f"{bad.sum()} of {len(bad)} rows with other text, the first in line {first + 2}: "
        found += repr(text[first][:40])
        where, expected = f"{path}, depth", f"intervals in {unit}, such as 0-10"
        raise InputError(where, expected, found, hint)
    logger.warning(
        "%s, depth: %d of %d cells hold no interval in %s, the first in line %d: %r (%s)",
        path, bad.sum(), len(bad), unit, first + 2, text[first][:40], hint,
    )  # fmt: skip


def _hint(text: str, other_unit: bool, decimal: str) -> str:
    """A guess at why a cell holds no interval."""
    if pd.Series([text]).str.contains(_DATE).any():
        return "a spreadsheet program has made a date of it: format the column as text, type again"
    if other_unit:
        return "depth_unit declares the unit of the whole column"
    if pd.Series([text]).str.fullmatch(rf"\s*{_NUMBER}\s*").any():
        return "for columns of single depths name upper_depth and lower_depth in place of depth"
    if "?" in text or "\N{REPLACEMENT CHARACTER}" in text:
        return "the dash was lost when the file was saved in another `encoding`"
    if "," in text and decimal == ".":
        return 'decimal commas? set `decimal: ","`'
    return "write an upper and a lower depth with a hyphen between them"
