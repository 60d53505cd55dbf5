"""Maps of SOC stocks: observations, references and methods (Figure 3 of Tao et al. 2020)."""

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from proda.arrays import FloatArray, Mask
from proda.errors import InputError
from proda.evaluation.labels import Labels
from proda.figures.map_table import MAPPED_DEPTHS, MapTable, stock_layers
from proda.figures.maps import OUTSIDE_NOTE, RegionMap
from proda.figures.method_style import figure_label
from proda.parameters.methods import METHODS, SITE_BY_SITE

__all__ = ["draw_figure_3"]


def draw_figure_3(
    region_map: RegionMap,
    sites: xr.Dataset,
    projections: Mapping[str, xr.Dataset],
    references: xr.Dataset | None = None,
    labels: Labels | None = None,
    saturation: float = 0.98,
    doubted: Mask | None = None,
    outside: Mask | None = None,
) -> Figure:
    """Maps of stocks: rows are sites, references and methods, columns three depth intervals.

    The intervals are from the surface to 30, 100 and 200 cm, stocks in kg m-2.

    Parameters
    ----------
    region_map
        Frame of the maps.
    sites
        Projection of the parameters of each site to the sites to show; it is drawn in place of the
        observations, as in the paper, because observed profiles end at different depths.
    projections
        {method: its projection to the grid}, in the order of the rows.
    references
        stock (reference, depth, lat, lon) in kg m-2, or None.
    labels
        Labels of the run.
    saturation
        The colours of a column end at this quantile of the observations and references in it, so
        that a method with far too much carbon does not make all others pale.
    doubted
        (sites,) whose posteriors are not certified; they are marked by crosses
        where these do not hide the map.
    outside
        (cells,) outside of the area in which learners can be applied; they are hatched on maps of
        learners.

    Raises
    ------
    InputError
        For an unknown method and a dataset without one of the stocks.
    """
    points = [layer.values for layer in stock_layers(SITE_BY_SITE.name, sites, "mean")]
    lon, lat = sites["lon"].values, sites["lat"].values
    cells = region_map.cells
    known: dict[str, list[FloatArray]] = {}
    if references is not None:
        for name in references["reference"].values:
            maps = [_reference(references, name, bottom) for bottom in MAPPED_DEPTHS.values()]
            known[str(name)] = [cells.from_grid(one) for one in maps]
    modelled: dict[str, list[FloatArray]] = {}
    learned = []
    for name, dataset in projections.items():
        if name not in METHODS:
            raise InputError("projections", f"keys among {', '.join(METHODS)}", repr(name))
        stocks = stock_layers(f"projection {name}", dataset, "mean")
        if METHODS[name].has_blocks:
            learned.append(figure_label(name, labels))
        modelled[figure_label(name, labels)] = [cells.from_grid(stock) for stock in stocks]

    shown = known | modelled
    table = MapTable(region_map, ["Observations", *shown], list(MAPPED_DEPTHS))
    hatched = marked = False
    for k in range(len(MAPPED_DEPTHS)):
        norm = _scale([points[k], *(layers[k] for layers in known.values())], saturation)
        colours = region_map.draw_points(table.axes[0, k], lon, lat, points[k], norm=norm)
        if doubted is not None:
            marked = region_map.draw_doubted(table.axes[0, k], lon, lat, doubted)
        for axis, (name, layers) in zip(table.axes[1:, k], shown.items(), strict=True):
            region_map.draw_cells(axis, layers[k], norm=norm)
            if name in learned:
                hatched |= region_map.hatch_outside(axis, outside, layers[k])
        table.colour_bar(k, colours, "SOC stock (kg C m$^{-2}$)", extend="max")
    which = "observations and references" if known else "observations"
    note = f"Colours end at the {100 * saturation:g} % quantile of {which}."
    if doubted is not None and doubted.any():
        note += f" {'×: ' if marked else ''}{doubted.sum():,} sites not certified."
    if hatched:
        note += f" {OUTSIDE_NOTE}"
    table.note(note)
    return table.figure


def _scale(values: Sequence[FloatArray], saturation: float) -> Normalize:
    shown = np.concatenate(values)
    shown = shown[np.isfinite(shown)]
    return Normalize(0.0, np.quantile(shown, saturation) if shown.size else 1.0)


def _reference(references: xr.Dataset, name: str, bottom: float) -> xr.DataArray:
    fits = np.isclose(references["depth"].values, bottom)
    if not fits.any():
        found = ", ".join(f"{depth:g} m" for depth in references["depth"].values)
        raise InputError(f"reference {name}, depth", f"{bottom:g} m", found)
    chosen = {"reference": str(name)}
    return references["stock"].sel(chosen).isel(depth=int(np.argmax(fits)))
