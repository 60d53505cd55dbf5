"""Change of soil organic carbon of the region through the years, by scenario and parameter set."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from proda.evaluation.labels import Labels
from proda.figures.layout import letters, write_letter
from proda.figures.style import DOUBLE_COLUMN, apply_style
from proda.figures.transient_style import ordered_sets, set_colour, set_look, set_name
from proda.transient.reduce import SOC_GROUPS
from proda.transient.results import BlockResult
from proda.transient.scenarios import SCENARIOS

__all__ = ["draw_transient_series"]

QUANTILES = (0.05, 0.95)


def draw_transient_series(result: BlockResult, labels: Labels | None = None) -> Figure:
    """A panel per scenario: mean over the members of each set, and their 5 to 95 % range.

    Parameters
    ----------
    result
        Of all blocks.
    labels
        Labels of the run.
    """
    soc = result.stocks[..., SOC_GROUPS, :].sum(axis=(-2, -1))
    change = soc - soc[:, :1]
    apply_style()
    columns = min(len(result.scenarios), 2)
    rows = -(-len(result.scenarios) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(DOUBLE_COLUMN, 0.6 + 2.2 * rows), sharex=True, sharey=True,
        squeeze=False, layout="constrained",
    )  # fmt: skip
    sets, letter = ordered_sets(result.sets), letters()
    ends = np.array([result.years[0] - 1, *result.years], dtype=float)
    for axis, (s, scenario) in zip(axes.flat, enumerate(result.scenarios), strict=False):
        axis.axhline(0.0, color="0.6", linewidth=0.6)
        for name in sets:
            members = change[s][:, result.runs(name)]
            if members.shape[1] > 1:
                low, high = np.quantile(members, QUANTILES, axis=1)
                axis.fill_between(ends, low, high, color=set_colour(name), alpha=0.15, linewidth=0)
            axis.plot(ends, members.mean(axis=1), **set_look(name))
        axis.set_title(SCENARIOS[scenario].label)
        write_letter(axis, next(letter), left=-0.3, above=0.16)
        axis.margins(x=0.0)
        axis.grid(alpha=0.25, linewidth=0.4)
    for axis in axes.flat[len(result.scenarios) :]:
        axis.set_visible(False)
    for axis in axes[:, 0]:
        axis.set_ylabel("Change of SOC (Pg)")
    for axis in axes[-1]:
        axis.set_xlabel("Year")
    handles = [Line2D([], [], label=set_name(name, labels), **set_look(name)) for name in sets]
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
    return figure
