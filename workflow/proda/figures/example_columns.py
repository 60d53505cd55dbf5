"""Soil carbon of the example columns over depth, pool by pool."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from proda.examples import ExampleColumns
from proda.figures.style import COLOURS, DOUBLE_COLUMN, apply_style, literal
from proda.model.layout import POOLS
from proda.projection.stocks import KILOGRAM

__all__ = ["draw_example_columns"]

POOL_NAMES = {
    "CWD": "coarse woody debris",
    "L1": "metabolic litter",
    "L2": "cellulose litter",
    "L3": "lignin litter",
    "S1": "fast SOC",
    "S2": "slow SOC",
    "S3": "passive SOC",
}


def draw_example_columns(result: ExampleColumns) -> Figure:
    """One panel per example column: carbon of each pool over depth, on a log axis."""
    apply_style()
    figure, axes = plt.subplots(
        1,
        len(result.names),
        figsize=(DOUBLE_COLUMN, 3.0),
        sharex=True,
        sharey=True,
        layout="constrained",
    )
    for axis, name, pools in zip(axes, result.names, result.pools, strict=True):
        for q, pool in enumerate(POOLS):
            style = "-" if pool.startswith("S") else "--"
            axis.plot(
                pools[q] / KILOGRAM, result.node, style, color=COLOURS[q], label=POOL_NAMES[pool]
            )
        axis.set(xscale="log", xlim=(1e-3, 1e2), title=literal(name), xlabel="kgC m$^{-3}$")
        axis.grid(alpha=0.25, linewidth=0.4)
    axes[0].set(ylim=(3.0, 0.0), ylabel="depth (m)")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure
