"""Evidence of the certificates of all profiles, in one page."""

from collections.abc import Sequence
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from proda.figures.style import COLOURS, DOUBLE_COLUMN, apply_style
from proda.inference.certificate import Thresholds

__all__ = ["draw_convergence"]


class Panel(NamedTuple):
    """Columns whose distributions share a panel, with their labels, and its marks."""

    columns: dict[str, str]
    label: str
    marks: Sequence[float]
    logarithmic: bool = False
    limits: tuple[float, float] | None = None


def draw_convergence(
    table: pd.DataFrame, acceptance_window: Sequence[float], thresholds: Thresholds
) -> Figure:
    """Cumulative distributions of the evidence over the profiles.

    Dashed lines mark the limits of certificate and flags; the title states how many profiles are
    certified. Values beyond the range of a panel are drawn at its edge. Without a fitted profile
    the panels state so: the tables beside the figure give the reasons.

    Parameters
    ----------
    table
        Of ``proda.inference.summary.profile_summary``.
    acceptance_window
        Lowest and highest acceptance that is not flagged.
    thresholds
        Limits of the certificate.
    """
    apply_style()
    figure, axes = plt.subplots(
        2, 3, figsize=(DOUBLE_COLUMN, 3.9), sharey=True, layout="constrained"
    )
    panels = (
        Panel({"max_rhat": ""}, "largest split R-hat", [thresholds.rhat], limits=(1.0, 1.1)),
        Panel(
            {"min_ess_bulk": "bulk", "min_ess_tail": "tail"},
            "smallest effective sample size",
            [thresholds.ess],
            logarithmic=True,
        ),
        Panel(
            {"max_mcse": ""},
            "largest Monte-Carlo error / posterior sd",
            [thresholds.mcse],
            logarithmic=True,
        ),
        Panel({"draws_per_chain": ""}, "draws per chain", [], logarithmic=True),
        Panel(
            {"min_acceptance": "smallest", "max_acceptance": "largest"},
            "acceptance of a chain",
            # A limit at 0 or 1 flags nothing.
            [limit for limit in acceptance_window if 0.0 < limit < 1.0],
        ),
        Panel({"r2": ""}, "R$^2$ against 1:1", [0.0], limits=(-1.0, 1.0)),
    )
    for axis, panel in zip(axes.flat, panels, strict=True):
        _draw(axis, table, panel)
    for axis in axes[:, 0]:
        axis.set_ylabel("fraction of profiles")
    fitted = table["status"] == "fitted"
    certified, count = int((table["certified"] == 1).sum()), int(fitted.sum())
    share = f" ({certified / count:.1%})" if count else ""
    figure.suptitle(f"{certified} of {count} fitted profiles are certified{share}", fontsize=8)
    return figure


def _draw(axis: Axes, table: pd.DataFrame, panel: Panel) -> None:
    """Draw the distributions of a panel."""
    colours = (COLOURS[0], COLOURS[2])
    drawn = False
    for (column, label), colour in zip(panel.columns.items(), colours, strict=False):
        values = np.sort(table[column].dropna().to_numpy(float))
        values = np.clip(values, *panel.limits) if panel.limits else values
        if len(values):
            fraction = np.arange(1, len(values) + 1) / len(values)
            axis.step(values, fraction, where="post", color=colour, label=label or None)
            drawn = True
    if drawn and len(panel.columns) > 1:
        axis.legend(loc="best", fontsize=6)
    if not drawn:
        axis.text(0.5, 0.5, "no fitted profile", transform=axis.transAxes, ha="center")
    for mark in panel.marks:
        axis.axvline(mark, color=COLOURS[1], linewidth=0.8, linestyle="--")
    if panel.logarithmic and drawn:
        axis.set_xscale("log")
        # A decade at least, so that a few numbers fit that do not touch.
        low, high = axis.get_xlim()
        wider = max(1.0, np.sqrt(10 * low / high))
        axis.set_xlim(low / wider, high * wider)
        axis.xaxis.set_major_locator(LogLocator(subs=(1.0, 3.0)))
        axis.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axis.xaxis.set_minor_formatter(NullFormatter())
    if panel.limits:
        axis.set_xlim(*panel.limits)
    axis.set(xlabel=panel.label, ylim=(0, 1))
    axis.grid(alpha=0.25, linewidth=0.4)
