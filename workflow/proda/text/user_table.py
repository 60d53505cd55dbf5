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

import logging
import string
from pathlib import Path

import pandas as pd

from proda.errors import InputError
from proda.text.frames import read_frame
from proda.text.numbers import MISSING, to_numbers
from proda.text.rows import Layout
from proda.text.small_tables import choose_positions
from proda.text.workbook import is_workbook, read_sheet

__all__ = ["TABLE_KEYS", "read_numbers", "read_user_table"]

logger = logging.getLogger(__name__)

TABLE_KEYS = (
    "separator", "quoted", "encoding", "decimal", "skip_rows", "sheet", "missing_values",
)  # fmt: skip
_TABS = (".tsv", ".tab", ".txt")
# A column with fewer cells is not judged as a whole.
_SEVERAL = 3
_LIKE_A_NUMBER = r"\s*[-+\N{MINUS SIGN}]?[.,]?\d"
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
        above = "rows above the header are left out with `skip_rows`"
        choose = choose_positions(path, columns, hint, above)
        table = read_sheet(path, source.get("sheet"), layout, choose, decimal)
    elif source.get("sheet") is not None:
        expected = "no sheet for a table of text, or a workbook (.xlsx)"
        raise InputError(f"{where}.sheet", expected, f"{source['sheet']!r} and {path}")
    else:
        mark = (
            f"the cells were separated at {layout.separator!r}: is `separator` right? Lines above "
        )
        mark += "the header are left out with `skip_rows`"
        choose = choose_positions(path, columns, hint, mark)
        table = read_frame(path, layout, choose, lenient=True)
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


def read_numbers(path, table, names, source):
    """Turn the text columns ``names`` of a table of `read_user_table` into float64, in place.

    path, source: as there. A cell that holds no finite number and none of the missing values
    becomes NaN, is written to the column ``unreadable``, and logged. Raises InputError with row and
    text of the first if that is so for most cells of a column, or for all in the first rows, which
    then belong to the header.
    """
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


def _declared(texts, missing):
    """Which cells hold a declared code written otherwise, such as -9999.0 for -9999."""
    codes = pd.to_numeric(pd.Series(missing, dtype=str), errors="coerce").dropna()
    return texts.apply(pd.to_numeric, errors="coerce").isin(codes.tolist())


def _refuse_second_header(path, texts, bad, has_number, source):
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
        f"units or explanations below the header? leave such rows out: skip_rows: {skip}",
    )


def _hint(name, text):
    if name in ("longitude", "latitude") and not set(text) <= set("0123456789.,+- "):
        return "decimal degrees are needed, negative in the west and south, not degrees and minutes"
    if "," in text:
        return 'decimal commas? set `decimal: ","`'
    return "decimal commas, units or signs in the cells?"


def _layout(where, path, source):
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
