"""Densities of the parameters after data assimilation (Figure S5 of Tao et al. 2020)."""

from collections.abc import Collection, Sequence
from typing import Any

import numpy.typing as npt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from proda.arrays import FloatArray
from proda.figures.bounded_density import bounded_density
from proda.figures.parameter_panels import check_parameters, panel_factor, parameter_panels, plain
from proda.inference.certification import MARK
from proda.model.parameters import ParameterTable
from proda.parameters.methods import NEURAL_NETWORK, ONE_BATCH, RANDOM_SAMPLING

__all__ = ["draw_figure_s5"]

# Curves: label, and the method whose colour they have.
CURVES = {
    "site_modes": ("modes of the sites", RANDOM_SAMPLING),
    ONE_BATCH.name: ("one-batch posterior", ONE_BATCH),
    "network": ("network on the grid", NEURAL_NETWORK),
}
# The axes end at this density, in units of the prior's. Higher peaks are cut and their height is
# written beside them, or one sharp curve would flatten all others.
CEILING = 10.0
PRIOR: dict[str, Any] = {"color": "0.45", "linewidth": 0.7, "linestyle": (0, (3, 2))}
CLM5_VALUE: dict[str, Any] = {"marker": "^", "color": "black", "markersize": 4}


def draw_figure_s5(
    table: ParameterTable,
    site_modes: npt.ArrayLike,
    one_batch: npt.ArrayLike | None = None,
    network: npt.ArrayLike | None = None,
    marked: Collection[str] = (),
) -> Figure:
    """One panel per parameter: distribution of its values, in units of the uniform prior.

    The x axis is in physical units over the prior range; every curve has an area of one over that
    range taken as one (``bounded_density``), so that the uniform prior is the dashed line at one. A
    triangle marks the value in CLM5 where it lies within the range.

    Parameters
    ----------
    table
        The parameters.
    site_modes
        Modes of the used profiles, (n, parameters) normalised; missing rows are ignored.
    one_batch
        Draws of the one-batch posterior, likewise; None where the run has none.
    network
        Predictions of the network on the cells, likewise; None where the run has none.
    marked
        Names of the methods that rest on posteriors without certificate.

    Raises
    ------
    InputError
        For a wrong shape, values outside [0, 1] and a parameter without values.
    """
    given = {"site_modes": site_modes, ONE_BATCH.name: one_batch, "network": network}
    samples = {
        name: check_parameters(name, values, table)
        for name, values in given.items()
        if values is not None
    }
    figure, axes = parameter_panels(table, 1.12, sharey=True)
    for k, axis in enumerate(axes):
        factor = panel_factor(table, k)
        low, high = factor * table.minimum[k], factor * table.maximum[k]
        # A margin for curves that rise at a bound.
        axis.set_xlim(low - 0.03 * (high - low), high + 0.03 * (high - low))
        axis.set_xticks([low, (low + high) / 2, high], [plain(low), "", plain(high)])
        axis.plot([low, low, high, high], [0.0, 1.0, 1.0, 0.0], **PRIOR)
        peaks = []
        for name, values in samples.items():
            centres, density = bounded_density(f"{name}[{table.names[k]}]", values[:, k])
            colour = CURVES[name][1].colour
            x = low + centres * (high - low)
            axis.fill_between(x, density, color=colour, alpha=0.18, linewidth=0)
            axis.plot(x, density, color=colour)
            if density.max() > CEILING:
                peaks.append((x[density > CEILING], density.max(), colour))
        _write_peaks(axis, peaks, low, high)
        default = factor * table.clm5_default[k]
        if low <= default <= high:
            axis.plot(default, 0.0, **CLM5_VALUE, clip_on=False, zorder=5)
    axes[0].set(ylim=(0.0, CEILING), yticks=[0, 5, 10])
    figure.supylabel("probability density (uniform prior = 1)", fontsize=8)
    handles: list[Artist] = [
        Patch(
            facecolor=method.colour + "30",
            edgecolor=method.colour,
            label=label + MARK * (method.name in marked),
        )
        for name, (label, method) in CURVES.items()
        if name in samples
    ]
    handles.append(Line2D([], [], **PRIOR, label="uniform prior"))
    handles.append(Line2D([], [], linestyle="", **CLM5_VALUE, label="value in CLM5"))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return figure


def _write_peaks(
    axis: Axes, peaks: Sequence[tuple[FloatArray, float, str]], low: float, high: float
) -> None:
    """Write the heights of cut peaks, each (x where it is cut, height, colour), beside them."""
    peaks = sorted(peaks, key=lambda peak: peak[0].mean())
    for line, (x, height, colour) in enumerate(peaks):
        position = (x.mean() - low) / (high - low)
        # One peak is labelled on the side with more space, several away from each other.
        left = position > 0.5 if len(peaks) == 1 else line == 0
        left = (left or position > 0.85) and position > 0.15
        axis.annotate(
            f"{height:.0f}",
            (x.min() if left else x.max(), CEILING * (1 - 0.13 * line)),
            xytext=(-3 if left else 3, 0),
            textcoords="offset points",
            ha="right" if left else "left",
            va="top",
            color=colour,
            fontsize=6,
            path_effects=[withStroke(linewidth=1.5, foreground="white")],
        )
