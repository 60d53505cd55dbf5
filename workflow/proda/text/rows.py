"""Rows of delimited text: which lines belong to a row, and its cells.

Quotes follow RFC 4180, and any other quote is text: a cell is quoted if a quote opens it and one
closes it before a separator or the end of a line; within it, two quotes are one. A quoted cell may
contain separators, and line breaks if it ends within LONGEST_CELL lines. If such a cell would
contain a line that is a row by itself, the file can be read in two ways, which is an error.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from proda.errors import InputError

__all__ = ["LONGEST_CELL", "Layout", "LineOf", "Row", "take_header", "take_row"]

LineOf: TypeAlias = Callable[[int], str | None]
"""Text of the line of a number, "" beyond the end of the file, None if it is not yet read."""

LONGEST_CELL = 100  # lines
_OPEN = re.compile(r'"[^"]*(?:""[^"]*)*\Z')


@dataclass(frozen=True)
class Layout:
    """How a text table is written.

    Attributes
    ----------
    separator
        One ASCII character between cells.
    quoted
        Whether cells may be in double quotes; if not, all quotes are text.
    encoding
        Encoding of the file.
    skip_rows
        Numbers of lines to skip, counted from 1, or how many at the top.
    errors
        How bytes that cannot be decoded are treated, as for `open`.
    """

    separator: str = ","
    quoted: bool = True
    encoding: str = "utf-8"
    skip_rows: int | Collection[int] = ()
    errors: str = "strict"

    def skips(self, lines: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether the lines of these numbers are skipped; same shape."""
        if isinstance(self.skip_rows, int):
            return np.asarray(lines) <= self.skip_rows
        return np.isin(lines, list(self.skip_rows))


class Row(NamedTuple):
    """Cells of a row.

    Attributes
    ----------
    cells
        Texts of the cells.
    open
        Whether a quote opens a cell and no quote closes it.
    broken
        Whether there is a line break outside of quoted cells.
    """

    cells: list[str]
    open: bool = False
    broken: bool = False


def take_row(line_of: LineOf, first: int, width: int, layout: Layout) -> tuple[Row, int] | None:
    """The row that begins in a line.

    Parameters
    ----------
    line_of
        Gives the text of a line.
    first
        Number of the line.
    width
        Number of cells of the header.
    layout
        How the table is written.

    Returns
    -------
    tuple or None
        The row and the number of its last line; None if a further line is needed that is not yet
        read. The quote of an open row is text.

    Raises
    ------
    InputError
        If two readings are possible; it is located at "line <n>".
    """
    text = line_of(first) or ""
    row = _parse(text, layout)
    if not row.open:
        return row, first
    is_row = _is_row(text, width, layout)
    rows_within = False
    for last, joined in _longer(line_of, first):
        if joined is None:
            return None
        whole = _parse(joined, layout)
        if whole.broken:
            break
        like_row = _is_row(line_of(last) or "", width, layout)
        if not whole.open:
            # After a break in the first column, the last line is as long as a row.
            if not (rows_within or (is_row and like_row)):
                return whole, last
            if len(whole.cells) == width:
                raise InputError(
                    f"line {first}",
                    "a quoted cell, or a quote that is text",
                    f"one that may open a cell up to line {last}, with whole rows in it",
                    "write a quote that is text twice within quotes; quoted: false if all are text",
                )
            break
        rows_within = rows_within or like_row
    return row, first


def take_header(line_of: LineOf, first: int, layout: Layout) -> tuple[Row, int]:
    """As `take_row` for the header, whose names may be broken into lines, as spreadsheets do."""
    row = _parse(line_of(first) or "", layout)
    if row.open:
        for last, joined in _longer(line_of, first):
            whole = _parse(joined or "", layout)
            if joined is None or whole.broken:
                break
            if not whole.open:
                following = _parse(line_of(last + 1) or "", layout)
                if len(following.cells) == len(whole.cells):
                    return whole, last
                break
    return row, first


def _is_row(text: str, width: int, layout: Layout) -> bool:
    """Whether a line has the cells of a row, its quotes being text or not."""
    cells = max(len(_parse(text, layout).cells), text.count(layout.separator) + 1)
    return cells >= max(width, 2)


def _longer(line_of: LineOf, first: int) -> Iterator[tuple[int, str | None]]:
    """Pairs of a further line's number and the text up to it; None for what is not yet read."""
    joined = line_of(first) or ""
    for last in range(first + 1, first + LONGEST_CELL):
        more = line_of(last)
        if more is None:
            yield last, None
            return
        joined += "\n" + more
        yield last, joined


@cache
def _cell(separator: str) -> re.Pattern[str]:
    mark = re.escape(separator)
    return re.compile(rf'"([^"]*(?:""[^"]*)*)"(?={mark}|\Z)|([^{mark}]*)')


def _parse(text: str, layout: Layout) -> Row:
    mark = layout.separator
    if not layout.quoted or '"' not in text:
        return Row(text.split(mark), broken="\n" in text)
    pattern = _cell(mark)
    cells: list[str] = []
    place, broken = 0, False
    while match := pattern.match(text, place):  # it matches everywhere, an empty cell at least
        inner, plain = match.groups()
        if inner is None and plain.startswith('"') and _OPEN.match(text, place):
            return Row(cells + text[place:].split(mark), open=True)
        broken = broken or (inner is None and "\n" in plain)
        cells.append(plain if inner is None else inner.replace('""', '"'))
        if match.end() == len(text):
            return Row(cells, broken=broken)
        place = match.end() + 1
    raise AssertionError(text)
