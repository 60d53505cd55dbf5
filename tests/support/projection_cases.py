"""Inputs of a projection for tests: profiles and cells with forcing, as the real files are."""

import netCDF4
import numpy as np
import xarray as xr

from proda.data.cells import Cells, write_cells
from proda.data.forcing import write_forcing
from proda.data.region import EARTH_RADIUS
from proda.inference.observations import interpolation_matrix
from proda.model import MatrixModel
from site_cases import random_forcing

DIMENSION_OF_SIZE = {4: "pool", 10: "layer", 12: "month", 20: "layer"}


def make_cells(rows=2, columns=3, south=40.0, west=-100.0, size=0.5, land=1.0):
    """A full rectangle of cells with exact areas."""
    lat = south + size * (np.arange(rows) + 0.5)
    lon = west + size * (np.arange(columns) + 0.5)
    lat, lon = (a.ravel() for a in np.meshgrid(lat, lon, indexing="ij"))
    half = size / 2
    band = np.sin(np.radians(lat + half)) - np.sin(np.radians(lat - half))
    area = EARTH_RADIUS**2 * np.radians(size) * band
    return Cells(size, lon, lat, area, np.full(lon.size, land))


def forcing_of(rng, n, default_run=False):
    """Random AnnualForcing of n columns, with what a run at CLM's defaults needs if wanted."""
    forcing = random_forcing(rng, n)
    if default_run:
        object.__setattr__(forcing, "npp_mean", (forcing.npp_min + forcing.npp_max) / 2)
        object.__setattr__(forcing, "sand", np.full((n, 10), 40.0))
    return forcing


def variables_of(forcing):
    """Fields of a forcing by name: (dimensions after the first, (n, ...) array)."""
    return {
        name: (tuple(DIMENSION_OF_SIZE[size] for size in values.shape[1:]), values)
        for name, values in vars(forcing).items()
        if values is not None
    }


def write_site_inputs(folder, ids, forcing, rng, cell=None, structure="clm45-10"):
    """Write observations.nc and site_forcing.nc; 0 to 5 horizons per profile.

    Returns their paths and the operator of each profile.
    """
    n = len(ids)
    row_size = rng.integers(0, 6, n)
    depth = np.concatenate([np.sort(rng.uniform(0.01, 2.0, size)) for size in row_size])
    operator = interpolation_matrix(MatrixModel(structure).grid.node, depth)
    with netCDF4.Dataset(folder / "observations.nc", "w") as file:
        for name, size in zip(("profile", "horizon", "layer"), (n, *operator.shape), strict=True):
            file.createDimension(name, size)
        file.createVariable("profile_id", str, ("profile",))[:] = np.array(ids, dtype=object)
        file.createVariable("row_size", "i4", ("profile",))[:] = row_size
        file.createVariable("depth", "f8", ("horizon",))[:] = depth
        file.createVariable("operator", "f8", ("horizon", "layer"))[:] = operator
    data = {
        name: (("profile", *dims), values) for name, (dims, values) in variables_of(forcing).items()
    }
    data["profile_id"] = ("profile", np.array(ids, dtype=object))
    data["cell"] = ("profile", np.zeros(n, dtype="i4") if cell is None else np.asarray(cell, "i4"))
    coords = {"lon": ("profile", np.linspace(-99, -98, n)), "lat": ("profile", np.full(n, 40.2))}
    attrs = {"structure": structure}
    write_forcing(xr.Dataset(data, coords, attrs), folder / "site_forcing.nc")
    paths = folder / "observations.nc", folder / "site_forcing.nc"
    return *paths, np.split(operator, np.cumsum(row_size)[:-1])


def write_grid_inputs(folder, cells, forcing, without=(), structure="clm45-10"):
    """Write cells.nc and grid_forcing.nc; ``without``: numbers of cells that have no forcing."""
    no_forcing = np.isin(np.arange(len(cells)), without)
    data = {}
    for name, (dims, values) in variables_of(forcing).items():
        values = np.where(no_forcing.reshape(-1, *[1] * len(dims)), np.nan, values)
        maps = np.stack([cells.to_grid(one).values for one in values.reshape(len(cells), -1).T])
        data[name] = ((*dims, "lat", "lon"), maps.reshape(*values.shape[1:], *maps.shape[1:]))
    data["cell"] = cells.to_grid(np.arange(len(cells))).fillna(-1).astype("i4")
    data["no_forcing"] = cells.to_grid(no_forcing).fillna(0).astype("i1")
    write_cells(cells, folder / "cells.nc")
    write_forcing(xr.Dataset(data, attrs={"structure": structure}), folder / "grid_forcing.nc")
    return folder / "cells.nc", folder / "grid_forcing.nc"
