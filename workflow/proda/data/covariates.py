"""The environmental covariates: which rasters, and their values at the sites and on the grid.

The list is a table (proda/resources/covariates.csv holds the 60 of Tao et al. 2020, in their
order) with one row per covariate; any raster GDAL reads can stand in it.

| column | meaning |
|---|---|
| name | of the covariate |
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
"""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from proda.check import as_array, check_range
from proda.data.raster_file import Layer
from proda.data.rasters import aggregate_raster, sample_raster
from proda.errors import InputError
from proda.files import atomic_path
from proda.netcdf import write_netcdf
from proda.resources import resource
from proda.tables import read_table, write_table
from proda.text.small_tables import read_register

__all__ = [
    "constant_covariates",
    "covariate_kinds",
    "grid_covariates",
    "incomplete_sites",
    "read_covariate_table",
    "read_site_covariates",
    "require_informative",
    "site_covariates",
    "write_grid_covariates",
    "write_site_covariates",
]

COLUMNS = ["name", "product", "file", "variable", "band", "crs", "kind", "unit", "scale", "offset"]
COLUMNS += ["missing", "valid_min", "valid_max", "source", "notes"]

KNOWN = resource("covariates.csv")

NO_CLASS = -9999
"""Fill value of class variables in netCDF."""


def read_covariate_table(path, data_dir, names=None):
    """Read the table of covariates: one Layer per row, in the order of the table.

    data_dir: folder the `file` column is relative to.
    names: the covariates to take, in this order; None takes all, an empty list none.
    Raises InputError naming the row and column of an entry that cannot be used, and unknown names.
    """
    table = read_register(path, COLUMNS)
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


def covariate_kinds(table, names=None):
    """{name: kind} of a table of covariates, in its order.

    names: the covariates to take, None takes all. Raises InputError for a covariate that is called
    continuous although it is known to hold codes.
    """
    known = {layer.name: layer.kind for layer in read_covariate_table(KNOWN, ".")}
    kinds = {layer.name: layer.kind for layer in read_covariate_table(table, ".", names)}
    for name, kind in kinds.items():
        if kind == "continuous" and known.get(name) == "class":
            hint = "for codes taken as numbers set classes: number; name another raster otherwise"
            raise InputError(f"{table}, {name}, kind", "class, as it holds codes", kind, hint)
    return kinds


def site_covariates(layers, profile_id, lon, lat):
    """Value of each covariate at each site, from the pixel that holds it.

    profile_id, lon, lat: (n,), degrees. Returns a DataFrame indexed by profile_id with a column per
    covariate, NaN for missing. Raises InputError for a covariate that is missing at all sites. One
    that is the same at all of them is kept: see `constant_covariates`.
    """
    index = pd.Index(profile_id, name="profile_id")
    if not index.is_unique:
        raise InputError("profile_id", "each once", f"{index[index.duplicated()][0]} again")
    lon, lat = as_array("lon", lon, (len(index),)), as_array("lat", lat, (len(index),))
    check_range("lon", lon, -180, 180, "degrees")
    check_range("lat", lat, -90, 90, "degrees")
    columns = {layer.name: sample_raster(layer, lon, lat) for layer in layers}
    for layer in layers:
        _require_values(layer, columns[layer.name], "sites")
    return pd.DataFrame(columns, index=index)


def grid_covariates(layers, cells, min_valid_fraction=0.0):
    """Mean (continuous) or mode (class) of each covariate on the cells, as a CF Dataset (lat, lon).

    min_valid_fraction: a cell with a smaller share of valid pixels is missing. Raises InputError
    as site_covariates does, for all cells.
    """
    variables = {}
    for layer in layers:
        values = aggregate_raster(layer, cells, min_valid_fraction)
        _require_values(layer, values, "grid cells")
        attrs = {"long_name": layer.long_name or layer.name, "units": layer.unit}
        attrs["kind"] = layer.kind
        if layer.kind == "class":
            found = np.unique(values[~np.isnan(values)]).astype(np.int32)
            attrs["flag_values"] = found
            attrs["flag_meanings"] = " ".join(f"class_{code}" for code in found)
        else:
            attrs["cell_methods"] = "area: mean"
        variables[layer.name] = cells.to_grid(values, layer.name, attrs)
    title = "Environmental covariates on the grid"
    return xr.Dataset(variables, attrs={"Conventions": "CF-1.11", "title": title})


def constant_covariates(table):
    """Names of the covariates that have one value at all sites, from which nothing is learned.

    A single site has no variation to show, so that none of its covariates is named.
    """
    return [name for name in table if table[name].nunique() == 1 and table[name].count() > 1]


def require_informative(table, learners):
    """Raise InputError if there are learners and no covariate that varies between the sites.

    table: of `site_covariates`. learners: names of methods, empty for none.
    """
    left = [name for name in table if name not in constant_covariates(table)]
    if learners and not left:
        found = ", ".join(constant_covariates(table)) or "no covariate at all"
        found += " with one value each" if table.shape[1] else ""
        hint = f"name others under covariates.names, or leave {' and '.join(learners)} out"
        raise InputError("covariates", "one that varies between the sites", found, hint)


def incomplete_sites(table):
    """Names of the missing covariates of each site that lacks any: {profile_id: [name, ...]}."""
    missing = table.isna()
    return {
        site: list(table.columns[row])
        for site, row in zip(table.index, missing.to_numpy(), strict=True)
        if row.any()
    }


def write_site_covariates(path, table):
    """Write the table of site_covariates as csv, missing values empty."""
    # 9 digits keep a float32, which is what rasters hold.
    write_table(path, table.reset_index(), digits=9)


def read_site_covariates(path):
    """Read what `write_site_covariates` wrote: a DataFrame indexed by profile_id (text)."""
    return read_table(path, ["profile_id"]).set_index("profile_id")


def write_grid_covariates(path, dataset, attrs=None):
    """Write the Dataset of grid_covariates as netCDF; classes are stored as whole numbers.

    attrs: further global attributes (provenance).
    """
    encoding = {"lat": {"_FillValue": None}, "lon": {"_FillValue": None}}
    for name, variable in dataset.data_vars.items():
        is_class = variable.attrs["kind"] == "class"
        stored = {"dtype": "int32", "_FillValue": NO_CLASS} if is_class else {"dtype": "float64"}
        encoding[name] = {"zlib": True, "complevel": 4, **stored}
    with atomic_path(path) as temporary:
        write_netcdf(dataset.assign_attrs(attrs or {}), temporary, encoding)


@cache
def _scales_of_products():
    """{name: scale} of the products of the bundled table that store whole numbers to be scaled."""
    known = read_register(KNOWN, COLUMNS)
    scales = dict(zip(known["name"], known["scale"].astype(float), strict=True))
    return {name: scale for name, scale in scales.items() if scale != 1}


def _layer(path, row, data_dir, product_scale):
    where = f"{path}, row {row.name} ({row['name']})"
    for column in ("name", "file", "unit"):
        if not row[column]:
            raise InputError(f"{where}, {column}", "a value", "nothing")
    settings = {
        "name": row["name"],
        "path": data_dir / row["file"],
        "valid_min": _number(where, row, "valid_min"),
        "valid_max": _number(where, row, "valid_max"),
        "kind": row["kind"],
        "unit": row["unit"],
        "long_name": row["product"],
        "variable": row["variable"] or None,
        "band": _number(where, row, "band", int) if row["band"] else None,
        "scale": _number(where, row, "scale"),
        "offset": _number(where, row, "offset"),
        "missing": tuple(_codes(f"{where}, missing", text) for text in row["missing"].split()),
        "crs": row["crs"] or None,
    }
    if settings["scale"] == 0:
        raise InputError(f"{where}, scale", "a number other than 0", repr(row["scale"]))
    settings["whole_numbers"] = settings["scale"] == product_scale
    try:
        return Layer(**settings)
    except InputError as error:
        what = error.where.removeprefix(f"{row['name']}, ")
        raise InputError(f"{where}, {what}", error.expected, error.found, error.hint) from None


def _number(where, row, column, kind=float):
    try:
        number = kind(row[column])
    except ValueError:
        number = np.nan
    if not np.isfinite(number):
        expected = "a number" if kind is float else "a whole number"
        raise InputError(f"{where}, {column}", expected, repr(row[column]))
    return number


def _codes(where, text):
    """First and last code; whole numbers stay whole, so that they compare exactly."""
    first, _, last = text.partition("..")
    try:
        bounds = [
            int(part) if part.lstrip("-").isdigit() else float(part)
            for part in (first, last or first)
        ]
    except ValueError:
        bounds = None
    if not bounds or not bounds[0] <= bounds[1]:
        raise InputError(where, "codes as `0 255` or `65500..65535`", repr(text))
    return tuple(bounds)


def _require_values(layer, values, places):
    if values.size and np.isnan(values).all():
        hint = "check file and region, or leave it out of the list of covariates"
        found = f"missing at all {values.size} {places}"
        raise InputError(layer.where, "a covariate with data in the region", found, hint)
