"""Forcing of profiles and of the grid: soil and NPP put together and written as netCDF."""

import numpy as np
import pandas as pd
import xarray as xr

from proda.data.npp import widen_flat_range
from proda.errors import InputError
from proda.files import atomic_path

__all__ = ["grid_forcing", "site_forcing", "write_forcing"]

# Why a place has no forcing; the position is the code in `no_forcing` of the grid. A steady state
# needs input in every year, so NPP counts as not positive if its mean is 0 or a year is negative.
REASONS = ("has_forcing", "no_soil_forcing", "no_npp", "npp_not_positive")


def site_forcing(profile_id, soil, npp):
    """Forcing of each profile.

    profile_id: (n,) identifiers. soil: soil fields sampled at the profiles, on (.., point), with
    lon, lat and NaN where there are none. npp: npp_mean, npp_min, npp_max gC m-2 yr-1 on (point,).
    Where npp_min equals npp_max the range is mean +- 50 %, and npp_range_assumed tells so.

    Returns (forcing, left_out): a Dataset on (profile, [month,] layer) of those with all forcing,
    in the given order; and a DataFrame with profile_id and reason of the others (no_soil_forcing,
    no_npp, npp_not_positive). Raises InputError if the lengths differ or identifiers repeat.
    """
    profile_id = np.asarray(profile_id, dtype=str)
    n = {"profile_id": profile_id.size, "soil": soil.sizes["point"], "npp": npp.sizes["point"]}
    if len(set(n.values())) > 1:
        raise InputError("profile_id, soil, npp", "equally many points", f"{n}")
    repeated = pd.Series(profile_id)[pd.Series(profile_id).duplicated()]
    if repeated.size:
        raise InputError("profile_id", "each identifier once", f"{repeated.iloc[0]!r} again")
    merged, code = _merge(soil, npp)
    left_out = pd.DataFrame({"profile_id": profile_id, "reason": np.array(REASONS)[code.values]})
    left_out = left_out[code.values > 0].reset_index(drop=True)
    forcing = merged.isel(point=np.flatnonzero(code.values == 0)).rename(point="profile")
    kept = profile_id[code.values == 0].astype(object)
    identifier = {"long_name": "identifier of the soil profile", "cf_role": "profile_id"}
    forcing = forcing.assign(profile_id=("profile", kept, identifier))
    return forcing.transpose("profile", ...), left_out


def grid_forcing(soil, npp):
    """Forcing of each cell of a grid.

    soil, npp: Datasets on the same (.., lat, lon), as from `proda.data.interpolation.regrid`.
    Returns a Dataset that is NaN in every field of a cell without complete forcing, with
    no_forcing, a coded reason per cell. Raises InputError if the grids differ.
    """
    for name in ("lat", "lon"):
        here, there = soil[name].values, npp[name].values
        if here.shape != there.shape or not np.allclose(here, there, rtol=0, atol=1e-6):
            raise InputError(f"npp: {name}", "the grid of soil", "another grid")
    npp = npp.assign_coords(lat=soil["lat"], lon=soil["lon"])
    merged, code = _merge(soil, npp)
    for name, variable in merged.data_vars.items():
        if np.issubdtype(variable.dtype, np.floating):
            merged[name] = variable.where(code == 0)
    code.attrs = {
        "long_name": "why a cell has no forcing",
        "flag_values": np.arange(len(REASONS), dtype=np.int8),
        "flag_meanings": " ".join(REASONS),
    }
    return merged.assign(no_forcing=code)


def write_forcing(forcing, path, attrs=None):
    """Write a forcing Dataset as CF-1.11 netCDF; attrs: further global attributes (provenance)."""
    forcing = forcing.assign_attrs({"Conventions": "CF-1.11"} | forcing.attrs | (attrs or {}))
    encoding = {
        name: {"zlib": True, "complevel": 4} if variable.dtype != object else {}
        for name, variable in forcing.data_vars.items()
    }
    for name, coordinate in forcing.coords.items():
        if np.issubdtype(coordinate.dtype, np.floating):
            encoding[name] = {"_FillValue": None}
    with atomic_path(path) as temporary:
        forcing.to_netcdf(temporary, encoding=encoding)


def _merge(soil, npp):
    """All fields together, and the code in REASONS of each place (dims as npp)."""
    npp = widen_flat_range(npp)
    npp = npp[[name for name in npp.data_vars if name.startswith("npp_")]].reset_coords(drop=True)
    places = npp["npp_mean"].dims
    has_soil = xr.ones_like(npp["npp_mean"], dtype=bool)
    for variable in soil.data_vars.values():
        has_soil &= variable.notnull().all([d for d in variable.dims if d not in places])
    has_npp = npp["npp_mean"].notnull() & npp["npp_min"].notnull() & npp["npp_max"].notnull()
    negative = (npp["npp_mean"] <= 0) | (npp["npp_min"] < 0)
    conditions = [~has_soil, ~has_npp, negative]
    code = np.select([c.transpose(*places).values for c in conditions], [1, 2, 3], 0)
    attrs = {key: value for key, value in soil.attrs.items() if key != "source"}
    attrs["source"] = "; ".join(d.attrs["source"] for d in (soil, npp) if "source" in d.attrs)
    merged = soil.assign(npp.data_vars)
    merged.attrs = attrs
    return merged, xr.DataArray(code.astype(np.int8), dims=places)
