"""SOC of a method, place by place: of every draw of its parameters, or given.

The SOC of a place depends on its own forcing and parameters only.
"""

from collections.abc import Callable, Iterator, Sequence
from enum import IntEnum
from typing import NamedTuple, Protocol

import numpy as np

from proda.arrays import Counts, FloatArray, Layers, Mask, Parameters, Theta
from proda.check import as_array
from proda.errors import InputError
from proda.model import SoilModel
from proda.model.forcing import Forcing

__all__ = ["Classified", "DrawnSoc", "GivenSoc", "MemberSoc", "Place", "SocSource", "Status"]

# Places whose forcing and draws are in memory at a time.
CHUNK = 64
SETS = 2048  # parameter sets that are solved at a time, in the columns of several places


class Status(IntEnum):
    """Whether a place has SOC, or the reason why it has none."""

    PROJECTED = 0
    NO_FORCING = 1
    NO_PARAMETERS = 2  # of at least one draw: not fitted, or a covariate is missing
    INFEASIBLE_PARAMETERS = 3  # of at least one draw: input fractions that sum to 1 or more
    NO_DEFAULT = 4  # CLM has no soil carbon there
    NOT_FINITE = 5  # the model's result is not a number
    NO_STEADY_STATE = 6  # carbon enters a layer that cannot lose it, or nothing ever decomposes
    BEYOND_ANY_SOIL = 7  # denser than solid carbon, as where it is nearly always frozen or dry
    NO_COVARIATES = 8  # of a learner that predicts SOC itself


Place = tuple[Status, Layers | None]


class SocSource(Protocol):
    """SOC of n places in order.

    Iteration yields (Status, SOC) for each place, with SOC an array (draws, layers) in gC m-3, or
    None where the place has none.
    """

    @property
    def n_draws(self) -> int:
        """Number of draws of each place."""
        ...

    def __len__(self) -> int: ...

    def __iter__(self) -> Iterator[Place]: ...


class Classified(NamedTuple):
    """Places with their statuses, parameter sets and columns.

    ``pairs`` are the row of ``physical`` (rows, draws, 26) and the column of each projected place.
    """

    statuses: list[Status]
    physical: Parameters
    columns: FloatArray
    pairs: list[tuple[int, int]]


class DrawnSoc:
    """SOC of parameter draws in the soil carbon model.

    Parameters
    ----------
    model
        The soil carbon model.
    read_draws
        (first, count) -> theta (count, draws, parameters), or (1, ...) for all places, as
        ParameterDraws.at_profiles and .on_cells.
    n_draws
        Number of draws of each place.
    forcing
        Of the places that have some.
    column
        (n,) column of the forcing of each place, -1 for none; by default place and column are the
        same.
    chunk
        Places whose forcing and draws are in memory at a time.
    """

    def __init__(
        self,
        model: SoilModel,
        read_draws: Callable[[int, int], Theta],
        n_draws: int,
        forcing: Forcing,
        column: Counts | None = None,
        chunk: int = CHUNK,
    ) -> None:
        self.model, self.read_draws, self.n_draws = model, read_draws, n_draws
        self.forcing, self.chunk = forcing, chunk
        self.column = np.arange(len(forcing)) if column is None else np.asarray(column)
        if self.column.max(initial=-1) >= len(forcing):
            raise InputError("forcing", f"column {self.column.max()}", f"{len(forcing)} columns")

    def __len__(self) -> int:
        return len(self.column)

    def __iter__(self) -> Iterator[Place]:
        for first in range(0, len(self), self.chunk):
            yield from self._places(first, min(self.chunk, len(self) - first))

    def _places(self, first: int, count: int) -> Iterator[Place]:
        """SOC of ``count`` places from the ``first`` on."""
        found = self.classified(first, count)
        soc = self._soc(found.physical, found.columns, found.pairs)
        for status in found.statuses:
            yield status, next(soc) if status is Status.PROJECTED else None

    def classified(self, first: int, count: int) -> Classified:
        """Status of ``count`` places from the ``first`` on, and what is to be run at which.

        Parameters
        ----------
        first, count
            Places.
        """
        column = self.column[first : first + count]
        forced = column >= 0
        columns = np.empty((0, 0, 0))
        stuck: set[int] = set()
        if forced.any():
            forcing = self.forcing.take(column[forced])
            columns = self.model.columns(forcing)
            stuck = {found.row for found in self.model.without_steady_state(forcing)}
        row = np.cumsum(forced) - 1
        theta = self.read_draws(first, count)
        missing = np.asarray(np.isnan(theta).any(axis=(1, 2)))
        possible = np.asarray(self.model.prior.feasible(theta).all(axis=1))
        physical = self.model.prior.to_vector(theta)
        stops = np.asarray(self.model.sets_without_decomposition(physical).any(axis=1))
        statuses = []
        projected = []  # place and its row of theta
        for i in range(count):
            k = i if len(theta) > 1 else 0
            if not forced[i]:
                statuses.append(Status.NO_FORCING)
            elif missing[k]:
                statuses.append(Status.NO_PARAMETERS)
            elif not possible[k]:
                statuses.append(Status.INFEASIBLE_PARAMETERS)
            elif stops[k] or row[i] in stuck:
                statuses.append(Status.NO_STEADY_STATE)
            else:
                statuses.append(Status.PROJECTED)
                projected.append((i, k))
        return Classified(statuses, physical, columns, [(k, int(row[i])) for i, k in projected])

    def _soc(
        self, physical: Parameters, columns: FloatArray, pairs: Sequence[tuple[int, int]]
    ) -> Iterator[Layers]:
        """SOC (draws, layers) of pairs of a row of ``physical`` and a column."""
        step = max(1, SETS // self.n_draws)
        for first in range(0, len(pairs), step):
            of_sets, of_columns = np.array(pairs[first : first + step]).T
            sets = physical[of_sets]
            column = np.repeat(of_columns, sets.shape[1])
            pools = self.model.steady_state_in(sets.reshape(-1, sets.shape[-1]), columns, column)
            yield from self.model.soc(pools).reshape(*sets.shape[:2], -1)


class MemberSoc:
    """SOC that the members of a learner predict themselves.

    Parameters
    ----------
    soc
        (members, n, layers) gC m-3, NaN where a covariate is missing.
    forced
        (n,) places with forcing; others are excluded as in the other methods, so that all methods
        cover the same area.
    stuck
        (n,) places without a steady state.
    """

    def __init__(self, soc: Layers, forced: Mask | None = None, stuck: Mask | None = None) -> None:
        self.soc = np.asarray(soc, dtype=np.float64)
        self.known: Mask = np.asarray(~np.isnan(self.soc).any(axis=(0, 2)))
        n = self.soc.shape[1]
        self.forced = np.ones(n, dtype=bool) if forced is None else np.asarray(forced)
        self.stuck = np.zeros(n, dtype=bool) if stuck is None else np.asarray(stuck)

    @property
    def n_draws(self) -> int:
        """Number of members."""
        return len(self.soc)

    def __len__(self) -> int:
        return self.soc.shape[1]

    def __iter__(self) -> Iterator[Place]:
        for i in range(len(self)):
            if not self.forced[i]:
                yield Status.NO_FORCING, None
            elif self.stuck[i]:
                yield Status.NO_STEADY_STATE, None
            elif not self.known[i]:
                yield Status.NO_COVARIATES, None
            else:
                yield Status.PROJECTED, self.soc[:, i]


class GivenSoc:
    """SOC that is given, one value per place and layer.

    Parameters
    ----------
    soc
        (n, layers) gC m-3, NaN where there is none.
    forced
        (n,) places with forcing; others are excluded as in the other methods, so that all methods
        cover the same area.
    stuck
        (n,) places without a steady state.
    """

    n_draws = 1

    def __init__(self, soc: Layers, forced: Mask | None = None, stuck: Mask | None = None) -> None:
        soc = np.asarray(soc, dtype=np.float64)
        self.known: Mask = np.asarray(~np.isnan(soc).any(axis=1))
        self.soc = as_array("soc", np.where(self.known[:, None], soc, 0.0), (None, None), "gC m-3")
        self.forced = np.ones(len(soc), dtype=bool) if forced is None else np.asarray(forced)
        self.stuck = np.zeros(len(soc), dtype=bool) if stuck is None else np.asarray(stuck)

    def __len__(self) -> int:
        return len(self.soc)

    def __iter__(self) -> Iterator[Place]:
        places = zip(self.soc, self.known, self.forced, self.stuck, strict=True)
        for soc, known, forced, stuck in places:
            if not forced:
                yield Status.NO_FORCING, None
            elif stuck:
                yield Status.NO_STEADY_STATE, None
            elif not known:
                yield Status.NO_DEFAULT, None
            else:
                yield Status.PROJECTED, soc[None]
