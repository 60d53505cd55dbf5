"""Forcing of profiles and of the grid: soil and NPP merged, and the reason where there is none.

The 20-layer structure takes CLM's own litter input and no NPP: ``npp`` is None then.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from proda.data.npp import widen_flat_range
from proda.errors import InputError

__all__ = ["REASONS", "grid_forcing", "require_forcing", "site_forcing"]

# Reasons why a place has no forcing; the position is the code in `no_forcing` of the grid. A steady
# state needs input in every year: NPP is not positive if its mean is 0 or a year is negative.
REASONS = ("has_forcing", "no_soil_forcing", "no_npp", "npp_not_positive", "no_litter_input")


def site_forcing(
    profile_id: Sequence[str] | npt.NDArray[np.str_],
    soil: xr.Dataset,
    npp: xr.Dataset | None = None,
) -> tuple[xr.Dataset, pd.DataFrame]:
    """Merge the forcing of each profile.

    Parameters
    ----------
    profile_id : (n,) sequence of str
        Identifiers.
    soil : xarray.Dataset
        Soil fields sampled at the profiles, on (.., point), with lon, lat and NaN where there are
        none.
    npp : xarray.Dataset, optional
        npp_mean, npp_min, npp_max, gC m-2 yr-1, on (point,). Where npp_min equals npp_max the range
        is mean +- 50 %, marked by npp_range_assumed.

    Returns
    -------
    forcing : xarray.Dataset
        On (profile, [month,] layer), of the profiles with all forcing, in the given order.
    excluded : pandas.DataFrame
        profile_id and reason of the others (no_soil_forcing, no_npp, npp_not_positive,
        no_litter_input).

    Raises
    ------
    InputError
        If the lengths differ or identifiers repeat.
    """
    profile_id = np.asarray(profile_id, dtype=str)
    n = {"profile_id": profile_id.size, "soil": soil.sizes["point"]}
    if npp is not None:
        n["npp"] = npp.sizes["point"]
    if len(set(n.values())) > 1:
        raise InputError("profile_id, soil, npp", "equally many points", f"{n}")
    repeated = pd.Series(profile_id)[pd.Series(profile_id).duplicated()]
    if repeated.size:
        raise InputError("profile_id", "each identifier once", f"{repeated.iloc[0]!r} again")
    merged, code = _merge(soil, npp, ("point",))
    excluded = pd.DataFrame({"profile_id": profile_id, "reason": np.array(REASONS)[code.values]})
    excluded = excluded[code.values > 0].reset_index(drop=True)
    forcing = merged.isel(point=np.flatnonzero(code.values == 0)).rename(point="profile")
    kept = profile_id[code.values == 0].astype(object)
    identifier = {"long_name": "identifier of the soil profile", "cf_role": "profile_id"}
    forcing = forcing.assign(profile_id=("profile", kept, identifier))
    return forcing.transpose("profile", ...), excluded


def grid_forcing(soil: xr.Dataset, npp: xr.Dataset | None = None) -> xr.Dataset:
    """Merge the forcing of each cell of a grid.

    A cell without NPP keeps its soil climate, because a profile may lie in a part of it that has
    NPP.

    Parameters
    ----------
    soil, npp : xarray.Dataset
        On the same (.., lat, lon), as from `proda.data.interpolation.regrid`.

    Returns
    -------
    xarray.Dataset
        All fields and no_forcing, the code of the reason per cell.

    Raises
    ------
    InputError
        If the grids differ.
    """
    if npp is not None:
        for name in ("lat", "lon"):
            here, there = soil[name].values, npp[name].values
            if here.shape != there.shape or not np.allclose(here, there, rtol=0, atol=1e-6):
                raise InputError(f"npp: {name}", "the grid of soil", "another grid")
        npp = npp.assign_coords(lat=soil["lat"], lon=soil["lon"])
    merged, code = _merge(soil, npp, ("lat", "lon"))
    code.attrs = {
        "long_name": "why a cell has no forcing",
        "flag_values": np.arange(len(REASONS), dtype=np.int8),
        "flag_meanings": " ".join(REASONS),
    }
    return merged.assign(no_forcing=code)


def require_forcing(code: npt.ArrayLike, where: object) -> None:
    """Require that at least one place has forcing.

    Parameters
    ----------
    code : (n,) array
        no_forcing at the cells or profiles; NaN counts as no soil climate.
    where : object
        Name of the places, for messages.

    Raises
    ------
    InputError
        With the counts of the reasons.
    """
    codes = np.nan_to_num(np.asarray(code, dtype=float), nan=1.0).astype(int)
    if (codes == 0).any():
        return
    counts = np.bincount(codes, minlength=len(REASONS))
    found = ", ".join(f"{name} {n}" for name, n in zip(REASONS, counts, strict=True) if n)
    hint = "do the land model's files and NPP cover the region?"
    raise InputError(where, "at least one with forcing", f"none of {codes.size}: {found}", hint)


def _merge(
    soil: xr.Dataset, npp: xr.Dataset | None, places: tuple[str, ...]
) -> tuple[xr.Dataset, xr.DataArray]:
    """All fields, and the code in REASONS of each place."""
    has_soil = xr.DataArray(True)
    for variable in soil.data_vars.values():
        has_soil = has_soil & variable.notnull().all([d for d in variable.dims if d not in places])
    reasons = {1: ~has_soil}
    parts = [soil]
    if npp is not None:
        npp = widen_flat_range(npp)
        npp = npp[[name for name in npp if str(name).startswith("npp_")]].reset_coords(drop=True)
        has_npp = npp["npp_mean"].notnull() & npp["npp_min"].notnull() & npp["npp_max"].notnull()
        reasons |= {2: ~has_npp, 3: (npp["npp_mean"] <= 0) | (npp["npp_min"] < 0)}
        parts.append(npp)
    if "litter_input" in soil:
        reasons[4] = soil["litter_input"].sum("pool") <= 0
    conditions = [condition.transpose(*places).values for condition in reasons.values()]
    code = np.select(conditions, list(reasons), 0).astype(np.int8)
    attrs = {key: value for key, value in soil.attrs.items() if key != "source"}
    attrs["source"] = "; ".join(part.attrs["source"] for part in parts if "source" in part.attrs)
    merged = soil if npp is None else soil.assign(npp.data_vars)
    return merged.assign_attrs(attrs), xr.DataArray(code, dims=places)
