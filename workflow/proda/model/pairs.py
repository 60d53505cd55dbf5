"""Coefficients of many pairs of a parameter set and a prepared column, in compiled code."""

from proda.arrays import Counts, FloatArray, Layers, Parameters
from proda.compiled import kernel
from proda.model.steady_state import coefficients
from proda.model.switches import Switches

__all__ = ["coefficients_of_pairs"]


@kernel
def coefficients_of_pairs(
    physical: Parameters,
    columns: FloatArray,
    column: Counts,
    grid: Layers,
    switches: Switches,
    workspaces: FloatArray,
) -> None:
    """Fill a workspace with the coefficients of each pair.

    Parameters
    ----------
    physical
        (n, 26) physical vectors.
    columns
        (m, rows, layers) prepared columns.
    column
        (n,) index of the column of each vector.
    grid
        (3, layers), m, as ``proda.model.columns.grid_rows``.
    switches
        Choices of the model.
    workspaces
        (n, rows, layers), rows as in ``proda.model.layout``; changed in place.
    """
    for i in range(physical.shape[0]):
        coefficients(physical[i], columns[column[i]], grid, switches, workspaces[i])
