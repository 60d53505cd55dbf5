"""Reading delimited text in blocks, so that no cell is shifted and no line lost.

Lines are found and their cells counted with numpy; those that need more (quotes, another number of
cells than the header) are parsed one by one. pandas, which shifts and drops what it does not
expect, is left to split lines of the right number of cells, and knows no quotes.
"""

import io
import logging

import numpy as np
import pandas as pd

from proda.errors import InputError
from proda.text.files import open_text
from proda.text.rows import LONGEST_CELL, take_header, take_row

__all__ = ["read_blocks"]

BLOCK_CHARACTERS = 2**24
_NEWLINE, _QUOTE = b'\n"'

logger = logging.getLogger(__name__)


def read_blocks(path, layout, choose, *, lenient=False, strip=True):
    """Yield DataFrames of text, one row per row of the file, until its end; at least one.

    layout: `text_rows.Layout`. choose: callable that takes the names in the header and returns
    {our name: position}, or raises InputError. The index is the number of the line on which the row
    begins, minus 2; a column ``unreadable`` is empty. Rows of blank cells are left out.
    lenient: a row of another number of cells than the header is kept and ``unreadable`` says so;
    otherwise it raises InputError that names the line. strip: take blanks off the cells.
    Raises InputError for a file that is no text table, too.
    """
    with open_text(path, layout.encoding, layout.errors) as file:
        yield from _Reader(path, file, layout, lenient, strip).blocks(choose)


class _Reader:
    """A file that is being read: ``rest`` is what no row was made of yet, from line ``line`` on."""

    def __init__(self, path, file, layout, lenient, strip):
        self.path, self.file, self.layout = path, file, layout
        self.lenient, self.strip = lenient, strip
        self.rest, self.line, self.at_end = b"", 1, False
        self.lone_quotes = []

    def blocks(self, choose):
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

    def _fill(self):
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

    def _text(self, raw):
        return raw.decode("utf-8", self.layout.errors)

    def _header(self):
        lines = _Lines(self)
        for first in range(self.line, self.line + len(lines)):
            if not self.layout.skips(first) and lines(first).strip():
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

    def _block(self):
        """The rows in ``rest`` but those at its end that may go on in what is not yet read."""
        lines = _Lines(self)
        odd, quoted = self._examine(lines)
        keep = np.ones(len(lines), dtype=bool)
        pieces, rows, begin, following, first = [], {}, 0, self.line, self.line
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
        frame = self._frame(b"".join(pieces), numbers, rows, quoted)
        self.rest, self.line = self.rest[end:], end_line
        return frame

    def _examine(self, lines):
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

    def _row(self, lines, number):
        """(cells chosen and what is wrong with them, or None for no row; number of the last line).

        None if the row may go on in what is not yet read.
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
        return ([cells[place] for place in self.places.values()], note), last

    def _refuse(self, number, found):
        more = found > self.width
        raise InputError(
            f"{self.path}, line {number}",
            f"{self.width} cells, as in the header",
            f"{found}",
            "a text with a separator in it needs quotes" if more else "a line cut off or broken?",
        )

    def _filler(self):
        """A line for pandas in the place of one that was parsed already."""
        return (self.layout.separator.join("x" * self.width) + "\n").encode("ascii")

    def _frame(self, data, numbers, rows, quoted):
        names, places = list(self.places), list(self.places.values())
        if not len(numbers) or not names:
            return pd.DataFrame(columns=[*names, "unreadable"], index=numbers - 2, dtype=str)
        table = pd.read_csv(
            io.BytesIO(data),
            sep=self.layout.separator,
            header=None,
            usecols=sorted(set(places)),
            dtype=str,
            na_filter=False,
            quoting=3,
            skip_blank_lines=False,
            encoding_errors=self.layout.errors,
        )
        columns = {name: table[place].to_numpy(object) for name, place in self.places.items()}
        unreadable = np.full(len(numbers), "", dtype=object)
        for place in set(places) & set(quoted[:, 1].tolist()):
            hit = np.isin(numbers, quoted[quoted[:, 1] == place, 0])
            for name in (name for name in names if self.places[name] == place):
                columns[name][hit] = [_unquoted(text) for text in columns[name][hit]]
        for at, (cells, note) in zip(
            np.searchsorted(numbers, list(rows)), rows.values(), strict=True
        ):
            unreadable[at] = note
            for name, cell in zip(names, cells, strict=True):
                columns[name][at] = cell
        if self.strip:
            columns = {name: list(map(str.strip, texts)) for name, texts in columns.items()}
        frame = pd.DataFrame(columns, index=numbers - 2, dtype=str)
        return frame.assign(unreadable=pd.Series(unreadable, index=frame.index, dtype=str))


class _Lines:
    """The whole lines of a reader's rest, by number: called, their text as `take_row` wants it."""

    def __init__(self, reader):
        self.reader, self.first = reader, reader.line
        codes = np.frombuffer(reader.rest, np.uint8)
        is_mark = (codes == ord(reader.layout.separator)) | (codes == _NEWLINE)
        # Ends of cells, the places in it of the ends of lines, and these themselves.
        self.marks = np.flatnonzero(is_mark)
        self.breaks = np.flatnonzero(codes[self.marks] == _NEWLINE)
        self.ends = self.marks[self.breaks]
        self.starts = np.concatenate([[0], self.ends + 1])[: len(self.ends)]

    def __len__(self):
        return len(self.ends)

    def __call__(self, number):
        i = number - self.first
        if i < len(self):
            return self.reader._text(self.reader.rest[self.starts[i] : self.ends[i]])
        return "" if self.reader.at_end else None

    def begin(self, number):
        i = number - self.first
        return int(self.starts[i]) if i < len(self) else len(self.reader.rest)

    def end(self, number):
        return self.begin(number + 1)


def _unquoted(text):
    inner = text[1:-1]
    return inner.replace('""', '"') if '"' not in inner.replace('""', "") else text
