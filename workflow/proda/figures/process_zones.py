"""Bulk processes by zone: bands of latitude as lines, classes of climate as points."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.evaluation.process_zones import LATITUDE, TRUTH, ZONED
from proda.figures.layout import new_figure, place
from proda.figures.method_style import figure_label, line_style, method_colour, method_order
from proda.figures.process_style import TRUTH_STYLE, ShownProcess, logarithmic_ticks, shown_process
from proda.figures.style import DOUBLE_COLUMN, literal

__all__ = ["draw_process_zones"]

COLUMNS = 4
NEEDED = ("zones", "zone", "method", "process", "area_mean", "area_p16", "area_p84")
# Inches: all bands, one class, labels below an axis, legend, names of zones, between panels.
BANDS, ZONE, AXIS, HEAD, LEFT, GAP = 1.65, 0.23, 0.5, 0.5, 0.9, 0.12
TICKS = 7  # bands with a label, at most


def draw_process_zones(table: pd.DataFrame, labels: Labels | None = None) -> Figure:
    """A panel per process and division of the land: area-weighted means of every method.

    Lines are bands of latitude; points are classes of climate, with the 16 % to 84 % range of the
    cells of a class. The truth of a synthetic world is grey.

    Parameters
    ----------
    table
        Of ``proda.evaluation.process_zones.zone_table``.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For a missing column.
    """
    for column in NEEDED:
        if column not in table:
            raise InputError("table of zones", f"the column {column}", ", ".join(map(str, table)))
    names = list(dict.fromkeys(table["method"]))
    methods = method_order(name for name in names if name != TRUTH)
    drawn = [TRUTH] * (TRUTH in names) + methods
    divisions = list(dict.fromkeys(table["zones"]))
    rows = -(-len(ZONED) // COLUMNS)
    heights = [_height(table, division) for division in divisions for _ in range(rows)]
    figure = new_figure(DOUBLE_COLUMN, HEAD + sum(heights) + AXIS * len(heights))
    width = (DOUBLE_COLUMN - LEFT) / COLUMNS - GAP
    tops = HEAD + np.cumsum([0.0, *(height + AXIS for height in heights[:-1])])
    for d, division in enumerate(divisions):
        of_division = table[table["zones"] == division]
        zones = [str(zone) for zone in dict.fromkeys(of_division["zone"])]
        for panel, name in enumerate(ZONED):
            below, across = divmod(panel, COLUMNS)
            row = d * rows + below
            left = LEFT + across * (width + GAP)
            axis = place(figure, left, tops[row], width, heights[row])
            style = shown_process(name)
            part = of_division[of_division["process"] == name]
            for k, method in enumerate(drawn):
                lines = part[part["method"] == method].set_index("zone").reindex(zones)
                if division == LATITUDE:
                    _draw_line(axis, lines, method, style)
                else:
                    _draw_points(axis, lines, method, style, (k + 0.5) / len(drawn) - 0.5)
            _finish(axis, zones, division, style, first=across == 0)
    figure.legend(handles=_handles(drawn, labels), loc="upper center", ncols=4)
    return figure


def _height(table: pd.DataFrame, division: str) -> float:
    if division == LATITUDE:
        return BANDS
    return ZONE * max(table.loc[table["zones"] == division, "zone"].nunique(), 3)


def _draw_line(axis: Axes, rows: pd.DataFrame, name: str, style: ShownProcess) -> None:
    look = TRUTH_STYLE if name == TRUTH else {**line_style(name), "linewidth": 1.0}
    axis.plot(style.factor * rows["area_mean"], np.arange(len(rows)), **look)


def _draw_points(
    axis: Axes, rows: pd.DataFrame, name: str, style: ShownProcess, shift: float
) -> None:
    colour = TRUTH_STYLE["color"] if name == TRUTH else method_colour(name)
    places = np.arange(len(rows)) + 0.7 * shift
    low, high = style.factor * rows["area_p16"], style.factor * rows["area_p84"]
    axis.hlines(places, low, high, color=colour, linewidth=0.8)
    marker = "D" if name == TRUTH else "o"
    axis.plot(style.factor * rows["area_mean"], places, marker, color=colour, markersize=2.4)


def _finish(
    axis: Axes, zones: Sequence[str], division: str, style: ShownProcess, first: bool
) -> None:
    axis.set_xlabel(style.label.replace(" (", "\n("), fontsize=7, labelpad=1, linespacing=1.0)
    axis.tick_params(labelsize=6, length=2, pad=1.5)
    if style.logarithmic:
        axis.set_xscale("log")
        logarithmic_ticks(axis.xaxis)
    axis.grid(axis="x", alpha=0.25, linewidth=0.4)
    if division == LATITUDE:
        step = -(-len(zones) // TICKS)
        axis.set_yticks(range(0, len(zones), step), zones[::step])
        axis.set_ylim(-0.5, len(zones) - 0.5)
    else:
        axis.set_yticks(range(len(zones)), [literal(zone) for zone in zones])
        axis.set_ylim(len(zones) - 0.5, -0.5)
    if not first:
        axis.set_yticklabels([])
    elif division == LATITUDE:
        axis.set_ylabel("Latitude (°)", fontsize=7)


def _handles(drawn: Sequence[str], labels: Labels | None) -> list[Line2D]:
    return [
        Line2D([], [], label="Truth", **TRUTH_STYLE)
        if name == TRUTH
        else Line2D([], [], label=figure_label(name, labels), **line_style(name))
        for name in drawn
    ]
