"""Identifiability of the mechanisms: posterior correlations, and effects under other priors."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from proda.analysis.prior_ranking import MEASURES
from proda.errors import InputError
from proda.figures.layout import letters, write_letter
from proda.figures.mechanism_style import mechanism_colour
from proda.figures.style import DOUBLE_COLUMN, apply_style
from proda.inference.certification import MARK
from proda.model.mechanisms import MECHANISMS, get_mechanism

__all__ = ["draw_identifiability"]

TITLES = dict(
    zip(MEASURES, ("per % of the value", "per spatial sd", "per posterior sd"), strict=True)
)


def draw_identifiability(
    correlations: pd.DataFrame, ranking: pd.DataFrame, doubt: str = ""
) -> Figure:
    """Intervals of the correlations, and effects against the width of the prior.

    Parameters
    ----------
    correlations
        Table of ``proda.analysis.identifiability.correlation_table``.
    ranking
        Table of ``proda.analysis.prior_ranking.prior_ranking``.
    doubt
        Why posteriors of the sites are not certified, written below the panels; empty if they are.

    Raises
    ------
    InputError
        For tables without rows.
    """
    if not len(correlations) or not len(ranking):
        raise InputError("identifiability", "pairs of mechanisms and a ranking", "none")
    shown = correlations[correlations["sites"] > 0].sort_values("median", ascending=False)
    apply_style()
    upper_height = 0.7 + 0.19 * len(shown)
    figure = plt.figure(figsize=(DOUBLE_COLUMN, upper_height + 2.7), layout="constrained")
    heights = [upper_height, 2.7]
    upper, lower = figure.subfigures(2, 1, squeeze=False, height_ratios=heights)[:, 0]
    letter = letters()
    axis = upper.add_subplot()
    _draw_correlations(axis, shown)
    write_letter(axis, next(letter), above=0.14)
    for k, measure in enumerate(MEASURES):
        axis = lower.add_subplot(1, len(MEASURES), k + 1)
        _draw_effects(axis, ranking, measure)
        axis.set_title(TITLES[measure], loc="left", x=0.08)
        write_letter(axis, next(letter), above=0.17)
        if k == 0:
            axis.set_ylabel("Effect on the stock (%)")
    lower.legend(
        handles=[
            Line2D([], [], color=mechanism_colour(one.name), marker=".", label=one.label)
            for one in MECHANISMS
        ],
        loc="outside lower center",
        ncols=3,
    )
    if doubt:
        figure.supxlabel(f"{MARK} {doubt}", fontsize=6.5)
    return figure


def _draw_correlations(axis: Axes, table: pd.DataFrame) -> None:
    place = np.arange(len(table))
    axis.hlines(place, table["p05"], table["p95"], color="0.55", linewidth=0.8)
    axis.hlines(place, table["p25"], table["p75"], color="0.25", linewidth=2.4)
    axis.plot(table["median"], place, "o", color="white", markeredgecolor="black", markersize=4)
    labels = [
        f"{get_mechanism(one).label} - {get_mechanism(other).label.lower()}"
        for one, other in zip(table["mechanism"], table["other"], strict=True)
    ]
    axis.set_yticks(place, labels)
    axis.set(xlim=(-1, 1), ylim=(len(table) - 0.5, -0.5))
    axis.set_xlabel("Correlation of the values in the posterior of a site")
    axis.axvline(0.0, color="0.3", linewidth=0.6)
    axis.grid(axis="x", alpha=0.25, linewidth=0.4)
    axis.tick_params(axis="y", length=0)


def _draw_effects(axis: Axes, ranking: pd.DataFrame, measure: str) -> None:
    same_bounds = ranking["bounds_factor"] == 1.0
    for mechanism in MECHANISMS:
        chosen = ranking["mechanism"] == mechanism.name
        rows = ranking[chosen & same_bounds].sort_values("prior_sd_theta")
        effect = rows[f"{measure}_percent"].abs()
        colour = mechanism_colour(mechanism.name)
        axis.plot(rows["prior_sd_theta"], effect, ".-", color=colour, markersize=4, linewidth=0.9)
        # Not joined to the others, because they are of fewer sites.
        for _, refitted in ranking[chosen & ~same_bounds].iterrows():
            place = refitted["prior_sd_theta"], abs(refitted[f"{measure}_percent"])
            axis.plot(*place, "s", color=colour, markersize=4, mfc="none")
    run = ranking.loc[same_bounds & (ranking["prior_shape"] == 1.0), "prior_sd_theta"]
    if len(run):
        axis.axvline(run.iloc[0], color="0.4", linewidth=0.6, linestyle="--")
    axis.set_ylim(bottom=0.0)
    axis.set_xlabel("sd of the prior of theta")
    axis.grid(alpha=0.25, linewidth=0.4)
