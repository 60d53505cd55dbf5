"""Whether files are of the same profiles or cells, in one order: they are joined by position."""

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

import numpy as np

from proda.arrays import Cells
from proda.errors import InputError, number_text

__all__ = ["check_cells", "check_profiles"]

CENTRE_TOLERANCE = 1e-6
"""degrees"""


class Grid(Protocol):
    """What is needed of `proda.data.cells.Cells`, whose module is slow to import."""

    @property
    def lat(self) -> Cells:
        """Latitudes of the centres, degrees."""

    @property
    def lon(self) -> Cells:
        """Longitudes of the centres, degrees."""

    def __len__(self) -> int: ...


def check_profiles(
    path: str | Path,
    found: Iterable[str],
    expected: Iterable[str],
    source: str | Path,
    first: int = 0,
) -> None:
    """Require that the profiles of a file are those of another one, in the same order.

    Parameters
    ----------
    path
        File that is checked.
    found
        Identifiers in it.
    expected
        Identifiers that it should have.
    source
        Where these are from, for messages.
    first
        Number of the first of them in the file.

    Raises
    ------
    InputError
        Naming the first profile that differs.
    """
    ids, others = [str(name) for name in found], [str(name) for name in expected]
    if len(ids) != len(others):
        differ = len(set(ids) ^ set(others))
        text = f"{len(ids)} profiles, {differ} in one of them only"
        raise InputError(path, f"the {len(others)} profiles of {source}", text)
    for i, (here, there) in enumerate(zip(ids, others, strict=True), start=first):
        if here != there:
            raise InputError(f"{path}, profile {i}", f"{there!r}, as in {source}", repr(here))


def check_cells(path: str | Path, centres: tuple[Cells, Cells], cells: Grid) -> None:
    """Require that the cells of a file are those of the grid, in the same order.

    Parameters
    ----------
    path
        File that is checked.
    centres
        Latitudes and longitudes in it, degrees.
    cells
        Cells of the grid.

    Raises
    ------
    InputError
        Naming the first cell that differs.
    """
    lat, lon = centres
    if len(lat) != len(cells):
        raise InputError(path, f"{len(cells)} cells", f"{len(lat)} cells")
    apart = np.maximum(np.abs(lat - cells.lat), np.abs(lon - cells.lon)) > CENTRE_TOLERANCE
    for i in np.flatnonzero(apart)[:1]:
        expected = f"centre {number_text(cells.lat[i])} N {number_text(cells.lon[i])} E"
        raise InputError(
            f"{path}, cell {i}", expected, f"{number_text(lat[i])} N {number_text(lon[i])} E"
        )
