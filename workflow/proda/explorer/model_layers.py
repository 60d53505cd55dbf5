"""Layers of what the model has inside: parameters of the learners, and the mechanisms."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from proda.data.cells import Cells
from proda.explorer.encoding import encode_linear, encode_relative
from proda.explorer.names import parameter_words, process_words
from proda.explorer.payload import Choice, Group, Payload, Values, unit_text
from proda.inference.evidence import MIN_CONTRACTION
from proda.model.parameters import ParameterTable
from proda.netcdf import load_netcdf
from proda.parameters.methods import METHODS, Kind
from proda.parameters.nearby import nearby_contraction
from proda.projection.process_files import read_processes

__all__ = ["add_mechanisms", "add_parameters"]

UNINFORMED = "Fade cells about which the nearest profiles say little (contraction below {limit:g})"


def add_parameters(
    payload: Payload,
    files: Mapping[str, Path],
    table: ParameterTable,
    cells: Cells,
    labels: Mapping[str, str],
) -> None:
    """Add the parameters that learners predict, their spread, and their contraction nearby.

    Parameters
    ----------
    payload
        To which is added.
    files
        {learner: its maps of parameters}.
    table
        Parameters of the structure.
    cells
        Cells of the grid.
    labels
        What the learners are called.
    """
    kinds = {"mean": "Mean", "sd": "Standard deviation", "contraction": "Contraction nearby"}
    names = {name: parameter_words(name) for name in table.names}
    group = Group(
        "parameter",
        "Model parameter",
        "Parameters that a learner predicts from covariates, in the units of the model. "
        "Contraction is 1 − posterior / prior standard deviation, median of the nearest profiles: "
        "near 0 the data say nothing about the parameter, and the map shows the prior.",
        [
            Choice("parameter", "Parameter", names),
            Choice("method", "Method", {name: labels[name] for name in files}),
            Choice("kind", "Shown", kinds),
        ],
    )
    for method, path in files.items():
        with load_netcdf(path, "maps of parameters", [*table.names, "contraction"]) as file:
            contraction = f"cell.contraction.{method}"
            near = cells.from_grid(file["contraction"])
            payload.blocks[contraction] = encode_linear(near, 1)
            for k, (name, unit) in enumerate(zip(table.names, table.units, strict=True)):
                title = f"{names[name]}, {labels[method]}"
                fade = _fade(contraction, k)
                rows = [cells.from_grid(file[name])]
                if f"{name}_sd" in file:
                    rows.append(cells.from_grid(file[f"{name}_sd"]))
                key = f"cell.parameter.{method}.{name}"
                for row, kind in enumerate(list(kinds)[: len(rows)]):
                    # Means and deviations differ in size: each has steps of its own.
                    payload.blocks[f"{key}.{kind}"] = encode_linear(rows[row])
                    palette = "spread" if row else "amount"
                    shown = title if not row else f"{title}: {kinds[kind].lower()}"
                    group.add(
                        (name, method, kind), Values(f"{key}.{kind}"), shown, unit_text(unit),
                        palette, fade=fade,
                    )  # fmt: skip
                shown = f"{title}: contraction of the nearest profiles"
                group.add((name, method, "contraction"), Values(contraction, k), shown, "")
    payload.groups.append(group)


def add_mechanisms(
    payload: Payload,
    files: Mapping[str, Path],
    processes: Sequence[str],
    cells: Cells,
    labels: Mapping[str, str],
    of_sites: xr.Dataset | None,
    used: xr.Dataset,
) -> None:
    """Add bulk processes: values of the mechanisms, turnover and stocks.

    Parameters
    ----------
    payload
        To which is added.
    files
        {method: its bulk processes on the grid}.
    processes
        Names of those that are shown.
    cells
        Cells of the grid.
    labels
        What the methods are called.
    of_sites
        Bulk processes of the sites, with their contraction; None without.
    used
        lon, lat and used (profile) of the sites.
    """
    kinds = {"mean": "Mean", "width": "Width of the 5–95 % interval"}
    words = {name: process_words(name) for name in processes}
    group = Group(
        "mechanism",
        "Mechanism",
        "Bulk values of the mechanisms that govern soil carbon, and what results from them, as "
        "the model has them with the parameters of a method.",
        [
            Choice("process", "Mechanism", {name: one.title for name, one in words.items()}),
            Choice("method", "Method", {name: labels[name] for name in files}),
            Choice("kind", "Shown", kinds),
        ],
    )
    if of_sites is not None:
        which = used["used"].values
        near = [
            nearby_contraction(
                used["lon"].values,
                used["lat"].values,
                np.where(which, of_sites[f"{name}_contraction"].values, np.nan)[:, None],
                cells,
            )[:, 0]
            if np.isfinite(of_sites[f"{name}_contraction"].values[which]).any()
            else np.full(len(cells), np.nan)
            for name in processes
        ]
        payload.blocks["cell.contraction.processes"] = encode_linear(np.array(near), 1)
    for method, path in files.items():
        more: dict[str, Any] = {}
        with read_processes(path) as file:
            for k, name in enumerate(processes):
                one = words[name]
                rows = [
                    cells.from_grid(file[f"{name}_{statistic}"]) * one.factor
                    for statistic in ("mean", "p05", "p95")
                    if f"{name}_{statistic}" in file
                ]
                payload.blocks[f"cell.process.{method}.{name}"] = (
                    encode_linear(np.array(rows))
                    if np.nanmin(rows, initial=0) < 0
                    else encode_relative(np.array(rows))
                )
                mean, low, high = (Values(f"cell.process.{method}.{name}", row) for row in range(3))
                # One distribution for all places rests on all profiles; a given run on none.
                if of_sites is not None and METHODS[method].kind is Kind.LEARNER:
                    more = {"fade": _fade("cell.contraction.processes", k)}
                title = f"{one.title}, {labels[method]}"
                group.add(
                    (name, method, "mean"), mean, title, one.unit, log=one.logarithmic, **more
                )
                if len(rows) == 3:
                    shown = f"{title}: {kinds['width'].lower()}"
                    chosen = (name, method, "width")
                    group.add(chosen, high, shown, one.unit, "spread", less=low, **more)
    payload.groups.append(group)


def _fade(array: str, row: int) -> dict[str, Any]:
    """Cells whose value is below the limit are faded."""
    text = UNINFORMED.format(limit=MIN_CONTRACTION)
    return {"values": [array, row], "limit": MIN_CONTRACTION, "text": text}
