"""Small files laid out like CLM history, for tests."""

import netCDF4
import numpy as np

from proda.data.land_model.soil_forcing import read_clm_soil
from proda.model.structures import get_structure

NODES_10 = 0.025 * (np.exp(0.5 * (np.arange(1, 16) - 0.5)) - 1)  # 10 soil levels of 15
THICKNESS_20 = np.array([*range(2, 10, 2), *range(12, 48, 4), *range(54, 124, 10)]) / 100
NODES_20 = np.append(  # 20 soil levels of 25; nodes lie in the middle of the layers
    np.cumsum(THICKNESS_20) - THICKNESS_20 / 2, [9.795, 13.3278, 19.4831, 28.8707, 41.9984]
)
LON = np.array([0.0, 90.0, 180.0, 270.0])
LAT = np.array([-90.0, -30.0, 30.0, 90.0])
MONTH_DAYS = np.array([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
FILL = np.float32(1e36)
LITTER = ("CWD_INPUT_ACC_VECTOR", *(f"LITR{i}_INPUT_ACC_VECTOR" for i in (1, 2, 3)))
UNITS = {
    "TSOI": "K", "SOILPSI": "MPa", "ALTMAX": "m", "ALTMAX_LASTYEAR": "m", "NPP": "gC/m^2/s",
    "W_SCALAR": "unitless", "O_SCALAR": "unitless", "FPI_vr": "proportion",
    "CELLSAND": "%",
}  # fmt: skip


def month_bounds(months, first_year=1):
    """(months, 2) ends of noleap months in days since 0001-01-01."""
    ends = 365 * (first_year - 1) + np.cumsum(np.resize(MONTH_DAYS, months))
    return np.stack([ends - np.resize(MONTH_DAYS, months), ends], axis=1).astype(float)


def year_bounds(years, first_year=1):
    """(years, 2) ends of noleap years in days since 0001-01-01."""
    starts = 365.0 * (first_year - 1 + np.arange(years))
    return np.stack([starts, starts + 365], axis=1)


def write_history(path, fields, bounds=None, *, with_bounds=True, **options):
    """Write fields {name: array} as CLM would and return the path.

    Arrays are (time, [level,] lat, lon), or without time if bounds is None; NaN becomes the fill
    value. options: lat, lon, nodes (of levgrnd), level (dimension of layered fields), level_size,
    units {name: text or None}, fill_attribute, time_units, dtype.
    """
    lat, lon = options.get("lat", LAT), options.get("lon", LON)
    nodes, level = options.get("nodes", NODES_10), options.get("level", "levgrnd")
    with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_OFFSET") as data:
        for name, values, unit in (
            ("lat", lat, "degrees_north"), ("lon", lon, "degrees_east"), ("levgrnd", nodes, "m"),
        ):  # fmt: skip
            data.createDimension(name, len(values))
            variable = data.createVariable(name, "f8", (name,))
            variable[:], variable.units = values, unit
        if bounds is not None:
            _write_time(data, bounds, with_bounds, options)
        for name, values in fields.items():
            values = np.asarray(values)
            layered = values.ndim - (bounds is not None) == 3
            if layered and level not in data.dimensions:
                data.createDimension(level, values.shape[-3])
            dims = (*["time"] * (bounds is not None), *[level] * layered, "lat", "lon")
            has_fill = options.get("fill_attribute", True)
            dtype = options.get("dtype", "f4")
            variable = data.createVariable(name, dtype, dims, fill_value=FILL if has_fill else None)
            unit = options.get("units", {}).get(name, UNITS.get(name))
            if unit is not None:
                variable.units = unit
            variable[:] = np.where(np.isnan(values), options.get("fill", FILL), values)
    return path


def _write_time(data, bounds, with_bounds, options):
    data.createDimension("time", None)
    data.createDimension("hist_interval", 2)
    time = data.createVariable("time", "f8", ("time",))
    time.units = options.get("time_units", "days since 0001-01-01 00:00:00")
    time.calendar = "noleap"
    time[:] = bounds[:, 1]  # the stamp is the end of the interval
    if with_bounds:
        time.bounds = "time_bounds"
        data.createVariable("time_bounds", "f8", ("time", "hist_interval"))[:] = bounds


def field(values, levels=0, lat=4, lon=4):
    """Spread one value per step over levels and grid: (time, [levels,] lat, lon)."""
    values = np.asarray(values, dtype=float)
    shape = (len(values), *([levels] if levels else []), lat, lon)
    return np.broadcast_to(values.reshape(-1, *[1] * (len(shape) - 1)), shape).copy()


def monthly_fields(years=2, levels=20):
    """Fields that the structure with monthly forcing reads."""
    month = np.tile(np.arange(1.0, 13), years)
    fields = {
        "TSOI": field(270 + month, levels),
        "W_SCALAR": field(month / 12, levels),
        "O_SCALAR": field(np.ones(12 * years), levels),
        "FPI_vr": field(np.full(12 * years, 0.5), levels),
        "ALTMAX": field(month / 2),
        "ALTMAX_LASTYEAR": field(np.full(12 * years, 3.0)),
    }
    return fields | {name: field(month, levels) for name in LITTER}


def write_monthly(folder, fields=None, **options):
    """Write them with bedrock below layer 12; the files."""
    fields = monthly_fields() if fields is None else fields
    months = len(next(iter(fields.values())))
    units = dict.fromkeys(LITTER, "gC/m^3/month") | options.pop("units", {})
    file = write_history(
        folder / "h0.nc",
        fields,
        month_bounds(months, 661),
        nodes=NODES_20,
        level="levsoi",
        units=units,
        **options,
    )
    rock = write_history(folder / "fixed.nc", {"nbedrock": np.full((4, 4), 12)}, nodes=NODES_20)
    return [file, rock]


def read_clm_annual(paths, nodes, *args, **options):
    """The soil forcing of the structure with annual forcing."""
    return read_clm_soil(get_structure("clm45-10"), paths, nodes, *args, **options)


def read_clm_monthly(paths, nodes, *args, **options):
    """The soil forcing of the structure with monthly forcing."""
    return read_clm_soil(get_structure("clm5-20"), paths, nodes, *args, **options)
