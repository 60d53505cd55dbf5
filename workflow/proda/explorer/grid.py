"""The map of a page: its cells, the outline of the land, and soil carbon of every method by depth.

The map is in degrees of longitude and latitude, in which a row of cells is a row of an image.
"""

from pathlib import Path
from typing import Any

import numpy as np
import shapely

from proda.arrays import FloatArray, Mask
from proda.data.cells import Cells
from proda.data.region import Region
from proda.explorer.encoding import encode_codes, encode_linear, encode_relative
from proda.explorer.payload import Payload
from proda.projection.files import read_grid_projection
from proda.projection.stocks import KILOGRAM, STATISTICS

__all__ = ["DEEPEST", "MANY_CELLS", "add_cells", "add_grid_curves", "outline", "shown_layers"]

DETAIL = 1 / 1500
"""Details of borders smaller than this fraction of the longer side of the map are not drawn."""

DECIMALS = 3  # of coordinates in degrees
DEEPEST = 2.0
"""m; curves reach at least so deep, or as deep as any observed horizon."""

MANY_CELLS = 20_000
"""Larger maps have no bands about the curves of their cells, which would be most of the page."""


def outline(region: Region) -> list[list[list[float]]]:
    """Lines [longitudes, latitudes] of the land and the borders within, simplified."""
    west, south, east, north = region.geometry.bounds
    tolerance = DETAIL * max(east - west, north - south)
    rings = shapely.boundary(shapely.simplify(list(region.parts.values()), tolerance))
    lines = shapely.get_parts(shapely.line_merge(shapely.union_all(rings)))
    return [np.round(shapely.get_coordinates(line).T, DECIMALS).tolist() for line in lines]


def add_cells(payload: Payload, cells: Cells) -> None:
    """Add the places of the cells in the image, from its south-western corner."""
    rows, columns = cells.rows(cells.lat), cells.columns(cells.lon)
    south, west = int(rows.min()), int(columns.min())
    payload.about["grid"] = {
        "resolution": cells.resolution,
        "west": west * cells.resolution - 180,
        "south": south * cells.resolution - 90,
        "columns": int(np.ptp(columns)) + 1,
        "rows": int(np.ptp(rows)) + 1,
        "cells": len(cells),
    }
    payload.blocks["cell.row"] = encode_codes(rows - south)
    payload.blocks["cell.column"] = encode_codes(columns - west)
    payload.blocks["cell.land"] = encode_linear(cells.land_fraction, 1)


def shown_layers(nodes: FloatArray, deepest: float) -> Mask:
    """Which layers a curve has: those down to the first one below what is to be seen."""
    shown = np.asarray(nodes) <= max(DEEPEST, deepest)
    shown[: shown.sum() + 1] = True
    return shown


def add_grid_curves(
    payload: Payload, method: str, path: Path, cells: Cells, deepest: float
) -> dict[str, Any]:
    """Add soil carbon by depth of a method in every cell, and its stocks.

    Parameters
    ----------
    payload
        To which is added.
    method, path
        The method and its projection to the grid.
    cells
        Cells of the grid.
    deepest
        Depth in m that curves have to reach.

    Returns
    -------
    dict
        ``statistics`` and ``intervals`` of the stocks, as they follow each other in the rows of
        the array, and the ``nodes`` of the curve in m.
    """
    with read_grid_projection(path) as file:
        valid = cells.from_grid(file["valid"].astype(float)) == 1
        kinds = [kind for kind in STATISTICS if f"stock_{kind}" in file]
        shown = shown_layers(file["layer"].values, deepest)
        curves = kinds if len(cells) <= MANY_CELLS else kinds[:1]
        soc = [cells.from_grid(file[f"soc_{kind}"][shown]) for kind in curves]
        stocks = [cells.from_grid(file[f"stock_{kind}"]) for kind in kinds]
        nodes, intervals = file["layer"].values[shown], file["interval"].values
    payload.blocks[f"cell.soc.{method}"] = encode_relative(_where(valid, soc) / KILOGRAM)
    payload.blocks[f"cell.stock.{method}"] = encode_relative(_where(valid, stocks) / KILOGRAM)
    return {
        "statistics": kinds,
        "curves": curves,
        "intervals": [str(name) for name in intervals],
        "nodes": nodes.tolist(),
    }


def _where(valid: Mask, parts: list[FloatArray]) -> FloatArray:
    """(rows, cells), NaN in other cells."""
    return np.where(valid, np.concatenate(parts), np.nan)
