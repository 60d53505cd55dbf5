"""Recovered against true bulk processes of a synthetic world: r, slope and error by method."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.evaluation.process_recovery import COMPARED, GRID
from proda.figures.method_style import figure_label, method_colour, method_order
from proda.figures.process_style import shown_process
from proda.figures.style import DOUBLE_COLUMN, apply_style

__all__ = ["draw_process_recovery"]

# Column of the table divided by another one: name in the figure, and the value of a perfect map.
SCORES = {
    "r": (None, "correlation r", 1.0),
    "slope": (None, "slope on the truth", 1.0),
    "bias": ("true_sd", "bias / SD of the truth", 0.0),
    "rmse": ("true_sd", "RMSE / SD of the truth", 0.0),
}
LIMITS = {"r": (-1.0, 1.05), "slope": (-0.5, 2.0), "bias": (-3.0, 3.0), "rmse": (0.0, 3.0)}
ROW = 0.42  # inches, per process


def draw_process_recovery(table: pd.DataFrame, labels: Labels | None = None) -> Figure:
    """Points of four scores by process and method; filled on the grid, open at the sites.

    A score beyond the limits of its panel is drawn at its edge as a triangle.

    Parameters
    ----------
    table
        Of ``proda.evaluation.process_recovery.process_recovery``.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For a missing column.
    """
    for column in ("where", "method", "process", "true_sd", *SCORES):
        if column not in table:
            raise InputError("recovery", f"the column {column}", ", ".join(map(str, table)))
    methods = method_order(dict.fromkeys(table["method"]))
    apply_style()
    figure, axes = plt.subplots(
        1,
        len(SCORES),
        figsize=(DOUBLE_COLUMN, 0.9 + ROW * len(COMPARED)),
        sharey=True,
        layout="constrained",
    )
    step = 0.8 / len(methods)
    for axis, (score, (unit, title, perfect)) in zip(axes, SCORES.items(), strict=True):
        low, high = LIMITS[score]
        axis.axvline(perfect, color="0.6", linewidth=0.7)
        for row in table.to_dict("records"):
            value = float(row[score])
            if unit is not None:
                value = value / float(row[unit]) if row[unit] > 0 else np.nan
            if np.isnan(value):
                continue
            place = float(COMPARED.index(row["process"]))
            place += step * (methods.index(row["method"]) - (len(methods) - 1) / 2)
            colour = method_colour(row["method"])
            marker = "o" if low <= value <= high else "<" if value < low else ">"
            face = colour if row["where"] == GRID else "white"
            x = min(max(value, low), high)
            axis.plot(x, place, marker, color=colour, markerfacecolor=face, markersize=3.4,
                      clip_on=False)  # fmt: skip
        axis.set(xlim=(low, high), ylim=(len(COMPARED) - 0.5, -0.5))
        axis.set_xlabel(title, fontsize=7)
        axis.grid(axis="x", alpha=0.25, linewidth=0.4)
        axis.tick_params(axis="y", length=0)
        for k in range(1, len(COMPARED)):
            axis.axhline(k - 0.5, color="0.88", linewidth=0.5)
    axes[0].set_yticks(range(len(COMPARED)), [shown_process(name).title for name in COMPARED])
    handles = [
        Line2D([], [], marker="o", linestyle="", markersize=3.6, color=method_colour(name),
               label=figure_label(name, labels))
        for name in methods
    ]  # fmt: skip
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
    return figure
