"""Net primary production (NPP), gC m-2 yr-1: mean, smallest and largest year at points and cells.

From annual rasters (`proda.data.npp_raster`), or from a netCDF file.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import xarray as xr

from proda.arrays import FloatArray
from proda.check import as_array, check_range
from proda.data.axes import as_degrees, require_distinct
from proda.data.codes import is_code
from proda.data.field_check import HINT, check_field, require_nonzero
from proda.data.land_model.history import canonical_unit
from proda.data.npp_raster import block_means, bounded_cache, open_npp_raster, pixels_at
from proda.errors import InputError, number_text
from proda.netcdf import FETCH_AGAIN, load_netcdf
from proda.quantities import QUANTITIES, check_distribution

__all__ = [
    "STATISTICS",
    "find_npp_files",
    "npp_at",
    "read_npp_geotiffs",
    "read_npp_netcdf",
    "widen_flat_range",
]

GEOTIFF_NAME = "MOD17A3_Science_NPP_{year}.tif"
FACTORS = {
    "gC m-2 yr-1": 1.0,
    "gC m-2 year-1": 1.0,
    "g m-2 yr-1": 1.0,
    "g m-2 year-1": 1.0,
    "kgC m-2 yr-1": 1000.0,
    "kg m-2 yr-1": 1000.0,
}
"""Factor to gC m-2 yr-1 by unit."""

MAX_VALUE = 1e19  # as in CLM history: anything above is missing
ORDERED = ("npp_min", "npp_mean", "npp_max")
STATISTICS: dict[str, Callable[..., npt.ArrayLike]] = {
    "npp_mean": np.nanmean,
    "npp_min": np.nanmin,
    "npp_max": np.nanmax,
}
LONG_NAMES = {
    "npp_mean": "carbon mass of annual net primary production, mean of years",
    "npp_min": "carbon mass of annual net primary production, smallest year",
    "npp_max": "carbon mass of annual net primary production, largest year",
}


def find_npp_files(folder: str | Path, years: Sequence[int]) -> dict[int, Path]:
    """Find the annual rasters.

    Parameters
    ----------
    folder
        Folder of the rasters.
    years
        First and last year, both included.

    Returns
    -------
    dict
        Path by year.

    Raises
    ------
    InputError
        If a year is absent.
    """
    first, last = years
    names = {year: GEOTIFF_NAME.format(year=year) for year in range(first, last + 1)}
    files = {year: Path(folder) / name for year, name in names.items()}
    absent = [path.name for path in files.values() if not path.exists()]
    if absent or not files:
        found = "without " + ", ".join(absent) if files else "no year at all"
        raise InputError(str(folder), f"a raster for each year {first}-{last}", found)
    return files


def read_npp_geotiffs(
    files: Mapping[int, Path], resolution: float, min_valid_fraction: float
) -> xr.Dataset:
    """Block means of annual rasters, then mean, smallest and largest year.

    Parameters
    ----------
    files
        Path by year.
    resolution
        Cell size in degrees, a whole number of pixels.
    min_valid_fraction
        A cell of a year has a value if at least this fraction of its pixels do; it is their plain
        mean.

    Returns
    -------
    xarray.Dataset
        On (lat, lon), both ascending: npp_mean, npp_min, npp_max in gC m-2 yr-1, npp_years (number
        of years with a value) and valid_fraction (mean over the years).

    Raises
    ------
    InputError
        As `proda.data.npp_raster.open_npp_raster` and `proda.data.npp_raster.block_means`, and for
        rasters of different extent.
    """
    if not 0 < min_valid_fraction <= 1:
        raise InputError("min_valid_fraction", "a fraction in ]0, 1]", f"{min_valid_fraction}")
    annual, fractions, grids = [], [], []
    for path in files.values():
        with bounded_cache(), open_npp_raster(path) as raster:
            mean, fraction, *grid = block_means(raster, path, resolution)
        grids.append(grid)
        if not all(np.array_equal(a, b) for a, b in zip(grid, grids[0], strict=True)):
            raise InputError(str(path), "the extent of the other years", "another extent")
        annual.append(np.where(fraction >= min_valid_fraction, mean, np.nan))
        fractions.append(fraction)
    lat, lon = grids[0]
    result = _over_years(annual, ("lat", "lon"), files)
    check_distribution("npp", result["npp_mean"].values, str(next(iter(files.values())).parent))
    result["valid_fraction"] = (
        ("lat", "lon"),
        np.mean(fractions, axis=0),
        {"units": "1", "long_name": "fraction of pixels with net primary production"},
    )
    north = ("lat", lat, {"units": "degrees_north", "standard_name": "latitude"})
    east = ("lon", lon, {"units": "degrees_east", "standard_name": "longitude"})
    return result.assign_coords(lat=north, lon=east).sortby("lat")


def npp_at(files: Mapping[int, Path], lon: npt.ArrayLike, lat: npt.ArrayLike) -> xr.Dataset:
    """NPP of the pixel that each point lies in: mean, smallest and largest year.

    Parameters
    ----------
    files
        Path by year.
    lon, lat
        (n,) degrees, longitudes in [-180, 180].

    Returns
    -------
    xarray.Dataset
        On (point,): npp_mean, npp_min, npp_max in gC m-2 yr-1, NaN where no year has a value and
        outside the raster, and npp_years.

    Raises
    ------
    InputError
        For points that are not on the globe, and as `proda.data.npp_raster.open_npp_raster`.
    """
    east = as_array("lon", lon, (None,), "degrees")
    north = as_array("lat", lat, (np.size(lon),), "degrees")
    check_range("lon", east, -180, 180, "degrees east")
    check_range("lat", north, -90, 90, "degrees north")
    annual = []
    for path in files.values():
        with bounded_cache(), open_npp_raster(path) as raster:
            annual.append(pixels_at(raster, east, north))
    return _over_years(annual, ("point",), files)


def read_npp_netcdf(path: str | Path, names: Mapping[str, str] | None = None) -> xr.Dataset:
    """NPP from a netCDF file with variables on (lat, lon).

    Parameters
    ----------
    path
        File to read.
    names
        Its variables for npp_mean, npp_min and npp_max; by default of the same names.

    Returns
    -------
    xarray.Dataset
        On (lat, lon): npp_mean, npp_min, npp_max in gC m-2 yr-1.

    Raises
    ------
    InputError
        For a missing variable, a unit other than g or kg (C) m-2 yr-1, coordinates that are not
        degrees or repeat, values that no vegetation has, and unless min <= mean <= max.
    """
    names = names or {name: name for name in STATISTICS}
    if set(names) != set(STATISTICS):
        raise InputError("names", "npp_mean, npp_min and npp_max", ", ".join(sorted(names)))
    # A time is ignored, so that its units need not be known.
    source = load_netcdf(path, "net primary production", hint=FETCH_AGAIN, decode_times=False)
    for axis in ("lat", "lon"):
        if axis not in source.variables or source[axis].dims != (axis,):
            found = f"variables {', '.join(map(str, source.variables))}"
            raise InputError(f"{path}: {axis}", f"a coordinate variable {axis}({axis})", found)
    lat, lon = (as_degrees(path, source[name].values, name) for name in ("lat", "lon"))
    require_distinct(path, lat, "lat")
    require_distinct(path, lon, "lon")
    variables = {}
    for name, variable in names.items():
        where = f"{path}: {variable}"
        if variable not in source or set(source[variable].dims) != {"lat", "lon"}:
            found = ", ".join(
                f"{n}({', '.join(map(str, v.dims))})" for n, v in source.variables.items()
            )
            raise InputError(where, f"a variable {variable}(lat, lon)", found)
        unit = source[variable].attrs.get("units")
        factor = FACTORS.get(canonical_unit(str(unit)))
        if factor is None:
            found = "no units attribute" if unit is None else f"units {unit!r}"
            raise InputError(where, "units " + " or ".join(FACTORS), found)
        values = source[variable].transpose("lat", "lon").astype(float)
        values = values.where(np.abs(values) < MAX_VALUE) * factor
        if values.isnull().all():
            raise InputError(where, "a value somewhere", "none")
        check_field("npp", values.values, where, [("lat", lat), ("lon", lon)], name == "npp_mean")
        variables[name] = values.assign_attrs(_attributes(name))
    result = xr.Dataset(variables).assign_coords(lat=lat, lon=lon)
    slack = 1e-6 * np.abs(result.npp_mean)
    wrong = (result.npp_min > result.npp_mean + slack) | (result.npp_max < result.npp_mean - slack)
    if wrong.any():
        row, column = np.argwhere(wrong.values)[0]
        three = ", ".join(number_text(result[name].values[row, column]) for name in ORDERED)
        found = f"{three} at lat {lat[row]:g}, lon {lon[column]:g}; {int(wrong.sum())} cells"
        raise InputError(str(path), "min <= mean <= max", found)
    _refuse_codes(path, result)
    mean = result.npp_mean.values
    require_nonzero(mean, f"{path}: {names['npp_mean']}", "net primary production")
    return result


def _refuse_codes(path: str | Path, npp: xr.Dataset) -> None:
    """Raise InputError for a code for missing values within the range of NPP, such as -99.

    It is negative and the same in all three variables; real years differ.
    """
    values = npp.npp_mean.values
    code = is_code(values) & (values < 0)
    code &= (npp.npp_min.values == values) & (npp.npp_max.values == values)
    if code.any():
        row, column = np.argwhere(code)[0]
        found = f"{number_text(values[row, column])} in all three at lat {npp.lat.values[row]:g}, "
        found += f"lon {npp.lon.values[column]:g}; {int(code.sum())} cells"
        raise InputError(str(path), "net primary production or a declared fill value", found, HINT)


def widen_flat_range(npp: xr.Dataset) -> xr.Dataset:
    """Assume a range of years where the smallest and the largest are equal.

    Parameters
    ----------
    npp
        With npp_mean, npp_min and npp_max.

    Returns
    -------
    xarray.Dataset
        With the mean +- 50 % there, limited to the range of NPP, and npp_range_assumed, a flag of
        these places.

    Notes
    -----
    The study (Tao et al. 2020) did the same.
    """
    flat = npp["npp_min"] == npp["npp_max"]
    half = 0.5 * np.abs(npp["npp_mean"])
    low = npp["npp_mean"] - half
    high = (npp["npp_mean"] + half).clip(max=QUANTITIES["npp"].upper)
    flag = {
        "long_name": "range of annual net primary production",
        "flag_values": np.array([0, 1], dtype=np.int8),
        "flag_meanings": "of_years mean_plus_minus_half",
    }
    return npp.assign(
        npp_min=xr.where(flat, low, npp["npp_min"]).assign_attrs(npp["npp_min"].attrs),
        npp_max=xr.where(flat, high, npp["npp_max"]).assign_attrs(npp["npp_max"].attrs),
        npp_range_assumed=flat.astype(np.int8).assign_attrs(flag),
    )


def _over_years(
    annual: Sequence[FloatArray], dims: tuple[str, ...], files: Mapping[int, Path]
) -> xr.Dataset:
    """Mean, smallest and largest of the years that have a value."""
    by_year = np.array(annual)
    count = np.isfinite(by_year).sum(axis=0)
    some = count > 0
    variables: dict[str, tuple[tuple[str, ...], npt.ArrayLike, dict[str, str]]] = {}
    for name, statistic in STATISTICS.items():
        values = np.full(some.shape, np.nan)
        values[some] = statistic(by_year[:, some], axis=0)
        variables[name] = (dims, values, _attributes(name))
    long_name = "years with net primary production"
    variables["npp_years"] = (dims, count.astype(np.int16), {"units": "1", "long_name": long_name})
    source = f"MOD17A3 annual rasters of {len(files)} years, {min(files)}-{max(files)}"
    return xr.Dataset(variables, attrs={"source": source})


def _attributes(name: str) -> dict[str, str]:
    return {"units": "g m-2 year-1", "long_name": LONG_NAMES[name]}
