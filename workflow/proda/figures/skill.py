"""Table 1 at a glance: skill of every method, with intervals."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.figures.method_style import figure_label, method_colour, two_lines
from proda.figures.style import DOUBLE_COLUMN, apply_style
from proda.parameters.methods import METHODS

__all__ = ["SITES", "draw_skill", "site_handles"]

# Sets of sites: marker, filled or open, and name.
SITES = {
    "all": ("o", True, "all sites"),
    "training": ("s", False, "training"),
    "held_out": ("D", False, "random sites held out"),
    "cross_validation": ("^", True, "cross-validation"),
}
PANELS = {
    "r2": "R$^2$ (squared correlation)",
    "r2_one_to_one": "R$^2$ against 1:1",
    "rmse": "RMSE (kg C m$^{-3}$)",
}
# R2 against the 1:1 line has no lower limit; below this it is written at the edge, not drawn.
MIN_R2 = -1.0


def draw_skill(table: pd.DataFrame, labels: Labels | None = None) -> Figure:
    """Points and 95 % intervals of three scores by method and set of sites.

    A method keeps its row where its scores are missing.

    Parameters
    ----------
    table
        Of ``proda.evaluation.table_1.table_1``: sites, method, and of every score its value,
        <score>_low and <score>_high.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For a missing column, an unknown method or set of sites, and a repeated row.
    """
    _check(table)
    methods = [name for name in METHODS if name in set(table["method"])]
    sets = [name for name in SITES if name in set(table["sites"])]
    apply_style()
    figure, axes = plt.subplots(
        1,
        len(PANELS),
        figsize=(DOUBLE_COLUMN, 0.95 + len(methods) * (0.16 + 0.09 * len(sets))),
        sharey=True,
        layout="constrained",
    )
    axes = dict(zip(PANELS, axes, strict=True))
    step = 0.72 / max(len(sets), 1)
    for row in table.to_dict("records"):
        place = float(methods.index(row["method"]))
        place += step * (sets.index(row["sites"]) - (len(sets) - 1) / 2)
        for score, axis in axes.items():
            _draw_score(axis, place, row, score)
    for score, axis in axes.items():
        axis.set_xlabel(PANELS[score])
        axis.grid(axis="x", alpha=0.25, linewidth=0.4)
        axis.tick_params(axis="y", length=0)
        for k in range(1, len(methods)):
            axis.axhline(k - 0.5, color="0.85", linewidth=0.5)
    axes["r2"].set(xlim=(-0.02, 1.02), ylim=(len(methods) - 0.5, -0.5))
    axes["r2"].set_yticks(
        range(len(methods)), [two_lines(figure_label(name, labels)) for name in methods]
    )
    lowest = table.loc[table["r2_one_to_one"] >= MIN_R2, "r2_one_to_one_low"].min()
    left = 0.0 if np.isnan(lowest) else max(min(lowest, 0.0), MIN_R2)
    axes["r2_one_to_one"].set_xlim(left - 0.02 * (1.0 - left), 1.02)
    axes["r2_one_to_one"].axvline(0.0, color="0.5", linewidth=0.6)
    axes["rmse"].set_xlim(left=0.0)
    figure.legend(handles=site_handles(sets), loc="outside upper center", ncols=len(sets))
    return figure


def _draw_score(axis: Axes, place: float, row: Mapping[Any, Any], score: str) -> None:
    value, low, high = (float(row[score + end]) for end in ("", "_low", "_high"))
    if np.isnan(value):
        return
    colour = method_colour(row["method"])
    marker, filled, _ = SITES[row["sites"]]
    if score == "r2_one_to_one" and value < MIN_R2:
        text = f"◂ {value:.1f}".replace("-", "−")
        edge = axis.get_yaxis_transform()
        axis.text(0.01, place, text, transform=edge, color=colour, va="center", fontsize=6)
        return
    if not np.isnan([low, high]).any():
        axis.plot([low, high], [place, place], color=colour, linewidth=0.9)
    face = colour if filled else "white"
    axis.plot(value, place, marker, color=colour, markerfacecolor=face, markersize=3.6, zorder=3)


def site_handles(sets: Sequence[str]) -> list[Line2D]:
    """Legend of sets of sites."""
    handles = []
    for name in sets:
        marker, filled, label = SITES[name]
        face = "0.3" if filled else "white"
        style: dict[str, Any] = {
            "marker": marker,
            "markersize": 3.6,
            "color": "0.3",
            "linewidth": 0.9,
        }
        handles.append(Line2D([], [], markerfacecolor=face, label=label, **style))
    return handles


def _check(table: pd.DataFrame) -> None:
    scores = [score + end for score in PANELS for end in ("", "_low", "_high")]
    for column in ("sites", "method", *scores):
        if column not in table:
            raise InputError("table 1", f"the column {column}", ", ".join(map(str, table)))
    known: dict[str, Sequence[str]] = {"method": list(METHODS), "sites": list(SITES)}
    for column, names in known.items():
        wrong = table.loc[~table[column].isin(list(names)), column]
        if len(wrong):
            expected = f"one of {', '.join(names)}"
            raise InputError(f"table 1, column {column}", expected, repr(wrong.iloc[0]))
    double = table[table.duplicated(["sites", "method"])]
    if len(double):
        row = double.iloc[0]
        raise InputError(f"table 1, {row['sites']}, {row['method']}", "one row", "two")
