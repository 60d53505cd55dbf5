"""Modelled against observed stocks of single places, method by method."""

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from proda.arrays import FloatArray, Mask
from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.evaluation.skill import skill
from proda.figures.method_style import figure_label, method_colour, method_order, two_lines
from proda.figures.style import DOUBLE_COLUMN, apply_style, literal

__all__ = ["draw_residuals"]

WIDTH = DOUBLE_COLUMN / 3  # of a panel, at most


def draw_residuals(
    observed: npt.ArrayLike,
    modelled: Mapping[str, npt.ArrayLike],
    label: str = "observed stock",
    labels: Labels | None = None,
) -> Figure:
    """One panel per method: modelled over observed stock on log axes, with the skill written above.

    Lines: 1:1 (solid), twice and half (dashed). Skill is that of all pairs with both values, on the
    linear scale; pairs with a stock that is not positive cannot be shown on a log axis and are
    counted.

    Parameters
    ----------
    observed
        (n,) kg C m-2.
    modelled
        {method, blocked variant or reference map: (n,) kg C m-2}, in any order, missing where a
        method has no value. Reference maps come last.
    label
        Of the axis of observations.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For shapes that differ, and nothing to draw.
    """
    measured = np.asarray(observed, dtype=float)
    for name, values in modelled.items():
        if np.shape(values) != measured.shape or measured.ndim != 1:
            raise InputError(f"modelled {name}", f"shape {measured.shape}", str(np.shape(values)))
    names = method_order(modelled)
    stocks = np.array([measured, *(modelled[name] for name in names)], dtype=float)
    pairs = ~np.isnan(stocks[0]) & ~np.isnan(stocks[1:])
    shown = pairs & (stocks[0] > 0) & (stocks[1:] > 0)
    if not shown.any():
        raise InputError("stocks", "at least one pair of positive stocks", "none")
    ends = np.concatenate([stocks[0][shown.any(axis=0)], stocks[1:][shown]])
    limits = ends.min() / 1.3, ends.max() * 1.3
    figure, grid = _panels(len(names))
    for axis, name, values, pair, drawn in zip(grid, names, stocks[1:], pairs, shown, strict=False):
        _draw_panel(axis, measured, values, pair, drawn, limits, method_colour(name))
        axis.set_title(two_lines(figure_label(name, labels)), pad=21)
    figure.supxlabel(f"{literal(label)} (kg C m$^{{-2}}$)", fontsize=8)
    figure.supylabel("modelled stock (kg C m$^{-2}$)", fontsize=8)
    lines = [
        Line2D([], [], color="0.2", linewidth=0.8, label="1:1"),
        Line2D([], [], color="0.2", linewidth=0.6, linestyle="--", label="twice and half"),
    ]
    figure.legend(handles=lines, loc="outside upper right", ncols=2)
    return figure


def _panels(n: int) -> tuple[Figure, list[Axes]]:
    apply_style()
    columns = min(n, 3 if n <= 6 else 4)
    rows = -(-n // columns)
    width = min(WIDTH, DOUBLE_COLUMN / columns)
    figure, grid = plt.subplots(
        rows,
        columns,
        figsize=(width * columns, (width + 0.1) * rows + 0.5),
        squeeze=False,
        sharex=True,
        sharey=True,
        layout="constrained",
    )
    for column in range(columns):
        # Tick labels of a column are below its last panel.
        last = (n - 1 - column) // columns
        grid[last, column].tick_params(labelbottom=True)
    for axis in grid.flat[n:]:
        axis.set_axis_off()
    return figure, list(grid.flat)


def _draw_panel(
    axis: Axes,
    observed: FloatArray,
    modelled: FloatArray,
    pair: Mask,
    drawn: Mask,
    limits: tuple[float, float],
    colour: str,
) -> None:
    """Points, lines and skill of a map; ``pair``: both values known, ``drawn``: both positive."""
    n = max(drawn.sum(), 1)
    size, alpha = np.clip(150.0 / np.sqrt(n), 1.0, 7.0), np.clip(300.0 / n, 0.08, 0.6)
    axis.scatter(
        observed[drawn],
        modelled[drawn],
        s=size,
        color=colour,
        alpha=alpha,
        linewidths=0,
        rasterized=True,
    )
    for factor in (0.5, 1.0, 2.0):
        line: dict[str, Any] = {"linewidth": 0.8 if factor == 1 else 0.6}
        line["linestyle"] = "-" if factor == 1 else "--"
        axis.plot(limits, np.multiply(limits, factor), color="0.2", **line)
    axis.set(xscale="log", yscale="log", xlim=limits, ylim=limits, box_aspect=1)
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        side.set_major_formatter("{x:g}")
        side.set_minor_locator(LogLocator(subs=range(1, 10)))
        side.set_minor_formatter("")
    scores = skill(observed[pair], modelled[pair])
    hidden = scores.n - drawn.sum()
    words = (
        f"R$^2$ 1:1 {scores.r2_one_to_one:.2f}   r {scores.r:.2f}   n {scores.n}\n"
        f"RMSE {scores.rmse:.1f}   bias {scores.bias:+z.1f}"
        + (f"   ({hidden} not shown)" if hidden else "")
    )
    words = words.replace("-", "−").replace("+nan", "–").replace("nan", "–")
    # Above the panel, because points may be anywhere within it.
    style: dict[str, Any] = {"ha": "center", "va": "bottom", "fontsize": 6, "linespacing": 1.3}
    axis.text(0.5, 1.02, words, transform=axis.transAxes, **style)
