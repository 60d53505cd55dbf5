"""Parts of the schema of the approach (Figure 1): boxes, arrows and small pictures.

Places and sizes are inches from the top left corner of the figure. The pictures are drawings, not
results; they need no data but the outline of the region.
"""

from itertools import pairwise
from typing import Any

import numpy as np
import shapely
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, FancyArrowPatch, FancyBboxPatch, PathPatch, Rectangle
from matplotlib.path import Path

from proda.figures.layout import place
from proda.figures.maps import AMOUNT

__all__ = [
    "FORCING",
    "INFERENCE",
    "LEARNING",
    "MODEL",
    "OBSERVED",
    "arrow",
    "box",
    "draw_column",
    "draw_density",
    "draw_map",
    "draw_network",
    "draw_profile",
]

# Of Okabe and Ito 2008, as in all figures.
FORCING, MODEL, INFERENCE, LEARNING, OBSERVED = (
    "#0072B2",
    "#A6761D",
    "#009E73",
    "#D55E00",
    "0.35",
)
INK = "0.15"
# Width of the outline of a box, and how pale its ground is.
EDGE, PALE = 0.9, 0.1
# Detail of a small map, as a fraction of its width.
DETAIL = 0.004


def box(
    canvas: Axes,
    area: tuple[float, float, float, float],
    title: str,
    colour: str,
    lines: tuple[str, ...] = (),
) -> None:
    """Draw a box with a title, and lines of text below it.

    Parameters
    ----------
    canvas
        Axes of the whole figure, in inches.
    area
        Left, top, width and height.
    title, lines
        Texts.
    colour
        Of the outline and the title.
    """
    left, top, width, height = area
    shape: dict[str, Any] = {"boxstyle": "round,pad=0,rounding_size=0.07"}
    canvas.add_patch(
        FancyBboxPatch(
            (left, top), width, height, facecolor=colour, alpha=PALE, linewidth=0, **shape
        )
    )
    canvas.add_patch(
        FancyBboxPatch(
            (left, top), width, height, facecolor="none", edgecolor=colour, linewidth=EDGE, **shape
        )
    )
    canvas.text(
        left + width / 2, top + 0.14, title, ha="center", va="center", fontsize=7.5,
        fontweight="bold", color=INK,
    )  # fmt: skip
    for k, line in enumerate(lines):
        canvas.text(
            left + width / 2, top + 0.33 + 0.15 * k, line, ha="center", va="center", fontsize=6.8,
            color=INK,
        )  # fmt: skip


def arrow(
    canvas: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    text: str = "",
    colour: str = INK,
    bend: float = 0.0,
    offset: tuple[float, float] = (0.0, -0.09),
) -> None:
    """Draw an arrow, with a text beside its middle."""
    canvas.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=9, linewidth=1.1, color=colour,
            connectionstyle=f"arc3,rad={bend}", shrinkA=0, shrinkB=0,
        )
    )  # fmt: skip
    if text:
        x, y = ((a + b) / 2 + d for a, b, d in zip(start, end, offset, strict=True))
        canvas.text(x, y, text, ha="center", va="center", fontsize=6.6, color=colour)


def draw_column(canvas: Axes, left: float, top: float, width: float, height: float) -> None:
    """Draw a column of soil layers that hold pools, with transfers between pools and layers."""
    bounds = top + height * np.array([0.0, 0.16, 0.36, 0.62, 1.0])
    places = left + width * np.array([0.2, 0.5, 0.8])
    shades = colormaps["YlOrBr"](np.linspace(0.5, 0.12, 4))
    for j in range(4):
        low, high = bounds[j : j + 2]
        canvas.add_patch(
            Rectangle((left, low), width, high - low, facecolor=shades[j], edgecolor="0.4",
                      linewidth=0.4)
        )  # fmt: skip
        middle = (low + high) / 2
        for k, x in enumerate(places):
            canvas.add_patch(
                Circle((x, middle), 0.052, facecolor="white", edgecolor=MODEL, linewidth=0.8)
            )
            if k:
                _short(canvas, (places[k - 1] + 0.055, middle), (x - 0.06, middle))
        if j:
            above = (bounds[j - 1] + low) / 2
            for x in places:
                _short(canvas, (x, above + 0.055), (x, middle - 0.06), both=True)


def _short(
    canvas: Axes, start: tuple[float, float], end: tuple[float, float], both: bool = False
) -> None:
    canvas.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="<|-|>" if both else "-|>", mutation_scale=3.5, linewidth=0.5,
            color="0.25", shrinkA=0, shrinkB=0,
        )
    )  # fmt: skip


def draw_profile(figure: Figure, left: float, top: float, width: float, height: float) -> None:
    """Draw observed horizons, and a modelled profile with its band."""
    axis = place(figure, left, top, width, height)
    depth = np.linspace(0.0, 1.5, 60)
    curve = 42.0 * np.exp(-depth / 0.33) + 4.0
    axis.fill_betweenx(depth, 0.72 * curve, 1.32 * curve, color=MODEL, alpha=0.25, linewidth=0)
    axis.plot(curve, depth, color=MODEL, linewidth=1.3)
    horizons = ((0.02, 0.12, 35.0), (0.12, 0.35, 23.0), (0.35, 0.7, 15.0), (0.7, 1.3, 4.5))
    for upper, lower, value in horizons:
        axis.plot(
            [value, value], [upper, lower], color=OBSERVED, linewidth=2.2, solid_capstyle="butt"
        )
    axis.set(xlim=(0, 55), ylim=(1.5, 0), xticks=[], yticks=[])
    axis.set_xlabel("SOC", fontsize=6.5, labelpad=2)
    axis.set_ylabel("depth", fontsize=6.5, labelpad=2)
    axis.patch.set_alpha(0)
    axis.text(25, 0.5, "observed", fontsize=6.2, color=OBSERVED, va="center")
    axis.text(14, 0.95, "modelled", fontsize=6.2, color=MODEL, va="center")


def draw_density(
    figure: Figure,
    area: tuple[float, float, float, float],
    curves: tuple[tuple[float, float, str], ...],
    prior: bool = False,
) -> None:
    """Draw densities of a parameter.

    Parameters
    ----------
    figure, area
        Where: left, top, width and height.
    curves
        Mean, standard deviation and colour of each.
    prior
        Whether to draw a flat prior, too.
    """
    axis = place(figure, *area)
    x = np.linspace(0.0, 1.0, 120)
    for mean, spread, colour in curves:
        density = np.exp(-0.5 * ((x - mean) / spread) ** 2) / spread
        axis.fill_between(x, density, color=colour, alpha=0.25, linewidth=0)
        axis.plot(x, density, color=colour, linewidth=1.1)
    if prior:
        axis.plot(
            [0, 0, 1, 1], [0, 2.1, 2.1, 0], color="0.45", linewidth=0.9, linestyle=(0, (3, 2))
        )
    axis.set(xlim=(-0.05, 1.05), xticks=[], yticks=[])
    axis.set_ylim(bottom=0)
    axis.spines["left"].set_visible(False)
    axis.patch.set_alpha(0)


def draw_network(canvas: Axes, left: float, top: float, width: float, height: float) -> None:
    """Draw a feed-forward network."""
    sizes = (4, 5, 5, 3)
    columns = [
        [(left + width * k / 3, top + height * (i + 0.5) / n) for i in range(n)]
        for k, n in enumerate(sizes)
    ]
    for first, second in pairwise(columns):
        for a in first:
            for b in second:
                canvas.plot(
                    *zip(a, b, strict=True), color=LEARNING, linewidth=0.3, alpha=0.6, zorder=2
                )
    for column in columns:
        for x, y in column:
            canvas.add_patch(
                Circle(
                    (x, y), 0.034, facecolor="white", edgecolor=LEARNING, linewidth=0.8, zorder=3
                )
            )


def draw_map(
    figure: Figure,
    area: tuple[float, float, float, float],
    land: shapely.Geometry,
    pattern: int,
    colours: str = AMOUNT,
    points: bool = False,
) -> None:
    """Draw a small map of a made-up field on the land of the region.

    Parameters
    ----------
    figure, area
        Where: left, top, width and height.
    land
        Outline, degrees.
    pattern
        Number of the field; 0 for one value everywhere.
    colours
        Name of a colour map.
    points
        Whether to draw sites in place of a field.
    """
    axis = place(figure, *area)
    west, south, east, north = land.bounds
    axis.set(xlim=(west, east), ylim=(south, north))
    axis.set_aspect(1 / np.cos(np.radians((south + north) / 2)), anchor="C")
    axis.set_axis_off()
    outline = PathPatch(
        _path(land.simplify(DETAIL * (east - west))), facecolor="0.9" if points else "none",
        edgecolor="0.35", linewidth=0.4, transform=axis.transData,
    )  # fmt: skip
    x, y = np.meshgrid(np.linspace(0, 1, 60), np.linspace(0, 1, 40))
    field = _field(x, y, pattern)
    if not points:
        image = axis.imshow(
            field, extent=(west, east, south, north), origin="lower", cmap=colours, vmin=0, vmax=1,
            aspect=axis.get_aspect(), interpolation="nearest",
        )  # fmt: skip
        image.set_clip_path(outline)
    axis.add_patch(outline)
    if points:
        # A low-discrepancy sequence (Roberts 2018) spreads sites evenly.
        steps = np.arange(1, 90)[:, None] * np.array([0.7548776662, 0.5698402910]) % 1.0
        lon, lat = west + steps[:, 0] * (east - west), south + steps[:, 1] * (north - south)
        inside = shapely.contains_xy(land, lon, lat)
        shades = colormaps[colours](_field(steps[:, 0], steps[:, 1], pattern))
        axis.scatter(
            lon[inside], lat[inside], s=4.5, c=shades[inside], linewidths=0.2, edgecolors="0.2"
        )


def _field(x: np.ndarray, y: np.ndarray, pattern: int) -> np.ndarray:
    """A smooth field between 0 and 1."""
    if pattern == 0:
        return np.full_like(x, 0.5)
    a, b = 2.0 + pattern, 1.5 + 0.7 * pattern
    waves = np.sin(a * x + 1.3 * pattern) + np.cos(b * y - 0.6 * pattern) + np.sin(3.1 * x * y + a)
    return np.clip(0.5 + waves / 5.0, 0.0, 1.0)


def _path(land: shapely.Geometry) -> Path:
    parts = [part for part in shapely.get_parts(land) if part.geom_type == "Polygon"]
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return Path.make_compound_path(*(Path(np.asarray(ring.coords), closed=True) for ring in rings))
