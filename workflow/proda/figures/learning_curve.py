"""Skill against the number of training profiles, a line per learner."""

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.figures.method_style import figure_label, method_colour, method_order
from proda.figures.style import DOUBLE_COLUMN, apply_style

__all__ = ["draw_learning_curve"]

PANELS = {
    "r2_one_to_one": "R$^2$ against the 1:1 line",
    "rmse": "RMSE (kg C m$^{-3}$)",
    "bias": "bias (kg C m$^{-3}$)",
}
HEIGHT = 2.6


def draw_learning_curve(table: pd.DataFrame, labels: Labels | None = None) -> Figure:
    """Draw three scores against the number of training profiles.

    Parameters
    ----------
    table
        method, profiles, repeat and scores of `proda.evaluation.learning_curve`. A line is the mean
        over the repeats of a size, a bar their range.
    labels
        Labels of the run.

    Raises
    ------
    InputError
        For a table without rows.
    """
    if not len(table):
        raise InputError("learning curve", "a learner", "none")
    apply_style()
    figure, axes = plt.subplots(1, 3, figsize=(DOUBLE_COLUMN, HEIGHT), layout="constrained")
    for name in method_order(table["method"].unique()):
        grouped = table[table["method"] == name].groupby("profiles")
        for axis, score in zip(axes, PANELS, strict=True):
            mean = grouped[score].mean()
            ends = [mean - grouped[score].min(), grouped[score].max() - mean]
            axis.errorbar(
                mean.index,
                mean,
                yerr=ends,
                color=method_colour(name),
                marker="o",
                markersize=3.5,
                linewidth=1.0,
                elinewidth=0.7,
                label=figure_label(name, labels),
            )
    sizes = sorted(table["profiles"].unique())
    for axis, label in zip(axes, PANELS.values(), strict=True):
        axis.set(xscale="log", xlabel="training profiles", ylabel=label)
        axis.set_xticks(sizes, labels=[f"{size:.0f}" for size in sizes])
        axis.xaxis.set_minor_formatter(NullFormatter())
        axis.minorticks_off()
    axes[2].axhline(0.0, color="0.5", linewidth=0.6, linestyle="--")
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper center", ncols=len(names))
    return figure
