"""The forcing a configuration names, on the cells of a region and at profiles.

The climate of the soil comes from a land model whose cells are wider than those of the region: it
is interpolated. Net primary production (NPP) comes from annual rasters, a netCDF file or the land
model itself; ``source`` is a mapping with ``format`` and

mod17a3  folder, years (first, last); min_valid_fraction, the share of the pixels of a cell that
         must have NPP for the cell to have some
netcdf   file, names {npp_mean, npp_min, npp_max: variable}
clm      nothing else: NPP of the land model's own history, of the years its climate is taken from

Relative paths are below ``data_dir``.
"""

from pathlib import Path

import numpy as np
import xarray as xr

from proda.data.interpolation import regrid, sample
from proda.data.land_model.products import read_clm_npp
from proda.data.land_model.soil_forcing import annual_litter_input, read_clm_soil
from proda.data.npp import find_npp_files, npp_at, read_npp_geotiffs, read_npp_netcdf
from proda.errors import InputError
from proda.model.structures import get_structure

__all__ = ["at_points", "npp_at_points", "npp_on_cells", "on_cells", "read_soil", "soil_of_cells"]

# Numbers of layers, which have no mean.
INDICES = ("bedrock_layer",)
# Scalars that CLM sets to 0 below bedrock, and the name of the layers above it while they are
# interpolated.
SCALARS = ("water_scalar", "oxygen_scalar", "nitrogen_scalar")
SOIL = "_soil"


def read_soil(structure, paths, missing_fields=None, years=None):
    """Soil climate of a structure on the land model's grid (.., lat, lon), from history files.

    Monthly litter inputs are summed to those of a year. Raises InputError as
    `proda.data.land_model.soil_forcing.read_clm_soil`.
    """
    record = get_structure(structure)
    soil = read_clm_soil(record, paths, None, missing_fields, years)
    inputs = record.land_model.litter_inputs
    if inputs:
        annual = annual_litter_input(soil, inputs, record.grid.thickness)
        soil = soil.drop_vars([field.name for field in inputs]).assign(annual.data_vars)
    return soil.assign_attrs(structure=structure)


def on_cells(dataset, cells, method="bilinear", max_distance_km=None):
    """Interpolate to the rectangle around ``cells``, with missing values outside the cells.

    Adds ``cell``, the number of each cell and -1 elsewhere. Arguments as `interpolation.sample`.
    """
    number = cells.to_grid(np.arange(len(cells)))
    inside = number.notnull()
    indices = [name for name in INDICES if name in dataset]
    lat, lon = number["lat"], number["lon"]
    result, _ = regrid(_of_soil(dataset), lat, lon, method, max_distance_km, indices)
    result = _mean_of_soil(result)
    result = result.assign_coords(lat=lat, lon=lon)
    for name, variable in result.data_vars.items():
        outside = np.nan if variable.dtype.kind == "f" else 0
        result[name] = variable.where(inside, outside).astype(variable.dtype)
    number = number.fillna(-1).astype(np.int32)
    number.attrs = {"long_name": "number of the cell, -1 outside the region"}
    return result.assign(cell=number)


def at_points(dataset, lon, lat, method="bilinear", max_distance_km=None):
    """`interpolation.sample` that takes numbers of layers from the nearest cell."""
    indices = [name for name in INDICES if name in dataset]
    return _mean_of_soil(sample(_of_soil(dataset), lon, lat, method, max_distance_km, indices)[0])


def _of_soil(dataset):
    """The dataset with SOIL, 1 in layers above bedrock and 0 below, and SCALARS of 0 below."""
    if "bedrock_layer" not in dataset:
        return dataset
    layer = xr.DataArray(np.arange(dataset.sizes["layer"]), dims="layer")
    soil = (layer < dataset["bedrock_layer"]).astype(float)
    scalars = {name: dataset[name] * soil for name in SCALARS if name in dataset}
    return dataset.assign({name: v.transpose(*dataset[name].dims) for name, v in scalars.items()}
                          | {SOIL: soil.transpose("layer", "lat", "lon")})  # fmt: skip


def _mean_of_soil(result):
    """SCALARS as means over those of the averaged cells that have soil in the layer.

    CLM's scalars are 0 below bedrock, which is no drought: a neighbour's rock must not slow the
    decomposition in the soil of a place.
    """
    if SOIL not in result:
        return result
    soil = result[SOIL]
    for name in SCALARS:
        if name in result:
            mean = (result[name] / soil.where(soil > 0.0)).fillna(0.0).clip(0.0, 1.0)
            mean = mean.where(result[name].notnull()).transpose(*result[name].dims)
            result[name] = mean.assign_attrs(result[name].attrs)
    return result.drop_vars(SOIL)


def soil_of_cells(grid, cells, lon, lat):
    """Soil climate that each point shares, bit for bit, with the other points of its cell.

    grid: Dataset of grid_forcing.nc. Returns a Dataset (.., point) with lon, lat and ``cell``, NaN
    for points in none of the cells.
    """
    cell = cells.index_of(lon, lat)
    names = [name for name in grid if not name.startswith(("npp_", "no_forcing"))]
    flat = grid[names].stack(point=("lat", "lon")).reset_index("point", drop=True)
    numbers = flat["cell"].values
    place = np.zeros(len(cells), dtype=int)
    place[numbers[numbers >= 0]] = np.flatnonzero(numbers >= 0)
    picked = flat.isel(point=place[cell])
    for name, variable in picked.data_vars.items():
        if variable.dtype.kind == "f":
            picked[name] = variable.where(xr.DataArray(cell >= 0, dims="point"))
    about = {"long_name": "number of the grid cell that holds the profile"}
    return picked.assign(cell=("point", cell.astype(np.int32), about)).assign_coords(
        lon=("point", lon, {"units": "degrees_east", "standard_name": "longitude"}),
        lat=("point", lat, {"units": "degrees_north", "standard_name": "latitude"}),
    )


def npp_on_cells(source, data_dir, cells, clm_paths=(), clm_years=None, max_distance_km=None):
    """NPP of the cells on (lat, lon); ``source`` as in the docstring of this file.

    Rasters give the mean of a cell's own pixels and nothing is borrowed from neighbours; the
    coarser sources are interpolated. clm_paths, clm_years: the land model's history, and the first
    and last year to take of it, None for all. Raises InputError for what cannot be read.
    """
    if source["format"] == "mod17a3":
        fraction = source["min_valid_fraction"]
        blocks = read_npp_geotiffs(_rasters(source, data_dir), cells.resolution, fraction)
        number = cells.to_grid(np.arange(len(cells)))
        near = blocks.reindex(
            lat=number["lat"], lon=number["lon"], method="nearest", tolerance=1e-6
        )
        return near.where(number.notnull()).assign_attrs(blocks.attrs)
    npp = _coarse(source, data_dir, clm_paths, clm_years)
    npp = on_cells(npp, cells, max_distance_km=max_distance_km)
    return npp.drop_vars(["cell", "forcing_source"])


def npp_at_points(source, data_dir, lon, lat, clm_paths=(), clm_years=None, max_distance_km=None):
    """NPP of the pixel or cell that each point lies in, on (point,); ``source`` as above."""
    if source["format"] == "mod17a3":
        return npp_at(_rasters(source, data_dir), lon, lat)
    npp = _coarse(source, data_dir, clm_paths, clm_years)
    return at_points(npp, lon, lat, "nearest", max_distance_km).drop_vars("forcing_source")


def _rasters(source, data_dir):
    return find_npp_files(Path(data_dir) / source["folder"], source["years"])


def _coarse(source, data_dir, clm_paths, clm_years):
    if source["format"] == "netcdf":
        path = Path(data_dir) / source["file"]
        npp = read_npp_netcdf(path, source["names"])
        return npp.assign_attrs(source=f"net primary production: {path.name}")
    if source["format"] == "clm":
        return read_clm_npp(clm_paths, clm_years)
    raise InputError("npp.format", "mod17a3, netcdf or clm", repr(source["format"]))
