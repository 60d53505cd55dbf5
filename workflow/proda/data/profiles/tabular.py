"""What the readers of profiles share: their settings, their columns, and what they return."""

import difflib
from typing import NamedTuple

import pandas as pd

from proda.errors import InputError
from proda.text.frames import read_frames
from proda.text.numbers import MISSING, to_flags, to_numbers
from proda.text.small_tables import choose_positions

__all__ = [
    "MISSING",
    "RawTables",
    "check_keys",
    "choose_columns",
    "read_chunks",
    "to_flags",
    "to_numbers",
]


class RawTables(NamedTuple):
    """What every reader returns; the columns are those of the package's docstring."""

    profiles: pd.DataFrame
    horizons: pd.DataFrame


def check_keys(where, settings, allowed):
    """Raise InputError for a key of ``settings`` that is not in ``allowed``: a typo is an error."""
    for key in settings:
        if key not in allowed:
            nearest = difflib.get_close_matches(str(key), allowed, n=1, cutoff=0.0)
            hint = f"did you mean {nearest[0]!r}?"
            raise InputError(where, f"keys among {', '.join(allowed)}", repr(key), hint)


def choose_columns(where, defaults, changes, optional=()):
    """Merge ``changes`` {our name: name in the file or None} into the default names.

    None says that the source has no such column; only those in ``optional`` may be None.
    Raises InputError for an unknown name.
    """
    changes = changes or {}
    check_keys(where, changes, defaults)
    for name, column in changes.items():
        if column is None and name not in optional:
            raise InputError(f"{where}.{name}", "the name of a column", None)
    merged = {**defaults, **changes}
    return {name: column for name, column in merged.items() if column is not None}


def read_chunks(path, columns, layout, hint=None):
    """Yield data frames of text with the columns ``columns`` {our name: name in the file}.

    For large tables written by machines: only the named columns are kept. The index is the line of
    the file minus 2, so that data rows count from 0; a column ``unreadable`` is empty. Raises
    InputError if the file or a column is missing, the text cannot be decoded, or a row has another
    number of cells than the header.
    """
    yield from read_frames(path, layout, choose_positions(path, columns, hint))
