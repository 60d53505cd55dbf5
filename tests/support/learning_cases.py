"""A small world to learn from: covariates of profiles and cells, and the parameters they imply."""

import netCDF4
import numpy as np
import pandas as pd
import xarray as xr

from covariate_files import write_site_files
from proda.data.cells import Cells, write_cells
from proda.data.covariates import write_grid_covariates
from proda.learning.data import LearningData
from proda.learning.splits import make_splits
from proda.model.matrix_model import MatrixModel
from proda.model.scaling import write_scaling

MODEL = MatrixModel("clm45-10")
KINDS = {"wetness": "continuous", "biome": "class", "warmth": "continuous"}
BIOMES = (2, 5, 9)
SEED = 7


def cells_of(rows=6, columns=8, resolution=0.5):
    """Cells from (-100, 35) on, south to north and west to east."""
    lat, lon = np.meshgrid(
        35 + (np.arange(rows) + 0.5) * resolution,
        -100 + (np.arange(columns) + 0.5) * resolution,
        indexing="ij",
    )
    n = lat.size
    return Cells(resolution, lon.ravel(), lat.ravel(), np.full(n, 2.5e9), np.ones(n))


def covariates(rng, n):
    """n rows of wetness in [0, 100], biome and warmth in [-5, 25]."""
    return pd.DataFrame(
        {
            "wetness": 100 * rng.random(n),
            "biome": rng.choice(BIOMES, n).astype(float),
            "warmth": 30 * rng.random(n) - 5,
        }
    )


def theta_of(table):
    """Parameters that follow from covariates, (n, 25): all feasible, and within [0.1, 0.5]."""
    wetness, warmth = table["wetness"].to_numpy() / 100, (table["warmth"].to_numpy() + 5) / 30
    biome = table["biome"].to_numpy() / 10
    weight = np.linspace(0, 1, len(MODEL.parameters))
    return 0.1 + 0.4 * (
        np.outer(wetness, weight) / 2 + np.outer(warmth, 1 - weight) / 2 + biome[:, None] / 4
    ).clip(0, 1)


def world(n=120, seed=SEED):
    """LearningData, positions (lon, lat) and used flags of n profiles, every tenth not used."""
    rng = np.random.default_rng(seed)
    cells = cells_of()
    sites = covariates(rng, n)
    profile_id = np.array([f"P{i}" for i in range(n)])
    sites.index = pd.Index(profile_id, name="profile_id")
    used = np.arange(n) % 10 != 3
    targets = np.where(used[:, None], theta_of(sites), np.nan)
    data = LearningData(dict(KINDS), profile_id, sites, covariates(rng, len(cells)), cells, targets)
    lon, lat = -100 + 4 * rng.random(n), 35 + 3 * rng.random(n)
    return data, lon, lat, used


def world_and_splits(n=120, folds=3):
    data, lon, lat, used = world(n)
    splits = make_splits(data.profile_id, lon, lat, used, data.cells, SEED, 1.0, folds)
    return data, splits


def write_files(folder, data, kinds=None, site_kinds=None, posterior=None):
    """Files of a world: covariates of sites and grid, cells and posteriors; returns their paths.

    ``posterior`` holds further variables of the posteriors: {name: (dimensions, type, values)}.
    """
    kinds = kinds or data.kinds
    write_site_files(folder / "site_covariates.nc", data.sites, **(site_kinds or kinds))
    write_cells(data.cells, folder / "cells.nc")
    grid = {
        name: data.cells.to_grid(data.grid[name], name, {"kind": kinds[name]}) for name in data.grid
    }
    write_grid_covariates(folder / "grid_covariates.nc", xr.Dataset(grid))
    with netCDF4.Dataset(folder / "site_posteriors.nc", "w") as file:
        file.createDimension("profile", len(data.profile_id))
        file.createDimension("parameter", data.targets.shape[1])
        names = np.array(MODEL.parameters.names, dtype=object)
        file.createVariable("parameter", str, ("parameter",))[:] = names
        file.createVariable("profile_id", str, ("profile",))[:] = data.profile_id.astype(object)
        mean = file.createVariable("mean", "f8", ("profile", "parameter"), fill_value=np.nan)
        mean[:] = data.targets
        for name, (axes, kind, values) in (posterior or {}).items():
            for axis, size in zip(axes, np.shape(values), strict=True):
                if axis not in file.dimensions:
                    file.createDimension(axis, size)
            fill = -1 if kind == "i1" else np.nan
            file.createVariable(name, kind, axes, fill_value=fill)[:] = values
        write_scaling(file, MODEL)
    names = ("site_covariates.nc", "grid_covariates.nc", "cells.nc", "site_posteriors.nc")
    return [folder / name for name in names]
