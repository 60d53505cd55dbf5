"""Files of forcing through time, one per block of cells.

netCDF4, single precision, on (year, cell, ...). The values of a year of all cells are one chunk of
each variable, so that a run reads a year in one go and a writer adds one year after the other.
Whether a cell is usable is known when all years have been read: status and reason are written last.
"""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import netCDF4
import numpy as np
import numpy.typing as npt

from proda.arrays import Texts
from proda.data.series.record import (
    BY_LAYER,
    INPUT_FACTOR,
    LITTER,
    ForcingSeries,
    SeriesCells,
    Status,
    fixed_names,
    value_shape,
    yearly_names,
)
from proda.errors import InputError
from proda.files import StrPath, atomic_path
from proda.model.constants import MONTHS_PER_YEAR
from proda.model.forcing import LAYERS, LITTER_POOLS
from proda.model.structure import Structure
from proda.model.structures import STRUCTURES, get_structure
from proda.netcdf import create_netcdf, open_netcdf

__all__ = ["SeriesWriter", "open_series", "write_series"]

CHUNK_CACHE = 1024  # bytes
WHAT = "forcing through time"
AXES = {LAYERS: "layer", MONTHS_PER_YEAR: "month", LITTER_POOLS + 1: "pool", LITTER_POOLS: "litter"}
UNITS = {LITTER: "gC m-2 month-1", BY_LAYER: "gC m-3 yr-1", INPUT_FACTOR: "1"}
PLACES = {
    "cell": ("i8", "1", "number of the cell on the grid of the run"),
    "lon": ("f8", "degrees_east", "longitude"),
    "lat": ("f8", "degrees_north", "latitude"),
    "area_m2": ("f8", "m2", "land that the cell represents"),
    "status": ("i1", "1", "whether the cell can be run through time"),
}


class SeriesWriter:
    """Writes a block year by year; a ``with`` statement makes the file whole.

    Parameters
    ----------
    path
        File to write.
    structure
        Name of the structure.
    cells
        All cells of the block.
    years, base_years
        First and last.
    names
        Of what changes with time.
    fixed
        (cells, ...) by name.
    attrs
        Further global attributes.
    """

    def __init__(
        self,
        path: StrPath,
        structure: str,
        cells: SeriesCells,
        years: tuple[int, int],
        base_years: tuple[int, int],
        names: frozenset[str],
        fixed: Mapping[str, npt.ArrayLike],
        attrs: Mapping[str, Any] | None = None,
    ) -> None:
        self.first_year = years[0]
        with ExitStack() as stack:
            self._data = stack.enter_context(create_netcdf(stack.enter_context(atomic_path(path))))
            self._begin(structure, cells, years, base_years, names, fixed, attrs or {})
            self._stack = stack.pop_all()

    def __enter__(self) -> "SeriesWriter":
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def put(self, year: int, values: Mapping[str, npt.ArrayLike]) -> None:
        """Write the values of a year, (cells, ...) by name."""
        for name, array in values.items():
            self._data[name][year - self.first_year] = array

    def judge(self, status: npt.NDArray[np.int8], reason: Texts, notes: Mapping[str, str]) -> None:
        """Write which cells are usable and why others are not, (cells,), and attributes."""
        self._data["status"][:] = status
        self._data["reason"][:] = reason
        self._data.setncatts(dict(notes))

    def _begin(
        self,
        structure: str,
        cells: SeriesCells,
        years: tuple[int, int],
        base_years: tuple[int, int],
        names: frozenset[str],
        fixed: Mapping[str, npt.ArrayLike],
        attrs: Mapping[str, Any],
    ) -> None:
        """Write all but what changes with time."""
        record, data = get_structure(structure), self._data
        n_years = years[1] - years[0] + 1
        sizes = {"year": n_years, "cell": len(cells), "layer": record.grid.n_layers}
        sizes |= {name: size for size, name in AXES.items() if size != LAYERS}
        for name, size in sizes.items():
            data.createDimension(name, size)
        data.setncatts({"Conventions": "CF-1.11", "title": WHAT, "structure": structure})
        data.setncatts({"base_years": np.array(base_years), **attrs})
        year = data.createVariable("year", "i4", ("year",))
        year[:] = np.arange(years[0], years[1] + 1)
        for name, (kind, unit, text) in PLACES.items():
            variable = data.createVariable(name, kind, ("cell",))
            variable.units, variable.long_name = unit, text
            variable[:] = getattr(cells, name)
        data["status"].flag_values = np.array(list(Status), np.int8)
        data["status"].flag_meanings = " ".join(status.name.lower() for status in Status)
        data.createVariable("reason", str, ("cell",))[:] = cells.reason
        for name in yearly_names(record):
            if name in names:
                self._define(record, name, ("year", "cell"))
        for name in fixed_names(record):
            if name in fixed:
                self._define(record, name, ("cell",))[:] = fixed[name]

    def _define(self, record: Structure, name: str, places: tuple[str, ...]) -> netCDF4.Variable:
        """A variable of which a year of all cells is one chunk."""
        dims = (*places, *(AXES[size] for size in value_shape(record, name)))
        sizes = [max(self._data.dimensions[dim].size, 1) for dim in dims]
        variable = self._data.createVariable(
            name,
            "f4",
            dims,
            fill_value=float("nan"),
            compression="zlib",
            complevel=1,
            chunksizes=[
                1 if dim == "year" else max(n, 1) for dim, n in zip(dims, sizes, strict=True)
            ],
        )
        spec = record.forcing.SPECS.get(name)
        variable.units = UNITS[name] if name in UNITS or spec is None else spec.unit
        return variable


class _YearsInFile:
    """Values of years in an open file."""

    def __init__(self, data: netCDF4.Dataset) -> None:
        self._data = data
        data.set_auto_mask(False)

    @property
    def names(self) -> frozenset[str]:
        """Names of what changes with time."""
        variables = self._data.variables.items()
        return frozenset(name for name, v in variables if v.dimensions[:2] == ("year", "cell"))

    def read(self, name: str, year: int) -> npt.NDArray[Any]:
        """Values of all cells in the year of this position, (cells, ...)."""
        values: npt.NDArray[Any] = self._data[name][year]
        return values


def write_series(series: ForcingSeries, path: StrPath) -> None:
    """Write a series to a file.

    Parameters
    ----------
    series
        With all its cells.
    path
        File to write.
    """
    years, names = (series.first_year, series.last_year), series.values.names
    with SeriesWriter(
        path, series.structure, series.cells, years, series.base_years, names, series.fixed,
        series.attrs,
    ) as file:  # fmt: skip
        for i, year in enumerate(series.years):
            file.put(year, {name: series.values.read(name, i) for name in names})


@contextmanager
def open_series(path: StrPath) -> Iterator[ForcingSeries]:
    """Open the series of a block; its years are read when they are asked for.

    Parameters
    ----------
    path
        File of `write_series` or `SeriesWriter`.

    Yields
    ------
    ForcingSeries
        Usable within the ``with`` statement.

    Raises
    ------
    InputError
        If the file is none of a series.
    """
    with open_netcdf(path, WHAT, ["year", "reason", *PLACES]) as data:
        structure = getattr(data, "structure", None)
        if structure not in STRUCTURES:
            raise InputError(path, "the name of a structure", repr(structure))
        values = _YearsInFile(data)
        year = data["year"][:]
        fixed = {
            name: np.asarray(data[name][:], dtype=float)
            for name in fixed_names(get_structure(structure))
            if name in data.variables
        }
        places = {name: data[name][:] for name in (*PLACES, "reason")}
        skipped = ("Conventions", "title", "structure", "base_years")
        yield ForcingSeries(
            structure=structure,
            cells=SeriesCells(**places),
            first_year=int(year[0]),
            last_year=int(year[-1]),
            base_years=(int(data.base_years[0]), int(data.base_years[1])),
            values=values,
            fixed=fixed,
            attrs={name: data.getncattr(name) for name in data.ncattrs() if name not in skipped},
        )
