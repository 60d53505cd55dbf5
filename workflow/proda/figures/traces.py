"""Chains and marginal posteriors of one profile, parameter by parameter."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from proda.arrays import Chains
from proda.figures.style import COLOURS, DOUBLE_COLUMN, apply_style, literal

__all__ = ["draw_traces"]

SHOWN_STEPS = 1000


def draw_traces(profile_id: str, theta: Chains, names: Sequence[str], burn_in: float) -> Figure:
    """Trace and histogram of every parameter, a colour per chain.

    Parameters
    ----------
    profile_id
        For the title.
    theta
        Draws of the formal run, burn-in included.
    names
        Of the parameters.
    burn_in
        Fraction of the steps that is burn-in.
    """
    apply_style()
    chains, steps, d = theta.shape
    shown = np.linspace(0, steps - 1, min(steps, SHOWN_STEPS)).round().astype(int)
    first = round(burn_in * steps)
    figure, axes = plt.subplots(
        d, 2, figsize=(DOUBLE_COLUMN, 0.55 * d), width_ratios=(3, 1), layout="constrained"
    )
    bins = np.linspace(0, 1, 41)
    for k, (trace, marginal) in enumerate(np.atleast_2d(axes)):
        for chain in range(chains):
            colour = COLOURS[chain % len(COLOURS)]
            trace.plot(shown, theta[chain, shown, k], color=colour, linewidth=0.4)
            marginal.hist(
                theta[chain, first:, k], bins, histtype="step", density=True, color=colour
            )
        trace.axvspan(0, first, color="0.9", zorder=0)
        trace.set(ylim=(0, 1), yticks=[0, 1], xlim=(0, steps))
        trace.set_ylabel(
            names[k].replace("_", " "), rotation=0, ha="right", va="center", fontsize=6
        )
        marginal.set(xlim=(0, 1), yticks=[])
        if k < d - 1:
            trace.set_xticklabels([])
            marginal.set_xticklabels([])
    axes[0, 0].set_title(f"profile {literal(profile_id)}: chains (burn-in shaded)")
    axes[0, 1].set_title("posterior")
    axes[-1, 0].set_xlabel("step of the formal run")
    axes[-1, 1].set_xlabel("normalised parameter")
    return figure
