"""Places of a method with their parameter sets, portion by portion, for analyses that rerun them.

A place takes part where all of its draws have bulk processes. Reasons of the others are counted.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from proda.arrays import Counts, FloatArray, Parameters
from proda.model.processes import ProcessStatus
from proda.projection.process_maps import runs_of_draws
from proda.projection.soc import SETS, DrawnSoc, Status

__all__ = ["Portion", "count_reasons", "portions"]


@dataclass(frozen=True)
class Portion:
    """Some places and the runs of all of their draws, place after place.

    Attributes
    ----------
    places
        (k,) numbers of the places that take part.
    n_draws
        Draws of each.
    physical
        (k draws, 26) physical vectors.
    columns, column
        Prepared columns, and the one of each run.
    processes
        (k draws, processes) bulk processes.
    reasons
        Why other places of the portion take no part, with their number.
    """

    places: Counts
    n_draws: int
    physical: Parameters
    columns: FloatArray
    column: Counts
    processes: FloatArray
    reasons: Counter[str]

    def by_place(self, values: FloatArray) -> FloatArray:
        """Values (k draws, ...) as (k, draws, ...)."""
        return values.reshape(-1, self.n_draws, *values.shape[1:])


def portions(source: DrawnSoc, sets: int = SETS) -> Iterator[Portion]:
    """Yield the places of a source in order, some at a time.

    Parameters
    ----------
    source
        The places, their forcing and their draws.
    sets
        Runs of the model in memory at a time.
    """
    for runs in runs_of_draws(source, sets, with_beta=False):
        takes_part = runs.worst == ProcessStatus.DEFINED
        reasons = Counter(
            status.name.lower() for status in runs.statuses if status is not Status.PROJECTED
        )
        reasons.update(ProcessStatus(code).name.lower() for code in runs.worst[~takes_part])
        physical, values = runs.physical[takes_part], runs.values[takes_part]
        yield Portion(
            places=runs.places[takes_part],
            n_draws=source.n_draws,
            physical=physical.reshape(-1, physical.shape[-1]),
            columns=runs.columns,
            column=runs.column[np.repeat(takes_part, source.n_draws)],
            processes=values.reshape(-1, values.shape[-1]),
            reasons=reasons,
        )


def count_reasons(reasons: Counter[str]) -> str:
    """Text of the reasons why places take no part, the most frequent first; empty for none."""
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count}" for name, count in ordered)
