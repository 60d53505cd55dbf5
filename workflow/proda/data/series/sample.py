"""Every so-many-th cell of a grid, for runs through time that are to end soon.

Cells are taken whose row and column on the global grid leave the remainder ``every // 2``. Each
represents the land of those between: all areas grow by one factor, so that they sum to the land of
all cells.
"""

from typing import NamedTuple

import numpy as np

from proda import arrays
from proda.arrays import Counts, Mask
from proda.data.cells import Cells
from proda.errors import InputError

__all__ = ["Sample", "is_sampled", "sample_cells"]


class Sample(NamedTuple):
    """Some cells of a grid.

    Attributes
    ----------
    cell
        (n,) their positions in the grid, ascending.
    area_m2
        (n,) land that each represents.
    """

    cell: Counts
    area_m2: arrays.Cells


def is_sampled(number: Counts, every: int) -> Mask:
    """Whether rows or columns of the global grid are taken.

    Parameters
    ----------
    number
        Of rows or columns.
    every
        Distance between those that are taken.
    """
    return np.asarray(number % every == every // 2)


def sample_cells(cells: Cells, every: int) -> Sample:
    """Take every so-many-th cell in both directions.

    Parameters
    ----------
    cells
        Of the run.
    every
        Distance between the cells that are taken; 1 for all.

    Raises
    ------
    InputError
        If none is left.
    """
    taken = is_sampled(cells.rows(cells.lat), every) & is_sampled(cells.columns(cells.lon), every)
    positions, land = np.flatnonzero(taken), cells.land_area_m2
    if not positions.size:
        expected = "a distance between cells at which some are left"
        raise InputError("transient.forcing.every", expected, f"{every} of {len(cells)} cells")
    factor = land.sum() / land[positions].sum() if every > 1 else 1.0
    return Sample(positions, land[positions] * factor)
