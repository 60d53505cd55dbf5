"""Maps of modelled minus measured stocks at points, map by map."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.figures.layout import colour_bar, letters, new_figure, place, write, write_letter
from proda.figures.maps import DEVIATION, RegionMap, point_size
from proda.figures.method_style import figure_label, method_order
from proda.figures.style import DOUBLE_COLUMN, PAGE_HEIGHT

__all__ = ["draw_residual_maps"]

# Inches: title above a map, colour bar and note below all of them.
TITLE, GAP, FOOT = 0.2, 0.12, 0.6
MIN_POINT = 1.6  # area, pt2: these maps are larger than those of other figures
LONG_TITLE = 40  # letters from which on a title is smaller


def draw_residual_maps(
    region_map: RegionMap,
    points: pd.DataFrame,
    stocks: Iterable[str],
    labels: Labels | None = None,
    saturation: float = 0.9,
) -> Figure:
    """One map per method or reference: its stock minus the measured one at every point, kg C m-2.

    Methods come first, in the order of all tables.

    Parameters
    ----------
    region_map
        Frame of the maps.
    points
        Points for which all maps have a value, with longitude, latitude, stock_kg_m2 and a column
        per map.
    stocks
        Names of the maps, methods or references.
    labels
        Labels of the run.
    saturation
        The one scale of all maps is symmetric; it ends at the median, over the maps, of this
        quantile of the absolute residuals, so that one map far off does not make all others pale.

    Raises
    ------
    InputError
        For a column or a value that is missing, and for nothing to draw.
    """
    names = method_order(stocks)
    if not names:
        raise InputError("stocks", "at least one method or reference", "none")
    columns = ["longitude", "latitude", "stock_kg_m2", *names]
    for column in columns:
        if column not in points:
            raise InputError("points", f"a column {column}", ", ".join(map(str, points)))
    values = points[columns].to_numpy(float)
    if not len(values):
        raise InputError("points", "at least one point", "none")
    if not np.isfinite(values).all():
        row, column = np.argwhere(~np.isfinite(values))[0]
        found = f"{values[row, column]:g}"
        raise InputError(f"points, row {row}, {columns[column]}", "a finite number", found)
    lon, lat, observed = values[:, :3].T
    residuals = values[:, 3:].T - observed
    end = np.median(np.quantile(np.abs(residuals), saturation, axis=1))
    norm = Normalize(-end, end) if end > 0 else Normalize(-1.0, 1.0)

    across = 1 if len(names) == 1 else 2 if len(names) <= 8 else 3
    down = -(-len(names) // across)
    stride = (DOUBLE_COLUMN - GAP) / across
    highest = (PAGE_HEIGHT - FOOT) / down - TITLE - GAP
    width = min(stride - GAP, highest * region_map.aspect)
    height = width / region_map.aspect
    pitch = TITLE + height + GAP
    bottom = down * pitch
    figure = new_figure(DOUBLE_COLUMN, bottom + FOOT)
    letter = letters()
    for panel, (name, residual) in enumerate(zip(names, residuals, strict=True)):
        row, place_in_row = divmod(panel, across)
        left = GAP + place_in_row * stride + (stride - GAP - width) / 2
        top = row * pitch + TITLE
        median = f"median {np.median(residual):+z.1f}".replace("-", "−")
        title = f"{figure_label(name, labels)}: {median}"
        small = {"fontsize": 6} if len(title) > LONG_TITLE else {}
        write(figure, left + width / 2, top - TITLE / 2, title, **small)
        axis = place(figure, left, top, width, height)
        region_map.draw_land(axis)
        size = max(MIN_POINT, point_size(len(lon)))
        style: dict[str, Any] = {"size": size, "cmap": DEVIATION, "norm": norm}
        colours = region_map.draw_points(axis, lon, lat, residual, **style)
        write_letter(axis, next(letter), above=TITLE / 2)
    place_of_bar = (0.25 * DOUBLE_COLUMN, bottom, 0.5 * DOUBLE_COLUMN, 0.1)
    label = "modelled − measured stock (kg C m$^{-2}$)"
    colour_bar(figure, colours, place_of_bar, label=label, extend="both")
    note = f"Points in each map: {len(lon):,}; red: the map has more carbon than was measured."
    write(figure, DOUBLE_COLUMN / 2, bottom + FOOT - 0.09, note, fontsize=7)
    return figure
