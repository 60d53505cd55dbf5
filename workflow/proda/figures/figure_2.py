"""Agreement between observed and modelled SOC, method by method (Figure 2 of Tao et al. 2020)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.colors import ListedColormap, LogNorm, TwoSlopeNorm
from matplotlib.lines import Line2D

from proda.errors import InputError
from proda.evaluation.skill import skill
from proda.figures.layout import colour_bar, letters, new_figure, place, write, write_letter
from proda.figures.maps import DEVIATION
from proda.figures.style import COLOURS, DOUBLE_COLUMN
from proda.parameters.methods import BLOCKED_NAMES, METHODS

__all__ = ["deviation_limits", "draw_figure_2"]

# Inches: a row is a map, its colour bar, a square plot and a column of numbers, below its title.
MAP_WIDTH, MAP_HEIGHT, SQUARE, TITLE = 2.6, 1.6, 1.48, 0.21
MAP_LEFT, BAR_LEFT, SQUARE_LEFT, TEXT_LEFT = 0.08, 2.80, 3.98, 5.64
BOTTOM = 0.50

# The axes hold all observed values but this share at either end, five times that share of the
# modelled ones if this factor is enough to reach them, and some room.
OUTSIDE, REACH, ROOM = 0.001, 10.0, 1.5
BINS = 60
DENSITY = ListedColormap(colormaps["YlGnBu"](np.linspace(0.2, 1.0, 256)))


@dataclass(frozen=True)
class Row:
    """What one row shows: its sites with a deviation in kg m-2, and pairs in kg m-3.

    missing: number of sites that would be shown if the method had a value there.
    """

    label: str
    which: str
    sites: pd.DataFrame
    observed: np.ndarray
    modelled: np.ndarray
    missing: int


def draw_figure_2(region_map, horizons, profiles, methods):
    """One row per method: map of deviations in storage, and modelled against observed SOC.

    region_map: RegionMap. horizons, profiles: tables of proda.evaluation.pairs.Pairs; shown are the
    used profiles with a value at each of their horizons, of a learner the predictions that never
    saw the block of the profile. methods: names of METHODS. Raises InputError for unknown methods
    and for missing columns.
    """
    rows = [_row(horizons, profiles, method) for method in methods]
    wide = min(MAP_WIDTH, MAP_HEIGHT * region_map.aspect)
    high = wide / region_map.aspect
    pitch = MAP_HEIGHT + TITLE
    figure = new_figure(DOUBLE_COLUMN, pitch * len(rows) + BOTTOM)
    edges = _edges(rows)
    letter = letters()
    squares, counts = [], []
    for k, row in enumerate(rows):
        top = k * pitch + TITLE
        axis = place(figure, MAP_LEFT, top, wide, high)
        _draw_deviations(figure, axis, region_map, row.sites, top)
        write_letter(axis, next(letter), above=0.15)
        _write_title(axis, row)
        axis = place(figure, SQUARE_LEFT, top, SQUARE, SQUARE)
        counts.append(_draw_density(axis, row, edges))
        write_letter(axis, next(letter), left=-0.42, above=0.15)
        for line, text in enumerate(_numbers(row, edges)):
            height = top + 0.08 + 0.145 * line
            write(figure, TEXT_LEFT, height, text, fontsize=7, ha="left", va="baseline")
        axis.set_ylabel("modelled (kg C m$^{-3}$)")
        squares.append(axis)
    _finish(figure, squares, counts)
    return figure


def deviation_limits(deviation):
    """Ends of the scale of deviations, either side on its own (Tao et al. 2020, Figure 2).

    The 5 % quantile of the negative and the 95 % quantile of the positive ones. A side without any
    gets the length of the other, so that colours stay comparable; both without, one.
    """
    below, above = deviation[deviation < 0], deviation[deviation > 0]
    low = np.quantile(below, 0.05) if below.size else None
    high = np.quantile(above, 0.95) if above.size else None
    if low is None:
        low = -1.0 if high is None else -high
    return float(low), float(-low if high is None else high)


def _row(horizons, profiles, method):
    if method not in METHODS:
        raise InputError("methods", f"one of {', '.join(METHODS)}", repr(method))
    column = BLOCKED_NAMES.get(method, method)
    which = "sites in held-out blocks" if method in BLOCKED_NAMES else "all used sites"
    shown = profiles["used"].to_numpy(bool)
    for table, name in ((horizons, column), (profiles, f"{column}_kg_m2")):
        if name not in table:
            raise InputError("pairs", f"a column {name}", ", ".join(table))
    # NaN at one horizon is NaN in the storage of its profile.
    missing = shown & profiles[f"{column}_kg_m2"].isna().to_numpy()
    shown = shown & ~missing
    chosen = profiles[shown]
    pairs = horizons[shown[horizons["profile"].to_numpy()]]
    deviation = chosen[f"{column}_kg_m2"] - chosen["observed_kg_m2"]
    return Row(
        METHODS[method].label,
        which,
        chosen[["longitude", "latitude"]].assign(deviation=deviation),
        pairs["observed"].to_numpy(float),
        pairs[column].to_numpy(float),
        int(missing.sum()),
    )


def _draw_deviations(figure, axis, region_map, sites, top):
    region_map.draw_land(axis)
    low, high = deviation_limits(sites["deviation"].to_numpy())
    points = region_map.draw_points(
        axis,
        sites["longitude"],
        sites["latitude"],
        sites["deviation"],
        cmap=DEVIATION,
        norm=TwoSlopeNorm(0.0, low, high),
    )
    bar = colour_bar(
        figure,
        points,
        (BAR_LEFT, top + 0.1 * MAP_HEIGHT, 0.08, 0.8 * MAP_HEIGHT),
        extend="both",
    )
    ends = [_number(end, ".3g") for end in (low, high)]
    bar.set_ticks([low, low / 2, 0, high / 2, high], labels=[ends[0], "", "0", "", ends[1]])
    bar.ax.minorticks_off()
    bar.ax.set_title("kg C m$^{-2}$", fontsize=7, pad=6)


def _edges(rows):
    """Edges of the bins of SOC, common to all panels: observed values, and most modelled ones."""
    observed = np.concatenate([row.observed[row.observed > 0] for row in rows])
    if observed.size == 0:
        return np.geomspace(0.1, 100.0, BINS + 1)
    low, high = np.quantile(observed, [OUTSIDE, 1 - OUTSIDE])
    modelled = [row.modelled[row.modelled > 0] for row in rows]
    ends = np.array([np.quantile(m, [5 * OUTSIDE, 1 - 5 * OUTSIDE]) for m in modelled if m.size])
    if ends.size:
        low = max(min(low, ends[:, 0].min()), low / REACH)
        high = min(max(high, ends[:, 1].max()), high * REACH)
    return np.geomspace(low / ROOM, high * ROOM, BINS + 1)


def _draw_density(axis, row, edges):
    low, high = edges[0], edges[-1]
    # What lies outside, not positive included, is shown in the outermost bins, and counted.
    inside = np.nextafter(high, low)
    counts, _, _ = np.histogram2d(
        np.clip(row.observed, low, inside), np.clip(row.modelled, low, inside), (edges, edges)
    )
    axis.set(xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
    image = axis.pcolormesh(
        edges, edges, np.ma.masked_equal(counts.T, 0), cmap=DENSITY, rasterized=True
    )
    axis.plot([low, high], [low, high], color="black", linewidth=0.7)
    line = _regression(row)
    if line is not None:
        intercept, slope = line
        modelled = intercept + slope * edges
        axis.plot(edges, np.where(modelled > 0, modelled, np.nan), color=COLOURS[1])
    return image


def _regression(row):
    """Intercept and slope of modelled on observed SOC by least squares; None where undefined."""
    if row.observed.size < 2 or np.ptp(row.observed) == 0:
        return None
    slope, intercept = np.polyfit(row.observed, row.modelled, 1)
    return intercept, slope


def _numbers(row, edges):
    score = skill(row.observed, row.modelled)
    unit = "kg C m$^{-3}$"
    lines = [
        f"R$^2$ = {_number(score.r2, '.2f')}",
        f"R$^2$ (1:1) = {_number(score.r2_one_to_one, '.2f')}",
        f"RMSE = {_number(score.rmse, '.1f')} {unit}",
        f"bias = {_number(score.bias, '+.1f')} {unit}",
        f"{len(row.sites):,} sites, {score.n:,} horizons",
    ]
    if row.missing:
        lines.append(f"{row.missing:,} sites without a value")
    low, high = edges[0], edges[-1]
    outside = (np.minimum(row.observed, row.modelled) < low) | (
        np.maximum(row.observed, row.modelled) > high
    )
    if outside.any():
        lines.append(f"{outside.sum():,} drawn at the edge")
    if (row.modelled <= 0).any():
        lines.append(f"({(row.modelled <= 0).sum():,} modelled ≤ 0)")
    return lines


def _number(value, form):
    return format(value, form).replace("-", "−").replace("nan", "–")


def _write_title(axis, row):
    bold = axis.annotate(
        row.label, (0, 1), (17, 11), "axes fraction", "offset points", va="top", fontweight="bold"
    )
    axis.annotate(row.which, (1, 0), (6, 0), bold, "offset points", va="bottom")


def _finish(figure, squares, counts):
    """Labels and keys that all rows share, below the last one."""
    for axis in squares:
        axis.xaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_major_formatter("{x:g}")
        axis.tick_params(labelbottom=axis is squares[-1])
    squares[-1].set_xlabel("observed (kg C m$^{-3}$)")
    greatest = max(
        (image.get_array().max() for image in counts if image.get_array().count()), default=1
    )
    norm = LogNorm(1, max(greatest, 10))
    for image in counts:
        image.set_norm(norm)
    top = figure.get_size_inches()[1] - BOTTOM + 0.1
    colour_bar(
        figure, counts[-1], (TEXT_LEFT, top, 1.2, 0.08), label="horizons per bin", format="{x:g}"
    )
    handles = [
        Line2D([], [], color="black", linewidth=0.7, label="1:1"),
        Line2D([], [], color=COLOURS[1], label="linear regression"),
    ]
    bottom = figure.get_size_inches()[1]
    write(
        figure,
        MAP_LEFT,
        bottom - 0.3,
        "Maps: modelled − observed SOC storage of the observed depths",
        fontsize=7,
        ha="left",
    )
    figure.legend(handles=handles, loc="center left", bbox_to_anchor=(0.0, 0.12 / bottom), ncols=2)
