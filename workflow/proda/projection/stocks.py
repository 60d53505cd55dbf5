"""Depth intervals of carbon stocks; a layer counts by its thickness within the interval.

Tao et al. 2020 state stocks of 0-30, 30-100 and 100-200 cm and compare maps of 0-30, 0-100 and
0-200 cm. Stocks are of all soil, without a correction for coarse fragments: modelled densities are
those of the whole soil, as the observations are that they were fitted to.
"""

from typing import NamedTuple, Protocol

import numpy as np

from proda.arrays import Layers

__all__ = ["INTERVALS", "KILOGRAM", "PETAGRAM", "STATISTICS", "Interval", "interval_thickness"]

KILOGRAM, PETAGRAM = 1e3, 1e15  # g

STATISTICS = ("mean", "p05", "p95")
"""Of a quantity over the draws of a method; the mean alone of a single run."""


class Interval(NamedTuple):
    """A depth interval: label, top and bottom in m."""

    label: str
    top: float
    bottom: float


INTERVALS = (
    Interval("0-30 cm", 0.0, 0.3),
    Interval("30-100 cm", 0.3, 1.0),
    Interval("100-200 cm", 1.0, 2.0),
    Interval("0-100 cm", 0.0, 1.0),
    Interval("0-200 cm", 0.0, 2.0),
)


class Grid(Protocol):
    """A soil grid, such as `proda.model.grid.SoilGrid`, which tables of stocks need not import."""

    def overlap(self, top: float, bottom: float) -> Layers:
        """Thickness of each layer between two depths, m."""


def interval_thickness(grid: Grid) -> Layers:
    """Thickness in m of each layer of a SoilGrid within each of INTERVALS, (intervals, layers)."""
    return np.stack([grid.overlap(interval.top, interval.bottom) for interval in INTERVALS])
