"""Maps in rows and columns, all of one size, with one colour scale per column."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar

from proda.errors import InputError
from proda.figures.layout import colour_bar, letters, new_figure, place, write, write_letter
from proda.figures.maps import RegionMap
from proda.figures.style import DOUBLE_COLUMN, PAGE_HEIGHT, literal
from proda.projection.stocks import KILOGRAM

__all__ = ["MAPPED_DEPTHS", "MapTable", "stock_layers"]

MAPPED_DEPTHS = {"0–30 cm": 0.3, "0–100 cm": 1.0, "0–200 cm": 2.0}
"""Columns of the maps of stocks and their lower limit in m; all start at the surface."""

# Inches.
LEFT, GAP, HEAD, FOOT = 0.40, 0.06, 0.24, 0.66
BETWEEN = 0.16  # maps of a row, as space for letters
NARROWEST = 1.75  # column, for the label of its colour bar
LETTER = 0.075  # width of a letter of a bold name, on average
FULL_SIZE, SMALL, SMALLEST = 8.0, 6.0, 4.5  # pt, of names of rows in one or two lines and in more


class MapTable:
    """Figure with a map in each place of a table: name in front of a row, heading above a column.

    Parameters
    ----------
    region_map
        Frame of the maps.
    rows, columns
        Names of the rows and headings of the columns.

    Attributes
    ----------
    figure
        The figure.
    axes
        (rows, columns) axes to draw on with ``region_map``.
    """

    def __init__(self, region_map: RegionMap, rows: Sequence[str], columns: Sequence[str]) -> None:
        self.region_map = region_map
        stride = (DOUBLE_COLUMN - LEFT) / len(columns)
        highest = (PAGE_HEIGHT - HEAD - FOOT) / max(len(rows), 1) - GAP
        width = min(stride - BETWEEN, highest * region_map.aspect)
        height = width / region_map.aspect
        pitch = height + GAP
        stride = max(width + BETWEEN, min(NARROWEST, stride))
        self.width = LEFT + stride * len(columns)
        self.figure = new_figure(self.width, HEAD + pitch * len(rows) + FOOT)
        self.axes = np.empty((len(rows), len(columns)), dtype=object)
        self._columns = [LEFT + k * stride + (stride - width) / 2 for k in range(len(columns))]
        self._width, self._bottom = width, HEAD + pitch * len(rows)
        letter = letters()
        for k, name in enumerate(columns):
            write(self.figure, self._columns[k] + width / 2, HEAD / 2, name, fontweight="bold")
        for i, name in enumerate(rows):
            top = HEAD + i * pitch
            middle = top + height / 2
            lines, style = _wrapped(literal(name), height)
            write(self.figure, LEFT / 2, middle, lines, rotation=90, fontweight="bold", **style)
            for k, left in enumerate(self._columns):
                axis = self.axes[i, k] = place(self.figure, left, top, width, height)
                region_map.draw_land(axis)
                write_letter(axis, next(letter), left=-0.08)

    def colour_bar(
        self, column: int, colours: ScalarMappable, label: str, **style: Any
    ) -> Colorbar:
        """Colour bar of ``colours`` below a column."""
        left = self._columns[column] + 0.1 * self._width
        place_of_bar = (left, self._bottom + 0.04, 0.8 * self._width, 0.09)
        return colour_bar(self.figure, colours, place_of_bar, label=label, **style)

    def note(self, text: str) -> None:
        """Write a sentence below the colour bars."""
        write(self.figure, self.width / 2, self._bottom + FOOT - 0.09, text, fontsize=7)


def _wrapped(name: str, height: float) -> tuple[str, dict[str, Any]]:
    """Name of a row in lines no longer than its maps are high, smaller where it needs three."""
    if len(name) * LETTER <= height:
        return name, {}
    width = max(int(height / LETTER), 1)
    lines = textwrap.wrap(name, width, break_long_words=False, break_on_hyphens=False)
    longest = max(map(len, lines)) * LETTER
    fitting = max(SMALLEST, FULL_SIZE * height / longest)
    if len(lines) < 3:
        return "\n".join(lines), {"fontsize": fitting} if fitting < FULL_SIZE else {}
    size = min(SMALL, fitting)
    return "\n".join(lines), {"fontsize": size, "linespacing": 1.0}


def stock_layers(where: str, dataset: xr.Dataset, statistic: str) -> list[xr.DataArray]:
    """Stocks of a projection to MAPPED_DEPTHS in kg m-2.

    Parameters
    ----------
    where
        Name of the dataset in messages.
    dataset
        Projection with stocks in g m-2.
    statistic
        mean, p05 or p95.

    Raises
    ------
    InputError
        When the dataset has no such statistic or depth.
    """
    name = f"stock_{statistic}"
    if name not in dataset:
        raise InputError(where, f"a variable {name}", ", ".join(map(str, dataset.data_vars)))
    layers = []
    for label, bottom in MAPPED_DEPTHS.items():
        fits = np.isclose(dataset["interval_top"], 0.0) & np.isclose(
            dataset["interval_bottom"], bottom
        )
        if not fits.any():
            found = ", ".join(f"{top:g}-{low:g} m" for top, low in _intervals(dataset))
            raise InputError(f"{where}, interval", label, found)
        layers.append(dataset[name].isel(interval=int(np.argmax(fits))) / KILOGRAM)
    return layers


def _intervals(dataset: xr.Dataset) -> Iterable[tuple[float, float]]:
    return zip(dataset["interval_top"].values, dataset["interval_bottom"].values, strict=True)
