"""How a table is written: separator, decimal sign, encoding, rows that are not data, sheet."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd

from proda.errors import InputError
from proda.inspection.names import HORIZON_ROLES, POINT_ROLES, guess_columns
from proda.text.files import open_text
from proda.text.user_table import is_workbook, read_all_columns
from proda.text.workbook import DAMAGED

__all__ = ["ENDINGS", "SniffedTable", "sniff_table"]

ENDINGS = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm")
"""Endings of names of tables."""

_TABS = (".tsv", ".tab", ".txt")
_ENCODINGS = ("utf-8", "utf-16", "latin-1")
_LINES = 60
_COMMA_NUMBER = r"\s*[-+]?\d+,\d+\s*"
_POINT_NUMBER = r"\s*[-+]?\d+\.\d+\s*"
_NUMBER = r"\s*[-+]?\d+(?:[.,]\d+)?(?:[eE][-+]?\d+)?\s*"
_MISSING = {"", "na", "nan", "null", "none", "-"}


@dataclass(frozen=True)
class SniffedTable:
    """A table and how it is written.

    Attributes
    ----------
    path
        The file.
    keys
        Keys of the configuration that differ from their defaults.
    reasons
        Why, by key.
    table
        All columns as text.
    """

    path: Path
    keys: dict[str, Any]
    reasons: dict[str, str]
    table: pd.DataFrame = field(repr=False)


def sniff_table(path: Path) -> SniffedTable | None:
    """Find out how a table is written; None if it is none with columns of soil data.

    Parameters
    ----------
    path
        The file.
    """
    best: tuple[int, dict[str, Any], dict[str, str]] | None = None
    for keys, reasons, rows in _readings(path):
        header, known = _header(rows)
        if known < 3 or (best is not None and known <= best[0]):
            continue
        skipped = [*range(1, header + 1), *_below(rows, header)]
        if skipped:
            top_only = skipped == list(range(1, header + 1))
            keys["skip_rows"] = header if top_only else skipped
            reasons["skip_rows"] = "rows that hold neither names nor data"
        best = (known, keys, reasons)
    if best is None:
        return None
    _, keys, reasons = best
    try:
        return SniffedTable(path, keys, reasons, read_all_columns("source", path, keys))
    except InputError:
        return None


def _readings(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, str], list[list[str]]]]:
    """Possible settings of a table, why, and the cells of its first rows."""
    if is_workbook(path):
        yield from _sheets(path)
        return
    for encoding in _ENCODINGS:
        try:
            with open_text(path, encoding) as file:
                lines = [line.rstrip("\n") for _, line in zip(range(_LINES), file, strict=False)]
                for _ in file:  # the whole file must be of this encoding
                    pass
            break
        except InputError:
            continue
    else:
        return
    keys: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    if encoding != "utf-8":
        keys["encoding"], reasons["encoding"] = encoding, "the file is no text in UTF-8"
    usual = "\t" if path.suffix.lower() in _TABS else ","
    for separator in dict.fromkeys([usual, ",", ";", "\t", "|"]):
        rows = list(csv.reader(lines, delimiter=separator))
        own, why = dict(keys), dict(reasons)
        if separator != usual:
            own["separator"], why["separator"] = separator, "what stands between the names"
        cells = Counter(
            "comma" if re.fullmatch(_COMMA_NUMBER, cell) else "point"
            for row in rows
            for cell in row
            if re.fullmatch(_COMMA_NUMBER, cell) or re.fullmatch(_POINT_NUMBER, cell)
        )
        if separator != "," and cells["comma"] > cells["point"]:
            own["decimal"], why["decimal"] = ",", "numbers are written like 12,5"
        yield own, why, rows


def _sheets(path: Path) -> Iterator[tuple[dict[str, Any], dict[str, str], list[list[str]]]]:
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        pages = [page for page in book.worksheets if page.sheet_state == "visible"]
        for page in pages:
            page.reset_dimensions()
            rows = [
                ["" if value is None else str(value) for value in row]
                for row in page.iter_rows(max_row=_LINES, values_only=True)
            ]
            several = len(pages) > 1
            why = {"sheet": f"of {len(pages)} sheets the one with columns of soil data"}
            yield {"sheet": page.title} if several else {}, why if several else {}, rows
    except DAMAGED:
        return


def _header(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """Position of the row with the names, and how many meanings it has."""
    known = [_meanings(row) for row in rows[:30]]
    if not known:
        return 0, 0
    best = max(known)
    return known.index(best), best


def _meanings(row: Sequence[str]) -> int:
    header = [" ".join(cell.split()) for cell in row]
    found = set()
    for roles in (HORIZON_ROLES, POINT_ROLES):
        found |= {role for role, named in guess_columns(header, roles).items() if named}
    return len(found) if sum(map(bool, header)) >= 3 else 0


def _below(rows: Sequence[Sequence[str]], header: int) -> list[int]:
    """Numbers of the rows below the header that hold units or explanations."""
    skipped: list[int] = []
    for position in range(header + 1, min(len(rows), header + 6)):
        cells = [cell.strip() for cell in rows[position]]
        if any(re.fullmatch(_NUMBER, cell) for cell in cells):
            return skipped
        if any(cell.lower() not in _MISSING for cell in cells):
            skipped.append(position + 1)
    return []
