"""Profiles and bias by region, such as physiographic ones (Figure S3 of Tao et al. 2020)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import shapely
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from proda.evaluation.labels import Labels
from proda.evaluation.regions import ALL_REGIONS, OUTSIDE
from proda.figures.layout import letters, new_figure, place, write_letter
from proda.figures.maps import RegionMap, point_size
from proda.figures.method_style import figure_label, method_colour
from proda.figures.style import DOUBLE_COLUMN, literal

__all__ = ["draw_figure_s3"]

NO_REGION = "0.8"
# Inches.
MAP_WIDTH, MAP_HEIGHT, LEFT, TOP, GAP = 7.0, 3.9, 0.1, 0.25, 0.35
NAMES, BAR_WIDTH, BARS_GAP, ROW, MIN_HEIGHT = 2.1, 1.5, 0.35, 0.24, 1.2
RIGHT = 0.1
# Of the labels of the axes, and of a row of the legend.
FOOT, LEGEND_ROW, LEGEND_COLUMNS = 0.45, 0.14, 3


def draw_figure_s3(
    region_map: RegionMap,
    parts: Mapping[str, shapely.Geometry],
    lon: np.ndarray,
    lat: np.ndarray,
    table: pd.DataFrame,
    labels: Labels | None = None,
) -> Figure:
    """Map of regions and profiles, number of profiles and bias of every method by region.

    Parameters
    ----------
    region_map
        Frame of the map.
    parts
        Polygons by name, degrees.
    lon, lat
        (n,) places of the used profiles, degrees.
    table
        Table of `proda.evaluation.regions.region_table`.
    labels
        Labels of the run.
    """
    names = [name for name in dict.fromkeys(table["region"]) if name != ALL_REGIONS]
    colours = _colours(names)
    wide = min(MAP_WIDTH, MAP_HEIGHT * region_map.aspect)
    high = wide / region_map.aspect
    bars_high = max(MIN_HEIGHT, ROW * len(names))
    methods = list(dict.fromkeys(table["method"]))
    bottom = FOOT + LEGEND_ROW * -(-len(methods) // LEGEND_COLUMNS)
    figure = new_figure(DOUBLE_COLUMN, TOP + high + GAP + bars_high + bottom)
    axis = place(figure, LEFT + (MAP_WIDTH - wide) / 2, TOP, wide, high)
    region_map.draw_land(axis)
    for name, polygon in parts.items():
        if name in colours:
            region_map.draw_area(axis, polygon, colours[name])
    region_map.draw_points(
        axis, lon, lat, size=0.5 * point_size(len(lon)), color="0.1", linewidths=0
    )
    _write_numbers(axis, region_map, {name: parts[name] for name in names if name in parts})
    top = TOP + high + GAP
    bars = place(figure, NAMES, top, BAR_WIDTH, bars_high)
    _draw_counts(bars, names, table, colours)
    left = NAMES + BAR_WIDTH + BARS_GAP
    bias = place(figure, left, top, DOUBLE_COLUMN - RIGHT - left, bars_high)
    _draw_bias(bias, names, table, methods)
    handles = [
        Line2D([], [], marker="o", markersize=4, linestyle="", color=method_colour(name),
               label=figure_label(name, labels))
        for name in methods
    ]  # fmt: skip
    figure.legend(
        handles=handles, loc="lower center", ncols=LEGEND_COLUMNS, fontsize=6.5, borderpad=0.1
    )
    letter = letters()
    for panel, moved in ((axis, 0.0), (bars, -0.2), (bias, -0.15)):
        write_letter(panel, next(letter), left=moved, above=0.2)
    return figure


def _colours(names: list[str]) -> dict[str, str]:
    """Pale colours, which neighbours in the alphabet do not share."""
    shades = colormaps["Set3"]
    colours = {name: to_hex(shades(i % shades.N)) for i, name in enumerate(names)}
    return colours | ({OUTSIDE: NO_REGION} if OUTSIDE in names else {})


def _write_numbers(
    axis: Axes, region_map: RegionMap, parts: Mapping[str, shapely.Geometry]
) -> None:
    for number, polygon in enumerate(parts.values(), start=1):
        inside = shapely.intersection(polygon, region_map.region.geometry)
        if inside.is_empty:
            continue
        largest = max(shapely.get_parts(inside), key=lambda part: part.area)
        place_of_text = largest.representative_point()
        x, y = region_map.project(place_of_text.x, place_of_text.y)
        axis.text(
            float(x), float(y), str(number), ha="center", va="center", fontsize=7,
            fontweight="bold", zorder=5,
            bbox={"boxstyle": "circle,pad=0.15", "facecolor": "white", "edgecolor": "0.3",
                  "linewidth": 0.4},
        )  # fmt: skip


def _draw_counts(
    axis: Axes, names: list[str], table: pd.DataFrame, colours: Mapping[str, str]
) -> None:
    counts = table.drop_duplicates("region").set_index("region")["profiles"].loc[names]
    rows = np.arange(len(names))
    axis.barh(rows, counts, color=[colours[name] for name in names], height=0.75)
    for row, count in zip(rows, counts, strict=True):
        axis.text(count, float(row), f" {count:,}", va="center", fontsize=6.5)
    numbered = [name for name in names if name != OUTSIDE]
    axis.set(
        yticks=rows,
        yticklabels=[
            f"{numbered.index(name) + 1} {literal(name)}" if name != OUTSIDE else name
            for name in names
        ],
        ylim=(len(names) - 0.4, -0.6),
        xlabel="profiles",
        xlim=(0, 1.2 * max(1, counts.max())),
    )
    axis.tick_params(axis="y", length=0)


def _draw_bias(axis: Axes, names: list[str], table: pd.DataFrame, methods: list[str]) -> None:
    axis.axvline(0, color="0.5", linewidth=0.6, zorder=0)
    step = 0.7 / max(1, len(methods))
    for k, method in enumerate(methods):
        rows = table[table["method"] == method].set_index("region").loc[names]
        places = np.arange(len(names)) + step * (k - (len(methods) - 1) / 2)
        axis.plot(rows["bias"], places, "o", markersize=2.8, color=method_colour(method))
    for row in range(1, len(names)):
        axis.axhline(row - 0.5, color="0.9", linewidth=0.4, zorder=0)
    axis.set(
        yticks=[], ylim=(len(names) - 0.4, -0.6), xlabel="bias, modelled - observed (kg C m$^{-3}$)"
    )
