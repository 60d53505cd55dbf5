"""Rows of delimited text: which lines make one, and what its cells are.

Quotes follow RFC 4180 and do no harm beyond it: a cell is quoted if a quote opens it and one closes
it before a separator or the end of a line; in it, two quotes are one. Any other quote is text. A
quoted cell may hold separators, and line breaks if it ends within LONGEST_CELL lines. Where such a
cell would take in a line that is a row by itself, the file can be read in two ways: an error.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from proda.errors import InputError

__all__ = ["LONGEST_CELL", "Layout", "Row", "take_header", "take_row"]

LONGEST_CELL = 100  # lines
_OPEN = re.compile(r'"[^"]*(?:""[^"]*)*\Z')


@dataclass(frozen=True)
class Layout:
    """How a text table is written.

    separator: one ASCII character. quoted: whether cells may stand in quotes; if not, all quotes
    are text. skip_rows: numbers of lines to leave out, counted from 1, or how many at the top.
    errors: what to do with bytes that are no text, as for `open`.
    """

    separator: str = ","
    quoted: bool = True
    encoding: str = "utf-8"
    skip_rows: Any = ()
    errors: str = "strict"

    def skips(self, lines):
        """Whether the lines of these numbers are left out; shape of ``lines``."""
        if isinstance(self.skip_rows, int):
            return np.asarray(lines) <= self.skip_rows
        return np.isin(lines, list(self.skip_rows))


class Row(NamedTuple):
    """Cells of a row. open: a quote opens a cell and no quote closes it; broken: a line break
    stands outside of quoted cells."""

    cells: list
    open: bool = False
    broken: bool = False


def take_row(line_of, first, width, layout):
    """The row that begins in a line: (Row, number of its last line), or None.

    line_of: callable, number of a line -> its text, "" beyond the end of the file, or None if it
    is not yet read; then None is returned. width: cells of the header. An open row is one whose
    quote is text. Raises InputError (found at "line <n>") if two readings are possible.
    """
    row = _parse(line_of(first), layout)
    if not row.open:
        return row, first
    is_row = _is_row(line_of(first), width, layout)
    rows_within = False
    for last, joined in _longer(line_of, first):
        if joined is None:
            return None
        whole = _parse(joined, layout)
        if whole.broken:
            break
        like_row = _is_row(line_of(last), width, layout)
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


def take_header(line_of, first, layout):
    """As `take_row` for the header; names may be broken into lines, as spreadsheets do."""
    row = _parse(line_of(first), layout)
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


def _is_row(text, width, layout):
    """Whether a line has the cells of a row, its quotes being text or not."""
    cells = max(len(_parse(text, layout).cells), text.count(layout.separator) + 1)
    return cells >= max(width, 2)


def _longer(line_of, first):
    """Pairs of a further line's number and the text up to it; None for what is not yet read."""
    joined = line_of(first)
    for last in range(first + 1, first + LONGEST_CELL):
        more = line_of(last)
        if more is None:
            yield last, None
            return
        joined += "\n" + more
        yield last, joined


@cache
def _cell(separator):
    mark = re.escape(separator)
    return re.compile(rf'"([^"]*(?:""[^"]*)*)"(?={mark}|\Z)|([^{mark}]*)')


def _parse(text, layout):
    mark = layout.separator
    if not layout.quoted or '"' not in text:
        return Row(text.split(mark), broken="\n" in text)
    cells, place, broken = [], 0, False
    while True:
        match = _cell(mark).match(text, place)
        inner, plain = match.groups()
        if inner is None and plain.startswith('"') and _OPEN.match(text, place):
            return Row(cells + text[place:].split(mark), open=True)
        broken = broken or (inner is None and "\n" in plain)
        cells.append(plain if inner is None else inner.replace('""', '"'))
        if match.end() == len(text):
            return Row(cells, broken=broken)
        place = match.end() + 1
