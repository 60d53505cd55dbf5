"""The synthetic globe's land model output, written as CLM5 writes its monthly history.

One file per month with all fields on the regular grid of the world, and a surface file with the
depth to bedrock as a layer number. Names, units, levels and conventions of release-clm5.0.37: a
monthly mean is stamped with the end of its month, longitudes are 0 to 360, the calendar has no leap
days, missing is 1e36. Years differ: half of them are warmer, the others colder by as much.
"""

from pathlib import Path

import netCDF4
import numpy as np

from proda.files import atomic_path
from proda.netcdf import create_netcdf
from proda.twin.clm import FILL, MONTH_DAYS, SECONDS_PER_YEAR
from proda.twin.globe.columns import LEVELS, LandColumns
from proda.twin.globe.places import Places

__all__ = ["write_history"]

CASE = "twin.I1850Clm50Bgc"
FIRST_YEAR = 661
ANOMALY = 0.4  # K
INPUTS = ("CWD_INPUT_ACC_VECTOR", "LITR1_INPUT_ACC_VECTOR", "LITR2_INPUT_ACC_VECTOR",
          "LITR3_INPUT_ACC_VECTOR")  # fmt: skip


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
    grid = _Grid(places, columns)
    departure = ANOMALY * np.cos(np.pi * np.arange(n_years))
    departure -= departure.mean()
    for step in range(12 * n_years):
        year, month = FIRST_YEAR + step // 12, step % 12
        name = f"{CASE}.clm2.h0.{year:04d}-{month + 1:02d}.nc"
        with (
            atomic_path(folder / name) as path,
            create_netcdf(path, format="NETCDF4_CLASSIC") as data,
        ):
            _write_month(data, grid, columns, step, departure[step // 12])
    with (
        atomic_path(folder / "surfdata_twin.nc") as path,
        create_netcdf(path, format="NETCDF4_CLASSIC") as data,
    ):
        grid.define(data)
        grid.put(data, "nbedrock", (), columns.bedrock_layer, "", "index of shallowest bedrock")


class _Grid:
    """The regular grid of the world: latitudes from south to north, longitudes from 0 to 360."""

    def __init__(self, places: Places, columns: LandColumns) -> None:
        resolution = places.cells.resolution
        rows = round(180.0 / resolution)
        self.lat = -90.0 + (np.arange(rows) + 0.5) * resolution
        self.lon = (np.arange(2 * rows) + 0.5) * resolution
        self.row = places.cells.rows(places.lat)[columns.cell]
        self.column = np.floor(places.lon[columns.cell] % 360.0 / resolution).astype(int)

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

    def put(
        self,
        data: netCDF4.Dataset,
        name: str,
        levels: tuple[str, ...],
        values: np.ndarray,
        units: str,
        long_name: str,
    ) -> None:
        """Write values (n,) or (n, levels) of the columns; all else is missing."""
        time = ("time",) if "time" in data.dimensions else ()
        variable = data.createVariable(
            name,
            "f4",
            (*time, *levels, "lat", "lon"),
            fill_value=FILL,
            compression="zlib",
            complevel=1,
        )
        variable.long_name, variable.missing_value = long_name, FILL
        if units:
            variable.units = units
        full = np.full((*values.shape[1:], self.lat.size, self.lon.size), FILL, np.float32)
        full[..., self.row, self.column] = values.T
        variable[:] = full[None] if time else full


def _write_month(
    data: netCDF4.Dataset, grid: _Grid, own: LandColumns, step: int, departure: float
) -> None:
    month = step % 12
    data.createDimension("time", None)
    data.createDimension("hist_interval", 2)
    grid.define(data)
    end = 365.0 * (step // 12) + MONTH_DAYS[: month + 1].sum()
    time = data.createVariable("time", "f8", ("time",))
    time.long_name, time.units = "time", f"days since {FIRST_YEAR:04d}-01-01 00:00:00"
    time.calendar, time.bounds = "noleap", "time_bounds"
    time[:] = [end]
    bounds = data.createVariable("time_bounds", "f8", ("time", "hist_interval"))
    bounds.long_name = "history time interval endpoints"
    bounds[:] = [[end - MONTH_DAYS[month], end]]

    def put(name: str, level: str, values: np.ndarray, units: str, long_name: str) -> None:
        grid.put(data, name, (level,) if level else (), values, units, long_name)

    put("TSOI", "levgrnd", own.temperature[:, month] + np.float32(departure), "K",
        "soil temperature (vegetated landunits only)")  # fmt: skip
    put("W_SCALAR", "levsoi", own.water_scalar[:, month], "1",
        "Moisture (dryness) inhibition of decomposition")  # fmt: skip
    put("O_SCALAR", "levsoi", own.oxygen_scalar[:, month], "1",
        "fraction by which decomposition is reduced due to anoxia")  # fmt: skip
    put("FPI_vr", "levdcmp", own.nitrogen_scalar[:, month], "proportion",
        "fraction of potential immobilization")  # fmt: skip
    thaw = own.active_layer
    put("ALTMAX", "", thaw, "m", "maximum annual active layer thickness")
    put("ALTMAX_LASTYEAR", "", thaw, "m", "maximum prior year active layer thickness")
    sand = np.repeat(own.sand[:, None], 20, axis=1)
    put("CELLSAND", "levsoi", sand, "%", "sand content")
    growth = own.litter_input[:, month].sum(axis=1) @ np.gradient(LEVELS[:20])
    season = growth / np.maximum(own.litter_input.sum(axis=2) @ np.gradient(LEVELS[:20]), 1e-9).sum(
        axis=1
    )
    put("NPP", "", own.npp * season * 365.0 / MONTH_DAYS[month] / SECONDS_PER_YEAR, "gC/m^2/s",
        "net primary production")  # fmt: skip
    for pool, name in enumerate(INPUTS):
        padded = np.zeros((own.cell.size, LEVELS.size), np.float32)
        padded[:, :20] = own.litter_input[:, month, pool]
        put(name, "levdcmp", padded, "gC/m^3/month", f"carbon input, {name.split('_')[0]}")
