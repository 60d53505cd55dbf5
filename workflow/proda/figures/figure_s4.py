"""Maps of the uncertainty of SOC stocks (Figure S4 of Tao et al. 2020)."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.colors import LogNorm
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from proda.arrays import FloatArray, Mask
from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.figures.map_table import MAPPED_DEPTHS, MapTable, stock_layers
from proda.figures.maps import OUTSIDE_NOTE, SPREAD, RegionMap
from proda.figures.method_style import figure_label
from proda.parameters.methods import METHODS

__all__ = ["draw_figure_s4"]


def draw_figure_s4(
    region_map: RegionMap,
    projections: Mapping[str, xr.Dataset],
    labels: Labels | None = None,
    saturation: float = 0.98,
    outside: Mask | None = None,
) -> Figure:
    """Widths of the 5-95 % interval of stocks: rows are methods, columns three depth intervals.

    The intervals are from the surface to 30, 100 and 200 cm, widths in kg m-2. The scale is
    logarithmic, because widths of methods differ by an order of magnitude, and common to a column.

    Parameters
    ----------
    region_map
        Frame of the maps.
    projections
        {method: its projection to the grid}, in the order of the rows.
    labels
        Labels of the run.
    saturation
        The scale ends at the quantiles 1 - saturation and saturation of all widths of a column.
    outside
        (cells,) outside of the area in which learners can be applied, hatched on maps of learners.

    Raises
    ------
    InputError
        For an unknown method and a projection without quantiles.
    """
    widths = {}
    learned = []
    for name, dataset in projections.items():
        if name not in METHODS:
            raise InputError("projections", f"keys among {', '.join(METHODS)}", repr(name))
        low, high = (stock_layers(f"projection {name}", dataset, p) for p in ("p05", "p95"))
        if METHODS[name].has_blocks:
            learned.append(figure_label(name, labels))
        widths[figure_label(name, labels)] = [
            region_map.cells.from_grid(upper - lower)
            for lower, upper in zip(low, high, strict=True)
        ]
    table = MapTable(region_map, list(widths), list(MAPPED_DEPTHS))
    hatched = False
    for k in range(len(MAPPED_DEPTHS)):
        shown = np.concatenate([layers[k] for layers in widths.values()])
        norm = _scale(shown[shown > 0], saturation)
        for axis, (name, layers) in zip(table.axes[:, k], widths.items(), strict=True):
            colours = region_map.draw_cells(axis, layers[k], cmap=SPREAD, norm=norm)
            if name in learned:
                hatched |= region_map.hatch_outside(axis, outside, layers[k])
        bar = table.colour_bar(k, colours, "95 % − 5 % quantile (kg C m$^{-2}$)", extend="both")
        bar.set_ticks(LogLocator(subs=(1, 3)), minor=False)
        bar.ax.xaxis.set_major_formatter("{x:g}")
        bar.ax.minorticks_off()
    note = (
        f"Colours run from the {100 * (1 - saturation):g} % to the {100 * saturation:g} % quantile "
        "of all widths."
    )
    table.note(f"{note} {OUTSIDE_NOTE}" if hatched else note)
    return table.figure


def _scale(widths: FloatArray, saturation: float) -> LogNorm:
    if widths.size == 0:
        return LogNorm(0.1, 1.0)
    low, high = np.quantile(widths, [1 - saturation, saturation])
    return LogNorm(low, max(high, 1.01 * low))
