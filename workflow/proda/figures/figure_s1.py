"""Soil layers of the structures of the model (Figure S1 of Tao et al. 2020)."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from proda.arrays import FloatArray
from proda.figures.layout import letters, new_figure, place, write, write_letter
from proda.figures.style import COLOURS, DOUBLE_COLUMN
from proda.model.grid import SoilGrid

__all__ = ["draw_figure_s1"]

# Lower limits of the stocks in tables and maps, m.
LIMITS = (0.3, 1.0, 2.0)
TICKS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
SHADES = ("#f3e7d3", "#e3cfae")
# Inches.
TOP, HEIGHT, BOTTOM, LEFT, GAP, RIGHT = 0.5, 5.6, 0.35, 0.6, 1.05, 0.35


def draw_figure_s1(grids: Mapping[str, SoilGrid], used: str | None = None) -> Figure:
    """A column per structure with its layers, their nodes, thickness and lower limits.

    The depth axis is that of the square root, so that the thin layers at the top can be told apart.

    Parameters
    ----------
    grids
        Soil layers by name of the structure.
    used
        Structure of the run, which is marked.
    """
    figure = new_figure(DOUBLE_COLUMN, TOP + HEIGHT + BOTTOM)
    width = (DOUBLE_COLUMN - LEFT - RIGHT - GAP * (len(grids) - 1)) / len(grids)
    deepest = max(grid.bottom for grid in grids.values())
    letter = letters()
    for k, (name, grid) in enumerate(grids.items()):
        axis = place(figure, LEFT + k * (width + GAP), TOP, width, HEIGHT)
        _draw_layers(axis, grid, deepest)
        title = f"{name}: {grid.n_layers} layers to {grid.bottom:.2f} m"
        axis.set_title(title + (" (this run)" if name == used else ""), pad=16)
        write_letter(axis, next(letter), left=-0.3, above=0.33)
    figure.axes[0].set_ylabel("depth (m)")
    write(
        figure,
        LEFT,
        TOP + HEIGHT + 0.2,
        "Layers: thickness (left) and depth of the lower limit (right). Circles: nodes. "
        "Dashed: 0.3, 1 and 2 m.",
        fontsize=7,
        ha="left",
    )
    return figure


def _draw_layers(axis: Axes, grid: SoilGrid, deepest: float) -> None:
    axis.set_yscale("function", functions=(_root, np.square))
    axis.set(xlim=(0, 1), ylim=(1.02 * deepest, 0.0), xticks=[])
    axis.yaxis.set_major_locator(FixedLocator([tick for tick in TICKS if tick <= deepest]))
    axis.yaxis.set_minor_locator(FixedLocator([]))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.spines["bottom"].set_visible(False)
    tops = np.concatenate([[0.0], grid.interface[:-1]])
    for j, (top, bottom, node) in enumerate(zip(tops, grid.interface, grid.node, strict=True)):
        axis.axhspan(
            top, bottom, 0.2, 0.8, facecolor=SHADES[j % 2], edgecolor="0.35", linewidth=0.5
        )
        axis.plot(0.5, node, "o", color=COLOURS[0], markersize=2.6)
        middle = np.square((np.sqrt(top) + np.sqrt(bottom)) / 2)
        axis.text(0.23, middle, f"{_metres(grid.thickness[j])}", fontsize=6, va="center")
        axis.text(0.815, bottom, f"{_metres(bottom)}", fontsize=6, va="center")
        axis.text(0.77, middle, f"{j + 1}", fontsize=6, va="center", ha="right", color="0.4")
    for limit in LIMITS:
        axis.axhline(limit, 0.08, 0.8, color=COLOURS[1], linestyle=(0, (4, 2)), linewidth=0.8)


def _metres(value: float) -> str:
    """A depth with three significant digits, at most to the tenth of a millimetre."""
    return f"{value:.4f}" if value < 0.1 else f"{value:.3f}" if value < 1 else f"{value:.2f}"


def _root(depth: FloatArray) -> FloatArray:
    return np.sqrt(np.maximum(depth, 0.0))
