"""SOC storage of the region by depth interval and method (Figure 4 of Tao et al. 2020)."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.figures.method_style import figure_label, method_colour, two_lines
from proda.figures.style import DOUBLE_COLUMN, apply_style
from proda.parameters.methods import METHODS
from proda.projection.stocks import INTERVALS

__all__ = ["SHOWN", "draw_figure_4"]

# The other intervals are sums of these.
SHOWN = tuple(interval.label for interval in INTERVALS[:3])
COLUMNS = ("method", "interval", "total_pg", "low_pg", "high_pg")
# Width of a letter behind a bar, as a fraction of the axis.
LETTER = 0.025


def draw_figure_4(table: pd.DataFrame, labels: Labels | None = None) -> Figure:
    """Bars of the total storage in Pg C, one panel per depth interval, with 5-95 % whiskers.

    References come first, in the order of the table. A row keeps its place where its total is
    missing.

    Parameters
    ----------
    table
        Of ``proda.evaluation.table_s3.table_s3``: method (any other name is that of a reference
        map), interval (SHOWN are drawn), total_pg, low_pg and high_pg (both missing where there is
        no interval).
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For a missing column or interval, two rows of one bar, and intervals whose ends are swapped.
    """
    _check(table)
    present = list(dict.fromkeys(table["method"]))
    references = [name for name in present if name not in METHODS]
    methods = [name for name in METHODS if name in present]
    # A gap separates references from methods.
    first = len(references) + (0.4 if references else 0.0)
    places = {name: float(k) for k, name in enumerate(references)}
    places |= {name: first + k for k, name in enumerate(methods)}
    apply_style()
    figure, axes = plt.subplots(
        1,
        len(SHOWN),
        figsize=(DOUBLE_COLUMN, 0.75 + 0.22 * (len(places) + 0.4)),
        sharex=True,
        sharey=True,
        layout="constrained",
    )
    longest = 0.0
    for axis, interval in zip(axes, SHOWN, strict=True):
        for row in table[table["interval"] == interval].to_dict("records"):
            longest = max(longest, _draw_bar(axis, places[row["method"]], row))
        axis.set_title(interval.replace("-", "–"))
        axis.tick_params(axis="y", length=0)
        axis.grid(axis="x", alpha=0.25, linewidth=0.4)
        axis.set_axisbelow(True)
    axes[0].set(xlim=(0, longest or 1.0), ylim=(max(places.values()) + 0.6, -0.6))
    axes[0].set_yticks(
        list(places.values()), [two_lines(figure_label(name, labels)) for name in places]
    )
    axes[1].set_xlabel("SOC storage (Pg C)")
    return figure


def _draw_bar(axis: Axes, place: float, row: Mapping[Any, Any]) -> float:
    """Draw a bar, its whisker and its value; returns how far the axis has to reach for them."""
    total, low, high = (float(row[name]) for name in ("total_pg", "low_pg", "high_pg"))
    end, text, ink = total, _digits(total), "black"
    if np.isnan(total):
        end, text, ink = 0.0, "no value", "0.4"
    else:
        axis.barh(place, total, 0.74, color=method_colour(row["method"]), alpha=0.85)
    if not np.isnan([total, low, high]).any():
        axis.plot([low, high], [place, place], "|-", color="0.25", linewidth=0.9, markersize=4)
        end = max(end, high)
        # Ends that would be rounded to the same number have one more digit.
        fine = high - low < 2.0
        text = f"{_digits(total, fine)} ({_digits(low, fine)}–{_digits(high, fine)})"
    style: dict[str, Any] = {"va": "center", "fontsize": 6, "color": ink}
    axis.annotate(text, (end, place), xytext=(4, 0), textcoords="offset points", **style)
    return end / (1.0 - LETTER * (len(text) + 2))


def _digits(total: float, fine: bool = False) -> str:
    """Pg C with its significant digits."""
    return f"{total:.1f}" if fine or total < 10 else f"{total:.0f}"


def _check(table: pd.DataFrame) -> None:
    for column in COLUMNS:
        if column not in table:
            raise InputError("table S3", f"the column {column}", ", ".join(map(str, table)))
    for interval in SHOWN:
        if interval not in set(table["interval"]):
            found = ", ".join(map(str, table["interval"].unique())) or "none"
            raise InputError("table S3, column interval", f"rows of {interval}", found)
    for wrong, expected, found in (
        (table.duplicated(["method", "interval"]), "one row per bar", "two"),
        (table["low_pg"] > table["high_pg"], "low_pg below high_pg", "the opposite"),
    ):
        if wrong.any():
            row = table[wrong].iloc[0]
            raise InputError(f"table S3, {row['method']}, {row['interval']}", expected, found)
