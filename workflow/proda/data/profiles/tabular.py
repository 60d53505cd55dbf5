"""Tables of text as numbers and flags, so that no cell is guessed.

pandas guesses types by column and reads the ISO country code "NA" as missing. Here all cells are
text until asked for as numbers, and only the columns named are kept in memory.
"""

import difflib
import re
from typing import NamedTuple

import numpy as np
import pandas as pd

from proda.data.text_blocks import read_blocks
from proda.data.user_table import choose_positions
from proda.errors import InputError

__all__ = [
    "RawTables",
    "check_keys",
    "choose_columns",
    "read_chunks",
    "to_flags",
    "to_numbers",
]

MISSING = ("", "NA", "N/A", "NaN", "nan", "NULL", "Null", "null", "None")
_THOUSANDS = re.compile(r"^\s*[-+]?\d{1,3}(\.\d{3})+(,|\s*$)")
_TRUE = ("true", "t", "1", "yes", "y")
_FALSE = ("false", "f", "0", "no", "n", *(text.lower() for text in MISSING))


class RawTables(NamedTuple):
    """What every reader returns; the columns are those of the package's docstring."""

    profiles: pd.DataFrame
    horizons: pd.DataFrame


def check_keys(where, settings, allowed):
    """Raise InputError for a key of ``settings`` that is not in ``allowed``: a typo is an error."""
    for key in settings:
        if key not in allowed:
            nearest = difflib.get_close_matches(str(key), allowed, n=1, cutoff=0.0)
            hint = f"did you mean {nearest[0]!r}?"
            raise InputError(where, f"keys among {', '.join(allowed)}", repr(key), hint)


def choose_columns(where, defaults, changes, optional=()):
    """Merge ``changes`` {our name: name in the file or None} into the default names.

    None says that the source has no such column; only those in ``optional`` may be None.
    Raises InputError for an unknown name.
    """
    changes = changes or {}
    check_keys(where, changes, defaults)
    for name, column in changes.items():
        if column is None and name not in optional:
            raise InputError(f"{where}.{name}", "the name of a column", None)
    merged = {**defaults, **changes}
    return {name: column for name, column in merged.items() if column is not None}


def read_chunks(path, columns, layout, hint=None):
    """Yield data frames of text with the columns ``columns`` {our name: name in the file}.

    For large tables written by machines: only the named columns are kept. The index is the line of
    the file minus 2, so that data rows count from 0; a column ``unreadable`` is empty. Raises
    InputError if the file or a column is missing, the text cannot be decoded, or a row has another
    number of cells than the header.
    """
    yield from read_blocks(path, layout, choose_positions(path, columns, hint))


def to_numbers(table, names, missing=MISSING, decimal="."):
    """Turn the text columns ``names`` of ``table`` into float64, in place.

    A text that is neither a finite number nor one of ``missing`` becomes NaN and is written to the
    column ``unreadable`` as ``name 'text'``. decimal: the decimal sign, "." or ","; with a comma, a
    point may stand in a number too, unless it may part thousands as in 1.234.
    """
    for name in names:
        text = table[name]
        numbers = pd.to_numeric(_plain_numbers(text, decimal), errors="coerce").astype(np.float64)
        absent = text.isin(missing)
        bad = ~np.isfinite(numbers) & ~absent
        table[name] = numbers.mask(absent | bad)
        _note(table, bad, name, text)


def _plain_numbers(text, decimal):
    """Numbers with a point and a hyphen, as they are computed with; other text as it is."""
    minus = text.str.contains("\N{MINUS SIGN}", regex=False)
    if minus.any():
        text = text.mask(minus, text.str.replace("\N{MINUS SIGN}", "-", regex=False))
    if decimal == ",":
        text = text.mask(text.str.contains(_THOUSANDS), "in thousands?")
        text = text.str.replace(",", ".", regex=False)
    return text


def to_flags(table, name):
    """Turn the text column ``name`` into booleans in place; an empty cell is False."""
    text = table[name].str.lower()
    table[name], original = text.isin(_TRUE), table[name]
    _note(table, ~text.isin(_TRUE + _FALSE), name, original)


def _note(table, bad, name, text):
    if bad.any():
        table.loc[bad, "unreadable"] = [f"{name} {value[:40]!r}" for value in text[bad]]
