"""Yearly files of a set in a scenario, <set>_<scenario>.nc: CF-1.11 netCDF with CMIP names.

Maps on (time, lat, lon) of the mean over the members. The calendar has 365 days; a time is the
middle of its year, with the year as bounds. Where the run has a sample of the cells, the others are
missing.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import numpy.typing as npt

from proda.arrays import Counts, FloatArray
from proda.errors import InputError
from proda.files import atomic_path
from proda.model.grid import SoilGrid
from proda.netcdf import create_netcdf, open_netcdf
from proda.transient.reduce import DEPTHS, GROUPS, SOC_GROUPS, depth_bounds
from proda.transient.variables import LEVELS, POOLS, Variable, columns_of, variables_of

__all__ = ["write_yearly"]

DAYS = 365.0
# Of the base climate, by their names in the files of blocks.
AGES = {
    "transit_time": Variable(
        "transitTime", "year", "carbon of all pools over carbon input in the base years"
    ),
    "soc_age": Variable(
        "ageSoilLevels", "year", "mean age of soil organic carbon in the base climate", axis=LEVELS
    ),
}


def write_yearly(
    blocks: Sequence[str | Path],
    name: str,
    scenario: str,
    label: str,
    grid: SoilGrid,
    resolution: float,
    target: str | Path,
    attributes: Mapping[str, Any] | None = None,
) -> None:
    """Write the yearly file of a set in a scenario.

    Parameters
    ----------
    blocks
        Files of ``proda.transient.block_file``.
    name, scenario
        Of the set and the scenario.
    label
        What the set is called.
    grid
        Soil layers.
    resolution
        Of the cells, degrees.
    target
        File to write.
    attributes
        Global ones (provenance).

    Raises
    ------
    InputError
        For blocks without the set or the scenario.
    """
    files = [open_netcdf(path, "results of a block through time", ["maps"]) for path in blocks]
    try:
        for path, file in zip(blocks, files, strict=True):
            file.set_auto_mask(False)
            for axis, wanted in (("set", name), ("scenario", scenario)):
                if wanted not in file[axis][:]:
                    raise InputError(path, f"the {axis} {wanted}", ", ".join(file[axis][:]))
        with atomic_path(target) as temporary, create_netcdf(temporary) as out:
            _write(out, files, name, scenario, label, grid, resolution, attributes or {})
    finally:
        for file in files:
            file.close()


def _write(
    out: netCDF4.Dataset,
    files: Sequence[netCDF4.Dataset],
    name: str,
    scenario: str,
    label: str,
    grid: SoilGrid,
    resolution: float,
    attributes: Mapping[str, Any],
) -> None:
    first = files[0]
    s = [str(one) for one in first["scenario"][:]].index(scenario)
    k = [str(one) for one in first["set"][:]].index(name)
    years = first["year"][:]
    members = int(first["members"][k])
    variables = variables_of(_has_radiocarbon(first))
    places = [
        (
            _index(file["cell_lat"][:], -90.0, resolution),
            _index(file["cell_lon"][:], -180.0, resolution),
        )
        for file in files
    ]
    rows, columns = (np.concatenate([place[axis] for place in places]) for axis in (0, 1))
    corner = int(rows.min()), int(columns.min())
    shape = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    imbalance = max(float(file["imbalance"][s]) for file in files)
    out.setncatts({
        "Conventions": "CF-1.11",
        "title": f"Soil carbon through time: {label}, scenario {scenario}",
        "set": name, "scenario": scenario, "members": members,
        "statistic": "mean over the members" if members > 1 else "a single run",
        "largest_imbalance": imbalance,
        "largest_imbalance_is": "what the balance of carbon misses in the steps of a year, summed "
        "in absolute value, relative to the stock; largest of all cells, sets and years",
        **attributes,
    })  # fmt: skip
    _axes(out, years, corner, shape, resolution, grid)
    status = _variable(out, Variable("status", "1", "whether the cell was run, and if not, why"),
                       "i1", -1, time=False)  # fmt: skip
    status.setncatts(
        {key: first["status"].getncattr(key) for key in ("flag_values", "flag_meanings")}
    )
    on_grid = np.full(shape, -1, dtype=np.int8)
    for file, (row, column) in zip(files, places, strict=True):
        on_grid[row - corner[0], column - corner[1]] = file["status"][k]
    status[:] = on_grid
    for of_block, variable in AGES.items():
        target = _variable(out, variable, "f4", np.float32(np.nan), time=False)
        values = np.full((*shape, *first[of_block].shape[2:]), np.nan, dtype=np.float32)
        for file, (row, column) in zip(files, places, strict=True):
            values[row - corner[0], column - corner[1]] = file[of_block][k]
        target[:] = np.moveaxis(values, -1, 0) if variable.axis else values
    for variable, part in zip(variables, columns_of(variables).values(), strict=True):
        target = _variable(out, variable, "f4", np.float32(np.nan))
        for position, number in enumerate(range(part.start, part.stop)):
            values = np.full((len(years), *shape), np.nan, dtype=np.float32)
            for file, (row, column) in zip(files, places, strict=True):
                of_block = file["maps"][s, :, k, number]
                values[:, row - corner[0], column - corner[1]] = of_block
            if variable.axis is None:
                target[:] = values
            else:
                target[:, position] = values


def _has_radiocarbon(file: netCDF4.Dataset) -> bool:
    plain = max(part.stop for part in columns_of(variables_of(False)).values())
    return bool(file.dimensions["number"].size > plain)


def _index(centres: FloatArray, low: float, resolution: float) -> Counts:
    """Rows or columns of the global grid."""
    return np.floor((centres - low) / resolution).astype(np.int64)


def _axes(
    out: netCDF4.Dataset,
    years: npt.NDArray[np.integer],
    corner: tuple[int, int],
    shape: tuple[int, int],
    resolution: float,
    grid: SoilGrid,
) -> None:
    """Coordinates with their bounds."""
    soil = np.array(GROUPS[SOC_GROUPS], dtype=object)
    bounds = depth_bounds(grid)
    start = DAYS * (np.asarray(years, dtype=float) - float(years[0]))
    lat, lon = (
        low + (np.arange(n) + first + 0.5) * resolution
        for low, first, n in zip((-90.0, -180.0), corner, shape, strict=True)
    )
    out.createDimension("bnds", 2)
    for name, values, edges, about in (
        ("time", start + 0.5 * DAYS, np.stack([start, start + DAYS], axis=1),
         {"units": f"days since {int(years[0]):04d}-01-01", "calendar": "365_day",
          "standard_name": "time", "axis": "T"}),
        ("lat", lat, np.stack([lat - resolution / 2, lat + resolution / 2], axis=1),
         {"units": "degrees_north", "standard_name": "latitude", "axis": "Y"}),
        ("lon", lon, np.stack([lon - resolution / 2, lon + resolution / 2], axis=1),
         {"units": "degrees_east", "standard_name": "longitude", "axis": "X"}),
        (LEVELS, bounds.mean(axis=1), bounds,
         {"units": "m", "standard_name": "depth", "positive": "down", "axis": "Z",
          "long_name": "depth interval: " + ", ".join(DEPTHS)}),
    ):  # fmt: skip
        out.createDimension(name, len(values))
        variable = out.createVariable(name, "f8", (name,))
        variable.setncatts({**about, "bounds": f"{name}_bnds"})
        variable[:] = values
        out.createVariable(f"{name}_bnds", "f8", (name, "bnds"))[:] = edges
    out.createDimension(POOLS, len(soil))
    pools = out.createVariable(POOLS, str, (POOLS,))
    pools.long_name = "pool of soil organic carbon"
    pools[:] = soil


def _variable(
    out: netCDF4.Dataset, variable: Variable, kind: str, fill: Any, time: bool = True
) -> netCDF4.Variable:
    axes = (variable.axis,) if variable.axis else ()
    dims = (*(("time",) if time else ()), *axes, "lat", "lon")
    sizes = [out.dimensions[dim].size for dim in dims]
    chunks = [1 if dim in axes else n for dim, n in zip(dims, sizes, strict=True)]
    if time:
        chunks[0] = min(sizes[0], 32)
    found = out.createVariable(
        variable.name, kind, dims, fill_value=fill, compression="zlib", complevel=1, shuffle=True,
        chunksizes=chunks,
    )  # fmt: skip
    found.setncatts({"units": variable.units, "long_name": variable.long_name})
    if variable.standard_name:
        found.standard_name = variable.standard_name
    if time:
        found.cell_methods = "time: point" if variable.at_end else "time: mean"
        found.ancillary_variables = "status"
    return found
