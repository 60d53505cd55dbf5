"""Heterogeneous against homogeneous parameters: who gains, who loses, and by which part."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from proda.evaluation.labels import Labels
from proda.figures.layout import write_letter
from proda.figures.style import DOUBLE_COLUMN, apply_style
from proda.figures.transient_style import ordered_sets, set_colour, set_name
from proda.transient.parameter_sets import TRUTH
from proda.transient.scenarios import PARTS
from proda.transient.tables import SOC, WHOLE

__all__ = ["draw_attribution", "draw_comparison"]

ROW = 0.3  # inches, per set
GROUPS = ("true", "given", "heterogeneous", "homogeneous")
PART_COLOURS = dict(zip(PARTS, ("#009E73", "#D55E00", "#BBBBBB"), strict=True))


def draw_comparison(claim: pd.DataFrame, labels: Labels | None = None) -> Figure:
    """Change of soil organic carbon under all minus static, of sets in groups.

    Parameters
    ----------
    claim
        Of ``proda.transient.tables.claim_table``.
    labels
        Labels of the run.
    """
    rows = claim.set_index("set")
    sets = [
        name
        for group in GROUPS
        for name in ordered_sets(rows.index)
        if rows.loc[name, "parameters"] == group
    ]
    apply_style()
    figure, axis = plt.subplots(
        figsize=(DOUBLE_COLUMN, 0.8 + ROW * len(sets)), layout="constrained"
    )
    axis.axvline(0.0, color="0.4", linewidth=0.8)
    if TRUTH in rows.index:
        axis.axvline(rows.loc[TRUTH, "change_pg"], color=set_colour(TRUTH), linewidth=4, alpha=0.4)
    last = ""
    for k, name in enumerate(sets):
        row = rows.loc[name]
        if last and row["parameters"] != last:
            axis.axhline(k - 0.5, color="0.85", linewidth=0.6)
        last = row["parameters"]
        if np.isfinite(row["change_pg_p05"]):
            axis.hlines(k, row["change_pg_p05"], row["change_pg_p95"], color=set_colour(name))
        axis.plot(row["change_pg"], k, "o", color=set_colour(name), markersize=5)
        axis.annotate(
            f"{row['change_pg']:+z.1f}", (row["change_pg"], k), xytext=(0, 5),
            textcoords="offset points", ha="center", fontsize=6,
        )  # fmt: skip
    texts = [f"{set_name(name, labels)}\n({rows.loc[name, 'parameters']})" for name in sets]
    axis.set_yticks(range(len(sets)), texts, fontsize=6)
    axis.set_ylim(len(sets) - 0.5, -0.7)
    axis.margins(x=0.12)
    axis.set_xlabel("Change of SOC under changing climate and input, minus static (Pg)")
    axis.grid(axis="x", alpha=0.25, linewidth=0.4)
    return figure


def draw_attribution(table: pd.DataFrame, labels: Labels | None = None) -> Figure:
    """Input, climate and interaction as parts of the change, of soil carbon and of all pools.

    Parameters
    ----------
    table
        Of ``proda.transient.tables.attribution_table``.
    labels
        Labels of the run.
    """
    sets = ordered_sets(dict.fromkeys(table["set"]))
    apply_style()
    figure, axes = plt.subplots(
        1, 2, figsize=(DOUBLE_COLUMN, 0.9 + ROW * len(sets)), sharey=True, layout="constrained"
    )
    titles = {SOC: "Soil organic carbon", WHOLE: "All pools"}
    for axis, letter, (pool, title) in zip(axes, "AB", titles.items(), strict=True):
        of_pool = table[(table["pool"] == pool) & (table["depth"] == WHOLE)].set_index("set")
        _draw_parts(axis, of_pool.loc[sets], sets)
        axis.set_title(title)
        axis.set_xlabel("Change (Pg)")
        write_letter(axis, letter, left=0.02, above=0.18)
    axes[0].set_yticks(range(len(sets)), [set_name(name, labels) for name in sets], fontsize=7)
    axes[0].set_ylim(len(sets) - 0.5, -0.5)
    handles: list[Patch | Line2D] = [
        Patch(color=PART_COLOURS[part], label=label) for part, label in PARTS.items()
    ]
    handles.append(Line2D([], [], marker="D", linestyle="", color="black", markersize=4,
                          label="Sum, 5 to 95 % of members"))  # fmt: skip
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
    return figure


def _draw_parts(axis: Axes, rows: pd.DataFrame, sets: Sequence[str]) -> None:
    """Bars one after the other on the side of their sign, and their sum."""
    axis.axvline(0.0, color="0.4", linewidth=0.8)
    for k, name in enumerate(sets):
        row, ends = rows.loc[name], {True: 0.0, False: 0.0}
        for part, colour in PART_COLOURS.items():
            value = float(row[f"{part}_pg"])
            axis.barh(k, value, left=ends[value >= 0.0], height=0.6, color=colour, linewidth=0)
            ends[value >= 0.0] += value
        if np.isfinite(row["total_pg_p05"]):
            axis.hlines(k, row["total_pg_p05"], row["total_pg_p95"], color="black", linewidth=0.8)
        axis.plot(row["total_pg"], k, "D", color="black", markersize=3.5)
    axis.grid(axis="x", alpha=0.25, linewidth=0.4)
