"""Tables as csv: the same bytes for the same values, and "NA" is a text like any other.

A text that a spreadsheet would take for a formula is written as `proda.text.formulas` guards it,
and `read_table` returns it as it was.
"""

import csv
import gzip
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from proda.errors import InputError
from proda.files import StrPath, atomic_path
from proda.text.files import open_text
from proda.text.formulas import guarded, unguarded

__all__ = ["read_table", "write_table"]

_DAMAGED = "damaged or edited? remove it, and it is made again"


def write_table(path: StrPath, table: pd.DataFrame, digits: int | None = None) -> None:
    """Write a table as csv without its index; missing values become empty cells.

    Parameters
    ----------
    path
        The file, compressed if its name ends in .gz.
    table
        Columns of numbers and texts.
    digits
        Significant digits of floating-point numbers; None for all.

    Raises
    ------
    OSError
        As `atomic_path`.
    """
    path = Path(path)
    table = _with_texts(table, guarded)
    layout: dict[str, Any] = {"index": False, "lineterminator": "\n"}
    if digits is not None:
        layout["float_format"] = f"%.{digits}g"
    if _has_carriage_return(table):
        # Which would end the line, as nothing else makes csv quote it.
        layout["quoting"] = csv.QUOTE_NONNUMERIC
    with atomic_path(path) as temporary:
        if path.suffix == ".gz":
            # The name and time that gzip would store belong to the temporary file.
            with (
                temporary.open("wb") as file,
                gzip.GzipFile(mode="wb", fileobj=file, filename="", mtime=0) as packed,
            ):
                table.to_csv(packed, **layout)
        else:
            table.to_csv(temporary, **layout)


def read_table(path: StrPath, texts: Iterable[str]) -> pd.DataFrame:
    """Read a table of `write_table`.

    Parameters
    ----------
    path
        The file.
    texts
        Columns of text, in which an empty cell is an empty text and digits are kept; in other
        columns an empty cell is NaN.

    Raises
    ------
    InputError
        For a damaged file.
    """
    _check_rows(path)
    texts = dict.fromkeys(texts)
    types = {guarded(name): str for name in texts}
    table = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
    table = _with_texts(table, unguarded)
    return table.fillna(dict.fromkeys(texts.keys() & set(table), ""))


def _check_rows(path: StrPath) -> None:
    """Raise InputError for a row with another number of cells, which pandas would fill up."""
    with open_text(path) as file:
        reader, width = csv.reader(file, strict=True), None
        try:
            for row in reader:
                width = width or len(row)
                if any("\0" in cell for cell in row):
                    where = f"{path}, line {reader.line_num}"
                    raise InputError(where, "text", "a NUL character", _DAMAGED)
                if row and len(row) != width:
                    expected = f"{width} cells, as in the header"
                    where = f"{path}, line {reader.line_num}"
                    raise InputError(where, expected, f"{len(row)}", _DAMAGED)
        except csv.Error as error:
            where = f"{path}, line {reader.line_num}"
            raise InputError(where, "a row as they are written", str(error), _DAMAGED) from None
    if width is None:
        raise InputError(path, "a delimited text table", "an empty file", _DAMAGED)


def _with_texts(table: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """Return the table with names of columns and cells of text changed."""
    columns = [change(name) for name in table.columns]
    changed = {}
    for place, column in enumerate(table.columns):
        cells = table.iloc[:, place]
        if not _is_text(cells):
            continue
        # Columns have many cells but few different texts.
        others = {text: change(text) for text in _texts(cells) if change(text) != text}
        if others:
            changed[column] = cells.astype(object).map(lambda v, o=others: o.get(v, v))
    if not changed and columns == list(table.columns):
        return table
    return table.assign(**changed).set_axis(columns, axis=1)


def _is_text(cells: pd.Series) -> bool:
    return not (pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_bool_dtype(cells))


def _texts(cells: pd.Series) -> list[str]:
    return [value for value in cells.dropna().unique() if isinstance(value, str)]


def _has_carriage_return(table: pd.DataFrame) -> bool:
    names = [str(name) for name in table.columns]
    texts = [text for _, cells in table.items() if _is_text(cells) for text in _texts(cells)]
    return any("\r" in text for text in names + texts)
