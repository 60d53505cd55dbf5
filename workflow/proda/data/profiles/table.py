"""Reader of a plain table: one row per horizon, columns and units as the configuration states.

`source` is a mapping:

path                 the file
columns              {our name: column in the file}; profile_id (or a list of columns, if an id is
                     unique only within a data set), longitude, latitude, upper_depth,
                     lower_depth and organic_carbon are required; bulk_density, coarse_fragments and
                     horizon (the designation, see `designations`) may be null if absent; organic
                     (a flag: true, t, yes or 1 for litter and organic layers) and date (of
                     sampling, YYYY-MM-DD) are null by default; depth, a column of intervals
                     (`depth_intervals`), replaces upper_depth and lower_depth
sites                a table with a row per profile (`site_table`), which then has longitude and
                     latitude, and may have date
organic_pattern      regular expression with which the designation of an organic horizon begins; by
                     default that of `designations`
depth_unit           "cm" (default), "m" or "mm"
organic_carbon_unit  "g_kg" (default), "mg_g", "percent" or "fraction" (kg kg-1), of mass
bulk_density_unit    "kg_dm3" (default), "g_cm3", "Mg_m3" or "kg_m3"
coarse_fragments_unit  "percent" (default) or "fraction"
bulk_density_of      "fine_earth" (default) or "whole_soil"
coarse_fragments_in  "volume" (default) or "mass"
and the keys of `proda.text.user_table` (separator, decimal, skip_rows ...), which state how the
table is written.
"""

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from proda.arrays import Mask
from proda.data.profiles.codes import remove_codes
from proda.data.profiles.depth_intervals import read_depth_intervals
from proda.data.profiles.designations import organic_by_designation
from proda.data.profiles.ids import profile_ids, refuse_many_places, single_columns
from proda.data.profiles.places import one_place_each
from proda.data.profiles.site_table import read_site_table, require_common_ids
from proda.data.profiles.tabular import (
    RawTables,
    Select,
    check_keys,
    choose_columns,
    to_flags,
)
from proda.errors import InputError, number_text
from proda.text.user_table import TABLE_KEYS, read_numbers, read_user_table

__all__ = ["UNITS", "declared_units", "horizon_columns", "read_plain_table"]

_REQUIRED = {
    "profile_id": "profile_id",
    "longitude": "longitude",
    "latitude": "latitude",
    "upper_depth": "upper_depth_cm",
    "lower_depth": "lower_depth_cm",
    "organic_carbon": "organic_carbon_g_kg",
}
_OPTIONAL = {
    "bulk_density": "bulk_density_kg_dm3",
    "coarse_fragments": "coarse_fragments_pct",
    "horizon": "horizon",
    "organic": None,
    "date": None,
    "depth": None,
}
# Key that declares the unit of a quantity, and factors to m, g kg-1, kg dm-3 and percent. The first
# unit is the default. Fractions, because 70 cm / 100 is 0.7 m to the bit.
UNITS: dict[str, tuple[str, dict[str, Fraction]]] = {
    "depth": ("depth_unit", {"cm": Fraction(1, 100), "m": Fraction(1), "mm": Fraction(1, 1000)}),
    "organic_carbon": (
        "organic_carbon_unit",
        {
            "g_kg": Fraction(1),
            "mg_g": Fraction(1),
            "percent": Fraction(10),
            "fraction": Fraction(1000),
        },
    ),
    "bulk_density": (
        "bulk_density_unit",
        {
            "kg_dm3": Fraction(1),
            "g_cm3": Fraction(1),
            "Mg_m3": Fraction(1),
            "kg_m3": Fraction(1, 1000),
        },
    ),
    "coarse_fragments": (
        "coarse_fragments_unit",
        {"percent": Fraction(1), "fraction": Fraction(100)},
    ),
}
# Units as in messages, where they differ from the declaration.
_UNIT_TEXTS = {
    "g_kg": "g kg-1",
    "mg_g": "g kg-1",
    "fraction": "a fraction",
    "kg_dm3": "kg dm-3",
    "g_cm3": "kg dm-3",
    "Mg_m3": "kg dm-3",
    "kg_m3": "kg m-3",
}
_CHOICES: dict[str, dict[str, Any]] = {
    **dict(UNITS.values()),
    "bulk_density_of": {"fine_earth": "bdfi", "whole_soil": "bdws"},
    "coarse_fragments_in": {
        "volume": "coarse_fragments_volume",
        "mass": "coarse_fragments_mass",
    },
}
_KEYS = ("format", "path", "columns", "sites", *_CHOICES, "organic_pattern", *TABLE_KEYS)
_TEXTS = ("profile_id", "horizon", "organic", "date", "longitude", "latitude", "depth")
# A date in this form is one; another text says nothing.
_DATE = r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$"


def read_plain_table(source: Mapping[str, Any], select: Select) -> RawTables:
    """Read a plain table.

    Parameters
    ----------
    source
        The settings of this module.
    select
        Chooses profiles by their coordinates, as in `proda.data.profiles.wosis`.

    Raises
    ------
    InputError
        For an absent column, an unknown setting, settings that contradict each other, a row without
        profile_id, a column that mostly holds no numbers, depths in the wrong order, and horizons
        of which most have no site.
    """
    check_keys("source", source, _KEYS)
    if "path" not in source:
        raise InputError("source.path", "the file of horizons", "nothing")
    path = Path(source["path"])
    chosen = {key: _choice(source, key) for key in _CHOICES}
    columns = horizon_columns(source)
    hint = "map it in source.columns; an optional column that is not there is null"
    table = read_user_table("source", path, single_columns(columns), source, hint)
    place = table.assign(unreadable="", shifted=table["unreadable"] != "")
    numbers = [name for name in columns if name not in _TEXTS]
    read_numbers(path, table, numbers, source)
    if "depth" in columns:
        unit = source.get("depth_unit", next(iter(_CHOICES["depth_unit"])))
        read_depth_intervals(path, table, source, unit)
    if "organic" in columns:
        to_flags(table, "organic")
    place["profile_id"] = table["profile_id"] = profile_ids(path, table, columns)

    sites = source.get("sites")
    if sites is None:
        read_numbers(path, place, ["longitude", "latitude"], source)
        profiles = _profiles(path, place, table["profile_id"])
    else:
        place = read_site_table(sites)
        require_common_ids(path, table["profile_id"], sites["path"], place["profile_id"])
        profiles = _profiles(sites["path"], place, table["profile_id"])
    dated = table if sites is None else place
    if "date" in dated:
        profiles["date"] = _dates(dated).reindex(profiles.index).fillna("")
    _check_depth_order(path, table)
    wanted = select(profiles)
    table = table[table["profile_id"].isin(set(wanted.index[wanted]))]
    horizons = pd.DataFrame(
        {
            "profile_id": table["profile_id"],
            "horizon_id": [f"line {row + 2}" for row in table.index],
            "upper_depth": _convert(table["upper_depth"], chosen["depth_unit"]),
            "lower_depth": _convert(table["lower_depth"], chosen["depth_unit"]),
            "organic": _organic(table, columns, source.get("organic_pattern")),
            "organic_carbon": _convert(table["organic_carbon"], chosen["organic_carbon_unit"]),
            "unreadable": table["unreadable"],
        }
    )
    if "bulk_density" in columns:
        horizons[chosen["bulk_density_of"]] = _convert(
            table["bulk_density"], chosen["bulk_density_unit"]
        )
    if "coarse_fragments" in columns:
        horizons[chosen["coarse_fragments_in"]] = _convert(
            table["coarse_fragments"], chosen["coarse_fragments_unit"]
        )
    horizons = horizons.reset_index(drop=True)
    remove_codes(
        horizons,
        depth_factor=float(chosen["depth_unit"]),
        carbon_factor=float(chosen["organic_carbon_unit"]),
        density_factor=float(chosen["bulk_density_unit"]),
        fragments_factor=float(chosen["coarse_fragments_unit"]),
    )
    return RawTables(profiles, horizons)


def horizon_columns(source: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of the table of horizons: names in the file by our names.

    Parameters
    ----------
    source
        The settings of this module.

    Raises
    ------
    InputError
        For an unknown name, and for columns that replace each other.
    """
    changes = source.get("columns") or {}
    named = {name for name, column in changes.items() if column is not None}
    sites = source.get("sites") is not None
    replaced = ["longitude", "latitude", "date"] if sites else []
    hints = dict.fromkeys(replaced, "sites is a table of its own: name it in source.sites.columns")
    if "depth" in named:
        hints |= dict.fromkeys(
            ["upper_depth", "lower_depth"], "name either depth, or upper_depth and lower_depth"
        )
    for name, hint in hints.items():
        if name in named:
            where = f"source.columns.{name}"
            raise InputError(where, "no such column here", repr(changes[name]), hint)
    left = {name: column for name, column in changes.items() if name not in hints}
    expected = {
        name: column for name, column in (_REQUIRED | _OPTIONAL).items() if name not in hints
    }
    return choose_columns("source.columns", expected, left, _OPTIONAL)


def _dates(table: pd.DataFrame) -> pd.Series:
    """Date of each profile; empty where its rows give none or several."""
    found = table["date"].str.extract(_DATE, expand=False).groupby(table["profile_id"])
    return found.first().where(found.nunique() == 1, "")


def _organic(table: pd.DataFrame, columns: Mapping[str, Any], pattern: str | None) -> Mask:
    """Which rows are flagged as organic, or called so by their designation."""
    organic = np.zeros(len(table), dtype=bool)
    if "organic" in columns:
        organic |= table["organic"].to_numpy(dtype=bool)
    if "horizon" in columns:
        organic |= organic_by_designation(table["horizon"], pattern).to_numpy()
    return organic


def declared_units(source: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """The setting and the unit, as in messages, of each quantity of a plain table."""
    units = {
        name: (key, source.get(key, next(iter(units)))) for name, (key, units) in UNITS.items()
    }
    return {
        name: (f"source.{key}", _UNIT_TEXTS.get(unit, unit)) for name, (key, unit) in units.items()
    }


def _choice(source: Mapping[str, Any], key: str) -> Any:
    choices = _CHOICES[key]
    value = source.get(key, next(iter(choices)))
    if value not in choices:
        raise InputError(f"source.{key}", f"one of {', '.join(choices)}", repr(value))
    return choices[value]


def _convert(values: pd.Series, factor: Fraction) -> pd.Series:
    return values * factor.numerator / factor.denominator


def _profiles(path: str | Path, place: pd.DataFrame, horizons: pd.Series) -> pd.DataFrame:
    """One row per profile; without coordinates where its rows disagree or cannot be read.

    ``several_places`` marks the former, InputError if these are many; ``no_site`` those of which
    there is no place at all. ``place`` has ``profile_id``, ``longitude``, ``latitude`` and
    ``shifted``, whether cells of the row may be in the wrong column: such a row counts only for
    profiles without another one. ``horizons`` are the identifiers of all horizons.
    """
    n_horizons = horizons.value_counts()
    place = place[
        ~place["shifted"] | ~place["profile_id"].isin(place["profile_id"][~place["shifted"]])
    ]
    known = one_place_each(place[place["longitude"].notna() & place["latitude"].notna()])
    several = known.index[known["longitude"].isna()]
    places = one_place_each(place)
    refuse_many_places(path, place, several, len(places))
    every = places.index.union(n_horizons.index).rename("profile_id")
    return places.reindex(every).assign(
        n_horizons=n_horizons.reindex(every, fill_value=0),
        several_places=every.isin(several),
        no_site=~every.isin(places.index),
    )


def _check_depth_order(path: Path, table: pd.DataFrame) -> None:
    """Raise InputError if the lower depth is above the upper one in most rows.

    A few wrong rows are errors of these rows. Organic layers above the mineral soil may count
    upward.
    """
    upper, lower = table["upper_depth"], table["lower_depth"]
    wrong = (lower < upper) & (upper > 0)
    if 2 * wrong.sum() > len(wrong):
        line = wrong.index[wrong][0]
        found = f"{wrong.sum()} of {len(wrong)} rows otherwise, the first in line {line + 2}: "
        found += f"{number_text(upper[line])} to {number_text(lower[line])}"
        raise InputError(
            f"{path}, lower_depth",
            "lower depths below upper ones",
            found,
            "are upper and lower depth swapped?",
        )
