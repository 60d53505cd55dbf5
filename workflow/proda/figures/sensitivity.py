"""Sensitivity of the global stock to the mechanisms: exact gradients, curves of the experiment."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from proda.analysis.sensitivity import WEIGHTINGS
from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.figures.layout import letters, write_letter
from proda.figures.mechanism_style import mechanism_colour, mechanism_label
from proda.figures.method_style import figure_label, method_colour, method_order
from proda.figures.style import DOUBLE_COLUMN, apply_style
from proda.model.mechanisms import MECHANISMS
from proda.model.processes.elasticities import STOCK_DEPTHS

__all__ = ["draw_sensitivity"]

DEPTH = STOCK_DEPTHS[-1]
BAR_PANELS = {
    "pg_per_percent": "Stock change per +1 % of the value (Pg C)",
    "pg_by_spatial_variation": "Change by spatial variation of parameters (Pg C)",
}
EXPERIMENT = f"experiment_pg_per_percent_{WEIGHTINGS[0]}"
CURVE_COLUMNS = 3
MAX_CHANGE = 60.0  # of the stock, %; curves that go beyond leave their panel
# A method whose bars or intervals are longer than that of the median method by this factor leaves
# its panel, for otherwise nothing could be read of the others.
LONGEST = 3.0
MARK: dict[str, Any] = {
    "linestyle": "none",
    "marker": ">",
    "markeredgecolor": "black",
    "markersize": 3.2,
    "markeredgewidth": 0.6,
    "zorder": 3,
}


def draw_sensitivity(stocks: pd.DataFrame, curves: pd.DataFrame, labels: Labels) -> Figure:
    """Bars of exact gradients, and curves of the experiment of each method.

    Parameters
    ----------
    stocks, curves
        Tables of ``proda.analysis.sensitivity_tables``, of all methods.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For tables without rows.
    """
    if not len(stocks) or not len(curves):
        raise InputError("sensitivity", "a method", "none")
    stocks, curves = stocks[stocks["depth"] == DEPTH], curves[curves["depth"] == DEPTH]
    methods = method_order(stocks["method"].unique())
    rows = -(-len(methods) // CURVE_COLUMNS)
    apply_style()
    height = 3.9 + 1.9 * rows
    figure = plt.figure(figsize=(DOUBLE_COLUMN, height), layout="constrained")
    grid = figure.add_gridspec(rows + 1, 6, height_ratios=[3.0] + [1.6] * rows)
    letter = letters()
    names = [mechanism.name for mechanism in MECHANISMS]
    for k, (column, text) in enumerate(BAR_PANELS.items()):
        axis = figure.add_subplot(grid[0, 3 * k : 3 * k + 3])
        _draw_bars(axis, stocks, methods, column)
        axis.set_xlabel(text)
        axis.set_yticks(
            range(len(names)), [mechanism_label(name) if not k else "" for name in names]
        )
        axis.set_ylim(len(names) - 0.5, -0.5)
        write_letter(axis, next(letter), above=0.13)
    for k, method in enumerate(methods):
        row, place = divmod(k, CURVE_COLUMNS)
        axis = figure.add_subplot(grid[1 + row, 2 * place : 2 * place + 2])
        _draw_curves(axis, curves[curves["method"] == method])
        axis.set_title(figure_label(method, labels), loc="left", x=0.1)
        write_letter(axis, next(letter), above=0.17)
        if place == 0:
            axis.set_ylabel("Stock change (%)")
        if k + CURVE_COLUMNS >= len(methods):
            axis.set_xlabel("Change of the value (%)")
    figure.legend(handles=_methods(methods, labels), loc="outside upper center", ncols=4)
    figure.legend(handles=_mechanisms(), loc="outside lower center", ncols=3)
    return figure


def _draw_bars(axis: Axes, table: pd.DataFrame, methods: list[str], column: str) -> None:
    height = 0.8 / len(methods)
    ends = table[[column, f"{column}_p05", f"{column}_p95"]]
    longest = ends.abs().max(axis=1).groupby(table["method"]).max()
    limit = longest[longest <= LONGEST * longest.median()].max()
    low, high = max(min(np.nanmin(ends), 0.0), -limit), min(max(np.nanmax(ends), 0.0), limit)
    margin = 0.06 * (high - low) or 1.0
    axis.set_xlim(low - margin, high + margin)
    for k, method in enumerate(methods):
        rows = table[table["method"] == method].set_index("mechanism")
        rows = rows.loc[[mechanism.name for mechanism in MECHANISMS]]
        place = np.arange(len(rows)) + height * (k - (len(methods) - 1) / 2)
        axis.barh(place, rows[column], 0.9 * height, color=method_colour(method), alpha=0.75)
        spread = rows[f"{column}_p05"], rows[f"{column}_p95"]
        axis.hlines(place, *spread, color="0.15", linewidth=0.8)
        if column in EXPERIMENT:
            values = rows[EXPERIMENT].to_numpy()
            inside = np.clip(values, low - 0.5 * margin, high + 0.5 * margin)
            for beyond, face in ((False, "white"), (True, "black")):
                drawn = (inside != values) == beyond
                axis.plot(inside[drawn], place[drawn], markerfacecolor=face, **MARK)
    axis.axvline(0.0, color="0.3", linewidth=0.6)
    axis.grid(axis="x", alpha=0.25, linewidth=0.4)
    axis.tick_params(axis="y", length=0)


def _draw_curves(axis: Axes, table: pd.DataFrame) -> None:
    for mechanism in MECHANISMS:
        rows = table[table["mechanism"] == mechanism.name]
        change = rows[f"value_change_percent_{WEIGHTINGS[0]}"]
        reference = rows.loc[rows["factor"] == 1.0, "stock_pg"].to_numpy()
        stock = 100.0 * (rows["stock_pg"] / reference - 1.0)
        style: dict[str, Any] = {"color": mechanism_colour(mechanism.name)}
        axis.plot(change, stock, ".-", markersize=2.5, linewidth=0.9, **style)
    axis.set(xlim=(-26, 26), ylim=(-MAX_CHANGE, MAX_CHANGE))
    axis.grid(alpha=0.25, linewidth=0.4)


def _methods(methods: list[str], labels: Labels) -> list[Any]:
    bars = [
        Patch(color=method_colour(name), alpha=0.75, label=figure_label(name, labels))
        for name in methods
    ]
    return [*bars, Line2D([], [], markerfacecolor="white", label="later study's way", **MARK)]


def _mechanisms() -> list[Line2D]:
    return [Line2D([], [], color=mechanism_colour(one.name), label=one.label) for one in MECHANISMS]
