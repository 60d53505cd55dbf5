"""Sheets of workbooks (.xlsx) as tables of text, each cell as its stored value would be typed.

A number keeps all its digits, however the sheet is formatted. Where the sheet shows what its file
does not contain, there is an error or an unreadable cell: a formula whose result was not stored,
and a number shown in percent (35 % is stored as 0.35), which keeps its sign.
"""

import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from proda.errors import InputError
from proda.text.blocks import Choose
from proda.text.rows import Layout

__all__ = ["DAMAGED", "read_sheet"]

DAMAGED = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError, KeyError, IndexError,
    ValueError, TypeError, AttributeError, EOFError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What openpyxl raises for files that are damaged or no workbooks."""


def read_sheet(
    path: str | Path, sheet: str | int | None, layout: Layout, choose: Choose, decimal: str
) -> pd.DataFrame:
    """Read a sheet as text, as `proda.text.frames.read_frame`.

    Parameters
    ----------
    path
        The workbook.
    sheet
        Name of the sheet, or its number from 1 among the visible ones; None for the only one.
    layout
        Of it only the rows to skip.
    choose
        Chooses columns by the header.
    decimal
        Decimal sign with which numbers are written as text.

    Raises
    ------
    InputError
        For a workbook, a sheet or a cell that cannot be read.
    """
    rows = _rows(path, sheet, decimal)
    rows = [(n, cells) for n, cells in rows if any(cells) and not layout.skips(n)]
    if not rows:
        raise InputError(path, "a table", "an empty sheet")
    header = [" ".join(name.split()) for name in rows[0][1]]
    while not header[-1]:
        header.pop()
    places, width = choose(header), len(header)
    table: dict[str, list[str]] = {
        name: [cells[place] if place < len(cells) else "" for _, cells in rows[1:]]
        for name, place in places.items()
    }
    surplus = [any(cells[width:]) for _, cells in rows[1:]]
    table["unreadable"] = ["more cells than the header" * more for more in surplus]
    return pd.DataFrame(table, index=np.array([n - 2 for n, _ in rows[1:]], dtype=int), dtype=str)


def _rows(path: str | Path, sheet: str | int | None, decimal: str) -> list[tuple[int, list[str]]]:
    """[(number of the row, texts of its cells)] of a sheet."""
    try:
        with Path(path).open("rb") as file, Path(path).open("rb") as again:
            values = openpyxl.load_workbook(file, read_only=True, data_only=True)
            formulas = openpyxl.load_workbook(again, read_only=True)
            name = _sheet(path, values, sheet)
            for book in (values, formulas):
                # Some programs store a wrong size.
                book[name].reset_dimensions()
            pairs = zip(values[name].iter_rows(), formulas[name].iter_rows(), strict=True)
            return [
                (n, [_text(path, name, n, k, *cells, decimal)
                     for k, cells in enumerate(zip(*row, strict=True), start=1)])
                for n, row in enumerate(pairs, start=1)
            ]  # fmt: skip
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(path, "a readable file", "no such file") from None
    except OSError as error:
        raise InputError(path, "a readable file", error.strerror or str(error)) from None
    except DAMAGED as error:
        found = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        hint = "open it in a spreadsheet program and save it again, without a password, or as csv"
        raise InputError(path, "a workbook (.xlsx)", found, hint) from None


def _sheet(path: str | Path, book: openpyxl.Workbook, sheet: str | int | None) -> str:
    """Name of the sheet to read; InputError if there is no such one, or more than one."""
    shown = [page.title for page in book.worksheets if page.sheet_state == "visible"]
    found = f"sheets {', '.join(map(repr, shown)) or 'none'}"
    if isinstance(sheet, int):
        if sheet > len(shown):
            hint = "counted from 1; a name that is a number is written in quotes"
            raise InputError(path, f"a sheet number {sheet}", found, hint)
        return shown[sheet - 1]
    if sheet is None and len(shown) == 1:
        return shown[0]
    if sheet is None or sheet not in [page.title for page in book.worksheets]:
        expected = "the name or number of a sheet" if sheet is None else f"a sheet {sheet!r}"
        raise InputError(path, expected, found, "set `sheet`")
    return sheet


def _text(
    path: str | Path, sheet: str, row: int, column: int, cell: Any, formula: Any, decimal: str
) -> str:
    """A cell as text; cell and formula are cells of openpyxl, which has no common type of them."""
    value = cell.value
    if value is None:
        if formula.value is not None:
            raise InputError(
                f"{path}, sheet {sheet!r}, {get_column_letter(column)}{row}",
                "a value",
                "a formula without a stored result",
                "open it in a spreadsheet program and save it again",
            )
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        whole = float(value).is_integer() and abs(value) < 1e15
        text = str(int(value)) if whole else repr(value).replace(".", decimal)
        return text + "%" * ("%" in (cell.number_format or ""))
    return str(value).strip()
