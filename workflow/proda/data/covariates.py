"""The environmental covariates at the profiles and on the grid, and the netCDF files of both.

Each covariate is a variable with its unit and its ``kind``: ``continuous``, or ``class`` for codes,
which are stored as whole numbers with the codes that occur as flag_values. Which rasters they come
from is in `proda.data.covariate_table`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from proda.arrays import FloatArray
from proda.check import as_array, check_range
from proda.data.cells import Cells
from proda.data.raster_layer import Layer
from proda.errors import InputError
from proda.netcdf import load_netcdf, save_netcdf

__all__ = [
    "constant_covariates",
    "covariate_summary",
    "grid_covariates",
    "incomplete_sites",
    "load_grid_covariates",
    "load_site_covariates",
    "require_informative",
    "require_kind",
    "site_covariates",
    "site_table",
    "write_grid_covariates",
    "write_site_covariates",
]

KINDS = ("continuous", "class")

NO_CLASS = -9999
"""Fill value of class variables in netCDF."""

SITE_DIGITS = 9
"""Significant digits of a value at a site: all of a float32, which is what rasters hold, and none
of the rounding that scale and offset add in double precision."""


def site_covariates(
    layers: Iterable[Layer],
    profile_id: Sequence[str] | pd.Index,
    lon: npt.ArrayLike,
    lat: npt.ArrayLike,
) -> xr.Dataset:
    """Value of each covariate at each site, from the pixel that holds it.

    A covariate with one value at all sites is kept, see `constant_covariates`.

    Parameters
    ----------
    layers
        The covariates.
    profile_id
        (n,) identifiers of the sites.
    lon, lat
        (n,) degrees.

    Returns
    -------
    xarray.Dataset
        A variable (profile) per covariate, NaN where missing, with its unit and kind; coordinate
        profile_id. Continuous values have `SITE_DIGITS` significant digits.

    Raises
    ------
    InputError
        For a covariate that is missing at all sites, identifiers that repeat, positions that are
        not on the globe, and as `proda.data.rasters.sample_raster`.
    """
    index = pd.Index(profile_id, name="profile_id")
    if not index.is_unique:
        raise InputError("profile_id", "each once", f"{index[index.duplicated()][0]} again")
    east, north = as_array("lon", lon, (len(index),)), as_array("lat", lat, (len(index),))
    check_range("lon", east, -180, 180, "degrees")
    check_range("lat", north, -90, 90, "degrees")
    # Importing rasterio takes longer than the many jobs that only read covariates should wait.
    from proda.data.rasters import sample_raster

    variables = {}
    for layer in layers:
        values = sample_raster(layer, east, north)
        _require_values(layer, values, "sites")
        values = _with_digits(values, SITE_DIGITS)
        variables[layer.name] = ("profile", values, _attributes(layer, values))
    identifier = {"long_name": "identifier of the profile", "cf_role": "profile_id"}
    ids = index.to_numpy(dtype=str).astype(object)
    return xr.Dataset(
        variables,
        coords={"profile_id": ("profile", ids, identifier)},
        attrs={"Conventions": "CF-1.11", "title": "Environmental covariates of the profiles"},
    )


def grid_covariates(
    layers: Iterable[Layer], cells: Cells, min_valid_fraction: float = 0.0
) -> xr.Dataset:
    """Mean (continuous) or mode (class) of each covariate on the cells.

    Parameters
    ----------
    layers
        The covariates.
    cells
        Cells of the grid.
    min_valid_fraction
        A cell with a smaller fraction of valid pixels is missing.

    Returns
    -------
    xarray.Dataset
        A variable (lat, lon) per covariate, NaN where missing, with its unit and kind.

    Raises
    ------
    InputError
        For a covariate that is missing on all cells, and as
        `proda.data.rasters.aggregate_raster`.
    """
    from proda.data.rasters import aggregate_raster

    variables = {}
    for layer in layers:
        values = aggregate_raster(layer, cells, min_valid_fraction)
        _require_values(layer, values, "grid cells")
        attributes = _attributes(layer, values)
        if layer.kind == "continuous":
            attributes["cell_methods"] = "area: mean"
        variables[layer.name] = cells.to_grid(values, layer.name, attributes)
    title = "Environmental covariates on the grid"
    return xr.Dataset(variables, attrs={"Conventions": "CF-1.11", "title": title})


def site_table(dataset: xr.Dataset) -> pd.DataFrame:
    """Site covariates as a table.

    Parameters
    ----------
    dataset
        Of `site_covariates` or `load_site_covariates`.

    Returns
    -------
    pandas.DataFrame
        A column per covariate, NaN where missing; its index is profile_id, as text.
    """
    index = pd.Index(dataset["profile_id"].values.astype(str), name="profile_id")
    columns = {name: variable.values for name, variable in dataset.data_vars.items()}
    return pd.DataFrame(columns, index=index)


def constant_covariates(table: pd.DataFrame) -> list[str]:
    """Names of the covariates that have one value at all sites, from which nothing is learned.

    A single site has no variation to show, so that none of its covariates is named.
    """
    return [name for name in table if table[name].nunique() == 1 and table[name].count() > 1]


def covariate_summary(
    dataset: xr.Dataset, without_raster: Collection[str], learners: bool
) -> pd.DataFrame:
    """What the covariates are at the profiles, and whether they are learned from.

    Parameters
    ----------
    dataset
        Covariates of the accepted profiles.
    without_raster
        Names of those that are known at the profiles only.
    learners
        Whether the run has learners.

    Returns
    -------
    pandas.DataFrame
        A row per covariate: name, kind, unit, number of profiles with a value, smallest, median and
        largest value (of classes none), number of different values, whether it is known on the
        grid, and its use.
    """
    table = site_table(dataset)
    constant = set(constant_covariates(table))
    rows = []
    for name in table:
        values, about = table[name].dropna(), dataset[name].attrs
        continuous = about["kind"] == "continuous" and len(values) > 0
        use = "dropped: the same value at all profiles" if name in constant else "learned from"
        rows.append(
            {
                "covariate": name,
                "kind": about["kind"],
                "unit": about["units"],
                "profiles": len(values),
                "minimum": values.min() if continuous else np.nan,
                "median": values.median() if continuous else np.nan,
                "maximum": values.max() if continuous else np.nan,
                "different_values": values.nunique(),
                "on_grid": "no" if name in without_raster else "yes",
                "use": use if learners else "none: no method learns from covariates",
            }
        )
    columns = ["covariate", "kind", "unit", "profiles", "minimum", "median", "maximum"]
    columns += ["different_values", "on_grid", "use"]
    return pd.DataFrame(rows, columns=columns)


def require_informative(table: pd.DataFrame, learners: Sequence[str]) -> None:
    """Require a covariate that varies between the sites if there are learners.

    Parameters
    ----------
    table
        Covariates of the sites, as of `site_table`.
    learners
        Names of the methods that learn from them, empty for none.

    Raises
    ------
    InputError
        If there are learners and no covariate varies.
    """
    constant = constant_covariates(table)
    if learners and len(constant) == table.shape[1]:
        found = ", ".join(constant) or "no covariate at all"
        found += " with one value each" if table.shape[1] else ""
        hint = f"name others under covariates.names, or omit {' and '.join(learners)}"
        raise InputError("covariates", "one that varies between the sites", found, hint)


def incomplete_sites(table: pd.DataFrame) -> dict[str, list[str]]:
    """Names of the missing covariates by profile_id, of each site that lacks any."""
    missing = table.isna()
    return {
        site: list(table.columns[row])
        for site, row in zip(table.index, missing.to_numpy(), strict=True)
        if row.any()
    }


def write_site_covariates(
    path: str | Path, dataset: xr.Dataset, attributes: Mapping[str, object] | None = None
) -> None:
    """Write the Dataset of `site_covariates` as netCDF; classes are stored as whole numbers.

    Parameters
    ----------
    path
        File to write.
    dataset
        Covariates of the sites.
    attributes
        Further global attributes (provenance).
    """
    _write(path, dataset, attributes, {"profile_id": {"dtype": str}})


def write_grid_covariates(
    path: str | Path, dataset: xr.Dataset, attributes: Mapping[str, object] | None = None
) -> None:
    """Write the Dataset of `grid_covariates` as netCDF; classes are stored as whole numbers.

    Parameters
    ----------
    path
        File to write.
    dataset
        Covariates of the cells.
    attributes
        Further global attributes (provenance).
    """
    _write(path, dataset, attributes, {name: {"_FillValue": None} for name in ("lat", "lon")})


def load_site_covariates(path: str | Path) -> xr.Dataset:
    """Read what `write_site_covariates` wrote.

    Parameters
    ----------
    path
        File of the covariates of the sites.

    Returns
    -------
    xarray.Dataset
        A float64 variable (profile) per covariate, NaN where missing; coordinate profile_id.

    Raises
    ------
    InputError
        For a file that cannot be read, without profile_id, or with a variable without a kind.
    """
    return _load(path, "covariates of the profiles", ["profile_id"])


def load_grid_covariates(path: str | Path) -> xr.Dataset:
    """Read what `write_grid_covariates` wrote.

    Parameters
    ----------
    path
        File of the covariates of the cells.

    Returns
    -------
    xarray.Dataset
        A float64 variable (lat, lon) per covariate, NaN where missing.

    Raises
    ------
    InputError
        For a file that cannot be read, without coordinates, or with a variable without a kind.
    """
    return _load(path, "covariates of the grid", ["lat", "lon"])


def require_kind(
    path: str | Path, dataset: xr.Dataset, kinds: Mapping[str, str], reason: str
) -> None:
    """Require the kinds of the covariates of a file; those it lacks are skipped.

    Parameters
    ----------
    path
        File of the covariates, for messages.
    dataset
        What was read from it.
    kinds
        Expected kind by name, ``continuous`` or ``class``.
    reason
        Why it is expected, for messages.

    Raises
    ------
    InputError
        For a covariate of another kind.
    """
    for name, kind in kinds.items():
        if name in dataset and dataset[name].attrs["kind"] != kind:
            where = f"{path}, variable {name}, attribute kind"
            raise InputError(where, f"{kind}, {reason}", dataset[name].attrs["kind"])


def _attributes(layer: Layer, values: FloatArray) -> dict[str, object]:
    """Attributes of the variable of a covariate."""
    attributes: dict[str, object] = {
        "long_name": layer.long_name or layer.name,
        "units": layer.unit,
        "kind": layer.kind,
    }
    if layer.kind == "class":
        found = np.unique(values[~np.isnan(values)])
        attributes["flag_values"] = found.astype(np.int32)
        attributes["flag_meanings"] = " ".join(f"class_{code:.0f}" for code in found)
    return attributes


def _with_digits(values: FloatArray, digits: int) -> FloatArray:
    """Values rounded to significant digits, to the nearest float64 of the decimal number."""
    return np.char.mod(f"%.{digits}g", values).astype(np.float64)


def _write(
    path: str | Path,
    dataset: xr.Dataset,
    attributes: Mapping[str, object] | None,
    encoding: dict[str, dict[str, object]],
) -> None:
    for name, variable in dataset.data_vars.items():
        is_class = variable.attrs["kind"] == "class"
        stored = {"dtype": "int32", "_FillValue": NO_CLASS} if is_class else {"dtype": "float64"}
        encoding[str(name)] = {"zlib": True, "complevel": 4, **stored}
    save_netcdf(dataset.assign_attrs(attributes or {}), path, encoding)


def _load(path: str | Path, what: str, needed: Sequence[str]) -> xr.Dataset:
    dataset = load_netcdf(path, what, needed).set_coords(needed)
    for name, variable in dataset.data_vars.items():
        kind = variable.attrs.get("kind", "none")
        if kind not in KINDS:
            where = f"{path}, variable {name}, attribute kind"
            raise InputError(where, " or ".join(KINDS), kind)
    return dataset


def _require_values(layer: Layer, values: FloatArray, places: str) -> None:
    if values.size and np.isnan(values).all():
        hint = "check file and region, or omit it from the list of covariates"
        found = f"missing at all {values.size} {places}"
        raise InputError(layer.where, "a covariate with data in the region", found, hint)
