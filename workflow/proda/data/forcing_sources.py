"""The forcing a configuration names, on the cells of a region and at profiles.

The climate of the soil comes from a land model whose cells are wider than those of the region: it
is interpolated. Net primary production (NPP) comes from annual rasters, a netCDF file or the land
model itself, over the years its climate is averaged (`proda.config.sections.forcing`).

Relative paths are below ``data_dir``.
"""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from proda.arrays import Columns
from proda.config.keys import as_plain
from proda.config.sections.forcing import (
    LandModelHistory,
    NppLandModel,
    NppMod17a3,
    NppNetcdf,
    NppSource,
)
from proda.data.cells import Cells
from proda.data.interpolation import (
    LAT_ATTRIBUTES,
    LON_ATTRIBUTES,
    other_coordinates,
    regrid,
    sample,
)
from proda.data.land_model.history import History, Paths, Years
from proda.data.land_model.litter import (
    ACCUMULATED,
    annual_dataset,
    choose_method,
    ratio_to_npp,
    read_litter_input,
)
from proda.data.land_model.products import read_clm_npp
from proda.data.land_model.soil_forcing import annual_litter_input, read_clm_soil
from proda.data.land_model.substitutes import MissingFields, require_fields
from proda.data.npp import find_npp_files, npp_at, read_npp_geotiffs, read_npp_netcdf
from proda.model.structures import get_structure

__all__ = [
    "at_points",
    "cell_of_points",
    "npp_at_points",
    "npp_on_cells",
    "on_cells",
    "read_soil",
    "soil_of_cells",
]

logger = logging.getLogger(__name__)

# Numbers of layers, which cannot be averaged.
INDICES = ("bedrock_layer",)
# Scalars that CLM sets to 0 below bedrock.
SCALARS = ("water_scalar", "oxygen_scalar", "nitrogen_scalar")


def read_soil(
    structure: str,
    paths: Paths,
    missing_fields: MissingFields = None,
    years: Years = None,
    *,
    climatology: str = LandModelHistory.climatology,
    temperature: str = LandModelHistory.temperature,
    litter_input: str = LandModelHistory.litter_input,
    npp_shares: Mapping[str, float] | None = None,
    groups_of_years: int = LandModelHistory.groups_of_years,
) -> xr.Dataset:
    """Read the soil climate of a structure from the land model's history.

    Monthly litter inputs are summed to those of a year.

    Parameters
    ----------
    structure : str
        Name of the structure.
    paths, missing_fields, years, climatology, temperature, groups_of_years
        As for `proda.data.land_model.soil_forcing.read_clm_soil`.
    litter_input, npp_shares
        As for `proda.data.land_model.litter.choose_method`.

    Returns
    -------
    xarray.Dataset
        On the land model's grid, (.., lat, lon).

    Raises
    ------
    InputError
        As `read_clm_soil`.
    """
    record = get_structure(structure)
    history, inputs = History(paths), record.land_model.litter_inputs
    if not inputs:
        soil = read_clm_soil(record, history, None, missing_fields, years, climatology, temperature)
        return soil.assign_attrs(structure=structure)
    land = record.land_model.driven_by(temperature).without_litter_inputs()
    require_fields(history, land, missing_fields or {})  # before the litter, which needs months too
    method = choose_method(history, record.grid, inputs, litter_input, npp_shares)
    own = method == ACCUMULATED
    soil = read_clm_soil(
        record,
        history,
        None,
        missing_fields,
        years,
        climatology,
        temperature,
        own,
        groups_of_years,
        input_by_month=False,
    )
    if own:
        annual = annual_litter_input(soil, inputs, record.grid.thickness)
        total = annual["litter_input"].sum("pool", skipna=False).values
        soil = soil.drop_vars([field.name for field in inputs]).assign(annual.data_vars)
        about = {"litter_input_source": "accumulated by the land model"}
        about |= ratio_to_npp(history, record.grid, total, years)
    else:
        found = read_litter_input(history, record.grid, method, npp_shares, years)
        annual = annual_dataset(history, record.grid, found, years)
        soil, about = soil.assign(annual.data_vars), annual.attrs
    logger.info("litter input: %s", about["litter_input_source"])
    return soil.assign_attrs(about, structure=structure)


def on_cells(
    dataset: xr.Dataset,
    cells: Cells,
    method: str = "bilinear",
    max_distance_km: float | None = None,
) -> xr.Dataset:
    """Interpolate to the rectangle around ``cells``, with missing values outside the cells.

    Parameters
    ----------
    dataset, method, max_distance_km
        As for `proda.data.interpolation.sample`.
    cells
        Cells of the map.

    Returns
    -------
    xarray.Dataset
        On (lat, lon), with ``cell``, the number of each cell and -1 elsewhere.
    """
    number = cells.to_grid(np.arange(len(cells)))
    lat, lon, wanted = number["lat"], number["lon"], number.notnull().values
    choices = method, max_distance_km, _indices(dataset), _within_soil(dataset), wanted
    result, _ = regrid(dataset, lat.values, lon.values, *choices)
    number = number.fillna(-1).astype(np.int32)
    number.attrs = {"long_name": "number of the cell, -1 outside the region"}
    return result.assign_coords(lat=lat, lon=lon).assign(cell=number)


def at_points(
    dataset: xr.Dataset,
    lon: Columns,
    lat: Columns,
    method: str = "bilinear",
    max_distance_km: float | None = None,
) -> xr.Dataset:
    """Interpolate to points, with numbers of layers from the nearest cell.

    Parameters
    ----------
    dataset, method, max_distance_km
        As for `proda.data.interpolation.sample`.
    lon, lat
        (n,) degrees east and north.

    Returns
    -------
    xarray.Dataset
        On (point,).
    """
    within = _within_soil(dataset)
    return sample(dataset, lon, lat, method, max_distance_km, _indices(dataset), within)[0]


def _indices(dataset: xr.Dataset) -> list[str]:
    return [name for name in INDICES if name in dataset]


def _within_soil(dataset: xr.Dataset) -> dict[str, xr.DataArray]:
    """Layers above bedrock, over whose cells SCALARS are averaged.

    CLM's scalars are 0 below bedrock, which does not mean drought: the bedrock of a neighbouring
    cell must not slow the decomposition in the soil of a place.
    """
    if "bedrock_layer" not in dataset:
        return {}
    layer = xr.DataArray(np.arange(dataset.sizes["layer"]), dims="layer")
    soil = (layer < dataset["bedrock_layer"]).astype(float)
    return {name: soil for name in SCALARS if name in dataset}


def soil_of_cells(grid: xr.Dataset, cells: Cells, lon: Columns, lat: Columns) -> xr.Dataset:
    """Select the soil climate of the cell of each point, bit for bit.

    Parameters
    ----------
    grid : xarray.Dataset
        Content of grid_forcing.nc, in memory or in its file.
    cells : Cells
        Its cells.
    lon, lat : (n,) arrays
        Degrees.

    Returns
    -------
    xarray.Dataset
        On (.., point), with lon, lat and ``cell``; NaN for points in none of the cells.
    """
    number = cell_of_points(cells, lon, lat)
    cell = number.values
    known = np.flatnonzero(cell >= 0)
    numbers = grid["cell"].values
    place = np.zeros((2, len(cells)), dtype=int)
    place[:, numbers[numbers >= 0]] = np.nonzero(numbers >= 0)
    row, column = place[:, cell[known]]
    picked = xr.Dataset(
        {},
        {
            **other_coordinates(grid),
            "lon": ("point", lon, LON_ATTRIBUTES),
            "lat": ("point", lat, LAT_ATTRIBUTES),
        },
        grid.attrs,
    )
    for name, variable in grid.data_vars.items():
        if str(name).startswith(("npp_", "no_forcing")) or name == "cell":
            continue
        dims = variable.dims[:-2]
        shape = (*variable.shape[:-2], cell.size)
        is_float = variable.dtype.kind == "f"
        values = np.full(shape, np.nan if is_float else 0, dtype=variable.dtype)
        # A few months at a time, as they lie in a file, of which little is to be in memory.
        step = (variable.encoding.get("chunksizes") or (1,))[0]
        parts: list[Any] = [...]
        if dims:
            parts = [slice(i, i + step) for i in range(0, variable.shape[0], step)]
        for part in parts:
            values[part][..., known] = variable[part].values[..., row, column]
        picked[name] = ((*dims, "point"), values, variable.attrs)
    return picked.assign(cell=number)


def cell_of_points(cells: Cells, lon: Columns, lat: Columns) -> xr.DataArray:
    """Number of the cell that holds each point, -1 for none, on (point,).

    Parameters
    ----------
    cells : Cells
        The cells.
    lon, lat : (n,) arrays
        Degrees.
    """
    about = {"long_name": "number of the grid cell that holds the profile"}
    return xr.DataArray(cells.index_of(lon, lat).astype(np.int32), dims="point", attrs=about)


def npp_on_cells(
    source: NppSource,
    data_dir: Path,
    cells: Cells,
    clm_paths: Paths = (),
    clm_years: Years = None,
    max_distance_km: float | None = None,
) -> xr.Dataset:
    """Read NPP of the cells.

    Rasters give the mean of a cell's own pixels, without those of neighbours; the coarser sources
    are interpolated.

    Parameters
    ----------
    source : NppSource
        Section of the configuration.
    data_dir : Path
        Folder of its relative paths.
    cells : Cells
        The cells.
    clm_paths : path, glob pattern or list of them
        The land model's history.
    clm_years : (first, last), optional
        Model years to use.
    max_distance_km : float, optional
        As for `proda.data.interpolation.sample`.

    Returns
    -------
    xarray.Dataset
        npp_mean, npp_min and npp_max, gC m-2 yr-1, on (lat, lon).

    Raises
    ------
    InputError
        For files that cannot be read.
    """
    if isinstance(source, NppMod17a3):
        fraction = source.min_valid_fraction
        blocks = read_npp_geotiffs(_rasters(source, data_dir), cells.resolution, fraction)
        number = cells.to_grid(np.arange(len(cells)))
        near = blocks.reindex(
            lat=number["lat"], lon=number["lon"], method="nearest", tolerance=1e-6
        )
        return near.where(number.notnull()).assign_attrs(blocks.attrs)
    npp = _coarse(source, data_dir, clm_paths, clm_years)
    npp = on_cells(npp, cells, max_distance_km=max_distance_km)
    return npp.drop_vars(["cell", "forcing_source"])


def npp_at_points(
    source: NppSource,
    data_dir: Path,
    lon: Columns,
    lat: Columns,
    clm_paths: Paths = (),
    clm_years: Years = None,
    max_distance_km: float | None = None,
) -> xr.Dataset:
    """Read NPP of the pixel or cell that holds each point, on (point,).

    Parameters
    ----------
    source, data_dir, clm_paths, clm_years, max_distance_km
        As for `npp_on_cells`.
    lon, lat
        (n,) degrees east and north.

    Raises
    ------
    InputError
        As `npp_on_cells`.
    """
    if isinstance(source, NppMod17a3):
        return npp_at(_rasters(source, data_dir), lon, lat)
    npp = _coarse(source, data_dir, clm_paths, clm_years)
    return at_points(npp, lon, lat, "nearest", max_distance_km).drop_vars("forcing_source")


def _rasters(source: NppMod17a3, data_dir: Path) -> dict[int, Path]:
    return find_npp_files(Path(data_dir) / source.folder, source.years)


def _coarse(
    source: NppNetcdf | NppLandModel, data_dir: Path, clm_paths: Paths, clm_years: Years
) -> xr.Dataset:
    """NPP on the grid of a netCDF file or of the land model."""
    if isinstance(source, NppLandModel):
        return read_clm_npp(clm_paths, clm_years)
    path = Path(data_dir) / source.file
    npp = read_npp_netcdf(path, as_plain(source.names))
    return npp.assign_attrs(source=f"net primary production: {path.name}")
