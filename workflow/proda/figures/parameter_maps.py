"""Maps of the parameters that a learner predicts, all on one page."""

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from proda.arrays import FloatArray, Mask
from proda.errors import InputError
from proda.figures.layout import colour_bar, new_figure, place, write
from proda.figures.maps import OUTSIDE_NOTE, RegionMap
from proda.figures.parameter_panels import (
    check_parameters,
    panel_factor,
    panel_title,
    plain,
    process_order,
)
from proda.figures.style import DOUBLE_COLUMN, PAGE_HEIGHT
from proda.inference.certification import MARK
from proda.inference.evidence import MIN_CONTRACTION
from proda.model.parameters import ParameterTable

__all__ = ["draw_parameter_maps"]

COLUMNS = 5
# Inches: title above a map; range and colour bar below it.
TITLE, BELOW, GAP = 0.26, 0.27, 0.09
NOTE = 0.4


def draw_parameter_maps(
    region_map: RegionMap,
    table: ParameterTable,
    theta: npt.ArrayLike,
    contraction: npt.ArrayLike,
    informed: npt.ArrayLike,
    doubt: str = "",
    saturation: float = 0.98,
    outside: Mask | None = None,
) -> Figure:
    """One map per parameter in its own unit, parameters of one process beside each other.

    Parameters
    ----------
    region_map
        Frame of the maps.
    table
        The parameters.
    theta
        (cells, parameters) normalised, NaN where there is no prediction.
    contraction
        (cells, parameters) of the profiles near a cell; cells below MIN_CONTRACTION are hatched.
    informed
        (parameters,) fraction of the profiles that inform a parameter, written into its map.
    doubt
        Why the posteriors behind the maps are not certified; empty if they are.
    saturation
        Colours run from the quantile 1 - saturation to the quantile saturation of a parameter; the
        line above the colour bar shows that part of the prior range.
    outside
        (cells,) outside of the area in which the learner can be applied, hatched the other way.

    Raises
    ------
    InputError
        When the shape of ``theta`` or ``contraction`` does not fit cells and table.
    """
    normalised = check_parameters("theta", theta, table)
    near = check_parameters("contraction", contraction, table)
    fractions = np.asarray(informed, dtype=float)
    for name, found in (("theta", normalised), ("contraction", near)):
        if len(found) != len(region_map.cells):
            raise InputError(name, f"{len(region_map.cells)} cells", str(len(found)))
    values = table.to_physical(normalised)
    n_rows = -(-len(table) // COLUMNS)
    stride = (DOUBLE_COLUMN - GAP) / COLUMNS
    highest = (PAGE_HEIGHT - NOTE) / n_rows - TITLE - BELOW - GAP
    width = min(stride - GAP, highest * region_map.aspect)
    height = width / region_map.aspect
    pitch = TITLE + height + BELOW + GAP
    figure = new_figure(DOUBLE_COLUMN, n_rows * pitch + NOTE)
    hatched = False
    for panel, k in enumerate(process_order(table)):
        row, column = divmod(panel, COLUMNS)
        left = GAP + column * stride + (stride - GAP - width) / 2
        top = row * pitch + TITLE
        title = {"fontsize": 6.5, "linespacing": 1.1, "va": "bottom"}
        factor = panel_factor(table, k)
        write(figure, left + width / 2, top - 0.01, panel_title(table, k, factor), **title)
        axis = place(figure, left, top, width, height)
        region_map.draw_land(axis)
        ends = _ends(values[:, k], saturation, table.minimum[k], table.maximum[k])
        colours = region_map.draw_cells(axis, values[:, k], norm=Normalize(*ends))
        uninformed = np.isfinite(values[:, k]) & ~(near[:, k] >= MIN_CONTRACTION)
        region_map.hatch_uninformed(axis, uninformed)
        hatched |= region_map.hatch_outside(axis, outside, values[:, k])
        share: dict[str, Any] = {"fontsize": 5.5, "va": "bottom", "transform": axis.transAxes}
        share["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
        axis.text(0.0, 0.0, f"{100 * fractions[k]:.0f} %", **share)
        below = (left + 0.1 * width, top + height + 0.055, 0.8 * width, 0.06)
        bar = colour_bar(figure, colours, below)
        bar.set_ticks(ends, labels=[plain(float(f"{end * factor:.3g}")) for end in ends])
        bar.ax.tick_params(labelsize=6)
        left_label, right_label = bar.ax.get_xticklabels()
        left_label.set_horizontalalignment("left")
        right_label.set_horizontalalignment("right")
        bar.ax.minorticks_off()
        below = (left + 0.1 * width, top + height + 0.015, 0.8 * width, 0.025)
        _draw_range(place(figure, *below), table.minimum[k], table.maximum[k], ends)
    note = (
        f"Colours: {100 * (1 - saturation):g} % to {100 * saturation:g} % quantile of the cells; "
        "black line: that part of the prior range (grey).\n"
        f"Hatched //: the nearest profiles do not inform the parameter (contraction below "
        f"{MIN_CONTRACTION:g}); number: profiles that do, of all used ones."
    )
    if hatched:
        note += f"\n{OUTSIDE_NOTE}"
    if doubt:
        note += f"\n{MARK} {doubt}"
    write(figure, DOUBLE_COLUMN / 2, n_rows * pitch + NOTE / 2, note, fontsize=6.5)
    return figure


def _ends(
    values: FloatArray, saturation: float, minimum: float, maximum: float
) -> tuple[float, float]:
    """Ends of the colours, which differ also for one value everywhere."""
    known = values[np.isfinite(values)]
    if known.size == 0:
        return minimum, maximum
    low, high = np.quantile(known, [1 - saturation, saturation])
    return (low, high) if high > low else (minimum, maximum)


def _draw_range(axis: Axes, minimum: float, maximum: float, ends: tuple[float, float]) -> None:
    axis.set_axis_off()
    axis.set(xlim=(minimum, maximum), ylim=(-1, 1))
    axis.plot([minimum, maximum], [0, 0], color="0.8", linewidth=1.2, solid_capstyle="butt")
    axis.plot(ends, [0, 0], color="black", linewidth=1.2, solid_capstyle="butt")
