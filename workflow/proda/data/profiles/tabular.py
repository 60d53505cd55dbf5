"""Shared by the readers of profiles: settings, columns, and the tables they return."""

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import pandas as pd

from proda.errors import InputError
from proda.text.frames import read_frames
from proda.text.numbers import MISSING, to_flags, to_numbers
from proda.text.rows import Layout
from proda.text.small_tables import choose_positions

__all__ = [
    "MISSING",
    "RawTables",
    "Select",
    "check_keys",
    "choose_columns",
    "read_chunks",
    "to_flags",
    "to_numbers",
]


class RawTables(NamedTuple):
    """Tables that every reader returns, with the columns of the package's docstring."""

    profiles: pd.DataFrame
    horizons: pd.DataFrame


Select: TypeAlias = Callable[[pd.DataFrame], pd.Series]
"""Takes ``longitude`` and ``latitude`` by ``profile_id``; returns whose horizons are wanted."""


def check_keys(where: str, settings: Mapping[str, Any], allowed: Collection[str]) -> None:
    """Raise InputError for a key that is not allowed: a typo is an error."""
    for key in settings:
        if key not in allowed:
            nearest = difflib.get_close_matches(str(key), allowed, n=1, cutoff=0.0)
            hint = f"did you mean {nearest[0]!r}?"
            raise InputError(where, f"keys among {', '.join(allowed)}", repr(key), hint)


def choose_columns(
    where: str,
    defaults: Mapping[str, Any],
    changes: Mapping[str, Any] | None,
    optional: Collection[str] = (),
) -> dict[str, Any]:
    """Merge changes into the default names of columns or files.

    Parameters
    ----------
    where
        Section of the configuration, for messages.
    defaults
        Names in the source by our names.
    changes
        Names that differ. None declares that the source has no such column.
    optional
        Our names that may be None.

    Returns
    -------
    dict
        Names in the source by our names, without those that are None.

    Raises
    ------
    InputError
        For an unknown name, and None for one that is not optional.
    """
    changes = changes or {}
    check_keys(where, changes, defaults)
    for name, column in changes.items():
        if column is None and name not in optional:
            raise InputError(f"{where}.{name}", "the name of a column", None)
    merged = {**defaults, **changes}
    return {name: column for name, column in merged.items() if column is not None}


def read_chunks(
    path: str | Path, columns: Mapping[str, str], layout: Layout, hint: str | None = None
) -> Iterator[pd.DataFrame]:
    """Yield blocks of a large table written by a program, as text; only named columns are kept.

    Parameters
    ----------
    path
        The file.
    columns
        Names in the file by our names.
    layout
        How it is written.
    hint
        Hint for a column that is absent.

    Yields
    ------
    pandas.DataFrame
        The index is the line of the file minus 2, so that data rows count from 0; a column
        ``unreadable`` is empty.

    Raises
    ------
    InputError
        If the file or a column is missing, the text cannot be decoded, or a row has another number
        of cells than the header.
    """
    yield from read_frames(path, layout, choose_positions(path, columns, hint))
