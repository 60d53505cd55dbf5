"""Parameters the network predicts against those found at the sites (Figure S6 of Tao et al.)."""

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from proda.arrays import FloatArray
from proda.errors import InputError
from proda.evaluation.skill import skill
from proda.figures.parameter_panels import check_parameters, panel_factor, parameter_panels, plain
from proda.figures.style import COLOURS
from proda.inference.certification import MARK
from proda.model.parameters import ParameterTable

__all__ = ["draw_figure_s6"]

# Site sets: label, colour of the points and of their r.
TRAINING = ("training and validation", "0.6", "0.4")
HELD_OUT = ("held out", COLOURS[0], COLOURS[0])


def draw_figure_s6(
    table: ParameterTable,
    site_means: npt.ArrayLike,
    predictions: npt.ArrayLike,
    held_out: npt.ArrayLike,
    marked: bool = False,
) -> Figure:
    """One panel per parameter: the prediction over the site's posterior mean, with r.

    Both axes span the values of either, in physical units, with the 1:1 line. r is the Pearson
    correlation of each set, missing where fewer than two sites have both or one is constant.

    Parameters
    ----------
    table
        The parameters.
    site_means, predictions
        (sites, parameters), normalised; sites where either is missing are not shown.
    held_out
        (sites,) bool, those the network has not seen.
    marked
        Whether some of the sites' posteriors are not certified.

    Raises
    ------
    InputError
        For shapes that do not agree.
    """
    means = check_parameters("site_means", site_means, table)
    predicted = check_parameters("predictions", predictions, table)
    unseen = np.asarray(held_out, dtype=bool)
    if not len(means) == len(predicted) == len(unseen):
        found = f"{len(means)}, {len(predicted)} and {len(unseen)}"
        raise InputError("site_means, predictions, held_out", "as many sites in each", found)
    figure, axes = parameter_panels(table, 1.28)
    for k, axis in enumerate(axes):
        factor = panel_factor(table, k)
        low, high = factor * table.minimum[k], factor * table.maximum[k]
        x, y = (low + v[:, k] * (high - low) for v in (means, predicted))
        limits = _limits(np.concatenate([x, y]), low, high)
        axis.plot(limits, limits, color="0.3", linewidth=0.6, zorder=3)
        for line, (sites, look) in enumerate(((~unseen, TRAINING), (unseen, HELD_OUT))):
            _, colour, ink = look
            _draw_points(axis, x[sites], y[sites], colour)
            text = _correlation_text(x[sites], y[sites])
            style: dict[str, Any] = {"color": ink, "va": "top", "fontsize": 6}
            axis.text(0.04, 0.97 - 0.13 * line, text, transform=axis.transAxes, **style)
        axis.set(box_aspect=1, xlim=limits, ylim=limits)
        for side in (axis.xaxis, axis.yaxis):
            side.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10]))
            side.set_major_formatter(plain)
    mark = MARK * marked
    figure.supxlabel(f"posterior mean at the site{mark}", fontsize=7.5)
    figure.supylabel(f"prediction of the network{mark}", fontsize=7.5)
    handles = [
        Line2D([], [], marker="o", linestyle="", markersize=3, color=colour, label=label)
        for label, colour, _ in (TRAINING, HELD_OUT)
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2)
    return figure


def _draw_points(axis: Axes, x: FloatArray, y: FloatArray, colour: str) -> None:
    """Points, smaller and fainter the more there are, so that crowds appear as density."""
    n = max(len(x), 1)
    size, alpha = np.clip(60.0 / np.sqrt(n), 0.7, 3.5), np.clip(300.0 / n, 0.04, 0.7)
    axis.scatter(x, y, s=size, color=colour, alpha=alpha, linewidths=0, rasterized=True)


def _limits(values: FloatArray, low: float, high: float) -> tuple[float, float]:
    """Range of the values with a margin; the prior range where there are none."""
    values = values[~np.isnan(values)]
    if not len(values):
        return low, high
    margin = 0.04 * max(np.ptp(values), 0.05 * (high - low))
    return values.min() - margin, values.max() + margin


def _correlation_text(x: FloatArray, y: FloatArray) -> str:
    known = ~(np.isnan(x) | np.isnan(y))
    r = skill(x[known], y[known]).r
    # The sum turns a rounded -0.0 into 0.0.
    return f"r {round(r, 2) + 0.0:.2f}".replace("-", "−").replace("nan", "–")
