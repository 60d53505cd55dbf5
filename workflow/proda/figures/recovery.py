"""Recovered against true parameters of a twin world: correlation and error, one cell each."""

from collections.abc import Iterable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from proda.arrays import Counts
from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.figures.method_style import figure_label, method_colour
from proda.figures.parameter_panels import parameter_name, process_order
from proda.figures.style import DOUBLE_COLUMN, apply_style
from proda.model.parameters import ParameterTable
from proda.parameters.methods import METHODS

__all__ = ["draw_recovery"]

# Places where learners differ, and those that suffice for the other methods.
LEARNER_PLACES = ("training", "held_out", "cross_validation", "grid")
OTHER_PLACES = ("all", "grid")
PLACES = {
    "all": "all sites",
    "training": "training",
    "held_out": "held out",
    "cross_validation": "folds",
    "grid": "grid",
}
COLUMNS = ("where", "method", "quantity", "r", "rmse", "truth_sd")
NO_VALUE = "0.93"
ROW, HEAD, FOOT = 0.17, 0.95, 0.55  # inches


def draw_recovery(
    recovery: pd.DataFrame, table: ParameterTable, labels: Labels | None = None
) -> Figure:
    """Heat maps of r and of RMSE over the truth's standard deviation, by parameter and method.

    Rows are parameters by process. Columns are methods in the order of all tables: learners on
    training sites, random sites held out, cross-validation and the grid, others on all sites
    and the grid. A column without any correlation (a method with one parameter set for all places)
    is in the right half only. Blue is good in both: a correlation of one, and an error below that
    of the best single value for all places, which is one.

    Parameters
    ----------
    recovery
        Table of ``proda.evaluation.recovery.parameter_recovery`` (where, method, quantity, r, rmse,
        truth_sd).
    table
        The parameters.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For a missing column or parameter, an unknown method or place, and two rows of one cell.
    """
    _check(recovery, table)
    order = process_order(table)
    rows = _row_places(table, order)
    ratio = recovery["rmse"] / recovery["truth_sd"].where(recovery["truth_sd"] > 0)
    recovery = recovery.assign(ratio=ratio)
    columns = _columns(recovery)
    values = {
        name: recovery.pivot(index="quantity", columns=["method", "where"], values=name).reindex(
            index=np.array(table.names)[order], columns=columns
        )
        for name in ("r", "ratio")
    }
    values["r"] = values["r"].dropna(axis="columns", how="all")
    widths = [max(frame.shape[1], 1) for frame in values.values()]
    apply_style()
    height = ROW * (rows[-1] + 1) + HEAD + FOOT
    figure, axes = plt.subplots(
        1, 2, figsize=(DOUBLE_COLUMN, height), width_ratios=widths, layout="constrained"
    )
    # An error of zero has no logarithm; it is drawn in the darkest blue.
    doublings = np.log2(values["ratio"].clip(lower=0.01))
    _draw_map(axes[0], rows, values["r"], values["r"], TwoSlopeNorm(0.0, -1.0, 1.0), "RdBu", labels)
    _draw_map(
        axes[1], rows, values["ratio"], doublings, TwoSlopeNorm(0.0, -2.0, 2.0), "RdBu_r", labels
    )
    _label_rows(axes[0], rows, table, order)
    axes[1].set_yticks([])
    bars = [
        figure.colorbar(
            axis.collections[0], ax=axis, location="bottom", aspect=25, pad=0.01, extend=extend
        )
        for axis, extend in zip(axes, ("neither", "both"), strict=True)
    ]
    bars[0].set_label("correlation with the truth", fontsize=7)
    bars[1].set_label("RMSE / standard deviation of the truth", fontsize=7)
    bars[0].set_ticks([-1, -0.5, 0, 0.5, 1])
    bars[1].set_ticks([-2, -1, 0, 1, 2], labels=["¼", "½", "1", "2", "4"])
    for bar in bars:
        bar.outline.set_linewidth(0.4)
        bar.ax.tick_params(labelsize=6)
    return figure


def _columns(recovery: pd.DataFrame) -> list[tuple[str, str]]:
    """Columns (method, place) that the table has."""
    present = set(zip(recovery["method"], recovery["where"], strict=True))
    return [
        (method, place)
        for method in METHODS
        for place in (LEARNER_PLACES if METHODS[method].has_blocks else OTHER_PLACES)
        if (method, place) in present
    ]


def _row_places(table: ParameterTable, order: Counts) -> Counts:
    """Row of each parameter in the drawn order; a row before each process holds its name."""
    processes = [table.processes[k] for k in order]
    headings = np.cumsum([a != b for a, b in zip(processes, [None, *processes], strict=False)])
    return np.arange(len(order)) + headings


def _label_rows(axis: Axes, rows: Counts, table: ParameterTable, order: Counts) -> None:
    axis.set_yticks(rows, [parameter_name(table.names[k]) for k in order], fontsize=6.5)
    for place, heading, k in zip(rows, np.diff(rows, prepend=-1) > 1, order, strict=True):
        if heading:
            axis.annotate(
                table.processes[k],
                (0, place - 1),
                xycoords=axis.get_yaxis_transform(),
                xytext=(-3, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=6.5,
                fontweight="bold",
            )


def _draw_map(
    axis: Axes,
    rows: Counts,
    values: pd.DataFrame,
    shades: pd.DataFrame,
    norm: TwoSlopeNorm,
    cmap: str,
    labels: Labels | None,
) -> None:
    """Cells in the colours of ``shades`` with ``values`` written in."""
    numbers = values.to_numpy(float)
    n_columns = numbers.shape[1]
    grid = np.full((rows[-1] + 1, max(n_columns, 1)), np.nan)
    grid[rows, :n_columns] = shades.to_numpy(float)
    mesh = axis.pcolormesh(
        np.arange(grid.shape[1] + 1) - 0.5,
        np.arange(grid.shape[0] + 1) - 0.5,
        np.ma.masked_invalid(grid),
        norm=norm,
        cmap=cmap,
        edgecolors="white",
        linewidth=0.8,
    )
    for i, j in np.argwhere(np.isnan(numbers)):
        cell = plt.Rectangle((j - 0.47, rows[i] - 0.45), 0.94, 0.9, color=NO_VALUE, linewidth=0)
        axis.add_patch(cell)
    for (i, j), number in np.ndenumerate(numbers):
        dark = not np.isnan(number) and sum(mesh.cmap(mesh.norm(grid[rows[i], j]))[:3]) < 1.5
        style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 6}
        axis.text(j, rows[i], _digits(number), color="white" if dark else "black", **style)
    axis.set(xlim=(-0.5, grid.shape[1] - 0.5), ylim=(rows[-1] + 0.5, -0.5))
    axis.xaxis.tick_top()
    axis.set_xticks(
        range(n_columns), [PLACES[place] for _, place in values.columns], rotation=90, fontsize=6.5
    )
    axis.tick_params(length=0, pad=2)
    axis.spines[:].set_visible(False)
    methods = [method for method, _ in values.columns]
    for method in dict.fromkeys(methods):
        members = [j for j, name in enumerate(methods) if name == method]
        axis.annotate(
            figure_label(method, labels).replace(" ", "\n").replace("-", "-\n"),
            (np.mean(members), 1),
            xycoords=axis.get_xaxis_transform(),
            xytext=(0, 35),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=6.5,
            color=method_colour(method),
            linespacing=1.0,
        )
        if members[0]:
            axis.axvline(members[0] - 0.5, color="white", linewidth=3)


def _digits(number: float) -> str:
    """Two digits without a leading zero, to fit a cell."""
    if np.isnan(number):
        return "–"
    if abs(number) >= 9.95:
        return f"{number:.0f}"
    # The sum turns a rounded -0.0 into 0.0.
    text = f"{number:.1f}" if abs(number) >= 0.995 else f"{round(number, 2) + 0.0:.2f}"
    return text.replace("0.", ".", 1).replace("-", "−")


def _check(recovery: pd.DataFrame, table: ParameterTable) -> None:
    for column in COLUMNS:
        if column not in recovery:
            raise InputError("recovery", f"the column {column}", ", ".join(map(str, recovery)))
    known: dict[str, Iterable[str]]
    known = {"method": METHODS, "where": PLACES, "quantity": table.names}
    for column, names in known.items():
        wrong = recovery.loc[~recovery[column].isin(list(names)), column]
        if len(wrong):
            expected = f"one of {', '.join(names)}"
            raise InputError(f"recovery, column {column}", expected, repr(wrong.iloc[0]))
    for name in table.names:
        if name not in set(recovery["quantity"]):
            raise InputError("recovery, column quantity", f"rows of {name}", "none")
    double = recovery[recovery.duplicated(["where", "method", "quantity"])]
    if len(double):
        row = double.iloc[0]
        where = f"recovery, {row['where']}, {row['method']}, {row['quantity']}"
        raise InputError(where, "one row", "two")
