"""Densities of the parameters after data assimilation (Figure S5 of Tao et al. 2020)."""

from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from proda.figures.bounded_density import bounded_density
from proda.figures.parameter_panels import check_parameters, panel_factor, parameter_panels, plain
from proda.parameters.methods import NEURAL_NETWORK, ONE_BATCH, RANDOM_SAMPLING

__all__ = ["draw_figure_s5"]

# Curves: what they are and the method whose colour they have.
CURVES = {
    "site_modes": ("modes of the sites", RANDOM_SAMPLING),
    ONE_BATCH.name: ("one-batch posterior", ONE_BATCH),
    "network": ("network on the grid", NEURAL_NETWORK),
}
# The axes end at this density, in units of the prior's; what peaks above it is cut, and the height
# of the peak written there, or one sharp curve would flatten all others.
CEILING = 10.0
PRIOR = {"color": "0.45", "linewidth": 0.7, "linestyle": (0, (3, 2))}
DEFAULT = {"marker": "^", "color": "black", "markersize": 4}


def draw_figure_s5(table, site_modes, one_batch=None, network=None):
    """One panel per parameter: how its values are distributed, in units of the uniform prior.

    table: ParameterTable. Normalised parameters, each (n, parameter), missing rows left out:
    ``site_modes`` of the used profiles, ``one_batch`` draws of the posterior, ``network``
    predictions on the cells, each where the run has the method. The x axis is in physical units
    over the prior range; every curve has an area of one over that range taken as one
    (``bounded_density``), so that the uniform prior is the dashed line at one. A triangle marks
    CLM5's default value where the range holds it. Raises InputError for a wrong shape, values
    outside [0, 1] and a parameter without values.
    """
    samples = {"site_modes": site_modes, ONE_BATCH.name: one_batch, "network": network}
    samples = {
        name: check_parameters(name, values, table)
        for name, values in samples.items()
        if values is not None
    }
    figure, axes = parameter_panels(table, 1.12, sharey=True)
    for k, axis in enumerate(axes):
        factor = panel_factor(table, k)
        low, high = factor * table.minimum[k], factor * table.maximum[k]
        # A margin, for curves that rise at a bound.
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
            axis.plot(default, 0.0, **DEFAULT, clip_on=False, zorder=5)
    axes[0].set(ylim=(0.0, CEILING), yticks=[0, 5, 10])
    figure.supylabel("probability density (uniform prior = 1)", fontsize=8)
    handles = [
        Patch(facecolor=method.colour + "30", edgecolor=method.colour, label=label)
        for name, (label, method) in CURVES.items()
        if name in samples
    ]
    handles.append(Line2D([], [], **PRIOR, label="uniform prior"))
    handles.append(Line2D([], [], linestyle="", **DEFAULT, label="CLM5 default"))
    figure.legend(handles=handles, loc="outside upper center", ncols=len(handles))
    return figure


def _write_peaks(axis, peaks, low, high):
    """Write the heights of cut peaks, each (x where it is cut, height, colour), beside them."""
    peaks = sorted(peaks, key=lambda peak: peak[0].mean())
    for line, (x, height, colour) in enumerate(peaks):
        share = (x.mean() - low) / (high - low)
        # One peak is written where there is more room, several away from each other.
        left = share > 0.5 if len(peaks) == 1 else line == 0
        left = (left or share > 0.85) and share > 0.15
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
