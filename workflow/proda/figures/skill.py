"""Table 1 at a glance: skill of every method, with intervals."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D

from proda.errors import InputError
from proda.figures.style import DOUBLE_COLUMN, apply_style
from proda.parameters.methods import METHODS

__all__ = ["draw_skill"]

# Sets of sites: marker, filled or open, and name.
SITES = {
    "all": ("o", True, "all sites"),
    "training": ("s", False, "training"),
    "held_out": ("D", False, "random sites held out"),
    "spatial_blocks": ("^", True, "spatial blocks held out"),
}
PANELS = {
    "r2": "R$^2$ (squared correlation)",
    "r2_one_to_one": "R$^2$ against 1:1",
    "rmse": "RMSE (kg C m$^{-3}$)",
}
# A model far off has R2 of any size against the 1:1 line; below this it is written, not drawn.
LEAST_R2 = -1.0


def draw_skill(table):
    """Points and 95 % intervals of three scores by method and set of sites.

    table: DataFrame of ``proda.evaluation.table_1.table_1`` (sites, method, of every score its
    value, <score>_low and _high). A method keeps its row where its scores are missing. Raises
    InputError for a column that is not there, an unknown method or set of sites and a row that is
    there twice.
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
        place = methods.index(row["method"])
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
    axes["r2"].set_yticks(range(len(methods)), [METHODS[name].label for name in methods])
    least = table.loc[table["r2_one_to_one"] >= LEAST_R2, "r2_one_to_one_low"].min()
    left = 0.0 if np.isnan(least) else max(min(least, 0.0), LEAST_R2)
    axes["r2_one_to_one"].set_xlim(left - 0.02 * (1.0 - left), 1.02)
    axes["r2_one_to_one"].axvline(0.0, color="0.5", linewidth=0.6)
    axes["rmse"].set_xlim(left=0.0)
    figure.legend(handles=_handles(sets), loc="outside upper center", ncols=len(sets))
    return figure


def _draw_score(axis, place, row, score):
    value, low, high = (float(row[score + end]) for end in ("", "_low", "_high"))
    if np.isnan(value):
        return
    colour = METHODS[row["method"]].colour
    marker, filled, _ = SITES[row["sites"]]
    if score == "r2_one_to_one" and value < LEAST_R2:
        text = f"◂ {value:.1f}".replace("-", "−")
        edge = axis.get_yaxis_transform()
        axis.text(0.01, place, text, transform=edge, color=colour, va="center", fontsize=6)
        return
    if not np.isnan([low, high]).any():
        axis.plot([low, high], [place, place], color=colour, linewidth=0.9)
    face = colour if filled else "white"
    axis.plot(value, place, marker, color=colour, markerfacecolor=face, markersize=3.6, zorder=3)


def _handles(sets):
    handles = []
    for name in sets:
        marker, filled, label = SITES[name]
        face = "0.3" if filled else "white"
        style = {"marker": marker, "markersize": 3.6, "color": "0.3", "linewidth": 0.9}
        handles.append(Line2D([], [], markerfacecolor=face, label=label, **style))
    return handles


def _check(table):
    scores = [score + end for score in PANELS for end in ("", "_low", "_high")]
    for column in ("sites", "method", *scores):
        if column not in table:
            raise InputError("table 1", f"the column {column}", ", ".join(map(str, table)))
    for column, names in (("method", METHODS), ("sites", SITES)):
        wrong = table.loc[~table[column].isin(list(names)), column]
        if len(wrong):
            expected = f"one of {', '.join(names)}"
            raise InputError(f"table 1, column {column}", expected, repr(wrong.iloc[0]))
    double = table[table.duplicated(["sites", "method"])]
    if len(double):
        row = double.iloc[0]
        raise InputError(f"table 1, {row['sites']}, {row['method']}", "one row", "two")
