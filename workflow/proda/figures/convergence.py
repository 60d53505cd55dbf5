"""Evidence of convergence over all profiles, in one page."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from proda.figures.style import COLOURS, DOUBLE_COLUMN, apply_style

__all__ = ["draw_convergence"]


def draw_convergence(
    table: pd.DataFrame, acceptance_window: Sequence[float], rhat_threshold: float
) -> Figure:
    """Cumulative distributions of four diagnostics over the profiles.

    Dashed lines mark the thresholds of the flags. Without a fitted profile the panels state so: the
    tables beside the figure give the reasons.

    Parameters
    ----------
    table
        Of ``proda.inference.summary.profile_summary``.
    acceptance_window
        Lowest and highest acceptance that is not flagged.
    rhat_threshold
        Largest split R-hat that is not flagged.
    """
    apply_style()
    figure, axes = plt.subplots(
        1, 4, figsize=(DOUBLE_COLUMN, 2.0), sharey=True, layout="constrained"
    )
    panels: tuple[tuple[str, str, Sequence[float]], ...] = (
        ("max_rhat", "largest split R-hat", [rhat_threshold]),
        ("min_ess_bulk", "smallest bulk ESS", []),
        ("min_acceptance", "smallest acceptance", acceptance_window),
        ("r2", "R$^2$ against 1:1", [0.0]),
    )
    for axis, (column, label, marks) in zip(axes, panels, strict=True):
        values = np.sort(table[column].dropna().to_numpy())
        fraction = np.arange(1, len(values) + 1) / max(len(values), 1)
        if len(values):
            axis.step(values, fraction, where="post", color=COLOURS[0])
        else:
            axis.text(0.5, 0.5, "no fitted profile", transform=axis.transAxes, ha="center")
        for mark in marks:
            axis.axvline(mark, color=COLOURS[1], linewidth=0.8, linestyle="--")
        axis.set(xlabel=label, ylim=(0, 1))
        axis.grid(alpha=0.25, linewidth=0.4)
    axes[0].set_xlim(1.0, 1.5)
    if (table["min_ess_bulk"] > 0).any():
        axes[1].set_xscale("log")
    axes[3].set_xlim(-1.0, 1.0)
    axes[0].set_ylabel("fraction of profiles")
    return figure
