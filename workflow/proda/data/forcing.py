"""The files of forcing, site_forcing.nc and grid_forcing.nc: those of sites are read in parts.

A job of one profile reads a few hundred numbers, so reading uses the netCDF library alone, without
pandas and xarray, whose import takes longer than the job.
"""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from proda.arrays import Counts, FloatArray
from proda.errors import InputError
from proda.model.forcing import Forcing
from proda.model.structures import STRUCTURES
from proda.netcdf import open_netcdf, save_netcdf

if TYPE_CHECKING:
    import netCDF4
    import xarray as xr

    from proda.model import SoilModel

__all__ = [
    "load_grid_forcing",
    "load_site_bedrock",
    "load_site_columns",
    "load_site_forcing",
    "site_forcing_portions",
    "write_forcing",
]

PROFILES_PER_CHUNK = 64
PORTION = 2_048  # profiles whose forcing is in memory while it is prepared

Pick: TypeAlias = Callable[["netCDF4.Variable"], npt.NDArray[Any]]
"""Function that reads the wanted places of a variable, (places, ...)."""


def write_forcing(
    forcing: "xr.Dataset", path: str | Path, attrs: Mapping[str, Any] | None = None
) -> None:
    """Write a forcing Dataset as CF-1.11 netCDF.

    Parameters
    ----------
    forcing : xarray.Dataset
        Forcing of profiles or of the grid.
    path : Path
        The file.
    attrs : mapping, optional
        Further global attributes (provenance).
    """
    forcing = forcing.assign_attrs({"Conventions": "CF-1.11"} | forcing.attrs | dict(attrs or {}))
    encoding: dict[Any, dict[str, Any]] = {}
    for name, variable in forcing.data_vars.items():
        if variable.dtype != object:
            encoding[name] = {"zlib": True, "complevel": 4}
            if variable.dims[:1] == ("profile",) and variable.size:
                rows = min(PROFILES_PER_CHUNK, variable.shape[0])
                encoding[name]["chunksizes"] = (rows, *variable.shape[1:])
    for name, coordinate in forcing.coords.items():
        if coordinate.dtype.kind == "f":
            encoding[name] = {"_FillValue": None}
    save_netcdf(forcing, path, encoding)


def load_site_forcing(
    path: str | Path, first: int = 0, count: int | None = None
) -> tuple[list[str], Forcing]:
    """Load the forcing of a range of profiles.

    Parameters
    ----------
    path : Path
        site_forcing.nc.
    first : int
        Position of the first profile.
    count : int, optional
        Number of profiles; all the rest by default.

    Returns
    -------
    ids : list of str
        Profile identifiers.
    forcing : Forcing
        Of the kind the structure of the file takes.

    Raises
    ------
    InputError
        If the file does not hold site forcing, or not so many profiles.
    """
    with _open(path, "profile_id") as data:
        total = data.dimensions["profile"].size
        rows = _rows(path, first, count, total)
        ids = [str(name) for name in data["profile_id"][rows]]
        return ids, _forcing(path, data, lambda variable: variable[rows])


def load_site_columns(path: str | Path, model: "SoilModel") -> tuple[list[str], FloatArray]:
    """Load the forcing of all n profiles, prepared for the kernels.

    Parameters
    ----------
    path : Path
        site_forcing.nc.
    model : SoilModel
        Of the same structure.

    Returns
    -------
    ids : list of str
        Profile identifiers.
    columns : (n, rows, layers) array
        Of `SoilModel.columns`.

    Raises
    ------
    InputError
        If the file does not hold site forcing.
    """
    total = _profiles_in(path)
    ids: list[str] = []
    columns = np.empty((total, 0, 0))
    for names, forcing in site_forcing_portions(path):
        part = model.columns(forcing)
        if not ids:
            columns = np.empty((total, *part.shape[1:]))
        columns[len(ids) : len(ids) + len(names)] = part
        ids += names
    return ids, columns


def site_forcing_portions(path: str | Path) -> Iterator[tuple[list[str], Forcing]]:
    """Yield identifiers and forcing of all profiles, some at a time.

    As a whole it takes as much memory as what is made of it.

    Parameters
    ----------
    path : Path
        site_forcing.nc.

    Raises
    ------
    InputError
        If the file does not hold site forcing.
    """
    total = _profiles_in(path)
    for first in range(0, max(total, 1), PORTION):
        yield load_site_forcing(path, first, min(PORTION, total - first))


def load_site_bedrock(path: str | Path) -> tuple[list[str], Counts]:
    """Load the identifiers of the profiles and their numbers of layers above bedrock (n,).

    Raises
    ------
    InputError
        If the file does not hold site forcing with bedrock.
    """
    with open_netcdf(path, "forcing", ["profile_id", "bedrock_layer"]) as data:
        ids = [str(name) for name in data["profile_id"][:]]
        return ids, np.ma.filled(data["bedrock_layer"][:].astype(np.int64), 0)


def load_grid_forcing(path: str | Path) -> tuple[Counts, Forcing]:
    """Load the forcing of the cells that have all of it.

    Parameters
    ----------
    path : Path
        grid_forcing.nc.

    Returns
    -------
    cells : (n,) array of int
        Numbers of the cells, in the order of `proda.data.cells.Cells`.
    forcing : Forcing
        Of the kind the structure of the file takes.

    Raises
    ------
    InputError
        If the file does not hold grid forcing.
    """
    with _open(path, "cell") as data:
        cell, usable = data["cell"][:].filled(-1), data["no_forcing"][:].filled(1) == 0
        row, column = np.nonzero((cell >= 0) & usable)
        order = np.argsort(cell[row, column])
        row, column = row[order], column[order]

        def pick(variable: "netCDF4.Variable") -> npt.NDArray[Any]:
            values = variable[:]
            return np.moveaxis(values[..., row, column], -1, 0)

        return cell[row, column], _forcing(path, data, pick)


def _open(path: str | Path, needed: str) -> "netCDF4.Dataset":
    """Open a file of forcing that has the variable ``needed`` and a known structure."""
    data = open_netcdf(path, "forcing")
    if needed not in data.variables or getattr(data, "structure", None) not in STRUCTURES:
        found = ", ".join(data.variables)
        data.close()
        raise InputError(path, f"forcing with {needed} and its structure", f"variables {found}")
    return data


def _profiles_in(path: str | Path) -> int:
    """Number of profiles in a file of site forcing."""
    with _open(path, "profile_id") as data:
        return int(data.dimensions["profile"].size)


def _rows(path: str | Path, first: int, count: int | None, total: int) -> slice:
    last = total if count is None else first + count
    if not 0 <= first <= last <= total:
        raise InputError(path, f"profiles {first} to {last}", f"{total} profiles")
    return slice(first, last)


def _forcing(path: str | Path, data: "netCDF4.Dataset", pick: Pick) -> Forcing:
    """Read the forcing of the picked places, NaN where missing."""
    kind = STRUCTURES[data.structure].forcing
    lacking = kind.lacking(data.variables)
    if lacking is not None:
        raise InputError(path, f"a variable {lacking}", ", ".join(data.variables))
    present = [name for name in kind.names() if name in data.variables]
    return kind(
        **{name: np.ma.filled(pick(data[name]).astype(np.float64), np.nan) for name in present}
    )
