"""Texts as numbers and flags; the type of a column is never guessed.

pandas guesses types by column and reads the ISO country code "NA" as missing. Here all cells are
text until they are requested as numbers.
"""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd

__all__ = ["MISSING", "to_flags", "to_numbers"]

MISSING = ("", "NA", "N/A", "NaN", "nan", "NULL", "Null", "null", "None")
_THOUSANDS = re.compile(r"^\s*[-+]?\d{1,3}(?:\.\d{3})+(?:,|\s*$)")
_TRUE = ("true", "t", "1", "yes", "y")
_FALSE = ("false", "f", "0", "no", "n", *(text.lower() for text in MISSING))


def to_numbers(
    table: pd.DataFrame,
    names: Iterable[str],
    missing: Iterable[str] = MISSING,
    decimal: str = ".",
) -> None:
    """Convert text columns to float64, in place.

    A text that is neither a finite number nor a missing value becomes NaN and is noted in the
    column ``unreadable`` as ``name 'text'``.

    Parameters
    ----------
    table
        Table of text, with a column ``unreadable``.
    names
        Columns to convert.
    missing
        Texts for missing values. If one is a number, so are all texts of that number: -9999 and
        -9999.0 are the same.
    decimal
        Decimal sign, "." or ",". With a comma, a point may be one too, unless it may separate
        thousands, as in 1.234.
    """
    missing = list(missing)
    codes = pd.to_numeric(pd.Series(missing, dtype=str), errors="coerce").dropna()
    for name in names:
        text = table[name]
        numbers = _numbers(_with_point(text) if decimal == "," else text)
        absent = text.isin(missing) | numbers.isin(codes)
        bad = ~np.isfinite(numbers) & ~absent
        if bad.any():
            # Typesetters have a minus sign of their own.
            typed = text[bad].str.replace("\N{MINUS SIGN}", "-", regex=False)
            numbers[bad] = _numbers(_with_point(typed) if decimal == "," else typed)
            absent = text.isin(missing) | numbers.isin(codes)
            bad = ~np.isfinite(numbers) & ~absent
        table[name] = numbers.mask(absent | bad)
        _note(table, bad, name, text)


def _numbers(text: pd.Series) -> pd.Series:
    return pd.to_numeric(text, errors="coerce").astype(np.float64)


def _with_point(text: pd.Series) -> pd.Series:
    """Numbers written with a decimal comma, with a point; other text unchanged."""
    text = text.mask(text.str.contains(_THOUSANDS), "in thousands?")
    return text.str.replace(",", ".", regex=False)


def to_flags(table: pd.DataFrame, name: str) -> None:
    """Convert a text column to booleans, in place; an empty cell is False.

    Other texts are noted in the column ``unreadable``.
    """
    text = table[name].str.lower()
    table[name], original = text.isin(_TRUE), table[name]
    _note(table, ~text.isin(_TRUE + _FALSE), name, original)


def _note(table: pd.DataFrame, bad: pd.Series, name: str, text: pd.Series) -> None:
    """Note the texts of the rows ``bad`` in the column ``unreadable``."""
    if bad.any():
        table.loc[bad, "unreadable"] = [f"{name} {value[:40]!r}" for value in text[bad]]
