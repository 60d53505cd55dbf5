"""Identifiers of profiles: one column, or several where an id is unique only within a data set."""

import pandas as pd

from proda.errors import InputError

__all__ = ["profile_ids", "refuse_many_places", "single_columns"]

# A few ids with rows at different places are errors of these; this fraction, and not of so few ids
# that it says nothing, is one of the column.
_MANY, _FEW = 0.1, 3
_JOINT = "/"


def single_columns(columns):
    """``columns`` {our name: column} with a list for profile_id taken apart: profile_id_1 and on.

    Raises InputError for a list that is none of at least one name.
    """
    for name, column in columns.items():
        if name != "profile_id" and not isinstance(column, str):
            raise InputError(f"source.columns.{name}", "the name of one column", repr(column))
    named = columns["profile_id"]
    if not isinstance(named, list | tuple):
        return columns
    if not named or not all(isinstance(name, str) for name in named):
        raise InputError("source.columns.profile_id", "names of columns", repr(named))
    parts = {f"profile_id_{k}": name for k, name in enumerate(named, start=1)}
    return parts | {name: column for name, column in columns.items() if name != "profile_id"}


def profile_ids(path, table, columns):
    """Identifier of the profile of each row, of several columns joined by a slash.

    table: with the columns of `single_columns`, its index the line of the file minus 2. Raises
    InputError for an empty cell, and for ids that are the same only when joined.
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


def refuse_many_places(path, place, several, n_profiles):
    """Raise InputError if many ids have rows at different places.

    place: table of ``profile_id``, ``longitude`` and ``latitude``, its index the line of the file
    minus 2. several: the ids. n_profiles: of all.
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
