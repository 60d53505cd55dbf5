"""Identifiers of profiles: one column, or several where an id is unique only within a data set."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from proda.errors import InputError

__all__ = ["profile_ids", "refuse_many_places", "single_columns"]

# A few ids with rows at different places are errors of these; more than this fraction is an error
# of the column, unless there are too few ids to judge.
_MANY, _FEW = 0.1, 3
_JOINT = "/"


def single_columns(columns: Mapping[str, Any], where: str = "source") -> dict[str, str]:
    """Columns with a list for profile_id replaced by profile_id_1, profile_id_2, ...

    Parameters
    ----------
    columns
        Names in the file by our names; that of profile_id may be a list.
    where
        Section of the configuration, for messages.

    Raises
    ------
    InputError
        For a name that is not a text, and an empty list.
    """
    for name, column in columns.items():
        if name != "profile_id" and not isinstance(column, str):
            raise InputError(f"{where}.columns.{name}", "the name of one column", repr(column))
    named = columns["profile_id"]
    if not isinstance(named, list | tuple):
        return dict(columns)
    if not named or not all(isinstance(name, str) for name in named):
        raise InputError(f"{where}.columns.profile_id", "names of columns", repr(named))
    parts = {f"profile_id_{k}": name for k, name in enumerate(named, start=1)}
    return parts | {name: column for name, column in columns.items() if name != "profile_id"}


def profile_ids(path: str | Path, table: pd.DataFrame, columns: Mapping[str, Any]) -> pd.Series:
    """Identifier of the profile of each row; several columns are joined by a slash.

    Parameters
    ----------
    path
        The file, for messages.
    table
        Table with the columns of `single_columns`; its index is the line of the file minus 2.
    columns
        As for `single_columns`.

    Raises
    ------
    InputError
        For an empty cell, and for ids that become the same when joined.
    """
    parts = [name for name in single_columns(columns) if name.startswith("profile_id")]
    for name in parts:
        empty = table[name] == ""
        if empty.any():
            line = table.index[empty][0] + 2
            raise InputError(f"{path}, line {line}", f"a {name}", "an empty cell")
    if len(parts) == 1:
        return table[parts[0]]
    ids = table[parts[0]].str.cat([table[name] for name in parts[1:]], sep=_JOINT)
    distinct = table[parts].assign(id=ids).drop_duplicates()
    twice = distinct[distinct["id"].duplicated(keep=False)]
    if not twice.empty:
        first, second = (" and ".join(map(repr, row)) for row in twice[parts].to_numpy()[:2])
        found = f"{first}, and {second}, which both become {twice['id'].iloc[0]!r}"
        raise InputError(f"{path}, profile_id", "ids that differ when joined", found)
    return pd.Series(ids, index=table.index, dtype=str)


def refuse_many_places(
    path: str | Path, place: pd.DataFrame, several: Sequence[str], n_profiles: int
) -> None:
    """Raise InputError if many ids have rows at different places.

    Parameters
    ----------
    path
        The file, for messages.
    place
        ``profile_id``, ``longitude`` and ``latitude``; the index is the line of the file minus 2.
    several
        The ids with several places.
    n_profiles
        Number of all profiles.
    """
    if len(several) < _FEW or len(several) <= _MANY * n_profiles:
        return
    rows = place[place["profile_id"] == several[0]].drop_duplicates(["longitude", "latitude"])
    at = " and ".join(
        f"{lon:g} {lat:g} (line {line + 2})"
        for line, lon, lat in rows[["longitude", "latitude"]].head(2).itertuples()
    )
    raise InputError(
        f"{path}, profile_id",
        "one place for each profile",
        f"{len(several)} of {n_profiles} ids at several, e.g. {several[0]!r} at {at}",
        "unique only within a data set? name that column too, as in profile_id: [dataset, pit]",
    )
