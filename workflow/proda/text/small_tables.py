"""Small tables of text as they are published or come with the workflow, read as a whole."""

from collections import Counter

import numpy as np
import pandas as pd

from proda.errors import InputError
from proda.text.frames import read_frame
from proda.text.rows import Layout

__all__ = ["choose_positions", "read_columns", "read_register", "require_numbers"]


def read_columns(path, columns, layout=Layout(), extra=True):  # noqa: B008
    """A table that has at least the named columns, as text.

    layout: `text_rows.Layout`; comma-separated by default. extra: whether to return its other
    columns too. Returns a DataFrame indexed by the line of the file, with columns as in the file.
    Raises InputError for a column that is absent or stands twice, and for a row with another number
    of cells than the header.
    """

    def choose(header):
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


def read_register(path, columns):
    """A comma-separated table of exactly these columns, as `read_columns`; blanks are kept."""

    def choose(header):
        if header != list(columns):
            raise InputError(path, f"columns {', '.join(columns)}", ", ".join(header))
        return {name: place for place, name in enumerate(header)}

    return _whole(path, Layout(), choose, strip=False)


def _whole(path, layout, choose, strip=True):
    table = read_frame(path, layout, choose, strip=strip)
    return table.drop(columns="unreadable").set_axis(table.index + 2)


def require_numbers(path, table, names):
    """Turn the columns ``names`` of a table of `read_columns` into float64, in place.

    Raises InputError naming line and column of the first cell that holds no finite number.
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
