"""SOC storage of the region by depth interval and method (Figure 4 of Tao et al. 2020)."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D

from proda.errors import InputError
from proda.figures.style import DOUBLE_COLUMN, apply_style
from proda.projection.methods import METHODS

__all__ = ["INTERVALS", "draw_figure_4"]

INTERVALS = ("0-30 cm", "30-100 cm", "100-200 cm")
COLUMNS = ("source", "interval", "mean", "p05", "p95")
# Maps the methods are compared with are grey.
REFERENCE = "0.62"
# Width of a letter behind a bar, as a share of the axis.
LETTER = 0.025
PAPER = {"marker": "D", "markersize": 4, "markerfacecolor": "white", "markeredgecolor": "0.1"}


def draw_figure_4(stocks, published=None):
    """Bars of the total storage in Pg C, one panel per depth interval.

    stocks: DataFrame with a row per source and interval: source (name of a method, or of a
    reference map), interval (of INTERVALS; others are not shown), mean, p05 and p95 (Pg C, the
    quantiles missing where a source has none). A source keeps its row where its mean is missing.
    published: the same with the values of the paper, as open marks; None leaves them out.
    Raises InputError for a column or an interval that is not there, for two rows of one bar, and
    for quantiles the wrong way round.
    """
    stocks = _checked("stocks", stocks)
    for interval in INTERVALS:
        if not (stocks["interval"] == interval).any():
            found = ", ".join(stocks["interval"].unique())
            raise InputError("stocks, column interval", f"rows of {interval}", found)
    published = None if published is None else _checked("published", published)
    present = stocks["source"].unique()
    references = [source for source in present if source not in METHODS]
    methods = [name for name in METHODS if name in present]
    places = dict(zip(references, range(len(references)), strict=True))
    # References stand a little apart.
    first = len(references) + (0.4 if references else 0.0)
    places |= {name: first + k for k, name in enumerate(methods)}
    apply_style()
    figure, axes = plt.subplots(
        1,
        len(INTERVALS),
        figsize=(DOUBLE_COLUMN, 0.75 + 0.22 * (len(places) + 0.4)),
        sharex=True,
        sharey=True,
        layout="constrained",
    )
    longest = 0.0
    for axis, interval in zip(axes, INTERVALS, strict=True):
        marks = _means(published, interval)
        for row in stocks[stocks["interval"] == interval].itertuples():
            mark = marks.get(row.source, np.nan)
            longest = max(longest, _draw_bar(axis, places[row.source], row, mark))
        axis.set_title(interval.replace("-", "–"))
        axis.tick_params(axis="y", length=0)
        axis.grid(axis="x", alpha=0.25, linewidth=0.4)
        axis.set_axisbelow(True)
    axes[0].set(xlim=(0, longest or 1.0), ylim=(max(places.values(), default=0) + 0.6, -0.6))
    labels = [METHODS[s].label if s in METHODS else s for s in places]
    axes[0].set_yticks(list(places.values()), labels)
    axes[1].set_xlabel("SOC storage (Pg C)")
    if published is not None:
        paper = Line2D([], [], linestyle="", label="Tao et al. 2020", **PAPER)
        figure.legend(handles=[paper], loc="outside upper right")
    return figure


def _means(published, interval):
    """Source -> mean in one interval."""
    if published is None:
        return {}
    shown = published[published["interval"] == interval]
    return dict(zip(shown["source"], shown["mean"], strict=True))


def _draw_bar(axis, place, row, mark):
    """Bar, whisker from p05 to p95, the paper's mark and the figures in words.

    Returns how far the axis has to reach for all of it.
    """
    colour = METHODS[row.source].colour if row.source in METHODS else REFERENCE
    end, text, ink = row.mean, _figures(row.mean), "black"
    if np.isnan(row.mean):
        end, text, ink = 0.0, "no value", "0.4"
    else:
        axis.barh(place, row.mean, 0.74, color=colour, alpha=0.85)
    if not np.isnan([row.mean, row.p05, row.p95]).any():
        axis.plot([row.p05, row.p95], [place, place], "|-", color="0.25", linewidth=0.9, ms=4)
        end = max(end, row.p95)
        text += f" ({_figures(row.p05)}–{_figures(row.p95)})"
    if not np.isnan(mark):
        axis.plot(mark, place, linestyle="", zorder=4, **PAPER)
        end = max(end, mark)
    axis.annotate(
        text,
        (end, place),
        xytext=(4, 0),
        textcoords="offset points",
        va="center",
        fontsize=6,
        color=ink,
    )
    return end / (1.0 - LETTER * (len(text) + 2))


def _figures(value):
    """Pg C with as many figures as matter."""
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"


def _checked(name, table):
    missing = [column for column in COLUMNS if column not in table]
    if missing:
        raise InputError(name, f"the column {missing[0]}", ", ".join(map(str, table.columns)))
    double = table.duplicated(["source", "interval"])
    if double.any():
        row = table[double].iloc[0]
        raise InputError(f"{name}, {row.source}, {row.interval}", "one row per bar", "two")
    swapped = table["p05"] > table["p95"]
    if swapped.any():
        row = table[swapped].iloc[0]
        found = f"{row.p05:g} and {row.p95:g}"
        raise InputError(f"{name}, {row.source}, {row.interval}", "p05 below p95", found)
    return table
