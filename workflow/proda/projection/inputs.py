"""Inputs of a projection: the profiles and the cells, with their forcing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from proda.arrays import Counts, FloatArray, Horizons
from proda.data.cells import Cells, read_cells
from proda.data.forcing import load_grid_forcing, load_site_forcing
from proda.data.order import check_cells, check_profiles
from proda.model.forcing import Forcing
from proda.netcdf import open_netcdf

__all__ = ["Grid", "Sites", "load_grid", "load_sites"]


@dataclass(frozen=True)
class Sites:
    """The n profiles, in the order of all files.

    Attributes
    ----------
    ids
        Identifiers.
    lon, lat
        (n,) degrees.
    cell
        (n,) number of the grid cell that holds each, -1 for none.
    row_size
        (n,) horizons of each.
    depth
        (horizons,) m.
    operator
        (horizons, layers), takes SOC at the nodes to these depths.
    forcing
        Of the n profiles.
    """

    ids: list[str]
    lon: FloatArray
    lat: FloatArray
    cell: Counts
    row_size: Counts
    depth: Horizons
    operator: FloatArray
    forcing: Forcing


@dataclass(frozen=True)
class Grid:
    """The cells, forcing of those that have some, and the column of it of each cell (-1: none)."""

    cells: Cells
    forcing: Forcing
    column: Counts


def load_sites(observations_path: str | Path, forcing_path: str | Path) -> Sites:
    """Read observations and forcing of the sites.

    Parameters
    ----------
    observations_path
        observations.nc.
    forcing_path
        site_forcing.nc.

    Raises
    ------
    InputError
        If they lack a variable or are of different profiles.
    """
    names = ("row_size", "depth", "operator", "profile_id")
    row_size, depth, operator, ids = _read(observations_path, "observations", names)
    ids = [str(name) for name in ids]
    forced, forcing = load_site_forcing(forcing_path)
    check_profiles(forcing_path, forced, ids, observations_path)
    lon, lat, cell = _read(forcing_path, "forcing", ("lon", "lat", "cell"))
    return Sites(ids, lon, lat, cell, row_size, depth, operator, forcing)


def load_grid(cells_path: str | Path, forcing_path: str | Path) -> Grid:
    """Read cells and forcing of the grid.

    Parameters
    ----------
    cells_path
        cells.nc.
    forcing_path
        grid_forcing.nc.

    Raises
    ------
    InputError
        If the forcing is that of other cells.
    """
    cells = read_cells(cells_path)
    numbers, forcing = load_grid_forcing(forcing_path)
    number, lat, lon = _read(forcing_path, "forcing", ("cell", "lat", "lon"))
    row, column = np.nonzero(number >= 0)
    order = np.argsort(number[row, column])
    check_cells(forcing_path, (lat[row[order]], lon[column[order]]), cells)
    column = np.full(len(cells), -1)
    column[numbers] = np.arange(len(numbers))
    return Grid(cells, forcing, column)


def _read(path: str | Path, what: str, names: Sequence[str]) -> list[Any]:
    """Arrays of the named variables."""
    with open_netcdf(path, what, names) as file:
        return [np.ma.filled(file[name][:]) for name in names]
