"""What the run of a block leaves behind: maps of means over members, totals of every member.

Members of all sets stand one after the other on the axis ``run``; ``members`` has their number by
set. Maps are of the mean over the members, in single precision; changes and totals are of every
member.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from proda.arrays import Counts, FloatArray, Mask
from proda.data.series import SeriesCells
from proda.errors import InputError
from proda.transient.reduce import DEPTHS, GROUPS

__all__ = ["AXES", "FLUXES", "BlockResult", "Status"]

FLUXES = ("input", "respiration")
"""Fluxes of which there are totals."""


class Status(IntEnum):
    """Whether a cell was run with a parameter set, and if not, why."""

    RUN = 0
    NO_SERIES = 1  # no forcing through time; the reason is that of the series
    NO_PARAMETERS = 2  # of at least one member
    INFEASIBLE_PARAMETERS = 3  # input fractions that sum to 1 or more, or nothing decomposes
    NOT_PERIODIC = 4  # repeating the base years did not lead to a state that comes back to itself
    BEYOND_ANY_SOIL = 5  # the start is denser than solid carbon


# Axes of the arrays of a result.
AXES = {
    "status": ("set", "cell"),
    "drift": ("set", "cell"),
    "transit_time": ("set", "cell"),
    "soc_age": ("set", "cell", "depth"),
    "maps": ("scenario", "year", "set", "number", "cell"),
    "initial_soc": ("run", "cell", "depth"),
    "final_soc": ("scenario", "run", "cell", "depth"),
    "stocks": ("scenario", "state", "run", "group", "depth"),
    "fluxes": ("scenario", "year", "run", "flux"),
    "imbalance": ("scenario",),
}


@dataclass
class BlockResult:
    """Results of a block of n cells.

    Attributes
    ----------
    cells
        All cells of the block.
    years
        Calendar years.
    scenarios, sets
        Names.
    members
        (sets,) number of members.
    numbers
        Length of the axis ``number``, of ``proda.transient.variables``.
    status
        (sets, n) of Status.
    drift
        (sets, n) largest drift of a member in a repetition of the base years, relative to the
        stock.
    transit_time
        (sets, n) yr, stock of all pools over input in the base years, mean over members.
    soc_age
        (sets, n, depths) yr, mean age of the soil organic carbon of the base climate.
    maps
        (scenarios, years, sets, numbers, n), of ``proda.transient.variables``.
    initial_soc, final_soc
        (runs, n, depths) and (scenarios, runs, n, depths) kg m-2, at the start and the end.
    stocks
        (scenarios, years + 1, runs, groups, depths) Pg in the cells that all sets have, at the
        start and the end of every year.
    fluxes
        (scenarios, years, runs, fluxes) Pg yr-1 there.
    imbalance
        (scenarios,) largest sum over the steps of a year of what the balance of a cell misses,
        relative to its stock.
    """

    cells: SeriesCells
    years: Sequence[int]
    scenarios: tuple[str, ...]
    sets: tuple[str, ...]
    members: Counts
    numbers: int
    status: npt.NDArray[np.int8] = field(init=False)
    drift: FloatArray = field(init=False)
    transit_time: FloatArray = field(init=False)
    soc_age: FloatArray = field(init=False)
    maps: npt.NDArray[np.float32] = field(init=False)
    initial_soc: FloatArray = field(init=False)
    final_soc: FloatArray = field(init=False)
    stocks: FloatArray = field(init=False)
    fluxes: FloatArray = field(init=False)
    imbalance: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        sizes = self.sizes
        for name, axes in AXES.items():
            shape = tuple(sizes[axis] for axis in axes)
            if name == "status":
                self.status = np.full(shape, Status.NO_SERIES, dtype=np.int8)
            elif name in ("stocks", "fluxes", "imbalance"):
                setattr(self, name, np.zeros(shape))
            else:
                kind = np.float32 if name == "maps" else np.float64
                setattr(self, name, np.full(shape, np.nan, dtype=kind))

    @property
    def sizes(self) -> dict[str, int]:
        """Lengths of the axes."""
        return {
            "cell": len(self.cells),
            "set": len(self.sets),
            "run": int(self.members.sum()),
            "scenario": len(self.scenarios),
            "year": len(self.years),
            "state": len(self.years) + 1,
            "number": self.numbers,
            "group": len(GROUPS),
            "depth": len(DEPTHS),
            "flux": len(FLUXES),
        }

    @property
    def common(self) -> Mask:
        """Cells that were run with all sets, (n,)."""
        return np.asarray((self.status == Status.RUN).all(axis=0))

    def runs(self, name: str) -> slice:
        """The members of a set among all runs."""
        ends = np.cumsum(self.members)
        k = self.sets.index(name)
        return slice(int(ends[k] - self.members[k]), int(ends[k]))

    def arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """All arrays by name."""
        return {name: getattr(self, name) for name in AXES}

    def restore(self, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Take arrays that were saved.

        Raises
        ------
        InputError
            For arrays of another run.
        """
        for name, own in self.arrays().items():
            if name not in arrays or arrays[name].shape != own.shape:
                found = arrays[name].shape if name in arrays else "none"
                raise InputError(f"saved state, {name}", f"shape {own.shape}", found)
            own[...] = arrays[name]
