"""Maps of bulk processes of a method: mean of its draws, and width of their 5-95 % interval."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from proda.arrays import FloatArray, Mask
from proda.errors import InputError
from proda.figures.layout import colour_bar, letters, new_figure, place, write, write_letter
from proda.figures.maps import AMOUNT, OUTSIDE_NOTE, SPREAD, RegionMap
from proda.figures.process_style import ShownProcess, logarithmic_ticks, shown_process
from proda.figures.style import DOUBLE_COLUMN, PAGE_HEIGHT, literal
from proda.inference.certification import MARK
from proda.inference.evidence import MIN_CONTRACTION

__all__ = ["draw_process_maps", "process_scales"]

# Inches: above a map its title, to its right a colour bar.
LEFT, TITLE, GAP, BAR, TICKS, NOTE = 0.1, 0.2, 0.08, 0.09, 0.5, 0.5
SATURATION = 0.98
LETTERS = 20  # of the note in an inch of a line
KINDS = {"mean": "mean", "width": "95 % − 5 %"}

Scales = Mapping[str, tuple[float, float]]


def process_scales(
    datasets: Mapping[str, xr.Dataset], processes: Sequence[str]
) -> dict[str, dict[str, tuple[float, float]]]:
    """Ends of the colours of each process, common to all methods.

    Parameters
    ----------
    datasets
        {method: its maps of processes}.
    processes
        Names.

    Returns
    -------
    dict
        {mean, width: {process: (low, high)}}, quantiles of all cells of all methods in the unit of
        the figure.
    """
    scales: dict[str, dict[str, tuple[float, float]]] = {kind: {} for kind in KINDS}
    for kind in KINDS:
        for name in processes:
            found = [_layer(one, name, kind) for one in datasets.values()]
            layers = [one.values.ravel() for one in found if one is not None]
            values = np.concatenate([np.empty(0), *layers])
            scales[kind][name] = _ends(values, shown_process(name).logarithmic or kind == "width")
    return scales


def draw_process_maps(
    region_map: RegionMap,
    dataset: xr.Dataset,
    processes: Sequence[str],
    scales: Mapping[str, Scales],
    contraction: Mapping[str, FloatArray],
    informed: Mapping[str, float],
    label: str,
    doubt: str = "",
    outside: Mask | None = None,
) -> Figure:
    """A row per process: its mean and, for a method of several draws, the width of its interval.

    Parameters
    ----------
    region_map
        Frame of the maps.
    dataset
        Maps of the processes of a method.
    processes
        Names of those that are drawn.
    scales
        Of ``process_scales``.
    contraction
        {process: (cells,)} of the profiles near a cell; cells below MIN_CONTRACTION are hatched.
        Empty where the maps do not rest on profiles.
    informed
        {process: fraction of the profiles that inform it}, written into its map.
    label
        Of the method.
    doubt
        Why the posteriors behind the maps are not certified; empty if they are.
    outside
        (cells,) outside of the area in which the learner can be applied, hatched the other way.

    Raises
    ------
    InputError
        For a contraction of other cells.
    """
    n_cells = len(region_map.cells)
    for name, values in contraction.items():
        if len(values) != n_cells:
            raise InputError(f"contraction of {name}", f"{n_cells} cells", str(len(values)))
    layers = {kind: {name: _layer(dataset, name, kind) for name in processes} for kind in KINDS}
    kinds = [kind for kind in KINDS if any(one is not None for one in layers[kind].values())]
    rows, columns = len(processes), max(len(kinds), 1)
    stride = (DOUBLE_COLUMN - LEFT) / 2
    highest = (PAGE_HEIGHT - NOTE - TITLE) / rows - TITLE - GAP
    width = min(stride - BAR - TICKS - GAP, highest * region_map.aspect)
    height = width / region_map.aspect
    pitch = TITLE + height + GAP
    across = LEFT + columns * stride
    figure = new_figure(across, TITLE + rows * pitch + NOTE)
    write(figure, across / 2, TITLE / 2, literal(label), fontweight="bold")
    letter, hatched = letters(), False
    for row, name in enumerate(processes):
        style = shown_process(name)
        top = TITLE + row * pitch + TITLE
        for column, kind in enumerate(kinds):
            left = LEFT + column * stride
            title = f"{style.title}, {KINDS[kind]}" if len(kinds) > 1 else style.title
            write(figure, left + width / 2, top - 0.07, title, fontsize=7.5)
            axis = place(figure, left, top, width, height)
            region_map.draw_land(axis)
            write_letter(axis, next(letter))
            values = _layer_of_cells(region_map, layers[kind][name])
            norm = _norm(scales[kind][name], style.logarithmic or kind == "width")
            cmap = AMOUNT if kind == "mean" else SPREAD
            colours = region_map.draw_cells(axis, values, cmap=cmap, norm=norm)
            hatched |= region_map.hatch_outside(axis, outside, values)
            if kind == "mean" and name in contraction:
                known = np.isfinite(values)
                region_map.hatch_uninformed(axis, known & ~(contraction[name] >= MIN_CONTRACTION))
                share: dict[str, Any] = {"fontsize": 6, "va": "bottom"}
                share["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
                text = f"{100 * informed[name]:.0f} %"
                axis.text(0.0, 0.0, text, transform=axis.transAxes, **share)
            beside = (left + width + 0.05, top + 0.05 * height, BAR, 0.9 * height)
            _draw_bar(figure, colours, beside, style, norm)
    note = "Colours: 2 % to 98 % quantile of the cells of all methods."
    if contraction:
        note += (
            " Hatched //: the nearest profiles do not inform\nthe process (contraction below "
            f"{MIN_CONTRACTION:g}); number: profiles that do, of all used ones."
        )
    if hatched:
        note += f"\n{OUTSIDE_NOTE}"
    if doubt:
        note += "\n" + textwrap.fill(f"{MARK} {doubt}", int(LETTERS * across))
    write(figure, across / 2, TITLE + rows * pitch + NOTE / 2, note, fontsize=6.5)
    return figure


def _layer(dataset: xr.Dataset, name: str, kind: str) -> xr.DataArray | None:
    """Map of a process in the unit of the figure; None where there is one draw without a width."""
    factor = shown_process(name).factor
    if kind == "mean":
        return factor * dataset[f"{name}_mean"]
    if f"{name}_p95" not in dataset:
        return None
    return factor * (dataset[f"{name}_p95"] - dataset[f"{name}_p05"])


def _layer_of_cells(region_map: RegionMap, layer: xr.DataArray | None) -> FloatArray:
    if layer is None:
        return np.full(len(region_map.cells), np.nan)
    return region_map.cells.from_grid(layer)


def _ends(values: FloatArray, logarithmic: bool) -> tuple[float, float]:
    """Quantiles of the known values, which differ also for one value everywhere."""
    known = values[np.isfinite(values)]
    known = known[known > 0] if logarithmic else known
    if not known.size:
        return (0.1, 1.0)
    low, high = np.quantile(known, [1 - SATURATION, SATURATION])
    if logarithmic:
        return float(low), float(max(high, 1.05 * low))
    return float(low), float(max(high, low + 1e-3 * max(abs(low), 1e-3)))


def _norm(ends: tuple[float, float], logarithmic: bool) -> Normalize:
    return LogNorm(*ends, clip=True) if logarithmic else Normalize(*ends)


def _draw_bar(
    figure: Figure,
    colours: ScalarMappable,
    where: tuple[float, float, float, float],
    style: ShownProcess,
    norm: Normalize,
) -> None:
    bar = colour_bar(figure, colours, where, extend="both", extendfrac=0.04)
    bar.set_label(style.unit, fontsize=6.5, labelpad=2)
    if isinstance(norm, LogNorm):
        logarithmic_ticks(bar.ax.yaxis)
    else:
        bar.ax.yaxis.set_major_locator(MaxNLocator(4))
    bar.ax.tick_params(labelsize=6)
