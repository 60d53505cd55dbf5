"""Files of bulk processes on the grid, <method>_processes.nc: CF-1.11 netCDF, and their table."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from proda.data.cells import Cells
from proda.data.order import check_cells
from proda.inference.certification import carried_certification
from proda.model import SoilModel
from proda.model.processes import PROCESSES, ProcessStatus
from proda.netcdf import load_netcdf
from proda.parameters.draws import open_draws
from proda.parameters.methods import method_label
from proda.projection.files import flags, write_projection
from proda.projection.inputs import load_grid
from proda.projection.process_maps import (
    DefaultProcesses,
    DrawnProcesses,
    ProcessMaps,
    map_processes,
    spread_draws,
)
from proda.projection.soc import DrawnSoc, Status
from proda.projection.stocks import STATISTICS

__all__ = [
    "process_table",
    "read_processes",
    "write_default_processes",
    "write_processes",
]

# The CF standard name of those that have one.
STANDARD_NAMES = dict.fromkeys(
    (process.name for process in PROCESSES if process.name.startswith("soc_stock")),
    "soil_mass_content_of_carbon",
)
WORDS = {"mean": "mean", "p05": "5th percentile", "p95": "95th percentile"}
OVER_CELLS = {
    "area_mean": "area-weighted mean over cells",
    "cell_mean": "unweighted mean over cells",
    "area_median": "area-weighted median over cells",
    "cell_median": "unweighted median over cells",
}


def write_processes(
    model: SoilModel,
    method: str,
    draws_path: str | Path,
    cells_path: str | Path,
    forcing_path: str | Path,
    target: str | Path,
    max_draws: int,
    attributes: Mapping[str, Any] | None = None,
) -> ProcessMaps:
    """Compute the processes of a method's draws on the grid and write <method>_processes.nc.

    Parameters
    ----------
    model
        The soil carbon model.
    method
        Name of the method.
    draws_path
        Its draws, a file for `proda.parameters.draws.open_draws`.
    cells_path, forcing_path
        Cells and their forcing.
    target
        File to write.
    max_draws
        Largest number of draws that are run; of more, evenly spaced ones are taken.
    attributes
        Global ones (provenance).

    Raises
    ------
    InputError
        For draws of another structure or without a map, and for files of different cells.
    """
    grid = load_grid(cells_path, forcing_path)
    with open_draws(draws_path, model) as draws:
        if draws.centres is not None:
            check_cells(draws_path, draws.centres, grid.cells)
        read, count = spread_draws(draws.on_cells, draws.n_draws, max_draws)
        source = DrawnSoc(model, read, count, grid.forcing, grid.column)
        maps = map_processes(DrawnProcesses(source), grid.cells.land_area_m2)
        about = dict(attributes or {}) | carried_certification(draws_path, draws.file)
    write_projection(target, _dataset(maps, grid.cells, method), about)
    return maps


def write_default_processes(
    structure: str,
    method: str,
    version: str | None,
    cells_path: str | Path,
    forcing_path: str | Path,
    target: str | Path,
    attributes: Mapping[str, Any] | None = None,
) -> ProcessMaps:
    """As ``write_processes``, of the matrix model at the land model's default parameters.

    Parameters
    ----------
    structure
        Name of the structure.
    method, cells_path, forcing_path, target, attributes
        As for ``write_processes``.
    version
        Of the default parameters; None for the usual one.

    Raises
    ------
    InputError
        For files of different cells and for what the forcing lacks.
    """
    grid = load_grid(cells_path, forcing_path)
    source = DefaultProcesses(structure, version, grid.forcing, grid.column)
    maps = map_processes(source, grid.cells.land_area_m2)
    write_projection(target, _dataset(maps, grid.cells, method), attributes)
    return maps


def read_processes(path: str | Path) -> xr.Dataset:
    """Read <method>_processes.nc as a Dataset in memory. Raises InputError for another file."""
    needed = ["process_status", *(f"{process.name}_mean" for process in PROCESSES)]
    return load_netcdf(path, "bulk processes", needed, mask_and_scale=False)


def process_table(datasets: Mapping[str, xr.Dataset]) -> pd.DataFrame:
    """Means and medians over the cells, area-weighted beside unweighted.

    Parameters
    ----------
    datasets
        {method: its processes}.

    Returns
    -------
    DataFrame
        method, process, units, cells (with a value), then area_mean and cell_mean with their
        5th and 95th percentiles over the draws (_p05, _p95; NaN for a single draw), area_median and
        cell_median.
    """
    rows = []
    for method, dataset in datasets.items():
        for process in PROCESSES:
            maps = dataset[f"{process.name}_mean"]
            row = {
                "method": method,
                "process": process.name,
                "units": process.units,
                "cells": int(np.isfinite(maps.values).sum()),
            }
            for kind in ("area_mean", "cell_mean"):
                for statistic in STATISTICS:
                    name = f"{process.name}_{kind}_{statistic}"
                    column = kind if statistic == "mean" else f"{kind}_{statistic}"
                    row[column] = float(dataset[name]) if name in dataset else np.nan
            for kind in ("area_median", "cell_median"):
                row[kind] = float(dataset[f"{process.name}_{kind}"])
            rows.append(row)
    return pd.DataFrame(rows)


def _dataset(maps: ProcessMaps, cells: Cells, method: str) -> xr.Dataset:
    """Maps on (lat, lon), and numbers over all cells."""
    label = method_label(method)
    dataset = xr.Dataset(
        attrs={
            "Conventions": "CF-1.11",
            "title": f"Bulk processes of soil carbon on the grid: {label}",
            "method": method,
            "label": label,
            "draws": maps.n_draws,
        }
    )
    for name, codes, kinds in (
        ("status", maps.status, Status),
        ("process_status", maps.process_status, ProcessStatus),
    ):
        meaning = (
            "whether the cell has a steady state, and if not, why"
            if name == "status"
            else "whether the processes of a cell with a steady state are defined, and if not, why"
        )
        codes_on_grid = cells.to_grid(codes).fillna(-1).astype(np.int8)
        missing = {"missing": "-1 where the region has no cell"}
        dataset[name] = codes_on_grid.assign_attrs(flags(kinds, meaning) | missing)
    for k, process in enumerate(PROCESSES):
        about = {"units": process.units, "long_name": process.long_name}
        if process.name in STANDARD_NAMES:
            about["standard_name"] = STANDARD_NAMES[process.name]
        for statistic, values in zip(STATISTICS, maps.values, strict=False):
            attrs = {
                **about,
                "long_name": _of_draws(process.long_name, statistic, maps.n_draws),
                "ancillary_variables": "status process_status",
            }
            name = f"{process.name}_{statistic}"
            dataset[name] = cells.to_grid(values[:, k]).assign_attrs(attrs)
        for kind in ("area_mean", "cell_mean"):
            for statistic, values in zip(STATISTICS, getattr(maps, kind), strict=False):
                text = f"{process.long_name}, {OVER_CELLS[kind]}"
                text = _of_draws(text, statistic, maps.n_draws)
                name = f"{process.name}_{kind}_{statistic}"
                dataset[name] = ((), values[k], {"units": process.units, "long_name": text})
        for kind in ("area_median", "cell_median"):
            text = f"{process.long_name}, {OVER_CELLS[kind]}"
            attrs = {"units": process.units, "long_name": text}
            dataset[f"{process.name}_{kind}"] = ((), getattr(maps, kind)[k], attrs)
    return dataset


def _of_draws(text: str, statistic: str, n_draws: int) -> str:
    """Description of a statistic over the draws."""
    return text if n_draws == 1 else f"{text}, {WORDS[statistic]} of {n_draws} draws"
