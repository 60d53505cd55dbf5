"""The files of forcing, site_forcing.nc and grid_forcing.nc: those of sites are read in parts.

A job of one profile reads a few hundred numbers, so reading uses the netCDF library alone, without
pandas and xarray, whose import takes longer than the job.
"""

import numpy as np

from proda.errors import InputError
from proda.files import atomic_path
from proda.model.structures import STRUCTURES
from proda.netcdf import open_netcdf, write_netcdf

__all__ = ["load_grid_forcing", "load_site_bedrock", "load_site_forcing", "write_forcing"]

PROFILES_PER_CHUNK = 64


def write_forcing(forcing, path, attrs=None):
    """Write a forcing Dataset as CF-1.11 netCDF; attrs: further global attributes (provenance)."""
    forcing = forcing.assign_attrs({"Conventions": "CF-1.11"} | forcing.attrs | (attrs or {}))
    encoding = {}
    for name, variable in forcing.data_vars.items():
        if variable.dtype != object:
            encoding[name] = {"zlib": True, "complevel": 4}
            if variable.dims[:1] == ("profile",) and variable.size:
                rows = min(PROFILES_PER_CHUNK, variable.shape[0])
                encoding[name]["chunksizes"] = (rows, *variable.shape[1:])
    for name, coordinate in forcing.coords.items():
        if coordinate.dtype.kind == "f":
            encoding[name] = {"_FillValue": None}
    with atomic_path(path) as temporary:
        write_netcdf(forcing, temporary, encoding)


def load_site_forcing(path, first=0, count=None):
    """Forcing of ``count`` profiles from the ``first`` on (all the rest if None).

    Returns (ids, forcing): a list of profile identifiers, and the Forcing of the file's structure.
    Raises InputError if the file is no site forcing or ends before.
    """
    with _open(path, "profile_id") as data:
        total = data.dimensions["profile"].size
        rows = _rows(path, first, count, total)
        ids = [str(name) for name in data["profile_id"][rows]]
        return ids, _forcing(path, data, lambda variable: variable[rows])


def load_site_bedrock(path):
    """Identifiers of the profiles (list) and their number of layers above bedrock (n,).

    Raises InputError if the file is no site forcing with bedrock.
    """
    with open_netcdf(path, "forcing", ["profile_id", "bedrock_layer"]) as data:
        ids = [str(name) for name in data["profile_id"][:]]
        return ids, np.ma.filled(data["bedrock_layer"][:].astype(np.int64), 0)


def load_grid_forcing(path):
    """Forcing of the cells that have all of it.

    Returns (cells, forcing): the numbers of the cells (in the order of `proda.data.cells.Cells`)
    and their forcing as `load_site_forcing`. Raises InputError as it does.
    """
    with _open(path, "cell") as data:
        cell, usable = data["cell"][:].filled(-1), data["no_forcing"][:].filled(1) == 0
        row, column = np.nonzero((cell >= 0) & usable)
        order = np.argsort(cell[row, column])
        row, column = row[order], column[order]

        def pick(variable):
            values = variable[:]
            return np.moveaxis(values[..., row, column], -1, 0)

        return cell[row, column], _forcing(path, data, pick)


def _open(path, needed):
    data = open_netcdf(path, "forcing")
    if needed not in data.variables or getattr(data, "structure", None) not in STRUCTURES:
        found = ", ".join(data.variables)
        data.close()
        raise InputError(path, f"forcing with {needed} and its structure", f"variables {found}")
    return data


def _rows(path, first, count, total):
    last = total if count is None else first + count
    if not 0 <= first <= last <= total:
        raise InputError(path, f"profiles {first} to {last}", f"{total} profiles")
    return slice(first, last)


def _forcing(path, data, pick):
    kind = STRUCTURES[data.structure].forcing
    lacking = kind.lacking(data.variables)
    if lacking is not None:
        raise InputError(path, f"a variable {lacking}", ", ".join(data.variables))
    present = [name for name in kind.names() if name in data.variables]
    return kind(
        **{name: np.ma.filled(pick(data[name]).astype(np.float64), np.nan) for name in present}
    )
