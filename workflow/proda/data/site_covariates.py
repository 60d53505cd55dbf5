"""Covariates in a table with the profiles (`covariates.sites`), joined to them by identifier.

The table may have one row per profile or, as a table of horizons, several: they must agree, or the
profile has no value. Classes may be texts, which are numbered in alphabetical order.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import xarray as xr

from proda.arrays import FloatArray
from proda.config.sections.covariates import PROFILE_ID
from proda.data.codes import is_code
from proda.data.covariate_table import SiteVariable
from proda.data.profiles.ids import profile_ids, single_columns
from proda.data.profiles.site_table import require_common_ids
from proda.errors import InputError
from proda.text.numbers import MISSING
from proda.text.user_table import read_numbers, read_user_table

__all__ = ["SiteValues", "read_site_covariates", "with_site_values"]

logger = logging.getLogger(__name__)

WHERE = "covariates.sites"
# A covariate may be any number, so that only those are codes that hardly anything else is.
_NEGATIVE, _LARGE = -998.5, 1e19


class SiteValues(NamedTuple):
    """Values of covariates at the profiles.

    Attributes
    ----------
    table
        By profile_id, in the order of the profiles; NaN where missing.
    meanings
        Texts of the codes 1, 2 ... by name, of classes that are texts.
    """

    table: pd.DataFrame
    meanings: dict[str, list[str]]


def read_site_covariates(
    sites: Mapping[str, Any],
    variables: Sequence[SiteVariable],
    data_dir: str | Path,
    profiles: pd.Index,
) -> SiteValues:
    """Read covariates at the profiles.

    Parameters
    ----------
    sites
        Section ``covariates.sites`` of the configuration.
    variables
        Covariates to read, of `proda.data.covariate_table.site_variables`.
    data_dir
        Folder that the path of the table is relative to.
    profiles
        Identifiers of the profiles.

    Raises
    ------
    InputError
        For an absent file or column, a column that mostly holds no numbers, texts as classes of a
        covariate that has a raster, and a table without most of the profiles.
    """
    path = Path(data_dir) / sites["path"]
    columns = {PROFILE_ID: sites["columns"].get(PROFILE_ID, PROFILE_ID)}
    columns |= {variable.name: variable.column for variable in variables}
    hint = f"map it in {WHERE}.columns"
    table = read_user_table(WHERE, path, single_columns(columns, WHERE), sites, hint)
    table[PROFILE_ID] = profile_ids(path, table, columns)
    require_common_ids("the source of profiles", profiles, path, table[PROFILE_ID])
    missing = (*MISSING, *map(str, sites.get("missing_values", ())))
    meanings = {}
    for variable in variables:
        if variable.kind == "class" and not _are_numbers(table[variable.name], missing):
            meanings[variable.name] = _number_classes(path, table, variable, missing)
        else:
            read_numbers(path, table, [variable.name], sites)
            _remove_codes(path, table, variable.name)
    found = {each.name: _one_each(path, table, each.name).reindex(profiles) for each in variables}
    return SiteValues(pd.DataFrame(found, index=profiles), meanings)


def with_site_values(
    dataset: xr.Dataset, values: SiteValues, variables: Sequence[SiteVariable], names: Sequence[str]
) -> xr.Dataset:
    """Covariates of the profiles from rasters and from a table, which has precedence.

    Parameters
    ----------
    dataset
        Of `proda.data.covariates.site_covariates`, from rasters.
    values
        Of `read_site_covariates`, for the same profiles.
    variables
        What they are.
    names
        All covariates, in their order.
    """
    merged = dict(dataset.data_vars)
    for variable in variables:
        numbers = values.table[variable.name].to_numpy(dtype=np.float64)
        if np.isnan(numbers).all():
            raise InputError(f"{WHERE}, {variable.name}", "a value at a profile", "none")
        attributes: dict[str, object] = {
            "long_name": variable.long_name,
            "units": variable.unit,
            "kind": variable.kind,
        }
        if variable.kind == "class":
            attributes |= _flags(variable.name, numbers, values.meanings.get(variable.name))
        merged[variable.name] = xr.DataArray(numbers, dims="profile", attrs=attributes)
    ordered = {name: merged[name] for name in names}
    return xr.Dataset(ordered, coords=dataset.coords, attrs=dataset.attrs)


def _flags(name: str, numbers: FloatArray, texts: Sequence[str] | None) -> dict[str, object]:
    known = np.unique(numbers[~np.isnan(numbers)])
    if not np.array_equal(known, np.round(known)):
        raise InputError(f"{WHERE}, {name}", "whole numbers, as it is a class", f"{known[:3]}")
    meanings = [
        f"class_{code:.0f}" if texts is None else "_".join(texts[int(code) - 1].split())
        for code in known
    ]
    return {"flag_values": known.astype(np.int32), "flag_meanings": " ".join(meanings)}


def _are_numbers(text: pd.Series, missing: Sequence[str]) -> bool:
    present = text[~text.isin(missing)]
    return bool(pd.to_numeric(present, errors="coerce").notna().mean() > 0.5)


def _number_classes(
    path: Path, table: pd.DataFrame, variable: SiteVariable, missing: Sequence[str]
) -> list[str]:
    """Replace texts by the number of each in alphabetical order, from 1; the texts."""
    text = table[variable.name].str.strip()
    absent = text.isin(missing)
    texts = sorted(set(text[~absent]))
    if variable.has_raster:
        where, expected = f"{path}, {variable.name}", "the codes of its raster"
        raise InputError(where, expected, ", ".join(map(repr, texts[:3])))
    codes = {name: float(code) for code, name in enumerate(texts, start=1)}
    table[variable.name] = text.map(codes).astype(np.float64)
    listed = ", ".join(f"{code:.0f} {name}" for name, code in codes.items())
    logger.info("%s: classes are %s", variable.name, listed)
    return texts


def _remove_codes(path: Path, table: pd.DataFrame, name: str) -> None:
    """Replace undeclared codes for missing values by NaN, in place."""
    values = table[name]
    code = is_code(values) & ((values < _NEGATIVE) | (values.abs() > _LARGE)).to_numpy()
    if code.any():
        first = table.index[code][0]
        logger.warning(
            "%s, %s: %d cells hold a code for a missing value, the first in line %d: %g",
            path, name, code.sum(), first + 2, values[first],
        )  # fmt: skip
        table.loc[code, name] = np.nan


def _one_each(path: Path, table: pd.DataFrame, name: str) -> pd.Series:
    """Value of each profile; NaN where its rows differ."""
    known = table[table[name].notna()].groupby(PROFILE_ID)[name]
    low, high = known.min(), known.max()
    differ = low != high
    if differ.any():
        first = differ.index[differ][0]
        logger.warning(
            "%s, %s: %d profiles have rows that differ and get no value, e.g. %r: %g and %g",
            path, name, differ.sum(), first, low[first], high[first],
        )  # fmt: skip
    return low.mask(differ)
