"""A folder of data that a user might bring, in the layout config/own_data.yaml expects."""

import json

import netCDF4
import numpy as np
import pandas as pd

from clm_files import NODES_10, NODES_20, field, month_bounds, write_history, year_bounds
from raster_files import write_raster

WEST, SOUTH, EAST, NORTH = -100.0, 38.0, -96.0, 41.0


def write_own_data(folder):
    """Write horizons, land model history, covariates, maps and points of stocks; the folder."""
    folder.mkdir(parents=True)
    write_horizons(folder / "neon_layers.csv")
    write_clm(folder / "clm_annual_4x5.nc")
    write_covariates(folder / "covariates_halfdeg.nc")
    for depth, stock in ((30, 60), (100, 110), (200, 150)):
        write_stock(folder / f"SOCS_0_{depth}cm_year_2010AD_10km_conus.tif", stock)
    write_point_stocks(folder / "raca_stock_0_100cm.csv")
    return folder


def write_region(path):
    ring = [[WEST, SOUTH], [EAST, SOUTH], [EAST, NORTH], [WEST, NORTH], [WEST, SOUTH]]
    path.write_text(json.dumps({"type": "Polygon", "coordinates": [ring]}))
    return path


def write_parts(path, parts):
    """The region cut at latitudes: parts, {name: (south, north)}, named by the attribute half."""
    features = [
        {
            "type": "Feature",
            "properties": {"half": name},
            "geometry": {
                "type": "Polygon",
                "coordinates": [
                    [[WEST, low], [EAST, low], [EAST, high], [WEST, high], [WEST, low]]
                ],
            },
        }
        for name, (low, high) in parts.items()
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def write_horizons(path, **changes):
    """Eight pits of an organic and three mineral horizons; the last pit lies far outside.

    changes: columns to set, or to drop with None.
    """
    rows = []
    for pit in range(8):
        lon, lat = WEST + 0.3 + 0.45 * pit, SOUTH + 0.2 + 0.3 * pit
        for horizon, (top, bottom, carbon) in enumerate(
            [(0, 5, 380.0), (5, 20, 31.0), (20, 60, 12.0), (60, 120, 0.0 if pit == 2 else 4.0)]
        ):
            rows.append(
                {
                    "profile_id": f"PIT_{pit:03}",
                    "longitude": lon if pit < 7 else 10.0,
                    "latitude": lat,
                    "upper_depth_cm": top,
                    "lower_depth_cm": bottom,
                    "organic_carbon_g_kg": carbon,
                    "bulk_density_kg_dm3": 1.1 if horizon % 2 else None,
                    "coarse_fragments_pct": 5.0,
                    "horizon": "Oe" if horizon == 0 else "A",
                }
            )
    table = pd.DataFrame(rows)
    for column, value in changes.items():
        table = table.drop(columns=column) if value is None else table.assign(**{column: value})
    table.to_csv(path, index=False)


def write_clm(path, **options):
    """Two years on the 4 x 5 degree grid with 15 levels."""
    lat, lon = np.linspace(-90, 90, 46), np.arange(0, 360, 5.0)
    shape = {"lat": lat.size, "lon": lon.size}
    north = (lat / 90)[:, None] + np.zeros(lon.size)
    fields = {
        "TSOI": 290 - 20 * north + field([0, 1.0], 15, **shape),
        "SOILPSI": -0.1 - 0.05 * north + field([0, 0], 15, **shape),
        "NPP": 1e-5 * (2 - north) + field([0, 1e-6], **shape),
        "ALTMAX": field([5.0, 5], **shape),
        "ALTMAX_LASTYEAR": field([5.0, 5], **shape),
    }
    nodes = NODES_10
    write_history(path, fields, year_bounds(2), lat=lat, lon=lon, nodes=nodes, **options)


def write_clm_monthly(path):
    """A year of months for the 20-layer structure, the same everywhere; litter inputs 0.1 to 0.4
    times the number of the month."""
    months = np.arange(1.0, 13)
    layered = {
        "TSOI": 280 + months,
        "W_SCALAR": months / 20,
        "O_SCALAR": months / 30,
        "FPI_vr": months / 40,
        "CWD_INPUT_ACC_VECTOR": 0.1 * months,
        "LITR1_INPUT_ACC_VECTOR": 0.2 * months,
        "LITR2_INPUT_ACC_VECTOR": 0.3 * months,
        "LITR3_INPUT_ACC_VECTOR": 0.4 * months,
    }
    fields = {name: field(values, levels=20) for name, values in layered.items()}
    fields |= {"ALTMAX": field(months), "ALTMAX_LASTYEAR": field(months + 1)}
    fields["nbedrock"] = field(np.full(12, 7.0))
    units = {name: "gC m-3 month-1" for name in layered if "INPUT" in name}
    write_history(path, fields, month_bounds(12), nodes=NODES_20, level="levsoi", units=units)
    return path


def write_clm5_history(path, year=1, warming=0.0, litter=1.0):
    """A year of months of CLM5 on the 4 x 5 degree grid: warmer to the south, wetter and with more
    litter to the east, where bedrock is deeper, too. warming: K; litter: relative amount."""
    lat, lon = np.linspace(-90, 90, 46), np.arange(0, 360, 5.0)
    shape = {"lat": lat.size, "lon": lon.size}
    north = (lat / 90)[:, None] + np.zeros(lon.size)
    east = np.clip((lon - 240) / 60, 0, 1) + np.zeros((lat.size, 1))
    season = np.sin(2 * np.pi * (np.arange(1.0, 13) - 4) / 12)
    depth = NODES_20[:20, None, None]
    rooted = np.exp(-depth / 0.3) / 0.3
    fields = {
        "TSOI": 295 + warming - 30 * north + 8 * field(season, 20, **shape) * np.exp(-depth),
        "W_SCALAR": 0.3 + 0.3 * east - 0.1 * field(season, 20, **shape),
        "O_SCALAR": field(np.full(12, 0.9), 20, **shape),
        "FPI_vr": field(np.full(12, 0.8), 20, **shape),
        "CELLSAND": field(np.full(12, 40.0), 20, **shape) + 10 * north,
        "ALTMAX": field(np.full(12, 6.0), **shape),
        "ALTMAX_LASTYEAR": field(np.full(12, 6.0), **shape),
        "nbedrock": field(np.full(12, 13.0), **shape) + np.round(5 * east),
    }
    for name, yearly in (("CWD", 40), ("LITR1", 80), ("LITR2", 120), ("LITR3", 60)):
        monthly = field(litter * yearly / 12 * (1 + 0.5 * season), 20, **shape)
        fields[f"{name}_INPUT_ACC_VECTOR"] = monthly * rooted * (0.5 + east)
    units = {name: "gC m-3 month-1" for name in fields if "INPUT" in name}
    grid = {"lat": lat, "lon": lon, "nodes": NODES_20, "level": "levsoi"}
    return write_history(path, fields, month_bounds(12, year), units=units, **grid)


def write_covariates(path, **changes):
    """Half-degree covariates; changes: arrays or numbers that replace them."""
    lat, lon = np.arange(37.25, 42, 0.5), np.arange(-101.25, -95, 0.5)
    x, y = np.meshgrid(lon - lon[0], lat - lat[0])
    values = {
        "BIO1": (12 - y, "degC"),
        "BIO12": (400 + 80 * x, "mm yr-1"),
        "NPPmean": (300 + 20 * x, "gC m-2 yr-1"),
        "NPPmax": (400 + 20 * x, "gC m-2 yr-1"),
        "NPPmin": (200 + 20 * x, "gC m-2 yr-1"),
        "Climate": (np.where(x < 3, 5, 9), "class"),
    }
    with netCDF4.Dataset(path, "w") as data:
        for name, axis, unit in (("lat", lat, "degrees_north"), ("lon", lon, "degrees_east")):
            data.createDimension(name, axis.size)
            variable = data.createVariable(name, "f8", (name,))
            variable[:], variable.units = axis, unit
        for name, (array, unit) in values.items():
            variable = data.createVariable(name, "f4", ("lat", "lon"))
            variable[:] = changes.get(name, array)
            variable.units = unit


def write_stock(path, stock, fill=None, nodata=-32767, crs="EPSG:4326"):
    """A map of whole Mg ha-1 of 1/12 degree; the number ``fill`` in one pixel of the region."""
    data = np.full((60, 84), stock, np.int16)
    if fill is not None:
        data[30, 40] = fill
    write_raster(path, data, -101.5, 42.0, 1 / 12, crs=crs, nodata=nodata)


def write_point_stocks(path):
    """Six stocks in Mg ha-1, 60 to 160, two of them in one cell; of two more rows one lies far
    outside and one has no stock."""
    longitude = [-99.9, -99.8, -99.2, -98.4, -97.6, -96.8, 10.0, -97.0]
    stock = [60, 80, 100, 120, 140, 160, 100, None]
    latitude = np.linspace(38.1, 40.9, 8)
    latitude[1] = latitude[0]
    table = {"longitude": longitude, "latitude": latitude, "soc_0_100cm_Mg_ha": stock}
    names = [f"pedon_{k}" for k in range(8)]
    pd.DataFrame({"pedon_id": names} | table).to_csv(path, index=False)
