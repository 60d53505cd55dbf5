"""Maps of SOC stocks: observations, references and methods (Figure 3 of Tao et al. 2020)."""

import numpy as np
from matplotlib.colors import Normalize

from proda.errors import InputError
from proda.figures.map_table import MAPPED_DEPTHS, MapTable, stock_layers
from proda.parameters.methods import METHODS, SITE_BY_SITE

__all__ = ["draw_figure_3"]


def draw_figure_3(region_map, site_by_site, projections, references=None, saturation=0.98):
    """Rows: sites, each reference, each method; columns: stocks to 30, 100 and 200 cm, kg m-2.

    region_map: RegionMap. site_by_site: Dataset of its projection to the sites to show; they stand
    for observations, as in the paper, because observed profiles end at different depths.
    projections: {name in METHODS: Dataset of its projection to the grid}, in order.
    references: Dataset of stock (reference, depth, lat, lon) in kg m-2, or None.
    saturation: the colours of a column end at this quantile of the observations and references in
    it, so that a method with far too much carbon does not make all others pale.
    Raises InputError for an unknown method and a dataset without one of the stocks.
    """
    points = [layer.values for layer in stock_layers(SITE_BY_SITE.name, site_by_site, "mean")]
    lon, lat = site_by_site["lon"].values, site_by_site["lat"].values
    cells, known = region_map.cells, {}
    for name in [] if references is None else references["reference"].values:
        layers = [_reference(references, name, bottom) for bottom in MAPPED_DEPTHS.values()]
        known[str(name)] = [cells.from_grid(layer) for layer in layers]
    modelled = {}
    for name, dataset in projections.items():
        if name not in METHODS:
            raise InputError("projections", f"keys among {', '.join(METHODS)}", repr(name))
        layers = stock_layers(f"projection {name}", dataset, "mean")
        modelled[METHODS[name].label] = [cells.from_grid(layer) for layer in layers]

    maps = known | modelled
    table = MapTable(region_map, ["Observations", *maps], list(MAPPED_DEPTHS))
    for k in range(len(MAPPED_DEPTHS)):
        norm = _scale([points[k], *(layers[k] for layers in known.values())], saturation)
        colours = region_map.draw_points(table.axes[0, k], lon, lat, points[k], norm=norm)
        for axis, layers in zip(table.axes[1:, k], maps.values(), strict=True):
            region_map.draw_cells(axis, layers[k], norm=norm)
        table.colour_bar(k, colours, "SOC stock (kg C m$^{-2}$)", extend="max")
    which = "observations and references" if known else "observations"
    table.note(f"Colours end at the {100 * saturation:g} % quantile of {which}.")
    return table.figure


def _scale(values, saturation):
    shown = np.concatenate(values)
    shown = shown[np.isfinite(shown)]
    return Normalize(0.0, np.quantile(shown, saturation) if shown.size else 1.0)


def _reference(references, name, bottom):
    fits = np.isclose(references["depth"], bottom)
    if not fits.any():
        found = ", ".join(f"{depth:g} m" for depth in references["depth"].values)
        raise InputError(f"reference {name}, depth", f"{bottom:g} m", found)
    chosen = {"reference": str(name)}
    return references["stock"].sel(chosen).isel(depth=int(np.argmax(fits)))
