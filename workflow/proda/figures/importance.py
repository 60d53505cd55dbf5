"""Importance of groups of covariates: a table in colours per learner and way to replace a group."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure

from proda.analysis.importance import SOC
from proda.analysis.plan import CONDITIONAL, CONSTANT, PERMUTATION
from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.figures.layout import new_figure, place, write
from proda.figures.method_style import figure_label, method_colour, method_order
from proda.figures.style import DOUBLE_COLUMN, literal
from proda.model.mechanisms import MECHANISMS

__all__ = ["draw_importance"]

PERCENT = 100.0
TITLES = {
    CONDITIONAL: "permuted conditionally",
    PERMUTATION: "permuted",
    CONSTANT: "one constant (later code)",
}
TARGETS = {mechanism.name: mechanism.label for mechanism in MECHANISMS} | {SOC: "SOC"}
NEEDED = ("learner", "variant", "target", "group", "explained")
SCORE = "increase"
# Inches: names of groups, of targets, a row, between tables, note, titles.
LEFT, HEAD, ROW, GAP, FOOT, TITLE = 1.0, 1.25, 0.2, 0.1, 0.45, 0.22
COLOURS = ListedColormap(colormaps["YlGnBu"](np.linspace(0.0, 0.85, 256)))
FULL = 100.0  # %, of the darkest colour
DARK = 55.0  # %, from which text is white


def draw_importance(table: pd.DataFrame, labels: Labels | None = None) -> Figure:
    """Increase of the square error in percent of the variance, by group of covariates.

    Numbers are black where their 95 % interval is above 0, else grey. The last row is what the
    learner explains with all groups.

    Parameters
    ----------
    table
        Of ``proda.analysis.importance_files.importance_table``.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For a missing column.
    """
    for column in (*NEEDED, SCORE, f"{SCORE}_low"):
        if column not in table:
            raise InputError("importance", f"the column {column}", ", ".join(map(str, table)))
    learners = method_order(dict.fromkeys(table["learner"]))
    groups, targets = (list(dict.fromkeys(table[name])) for name in ("group", "target"))
    variants = [name for name in TITLES if name in set(table["variant"])]
    width = (DOUBLE_COLUMN - LEFT) / len(TITLES) - GAP
    height = ROW * (len(groups) + 1)
    across = LEFT + len(variants) * (width + GAP)
    figure = new_figure(across, HEAD + len(learners) * (TITLE + height + GAP) + FOOT)
    for i, learner in enumerate(learners):
        top = HEAD + i * (TITLE + height + GAP) + TITLE
        colour = method_colour(learner)
        name = figure_label(learner, labels)
        write(figure, 0.05, top - TITLE / 2, name, ha="left", color=colour, fontweight="bold")
        for j, variant in enumerate(variants):
            left = LEFT + j * (width + GAP)
            axis = place(figure, left, top, width, height)
            part = table[(table["learner"] == learner) & (table["variant"] == variant)]
            _draw_table(axis, part, groups, targets)
            if i == 0:
                _write_targets(axis, targets)
                write(figure, left + width / 2, 0.1, TITLES[variant], fontweight="bold")
            if j == 0:
                axis.set_yticks(
                    range(len(groups) + 1), [*(literal(group) for group in groups), "explained"]
                )
    note = (
        "Increase of the square error in % of the variance where a group of covariates is "
        "replaced, on blocks held out.\nGrey: the 95 % interval is not above 0."
    )
    write(figure, across / 2, figure.get_figheight() - FOOT / 2, note, fontsize=7)
    return figure


def _draw_table(axis: Axes, part: pd.DataFrame, groups: list[str], targets: list[str]) -> None:
    values = np.full((len(groups) + 1, len(targets)), np.nan)
    for row in part.to_dict("records"):
        i, j = groups.index(row["group"]), targets.index(row["target"])
        values[i, j] = value = PERCENT * float(row[SCORE])
        style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 6.5}
        sure = row[f"{SCORE}_low"] > 0.0
        style["color"] = "white" if value > DARK and sure else "black" if sure else "0.55"
        axis.text(j, i, _digits(value), **style)
        explained = PERCENT * float(row["explained"])
        if i == 0:
            axis.text(j, len(groups), _digits(explained), **{**style, "color": "0.25"})
    axis.pcolormesh(
        np.arange(len(targets) + 1) - 0.5,
        np.arange(len(groups) + 2) - 0.5,
        np.ma.masked_invalid(values),
        norm=Normalize(0.0, FULL),
        cmap=COLOURS,
        edgecolors="white",
        linewidth=0.8,
    )
    axis.set(xlim=(-0.5, len(targets) - 0.5), ylim=(len(groups) + 0.5, -0.5), xticks=[], yticks=[])
    axis.tick_params(length=0, labelsize=7)
    axis.spines[:].set_visible(False)
    axis.axhline(len(groups) - 0.5, color="0.3", linewidth=0.6)


def _write_targets(axis: Axes, targets: list[str]) -> None:
    axis.xaxis.tick_top()
    axis.set_xticks(range(len(targets)), [TARGETS[name] for name in targets], rotation=90)
    axis.tick_params(axis="x", length=0, pad=2, labelsize=6.5)


def _digits(value: float) -> str:
    """Whole percent, with a digit where small."""
    if np.isnan(value):
        return "–"
    # The sum turns a rounded -0.0 into 0.0.
    text = f"{round(value, 1) + 0.0:.1f}" if abs(value) < 9.95 else f"{value:.0f}"
    return text.replace("-", "−")
