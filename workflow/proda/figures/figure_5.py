"""Vertical SOC profiles by vegetation type, observed and modelled (Figure 5 of Tao et al. 2020)."""

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import LogLocator

from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.figures.method_style import figure_label, known_methods, line_style
from proda.figures.style import DOUBLE_COLUMN, apply_style, literal

__all__ = ["draw_figure_5"]

COLUMNS = (5, 4)
NEEDED = ("vegetation", "source", "depth_m", "profiles", "mean", "p25", "p75")
# A mean of fewer profiles is drawn as an open circle.
FEW = 5
LONG_LABEL = 28  # letters from which on the legend has three columns
OBSERVED: dict[str, Any] = {"color": "0.35", "marker": "o", "markersize": 2.8, "linestyle": ""}


def draw_figure_5(profiles: pd.DataFrame, labels: Labels | None = None) -> Figure:
    """One panel per vegetation type: mean SOC density over depth, log axis, depth downward.

    The panels are in the order of the table; one without profiles has a note. The number in a title
    is that of the profiles in the bin with most.

    Parameters
    ----------
    profiles
        Table of ``proda.evaluation.vegetation.vegetation_profiles``, of which the columns NEEDED
        are used: rows by vegetation, source (observed, or a method or blocked variant) and depth
        bin; densities in kg C m-3, missing where a bin has no profile.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For a missing column, missing observations, and an unknown source.
    """
    missing = [name for name in NEEDED if name not in profiles]
    if missing:
        raise InputError("profiles", f"the column {missing[0]}", ", ".join(map(str, profiles)))
    sources = profiles["source"].unique()
    known = known_methods()
    wrong = [name for name in sources if name not in ("observed", *known)]
    if wrong or "observed" not in sources:
        expected = f"observed and methods of {', '.join(known)}"
        raise InputError("profiles, column source", expected, ", ".join(sources))
    methods = [name for name in known if name in sources]
    groups = list(dict.fromkeys(profiles["vegetation"]))
    apply_style()
    # The number that leaves the fewest places empty.
    columns = min(COLUMNS, key=lambda number: -len(groups) % number)
    rows = -(-len(groups) // columns)
    figure, grid = plt.subplots(
        rows,
        columns,
        figsize=(DOUBLE_COLUMN, 1.75 * rows + 0.65),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for axis, group in zip(grid.flat, groups, strict=False):
        here = profiles[profiles["vegetation"] == group]
        _draw_panel(axis, {name: here[here["source"] == name] for name in ("observed", *methods)})
        count = int(here["profiles"].max())
        axis.set_title(f"{literal(group)} ({count})", fontsize=7)
    _finish_axes(grid, len(groups), profiles)
    texts = {name: figure_label(name, labels) for name in methods}
    handles = [
        Line2D([], [], **OBSERVED, label="observed mean"),
        Patch(color="0.85", label="middle half of the profiles"),
        *(Line2D([], [], label=text, **line_style(name)) for name, text in texts.items()),
    ]
    long = any(len(text) > LONG_LABEL for text in texts.values())
    figure.legend(handles=handles, loc="outside upper center", ncols=3 if long else 4)
    return figure


def _draw_panel(axis: Axes, curves: dict[str, pd.DataFrame]) -> None:
    observed = curves.pop("observed").dropna(subset="mean").sort_values("depth_m")
    axis.grid(alpha=0.25, linewidth=0.4)
    if observed.empty:
        axis.text(0.5, 0.5, "no profiles", transform=axis.transAxes, ha="center", color="0.4")
        return
    depth = observed["depth_m"]
    axis.fill_betweenx(depth, observed["p25"], observed["p75"], color="0.85", linewidth=0)
    for name, rows in curves.items():
        rows = rows.dropna(subset="mean").sort_values("depth_m")
        axis.plot(rows["mean"], rows["depth_m"], **line_style(name))
    axis.plot(observed["mean"], depth, **OBSERVED, zorder=3)
    few = observed[observed["profiles"] < FEW]
    axis.plot(few["mean"], few["depth_m"], **OBSERVED | {"mfc": "white"}, zorder=4)


def _finish_axes(grid: npt.NDArray[np.object_], n: int, profiles: pd.DataFrame) -> None:
    columns = grid.shape[1]
    for axis in grid.flat[n:]:
        axis.set_axis_off()
    for column in range(min(columns, n)):
        grid[(n - 1 - column) // columns, column].tick_params(labelbottom=True)
    values = profiles[["mean", "p25", "p75"]].to_numpy(float)
    values = values[values > 0]
    if values.size:
        grid[0, 0].set(xscale="log", xlim=(values.min() / 1.4, values.max() * 1.4))
        grid[0, 0].xaxis.set_major_locator(LogLocator())
        grid[0, 0].xaxis.set_major_formatter("{x:g}")
    deepest = np.nanmax(profiles["depth_m"].to_numpy(float), initial=0.1)
    grid[0, 0].set_ylim(1.04 * deepest, 0.0)
    grid[-1, 0].figure.supxlabel("SOC (kg C m$^{-3}$)", fontsize=8)
    grid[-1, 0].figure.supylabel("depth (m)", fontsize=8)
