"""Levels of land-model fields and layers of the soil model."""

import numpy as np
import numpy.typing as npt

from proda.arrays import Columns, FloatArray
from proda.check import as_array
from proda.errors import InputError

__all__ = ["checked_nodes", "interpolate_depth", "same_nodes"]

NODE_TOLERANCE = 1e-3
"""Relative difference of node depths that are the same."""


def checked_nodes(nodes: npt.ArrayLike) -> Columns:
    """Return node depths (n,) in m; InputError if they do not increase from above 0."""
    depths = as_array("nodes", nodes, (None,), "m")
    if depths.size == 0 or depths[0] <= 0 or np.any(np.diff(depths) <= 0):
        raise InputError("nodes", "depths in m that increase from above 0", f"{depths}")
    return depths


def same_nodes(levels: Columns, nodes: Columns) -> bool:
    """Whether the uppermost levels of a file are the nodes of the model."""
    n = nodes.size
    return levels.size >= n and np.allclose(levels[:n], nodes, rtol=NODE_TOLERANCE, atol=0)


def interpolate_depth(values: FloatArray, levels: Columns, nodes: Columns) -> FloatArray:
    """Interpolate linearly in depth along the third axis from last.

    Parameters
    ----------
    values : (..., levels, lat, lon) array
        Values at the levels, NaN where missing.
    levels : (levels,) array
        Depths in m.
    nodes : (n,) array
        Depths in m at which values are wanted; above the first level its value holds.

    Returns
    -------
    (..., n, lat, lon) array
        NaN where either neighbour is missing.
    """
    lower = np.clip(np.searchsorted(levels, nodes), 1, levels.size - 1)
    weight = np.clip((nodes - levels[lower - 1]) / (levels[lower] - levels[lower - 1]), 0, 1)
    weight = weight[:, None, None]
    return values[..., lower - 1, :, :] * (1 - weight) + values[..., lower, :, :] * weight
