"""Reading delimited text so that whatever is wrong with the file is said with its name and row."""

import csv
from contextlib import contextmanager

import numpy as np
import pandas as pd

from proda.errors import InputError

__all__ = ["read_register", "readable_text", "require_numbers", "without_mark"]


@contextmanager
def readable_text(path, encoding="utf-8", hint=None):
    """Turn the errors of reading a text table into InputError; hint: for a wrong encoding."""
    try:
        yield
    except FileNotFoundError:
        raise InputError(path, "a readable file", "no such file") from None
    except OSError as error:
        raise InputError(path, "a readable file", error.strerror or str(error)) from None
    except pd.errors.EmptyDataError:
        raise InputError(path, "a delimited text table", "an empty file") from None
    except (pd.errors.ParserError, csv.Error) as error:
        raise InputError(path, "a delimited text table", str(error).strip()) from None
    except UnicodeDecodeError as error:
        found = f"byte {error.object[error.start]:#x}"
        raise InputError(path, f"text in {encoding}", found, hint) from None
    except LookupError as error:
        if isinstance(error, KeyError | IndexError):
            raise
        raise InputError(f"{path}, encoding", "the name of an encoding", repr(encoding)) from None


def without_mark(encoding):
    """Spreadsheets put a byte order mark before UTF-8, which would stick to the first column."""
    return "utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding


def read_register(path, columns):
    """A comma-separated table of exactly these columns, as text.

    Returns a DataFrame indexed by the line of the file. Raises InputError for other columns and
    for a row with another number of cells.
    """
    with readable_text(path), open(path, newline="", encoding=without_mark("utf-8")) as file:
        reader = csv.reader(file)
        header = next(reader, None)
        rows = [(reader.line_num, row) for row in reader if row]
    if header is None:
        raise InputError(path, "a delimited text table", "an empty file")
    if header != list(columns):
        raise InputError(path, f"columns {', '.join(columns)}", ", ".join(header))
    for line, row in rows:
        if len(row) != len(columns):
            hint = "a text with a comma needs quotes" if len(row) > len(columns) else None
            raise InputError(f"{path} row {line}", f"{len(columns)} cells", f"{len(row)}", hint)
    lines, cells = [line for line, _ in rows], [row for _, row in rows]
    return pd.DataFrame(cells, index=lines, columns=list(columns), dtype=str)


def require_numbers(path, table, names):
    """Turn the columns ``names`` of a table of one row per line into float64, in place.

    Raises InputError naming row and column of the first cell that holds no finite number.
    """
    for name in names:
        numbers = pd.to_numeric(table[name], errors="coerce").astype(np.float64)
        bad = ~np.isfinite(numbers.to_numpy())
        if bad.any():
            place = int(np.flatnonzero(bad)[0])
            text = table[name].iloc[place]
            found = "nothing" if pd.isna(text) or text == "" else repr(text)
            raise InputError(f"{path}, row {place + 2}, {name}", "a number", found)
        table[name] = numbers
