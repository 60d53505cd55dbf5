"""Reading delimited text in blocks, so that no cell is shifted and no line lost.

Lines are found and their cells counted with numpy; those that need more (quotes, another number of
cells than the header) are parsed one by one, all others are split at the separator. pandas, which
shifts and drops what it does not expect, is not involved.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import NamedTuple, NoReturn, TextIO, TypeAlias

import numpy as np
import numpy.typing as npt

from proda.errors import InputError
from proda.text.files import open_text
from proda.text.rows import LONGEST_CELL, Layout, take_header, take_row

__all__ = ["Block", "Choose", "read_blocks"]

Choose: TypeAlias = Callable[[list[str]], dict[str, int]]
"""Takes the names in a header, returns the positions of columns by the caller's names of them, or
raises InputError."""

BLOCK_CHARACTERS = 2**24
_NEWLINE, _QUOTE = b'\n"'
_Objects: TypeAlias = npt.NDArray[np.object_]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive rows of a text table.

    Attributes
    ----------
    lines
        Number of the line on which each row begins, counted from 1.
    cells
        Texts of each chosen column.
    unreadable
        What is wrong with each row; empty for all that are right.
    """

    lines: npt.NDArray[np.int64]
    cells: dict[str, _Objects]
    unreadable: _Objects

    def __len__(self) -> int:
        return len(self.lines)


def read_blocks(
    path: str | Path, layout: Layout, choose: Choose, *, lenient: bool = False, strip: bool = True
) -> Iterator[Block]:
    """Yield the rows of a text table in blocks, at least one; rows of blank cells are skipped.

    Parameters
    ----------
    path
        File of text, possibly packed by gzip.
    layout
        How it is written.
    choose
        Chooses columns by the header.
    lenient
        Keep a row of another number of cells than the header and note it in ``unreadable``;
        otherwise such a row is an error.
    strip
        Remove blanks around the cells.

    Raises
    ------
    InputError
        For a file that is no text table, and for a row that cannot be read, with its line.
    """
    with open_text(path, layout.encoding, layout.errors) as file:
        yield from _Reader(path, file, layout, lenient, strip).blocks(choose)


class _Reader:
    """A file that is being read: ``rest``, from ``line`` on, is not yet split into rows."""

    def __init__(
        self, path: str | Path, file: TextIO, layout: Layout, lenient: bool, strip: bool
    ) -> None:
        self.path, self.file, self.layout = path, file, layout
        self.lenient, self.strip = lenient, strip
        self.rest, self.line, self.at_end = b"", 1, False
        self.lone_quotes: list[int] = []
        self.places: dict[str, int] = {}

    def blocks(self, choose: Choose) -> Iterator[Block]:
        # A header may be broken into lines.
        self._fill()
        while not self.at_end and self.rest.count(b"\n") <= LONGEST_CELL:
            self._fill()
        self.places = choose(self._header())
        yield self._block()
        while not self.at_end:
            self._fill()
            yield self._block()
        if self.lone_quotes:
            logger.warning(
                "%s: in %d rows a quote opens a cell and none closes it; it is read as text, first "
                "in line %d",
                self.path,
                len(self.lone_quotes),
                self.lone_quotes[0],
            )

    def _fill(self) -> None:
        """Read more whole lines; the last of the file gets a line break if it has none."""
        text = self.file.read(BLOCK_CHARACTERS)
        self.at_end = len(text) < BLOCK_CHARACTERS
        text += self.file.readline()
        if text and not text.endswith("\n"):
            text += "\n"
        self.rest += text.encode("utf-8", self.layout.errors)
        if b"\0" in self.rest:
            line = self.line + self.rest[: self.rest.index(b"\0")].count(b"\n")
            hint = "a damaged file, or another encoding?"
            raise InputError(f"{self.path}, line {line}", "text", "a NUL character", hint)

    def text(self, raw: bytes) -> str:
        return raw.decode("utf-8", self.layout.errors)

    def _header(self) -> list[str]:
        lines = _Lines(self)
        for first in range(self.line, self.line + len(lines)):
            if not self.layout.skips(first) and (lines(first) or "").strip():
                break
        else:
            found = "no line but those of skip_rows" if self.layout.skip_rows else "an empty file"
            raise InputError(self.path, "a delimited text table", found)
        row, last = take_header(lines, first, self.layout)
        # Spreadsheets break long names into lines, and write separators for columns left empty.
        names = [" ".join(name.split()) for name in row.cells]
        self.width = len(names)
        while len(names) > 1 and not names[-1]:
            names.pop()
        self.named = len(names)
        self.rest, self.line = self.rest[lines.end(last) :], last + 1
        return names

    def _block(self) -> Block:
        """The rows in ``rest`` except those at its end that may continue behind it."""
        lines = _Lines(self)
        odd, quoted = self._examine(lines)
        keep = np.ones(len(lines), dtype=bool)
        pieces: list[bytes] = []
        rows: dict[int, _Parsed] = {}
        begin, following, first = 0, self.line, self.line
        end_line = self.line + len(lines)
        for number in (np.flatnonzero(odd) + first).tolist():
            if number < following:
                continue
            taken = self._row(lines, number)
            if taken is None:
                end_line = number
                break
            row, last = taken
            pieces.append(self.rest[begin : lines.begin(number)])
            begin, following = lines.end(last), last + 1
            keep[number - first : following - first] = False
            if row is not None:
                keep[number - first] = True
                rows[number] = row
                pieces.append(self._filler())
        end = lines.begin(end_line)
        pieces.append(self.rest[begin:end])
        numbers = np.flatnonzero(keep[: end_line - first]) + first
        block = self._cells(b"".join(pieces), numbers, rows, quoted)
        self.rest, self.line = self.rest[end:], end_line
        return block

    def _examine(self, lines: "_Lines") -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
        """Which lines need to be parsed, and (line, position) of the quoted cells of the others."""
        counts = np.diff(lines.breaks, prepend=-1) - 1
        # A line of nothing but separators is blank.
        odd = (counts != self.width - 1) | (lines.ends - lines.starts == counts)
        odd |= self.layout.skips(self.line + np.arange(len(lines)))
        if not self.layout.quoted:
            return odd, np.empty((0, 2), dtype=np.int64)
        codes = np.frombuffer(self.rest, np.uint8)
        quotes = np.flatnonzero(codes == _QUOTE)
        # The first has the final line break before it.
        opening = quotes[np.isin(codes[quotes - 1], (ord(self.layout.separator), _NEWLINE))]
        cell = np.searchsorted(lines.marks, opening)
        line = np.searchsorted(lines.breaks, cell)
        column = cell - np.concatenate([[0], lines.breaks + 1])[line]
        ends = lines.marks[cell]
        # Two quotes at the end may be one that is text, and the cell go on: not decided here.
        size = ends - opening
        whole = (codes[ends - 1] == _QUOTE) & (size > 1)
        whole &= (codes[ends - 2] != _QUOTE) | (size == 2)
        odd[line[~whole]] = True
        return odd, np.column_stack([line + self.line, column])[whole]

    def _row(self, lines: "_Lines", number: int) -> tuple["_Parsed | None", int] | None:
        """The row that begins in a line, None for a blank one, and the number of its last line.

        None if the row may continue in what is not yet read.
        """
        if self.layout.skips(number):
            return None, number
        try:
            taken = take_row(lines, number, self.width, self.layout)
        except InputError as error:
            where = f"{self.path}, {error.where}"
            raise InputError(where, error.expected, error.found, error.hint) from None
        if taken is None:
            return None
        (cells, lone, _), last = taken
        if not any(cell.strip() for cell in cells):
            return None, last
        if lone:
            self.lone_quotes.append(number)
        note = ""
        # Blank cells too many count as well: they may be what a shifted row ends with.
        if len(cells) not in (self.named, self.width):
            note = f"{'more' if len(cells) > self.width else 'fewer'} cells than the header"
            if not self.lenient:
                self._refuse(number, len(cells))
        cells = (cells + [""] * self.width)[: self.width]
        return _Parsed([cells[place] for place in self.places.values()], note), last

    def _refuse(self, number: int, found: int) -> NoReturn:
        more = found > self.width
        raise InputError(
            f"{self.path}, line {number}",
            f"{self.width} cells, as in the header",
            f"{found}",
            "a text with a separator in it needs quotes" if more else "a line cut off or broken?",
        )

    def _filler(self) -> bytes:
        """A line in the place of one that was parsed already."""
        return (self.layout.separator.join("x" * self.width) + "\n").encode("ascii")

    def _cells(
        self,
        data: bytes,
        numbers: npt.NDArray[np.int64],
        rows: "dict[int, _Parsed]",
        quoted: npt.NDArray[np.int64],
    ) -> Block:
        """A block of the lines of ``data``, which begin in the lines ``numbers`` of the file.

        rows: those already parsed, by the number of their line. quoted: (line, position) of the
        quoted cells of the others.
        """
        columns = dict(zip(self.places, self._split(data, len(numbers)), strict=True))
        for place in set(self.places.values()) & set(quoted[:, 1].tolist()):
            hit = np.isin(numbers, quoted[quoted[:, 1] == place, 0])
            for name in (name for name in self.places if self.places[name] == place):
                columns[name][hit] = [_unquoted(text) for text in columns[name][hit]]
        unreadable = np.full(len(numbers), "", dtype=object)
        for at, row in zip(
            np.searchsorted(numbers, list(rows)).tolist(), rows.values(), strict=True
        ):
            unreadable[at] = row.unreadable
            for name, cell in zip(self.places, row.cells, strict=True):
                columns[name][at] = cell
        if self.strip:
            columns = {name: _objects(list(map(str.strip, c))) for name, c in columns.items()}
        return Block(numbers, columns, unreadable)

    def _split(self, data: bytes, n: int) -> list[_Objects]:
        """Texts of each chosen column in ``n`` lines of as many cells as the header."""
        places, mark = list(self.places.values()), self.layout.separator
        if not places or not n:
            return [_objects([]) for _ in places]
        chosen, last = itemgetter(*places), max(places) + 1
        lines = self.text(data).split("\n")[:n]
        picked = [chosen(line.split(mark, last)) for line in lines]
        columns = zip(*picked, strict=True) if len(places) > 1 else [picked]
        return [_objects(texts) for texts in columns]


class _Parsed(NamedTuple):
    """The chosen cells of a row that was parsed by itself, and what is wrong with it."""

    cells: list[str]
    unreadable: str


class _Lines:
    """The whole lines of a reader's rest, by number; a call gives their text, as for `take_row`."""

    def __init__(self, reader: _Reader) -> None:
        self.reader, self.first = reader, reader.line
        codes = np.frombuffer(reader.rest, np.uint8)
        is_mark = (codes == ord(reader.layout.separator)) | (codes == _NEWLINE)
        # Ends of cells, the places in it of the ends of lines, and these themselves.
        self.marks = np.flatnonzero(is_mark)
        self.breaks = np.flatnonzero(codes[self.marks] == _NEWLINE)
        self.ends = self.marks[self.breaks]
        self.starts = np.concatenate([[0], self.ends + 1])[: len(self.ends)]

    def __len__(self) -> int:
        return len(self.ends)

    def __call__(self, number: int) -> str | None:
        i = number - self.first
        if i < len(self):
            return self.reader.text(self.reader.rest[self.starts[i] : self.ends[i]])
        return "" if self.reader.at_end else None

    def begin(self, number: int) -> int:
        """Position in the rest at which a line begins."""
        i = number - self.first
        return int(self.starts[i]) if i < len(self) else len(self.reader.rest)

    def end(self, number: int) -> int:
        """Position in the rest behind a line."""
        return self.begin(number + 1)


def _objects(texts: Sequence[str]) -> _Objects:
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    return array


def _unquoted(text: str) -> str:
    """The content of a quoted cell; a cell with single quotes inside is text as it stands."""
    inner = text[1:-1]
    return inner.replace('""', '"') if '"' not in inner.replace('""', "") else text
