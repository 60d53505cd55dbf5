"""Explained spatial variation of SOC by depth, method and set of sites."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.evaluation.performance import DEPTH_CLASSES
from proda.figures.method_style import figure_label, method_colour, method_order, two_lines
from proda.figures.skill import SITES, site_handles
from proda.figures.style import DOUBLE_COLUMN, apply_style

__all__ = ["draw_performance"]

SCORE = "explained_percent"
LOWEST = -50.0  # %, values below are written at the edge


def draw_performance(table: pd.DataFrame, labels: Labels | None = None) -> Figure:
    """A panel per depth: explained variation with 95 % intervals; published values as crosses.

    Parameters
    ----------
    table
        Of ``proda.evaluation.performance.performance_table``.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For a missing column.
    """
    for column in ("depth", "sites", "method", SCORE, f"{SCORE}_low", "published_percent"):
        if column not in table:
            raise InputError("performance", f"the column {column}", ", ".join(map(str, table)))
    methods = method_order(dict.fromkeys(table["method"]))
    sets = [name for name in SITES if name in set(table["sites"])]
    apply_style()
    figure, axes = plt.subplots(
        1,
        len(DEPTH_CLASSES),
        figsize=(DOUBLE_COLUMN, 1.0 + len(methods) * (0.16 + 0.09 * len(sets))),
        sharex=True,
        sharey=True,
        layout="constrained",
    )
    step = 0.72 / max(len(sets), 1)
    for axis, depth in zip(axes, DEPTH_CLASSES, strict=True):
        axis.axvline(0.0, color="0.5", linewidth=0.6)
        for row in table[table["depth"] == depth].to_dict("records"):
            place = float(methods.index(row["method"]))
            place += step * (sets.index(row["sites"]) - (len(sets) - 1) / 2)
            value, low, high = (float(row[SCORE + end]) for end in ("", "_low", "_high"))
            colour = method_colour(row["method"])
            if np.isnan(value):
                continue
            if value < LOWEST:
                text = f"◂ {value:.0f} %".replace("-", "−")
                style: dict[str, Any] = {"color": colour, "va": "center", "fontsize": 5.5}
                axis.text(0.01, place, text, transform=axis.get_yaxis_transform(), **style)
                continue
            axis.plot([max(low, LOWEST), high], [place, place], color=colour, linewidth=0.9)
            marker, filled, _ = SITES[row["sites"]]
            face = colour if filled else "white"
            axis.plot(value, place, marker, color=colour, markerfacecolor=face, markersize=3.4)
            published = float(row["published_percent"])
            if not np.isnan(published):
                axis.plot(published, place, "x", color="black", markersize=4, zorder=4)
        axis.set_title(depth.replace("-", "–"))
        axis.grid(axis="x", alpha=0.25, linewidth=0.4)
        axis.tick_params(axis="y", length=0)
        for k in range(1, len(methods)):
            axis.axhline(k - 0.5, color="0.85", linewidth=0.5)
    axes[0].set(xlim=(LOWEST - 2.0, 102.0), ylim=(len(methods) - 0.5, -0.5))
    axes[0].set_yticks(
        range(len(methods)), [two_lines(figure_label(name, labels)) for name in methods]
    )
    figure.supxlabel("explained spatial variation (%)", fontsize=8)
    figure.legend(handles=site_handles(sets), loc="outside upper center", ncols=len(sets))
    return figure
