"""Where the fields of a CLM history file lie: a regular grid, or a single column.

A regular grid has coordinates lat(lat) and lon(lon). Single-point runs write lat(lndgrid) and
lon(lndgrid) of size 1, and a column cut out of a grid keeps lat and lon as scalars: both are read
as a grid of one cell. Many columns on one dimension (the unstructured grids of the spectral-element
core, or output by column) are refused: forcing is interpolated on rows and columns.
"""

from dataclasses import dataclass

import numpy as np

from proda.data.axes import as_degrees, require_distinct
from proda.errors import InputError

__all__ = ["HorizontalGrid", "read_grid"]

# degrees; coordinates of one grid differ by rounding to float32 at most.
TOLERANCE = 1e-3


@dataclass(frozen=True)
class HorizontalGrid:
    """Horizontal dimensions of the fields of a file, and its cells in ascending order.

    dims: ("lat", "lon"), or those of a single column, which may be none. lat (nlat,) and lon
    (nlon,) in degrees, lon in [-180, 180[. rows, columns: where these stand in the file.
    """

    dims: tuple
    lat: np.ndarray
    lon: np.ndarray
    rows: np.ndarray
    columns: np.ndarray

    def holds(self, dimensions):
        """Whether a variable of these dimensions is a field on the grid, possibly with levels."""
        core = dimensions[1:] if dimensions[:1] == ("time",) else dimensions
        if self.dims:
            return set(self.dims) <= set(core)
        return all(name.startswith("lev") for name in core)

    def levels_of(self, dimensions):
        """The dimensions of a field apart from time and place: () or (level,); None for others."""
        core = dimensions[1:] if dimensions[:1] == ("time",) else dimensions
        end = len(core) - len(self.dims)
        level = core[:end]
        return level if end >= 0 and core[end:] == self.dims and len(level) <= 1 else None

    def arrange(self, values):
        """Values (.., *dims of the file) as (.., nlat, nlon) in ascending order."""
        if self.dims == ("lat", "lon"):
            return values[..., self.rows, :][..., self.columns]
        return values.reshape(*values.shape[: values.ndim - len(self.dims)], 1, 1)

    def is_same(self, other):
        """Whether two files lie on the same cells."""
        return all(
            a.shape == b.shape and np.abs(a - b).max() < TOLERANCE
            for a, b in ((self.lat, other.lat), (self.lon, other.lon))
        )


def read_grid(path, data):
    """The HorizontalGrid of an open netCDF file.

    Raises InputError for missing, unusable or repeated coordinates, and for more than one column
    that is not on a regular grid.
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
