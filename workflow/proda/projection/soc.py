"""SOC of a method, place after place: of every draw of its parameters, or as it is.

A source has ``n_draws``, a length, and yields for each place (Status, SOC), with SOC an array
(draws, layers) in gC m-3, or None where the place has none. What a place gets depends on nothing
but its own forcing and parameters.
"""

from enum import IntEnum

import numpy as np

from proda.check import as_array
from proda.errors import InputError

__all__ = ["DrawnSoc", "GivenSoc", "Status"]

# Places whose forcing and draws are in memory at a time.
CHUNK = 64


class Status(IntEnum):
    """Whether a place has SOC, and if not, why."""

    PROJECTED = 0
    NO_FORCING = 1
    NO_PARAMETERS = 2  # of at least one draw: not fitted, or a covariate is missing
    INFEASIBLE_PARAMETERS = 3  # of at least one draw: input shares that sum to 1 or more
    NO_DEFAULT = 4  # CLM has no soil carbon there
    NOT_FINITE = 5  # the model's result is not a number
    NO_STEADY_STATE = 6  # carbon enters a layer that cannot lose it, or nothing ever decomposes


class DrawnSoc:
    """SOC of parameter draws in the matrix model.

    read_draws: (first, count) -> theta (count, draws, parameters), or (1, ...) for all places, as
    ParameterDraws.at_profiles and .on_cells. forcing: of the places that have some. column: (n,)
    which of its columns each place has, -1 for none; by default place and column are the same.
    """

    def __init__(self, model, read_draws, n_draws, forcing, column=None, chunk=CHUNK):
        self.model, self.read_draws, self.n_draws = model, read_draws, n_draws
        self.forcing, self.chunk = forcing, chunk
        self.column = np.arange(len(forcing)) if column is None else np.asarray(column)
        if self.column.max(initial=-1) >= len(forcing):
            raise InputError("forcing", f"column {self.column.max()}", f"{len(forcing)} columns")

    def __len__(self):
        return len(self.column)

    def __iter__(self):
        for first in range(0, len(self), self.chunk):
            yield from self._places(first, min(self.chunk, len(self) - first))

    def _places(self, first, count):
        column = self.column[first : first + count]
        forced = column >= 0
        columns, stuck = (), set()
        if forced.any():
            forcing = self.forcing.take(column[forced])
            columns = self.model.columns(forcing)
            stuck = {found.row for found in self.model.without_steady_state(forcing)}
        row = np.cumsum(forced) - 1
        theta = self.read_draws(first, count)
        missing = np.isnan(theta).any(axis=(1, 2))
        possible = self.model.prior.feasible(theta).all(axis=1)
        physical = self.model.prior.to_vector(theta)
        stops = self.model.sets_without_decomposition(physical).any(axis=1)
        for i in range(count):
            k = i if len(theta) > 1 else 0
            if not forced[i]:
                yield Status.NO_FORCING, None
            elif missing[k]:
                yield Status.NO_PARAMETERS, None
            elif not possible[k]:
                yield Status.INFEASIBLE_PARAMETERS, None
            elif stops[k] or row[i] in stuck:
                yield Status.NO_STEADY_STATE, None
            else:
                pools = self.model.steady_state_in(physical[k], columns[row[i]][None])
                yield Status.PROJECTED, self.model.soc(pools)


class GivenSoc:
    """SOC that is known already, one value per place and layer.

    soc: (n, layers) gC m-3, NaN where there is none. forced: (n,) where there is forcing; places
    without are left out here as in the other methods, so that all of them cover the same area.
    stuck: (n,) where there is none for want of a steady state.
    """

    n_draws = 1

    def __init__(self, soc, forced=None, stuck=None):
        soc = np.asarray(soc, dtype=np.float64)
        self.known = ~np.isnan(soc).any(axis=1)
        self.soc = as_array("soc", np.where(self.known[:, None], soc, 0.0), (None, None), "gC m-3")
        self.forced = np.ones(len(soc), dtype=bool) if forced is None else np.asarray(forced)
        self.stuck = np.zeros(len(soc), dtype=bool) if stuck is None else np.asarray(stuck)

    def __len__(self):
        return len(self.soc)

    def __iter__(self):
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
