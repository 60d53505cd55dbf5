"""Values of gridded forcing at points and on other grids, without mixing land and sea.

A point takes the bilinear mean of the four surrounding cell centres. Cells without data (ocean,
ice) are excluded and the weights of the others rescaled to sum to 1. If all four are missing, the
nearest cell with data is taken, up to a maximum distance; beyond it the point has no forcing. The
result records for each point which of these applied. The study itself took the nearest cell
(``method="nearest"``).

The interpolation is one sparse matrix (points x cells), by which fields are multiplied a few months
or layers at a time, so that little more is in memory than fields and result. A cell counts as
having data only where every variable, layer and month has a value: all forcing of a point thus
comes from the same cells.
"""

from collections.abc import Collection, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from proda.arrays import Columns, Counts, FloatArray, Mask
from proda.check import as_array, check_range
from proda.errors import InputError

__all__ = [
    "LAT_ATTRIBUTES",
    "LON_ATTRIBUTES",
    "NONE",
    "SOURCES",
    "diagonal_km",
    "other_coordinates",
    "regrid",
    "sample",
    "weights_of_cells",
]

EARTH_RADIUS_KM = 6371.0088
# How a point got its value; the position in this tuple is the code in `forcing_source`.
SOURCES = ("none", "nearest_cell", "part_of_four_cells", "four_cells")
NONE, NEAREST, PART, FULL = range(4)
SOURCE_ATTRIBUTES = {
    "long_name": "how the forcing was found",
    "flag_values": np.arange(len(SOURCES), dtype=np.int8),
    "flag_meanings": " ".join(SOURCES),
}
LON_ATTRIBUTES = {"units": "degrees_east", "standard_name": "longitude"}
LAT_ATTRIBUTES = {"units": "degrees_north", "standard_name": "latitude"}
# Smaller weights are rounding: the point lies on the centre of a missing cell.
MIN_WEIGHT = 1e-6
BLOCK_BYTES = 64 * 2**20  # of a field that is interpolated at a time
# Cells whose distances differ by less than this fraction of the Earth's radius are equally near.
TIE = 1e-9

SourceCodes: TypeAlias = npt.NDArray[np.int8]
"""Positions in SOURCES, (points,)."""

Indicators: TypeAlias = Mapping[str, xr.DataArray]
"""By variable 1 in the cells and layers that count, 0 in the others, (..., lat, lon)."""


def sample(
    dataset: xr.Dataset,
    lon: Columns,
    lat: Columns,
    method: str = "bilinear",
    max_distance_km: float | None = None,
    indices: Collection[str] = (),
    within: Indicators | None = None,
) -> tuple[xr.Dataset, Mask]:
    """Sample every variable of ``dataset`` at points.

    Parameters
    ----------
    dataset : xarray.Dataset
        Variables (..., lat, lon) with the coordinates lat and lon of cell centres in degrees, in
        any order and either longitude convention; NaN where there are no data.
    lon, lat : (n,) arrays
        Degrees.
    method : {"bilinear", "nearest"}
        Of equally near cells the south-western one is taken.
    max_distance_km : float, optional
        Maximum distance of the centre of a nearest cell; by default the diagonal of a cell at the
        equator, so that only neighbours are searched, whatever the grid.
    indices : collection of str
        Variables that are numbers of layers or classes, taken from the cell of largest weight
        instead of averaged.
    within : mapping of xarray.DataArray, optional
        Of variables in [0, 1] that are averaged over those cells only where an indicator on the
        coordinates of ``dataset`` is 1; 0 where none of the cells counts.

    Returns
    -------
    sampled : xarray.Dataset
        On (..., point), with lon, lat and forcing_source (a code of SOURCES); NaN where there is no
        forcing.
    found : (n,) array of bool
        Whether a point has forcing.

    Raises
    ------
    InputError
        For coordinates that are not degrees, an unknown method or no data at all.
    """
    points = _points(dataset, lon, lat, method, max_distance_km)
    variables: dict[Hashable, Any] = {}
    for name, variable in points.dataset.data_vars.items():
        others = [dim for dim in variable.dims if dim not in ("lat", "lon")]
        values = np.empty((*(variable.sizes[dim] for dim in others), points.lon.size))
        for block, part in points.blocks(name, indices, within or {}):
            values[block] = part
        variables[name] = ((*others, "point"), values, variable.attrs)
    variables["forcing_source"] = ("point", points.source, SOURCE_ATTRIBUTES)
    coords: dict[Hashable, Any] = {**other_coordinates(points.dataset)}
    coords["lon"] = ("point", points.lon, LON_ATTRIBUTES)
    coords["lat"] = ("point", points.lat, LAT_ATTRIBUTES)
    return xr.Dataset(variables, coords, points.attributes), points.found


def regrid(
    dataset: xr.Dataset,
    lat: FloatArray,
    lon: FloatArray,
    method: str = "bilinear",
    max_distance_km: float | None = None,
    indices: Collection[str] = (),
    within: Indicators | None = None,
    wanted: Mask | None = None,
) -> tuple[xr.Dataset, Mask]:
    """Sample every variable of ``dataset`` on another grid.

    Parameters
    ----------
    dataset, method, max_distance_km, indices, within
        As for `sample`.
    lat, lon : (nlat,) and (nlon,) arrays
        Cell centres in degrees.
    wanted : (nlat, nlon) array of bool, optional
        Cells to sample; the others have no forcing. All by default.

    Returns
    -------
    grid : xarray.Dataset
        On (..., lat, lon).
    found : (nlat, nlon) array of bool
        Whether a cell has forcing.
    """
    lat, lon = as_array("lat", lat, (None,), "degrees"), as_array("lon", lon, (None,), "degrees")
    shape = (lat.size, lon.size)
    row, column = np.nonzero(np.ones(shape, dtype=bool) if wanted is None else wanted)
    points = _points(dataset, lon[column], lat[row], method, max_distance_km)
    cells: dict[Hashable, Any] = {}
    for name, variable in points.dataset.data_vars.items():
        others = [dim for dim in variable.dims if dim not in ("lat", "lon")]
        values = np.full((*(variable.sizes[dim] for dim in others), *shape), np.nan)
        for block, part in points.blocks(name, indices, within or {}):
            values[block][..., row, column] = part
        cells[name] = ((*others, "lat", "lon"), values, variable.attrs)
    source, found = np.full(shape, NONE, dtype=np.int8), np.zeros(shape, dtype=bool)
    source[row, column], found[row, column] = points.source, points.found
    cells["forcing_source"] = (("lat", "lon"), source, SOURCE_ATTRIBUTES)
    coords: dict[Hashable, Any] = {**other_coordinates(points.dataset)}
    coords["lat"], coords["lon"] = ("lat", lat, LAT_ATTRIBUTES), ("lon", lon, LON_ATTRIBUTES)
    return xr.Dataset(cells, coords, points.attributes), found


def other_coordinates(dataset: xr.Dataset) -> dict[Hashable, xr.DataArray]:
    """Coordinates of a dataset beside those of its grid, by name."""
    coords = dataset.coords.items()
    return {name: each for name, each in coords if not {"lat", "lon"} & set(each.dims)}


@dataclass(frozen=True)
class _Points:
    """Points on the grid of a dataset.

    Attributes
    ----------
    dataset
        Its coordinates ascending.
    attributes
        Of the result.
    lon, lat
        (n,) degrees.
    has_data
        (nlat, nlon) cells with data.
    weights, largest
        Sparse matrices (n, nlat nlon): of all cells, and of the one of largest weight.
    source
        (n,) the code of SOURCES.
    """

    dataset: xr.Dataset
    attributes: dict[Any, Any]
    lon: Columns
    lat: Columns
    has_data: Mask
    weights: csr_array
    largest: csr_array
    source: SourceCodes

    @property
    def found(self) -> Mask:
        """(n,) whether a point has forcing."""
        return self.source != NONE

    def blocks(
        self, name: Hashable, indices: Collection[str], within: Indicators
    ) -> Iterator[tuple[Any, FloatArray]]:
        """Values of a variable at the points, part by part.

        Parameters
        ----------
        name
            Of the variable.
        indices, within
            As for `sample`.

        Yields
        ------
        block
            Of the first of the dimensions beside lat and lon; all of a variable without such.
        values
            (..., n) of that block, NaN where there is no forcing.
        """
        variable = self.dataset[name].variable
        others = [dim for dim in variable.dims if dim not in ("lat", "lon")]
        matrix = self.largest if name in indices else self.weights
        counts = None
        if name in within:
            counts = _ordered(within[str(name)].to_dataset(name=name))[name].variable
        for block in _cut(variable, others):
            where = {} if block is Ellipsis else {others[0]: block}
            part = variable.isel(where)
            if counts is None:
                yield block, self._at_points(part, others, matrix)
                continue
            here = counts.isel(where, missing_dims="ignore")
            sums = self._at_points(part * here, others, matrix)
            own = [dim for dim in others if dim in here.dims]
            share = self._at_points(here, own, matrix)
            share = share.reshape(*(here.sizes.get(dim, 1) for dim in others), -1)
            mean = np.clip(np.nan_to_num(sums / np.where(share > 0.0, share, np.nan)), 0.0, 1.0)
            yield block, np.where(np.isnan(sums), np.nan, mean)

    def _at_points(
        self, part: xr.Variable, others: list[Hashable], matrix: csr_array
    ) -> FloatArray:
        """Multiply, with cells as columns: (..., lat, lon) becomes (..., point)."""
        values = part.transpose("lat", "lon", *others).values
        shape, flat = values.shape[2:], self.has_data.ravel()
        cells = np.where(flat[:, None], values.reshape(flat.size, -1), 0)
        # Rounding must not give a value outside the range of the cells, such as a scalar above 1.
        result = np.clip(matrix @ cells, cells[flat].min(axis=0), cells[flat].max(axis=0))
        result[~self.found] = np.nan
        return np.moveaxis(result.reshape(-1, *shape), 0, -1)


def _points(
    dataset: xr.Dataset,
    lon: Columns,
    lat: Columns,
    method: str,
    max_distance_km: float | None,
) -> _Points:
    """Find the cells of points; the arguments are those of `sample`."""
    lon, lat = as_array("lon", lon, (None,), "degrees"), as_array("lat", lat, (None,), "degrees")
    check_range("lon", lon, -180, 360, "degrees east")
    check_range("lat", lat, -90, 90, "degrees north")
    if lon.shape != lat.shape:
        raise InputError("lon, lat", "equally many values", f"{lon.size} and {lat.size}")
    if method not in ("bilinear", "nearest"):
        raise InputError("method", "bilinear or nearest", repr(method))
    dataset = _ordered(dataset)
    has_data = _cells_with_data(dataset)
    if not has_data.any():
        raise InputError("dataset", "at least one cell with data in all variables", "none")
    if max_distance_km is None:
        max_distance_km = diagonal_km(dataset["lat"].values, dataset["lon"].values)
    grid = dataset["lat"].values, dataset["lon"].values
    weights, source = weights_of_cells(*grid, has_data, lon, lat, method, max_distance_km)
    attrs = dataset.attrs | {"interpolation": method, "max_distance_km": float(max_distance_km)}
    return _Points(dataset, attrs, lon, lat, has_data, weights, _largest(weights), source)


def _cut(variable: xr.Variable, others: list[Hashable]) -> list[Any]:
    """Slices along the first of the other dimensions, of about BLOCK_BYTES of float64 each."""
    if not others:
        return [Ellipsis]
    length = variable.sizes[others[0]]
    step = max(1, BLOCK_BYTES * length // (8 * max(variable.size, 1)))
    return [slice(first, first + step) for first in range(0, length, step)]


def _ordered(dataset: xr.Dataset) -> xr.Dataset:
    """Order latitude and longitude ascending, longitude in [-180, 180[."""
    for name in ("lat", "lon"):
        if name not in dataset.coords or dataset[name].dims != (name,):
            raise InputError(
                "dataset", f"a coordinate {name}({name})", ", ".join(map(str, dataset.coords))
            )
    lon = (dataset["lon"].astype(float) + 180) % 360 - 180
    dataset = dataset.assign_coords(lon=lon, lat=dataset["lat"].astype(float))
    for name in ("lat", "lon"):
        if np.any(np.diff(dataset[name]) <= 0):
            dataset = dataset.sortby(name)
        if np.any(np.diff(dataset[name]) <= 0):
            raise InputError(f"dataset: {name}", "distinct coordinates", "repeated values")
    return dataset


def diagonal_km(lat: FloatArray, lon: FloatArray) -> float:
    """Diagonal of a typical cell at the equator.

    Parameters
    ----------
    lat, lon
        Cell centres, degrees.

    Raises
    ------
    InputError
        For a single row or column.
    """
    steps: list[FloatArray] = [np.diff(lat), np.diff(lon)]
    if not all(step.size for step in steps):
        expected = "a distance, because the land model's grid is a single row or column"
        raise InputError("forcing.max_distance_km", expected, "none")
    return float(EARTH_RADIUS_KM * np.radians(np.hypot(np.median(steps[0]), np.median(steps[1]))))


def _cells_with_data(dataset: xr.Dataset) -> Mask:
    """(lat, lon) boolean: every variable has a value in every layer and month."""
    has_data = np.ones((dataset.sizes["lat"], dataset.sizes["lon"]), dtype=bool)
    for name, variable in dataset.data_vars.items():
        if not {"lat", "lon"} <= set(variable.dims):
            raise InputError(f"dataset: {name}", "dimensions (..., lat, lon)", f"{variable.dims}")
        others = [d for d in variable.dims if d not in ("lat", "lon")]
        has_data &= variable.notnull().all(others).transpose("lat", "lon").values
    return has_data


def weights_of_cells(
    grid_lat: FloatArray,
    grid_lon: FloatArray,
    has_data: Mask,
    lon: Columns,
    lat: Columns,
    method: str,
    max_distance_km: float,
) -> tuple[csr_array, SourceCodes]:
    """Weights of the cells of a grid at points.

    Parameters
    ----------
    grid_lat, grid_lon
        (nlat,) and (nlon,) cell centres, degrees, ascending.
    has_data
        (nlat, nlon) cells with data.
    lon, lat
        (n,) degrees.
    method, max_distance_km
        As for `sample`.

    Returns
    -------
    weights
        Sparse matrix (n, nlat nlon) whose rows sum to 1, or to 0 where a point has no data.
    source
        (n,) the code of SOURCES.
    """
    flat = has_data.ravel()
    if method == "bilinear":
        cell, weight = _corners(grid_lat, grid_lon, lat, lon)
        weight = np.where(flat[cell], weight, 0)
        whole = weight.sum(axis=1)
        source = np.where(whole > 1 - MIN_WEIGHT, FULL, PART).astype(np.int8)
        source[whole < MIN_WEIGHT] = NONE
    else:
        cell, weight = np.zeros((lon.size, 4), dtype=int), np.zeros((lon.size, 4))
        source = np.zeros(lon.size, dtype=np.int8)
    lost = np.flatnonzero(source == NONE)
    nearest, distance = _nearest(grid_lat, grid_lon, flat, lat[lost], lon[lost])
    near = distance <= max_distance_km
    weight[lost] = 0
    weight[lost[near], 0], cell[lost[near], 0] = 1, nearest[near]
    source[lost[near]] = NEAREST
    total = weight.sum(axis=1, keepdims=True)
    weight = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    rows = np.repeat(np.arange(lon.size), 4)
    used = weight.ravel() > 0
    entries = (weight.ravel()[used], (rows[used], cell.ravel()[used]))
    return csr_array(entries, shape=(lon.size, flat.size)), source


def _corners(
    grid_lat: FloatArray, grid_lon: FloatArray, lat: Columns, lon: Columns
) -> tuple[Counts, FloatArray]:
    """Find the four cells around each point and their bilinear weights, (n, 4) each.

    Points outside the outermost centres get weights of 0, except across the date line of a global
    grid.
    """
    lon = (lon - grid_lon[0]) % 360 + grid_lon[0]
    gap = grid_lon[0] + 360 - grid_lon[-1]
    if gap < 1.5 * np.diff(grid_lon).max(initial=0):
        edges = np.append(grid_lon, grid_lon[0] + 360)
    else:
        edges = grid_lon
    west, east, at_lon = _between(edges, lon)
    south, north, at_lat = _between(grid_lat, lat)
    east %= grid_lon.size
    cell = np.stack([y * grid_lon.size + x for y in (south, north) for x in (west, east)], axis=1)
    weight = np.stack([v * u for v in (1 - at_lat, at_lat) for u in (1 - at_lon, at_lon)], axis=1)
    return cell, np.nan_to_num(weight)


def _between(edges: FloatArray, x: Columns) -> tuple[Counts, Counts, Columns]:
    """Index of the centres below and above x and the position between them, NaN if outside."""
    upper = np.clip(np.searchsorted(edges, x, side="right"), 1, max(edges.size - 1, 1))
    lower = upper - 1
    upper = np.minimum(upper, edges.size - 1)
    width = edges[upper] - edges[lower]
    position = np.divide(x - edges[lower], width, out=np.full(x.shape, np.nan), where=width > 0)
    return lower, upper, np.where((position >= 0) & (position <= 1), position, np.nan)


def _nearest(
    grid_lat: FloatArray, grid_lon: FloatArray, flat: Mask, lat: Columns, lon: Columns
) -> tuple[Counts, Columns]:
    """Nearest cell with data for each point and the great-circle distance in km."""
    cells = np.flatnonzero(flat)
    all_lon, all_lat = (a.ravel()[cells] for a in np.meshgrid(grid_lon, grid_lat))
    count = min(8, cells.size)
    chord, index = cKDTree(_unit_vectors(all_lat, all_lon)).query(_unit_vectors(lat, lon), k=count)
    chord, index = chord.reshape(lat.size, count), index.reshape(lat.size, count)
    # Rounding must not decide between cells at the same distance.
    tied = chord <= chord[:, :1] + TIE
    nearest = np.where(tied, cells[index], flat.size).min(axis=1)
    return nearest, 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(chord[:, 0] / 2, 1))


def _unit_vectors(lat: FloatArray, lon: FloatArray) -> FloatArray:
    lat, lon = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def _largest(weights: csr_array) -> csr_array:
    """Build the matrix of the cell of largest weight of each point (the first of equals)."""
    rows = np.repeat(np.arange(weights.shape[0]), np.diff(weights.indptr))
    order = np.lexsort((weights.indices, -np.round(weights.data, 12), rows))
    first = np.unique(rows[order], return_index=True)[1]
    chosen = order[first]
    entries = (np.ones(chosen.size), (rows[chosen], weights.indices[chosen]))
    return csr_array(entries, shape=weights.shape)
