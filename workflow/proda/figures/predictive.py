"""Posterior predictive checks: histograms of the PIT, and coverage by depth."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.evaluation.predictive import CROSS_VALIDATION, DEPTHS, MAIN, PROBABILITIES
from proda.figures.method_style import figure_label, method_colour, method_order
from proda.figures.skill import SITES
from proda.figures.style import DOUBLE_COLUMN, apply_style

__all__ = ["draw_predictive"]

BINS = 20
LINES: dict[str, Any] = {"training": "-", "held_out": "--", "cross_validation": ":"}
RECALIBRATED = f"recalibrated_{100 * MAIN:.0f}"
# An outermost bin of a useless predictive distribution would hide all others.
MAX_DENSITY = 4.0


def draw_predictive(
    pit: pd.DataFrame, coverage: pd.DataFrame, labels: Labels | None = None
) -> Figure:
    """Draw a row per method: histogram of the PIT, and coverage of two intervals by depth.

    Crosses are coverage of 90 % intervals at held-out horizons after recalibration.
    A right predictive distribution has a flat histogram and coverage on the dashed lines. Bars at
    both ends are predictive intervals that are too narrow, a slope is a bias.

    Parameters
    ----------
    pit
        Of ``proda.evaluation.predictive.pit_table``.
    coverage
        Of ``check_coverage``.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        Where no method has an observed horizon.
    """
    methods = method_order(pit["method"].unique())
    if not methods:
        raise InputError("predictive checks", "a method with an observed horizon", "none")
    apply_style()
    figure, axes = plt.subplots(
        len(methods),
        2,
        figsize=(DOUBLE_COLUMN, 0.6 + 1.15 * len(methods)),
        sharex="col",
        squeeze=False,
        layout="constrained",
    )
    for (left, right), method in zip(axes, methods, strict=True):
        colour = method_colour(method)
        _draw_histograms(left, pit[pit["method"] == method], colour)
        _draw_coverage(right, coverage[coverage["method"] == method], colour)
        left.set_ylabel(figure_label(method, labels).replace(" (", "\n("))
    axes[-1, 0].set_xlabel("PIT of the observations")
    axes[-1, 1].set_xlabel("fraction within 50 % (open), 90 % (filled) intervals")
    handles = [
        plt.Line2D([], [], color="0.3", linestyle=line, label=SITES[name][2])
        for name, line in LINES.items()
        if (pit["sites"] == name).any()
    ]
    if RECALIBRATED in coverage and coverage[RECALIBRATED].notna().any():
        style: dict[str, Any] = {"linestyle": "none", "marker": "x", "markersize": 4.5}
        handles.append(plt.Line2D([], [], color="0.3", label="90 %, recalibrated", **style))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return figure


def _draw_histograms(axis: Axes, table: pd.DataFrame, colour: str) -> None:
    edges = np.linspace(0.0, 1.0, BINS + 1)
    for name, line in LINES.items():
        values = table.loc[table["sites"] == name, "pit"]
        if len(values):
            density = np.histogram(values, edges)[0] * BINS / len(values)
            axis.stairs(density, edges, color=colour, linestyle=line, linewidth=1.0)
    axis.axhline(1.0, color="0.5", linewidth=0.6, linestyle="--")
    axis.set(xlim=(0.0, 1.0), ylim=(0.0, min(MAX_DENSITY, 1.1 * axis.get_ylim()[1])))


def _draw_coverage(axis: Axes, table: pd.DataFrame, colour: str) -> None:
    sets = [name for name in LINES if (table["sites"] == name).any()]
    for row in table.to_dict("records"):
        place = float(list(DEPTHS).index(row["depth"]))
        place += 0.24 * (sets.index(row["sites"]) - (len(sets) - 1) / 2)
        for probability in PROBABILITIES:
            name = f"coverage_{100 * probability:.0f}"
            face = colour if probability == max(PROBABILITIES) else "white"
            axis.errorbar(
                row[name],
                place,
                xerr=None if np.isnan(row[f"{name}_se"]) else 2.0 * row[f"{name}_se"],
                marker=SITES[row["sites"]][0],
                color=colour,
                markerfacecolor=face,
                markersize=3.4,
                linewidth=0.8,
            )
        if RECALIBRATED in row and row["sites"] == CROSS_VALIDATION:
            axis.plot(row[RECALIBRATED], place, "x", color=colour, markersize=4.5)
    for probability in PROBABILITIES:
        axis.axvline(probability, color="0.5", linewidth=0.6, linestyle="--")
    axis.set(xlim=(0.0, 1.0), ylim=(len(DEPTHS) - 0.5, -0.5))
    axis.set_yticks(range(len(DEPTHS)), ["all depths", *list(DEPTHS)[1:]])
