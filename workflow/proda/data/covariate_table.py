"""The table of covariates: which rasters they are read from, and what their numbers mean.

proda/resources/covariates.csv holds the 60 of Tao et al. 2020, in their order, with one row per
covariate; any raster that GDAL reads can be listed.

| column | meaning |
|---|---|
| name | of the covariate, and of its variable in netCDF files |
| product | what it is, becomes the long_name |
| file | path below the data directory |
| variable, band | of a file that holds several; empty otherwise |
| crs | of a file that states none; empty otherwise |
| kind | continuous, or class for codes |
| unit | after scale and offset |
| scale, offset | value = raw * scale + offset |
| missing | raw codes that mean no data, as `0 255` or `65500..65535` |
| valid_min, valid_max | range in `unit` |
| source | key of the product in the register of sources |
| notes | what to mind |
| group | of covariates whose importance is assessed together |
| site_column | column of the table of sites that has the values at the profiles |

A table may lack the last two columns. A covariate with a site_column may lack a file: no map can
then be made of what is learned from it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd

from proda.data.raster_layer import Layer
from proda.errors import InputError
from proda.resources import resource
from proda.text.small_tables import read_columns, read_register

__all__ = [
    "COLUMNS",
    "GROUP",
    "SITE_COLUMN",
    "SiteVariable",
    "covariate_groups",
    "covariate_kinds",
    "covariate_sources",
    "read_covariate_table",
    "require_class",
    "site_variables",
]

COLUMNS = ["name", "product", "file", "variable", "band", "crs", "kind", "unit", "scale", "offset"]
COLUMNS += ["missing", "valid_min", "valid_max", "source", "notes"]
GROUP = "group"
SITE_COLUMN = "site_column"
_OPTIONAL = (GROUP, SITE_COLUMN)

KNOWN = resource("covariates.csv")

# What netCDF allows as the name of a variable, and the names that its files need otherwise.
_NAME = re.compile(r"\w([^/\x00-\x1f\x7f]*[^/\s\x00-\x1f\x7f])?")
_RESERVED = ("lat", "lon", "profile", "profile_id")

Number = TypeVar("Number", int, float)


def read_covariate_table(
    path: str | Path, data_dir: str | Path, names: Sequence[str] | None = None
) -> list[Layer]:
    """Read the table of covariates.

    Parameters
    ----------
    path
        File of the table.
    data_dir
        Folder that the column ``file`` is relative to.
    names
        Covariates to take, in this order; None takes all, an empty list none.

    Returns
    -------
    list of Layer
        One per row with a file, in the order of ``names`` or else of the table.

    Raises
    ------
    InputError
        For an entry that is not valid, naming its row and column, a name that is repeated, and
        ``names`` that are not in the table.
    """
    rows = _chosen_rows(path, names)
    scales = _scales_of_products()
    return [
        _layer(path, row, Path(data_dir), scales.get(name))
        for name, row in rows.items()
        if row["file"] or not row.get(SITE_COLUMN)
    ]


class SiteVariable(NamedTuple):
    """A covariate whose values at the profiles are in a table.

    Attributes
    ----------
    name, column
        Of the covariate, and of its column.
    kind
        ``continuous`` or ``class``.
    unit, long_name
        Unit, and what it is.
    has_raster
        Whether there is a raster of it, too.
    """

    name: str
    column: str
    kind: str
    unit: str
    long_name: str
    has_raster: bool


def site_variables(path: str | Path, names: Sequence[str] | None = None) -> list[SiteVariable]:
    """Covariates whose values at the profiles are in a table of sites.

    Parameters
    ----------
    path
        File of the table of covariates.
    names
        Covariates to take; None takes all.

    Raises
    ------
    InputError
        As `read_covariate_table`.
    """
    return [
        SiteVariable(
            name, row[SITE_COLUMN], row["kind"], row["unit"], row["product"], bool(row["file"])
        )
        for name, row in _chosen_rows(path, names).items()
        if row.get(SITE_COLUMN)
    ]


def _chosen_rows(path: str | Path, names: Sequence[str] | None) -> dict[str, pd.Series]:
    """Rows by name, in the order of ``names`` or else of the table; each is checked."""
    table = read_register(path, COLUMNS, _OPTIONAL)
    repeated = table["name"][table["name"].duplicated()]
    if not repeated.empty:
        raise InputError(path, "each name once", f"{repeated.iloc[0]!r} again")
    rows = {row["name"]: row for _, row in table.iterrows()}
    for name, row in rows.items():
        where = f"{path}, row {row.name} ({name})"
        _check_name(where, name)
        if not row["unit"]:
            raise InputError(f"{where}, unit", "a value", "nothing")
        if row["kind"] not in ("continuous", "class"):
            raise InputError(f"{where}, kind", "continuous or class", repr(row["kind"]))
    unknown = [name for name in names or () if name not in rows]
    if unknown:
        raise InputError(path, f"names from {', '.join(rows)}", ", ".join(unknown))
    return {name: rows[name] for name in (rows if names is None else names)}


def covariate_kinds(table: str | Path, names: Sequence[str] | None = None) -> dict[str, str]:
    """Kind of each covariate, ``continuous`` or ``class``.

    Parameters
    ----------
    table
        File of the table of covariates.
    names
        Covariates to take; None takes all.

    Returns
    -------
    dict
        Kind by name, in the order of ``names`` or else of the table.

    Raises
    ------
    InputError
        As `read_covariate_table`, and for a covariate that is called continuous although it is
        known to hold codes.
    """
    known = {name: row["kind"] for name, row in _chosen_rows(KNOWN, None).items()}
    read_covariate_table(table, ".", names)
    kinds = {name: str(row["kind"]) for name, row in _chosen_rows(table, names).items()}
    for name, kind in kinds.items():
        if kind == "continuous" and known.get(name) == "class":
            hint = "for codes taken as numbers set classes: number; name another raster otherwise"
            raise InputError(f"{table}, {name}, kind", "class, as it holds codes", kind, hint)
    return kinds


def covariate_sources(table: str | Path) -> dict[str, str]:
    """Key of the product, in the register of sources, of each covariate of a table.

    Parameters
    ----------
    table
        File of the table of covariates.

    Raises
    ------
    InputError
        For a table without its columns.
    """
    rows = read_columns(table, ["name", "source"])
    return dict(zip(rows["name"], rows["source"], strict=True))


def require_class(kinds: Mapping[str, str], covariate: str, key: str) -> None:
    """Require a class covariate that a key of the configuration names.

    Parameters
    ----------
    kinds
        Kinds of the covariates of the run, of `covariate_kinds`.
    covariate
        Name of the covariate.
    key
        The key, for the message.

    Raises
    ------
    InputError
        If it is not a class covariate of the run.
    """
    classes = [name for name, kind in kinds.items() if kind == "class"]
    if covariate not in classes:
        expected = f"a class covariate of this run: {', '.join(classes) or 'it has none'}"
        hint = f"{key.removesuffix('.covariate')}: null for none"
        raise InputError(f"config {key}", expected, covariate, hint)


def covariate_groups(table: str | Path, names: Sequence[str]) -> dict[str, str]:
    """Group of each covariate.

    Parameters
    ----------
    table
        File of the table of covariates.
    names
        Covariates of the table.

    Returns
    -------
    dict
        {name: its group}, in the order of ``names``.

    Raises
    ------
    InputError
        For a table without groups and for a covariate without one.
    """
    rows = read_register(table, COLUMNS, _OPTIONAL)
    if GROUP not in rows:
        hint = "texture, chemistry, climate, vegetation, geography, or groups of your choice"
        raise InputError(table, f"a last column {GROUP}", "none", hint)
    groups = dict(zip(rows["name"], rows[GROUP], strict=True))
    for name in names:
        if not groups.get(name):
            raise InputError(f"{table}, {name}, {GROUP}", "the name of a group", "nothing")
    return {name: groups[name] for name in names}


@cache
def _scales_of_products() -> dict[str, float]:
    """Scale of the products of the bundled table that store whole numbers to be scaled."""
    known = read_register(KNOWN, COLUMNS, _OPTIONAL)
    scales = dict(zip(known["name"], known["scale"].astype(float), strict=True))
    return {name: scale for name, scale in scales.items() if scale != 1}


def _layer(path: str | Path, row: pd.Series, data_dir: Path, product_scale: float | None) -> Layer:
    where = f"{path}, row {row.name} ({row['name']})"
    if not row["file"]:
        raise InputError(f"{where}, file", "a value", "nothing")
    scale = _number(where, row, "scale", float)
    if scale == 0:
        raise InputError(f"{where}, scale", "a number other than 0", repr(row["scale"]))
    valid_min, valid_max, offset = (
        _number(where, row, column, float) for column in ("valid_min", "valid_max", "offset")
    )
    band = _number(where, row, "band", int) if row["band"] else None
    missing = tuple(_codes(f"{where}, missing", text) for text in row["missing"].split())
    try:
        return Layer(
            name=row["name"],
            path=data_dir / row["file"],
            valid_min=valid_min,
            valid_max=valid_max,
            kind=row["kind"],
            unit=row["unit"],
            long_name=row["product"],
            variable=row["variable"] or None,
            band=band,
            scale=scale,
            offset=offset,
            missing=missing,
            crs=row["crs"] or None,
            whole_numbers=scale == product_scale,
        )
    except InputError as error:
        what = str(error.where).removeprefix(f"{row['name']}, ")
        raise InputError(f"{where}, {what}", error.expected, error.found, error.hint) from None


def _check_name(where: str, name: str) -> None:
    if not name:
        raise InputError(f"{where}, name", "a value", "nothing")
    if not _NAME.fullmatch(name) or name in _RESERVED:
        expected = f"a name of a netCDF variable other than {', '.join(_RESERVED)}"
        hint = "a letter, digit or _ first, no / and no blank at the end"
        raise InputError(f"{where}, name", expected, repr(name), hint)


def _number(where: str, row: pd.Series, column: str, kind: Callable[[str], Number]) -> Number:
    try:
        number = kind(row[column])
        finite = bool(np.isfinite(number))
    except ValueError:
        finite = False
    if not finite:
        expected = "a number" if kind is float else "a whole number"
        raise InputError(f"{where}, {column}", expected, repr(row[column]))
    return number


def _codes(where: str, text: str) -> tuple[float, float]:
    """First and last code; whole numbers stay whole, so that they compare exactly."""
    first, _, last = text.partition("..")
    try:
        lower, upper = (
            int(part) if part.lstrip("-").isdigit() else float(part)
            for part in (first, last or first)
        )
        ascending = lower <= upper
    except ValueError:
        ascending = False
    if not ascending:
        raise InputError(where, "codes as `0 255` or `65500..65535`", repr(text))
    return lower, upper
