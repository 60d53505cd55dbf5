"""Places of a method with their parameter sets, portion by portion, for analyses that rerun them.

A place takes part where all of its draws have bulk processes. Reasons of the others are counted.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from proda.arrays import Counts, FloatArray, Parameters
from proda.model.processes import PROCESSES, ProcessStatus, processes_in
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
    step = max(1, sets // source.n_draws)
    for first in range(0, len(source), step):
        count = min(step, len(source) - first)
        found = source.classified(first, count)
        reasons = Counter(
            status.name.lower() for status in found.statuses if status is not Status.PROJECTED
        )
        projected = [i for i, code in enumerate(found.statuses) if code is Status.PROJECTED]
        rows, of_columns = np.array(found.pairs, dtype=np.int64).reshape(-1, 2).T
        physical = found.physical[rows]
        column = np.repeat(of_columns, source.n_draws)
        run = processes_in(
            source.model,
            physical.reshape(-1, physical.shape[-1]),
            found.columns,
            column,
            with_beta=False,
        )
        worst = run.status.reshape(-1, source.n_draws).max(axis=1, initial=0)
        takes_part = worst == ProcessStatus.DEFINED
        reasons.update(ProcessStatus(code).name.lower() for code in worst[~takes_part])
        kept = np.repeat(takes_part, source.n_draws)
        yield Portion(
            places=first + np.array(projected, dtype=np.int64)[takes_part],
            n_draws=source.n_draws,
            physical=physical[takes_part].reshape(-1, physical.shape[-1]),
            columns=found.columns,
            column=column[kept],
            processes=run.values.reshape(-1, len(PROCESSES))[kept],
            reasons=reasons,
        )


def count_reasons(reasons: Counter[str]) -> str:
    """Text of the reasons why places take no part, the most frequent first; empty for none."""
    ordered = sorted(reasons.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name} {count}" for name, count in ordered)
