"""Change of soil organic carbon against the initial stock: of the region, and by place."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from proda.arrays import Cells
from proda.evaluation.labels import Labels
from proda.figures.layout import write_letter
from proda.figures.style import DOUBLE_COLUMN, apply_style
from proda.figures.transient_style import ordered_sets, set_colour, set_look, set_name
from proda.transient.reduce import SOC_GROUPS
from proda.transient.results import BlockResult
from proda.transient.scenarios import ALL, STATIC
from proda.transient.tables import changes_of_maps

__all__ = ["class_means", "draw_initial_stock"]

CLASSES = 10


def class_means(stock: Cells, change: Cells, area: Cells) -> tuple[Cells, Cells]:
    """Means of stock and change by class of stock, each with the same area of land.

    Parameters
    ----------
    stock, change
        (n,) of the cells.
    area
        (n,) of land.

    Returns
    -------
    tuple
        (classes,) each; fewer classes than CLASSES where there are fewer cells.
    """
    order = np.argsort(stock, kind="stable")
    middle = (np.cumsum(area[order]) - area[order] / 2.0) / area.sum()
    number = np.minimum((middle * CLASSES).astype(int), CLASSES - 1)
    weight = np.bincount(number, area[order], CLASSES)
    kept = weight > 0.0
    means = (np.bincount(number, (area * one)[order], CLASSES)[kept] / weight[kept]
             for one in (stock, change))  # fmt: skip
    first, second = means
    return first, second


def draw_initial_stock(result: BlockResult, labels: Labels | None = None) -> Figure:
    """Left, totals of every member; right, means by class of the initial stock of the set.

    Parameters
    ----------
    result
        Of all blocks, with the scenarios all and static.
    labels
        Labels of the run.
    """
    place = {name: s for s, name in enumerate(result.scenarios)}
    soc = result.stocks[..., SOC_GROUPS, :].sum(axis=(-2, -1))
    change = soc[:, -1] - soc[:, 0]
    change = change[place[ALL.name]] - change[place[STATIC.name]]
    common, sets = result.common, ordered_sets(result.sets)
    apply_style()
    figure, (left, right) = plt.subplots(1, 2, figsize=(DOUBLE_COLUMN, 3.0), layout="constrained")
    for axis in (left, right):
        axis.axhline(0.0, color="0.6", linewidth=0.6)
        axis.grid(alpha=0.25, linewidth=0.4)
    for name in sets:
        members = result.runs(name)
        left.plot(soc[0, 0, members], change[members], "o", color=set_colour(name), markersize=4,
                  alpha=0.8)  # fmt: skip
        maps = changes_of_maps(result, name)
        of_cells = (maps[ALL.name] - maps[STATIC.name]).mean(axis=0)[common]
        stock = result.initial_soc[members].sum(axis=-1).mean(axis=0)[common]
        if common.any():
            right.plot(*class_means(stock, of_cells, result.cells.area_m2[common]), marker=".",
                       markersize=4, **set_look(name))  # fmt: skip
    left.set(xlabel="Initial SOC of the region (Pg)", ylabel="Change, all − static (Pg)")
    right.set(xlabel="Initial SOC (kg m$^{-2}$)", ylabel="Change, all − static (kg m$^{-2}$)")
    right.set_xscale("log")
    for axis, letter in ((left, "A"), (right, "B")):
        write_letter(axis, letter, left=0.04, above=0.16)
    handles = [
        Line2D([], [], marker="o", markersize=4, label=set_name(name, labels), **set_look(name))
        for name in sets
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=4)
    return figure
