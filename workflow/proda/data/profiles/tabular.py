"""Reading delimited text in chunks so that no cell is guessed, shifted or lost.

pandas guesses types by column, reads the ISO country code "NA" as missing, and drops the last cell
of a row that has one too many. Here all cells are text until asked for as numbers, only the columns
named are kept in memory, and a row with too many cells can be found.
"""

import csv
import difflib
from collections import Counter
from typing import NamedTuple

import numpy as np
import pandas as pd

from proda.data.text_table import readable_text, without_mark
from proda.errors import InputError

__all__ = [
    "RawTables",
    "check_keys",
    "choose_columns",
    "read_chunks",
    "read_rows",
    "to_flags",
    "to_numbers",
]

CHUNK_ROWS = 200_000
OTHER_ENCODING = "set `encoding` in the source, for example latin-1"
MISSING = ("", "NA", "N/A", "NaN", "nan", "NULL", "Null", "null", "None")
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


def read_chunks(path, columns, *, separator="\t", quoted=True, encoding="utf-8", hint=None):
    """Yield data frames of text with the columns ``columns`` {our name: name in the file}.

    For large tables written by machines: only the named columns are kept, and surplus cells of a
    row go unseen. The index counts data rows from 0 (line of the file - 2); a column
    ``unreadable`` is empty. Raises InputError if the file or a column is missing, or the text
    cannot be decoded.
    """
    options = {
        "sep": separator,
        "quoting": csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
        "encoding": without_mark(encoding),
        "dtype": str,
        "na_filter": False,
        "index_col": False,
    }
    with readable_text(path, encoding, OTHER_ENCODING):
        # As a row of data: pandas renames a column that comes twice.
        header = pd.read_csv(path, nrows=1, header=None, **options).iloc[0]
        _check_header(path, [name.strip() for name in header], columns, separator, hint)
        usecols = list(dict.fromkeys(columns.values()))
        for chunk in pd.read_csv(path, usecols=usecols, chunksize=CHUNK_ROWS, **options):
            table = {name: chunk[column].str.strip() for name, column in columns.items()}
            yield pd.DataFrame(table).assign(unreadable="")


def read_rows(path, columns, *, separator=",", encoding="utf-8", hint=None):
    """A data frame like those of `read_chunks`, for a table made by hand.

    Every row is compared with the header: where a stray or forgotten separator may have shifted
    the cells, ``unreadable`` says so. Blank lines are skipped.
    """
    with (
        readable_text(path, encoding, OTHER_ENCODING),
        open(path, newline="", encoding=without_mark(encoding)) as file,
    ):
        reader = csv.reader(file, delimiter=separator)
        header = [name.strip() for name in next(reader, [])]
        _check_header(path, header, columns, separator, hint)
        place = [header.index(column) for column in columns.values()]
        width, lines, rows = len(header), [], []
        for cells in reader:
            if not any(cells):
                continue
            surplus = any(cell.strip() for cell in cells[width:])
            short = len(cells) < width
            cells += [""] * (width - len(cells))
            lines.append(reader.line_num - 2)
            note = "more cells than the header" if surplus else ""
            rows.append(
                [cells[i].strip() for i in place]
                + ["fewer cells than the header" if short else note]
            )
    if not rows:
        raise InputError(path, "at least one row", "a header only")
    return pd.DataFrame(rows, index=lines, columns=[*columns, "unreadable"], dtype=str)


def to_numbers(table, names, missing=MISSING):
    """Turn the text columns ``names`` of ``table`` into float64, in place.

    A text that is neither a finite number nor one of ``missing`` becomes NaN and is written to the
    column ``unreadable`` as ``name 'text'``.
    """
    for name in names:
        text = table[name]
        numbers = pd.to_numeric(text, errors="coerce").astype(np.float64)
        absent = text.isin(missing)
        bad = ~np.isfinite(numbers) & ~absent
        table[name] = numbers.mask(absent | bad)
        _note(table, bad, name, text)


def to_flags(table, name):
    """Turn the text column ``name`` into booleans in place; an empty cell is False."""
    text = table[name].str.lower()
    table[name], original = text.isin(_TRUE), table[name]
    _note(table, ~text.isin(_TRUE + _FALSE), name, original)


def _note(table, bad, name, text):
    if bad.any():
        table.loc[bad, "unreadable"] = [f"{name} {value[:40]!r}" for value in text[bad]]


def _check_header(path, header, columns, separator, hint):
    if header in ([], [""]):
        raise InputError(path, "a delimited text table", "an empty file")
    times = Counter(header)
    for name, column in columns.items():
        if times[column] > 1:
            raise InputError(path, f"one column {column!r} ({name})", f"{times[column]}")
        if times[column] == 0:
            expected, found = f"a column {column!r} ({name})", f"columns {', '.join(header)}"
            if len(header) == 1:
                hint = f"the cells were separated at {separator!r}: is `separator` right?"
            raise InputError(path, expected, found, hint)
