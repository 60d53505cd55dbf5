"""Small tables of text, published ones or resources of the library, read as a whole."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from proda.errors import InputError
from proda.text.blocks import Choose
from proda.text.frames import read_frame
from proda.text.rows import Layout

__all__ = ["choose_positions", "read_columns", "read_register", "require_numbers"]

COMMAS = Layout()


def read_columns(
    path: str | Path, columns: Sequence[str], layout: Layout = COMMAS, extra: bool = True
) -> pd.DataFrame:
    """Read a table that has at least the named columns, as text.

    Parameters
    ----------
    path
        The file.
    columns
        Names of columns it must have.
    layout
        How it is written; by default separated by commas.
    extra
        Whether to return its other columns too.

    Returns
    -------
    pandas.DataFrame
        Text, indexed by the line of the file, with the columns in the order of the file.

    Raises
    ------
    InputError
        For a column that is absent or occurs twice, and for a row with another number of cells than
        the header.
    """

    def choose(header: list[str]) -> dict[str, int]:
        lacking = [name for name in columns if name not in header]
        if lacking:
            found = f"no {', '.join(lacking)} among {', '.join(name[:40] for name in header)}"
            raise InputError(path, f"columns {', '.join(columns)}", found)
        wanted = header if extra else [name for name in header if name in columns]
        for name in wanted:
            if header.count(name) > 1:
                raise InputError(path, f"one column {name!r}", f"{header.count(name)}")
        return {name: header.index(name) for name in wanted}

    return _whole(path, layout, choose)


def read_register(
    path: str | Path, columns: Sequence[str], optional: Sequence[str] = ()
) -> pd.DataFrame:
    """Read a comma-separated table of exactly these columns, as `read_columns`; blanks are kept.

    Parameters
    ----------
    path
        The file.
    columns
        Names of its columns.
    optional
        Names of columns behind them, of which a table may have the first few or none.
    """

    def choose(header: list[str]) -> dict[str, int]:
        if header not in [[*columns, *optional[:n]] for n in range(len(optional) + 1)]:
            raise InputError(path, f"columns {', '.join(columns)}", ", ".join(header))
        return {name: place for place, name in enumerate(header)}

    return _whole(path, COMMAS, choose, strip=False)


def _whole(path: str | Path, layout: Layout, choose: Choose, strip: bool = True) -> pd.DataFrame:
    table = read_frame(path, layout, choose, strip=strip)
    return table.drop(columns="unreadable").set_axis(table.index + 2)


def require_numbers(path: str | Path, table: pd.DataFrame, names: Iterable[str]) -> None:
    """Convert columns of a table of `read_columns` to float64, in place.

    Parameters
    ----------
    path
        File of the table, for the message.
    table
        Changed in place.
    names
        Columns that hold numbers.

    Raises
    ------
    InputError
        For a cell without a finite number; names line and column of the first.
    """
    for name in names:
        numbers = pd.to_numeric(table[name], errors="coerce").astype(np.float64)
        bad = ~np.isfinite(numbers.to_numpy())
        if bad.any():
            place = int(np.flatnonzero(bad)[0])
            text = table[name].iloc[place]
            found = "nothing" if text == "" else repr(text[:40])
            raise InputError(f"{path}, row {table.index[place]}, {name}", "a number", found)
        table[name] = numbers


def choose_positions(
    path: str | Path,
    columns: Mapping[str, str],
    hint: str | None = None,
    single: str | None = None,
) -> Choose:
    """The function with which `proda.text.blocks.read_blocks` finds columns in a header.

    Parameters
    ----------
    path
        The file, for messages.
    columns
        Names in the file by the caller's names.
    hint
        Hint for a column that is not in the header.
    single
        Hint if the header has one name only.

    Returns
    -------
    callable
        It raises InputError for a column that is absent or occurs twice.
    """

    def choose(header: list[str]) -> dict[str, int]:
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
