"""The twin's land model output, written as CLM writes its monthly history.

Grid: CESM's f19 finite-volume grid (96 latitudes with poles, 144 longitudes from 0). Only the land
around the study region has values, the rest of the globe is fill. Sources: CLM5 history field list
(release-clm5.0.37) and the conventions of its files: a monthly mean is stamped with the end of its
month, longitudes are 0 to 360, the calendar has no leap days, missing is 1e36.
"""

from dataclasses import dataclass
from pathlib import Path

import netCDF4
import numpy as np
from scipy.interpolate import interp1d

from proda.arrays import Counts, FloatArray, Mask
from proda.files import atomic_path
from proda.model import AnnualForcing
from proda.model.default_runs import default_model, default_parameters
from proda.model.structures import STUDY
from proda.netcdf import create_netcdf
from proda.twin.climate import Climate
from proda.twin.column import NODES, active_layer, soil_temperature, soil_water_potential
from proda.twin.lattice import Lattice, random_stream
from proda.twin.soil import DEPTHS
from proda.twin.terrain import Terrain

__all__ = ["LandModel", "make_land_model", "write_history"]

CASE = "twin.I1850CRUCLM45BGC"
FIRST_YEAR = 996
LAT = np.linspace(-90.0, 90.0, 96)
LON = np.arange(144) * 2.5
MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
FILL = np.float32(1e36)
SECONDS_PER_YEAR = 86400.0 * 365.0
N_SOIL = 10
MIN_LAND = 0.05  # fraction of land below which a cell is ocean to the land model


@dataclass(frozen=True)
class LandModel:
    """Monthly columns of the land model: months x (levels) x cells, and where the cells are.

    Parameters
    ----------
    row, column
        Of each cell on the f19 grid, (cells,).
    land_fraction
        Of the area of each cell, (cells,).
    temperature, water_potential
        (months, 15, cells) K and MPa.
    active_layer
        (years, cells) m.
    npp
        (cells,) gC m-2 yr-1.
    sand
        (10, cells) %.
    soc_pools
        (cells, 3, 10) gC m-3.
    stock
        (cells,) gC m-2.
    """

    row: Counts
    column: Counts
    land_fraction: FloatArray
    temperature: np.ndarray
    water_potential: np.ndarray
    active_layer: np.ndarray
    npp: np.ndarray
    sand: np.ndarray
    soc_pools: np.ndarray
    stock: np.ndarray

    @property
    def last_years_active_layer(self) -> FloatArray:
        """Of the year before each year, m (years, cells); that of the first year is its own."""
        return self.active_layer[np.maximum(np.arange(len(self.active_layer)) - 1, 0)]

    def annual_means(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Forcing of the soil model, as a reader gets it; months are weighted by their days.

        Temperature K and water potential MPa (cells, 10), last year's active layer m (cells,).
        """
        days = np.tile(MONTH_DAYS, len(self.temperature) // 12)
        means = [
            np.average(field[:, :N_SOIL].astype(float), axis=0, weights=days).T
            for field in (self.temperature, self.water_potential)
        ]
        return *means, self.last_years_active_layer.astype(float).mean(axis=0)

    def weights(self, lon: FloatArray, lat: FloatArray) -> tuple[Counts, FloatArray]:
        """Cells around each point and their bilinear weights.

        Cells of ocean have no weight and the others sum to 1; where all four are ocean, all are 0.

        Parameters
        ----------
        lon, lat
            (n,) degrees.

        Returns
        -------
        cells
            (n, 4) positions.
        weights
            (n, 4).
        """
        index = np.full((LAT.size, LON.size), -1)
        index[self.row, self.column] = np.arange(self.row.size)
        y = (np.asarray(lat) + 90.0) / (LAT[1] - LAT[0])
        x = (np.asarray(lon) % 360.0) / (LON[1] - LON[0])
        south, west = np.floor(y).astype(int), np.floor(x).astype(int)
        cell = np.stack([index[south + j, (west + i) % 144] for j in (0, 1) for i in (0, 1)], -1)
        dy, dx = y - south, x - west
        weight = np.stack([v * u for v in (1 - dy, dy) for u in (1 - dx, dx)], -1)
        weight = np.where(cell >= 0, weight, 0.0)
        total = weight.sum(axis=-1, keepdims=True)
        return cell, np.divide(weight, total, out=np.zeros_like(weight), where=total > 1e-6)


def f19_cell(lon: FloatArray, lat: FloatArray) -> tuple[Counts, Counts]:
    """Row and column of the f19 cell whose centre is nearest."""
    row = np.rint((np.asarray(lat) + 90.0) / (LAT[1] - LAT[0])).astype(int)
    column = np.rint((np.asarray(lon) % 360.0) / 2.5).astype(int) % LON.size
    return row, column


def make_land_model(
    lattice: Lattice,
    seed: int,
    terrain: Terrain,
    climate: Climate,
    soil: dict[str, np.ndarray],
    npp: FloatArray,
    n_years: int,
) -> LandModel:
    """Average the lattice over f19 cells and run the land model's columns.

    Parameters
    ----------
    lattice
        Pixels of the world.
    seed
        Of the world.
    terrain
        Of the same lattice.
    climate
        Of the same lattice.
    soil
        Fields (rows, columns) of ``make_soil``.
    npp
        (rows, columns) gC m-2 yr-1 of the twin's plants, NaN where there are none.
    n_years
        Number of years of history.
    """
    lon, lat = lattice.mesh
    row, column = f19_cell(lon, lat)
    code = row * LON.size + column
    weight = np.cos(np.deg2rad(lat))
    inside = np.bincount(code.ravel(), weight.ravel(), LAT.size * LON.size)
    land = np.bincount(code[terrain.land], weight[terrain.land], LAT.size * LON.size)
    fraction = np.divide(land, inside, out=np.zeros_like(land), where=inside > 0)
    cells = np.flatnonzero(fraction >= MIN_LAND)

    def average(field: FloatArray, mask: Mask = terrain.land) -> FloatArray:
        total = np.bincount(code[mask], (weight * field)[mask], LAT.size * LON.size)
        area = np.bincount(code[mask], weight[mask], LAT.size * LON.size)
        return np.divide(total, area, out=np.zeros_like(total), where=area > 0)[cells]

    def monthly(fields: FloatArray) -> FloatArray:
        return np.tile(np.stack([average(field) for field in fields]), (n_years, 1))

    rng = random_stream(seed, "land model weather")
    months = 12 * n_years
    weather = _regional_noise(rng, months, row.min(), row.max(), column, cells)
    rain_weather = _regional_noise(rng, months, row.min(), row.max(), column, cells)
    temperature = soil_temperature(monthly(climate.temperature), 1.2 * weather)
    measured = np.stack([average(soil[f"Sand_Content_{depth}cm"]) for depth in DEPTHS])
    by_layer = interp1d(DEPTHS, measured, axis=0)
    sand = by_layer(np.minimum(100.0 * NODES[:N_SOIL], DEPTHS[-1]))
    potential = soil_water_potential(
        monthly(climate.precipitation),
        monthly(climate.potential_evapotranspiration),
        average(soil["Sand_Content_30cm"]),
        average(soil["Clay_Content_30cm"]),
        rain_weather,
    )
    temperature, potential = temperature.astype(np.float32), potential.astype(np.float32)
    thaw = active_layer(temperature.astype(float)).astype(np.float32)
    # CLM's own productivity: too high where it rains a lot, which its default SOC inherits.
    own_npp = average(np.nan_to_num(npp), terrain.land & np.isfinite(npp))
    wetness = average(climate.moisture)
    own_npp = 1.15 * own_npp * (1.0 + 0.25 * np.tanh(wetness - 1.0))
    own = LandModel(
        row=cells // LON.size,
        column=cells % LON.size,
        land_fraction=fraction[cells],
        temperature=temperature,
        water_potential=potential,
        active_layer=thaw,
        npp=own_npp.astype(np.float32),
        sand=sand.astype(np.float32),
        soc_pools=np.empty(0),
        stock=np.empty(0),
    )
    pools, stock = _default_soc(own)
    return LandModel(**{**vars(own), "soc_pools": pools, "stock": stock})


def _regional_noise(
    rng: np.random.Generator, months: int, first: int, last: int, column: Counts, cells: Counts
) -> FloatArray:
    """Weather shared by neighbouring cells: (months, cells) of standard deviation about 1."""
    rows, columns = cells // LON.size, cells % LON.size
    waves = rng.standard_normal((months, 6))
    phase = 2 * np.pi * rng.random((6, 1))
    x = (columns - column.min()) / np.ptp(column)
    y = (rows - first) / max(last - first, 1)
    k = np.array([[1, 0], [0, 1], [1, 1], [1, -1], [2, 1], [1, 2]])
    return waves @ np.cos(2 * np.pi * (k @ np.stack([x, y])) * 0.7 + phase) / np.sqrt(3.0)


def _default_soc(own: LandModel) -> tuple[np.ndarray, np.ndarray]:
    """SOC pools (cells, 3, 10) gC m-3 and stock (cells,) gC m-2 of CLM4.5 at its defaults."""
    temperature, potential, thaw = own.annual_means()
    npp = own.npp.astype(float)
    forcing = AnnualForcing(
        npp_min=npp,
        npp_max=npp,
        npp_mean=npp,
        active_layer_depth=thaw,
        soil_temperature=temperature,
        soil_water_potential=potential,
        sand=own.sand.astype(float).T,
    )
    model = default_model(STUDY, "clm4.5")
    pools = model.steady_state_of(default_parameters(STUDY, forcing, "clm4.5"), forcing)
    stock = model.stock(model.soc(pools), 0.0, model.grid.bottom)
    return pools[:, 4:].astype(np.float32), stock.astype(np.float32)


def write_history(folder: Path, land_model: LandModel) -> None:
    """Write one file per month into ``folder``."""
    months = len(land_model.temperature)
    for step in range(months):
        year, month = FIRST_YEAR + step // 12, step % 12
        name = f"{CASE}.clm2.h0.{year:04d}-{month + 1:02d}.nc"
        with (
            atomic_path(folder / name) as path,
            create_netcdf(path, format="NETCDF4_CLASSIC") as data,
        ):
            _write_month(data, land_model, step)


def _write_month(data: netCDF4.Dataset, own: LandModel, step: int) -> None:
    year, month = step // 12, step % 12
    data.title = "CLM History file information"
    data.source = "Community Land Model CLM4.5, twin world"
    data.case_title = CASE
    data.Conventions = "CF-1.0"
    for name, size in (("lat", 96), ("lon", 144), ("levgrnd", 15), ("levsoi", 10)):
        data.createDimension(name, size)
    data.createDimension("time", None)
    data.createDimension("hist_interval", 2)

    def put(
        name: str,
        dims: tuple[str, ...],
        values: np.ndarray,
        units: str,
        long_name: str,
        **more: str,
    ) -> None:
        mapped = "lat" in dims and len(dims) > 1
        variable = data.createVariable(
            name,
            "f4",
            dims,
            fill_value=FILL if mapped else None,
            compression="zlib" if len(dims) > 2 else None,
            complevel=1,
        )
        variable.long_name = long_name
        if units:
            variable.units = units
        if mapped:
            variable.missing_value = FILL
        variable.setncatts(more)
        variable[:] = values

    end = 365.0 * year + MONTH_DAYS[: month + 1].sum()
    put("levgrnd", ("levgrnd",), NODES, "m", "coordinate soil levels")
    put("lat", ("lat",), LAT, "degrees_north", "coordinate latitude")
    put("lon", ("lon",), LON, "degrees_east", "coordinate longitude")
    time = data.createVariable("time", "f8", ("time",))
    time.long_name, time.units = "time", f"days since {FIRST_YEAR:04d}-01-01 00:00:00"
    time.calendar, time.bounds = "noleap", "time_bounds"
    time[:] = [end]
    bounds = data.createVariable("time_bounds", "f8", ("time", "hist_interval"))
    bounds.long_name = "history time interval endpoints"
    bounds[:] = [[end - MONTH_DAYS[month], end]]

    fraction = np.zeros((96, 144), np.float32)
    fraction[own.row, own.column] = own.land_fraction
    put("area", ("lat", "lon"), _cell_area(), "km^2", "grid cell areas")
    put("landfrac", ("lat", "lon"), fraction, "", "land fraction")
    put("landmask", ("lat", "lon"), fraction > 0, "", "land/ocean mask (0.=ocean and 1.=land)")

    def field(name: str, values: np.ndarray, units: str, long_name: str) -> None:
        levels = {15: ("levgrnd",), 10: ("levsoi",)}[values.shape[0]] if values.ndim > 1 else ()
        full = np.full((*values.shape[:-1], 96, 144), FILL, np.float32)
        full[..., own.row, own.column] = values
        put(name, ("time", *levels, "lat", "lon"), full[None], units, long_name,
            cell_methods="time: mean")  # fmt: skip

    season = _growing_season(own, step)
    field("TSOI", own.temperature[step], "K", "soil temperature (vegetated landunits only)")
    field("SOILPSI", own.water_potential[step], "MPa", "soil water potential in each soil layer")
    field("ALTMAX", own.active_layer[year], "m", "maximum annual active layer thickness")
    field("ALTMAX_LASTYEAR", own.last_years_active_layer[year], "m",
          "maximum prior year active layer thickness")  # fmt: skip
    field("CELLSAND", own.sand, "%", "sand content")
    field("NPP", own.npp * season / SECONDS_PER_YEAR, "gC/m^2/s", "net primary production")
    field("TOTSOMC", own.stock, "gC/m^2", "total soil organic matter carbon")
    for pool in range(3):
        field(f"SOIL{pool + 1}C_vr", own.soc_pools[:, pool].T, "gC/m^3",
              f"SOIL{pool + 1} C (vertically resolved)")  # fmt: skip


def _growing_season(own: LandModel, step: int) -> FloatArray:
    """Fraction of the year's production in a month, times 12 and corrected for month lengths."""
    year = own.temperature[step - step % 12 :][:12, 3]
    warmth = np.clip(year - 276.0, 0.5, 20.0)
    return warmth[step % 12] / np.average(warmth, axis=0, weights=MONTH_DAYS)


def _cell_area() -> FloatArray:
    """km2 of the f19 cells on CLM's sphere (radius 6371.22 km); the pole cells are caps."""
    edges = np.clip(np.concatenate([[-90.0], (LAT[1:] + LAT[:-1]) / 2, [90.0]]), -90, 90)
    band = np.diff(np.sin(np.deg2rad(edges)))
    return np.repeat((6371.22**2 * np.deg2rad(2.5) * band)[:, None], LON.size, axis=1)
