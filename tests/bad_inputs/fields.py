"""Broken netCDF files: history of the land model, net primary production, files between jobs."""

import netCDF4
import numpy as np

from bad_inputs.case import Case
from clm_files import NODES_10, NODES_20, field, month_bounds, write_history, year_bounds

LAT, LON = np.array([38.0, 42.0]), np.array([258.0, 263.0])
GRID = {"lat": LAT.size, "lon": LON.size}
LEVELS = 10


def write_clm(path, drop=(), bounds=None, **changes):
    """Write two years of annual history; changes replace fields or are options of the writer."""
    fields = {
        "TSOI": field([283.0, 284], LEVELS, **GRID),
        "SOILPSI": field([-0.1, -0.2], LEVELS, **GRID),
        "ALTMAX_LASTYEAR": field([5.0, 5], **GRID),
        "NPP": field([1e-5, 1.1e-5], **GRID),
    }
    options = {"lat": LAT, "lon": LON, "nodes": NODES_10[:LEVELS]}
    fields = {name: changes.pop(name, value) for name, value in fields.items()}
    fields = {name: value for name, value in fields.items() if name not in drop}
    write_history(path, fields, year_bounds(2) if bounds is None else bounds, **options | changes)


def _cut(path):
    write_clm(path)
    path.write_bytes(path.read_bytes()[:-900])


def _clm(name, write, *expect, **options):
    if isinstance(write, dict):
        arguments = write
        return _clm(name, lambda path: write_clm(path, **arguments), *expect, **options)
    return Case(f"{name}.nc", "clm", expect, write, options)


ELEVEN_MONTHS = {
    name: field(np.full(11, value), levels, **GRID)
    for name, value, levels in (
        ("TSOI", 283.0, LEVELS), ("SOILPSI", -0.1, LEVELS), ("ALTMAX_LASTYEAR", 5.0, 0),
        ("NPP", 1e-5, 0),
    )
}  # fmt: skip

CLM = [
    _clm(
        "no_potential",
        {"drop": ("SOILPSI",)},
        "no_potential.nc: SOILPSI: expected variable SOILPSI",
        "found only ALTMAX_LASTYEAR, NPP, TSOI",
        "name a substitute under missing_fields",
    ),
    _clm(
        "celsius",
        {"TSOI": field([10.0, 11], LEVELS, **GRID), "units": {"TSOI": "degC"}},
        "celsius.nc: TSOI: expected units K, found units 'degC'",
    ),
    _clm(
        "celsius_as_kelvin",
        {"TSOI": field([10.0, 11], LEVELS, **GRID)},
        "celsius_as_kelvin.nc: TSOI: expected values in [180, 340] K, found 10",
        "temperature must be in kelvin",
    ),
    _clm(
        "no_unit",
        {"units": {"SOILPSI": None}},
        "no_unit.nc: SOILPSI: expected units MPa, found no units attribute",
    ),
    _clm(
        "positive_potential",
        {"SOILPSI": field([0.1, 0.2], LEVELS, **GRID)},
        "positive_potential.nc: SOILPSI: expected values in [-1000, 0] MPa, found 0.1",
        "never positive",
    ),
    _clm(
        "fill_not_declared",
        {"TSOI": np.where(np.arange(2) == 0, -9999.0, field([283.0, 284], LEVELS, **GRID))},
        "fill_not_declared.nc: TSOI: expected values in [180, 340] K, found -9999",
    ),
    _clm(
        "nothing_but_fill",
        {"TSOI": np.full((2, LEVELS, 2, 2), np.nan)},
        "nothing_but_fill.nc: TSOI: expected a value somewhere, found none",
    ),
    _clm(
        "levels_by_number",
        {"nodes": np.arange(1.0, LEVELS + 1)},
        "levels_by_number.nc: levgrnd: expected node depths in m that increase from below 0.1",
        "found [1. 2. 3.]",
    ),
    _clm(
        "too_shallow",
        {
            "nodes": NODES_10[:4],
            "TSOI": field([283.0, 284], 4, **GRID),
            "SOILPSI": field([-0.1, -0.2], 4, **GRID),
        },
        "too_shallow.nc: TSOI levels: expected nodes at",
        "m (10), found",
        "m (4)",
    ),
    _clm(
        "levels_after_the_map",
        lambda path: _transposed(path),
        "levels_after_the_map.nc: TSOI: expected dimensions ([time,] [level,] lat, lon)",
        "found (time, lat, lon, levgrnd)",
    ),
    _clm(
        "eleven_months",
        {"bounds": month_bounds(11), **ELEVEN_MONTHS},
        "eleven_months.nc: TSOI: expected whole years of monthly means",
        "month 12 0 times in 11 months",
    ),
    _clm(
        "years_not_there",
        {},
        "years_not_there.nc: TSOI: expected model years 2000-2014",
        "found years 1-2, without 2000",
        years=[2000, 2014],
    ),
    _clm(
        "time_without_calendar",
        {"time_units": "months"},
        "time_without_calendar.nc: time: expected units 'days since ...' and a calendar",
        "found units 'months'",
    ),
    _clm(
        "cut_off",
        _cut,
        "cut_off.nc: expected a whole netCDF file of land model history",
        "fetch it again",
    ),
    _clm(
        "empty",
        lambda path: path.touch(),
        "empty.nc: expected a whole netCDF file of land model history",
    ),
    _clm(
        "monthly_files_needed",
        {"nodes": NODES_20[:20], "TSOI": field([283.0, 284], 20, **GRID), "drop": ("SOILPSI",)},
        "monthly_files_needed.nc: W_SCALAR, O_SCALAR, FPI_vr",
        "expected variable W_SCALAR",
        structure="clm5-20",
    ),
]


def _transposed(path):
    write_clm(path, drop=("TSOI",))
    with netCDF4.Dataset(path, "a") as data:
        variable = data.createVariable("TSOI", "f4", ("time", "lat", "lon", "levgrnd"))
        variable.units = "K"
        variable[:] = 283.0


# --- net primary production as netCDF -------------------------------------------------------------


def write_npp(path, low=200.0, mean=300.0, high=400.0, units="gC m-2 yr-1", coordinates=True):
    """Write NPPmin, NPPmean and NPPmax on (lat, lon)."""
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as data:
        for name, values in (("lat", LAT), ("lon", LON - 360)):
            data.createDimension(name, values.size)
            if coordinates:
                data.createVariable(name, "f8", (name,))[:] = values
        for name, value in (("NPPmin", low), ("NPPmean", mean), ("NPPmax", high)):
            if value is not None:
                variable = data.createVariable(name, "f4", ("lat", "lon"))
                variable[:] = np.broadcast_to(value, (2, 2))
                if units:
                    variable.units = units


def _npp(name, write, *expect):
    if isinstance(write, dict):
        arguments = write
        return _npp(name, lambda path: write_npp(path, **arguments), *expect)
    return Case(f"{name}.nc", "npp_netcdf", expect, write)


NPP = [
    _npp(
        "no_largest_year",
        {"high": None},
        "no_largest_year.nc: NPPmax: expected a variable NPPmax(lat, lon), found",
        "NPPmean(lat, lon)",
    ),
    _npp(
        "per_second",
        {"units": "kg m-2 s-1"},
        "per_second.nc: NPPmean: expected units gC m-2 yr-1 or",
        "found units 'kg m-2 s-1'",
    ),
    _npp(
        "no_unit",
        {"units": None},
        "no_unit.nc: NPPmean: expected units",
        "found no units attribute",
    ),
    _npp(
        "smallest_is_largest",
        {"low": 400.0, "high": 200.0},
        "smallest_is_largest.nc: expected min <= mean <= max, found 400, 300, 200 at lat 38, lon",
        "; 4 cells",
    ),
    _npp(
        "no_coordinates",
        {"coordinates": False},
        "no_coordinates.nc: lat: expected a coordinate variable lat(lat)",
        "found variables NPPmin, NPPmean, NPPmax",
    ),
    _npp(
        "all_missing",
        {"low": np.nan, "mean": np.nan, "high": np.nan},
        "all_missing.nc: NPPmean: expected a value somewhere, found none",
    ),
    _npp(
        "a_web_page",
        lambda path: path.write_text("<!DOCTYPE html><title>Sign in</title>\n"),
        "a_web_page.nc: expected a whole netCDF file of net primary production, found",
        "Unknown file format",
        "fetch it again",
    ),
    _npp(
        "missing",
        lambda path: None,
        "missing.nc: expected a netCDF file of net primary production, found no such file",
    ),
]

# --- files that one job leaves for the next -------------------------------------------------------


def _half(path):
    """The first half of a netCDF file, as a broken copy of a folder of results leaves it."""
    with netCDF4.Dataset(path, "w") as data:
        data.createDimension("profile", 50)
        data.createVariable("status", "i1", ("profile",))[:] = 0
    path.write_bytes(path.read_bytes()[:3000])


def _other(path):
    """A sound netCDF file of something else."""
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as data:
        data.createDimension("profile", 2)
        data.createVariable("colour", "i1", ("profile",))[:] = 0


def _result(reader, what, other):
    return [
        Case(
            "half.nc",
            reader,
            (f"half.nc: expected a whole netCDF file of {what}, found", "remove it"),
            _half,
        ),
        Case("of_something_else.nc", reader, ("of_something_else.nc", *other), _other),
    ]


RESULTS = [
    *_result("cells", "cells", ("expected variables cell_area, land_fraction", "found")),
    *_result("horizons", "horizons", ("expected variables", "found variables colour")),
    *_result(
        "observations",
        "observations",
        ("expected variables operator, value", "found variables colour"),
    ),
    *_result("site_forcing", "forcing", ("expected forcing with profile_id", "colour")),
    *_result("site_posteriors", "site posteriors", ("expected variables", "found", "colour")),
]

CASES = CLM + NPP + RESULTS
