"""Datasets of what was read from a history, with coordinates and provenance."""

import logging
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from proda.arrays import Columns, Mask
from proda.data.land_model.history import History
from proda.data.land_model.substitutes import HistoryFields

__all__ = ["Variables", "dataset_of"]

Variables: TypeAlias = Mapping[str, tuple[tuple[str, ...], npt.NDArray[Any], Mapping[str, str]]]
"""Dimensions, values and attributes by name; the last two dimensions are lat and lon."""

logger = logging.getLogger(__name__)


def dataset_of(
    variables: Variables,
    history: History,
    fields: HistoryFields,
    nodes: Columns | None = None,
    period: str | None = None,
) -> xr.Dataset:
    """Put variables on the grid of a history together.

    Cells that lack one of the variables are reported in the log.

    Parameters
    ----------
    variables : mapping
        The variables.
    history : History
        The files.
    fields : HistoryFields
        For the substitutes and the vertical grid, which become attributes.
    nodes : (n,) array, optional
        Depths in m of the layers.
    period : str, optional
        The steps that were averaged.
    """
    _report_incomplete(variables, history)
    lat = ("lat", history.lat, {"units": "degrees_north", "standard_name": "latitude"})
    lon = ("lon", history.lon, {"units": "degrees_east", "standard_name": "longitude"})
    more = f" and {len(history.paths) - 1} more files" if history.paths[1:] else ""
    attrs = {
        "source": f"Community Land Model history: {history.paths[0].name}{more}",
        "substituted_fields": "; ".join(fields.notes) or "none",
    }
    if period:
        attrs["period"] = period
    if fields.grids:
        attrs["vertical_grid"] = "; ".join(sorted(fields.grids))
    result = xr.Dataset(variables, coords={"lat": lat, "lon": lon}, attrs=attrs)
    if nodes is not None and "layer" in result.dims:
        depth = {"units": "m", "standard_name": "depth", "positive": "down"}
        result = result.assign_coords(depth=("layer", nodes, depth))
    return result


def _report_incomplete(variables: Variables, history: History) -> None:
    """Warn of fields that lack land cells: these cells take their forcing from neighbours."""
    known: dict[str, Mask] = {
        name: np.logical_and.reduce(np.isfinite(values).reshape(-1, *values.shape[-2:]))
        for name, (_, values, _) in variables.items()
    }
    land: Mask = np.logical_or.reduce(list(known.values()))
    for name, has_data in known.items():
        if not has_data[land].all():
            lacking = int((land & ~has_data).sum())
            text = "%s: %s is missing in %d of %d cells that have other fields: excluded"
            logger.warning(text, history.paths[0], name, lacking, int(land.sum()))
