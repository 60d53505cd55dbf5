"""The tables that a configuration names: columns, units declared and guessed, distributions."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from proda.config.sections.covariates import PROFILE_ID
from proda.data.point_stocks import point_columns
from proda.data.profiles.depth_intervals import read_depth_intervals
from proda.data.profiles.designations import organic_by_designation
from proda.data.profiles.site_table import site_columns
from proda.data.profiles.table import UNITS, horizon_columns
from proda.errors import InputError
from proda.inspection.columns import as_numbers, column_views
from proda.inspection.units import JUDGED, HorizonNumbers, guess_units, unit_text
from proda.inspection.views import TableView
from proda.text.user_table import read_all_columns

__all__ = ["covariate_table", "horizon_numbers", "horizon_tables", "point_table"]

_TEXTS = ("profile_id", "horizon", "organic", "date", "depth", "point_id")
_DEPTHS = ("upper_depth", "lower_depth", "depth")


def horizon_tables(source: Mapping[str, Any]) -> Iterator[TableView]:
    """Yield the table of horizons and the table of sites of a plain source of profiles.

    Parameters
    ----------
    source
        Section of the source, with paths from the working directory.

    Raises
    ------
    InputError
        For a file that cannot be read as it is declared.
    """
    table = read_all_columns("source", source["path"], source)
    columns = horizon_columns(source)
    units = {
        quantity: source.get(key, next(iter(possible)))
        for quantity, (key, possible) in UNITS.items()
    }
    numbers = horizon_numbers(table, columns, source)
    guessed = guess_units(numbers, units)
    looks = {
        quantity: "no usual unit" if guess.reason.endswith("no unit") else unit_text(guess.unit)
        for quantity, guess in guessed.items()
        if not numbers.accepts(quantity, units)
    }
    by_column = {key: key for key in JUDGED} | dict.fromkeys(_DEPTHS, "depth")
    yield TableView(
        str(source["path"]),
        "soil horizons",
        len(table),
        column_views(
            table,
            _meanings(columns),
            {key: unit_text(units[of]) for key, of in by_column.items()} | _DEGREES,
            {key: looks[of] for key, of in by_column.items() if of in looks},
            _TEXTS,
            source.get("missing_values", ()),
            source.get("decimal", "."),
        ),
    )
    sites = source.get("sites")
    if sites:
        path, role = sites["path"], "sites of the profiles"
        yield _plain_view("source.sites", path, sites, role, site_columns(sites), _DEGREES)


def point_table(name: str, source: Mapping[str, Any], data_dir: str | Path) -> TableView:
    """Return the table of stocks at points.

    Parameters
    ----------
    name
        Of the section below `validation`.
    source
        The section.
    data_dir
        Folder of its path.

    Raises
    ------
    InputError
        For a file that cannot be read as it is declared.
    """
    path, role = Path(data_dir) / source["path"], f"stocks at points ({name})"
    units = _DEGREES | {"stock": source["unit"]}
    return _plain_view(f"validation.{name}", path, source, role, point_columns(source), units)


def covariate_table(sites: Mapping[str, Any], data_dir: str | Path) -> TableView:
    """Return the table of covariates at the profiles, which may be one of the profiles.

    Parameters
    ----------
    sites
        Section ``covariates.sites``.
    data_dir
        Folder of its path.

    Raises
    ------
    InputError
        For a file that cannot be read as it is declared.
    """
    path, role = Path(data_dir) / sites["path"], "covariates of the profiles"
    columns = {PROFILE_ID: PROFILE_ID} | dict(sites["columns"])
    units, classes = sites["units"], sites["classes"]
    return _plain_view("covariates.sites", path, sites, role, columns, units, classes)


def horizon_numbers(
    table: pd.DataFrame, columns: Mapping[str, Any], source: Mapping[str, Any]
) -> HorizonNumbers:
    """Return the numbers of a table of horizons as they stand in the file.

    Parameters
    ----------
    table
        All columns as text.
    columns
        Names in the file by key of the configuration; those that the file lacks are left out.
    source
        How the table is written: ``decimal``, ``missing_values``, ``organic_pattern``.
    """
    missing, decimal = source.get("missing_values", ()), source.get("decimal", ".")
    numbers = {
        key: as_numbers(table[columns[key]], map(str, missing), decimal)
        for key in ("upper_depth", "lower_depth", *JUDGED[1:])
        if columns.get(key) in table
    }
    if columns.get("depth") in table:
        depths = table[[columns["depth"]]].set_axis(["depth"], axis=1).assign(unreadable="")
        try:
            read_depth_intervals("", depths, source, source.get("depth_unit", "cm"))
        except InputError:
            depths[["upper_depth", "lower_depth"]] = np.nan
        finite = depths[["upper_depth", "lower_depth"]].replace(np.inf, np.nan)
        numbers |= {key: finite[key] for key in finite}
    organic = pd.Series(False, index=table.index)
    if columns.get("horizon") in table:
        designations = table[columns["horizon"]]
        organic = organic_by_designation(designations, source.get("organic_pattern")).astype(bool)
    return HorizonNumbers(numbers, organic)


_DEGREES = {"longitude": "degrees east", "latitude": "degrees north"}


def _plain_view(
    where: str,
    path: str | Path,
    source: Mapping[str, Any],
    role: str,
    columns: Mapping[str, Any],
    units: Mapping[str, str],
    texts: Sequence[str] = (),
) -> TableView:
    table = read_all_columns(where, path, source)
    missing, decimal = source.get("missing_values", ()), source.get("decimal", ".")
    texts = (*_TEXTS, *texts)
    views = column_views(table, _meanings(columns), units, {}, texts, missing, decimal)
    return TableView(str(path), role, len(table), views)


def _meanings(columns: Mapping[str, Any]) -> dict[str, str]:
    """Keys of the configuration by name in the file; an identifier may have several columns."""
    return {
        name: key
        for key, named in columns.items()
        for name in (named if isinstance(named, list | tuple) else [named])
    }
