"""Component control: stock and explained variation with one mechanism or parameter held alike."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from proda.analysis.control import FULL, component_label
from proda.config.sections.analysis import CHOICES
from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.figures.layout import letters, write_letter
from proda.figures.method_style import figure_label, method_order
from proda.figures.style import COLOURS, DOUBLE_COLUMN, apply_style
from proda.inference.certification import MARK
from proda.parameters.methods import DEFAULT, ONE_BATCH, SITE_BY_SITE

__all__ = ["draw_component_control"]

# Whole column, then the upper metre; lighter and darker.
DEPTHS = {"total": ("whole column", "#9ecae1"), "0_100cm": ("0-100 cm", "#08519c")}
MARKERS = dict(zip(CHOICES, ("o", "s", "^"), strict=True))
SCORE = "r2_one_to_one"
LOWEST = -1.0  # difference that is drawn; lower ones stand at the edge
VARIATION = "unexplained_variation"
LEAST = 1e-3  # of the logarithmic axis; lower values stand at the edge


def draw_component_control(stocks: pd.DataFrame, skill: pd.DataFrame, labels: Labels) -> Figure:
    """A row of three panels per learner.

    Left: absolute deviation of the stock by depth (bars, of the first choice of the constant) and
    deviation in sum (markers). Middle: variation of the full run's stocks at held-out sites that
    is not explained. Right: difference in explained variation of the observations there to the
    full run. Both with 95 % intervals.

    Parameters
    ----------
    stocks, skill
        Tables of ``proda.analysis.control_tables``, of all learners.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For tables without rows.
    """
    if not len(stocks) or not len(skill):
        raise InputError("component control", "a learner", "none")
    methods = method_order(stocks["method"].unique())
    names = [name for name in stocks["component"].unique() if name != FULL.name]
    names.sort(key=lambda name: name == DEFAULT.name)  # after all that is held
    texts = [
        _two_lines(figure_label(name, labels) if name == DEFAULT.name else component_label(name))
        for name in names
    ]
    apply_style()
    figure, axes = plt.subplots(
        len(methods),
        3,
        figsize=(DOUBLE_COLUMN, 0.7 + max(3.1, 0.34 * len(names)) * len(methods)),
        squeeze=False,
        sharey=True,
        layout="constrained",
    )
    letter = letters()
    for row, method in zip(axes, methods, strict=True):
        _draw_stocks(row[0], stocks[stocks["method"] == method], names)
        held_out = skill[(skill["method"] == method) & (skill["depth"] == "all")]
        full = held_out.loc[held_out["component"] == FULL.name, SCORE].iloc[0]
        _draw_estimates(row[1], held_out, VARIATION, names, LEAST)
        _draw_estimates(row[2], held_out, f"{SCORE}_difference", names, LOWEST)
        row[0].set_yticks(range(len(names)), texts)
        row[0].set_ylim(len(names) - 0.5, -0.5)
        row[0].set_xlabel("Deviation of the stock (Pg C)")
        row[1].set_xlabel("Unexplained variation of the stock")
        row[1].set_xscale("log")
        row[1].set_xlim(left=LEAST)
        row[2].set_xlabel("Change of explained variation")
        row[2].set_xlim(left=max(row[2].get_xlim()[0], LOWEST))
        row[0].set_title(figure_label(method, labels), loc="left", x=0.1)
        row[1].set_title("held-out sites", loc="left", x=0.1)
        row[2].set_title(f"full run explains {full:.2f}", loc="left", x=0.1)
        for axis in row:
            write_letter(axis, next(letter), above=0.17)
        for axis in (row[0], row[2]):
            axis.axvline(0.0, color="0.3", linewidth=0.6)
        for axis in row:
            axis.grid(axis="x", alpha=0.25, linewidth=0.4)
            axis.tick_params(axis="y", length=0)
    figure.legend(handles=_handles(stocks, labels), loc="outside upper center", ncols=3)
    return figure


def _draw_stocks(axis: Axes, table: pd.DataFrame, names: list[str]) -> None:
    for k, (depth, (_, colour)) in enumerate(DEPTHS.items()):
        rows = table[table["depth"] == depth]
        for place, name in enumerate(names):
            own = rows[rows["component"] == name].iloc[0]  # the first choice of the constant
            axis.barh(place, own["absolute_deviation_pg"], 0.72 - 0.3 * k, color=colour, zorder=1)
    rows = table[table["depth"] == next(iter(DEPTHS))]
    for place, name in enumerate(names):
        own = rows[rows["component"] == name]
        for i, (constant, value) in enumerate(
            zip(own["constant"], own["deviation_pg"], strict=True)
        ):
            offset = 0.0 if len(own) == 1 else 0.22 * (i - (len(own) - 1) / 2)
            axis.plot(value, place + offset, **_style(constant))


def _draw_estimates(
    axis: Axes, table: pd.DataFrame, column: str, names: list[str], lowest: float
) -> None:
    """Draw values of a column with their intervals; lower ones than the lowest at the edge."""
    for place, name in enumerate(names):
        own = table[table["component"] == name]
        for i, row in enumerate(own.to_dict("records")):
            offset = 0.0 if len(own) == 1 else 0.22 * (i - (len(own) - 1) / 2)
            ends = np.array([row[f"{column}_low"], row[f"{column}_high"]])
            if np.isfinite(ends).all():
                ends = np.maximum(ends, lowest)
                axis.plot(ends, [place + offset] * 2, color="0.3", linewidth=0.8, zorder=2)
            value = max(row[column], lowest)
            axis.plot(value, place + offset, clip_on=False, **_style(row["constant"]))


def _style(constant: str) -> dict[str, Any]:
    index = list(MARKERS).index(constant) if constant in MARKERS else -1
    return {
        "marker": MARKERS.get(constant, "D"),
        "linestyle": "none",
        "markersize": 3.6,
        "color": COLOURS[(1, 4, 2)[index]] if index >= 0 else COLOURS[-1],
        "markeredgecolor": "white",
        "markeredgewidth": 0.4,
        "zorder": 3,
    }


def _handles(stocks: pd.DataFrame, labels: Labels) -> list[Any]:
    of_sites = MARK if MARK in figure_label(SITE_BY_SITE.name, labels) else ""
    texts = (
        f"mean of sites{of_sites}",
        figure_label(ONE_BATCH.name, labels),
        f"median of sites{of_sites}",
    )
    constants = dict(zip(CHOICES, texts, strict=True))
    used = [name for name in CHOICES if name in set(stocks["constant"])]
    bars = [Patch(color=colour, label=f"absolute, {text}") for text, colour in DEPTHS.values()]
    return bars + [
        Line2D([], [], label=f"held at {constants[name]}", **_style(name)) for name in used
    ]


def _two_lines(label: str) -> str:
    head, space, last = label.rpartition(" ")
    return f"{head}\n{last}" if space else label
