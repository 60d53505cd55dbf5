"""A block of cells through time: all parameter sets in all scenarios, from one start each.

1. Every set starts in every cell from the state to which the base years lead if they repeat. A cell
   that does not come back to itself is marked and not run.
2. Year after year, every scenario advances all members of all sets. Forcing is prepared once for
   all sets of a model.
3. What a year leaves is reduced at once: maps of the mean over members, totals of every member over
   the cells that all sets have.

The balance of carbon is checked in every step of every cell. A run that is continued from any year
has the same bits, and so has a cell in any block; only sums over cells depend on the blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from proda.arrays import Counts, FloatArray, Mask, Parameters, PoolLayers
from proda.data.series import ForcingSeries
from proda.errors import InputError
from proda.model.soil_model import SoilModel
from proda.model.spin_up import mean_age, mean_columns, periodic_steady_state
from proda.model.transient import Year, advance_year, monthly_steps
from proda.projection.forward import SOLID_CARBON
from proda.projection.stocks import KILOGRAM, PETAGRAM
from proda.transient.parameter_sets import ParameterSet
from proda.transient.radiocarbon import DECAY, Atmosphere, delta_of_stocks, tracer_year
from proda.transient.reduce import SOC_GROUPS, depth_bounds, stocks_by_depth
from proda.transient.restart import Restart
from proda.transient.results import BlockResult, Status
from proda.transient.scenarios import SCENARIOS, ForcingYears, forcing_years
from proda.transient.variables import columns_of, variables_of, yearly_values

__all__ = ["BALANCE", "RunOptions", "run_block"]

BALANCE = 1e-12  # largest error of the steps of a year, relative to the stock


@dataclass(frozen=True)
class RunOptions:
    """How a block is run.

    Attributes
    ----------
    scenarios
        Names of SCENARIOS.
    steps_per_month
        Number of steps in every month.
    second_order
        Whether the scheme is of second order.
    years_per_restart
        Years after which the state is saved; None for never.
    atmosphere
        Fraction modern of the air; None without radiocarbon.
    """

    scenarios: tuple[str, ...] = tuple(SCENARIOS)
    steps_per_month: int = 1
    second_order: bool = False
    years_per_restart: int | None = None
    atmosphere: Atmosphere | None = None


def run_block(
    series: ForcingSeries,
    sets: Sequence[ParameterSet],
    options: RunOptions,
    restart: Restart | None = None,
) -> BlockResult:
    """Run all sets of a block in all scenarios.

    Parameters
    ----------
    series
        Forcing of the block.
    sets
        Parameters of its columns.
    options
        How it is run.
    restart
        Where the state is saved, and from where the run goes on if there is one.

    Returns
    -------
    BlockResult

    Raises
    ------
    InputError
        If a step loses or makes carbon, for results that are not numbers, and for years that
        forcing or air do not have.
    """
    block = _Block(series, sets, options)
    years, result = block.years, block.result
    if not len(series):  # a block of ice, or beyond the history
        return result
    forced = [forcing_years(SCENARIOS[name], years, series.base) for name in options.scenarios]
    saved = None if restart is None else restart.load()
    if saved is None:
        first, states = 0, block.start()
    else:
        first, states = saved.position, saved.states
        result.restore(saved.arrays)
    groups = block.groups
    for k in range(first, len(years)):
        for g, group in enumerate(groups):
            prepared: dict[ForcingYears, Year] = {}
            for s, years_of in enumerate(forced):
                year = years_of[k]
                if year not in prepared:
                    prepared[year] = block.prepare(group.model, year)
                states[g][s] = block.advance(group, prepared[year], states[g][s], s, k)
        every = options.years_per_restart
        if restart is not None and every and (k + 1) % every == 0 and k + 1 < len(years):
            restart.save(k + 1, states, result.arrays())
    return result


@dataclass(frozen=True)
class _Part:
    """The pairs of a set among those of a group, by column and member.

    Attributes
    ----------
    number
        Of the set.
    pairs
        Which pairs of the group.
    columns, cells
        (k,) columns of the series and cells of the block.
    runs
        Its members among all runs.
    """

    number: int
    pairs: slice
    columns: Counts
    cells: Counts
    runs: slice

    def table(self, values: FloatArray) -> FloatArray:
        """Values of all pairs as (k, members, ...) of the set."""
        return values[self.pairs].reshape(
            len(self.cells), self.runs.stop - self.runs.start, *values.shape[1:]
        )


@dataclass(frozen=True)
class _Group:
    """Pairs of a parameter vector and a column, of all sets that share a model."""

    model: SoilModel
    physical: Parameters
    column: Counts
    parts: tuple[_Part, ...]


class _Block:
    """A block and what is known of it while it runs."""

    def __init__(
        self, series: ForcingSeries, sets: Sequence[ParameterSet], options: RunOptions
    ) -> None:
        self.series, self.sets, self.options = series, sets, options
        self.years = range(series.base_years[0], series.last_year + 1)
        self.steps = monthly_steps(options.steps_per_month)
        air = options.atmosphere
        self.air = None if air is None else air.of_years(self.years)
        numbers = variables_of(air is not None)
        self.result = BlockResult(
            series.cells,
            self.years,
            options.scenarios,
            tuple(one.name for one in sets),
            np.array([one.members for one in sets]),
            max(part.stop for part in columns_of(numbers).values()),
        )
        self._base: dict[tuple[int, ForcingYears], Year] = {}
        cells = series.positions
        for k, one in enumerate(sets):
            missing = np.isnan(one.physical).any(axis=(1, 2))
            self.result.status[k, cells] = np.select(
                [missing, one.infeasible],
                [Status.NO_PARAMETERS, Status.INFEASIBLE_PARAMETERS],
                Status.RUN,
            )

    @property
    def area(self) -> FloatArray:
        """Land of each cell, m2; 0 for cells that not all sets have."""
        return np.where(self.result.common, self.series.cells.area_m2, 0.0)

    @cached_property
    def groups(self) -> list[_Group]:
        """Of the cells whose status is RUN; asked for when statuses are final."""
        return self._groups()

    def prepare(self, model: SoilModel, year: ForcingYears) -> Year:
        """A year of forcing; those of the base are kept."""
        if year.climate != year.carbon_input or year.climate not in self.series.base:
            return self.series.prepare(model, *year)
        key = id(model), year
        if key not in self._base:
            self._base[key] = self.series.prepare(model, *year)
        return self._base[key]

    def start(self) -> list[list[list[PoolLayers]]]:
        """Pools of all tracers by group and scenario at the beginning; statuses become final."""
        started = []
        for group in self._groups():
            base = [self.prepare(group.model, ForcingYears(y, y)) for y in self.series.base]
            tracers = [self._spin_up(group, base)]
            if self.air is not None:
                aged = [tracer_year(year, self.air[0]) for year in base]
                tracers.append(self._spin_up(group, aged, DECAY))
            self._mark_dense(group, tracers[0])
            self._ages(group, base, tracers[0])
            started.append((group, tracers))
        states = []
        for group, tracers in started:
            kept = np.zeros(len(group.column), dtype=bool)
            for part in group.parts:
                runs = self.result.status[part.number, part.cells] == Status.RUN
                kept[part.pairs] = np.repeat(runs, part.runs.stop - part.runs.start)
            pools = [tracer[kept] for tracer in tracers]
            states.append([pools for _ in self.options.scenarios])
        for g, group in enumerate(self.groups):
            stocks = stocks_by_depth(group.model.grid, states[g][0][0])
            self._total(group, stocks, (slice(None), 0))
            for part in group.parts:
                soc = part.table(stocks)[:, :, SOC_GROUPS].sum(axis=2) / KILOGRAM
                self.result.initial_soc[part.runs, part.cells] = soc.transpose(1, 0, 2)
        return states

    def advance(
        self, group: _Group, year: Year, tracers: list[PoolLayers], s: int, k: int
    ) -> list[PoolLayers]:
        """Take the tracers of a group through year k of scenario s, and reduce what it leaves."""
        grid, result = group.model.grid, self.result
        column, second_order = group.column, self.options.second_order
        before = (np.abs(tracers[0]) * grid.thickness).sum(axis=(1, 2))
        found = advance_year(
            group.model, group.physical, year, tracers[0], self.steps,
            column=column, second_order=second_order,
        )  # fmt: skip
        scale = before + found.carbon_input
        error = np.divide(found.imbalance, scale, out=np.zeros_like(scale), where=scale > 0.0)
        self._check(group, found.imbalance <= BALANCE * scale, s, k)
        result.imbalance[s] = max(result.imbalance[s], error.max(initial=0.0))
        mean, end = (stocks_by_depth(grid, pools) for pools in (found.mean_pools, found.pools))
        values = yearly_values(found, mean, end)
        after = [found.pools]
        if self.air is not None:
            aged = advance_year(
                group.model, group.physical, tracer_year(year, self.air[k]), tracers[1],
                self.steps, column=column, second_order=second_order, decay=DECAY,
            )  # fmt: skip
            after.append(aged.pools)
            of_tracer = stocks_by_depth(grid, aged.mean_pools)
            values = np.concatenate([values, delta_of_stocks(of_tracer, mean)], axis=1)
        self._total(group, end, (s, k + 1))
        last = k + 1 == len(self.years)
        for part in group.parts:
            members = part.table(values).mean(axis=1)
            result.maps[s, k, part.number][:, part.cells] = members.T
            fluxes = np.stack([found.carbon_input, found.respiration], axis=1)
            area = self.area[part.cells, None, None]
            result.fluxes[s, k, part.runs] = (part.table(fluxes) * area).sum(axis=0) / PETAGRAM
            if last:
                soc = part.table(end)[:, :, SOC_GROUPS].sum(axis=2) / KILOGRAM
                result.final_soc[s][part.runs, part.cells] = soc.transpose(1, 0, 2)
        return after

    def _groups(self) -> list[_Group]:
        by_model: dict[int, list[int]] = {}
        for k, one in enumerate(self.sets):
            by_model.setdefault(id(one.model), []).append(k)
        groups = []
        for numbers in by_model.values():
            parts, physical, column, first = [], [], [], 0
            for k in numbers:
                one = self.sets[k]
                (columns,) = np.nonzero(self.result.status[k, self.series.positions] == Status.RUN)
                pairs = slice(first, first + len(columns) * one.members)
                cells = self.series.positions[columns]
                parts.append(_Part(k, pairs, columns, cells, self.result.runs(one.name)))
                physical.append(one.physical[columns].reshape(-1, one.physical.shape[-1]))
                column.append(np.repeat(columns, one.members))
                first = pairs.stop
            model = self.sets[numbers[0]].model
            groups.append(
                _Group(model, np.concatenate(physical), np.concatenate(column), tuple(parts))
            )
        return groups

    def _spin_up(self, group: _Group, base: list[Year], decay: float = 0.0) -> PoolLayers:
        """Periodic steady state of the base years; marks cells that have not reached it."""
        found = periodic_steady_state(
            group.model, group.physical, base, self.steps, column=group.column,
            second_order=self.options.second_order, decay=decay,
        )  # fmt: skip
        for part in group.parts:
            drift = part.table(found.drift).max(axis=1, initial=0.0)
            worst = np.fmax(self.result.drift[part.number, part.cells], drift)
            self.result.drift[part.number, part.cells] = worst
            self._mark(part, ~(drift <= BALANCE), Status.NOT_PERIODIC)
        return found.pools

    def _mark_dense(self, group: _Group, pools: PoolLayers) -> None:
        """Mark cells that hold more carbon than a solid of it, mean over members."""
        within = depth_bounds(group.model.grid)[:-1]
        stocks = stocks_by_depth(group.model.grid, pools)[:, SOC_GROUPS, : len(within)]
        for part in group.parts:
            soc = part.table(stocks.sum(axis=(1, 2))).mean(axis=1)
            self._mark(part, ~(soc <= SOLID_CARBON * within[-1, 1]), Status.BEYOND_ANY_SOIL)

    def _mark(self, part: _Part, which: Mask, status: Status) -> None:
        of_set = self.result.status[part.number]
        cells = part.cells[which]
        of_set[cells] = np.where(of_set[cells] == Status.RUN, status, of_set[cells])

    def _ages(self, group: _Group, base: list[Year], pools: PoolLayers) -> None:
        """Transit time and mean age in the base climate, of cells whose status is RUN."""
        grid, columns = group.model.grid, mean_columns(base)
        steady = group.model.steady_state_in(group.physical, columns, group.column)
        age = mean_age(group.model, group.physical, columns, steady, group.column)
        weighted = np.where(steady > 0.0, age * steady, 0.0)
        parts = (
            stocks_by_depth(grid, one)[:, SOC_GROUPS].sum(axis=1) for one in (weighted, steady)
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            soc_age = np.divide(*parts)
        entered, stock, state = np.zeros(len(pools)), np.zeros(len(pools)), pools
        for year in base:
            found = advance_year(
                group.model, group.physical, year, state, self.steps, column=group.column,
                second_order=self.options.second_order,
            )  # fmt: skip
            state = found.pools
            entered += found.carbon_input
            stock += (found.mean_pools * grid.thickness).sum(axis=(1, 2))
        with np.errstate(divide="ignore", invalid="ignore"):
            transit = stock / entered
        for part in group.parts:
            runs = self.result.status[part.number, part.cells] == Status.RUN
            for values, target in (
                (transit, self.result.transit_time),
                (soc_age, self.result.soc_age),
            ):
                target[part.number, part.cells[runs]] = part.table(values)[runs].mean(axis=1)

    def _total(self, group: _Group, stocks: FloatArray, place: tuple[slice | int, int]) -> None:
        """Enter totals of stocks (pairs, groups, depths) gC m-2 over the common cells, Pg."""
        for part in group.parts:
            area = self.area[part.cells, None, None, None]
            total = (part.table(stocks) * area).sum(axis=0) / PETAGRAM
            self.result.stocks[(*place, part.runs)] = total

    def _check(self, group: _Group, closed: Mask, s: int, k: int) -> None:
        """Require a balance that closes in every pair; NaN does not."""
        for pair in np.flatnonzero(~closed)[:1]:
            part = next(part for part in group.parts if part.pairs.start <= pair < part.pairs.stop)
            cell = self.series.cells.cell[self.series.positions[group.column[pair]]]
            raise InputError(
                f"{self.sets[part.number].name}, {self.options.scenarios[s]}, year "
                f"{self.years[k]}, cell {cell}",
                f"steps whose balance closes to {BALANCE:g} of the stock",
                "one that does not",
                "is the forcing of this year whole?",
            )
