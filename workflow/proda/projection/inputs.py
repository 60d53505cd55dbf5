"""What a projection reads: the profiles and the cells, with forcing that belongs to them."""

from dataclasses import dataclass

import numpy as np

from proda.data.cells import Cells, read_cells
from proda.data.forcing import load_grid_forcing, load_site_forcing
from proda.data.order import check_cells, check_profiles
from proda.netcdf import open_netcdf

__all__ = ["Grid", "Sites", "load_grid", "load_sites"]


@dataclass(frozen=True)
class Sites:
    """The n profiles, in the order of all files.

    ids: list. lon, lat: (n,) degrees. cell: (n,) number of the grid cell that holds each, -1 for
    none. row_size: (n,) horizons of each. depth: (horizons,) m. operator: (horizons, layers), takes
    SOC at the nodes to these depths. forcing: of the n profiles.
    """

    ids: list
    lon: np.ndarray
    lat: np.ndarray
    cell: np.ndarray
    row_size: np.ndarray
    depth: np.ndarray
    operator: np.ndarray
    forcing: object


@dataclass(frozen=True)
class Grid:
    """The cells, forcing of those that have some, and which column of it each cell has (-1)."""

    cells: Cells
    forcing: object
    column: np.ndarray


def load_sites(observations_path, forcing_path):
    """Read observations.nc and site_forcing.nc as Sites.

    Raises InputError if they lack a variable or are of different profiles.
    """
    names = ("row_size", "depth", "operator", "profile_id")
    row_size, depth, operator, ids = _read(observations_path, "observations", names)
    ids = [str(name) for name in ids]
    forced, forcing = load_site_forcing(forcing_path)
    check_profiles(forcing_path, forced, ids, observations_path)
    lon, lat, cell = _read(forcing_path, "forcing", ("lon", "lat", "cell"))
    return Sites(ids, lon, lat, cell, row_size, depth, operator, forcing)


def load_grid(cells_path, forcing_path):
    """Read cells.nc and grid_forcing.nc as a Grid.

    Raises InputError if the forcing is of other cells.
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


def _read(path, what, names):
    with open_netcdf(path, what, names) as file:
        return [np.ma.filled(file[name][:]) for name in names]
