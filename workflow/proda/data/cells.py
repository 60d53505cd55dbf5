"""The cells of a regular longitude-latitude grid that hold land of a region, with exact areas.

A cell is half open: it owns its western and southern edge. On a sphere of radius R the area between
two meridians and two parallels is R^2 dlon (sin north - sin south).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
import xarray as xr

from proda import arrays
from proda.arrays import Counts
from proda.data.region import EARTH_RADIUS, Region, to_equal_area
from proda.errors import InputError, number_text
from proda.netcdf import load_netcdf, save_netcdf

__all__ = ["Cells", "make_cells", "read_cells", "write_cells"]

BYTES_PER_LAND_CELL = 10_000
"""Memory that the largest job takes for a cell with land."""

BYTES_PER_CELL = 4
"""Memory for any cell of the globe, which has an index."""

USUAL_RESOLUTIONS = (0.02, 0.025, 0.05, 0.1, 0.125, 0.25, 0.5)
"""degrees"""


@dataclass(frozen=True)
class Cells:
    """The n cells of a region, from south to north and in each row from west to east.

    Attributes
    ----------
    resolution
        Width and height of a cell, degrees.
    lon, lat
        (n,) centres, degrees.
    area_m2
        (n,) area of the whole cell.
    land_fraction
        (n,) fraction of that area that is land of the region, in ]0, 1].
    """

    resolution: float
    lon: arrays.Cells
    lat: arrays.Cells
    area_m2: arrays.Cells
    land_fraction: arrays.Cells

    def __len__(self) -> int:
        return self.lon.size

    @property
    def land_area_m2(self) -> arrays.Cells:
        """(n,) area of land of the region in each cell."""
        return self.area_m2 * self.land_fraction

    def columns(self, lon: npt.ArrayLike) -> Counts:
        """Column of the global grid that holds each longitude; longitudes repeat every 360."""
        column = np.floor((np.asarray(lon) + 180) / self.resolution).astype(np.int64)
        return column % round(360 / self.resolution)

    def rows(self, lat: npt.ArrayLike) -> Counts:
        """Row of the global grid, counted from the south pole, that holds each latitude."""
        row = np.floor((np.asarray(lat) + 90) / self.resolution).astype(np.int64)
        return np.clip(row, 0, round(180 / self.resolution) - 1)

    def lookup(self) -> npt.NDArray[np.int32]:
        """(rows, columns) index of each cell of the global grid into the n cells; -1 elsewhere."""
        n_rows = round(180 / self.resolution)
        index = np.full((n_rows, 2 * n_rows), -1, dtype=np.int32)
        index[self.rows(self.lat), self.columns(self.lon)] = np.arange(len(self))
        return index

    def index_of(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> npt.NDArray[np.int32]:
        """Index of the cell that holds each point; -1 for a point in none of them."""
        return self.lookup()[self.rows(lat), self.columns(lon)]

    def to_grid(
        self,
        values: npt.ArrayLike,
        name: str | None = None,
        attrs: Mapping[str, object] | None = None,
    ) -> xr.DataArray:
        """Lay values out on the grid.

        Parameters
        ----------
        values
            (n,) of the cells.
        name, attrs
            Of the result.

        Returns
        -------
        xarray.DataArray
            (lat, lon), NaN where the region has no cell: the smallest rectangle around the cells,
            both coordinates ascending.

        Raises
        ------
        InputError
            For another number of values.
        """
        values = np.asarray(values, dtype=np.float64)
        if values.shape != self.lon.shape:
            raise InputError(name or "values", f"shape ({len(self)},)", f"shape {values.shape}")
        rows, columns = self.rows(self.lat), self.columns(self.lon)
        grid = np.full((np.ptp(rows) + 1, np.ptp(columns) + 1), np.nan)
        grid[rows - rows.min(), columns - columns.min()] = values
        lat = (rows.min() + np.arange(grid.shape[0]) + 0.5) * self.resolution - 90
        lon = (columns.min() + np.arange(grid.shape[1]) + 0.5) * self.resolution - 180
        coordinates = {
            "lat": ("lat", lat, _axis("latitude", "degrees_north", "Y")),
            "lon": ("lon", lon, _axis("longitude", "degrees_east", "X")),
        }
        return xr.DataArray(grid, coordinates, ("lat", "lon"), name=name, attrs=attrs)

    def from_grid(self, grid: xr.DataArray) -> arrays.Cells:
        """Pick the values of the cells from a grid.

        Parameters
        ----------
        grid
            With coordinates lat and lon, the centres of cells.

        Returns
        -------
        numpy.ndarray
            (n,) of the cells.

        Raises
        ------
        InputError
            If the grid lacks the centre of a cell.
        """
        tolerance = 1e-3 * self.resolution
        lat, lon = xr.DataArray(self.lat, dims="cell"), xr.DataArray(self.lon, dims="cell")
        try:
            picked = grid.sel(lat=lat, lon=lon, method="nearest", tolerance=tolerance)
        except KeyError as error:
            where, found = str(grid.name or "grid"), f"no {error.args[0]}"
            raise InputError(where, "the centres of all cells as lat and lon", found) from None
        return picked.values


def make_cells(region: Region, resolution: float = 0.5, min_land_fraction: float = 0.0) -> Cells:
    """Find the cells that hold land of a region.

    Parameters
    ----------
    region
        The land.
    resolution
        degrees; must divide 180, so that the cells tile the globe from (-180, -90).
    min_land_fraction
        Cells with more land than this are kept. With 0, their land areas sum to the area of the
        region.

    Returns
    -------
    Cells
        With exact areas.

    Raises
    ------
    InputError
        For other resolutions, for a grid that does not fit into the memory of the machine, and if
        no cell remains.
    """
    n_rows = round(180 / resolution) if 1e-9 < resolution <= 90 else 0
    if n_rows == 0 or abs(n_rows * resolution - 180) > 1e-6:
        raise InputError("resolution", "a divisor of 180 degrees", number_text(resolution))
    if not 0 <= min_land_fraction < 1:
        found = number_text(min_land_fraction)
        raise InputError("min_land_fraction", "a number in [0, 1[", found)
    resolution = 180 / n_rows

    west, south, east, north = region.geometry.bounds
    land = to_equal_area(region.geometry)
    _check_memory(land, resolution)
    columns = np.arange(*_span(west, east, 180, resolution))
    rows = np.arange(*_span(south, north, 90, resolution))
    x = np.radians(np.append(columns, columns[-1] + 1) * resolution - 180)
    y = np.sin(np.radians(np.append(rows, rows[-1] + 1) * resolution - 90))

    area = np.zeros((rows.size, columns.size))
    for i in range(rows.size):
        # Cutting a band first leaves each cell only the few vertices of its own latitude.
        band = shapely.intersection(land, shapely.box(x[0], y[i], x[-1], y[i + 1]))
        shapely.prepare(band)
        boxes = shapely.box(x[:-1], y[i], x[1:], y[i + 1])
        touched = shapely.intersects(band, boxes)
        area[i, touched] = shapely.area(shapely.intersection(band, boxes[touched]))
    whole = np.broadcast_to((np.diff(y) * np.radians(resolution))[:, None], area.shape)
    fraction = np.clip(area / whole, 0, 1)
    kept = fraction > min_land_fraction
    if not kept.any():
        found = f"at most {number_text(fraction.max())}"
        expected = f"a land fraction above {number_text(min_land_fraction)}"
        raise InputError(f"cells of {region.name}", expected, found)
    row, column = np.nonzero(kept)
    return Cells(
        resolution,
        lon=np.asarray((columns[column] + 0.5) * resolution - 180, np.float64),
        lat=np.asarray((rows[row] + 0.5) * resolution - 90, np.float64),
        area_m2=whole[kept] * EARTH_RADIUS**2,
        land_fraction=fraction[kept],
    )


def write_cells(cells: Cells, path: str | Path, attrs: Mapping[str, object] | None = None) -> None:
    """Write the cells as CF-1.11 netCDF on (lat, lon).

    Parameters
    ----------
    cells
        To write.
    path
        File to write.
    attrs
        Further global attributes (provenance).
    """
    area = {
        "standard_name": "cell_area",
        "long_name": "area of the whole cell",
        "units": "m2",
    }
    land = {
        "standard_name": "land_area_fraction",
        "long_name": "fraction of the cell that is land of the region",
        "units": "1",
    }
    dataset = xr.Dataset(
        {
            "cell_area": cells.to_grid(cells.area_m2, "cell_area", area),
            "land_fraction": cells.to_grid(cells.land_fraction, "land_fraction", land),
        },
        attrs={
            "Conventions": "CF-1.11",
            "title": "Grid cells with land of the region",
            "resolution": cells.resolution,
            **(attrs or {}),
        },
    )
    encoding = {name: {"_FillValue": None} for name in ("lat", "lon")}
    save_netcdf(dataset, path, encoding)


def read_cells(path: str | Path) -> Cells:
    """Read what `write_cells` wrote.

    Parameters
    ----------
    path
        File of the cells.

    Returns
    -------
    Cells
        The same cells, in the same order.

    Raises
    ------
    InputError
        If the file is not of cells.
    """
    dataset = load_netcdf(path, "cells", ["cell_area", "land_fraction"])
    row, column = np.nonzero(dataset["land_fraction"].notnull().values)
    return Cells(
        float(dataset.attrs["resolution"]),
        lon=dataset["lon"].values[column],
        lat=dataset["lat"].values[row],
        area_m2=dataset["cell_area"].values[row, column],
        land_fraction=dataset["land_fraction"].values[row, column],
    )


def _check_memory(land: shapely.Geometry, resolution: float) -> None:
    """Raise InputError if the grid needs more memory than the machine has.

    land: the region in equal area, whose area unit is R^2 square radians.
    """
    memory = _machine_memory()
    needed = _grid_memory(land, resolution)
    if needed <= memory:
        return
    smaller = (other for other in USUAL_RESOLUTIONS if other > resolution)
    for other in smaller:
        if _grid_memory(land, other) <= memory / 2:
            hint = f"a resolution of {other:g} needs {_grid_memory(land, other) / 1e9:.1f} GB"
            break
    else:
        hint = "a larger region.resolution, or a smaller region"
    raise InputError(
        "region.resolution",
        f"a grid that fits into the memory of this machine, {memory / 1e9:.1f} GB",
        f"{number_text(resolution)} degrees, which needs about {needed / 1e9:.1f} GB",
        hint,
    )


def _grid_memory(land: shapely.Geometry, resolution: float) -> float:
    """Approximate memory of the largest job, bytes."""
    land_cells = land.area / np.radians(resolution) ** 2
    return BYTES_PER_LAND_CELL * land_cells + BYTES_PER_CELL * 2 * (180 / resolution) ** 2


def _machine_memory() -> int:
    """Memory of the machine, bytes."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _axis(name: str, units: str, axis: str) -> dict[str, str]:
    return {"standard_name": name, "long_name": name, "units": units, "axis": axis}


def _span(low: float, high: float, origin: float, resolution: float) -> tuple[int, int]:
    """First cell and the one after the last, along an axis from -origin."""
    first = int(np.floor((low + origin) / resolution))
    return first, max(int(np.ceil((high + origin) / resolution)), first + 1)
