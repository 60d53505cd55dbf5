"""Parameters the network predicts against those found at the sites (Figure S6 of Tao et al.)."""

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from proda.errors import InputError
from proda.evaluation.skill import skill
from proda.figures.parameter_panels import check_parameters, panel_factor, parameter_panels, plain
from proda.figures.style import COLOURS

__all__ = ["draw_figure_s6"]

# Site sets: label, colour of the points and of their r.
TRAINING = ("training and validation", "0.6", "0.4")
HELD_OUT = ("held out", COLOURS[0], COLOURS[0])


def draw_figure_s6(table, site_means, predictions, held_out):
    """One panel per parameter: the prediction over the site's posterior mean, with r.

    table: ParameterTable. site_means and predictions: (site, parameter), normalised; sites where
    either is missing are left out. held_out: (site,) bool, those the network has not seen. Both
    axes span the values of either, in physical units, with the 1:1 line. r: Pearson correlation of
    either set, missing where fewer than two sites have both or one of them is constant. Raises
    InputError for shapes that do not agree.
    """
    site_means = check_parameters("site_means", site_means, table)
    predictions = check_parameters("predictions", predictions, table)
    held_out = np.asarray(held_out, dtype=bool)
    if not len(site_means) == len(predictions) == len(held_out):
        found = f"{len(site_means)}, {len(predictions)} and {len(held_out)}"
        raise InputError("site_means, predictions, held_out", "as many sites in each", found)
    figure, axes = parameter_panels(table, 1.28)
    for k, axis in enumerate(axes):
        factor = panel_factor(table, k)
        low, high = factor * table.minimum[k], factor * table.maximum[k]
        x, y = (low + v[:, k] * (high - low) for v in (site_means, predictions))
        limits = _limits(np.concatenate([x, y]), low, high)
        axis.plot(limits, limits, color="0.3", linewidth=0.6, zorder=3)
        for line, (sites, look) in enumerate(((~held_out, TRAINING), (held_out, HELD_OUT))):
            _, colour, ink = look
            _draw_points(axis, x[sites], y[sites], colour)
            place = (0.04, 0.97 - 0.13 * line)
            text = _correlation_text(x[sites], y[sites])
            axis.text(*place, text, color=ink, transform=axis.transAxes, va="top", fontsize=6)
        axis.set(box_aspect=1, xlim=limits, ylim=limits)
        for side in (axis.xaxis, axis.yaxis):
            side.set_major_locator(MaxNLocator(2, steps=[1, 2, 5, 10]))
            side.set_major_formatter(plain)
    figure.supxlabel("posterior mean at the site", fontsize=7.5)
    figure.supylabel("prediction of the network", fontsize=7.5)
    handles = [
        Line2D([], [], marker="o", linestyle="", markersize=3, color=colour, label=label)
        for label, colour, _ in (TRAINING, HELD_OUT)
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=2)
    return figure


def _draw_points(axis, x, y, colour):
    """Points, the smaller and fainter the more there are, so that crowds show as density."""
    n = max(len(x), 1)
    size, alpha = np.clip(60.0 / np.sqrt(n), 0.7, 3.5), np.clip(300.0 / n, 0.04, 0.7)
    axis.scatter(x, y, s=size, color=colour, alpha=alpha, linewidths=0, rasterized=True)


def _limits(values, low, high):
    """Where the values lie and a little more; the prior range where there are none."""
    values = values[~np.isnan(values)]
    if not len(values):
        return low, high
    margin = 0.04 * max(np.ptp(values), 0.05 * (high - low))
    return values.min() - margin, values.max() + margin


def _correlation_text(x, y):
    known = ~(np.isnan(x) | np.isnan(y))
    r = skill(x[known], y[known]).r
    # The sum turns a rounded -0.0 into 0.0.
    return f"r {round(r, 2) + 0.0:.2f}".replace("-", "−").replace("nan", "–")
