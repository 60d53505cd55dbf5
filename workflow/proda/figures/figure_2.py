"""Agreement between observed and modelled SOC, method by method (Figure 2 of Tao et al. 2020)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from matplotlib.colors import ListedColormap, LogNorm, TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from proda.arrays import FloatArray, Mask
from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.evaluation.skill import skill
from proda.figures.layout import colour_bar, letters, new_figure, place, write, write_letter
from proda.figures.maps import DEVIATION, RegionMap
from proda.figures.method_style import figure_label
from proda.figures.style import COLOURS, DOUBLE_COLUMN
from proda.parameters.methods import METHODS, Kind, blocked_name

__all__ = ["deviation_limits", "draw_figure_2"]

# Inches: a row is a map, its colour bar, a square plot and a column of numbers, below its title.
MAP_WIDTH, MAP_HEIGHT, SQUARE, TITLE = 2.6, 1.6, 1.48, 0.21
SHEET = 11.6  # largest height
MAP_LEFT, BAR_LEFT, SQUARE_LEFT, TEXT_LEFT = 0.08, 2.80, 3.98, 5.64
BOTTOM = 0.50

# The axes hold all observed values but this fraction at either end, and all but five times that
# fraction of the modelled ones unless these exceed the observed by more than the factor REACH;
# beyond both is a margin, also a factor.
OUTSIDE, REACH, MARGIN = 0.001, 10.0, 1.5
BINS = 60
DENSITY = ListedColormap(colormaps["YlGnBu"](np.linspace(0.2, 1.0, 256)))


@dataclass(frozen=True)
class Row:
    """Content of a row.

    Attributes
    ----------
    label
        Of the method.
    which
        Sites that are shown.
    sites
        longitude, latitude and deviation in kg m-2 of every site.
    observed, modelled
        SOC density of every horizon in kg m-3.
    missing
        Number of sites that would be shown if the method had a value there.
    doubted
        (sites,) whether the method rests on a posterior of the site that is not certified.
    """

    label: str
    which: str
    sites: pd.DataFrame
    observed: np.ndarray
    modelled: np.ndarray
    missing: int
    doubted: Mask


def draw_figure_2(
    region_map: RegionMap,
    horizons: pd.DataFrame,
    profiles: pd.DataFrame,
    methods: Sequence[str],
    labels: Labels | None = None,
) -> Figure:
    """One row per method: map of deviations in storage, and modelled against observed SOC.

    Shown are the used profiles with a value at each of their horizons, for a learner the
    predictions that never saw the block of the profile.

    Parameters
    ----------
    region_map
        Frame of the maps.
    horizons, profiles
        Tables of `proda.evaluation.pairs.Pairs`.
    methods
        Names of METHODS.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For unknown methods and for missing columns.
    """
    rows = [_row(horizons, profiles, method, labels) for method in methods]
    # All rows on one sheet of paper.
    scale = min(1.0, ((SHEET - BOTTOM) / len(rows) - TITLE) / MAP_HEIGHT)
    wide = scale * min(MAP_WIDTH, MAP_HEIGHT * region_map.aspect)
    high = wide / region_map.aspect
    pitch = scale * MAP_HEIGHT + TITLE
    figure = new_figure(DOUBLE_COLUMN, pitch * len(rows) + BOTTOM)
    edges = _edges(rows)
    letter = letters()
    squares, counts = [], []
    for k, row in enumerate(rows):
        top = k * pitch + TITLE
        axis = place(figure, MAP_LEFT, top, wide, high)
        _draw_deviations(figure, axis, region_map, row.sites, top, scale * MAP_HEIGHT)
        places = row.sites["longitude"], row.sites["latitude"]
        marked = region_map.draw_doubted(axis, *places, row.doubted)
        write_letter(axis, next(letter), above=0.15)
        _write_title(axis, row)
        axis = place(figure, SQUARE_LEFT, top, scale * SQUARE, scale * SQUARE)
        counts.append(_draw_density(axis, row, edges))
        write_letter(axis, next(letter), left=-0.42, above=0.15)
        for line, text in enumerate(_numbers(row, edges, marked)):
            height = top + 0.08 + 0.145 * line
            write(figure, TEXT_LEFT, height, text, fontsize=7, ha="left", va="baseline")
        axis.set_ylabel("modelled (kg C m$^{-3}$)")
        squares.append(axis)
    _finish(figure, squares, counts)
    return figure


def deviation_limits(deviation: FloatArray) -> tuple[float, float]:
    """Ends of the scale of deviations, each side on its own (Tao et al. 2020, Figure 2).

    The 5 % quantile of the negative and the 95 % quantile of the positive ones. A side without any
    has the length of the other, so that colours stay comparable; if both are empty, one.
    """
    below, above = deviation[deviation < 0], deviation[deviation > 0]
    low = float(np.quantile(below, 0.05)) if below.size else None
    high = float(np.quantile(above, 0.95)) if above.size else None
    if low is None:
        low = -1.0 if high is None else -high
    return low, -low if high is None else high


def _row(horizons: pd.DataFrame, profiles: pd.DataFrame, method: str, labels: Labels | None) -> Row:
    if method not in METHODS:
        raise InputError("methods", f"one of {', '.join(METHODS)}", repr(method))
    has_blocks = METHODS[method].has_blocks
    per_site = METHODS[method].kind is Kind.PER_SITE
    column = blocked_name(method) if has_blocks else method
    which = "sites held out" if has_blocks else "all used sites"
    shown = profiles["used"].to_numpy(bool)
    for table, name in (
        (horizons, column),
        (profiles, f"{column}_kg_m2"),
        (profiles, "certified"),
    ):
        if name not in table:
            raise InputError("pairs", f"a column {name}", ", ".join(table))
    # NaN at one horizon is NaN in the storage of its profile.
    missing = shown & profiles[f"{column}_kg_m2"].isna().to_numpy()
    shown = shown & ~missing
    chosen = profiles[shown]
    pairs = horizons[shown[horizons["profile"].to_numpy()]]
    deviation = chosen[f"{column}_kg_m2"] - chosen["observed_kg_m2"]
    return Row(
        figure_label(method, labels),
        which,
        chosen[["longitude", "latitude"]].assign(deviation=deviation),
        pairs["observed"].to_numpy(float),
        pairs[column].to_numpy(float),
        int(missing.sum()),
        per_site & ~chosen["certified"].to_numpy(bool),
    )


def _draw_deviations(
    figure: Figure,
    axis: Axes,
    region_map: RegionMap,
    sites: pd.DataFrame,
    top: float,
    height: float,
) -> None:
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
        (BAR_LEFT, top + 0.1 * height, 0.08, 0.8 * height),
        extend="both",
    )
    ends = [_number(end, ".3g") for end in (low, high)]
    bar.set_ticks([low, low / 2, 0, high / 2, high], labels=[ends[0], "", "0", "", ends[1]])
    bar.ax.minorticks_off()
    bar.ax.set_title("kg C m$^{-2}$", fontsize=7, pad=6)


def _edges(rows: Sequence[Row]) -> FloatArray:
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
    return np.geomspace(low / MARGIN, high * MARGIN, BINS + 1)


def _draw_density(axis: Axes, row: Row, edges: FloatArray) -> QuadMesh:
    low, high = edges[0], edges[-1]
    # Values outside, those that are not positive included, are counted in the outermost bins.
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


def _regression(row: Row) -> tuple[float, float] | None:
    """Intercept and slope of modelled on observed SOC by least squares; None where undefined."""
    if row.observed.size < 2 or np.ptp(row.observed) == 0:
        return None
    slope, intercept = np.polyfit(row.observed, row.modelled, 1)
    return intercept, slope


def _numbers(row: Row, edges: FloatArray, marked: bool) -> list[str]:
    """Lines of text beside a panel; ``marked`` if crosses mark sites without a certificate."""
    score = skill(row.observed, row.modelled)
    unit = "kg C m$^{-3}$"
    lines = [
        f"R$^2$ = {_number(score.r2, '.2f')}",
        f"R$^2$ (1:1) = {_number(score.r2_one_to_one, '.2f')}",
        f"RMSE = {_number(score.rmse, '.1f')} {unit}",
        f"bias = {_number(score.bias, '+z.1f')} {unit}",
        f"{len(row.sites):,} sites, {score.n:,} horizons",
    ]
    if row.doubted.any():
        lines.append(f"{row.doubted.sum():,} sites not certified{' (×)' if marked else ''}")
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


def _number(value: float, form: str) -> str:
    return format(value, form).replace("-", "−").replace("nan", "–")


def _write_title(axis: Axes, row: Row) -> None:
    """Label in bold but for a part in brackets, then the sites."""
    name, bracket, detail = row.label.partition(" (")
    bold = axis.annotate(
        name, (0, 1), (17, 11), "axes fraction", "offset points", va="top", fontweight="bold"
    )
    which = f"{bracket.strip()}{detail}, {row.which}" if bracket else row.which
    style: dict[str, Any] = {"fontsize": 7} if bracket else {}
    axis.annotate(which, (1, 0), (6, 0), bold, "offset points", va="bottom", **style)


def _finish(figure: Figure, squares: Sequence[Axes], counts: Sequence[QuadMesh]) -> None:
    """Labels and keys that all rows share, below the last one."""
    for axis in squares:
        axis.xaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_major_formatter("{x:g}")
        axis.tick_params(labelbottom=axis is squares[-1])
    squares[-1].set_xlabel("observed (kg C m$^{-3}$)")
    arrays: list[np.ma.MaskedArray] = [np.ma.asarray(image.get_array()) for image in counts]
    largest = max((array.max() for array in arrays if array.count()), default=1)
    norm = LogNorm(1, max(largest, 10))
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
