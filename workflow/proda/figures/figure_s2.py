"""Where the soil profiles are and how many horizons they have (Figure S2 of Tao et al. 2020)."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from proda.arrays import Counts, Mask
from proda.errors import InputError
from proda.figures.layout import letters, new_figure, place, write, write_letter
from proda.figures.maps import AMOUNT, MANY_CROSSES, RegionMap, point_size
from proda.figures.style import DOUBLE_COLUMN

__all__ = ["draw_figure_s2"]

NEEDED = ("profile_id", "longitude", "latitude", "n_horizons")
MAX_HORIZONS = 12
"""Profiles with this many horizons or more share a bar and a colour."""

NOT_USED = "0.45"
COLOURS_OF_COUNTS = ListedColormap(colormaps[AMOUNT](np.linspace(0.0, 1.0, MAX_HORIZONS)))

# Inches.
MAP_WIDTH, MAP_HEIGHT, LEFT, TOP, BOTTOM = 4.75, 5.5, 0.08, 0.25, 0.45
BARS_LEFT, BARS_WIDTH, BARS_HEIGHT = 5.35, 1.75, 2.5


def draw_figure_s2(region_map: RegionMap, profiles: pd.DataFrame, used: Iterable[str]) -> Figure:
    """Map of all profiles of the source, and how many of them have how many horizons.

    Profiles that are not on the map are counted below it.

    Parameters
    ----------
    region_map
        Frame of the map.
    profiles
        All profiles of the source: profile_id, longitude, latitude (degrees, NaN where unknown) and
        n_horizons in the source.
    used
        Identifiers of the profiles that data assimilation fitted and no filter excluded.

    Raises
    ------
    InputError
        For missing columns and for an identifier that is not in the table.
    """
    for name in NEEDED:
        if name not in profiles:
            raise InputError("profiles", f"a column {name}", ", ".join(profiles))
    ids, names = profiles["profile_id"].astype(str), {str(name) for name in used}
    if unknown := sorted(names - set(ids)):
        raise InputError("used", "identifiers of the table of profiles", unknown[0])
    kept = ids.isin(names).to_numpy()
    count = np.minimum(profiles["n_horizons"].to_numpy(), MAX_HORIZONS)
    lon, lat = (profiles[name].to_numpy(float) for name in ("longitude", "latitude"))
    placed = region_map.shows(lon, lat)

    wide = min(MAP_WIDTH, MAP_HEIGHT * region_map.aspect)
    high = wide / region_map.aspect
    figure = new_figure(DOUBLE_COLUMN, TOP + max(high, BARS_HEIGHT) + BOTTOM)
    axis = place(figure, LEFT, TOP, wide, high)
    region_map.draw_land(axis)
    scale = Normalize(0.5, MAX_HORIZONS + 0.5)
    size = point_size(0.4 * len(profiles))
    shown = placed & kept
    region_map.draw_points(
        axis, lon[shown], lat[shown], count[shown], cmap=COLOURS_OF_COUNTS, norm=scale, size=size
    )
    shown = placed & ~kept
    cross: dict[str, Any] = {
        "marker": "x",
        "linewidths": 0.5,
        "color": NOT_USED,
        "size": 0.8 * size,
        # So many of them lie below the profiles that are used, which they would hide.
        "zorder": 3 if shown.sum() <= MANY_CROSSES else 1.4,
    }
    region_map.draw_points(axis, lon[shown], lat[shown], **cross)
    bars = place(figure, BARS_LEFT, TOP, BARS_WIDTH, BARS_HEIGHT)
    _draw_counts(bars, count, kept, scale)
    letter = letters()
    write_letter(axis, next(letter), above=0.2)
    write_letter(bars, next(letter), left=-0.4, above=0.2)
    if not placed.all():
        text = f"{(~placed).sum():,} profiles have no place on the map."
        down = figure.get_size_inches()[1]
        write(figure, LEFT, down - 0.12, text, fontsize=7, ha="left")
    return figure


def _draw_counts(axis: Axes, count: Counts, used: Mask, scale: Normalize) -> None:
    numbers = np.arange(count.min(initial=1), MAX_HORIZONS + 1)
    kept = np.array([np.sum(used & (count == n)) for n in numbers])
    rest = np.array([np.sum(~used & (count == n)) for n in numbers])
    axis.barh(numbers, kept, color=COLOURS_OF_COUNTS(scale(numbers)), height=0.8)
    axis.barh(
        numbers,
        rest,
        left=kept,
        height=0.8,
        color=NOT_USED,
    )
    axis.set(
        ylim=(MAX_HORIZONS + 0.7, numbers[0] - 0.7),
        yticks=numbers,
        yticklabels=[*map(str, numbers[:-1]), f"≥{MAX_HORIZONS}"],
        ylabel="horizons of the profile",
        xlabel="profiles",
    )
    axis.tick_params(axis="y", length=0)
    axis.legend(
        handles=[
            Line2D([], [], marker="o", markersize=4, linestyle="", color=COLOURS_OF_COUNTS(0.5)),
            Line2D([], [], marker="x", markersize=4, linestyle="", color=NOT_USED),
        ],
        labels=[f"{used.sum():,} used", f"{(~used).sum():,} not used"],
        loc="lower right",
    )
