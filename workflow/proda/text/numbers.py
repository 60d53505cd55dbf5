"""Texts as numbers and flags, so that no cell is guessed.

pandas guesses types by column and reads the ISO country code "NA" as missing. Here all cells are
text until asked for as numbers.
"""

import re

import numpy as np
import pandas as pd

__all__ = ["MISSING", "to_flags", "to_numbers"]

MISSING = ("", "NA", "N/A", "NaN", "nan", "NULL", "Null", "null", "None")
_THOUSANDS = re.compile(r"^\s*[-+]?\d{1,3}(?:\.\d{3})+(?:,|\s*$)")
_TRUE = ("true", "t", "1", "yes", "y")
_FALSE = ("false", "f", "0", "no", "n", *(text.lower() for text in MISSING))


def to_numbers(table, names, missing=MISSING, decimal="."):
    """Turn the text columns ``names`` of ``table`` into float64, in place.

    A text that is neither a finite number nor one of ``missing`` becomes NaN and is written to the
    column ``unreadable`` as ``name 'text'``. Where one of ``missing`` is a number, so are all texts
    of that number: -9999 and -9999.0 are the same.
    decimal: the decimal sign, "." or ","; with a comma, a point may stand in a number too, unless
    it may part thousands as in 1.234.
    """
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


def _numbers(text):
    return pd.to_numeric(text, errors="coerce").astype(np.float64)


def _with_point(text):
    """Numbers that are written with a comma as they are computed with; other text as it is."""
    text = text.mask(text.str.contains(_THOUSANDS), "in thousands?")
    return text.str.replace(",", ".", regex=False)


def to_flags(table, name):
    """Turn the text column ``name`` into booleans in place; an empty cell is False."""
    text = table[name].str.lower()
    table[name], original = text.isin(_TRUE), table[name]
    _note(table, ~text.isin(_TRUE + _FALSE), name, original)


def _note(table, bad, name, text):
    if bad.any():
        table.loc[bad, "unreadable"] = [f"{name} {value[:40]!r}" for value in text[bad]]
