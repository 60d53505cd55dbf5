"""Tables that a user names in the configuration: how they are written, and their cells as text.

All sections that name such a table know the same keys:

separator      one character; by default a comma, in .tsv, .tab and .txt a tab
quoted         whether cells may stand in double quotes (default); if not, all quotes are text
encoding       "utf-8" (default)
decimal        "." (default) or ",", the decimal sign
skip_rows      numbers of the rows to leave out, counted from 1 as editors do, such as a row of
               units below the header; or how many to leave out at the top
sheet          of a workbook (.xlsx) with more than one
missing_values  texts or numbers that mean no value, besides empty, NA, NaN and null
"""

import string
from collections import Counter
from pathlib import Path

import pandas as pd

from proda.data.spreadsheet import is_workbook, read_sheet
from proda.data.text_blocks import read_blocks
from proda.data.text_rows import Layout
from proda.errors import InputError

__all__ = ["TABLE_KEYS", "choose_positions", "read_user_table"]

TABLE_KEYS = (
    "separator", "quoted", "encoding", "decimal", "skip_rows", "sheet", "missing_values",
)  # fmt: skip
_TABS = (".tsv", ".tab", ".txt")
_NO_SEPARATORS = string.ascii_letters + string.digits + "\"'+-.\n\r\0"


def read_user_table(where, path, columns, source, hint=None):
    """A DataFrame of text with the columns ``columns`` {our name: name in the file}.

    where: the section of the configuration, for messages. source: mapping that holds the keys of
    the module, and others. The index is the number of the row minus 2, so that data rows count from
    0. A row of another number of cells than the header, where a stray or forgotten separator may
    have shifted them, is kept and the column ``unreadable`` says so. Raises InputError for a
    setting, a file or a column that cannot be used, a table without rows, and one in which most
    rows, or those below the header, are none of data.
    """
    path = Path(path)
    layout = _layout(where, path, source)
    decimal = source.get("decimal", ".")
    if decimal not in (".", ","):
        raise InputError(f"{where}.decimal", 'a point or a comma, "." or ","', repr(decimal))
    if is_workbook(path):
        choose = choose_positions(path, columns, hint)
        table = read_sheet(path, source.get("sheet"), layout, choose, decimal)
    elif source.get("sheet") is not None:
        expected = "no sheet for a table of text, or a workbook (.xlsx)"
        raise InputError(f"{where}.sheet", expected, f"{source['sheet']!r} and {path}")
    else:
        mark = f"the cells were separated at {layout.separator!r}: is `separator` right?"
        choose = choose_positions(path, columns, hint, mark)
        table = pd.concat(list(read_blocks(path, layout, choose, lenient=True)))
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


def choose_positions(path, columns, hint=None, single=None):
    """What `text_blocks.read_blocks` asks for the positions of ``columns`` in a header.

    hint: for a column that is not there; single: for a header of one name.
    """

    def choose(header):
        times = Counter(header)
        for name, column in columns.items():
            if times[column] > 1:
                raise InputError(path, f"one column {column!r} ({name})", f"{times[column]}")
            if times[column] == 0:
                expected = f"a column {column!r} ({name})"
                found = f"columns {', '.join(text[:40] for text in header)}"
                one = single is not None and len(header) == 1
                raise InputError(path, expected, found, single if one else hint)
        return {name: header.index(column) for name, column in columns.items()}

    return choose


def _layout(where, path, source):
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() != ".gz"]
    tabs = bool(suffixes) and suffixes[-1] in _TABS
    separator = source.get("separator", "\t" if tabs else ",")
    if (
        not isinstance(separator, str)
        or len(separator) != 1
        or not separator.isascii()
        or separator in _NO_SEPARATORS
    ):
        expected = "one character between cells, such as a comma or a semicolon"
        hint = r'a tab is "\t", in double quotes'
        raise InputError(f"{where}.separator", expected, repr(separator), hint)
    quoted, skipped = source.get("quoted", True), source.get("skip_rows", ())
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
