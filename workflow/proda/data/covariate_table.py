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
| group | of covariates whose importance is assessed together; a table may lack this column |
"""

import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from proda.data.raster_layer import Layer
from proda.errors import InputError
from proda.resources import resource
from proda.text.small_tables import read_register

__all__ = [
    "COLUMNS",
    "GROUP",
    "covariate_groups",
    "covariate_kinds",
    "covariate_sources",
    "read_covariate_table",
    "require_class",
]

COLUMNS = ["name", "product", "file", "variable", "band", "crs", "kind", "unit", "scale", "offset"]
COLUMNS += ["missing", "valid_min", "valid_max", "source", "notes"]
GROUP = "group"

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
        One per row, in the order of ``names`` or else of the table.

    Raises
    ------
    InputError
        For an entry that is not valid, naming its row and column, a name that is repeated, and
        ``names`` that are not in the table.
    """
    table = read_register(path, COLUMNS, (GROUP,))
    repeated = table["name"][table["name"].duplicated()]
    if not repeated.empty:
        raise InputError(path, "each name once", f"{repeated.iloc[0]!r} again")
    scales = _scales_of_products()
    layers = {
        row["name"]: _layer(path, row, Path(data_dir), scales.get(row["name"]))
        for _, row in table.iterrows()
    }
    if names is None:
        names = list(layers)
    unknown = [name for name in names if name not in layers]
    if unknown:
        raise InputError(path, f"names from {', '.join(layers)}", ", ".join(unknown))
    return [layers[name] for name in names]


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
    known = {layer.name: layer.kind for layer in read_covariate_table(KNOWN, ".")}
    kinds = {layer.name: layer.kind for layer in read_covariate_table(table, ".", names)}
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
    rows = read_register(table, COLUMNS, (GROUP,))
    return dict(zip(rows["name"], rows["source"], strict=True))


def require_class(layers: Sequence[Layer], covariate: str, key: str) -> None:
    """Require a class covariate that a key of the configuration names.

    Parameters
    ----------
    layers
        Covariates of the run.
    covariate
        Name of the covariate.
    key
        The key, for the message.

    Raises
    ------
    InputError
        If it is not a class covariate of the run.
    """
    classes = [layer.name for layer in layers if layer.kind == "class"]
    if covariate not in classes:
        expected = f"a class covariate of this run: {', '.join(classes) or 'it has none'}"
        where, hint = f"config {key}.covariate", f"{key}: null for none"
        raise InputError(where, expected, covariate, hint)


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
    rows = read_register(table, COLUMNS, (GROUP,))
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
    known = read_register(KNOWN, COLUMNS, (GROUP,))
    scales = dict(zip(known["name"], known["scale"].astype(float), strict=True))
    return {name: scale for name, scale in scales.items() if scale != 1}


def _layer(path: str | Path, row: pd.Series, data_dir: Path, product_scale: float | None) -> Layer:
    where = f"{path}, row {row.name} ({row['name']})"
    for column in ("name", "file", "unit"):
        if not row[column]:
            raise InputError(f"{where}, {column}", "a value", "nothing")
    if not _NAME.fullmatch(row["name"]) or row["name"] in _RESERVED:
        expected = f"a name of a netCDF variable other than {', '.join(_RESERVED)}"
        hint = "a letter, digit or _ first, no / and no blank at the end"
        raise InputError(f"{where}, name", expected, repr(row["name"]), hint)
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
