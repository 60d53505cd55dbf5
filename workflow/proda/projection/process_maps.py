"""Bulk processes of a method on the grid: statistics over its draws, cell by cell and of all cells.

A cell has processes where all of its draws have them (`proda.model.processes`). Means over cells
are taken draw by draw, weighted by the area of land and unweighted; their spread is that of the
draws. Medians over cells are of the mean over the draws of each cell.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from proda.arrays import Cells, Counts, FloatArray, Parameters, Theta
from proda.model import SoilModel
from proda.model.default_runs import default_model, default_parameters, usual_version
from proda.model.forcing import Forcing
from proda.model.processes import PROCESSES, ProcessStatus, processes_in, processes_of
from proda.projection.forward import statistics_of_draws
from proda.projection.soc import SETS, DrawnSoc, Status
from proda.projection.stocks import STATISTICS

__all__ = [
    "DefaultProcesses",
    "DrawnProcesses",
    "DrawnRuns",
    "ProcessMaps",
    "ProcessSource",
    "map_processes",
    "runs_of_draws",
    "spread_draws",
    "weighted_median",
]

# Status, worst ProcessStatus of the draws and values (draws, processes); None without forcing, etc.
Place = tuple[Status, int, FloatArray | None]


@dataclass(frozen=True)
class ProcessMaps:
    """Processes of n cells. The first axis are STATISTICS, or the mean alone if there is one draw.

    Attributes
    ----------
    n_draws
        Number of draws of each cell.
    status, process_status
        (n,) Status of each cell and, of those projected, the largest ProcessStatus of its draws.
    values
        (statistics, n, processes); NaN where a draw has none.
    area_mean, cell_mean
        (statistics, processes) over cells, weighted by area and unweighted.
    area_median, cell_median
        (processes,) over cells of the mean over draws, weighted by area and unweighted.
    """

    n_draws: int
    status: npt.NDArray[np.int8]
    process_status: npt.NDArray[np.int8]
    values: FloatArray
    area_mean: FloatArray
    cell_mean: FloatArray
    area_median: FloatArray
    cell_median: FloatArray


class DrawnRuns(NamedTuple):
    """Some places of a source of SOC, and the processes of all draws of those k that have SOC.

    Attributes
    ----------
    statuses
        Of all of these places, in order.
    places
        (k,) numbers in the source of the places that have SOC.
    physical
        (k, draws, 26) physical vectors.
    columns, column
        Prepared columns, and the one of each run (k draws,).
    values
        (k, draws, processes) bulk processes, NaN where a draw has none.
    worst
        (k,) largest ProcessStatus of the draws of a place.
    """

    statuses: list[Status]
    places: Counts
    physical: Parameters
    columns: FloatArray
    column: Counts
    values: FloatArray
    worst: Counts


def runs_of_draws(
    source: DrawnSoc, sets: int = SETS, with_beta: bool = True
) -> Iterator[DrawnRuns]:
    """Yield the places of a source in order, some at a time, with the processes of their draws.

    Parameters
    ----------
    source
        The places, their forcing and their draws.
    sets
        Runs of the model in memory at a time.
    with_beta
        As for ``processes_in``.
    """
    draws = source.n_draws
    step = max(1, sets // draws)
    for first in range(0, len(source), step):
        found = source.classified(first, min(step, len(source) - first))
        rows, of_columns = np.array(found.pairs, dtype=np.int64).reshape(-1, 2).T
        physical = found.physical[rows]
        column = np.repeat(of_columns, draws)
        every = physical.reshape(-1, physical.shape[-1])
        run = processes_in(source.model, every, found.columns, column, with_beta=with_beta)
        projected = [i for i, status in enumerate(found.statuses) if status is Status.PROJECTED]
        yield DrawnRuns(
            found.statuses,
            first + np.array(projected, dtype=np.int64),
            physical,
            found.columns,
            column,
            run.values.reshape(-1, draws, len(PROCESSES)),
            run.status.reshape(-1, draws).max(axis=1, initial=0),
        )


class DrawnProcesses:
    """Processes of parameter draws in the places of a source of SOC.

    Parameters
    ----------
    source
        The places, their forcing and their draws.
    """

    def __init__(self, source: DrawnSoc) -> None:
        self.source, self.n_draws = source, source.n_draws

    def __len__(self) -> int:
        return len(self.source)

    def __iter__(self) -> Iterator[Place]:
        for runs in runs_of_draws(self.source):
            ran = iter(zip(runs.worst, runs.values, strict=True))
            for status in runs.statuses:
                if status is Status.PROJECTED:
                    worst, values = next(ran)
                    yield status, int(worst), values
                else:
                    yield status, ProcessStatus.DEFINED, None


class DefaultProcesses:
    """Processes of the matrix model at the land model's default parameters.

    Parameters
    ----------
    structure
        Name of the structure.
    version
        Of the default parameters; None for the usual one.
    forcing
        Of the cells that have some.
    column
        (n,) column of the forcing of each cell, -1 for none.

    Raises
    ------
    InputError
        For what the forcing lacks.
    """

    n_draws = 1

    def __init__(
        self, structure: str, version: str | None, forcing: Forcing, column: Counts
    ) -> None:
        version = version or usual_version(structure)
        model: SoilModel = default_model(structure, version)
        physical = default_parameters(structure, forcing, version)
        self.found, self.column = processes_of(model, physical, forcing), column

    def __len__(self) -> int:
        return len(self.column)

    def __iter__(self) -> Iterator[Place]:
        for k in self.column:
            if k < 0:
                yield Status.NO_FORCING, ProcessStatus.DEFINED, None
            elif self.found.status[k] == ProcessStatus.NO_STEADY_STATE:
                yield Status.NO_STEADY_STATE, ProcessStatus.DEFINED, None
            else:
                yield Status.PROJECTED, int(self.found.status[k]), self.found.values[k][None]


ProcessSource = DrawnProcesses | DefaultProcesses


def spread_draws(
    read_draws: Callable[[int, int], Theta], n_draws: int, max_draws: int
) -> tuple[Callable[[int, int], Theta], int]:
    """At most ``max_draws`` evenly spaced ones of the draws that a function reads.

    Parameters
    ----------
    read_draws
        (first, count) -> theta (count, draws, parameters).
    n_draws
        Number of them.
    max_draws
        Largest number taken.

    Returns
    -------
    tuple
        A function that reads these, and their number.
    """
    count = min(n_draws, max_draws)
    chosen = np.floor((np.arange(count) + 0.5) * n_draws / count).astype(int)
    return lambda first, places: read_draws(first, places)[:, chosen], count


def map_processes(source: ProcessSource, land_area: Cells) -> ProcessMaps:
    """Statistics of the processes of all cells.

    Parameters
    ----------
    source
        Processes of n cells.
    land_area
        (n,) m2.
    """
    n, draws = len(source), source.n_draws
    kinds = STATISTICS if draws > 1 else STATISTICS[:1]
    status, process_status = np.zeros((2, n), dtype=np.int8)
    values = np.full((len(kinds), n, len(PROCESSES)), np.nan)
    # By process, because some may be undefined where the others are not.
    weights, sums = np.zeros((2, len(PROCESSES))), np.zeros((2, draws, len(PROCESSES)))
    for i, (code, worst, of_draws) in enumerate(source):
        status[i], process_status[i] = code, worst
        if of_draws is None or worst != ProcessStatus.DEFINED:
            continue
        values[:, i] = statistics_of_draws(of_draws, len(kinds))
        known = np.isfinite(of_draws).all(axis=0)
        for k, weight in enumerate((land_area[i], 1.0)):
            weights[k] += np.where(known, weight, 0.0)
            sums[k] += np.where(known, weight * of_draws, 0.0)
    with np.errstate(invalid="ignore"):
        means = sums / weights[:, None]
    area_mean, cell_mean = (statistics_of_draws(one, len(kinds)) for one in means)
    return ProcessMaps(
        n_draws=draws,
        status=status,
        process_status=process_status,
        values=values,
        area_mean=area_mean,
        cell_mean=cell_mean,
        area_median=np.array([weighted_median(one, land_area) for one in values[0].T]),
        cell_median=np.array([weighted_median(one, np.ones(n)) for one in values[0].T]),
    )


def weighted_median(values: Cells, weights: Cells) -> float:
    """Value below and above which half of the weight lies; the mean of two if both do.

    Parameters
    ----------
    values
        (n,), NaN where there is none.
    weights
        (n,) positive.

    Returns
    -------
    float
        NaN if there is no value.
    """
    known = np.flatnonzero(np.isfinite(values))
    if not known.size:
        return np.nan
    order = known[np.argsort(values[known], kind="stable")]
    share = np.cumsum(weights[order]) / weights[order].sum()
    lower, upper = np.searchsorted(share, [0.5 - 1e-12, 0.5 + 1e-12])
    return float(values[order[[lower, min(upper, order.size - 1)]]].mean())
