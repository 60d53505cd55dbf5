"""Tables that a user names in the configuration: how they are written, and their cells as text.

All sections that name such a table have the same keys:

separator      one character; by default a comma, in .tsv, .tab and .txt a tab
quoted         whether cells may be in double quotes (default); if not, all quotes are text
encoding       "utf-8" (default)
decimal        "." (default) or ",", the decimal sign
skip_rows      numbers of the rows to skip, counted from 1 as editors do, such as a row of units
               below the header; or how many to skip at the top
sheet          of a workbook (.xlsx) with more than one: its name, or its number from 1
missing_values  texts or numbers for missing values, besides empty, NA, NaN and null
"""

import logging
import string
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from proda.errors import InputError
from proda.text.blocks import Choose
from proda.text.frames import read_frame
from proda.text.numbers import MISSING, to_numbers
from proda.text.rows import Layout
from proda.text.small_tables import choose_positions

__all__ = ["TABLE_KEYS", "is_workbook", "read_all_columns", "read_numbers", "read_user_table"]

logger = logging.getLogger(__name__)

TABLE_KEYS = (
    "separator", "quoted", "encoding", "decimal", "skip_rows", "sheet", "missing_values",
)  # fmt: skip
_TABS = (".tsv", ".tab", ".txt")
# A column with fewer cells is not judged as a whole.
_SEVERAL = 3
_LIKE_A_NUMBER = r"\s*[-+\N{MINUS SIGN}]?[.,]?\d"
_NO_SEPARATORS = string.ascii_letters + string.digits + "\"'+-.\n\r\0"


def is_workbook(path: str | Path) -> bool:
    """Whether a file is a workbook by the ending of its name."""
    return Path(path).suffix.lower() in (".xlsx", ".xlsm")


def read_user_table(
    where: str,
    path: str | Path,
    columns: Mapping[str, str],
    source: Mapping[str, Any],
    hint: str | None = None,
) -> pd.DataFrame:
    """Read columns of a table as text.

    Parameters
    ----------
    where
        Section of the configuration, for messages.
    path
        The file.
    columns
        Names in the file by the caller's names.
    source
        Settings; the keys of this module are used, others are not.
    hint
        Hint for a column that is absent.

    Returns
    -------
    pandas.DataFrame
        Text. The index is the number of the row minus 2, so that data rows count from 0. A row of
        another number of cells than the header, whose cells a stray or forgotten separator may have
        shifted, is kept and noted in the column ``unreadable``.

    Raises
    ------
    InputError
        For a setting, a file or a column that cannot be used, a table without rows, and one in
        which most rows are shifted.
    """
    path = Path(path)
    layout = _layout(where, path, source)
    above = "rows above the header are skipped with `skip_rows`"
    if not is_workbook(path):
        above = (
            f"the cells were separated at {layout.separator!r}: is `separator` right? Lines above "
        )
        above += "the header are skipped with `skip_rows`"
    table = _read(where, path, layout, source, choose_positions(path, columns, hint, above))
    if table.empty:
        raise InputError(path, "at least one row", "a header only")
    shifted = table["unreadable"] != ""
    if 2 * shifted.sum() > len(shifted):
        line = shifted.index[shifted][0]
        found = f"{table['unreadable'][line]} in {shifted.sum()} of {len(shifted)} rows"
        raise InputError(
            f"{path}, line {line + 2}",
            "as many cells as the header has",
            found,
            "decimal commas between commas, or another separator?",
        )
    return table


def read_all_columns(where: str, path: str | Path, source: Mapping[str, Any]) -> pd.DataFrame:
    """Read all columns of a table as text, by their names in the file, to look at it.

    Parameters
    ----------
    where, path, source
        As for `read_user_table`.

    Returns
    -------
    pandas.DataFrame
        As of `read_user_table`, without the column ``unreadable``; of columns with the same name
        the first.

    Raises
    ------
    InputError
        For a setting or a file that cannot be used.
    """
    path = Path(path)
    names: list[str] = []

    def choose(header: list[str]) -> dict[str, int]:
        names.extend(header)
        return {str(k): k for k, name in enumerate(header) if name and name not in header[:k]}

    table = _read(where, path, _layout(where, path, source), source, choose)
    table = table.drop(columns="unreadable")
    return table.set_axis([names[int(k)] for k in table], axis=1)


def _read(
    where: str, path: Path, layout: Layout, source: Mapping[str, Any], choose: Choose
) -> pd.DataFrame:
    """Columns of a table of text or of a sheet, as text."""
    decimal = source.get("decimal", ".")
    if decimal not in (".", ","):
        raise InputError(f"{where}.decimal", 'a point or a comma, "." or ","', repr(decimal))
    if is_workbook(path):
        # Importing openpyxl takes longer than the many jobs that read no workbook should wait.
        from proda.text.workbook import read_sheet

        return read_sheet(path, source.get("sheet"), layout, choose, decimal)
    if source.get("sheet") is not None:
        expected = "no sheet for a table of text, or a workbook (.xlsx)"
        raise InputError(f"{where}.sheet", expected, f"{source['sheet']!r} and {path}")
    return read_frame(path, layout, choose, lenient=True)


def read_numbers(
    path: str | Path, table: pd.DataFrame, names: Sequence[str], source: Mapping[str, Any]
) -> None:
    """Convert text columns of a table of `read_user_table` to float64, in place.

    A cell that holds neither a finite number nor a missing value becomes NaN, is noted in the
    column ``unreadable``, and logged.

    Parameters
    ----------
    path
        The file, for messages.
    table
        The table.
    names
        Columns to convert.
    source
        Settings, as for `read_user_table`.

    Raises
    ------
    InputError
        With row and text of the first such cell, if most cells of a column are none, or all in the
        first rows, which then belong to the header.
    """
    names = list(names)
    missing = (*MISSING, *map(str, source.get("missing_values", ())))
    texts = table[names].copy()
    to_numbers(table, names, missing, source.get("decimal", "."))
    absent = pd.DataFrame({name: texts[name].isin(missing) for name in names})
    bad = table[names].isna() & ~absent & ~_declared(texts, missing)
    _refuse_second_header(path, texts, bad, table[names].notna().any(axis=1), source)
    for name in names:
        wrong = bad[name]
        if not wrong.any():
            continue
        line = wrong.index[wrong][0]
        present = (~absent[name]).sum()
        if 2 * wrong.sum() > len(wrong) or (wrong.sum() >= _SEVERAL and 2 * wrong.sum() > present):
            found = f"{wrong.sum()} of {len(wrong)} rows with other text, the first in line "
            found += f"{line + 2}: {texts[name][line][:40]!r}"
            raise InputError(f"{path}, {name}", "numbers", found, _hint(name, texts[name][line]))
        logger.warning(
            "%s, %s: %d of %d cells hold no number, the first in line %d: %r",
            path, name, wrong.sum(), present, line + 2, texts[name][line][:40],
        )  # fmt: skip


def _declared(texts: pd.DataFrame, missing: Iterable[str]) -> pd.DataFrame:
    """Which cells hold a declared code written otherwise, such as -9999.0 for -9999."""
    codes = pd.to_numeric(pd.Series(missing, dtype=str), errors="coerce").dropna()
    return texts.apply(pd.to_numeric, errors="coerce").isin(codes.tolist())


def _refuse_second_header(
    path: str | Path,
    texts: pd.DataFrame,
    bad: pd.DataFrame,
    has_number: pd.Series,
    source: Mapping[str, Any],
) -> None:
    """Raise InputError if rows above the first with a number hold other text where numbers go."""
    before = ~has_number.cummax()
    like_numbers = texts.apply(lambda column: column.str.match(_LIKE_A_NUMBER)) & bad
    rows = before & (bad.sum(axis=1) >= 2) & ~like_numbers.any(axis=1)
    if not rows.any() or before.all():
        return
    lines = [index + 2 for index in rows.index[rows]]
    already = source.get("skip_rows", ())
    skip = sorted({*(range(1, already + 1) if isinstance(already, int) else already), *lines})
    first = texts.loc[rows].iloc[0]
    raise InputError(
        f"{path}, line {lines[0]}",
        f"numbers in {', '.join(texts.columns)}",
        ", ".join(repr(text[:20]) for text in first),
        f"units or explanations below the header? skip such rows: skip_rows: {skip}",
    )


def _hint(name: str, text: str) -> str:
    """A guess at why a cell holds no number."""
    if name in ("longitude", "latitude") and not set(text) <= set("0123456789.,+- "):
        return "decimal degrees are needed, negative in the west and south, not degrees and minutes"
    if "," in text:
        return 'decimal commas? set `decimal: ","`'
    return "decimal commas, units or signs in the cells?"


def _layout(where: str, path: Path, source: Mapping[str, Any]) -> Layout:
    """The layout that the settings state; InputError for one that cannot be."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    tabs = bool(suffixes) and suffixes[-1] in _TABS
    separator = source.get("separator")
    if separator is None:
        separator = "\t" if tabs else ","
    if (
        not isinstance(separator, str)
        or len(separator) != 1
        or not separator.isascii()
        or separator in _NO_SEPARATORS
    ):
        expected = "one character between cells, such as a comma or a semicolon"
        hint = r'a tab is "\t", in double quotes'
        raise InputError(f"{where}.separator", expected, repr(separator), hint)
    quoted, skipped = source.get("quoted"), source.get("skip_rows", ())
    quoted = True if quoted is None else quoted
    if not isinstance(quoted, bool):
        raise InputError(f"{where}.quoted", "true or false", repr(quoted))
    numbers = [skipped] if isinstance(skipped, int) else skipped
    if not isinstance(numbers, list | tuple) or not all(
        isinstance(n, int) and not isinstance(n, bool) and n >= (not isinstance(skipped, int))
        for n in numbers
    ):
        expected = "numbers of rows counted from 1, or how many at the top"
        raise InputError(f"{where}.skip_rows", expected, repr(skipped))
    return Layout(separator, quoted, source.get("encoding", "utf-8"), skipped)
