"""Places of profiles in a table of their own, with a row per profile, joined to the horizons.

The two tables share the identifier of the profile, of one column or of several. `source.sites` is a
mapping of ``path``, ``columns`` (profile_id, longitude, latitude and, null by default, date) and
the keys of `proda.text.user_table`.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from proda.data.profiles.ids import profile_ids, single_columns
from proda.data.profiles.tabular import check_keys, choose_columns
from proda.errors import InputError
from proda.text.user_table import TABLE_KEYS, read_numbers, read_user_table

__all__ = ["read_site_table", "require_common_ids", "site_columns"]

WHERE = "source.sites"
_COLUMNS = {"profile_id": "profile_id", "longitude": "longitude", "latitude": "latitude"}
_OPTIONAL = {"date": None}
_SHOWN = 3


def read_site_table(sites: Mapping[str, Any]) -> pd.DataFrame:
    """Read the places of the profiles.

    Parameters
    ----------
    sites
        The settings of this module.

    Returns
    -------
    pandas.DataFrame
        A row per row of the table: profile_id, longitude and latitude (degrees, NaN where missing),
        date (text) if it is named, unreadable, and shifted, whether cells of the row may be in the
        wrong column. The index is the line of the file minus 2.

    Raises
    ------
    InputError
        For an absent file or column, an unknown setting, a row without profile_id, and a column
        that mostly holds no numbers.
    """
    check_keys(WHERE, sites, ("path", "columns", *TABLE_KEYS))
    if "path" not in sites:
        raise InputError(f"{WHERE}.path", "the file of sites", "nothing")
    path = Path(sites["path"])
    columns = site_columns(sites)
    hint = f"map it in {WHERE}.columns"
    table = read_user_table(WHERE, path, single_columns(columns, WHERE), sites, hint)
    table["shifted"] = table["unreadable"] != ""
    read_numbers(path, table, ["longitude", "latitude"], sites)
    table["profile_id"] = profile_ids(path, table, columns)
    return table


def site_columns(sites: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of the table of sites: names in the file by our names.

    Parameters
    ----------
    sites
        The settings of this module.

    Raises
    ------
    InputError
        For an unknown name.
    """
    where, changes = f"{WHERE}.columns", sites.get("columns")
    return choose_columns(where, _COLUMNS | _OPTIONAL, changes, _OPTIONAL)


def require_common_ids(
    horizons: str | Path, ids: Collection[str], sites: str | Path, known: Collection[str]
) -> None:
    """Require that most profiles of the horizons are in the table of sites.

    Parameters
    ----------
    horizons, sites
        The files, for the message.
    ids, known
        Identifiers in the horizons and in the table of sites.

    Raises
    ------
    InputError
        If more than half of the profiles lack a site.
    """
    distinct, there = sorted(set(ids)), set(known)
    lacking = [name for name in distinct if name not in there]
    if 2 * len(lacking) <= len(distinct):
        return
    unused = sorted(there - set(distinct))
    found = f"{len(lacking)} of {len(distinct)} profiles of {horizons} absent, "
    found += f"e.g. {', '.join(map(repr, lacking[:_SHOWN]))}"
    if unused:
        found += f"; sites without horizons are {', '.join(map(repr, unused[:_SHOWN]))}"
    raise InputError(
        f"{sites}, profile_id",
        "the profiles of the horizons",
        found,
        "are they written alike in both tables (leading zeros, case, the columns combined)?",
    )
