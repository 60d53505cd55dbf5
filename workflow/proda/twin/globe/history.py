"""The synthetic globe's land model output, written as CLM5 writes its monthly history.

One file per month with all fields on the regular grid of the world, and a surface file with the
depth to bedrock as a layer number. Names, units, levels and conventions of release-clm5.0.37: a
monthly mean is stamped with the end of its month, longitudes are 0 to 360, the calendar has no leap
days, missing is 1e36. Years differ: half of them are warmer, the others colder by as much.

A history through time has a file per decade instead, of a world that changes
(`proda.twin.globe.scenario`), on the rows and columns of every so-many-th cell.
"""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import netCDF4
import numpy as np

from proda.arrays import Counts, FloatArray
from proda.data.cells import Cells
from proda.data.series.sample import is_sampled
from proda.files import StrPath, atomic_path
from proda.model.constants import MONTHS_PER_YEAR
from proda.netcdf import create_netcdf
from proda.twin.clm import FILL, MONTH_DAYS, SECONDS_PER_YEAR
from proda.twin.globe.columns import LEVELS, LandColumns
from proda.twin.globe.places import Places

__all__ = ["FIELDS", "HistoryFile", "HistoryGrid", "month_values", "write_history", "write_surface"]

CASE = "twin.I1850Clm50Bgc"
FIRST_YEAR = 661
ANOMALY = 0.4  # K
INPUTS = ("CWD_INPUT_ACC_VECTOR", "LITR1_INPUT_ACC_VECTOR", "LITR2_INPUT_ACC_VECTOR",
          "LITR3_INPUT_ACC_VECTOR")  # fmt: skip


class HistoryField(NamedTuple):
    """Levels, unit and description of a field."""

    levels: str
    units: str
    long_name: str


FIELDS = {
    "TSOI": HistoryField("levgrnd", "K", "soil temperature (vegetated landunits only)"),
    "W_SCALAR": HistoryField("levsoi", "1", "Moisture (dryness) inhibition of decomposition"),
    "O_SCALAR": HistoryField(
        "levsoi", "1", "fraction by which decomposition is reduced due to anoxia"
    ),
    "FPI_vr": HistoryField("levdcmp", "proportion", "fraction of potential immobilization"),
    "ALTMAX": HistoryField("", "m", "maximum annual active layer thickness"),
    "ALTMAX_LASTYEAR": HistoryField("", "m", "maximum prior year active layer thickness"),
    "CELLSAND": HistoryField("levsoi", "%", "sand content"),
    "NPP": HistoryField("", "gC/m^2/s", "net primary production"),
} | {
    name: HistoryField("levdcmp", "gC/m^3/month", f"carbon input, {name.split('_')[0]}")
    for name in INPUTS
}


def write_history(folder: Path, places: Places, columns: LandColumns, n_years: int) -> None:
    """Write one file per month and the surface file into ``folder``.

    Parameters
    ----------
    folder
        Where they are written.
    places
        Cells of the world.
    columns
        Their columns.
    n_years
        Number of years.
    """
    grid = HistoryGrid.of(places.cells, columns.cell)
    departure = ANOMALY * np.cos(np.pi * np.arange(n_years))
    departure -= departure.mean()
    for step in range(MONTHS_PER_YEAR * n_years):
        year, month = FIRST_YEAR + step // MONTHS_PER_YEAR, step % MONTHS_PER_YEAR
        path = folder / f"{CASE}.clm2.h0.{year:04d}-{month + 1:02d}.nc"
        with HistoryFile(path, grid, FIRST_YEAR, step, list(FIELDS)) as file:
            values = month_values(columns, np.array([month]))
            values["TSOI"] = values["TSOI"] + np.float32(departure[step // MONTHS_PER_YEAR])
            file.add(values)
    write_surface(folder, grid, columns.bedrock_layer)


def write_surface(folder: Path, grid: "HistoryGrid", bedrock_layer: Counts) -> None:
    """Write the surface file.

    Parameters
    ----------
    folder
        Where it is written.
    grid
        Of the n columns.
    bedrock_layer
        (n,) number of soil layers above bedrock.
    """
    with (
        atomic_path(folder / "surfdata_twin.nc") as path,
        create_netcdf(path, format="NETCDF4_CLASSIC") as data,
    ):
        grid.define(data)
        bedrock = HistoryField("", "", "index of shallowest bedrock")
        grid.variable(data, "nbedrock", bedrock)[:] = grid.lay_out(bedrock_layer)


def month_values(own: LandColumns, months: Counts) -> dict[str, np.ndarray]:
    """Values of FIELDS in some months, (n, months, ...) by name.

    Parameters
    ----------
    own
        The n columns; what they have once is the same in all months.
    months
        From 0.
    """
    depth = np.gradient(LEVELS[:20])
    growth = own.litter_input[:, months].sum(axis=2) @ depth
    yearly = np.maximum(own.litter_input.sum(axis=2) @ depth, 1e-9).sum(axis=1)
    days = MONTH_DAYS[months]
    once = np.ones(len(months), np.float32)
    litter = np.zeros((*own.litter_input[:, months].shape[:3], LEVELS.size), np.float32)
    litter[..., :20] = own.litter_input[:, months]
    values = {
        "TSOI": own.temperature[:, months],
        "W_SCALAR": own.water_scalar[:, months],
        "O_SCALAR": own.oxygen_scalar[:, months],
        "FPI_vr": own.nitrogen_scalar[:, months],
        "ALTMAX": own.active_layer[:, None] * once,
        "ALTMAX_LASTYEAR": own.active_layer[:, None] * once,
        "CELLSAND": own.sand[:, None, None] * once[:, None] * np.ones(20, np.float32),
        "NPP": own.npp[:, None] * (growth / yearly[:, None]) * 365.0 / days / SECONDS_PER_YEAR,
    }
    return values | {name: litter[:, :, pool] for pool, name in enumerate(INPUTS)}


class HistoryGrid(NamedTuple):
    """The regular grid of a history, and where its n columns are.

    Attributes
    ----------
    lat, lon
        Degrees: latitudes from south to north, longitudes from 0 to 360.
    row, column
        (n,) positions.
    """

    lat: FloatArray
    lon: FloatArray
    row: Counts
    column: Counts

    @classmethod
    def of(cls, cells: Cells, columns: Counts, every: int = 1) -> "HistoryGrid":
        """The grid of a world, or every so-many-th of its rows and columns.

        Parameters
        ----------
        cells
            Of the world.
        columns
            (n,) those that have a column; with ``every``, in rows and columns that are taken.
        every
            Distance between rows and columns.
        """
        n_rows, resolution = round(180.0 / cells.resolution), cells.resolution
        rows, longitudes = np.arange(n_rows), np.arange(2 * n_rows)
        # Columns of the grid of cells start at 180 degrees west, half-way round.
        kept_rows = rows[is_sampled(rows, every)]
        kept = longitudes[is_sampled((longitudes + n_rows) % (2 * n_rows), every)]
        own = np.floor(cells.lon[columns] % 360.0 / resolution).astype(int)
        return cls(
            np.asarray(-90.0 + (kept_rows + 0.5) * resolution, np.float64),
            np.asarray((kept + 0.5) * resolution, np.float64),
            np.searchsorted(kept_rows, cells.rows(cells.lat)[columns]),
            np.searchsorted(kept, own),
        )

    def define(self, data: netCDF4.Dataset) -> None:
        """Dimensions and coordinates."""
        data.source = "Community Land Model CLM5.0, synthetic globe"
        data.case_title, data.Conventions = CASE, "CF-1.0"
        for name, values, unit, long_name in (
            ("lat", self.lat, "degrees_north", "coordinate latitude"),
            ("lon", self.lon, "degrees_east", "coordinate longitude"),
            ("levgrnd", LEVELS, "m", "coordinate ground levels"),
            ("levdcmp", LEVELS, "m", "coordinate levels for soil decomposition variables"),
        ):
            data.createDimension(name, values.size)
            variable = data.createVariable(name, "f4", (name,))
            variable.units, variable.long_name = unit, long_name
            variable[:] = values
        data.createDimension("levsoi", 20)  # without a coordinate variable, as in CLM5

    def variable(self, data: netCDF4.Dataset, name: str, field: HistoryField) -> netCDF4.Variable:
        """An empty variable of the grid, through time if the file has that dimension."""
        time = ("time",) if "time" in data.dimensions else ()
        levels = (field.levels,) if field.levels else ()
        variable = data.createVariable(
            name,
            "f4",
            (*time, *levels, "lat", "lon"),
            fill_value=FILL,
            compression="zlib",
            complevel=1,
        )
        variable.long_name, variable.missing_value = field.long_name, FILL
        if field.units:
            variable.units = field.units
        return variable

    def lay_out(self, values: np.ndarray) -> np.ndarray:
        """Values (n, ...) of the columns as (..., lat, lon); all else is missing."""
        full = np.full((*values.shape[1:], self.lat.size, self.lon.size), FILL, np.float32)
        full[..., self.row, self.column] = np.moveaxis(values, 0, -1)
        return full


class HistoryFile:
    """A history file to which months are added in order; a ``with`` statement makes it whole.

    Parameters
    ----------
    path
        File to write.
    grid
        Its grid.
    origin
        Calendar year from which days are counted.
    step
        Months from then to the first month of the file.
    names
        Of its fields.
    """

    def __init__(
        self, path: StrPath, grid: HistoryGrid, origin: int, step: int, names: list[str]
    ) -> None:
        self.grid, self.step, self.count = grid, step, 0
        with ExitStack() as stack:
            temporary = stack.enter_context(atomic_path(path))
            data = stack.enter_context(create_netcdf(temporary, format="NETCDF4_CLASSIC"))
            self._begin(data, origin, names)
            self._stack = stack.pop_all()

    def __enter__(self) -> "HistoryFile":
        return self

    def __exit__(self, *error: Any) -> None:
        self._stack.__exit__(*error)

    def _begin(self, data: netCDF4.Dataset, origin: int, names: list[str]) -> None:
        """Define everything."""
        grid = self.grid
        data.createDimension("time", None)
        data.createDimension("hist_interval", 2)
        grid.define(data)
        self._time = data.createVariable("time", "f8", ("time",))
        self._time.long_name, self._time.units = "time", f"days since {origin:04d}-01-01 00:00:00"
        self._time.calendar, self._time.bounds = "noleap", "time_bounds"
        self._bounds = data.createVariable("time_bounds", "f8", ("time", "hist_interval"))
        self._bounds.long_name = "history time interval endpoints"
        self._fields = {name: grid.variable(data, name, FIELDS[name]) for name in names}

    def add(self, values: Mapping[str, np.ndarray]) -> None:
        """Add months, (n, months, ...) by name of the field."""
        months = next(iter(values.values())).shape[1]
        step = self.step + self.count + np.arange(months)
        month = step % MONTHS_PER_YEAR
        end = 365.0 * (step // MONTHS_PER_YEAR) + np.cumsum(MONTH_DAYS)[month]
        here = slice(self.count, self.count + months)
        self._time[here] = end
        self._bounds[here] = np.stack([end - MONTH_DAYS[month], end], axis=1)
        for name, variable in self._fields.items():
            variable[here] = self.grid.lay_out(values[name])
        self.count += months
