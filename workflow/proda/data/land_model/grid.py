"""The horizontal grid of a CLM history file: a regular grid, or a single column.

A regular grid has coordinates lat(lat) and lon(lon). Single-point runs write lat(lndgrid) and
lon(lndgrid) of size 1, and a column cut out of a grid keeps lat and lon as scalars: both are read
as a grid of one cell. Many columns on one dimension (the unstructured grids of the spectral-element
core, or output by column) are refused: forcing is interpolated on rows and columns.
"""

from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np

from proda.arrays import Counts, FloatArray
from proda.data.axes import as_degrees, require_distinct
from proda.errors import InputError

__all__ = ["HorizontalGrid", "read_grid"]

# degrees; coordinates of one grid differ by rounding to float32 at most.
TOLERANCE = 1e-3


@dataclass(frozen=True)
class HorizontalGrid:
    """Horizontal dimensions of the fields of a file, and its cells in ascending order.

    Attributes
    ----------
    dims : tuple of str
        ("lat", "lon"), or those of a single column, which may be none.
    lat, lon : (nlat,) and (nlon,) arrays
        Degrees, lon in [-180, 180[.
    rows, columns : (nlat,) and (nlon,) arrays of int
        Positions of lat and lon in the file.
    """

    dims: tuple[str, ...]
    lat: FloatArray
    lon: FloatArray
    rows: Counts
    columns: Counts

    def holds(self, dimensions: tuple[str, ...]) -> bool:
        """Whether a variable of these dimensions is a field on the grid, possibly with levels."""
        core = dimensions[1:] if dimensions[:1] == ("time",) else dimensions
        if self.dims:
            return set(self.dims) <= set(core)
        return all(name.startswith("lev") for name in core)

    def levels_of(self, dimensions: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the dimensions of a field besides time and place: () or (level,), else None."""
        core = dimensions[1:] if dimensions[:1] == ("time",) else dimensions
        end = len(core) - len(self.dims)
        level = core[:end]
        return level if end >= 0 and core[end:] == self.dims and len(level) <= 1 else None

    def span(self, rows: slice) -> slice:
        """Positions in the file that hold some of the ascending rows."""
        wanted = self.rows[rows]
        return slice(int(wanted.min()), int(wanted.max()) + 1)

    def arrange(self, values: FloatArray, rows: slice) -> FloatArray:
        """Arrange values (.., *dims of the file) as (.., nlat, nlon) in ascending order.

        Parameters
        ----------
        values
            Those of the `span` of the rows.
        rows
            Of the ascending grid.
        """
        if self.dims == ("lat", "lon"):
            return values[..., self.rows[rows] - self.span(rows).start, :][..., self.columns]
        return values.reshape(*values.shape[: values.ndim - len(self.dims)], 1, 1)

    def is_same(self, other: "HorizontalGrid") -> bool:
        """Whether two files lie on the same cells."""
        return all(
            a.shape == b.shape and np.abs(a - b).max() < TOLERANCE
            for a, b in ((self.lat, other.lat), (self.lon, other.lon))
        )


def read_grid(path: Path, data: netCDF4.Dataset) -> HorizontalGrid:
    """Read the HorizontalGrid of an open netCDF file.

    Raises
    ------
    InputError
        For missing, unusable or repeated coordinates, and for several columns that are not on a
        regular grid.
    """
    for name in ("lat", "lon"):
        if name not in data.variables:
            expected = f"a coordinate variable {name}({name}), or {name} of a single column"
            raise InputError(f"{path}: {name}", expected, "variables " + ", ".join(data.variables))
    lat, lon = data["lat"], data["lon"]
    dims = tuple(dict.fromkeys((*lat.dimensions, *lon.dimensions)))
    if dims != ("lat", "lon") and (lat.size > 1 or lon.size > 1):
        found = f"{max(lat.size, lon.size)} places on ({', '.join(dims)})"
        hint = "put many columns on such a grid first, for instance with ncremap or cdo remapnn"
        raise InputError(
            f"{path}: lat, lon", "a grid lat(lat), lon(lon) or one column", found, hint
        )
    lat, lon = (as_degrees(path, data[name][:], name) for name in ("lat", "lon"))
    require_distinct(path, lat, "lat")
    require_distinct(path, lon, "lon")
    lon = (lon + 180) % 360 - 180
    rows, columns = np.argsort(lat), np.argsort(lon)
    return HorizontalGrid(dims, lat[rows], lon[columns], rows, columns)
