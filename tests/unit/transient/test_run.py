"""Runs of a block: start, scenarios, balance, members, blocks, restarts, cells that fail."""

from dataclasses import replace

import numpy as np
import pytest

from proda.data.series import SeriesCells
from proda.errors import InputError
from proda.model.spin_up import periodic_steady_state
from proda.model.transient import advance_year, monthly_steps
from proda.transient.parameter_sets import default_set, set_of_theta
from proda.transient.reduce import DEPTHS, GROUPS, SOC_GROUPS, stocks_by_depth
from proda.transient.restart import Restart
from proda.transient.results import AXES, Status
from proda.transient.run import RunOptions, run_block
from proda.transient.scenarios import ALL, SCENARIOS, STATIC
from proda.transient.variables import columns_of, variables_of
from transient_cases import block, sets_of, theta_of

both = pytest.mark.parametrize("structure", ["clm45-10", "clm5-20"])
S = {name: k for k, name in enumerate(SCENARIOS)}
COLUMNS = columns_of(variables_of(radiocarbon=False))


def equal(one, other):
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True) for name in AXES
    )


@pytest.fixture(scope="module")
def whole():
    model, series = block()
    sets = sets_of(model, series, one_batch=2, neural_network=3)
    return series, sets, run_block(series, sets, RunOptions())


def test_stocks_by_depth_hold_all_carbon():
    model, _ = block()
    pools = np.random.default_rng(0).uniform(0.0, 9.0, (3, 7, 10))
    stocks = stocks_by_depth(model.grid, pools)
    assert stocks.shape == (3, len(GROUPS), len(DEPTHS))
    total = (pools * model.grid.thickness).sum(axis=(1, 2))
    np.testing.assert_allclose(stocks.sum(axis=(1, 2)), total, rtol=1e-13)
    soc = model.soc(pools)
    for d, (top, bottom) in enumerate(((0.0, 0.3), (0.3, 1.0), (1.0, 2.0))):
        np.testing.assert_allclose(
            stocks[:, SOC_GROUPS, d].sum(axis=1), model.stock(soc, top, bottom), rtol=1e-8
        )


@both
def test_against_a_plain_loop(structure):
    model, series = block(structure, n=3, years=5)
    theta = theta_of(model, 3, members=1)
    result = run_block(series, [set_of_theta("truth", model, theta, 3)], RunOptions())
    physical, steps = model.physical(theta[:, 0]), monthly_steps()
    base = [series.prepare(model, year, year) for year in series.base]
    start = periodic_steady_state(model, physical, base, steps).pools
    for name, held in ((STATIC.name, True), (ALL.name, False)):
        pools = start
        for k, year in enumerate(series.years):
            year = series.base[k % len(series.base)] if held else year
            found = advance_year(model, physical, series.prepare(model, year, year), pools, steps)
            pools = found.pools
            maps = result.maps[S[name], k, 0]
            soc = model.soc(found.mean_pools) @ model.grid.thickness / 1e3
            np.testing.assert_allclose(maps[COLUMNS["cSoil"]][0], soc, rtol=1e-6)
            np.testing.assert_allclose(
                maps[COLUMNS["rh"]][0], found.respiration / 1e3 / (365 * 86400), rtol=1e-6
            )
            np.testing.assert_allclose(
                maps[COLUMNS["cSoilPools"]].sum(axis=0), maps[COLUMNS["cSoilLevels"]].sum(axis=0),
                rtol=1e-6,
            )  # fmt: skip
        end = model.stock(model.soc(pools), 0.0, 0.3) / 1e3
        np.testing.assert_allclose(result.final_soc[S[name], 0, :, 0], end, rtol=1e-8)
    assert np.all(result.imbalance <= 1e-12) and np.all(result.imbalance > 0.0)


def test_shorter_steps_and_the_second_order_change_little(whole):
    series, sets, result = whole
    finer = run_block(series, sets, RunOptions(steps_per_month=2, second_order=True))
    assert np.all(finer.imbalance <= 1e-12)
    assert not np.array_equal(finer.stocks, result.stocks)
    soc, finer_soc = (one.stocks[..., SOC_GROUPS, :].sum(axis=(3, 4)) for one in (result, finer))
    np.testing.assert_allclose(finer_soc, soc, rtol=2e-3)


def test_nothing_drifts_where_nothing_changes(whole):
    _, _, result = whole
    static = result.stocks[S[STATIC.name]].sum(axis=(2, 3))
    assert np.all(np.abs(static[3] / static[0] - 1.0) <= 1e-12)
    assert np.all(np.abs(static[6] / static[0] - 1.0) <= 1e-12)
    moved = result.stocks[S[ALL.name]].sum(axis=(2, 3))
    assert np.all(np.abs(moved[-1] / moved[0] - 1.0) > 1e-6)


def test_totals_balance_and_are_those_of_the_maps(whole):
    series, _, result = whole
    change = np.diff(result.stocks.sum(axis=(3, 4)), axis=1)
    np.testing.assert_allclose(
        change, result.fluxes[..., 0] - result.fluxes[..., 1], atol=1e-12 * result.stocks.max()
    )
    soc = result.stocks[..., SOC_GROUPS, :].sum(axis=(3, 4))[:, 1:]
    for k, name in enumerate(result.sets):
        maps = result.maps[:, :, k, COLUMNS["cSoilEnd"]][:, :, 0].astype(float)
        total = (maps * series.cells.area_m2).sum(axis=-1) * 1e3 / 1e15
        np.testing.assert_allclose(soc[:, :, result.runs(name)].mean(axis=2), total, rtol=1e-6)


def test_a_cell_is_the_same_in_any_block_and_members_in_any_company(whole):
    series, sets, result = whole
    rows = np.array([1, 3])
    part = run_block(
        series.take(rows), [set_of_theta_rows(one, rows) for one in sets[::-1]], RunOptions()
    )
    cells = series.positions[rows]
    for name in part.sets:
        ours, theirs = part.sets.index(name), result.sets.index(name)
        assert np.array_equal(
            part.maps[:, :, ours][..., cells], result.maps[:, :, theirs][..., cells]
        )
        assert np.array_equal(
            part.final_soc[:, part.runs(name)][:, :, cells],
            result.final_soc[:, result.runs(name)][:, :, cells],
        )


def set_of_theta_rows(one, rows):
    return replace(one, physical=one.physical[rows], infeasible=one.infeasible[rows])


class StopError(Exception):
    pass


class Interrupted(Restart):
    """A run that ends after it has saved its state before a year."""

    at = 4

    def save(self, position, states, arrays):
        super().save(position, states, arrays)
        if position == self.at:
            raise StopError


@pytest.mark.parametrize("at", [2, 4, 6])
def test_a_run_that_is_continued_has_the_same_bits(whole, tmp_path, at):
    series, sets, result = whole
    path = tmp_path / "state.npz"
    interrupted = Interrupted(path, "one")
    object.__setattr__(interrupted, "at", at)
    options = RunOptions(years_per_restart=2)
    with pytest.raises(StopError):
        run_block(series, sets, options, interrupted)
    saved = Restart(path, "one").load()
    assert saved.position == at
    assert equal(run_block(series, sets, options, Restart(path, "one")), result)
    # A state of another run, and one that is damaged, are not used.
    assert Restart(path, "another").load() is None
    path.write_bytes(path.read_bytes()[:500])
    assert Restart(path, "one").load() is None
    assert equal(run_block(series, sets, RunOptions(), Restart(path, "one")), result)


def test_one_parameter_set_everywhere_gives_one_answer():
    """Draws by place that are the same in all places change as one set for all of them does."""
    model, series = block("clm5-20", n=4, years=6)
    alike = theta_of(model, 1, members=1)
    heterogeneous = set_of_theta("neural_network", model, np.repeat(alike, 4, axis=0), 4)
    homogeneous = set_of_theta("one_batch", model, alike, 4)
    result = run_block(series, [heterogeneous, homogeneous], RunOptions())
    assert np.array_equal(result.maps[:, :, 0], result.maps[:, :, 1])
    assert np.array_equal(result.stocks[:, :, 0], result.stocks[:, :, 1])


def test_cells_that_fail_are_marked_and_have_no_numbers():
    model, series = block(n=5)
    cells = series.cells
    status = np.array([0, 0, 2, 0, 0], dtype=np.int8)
    series = replace(
        series, positions=np.array([0, 1, 3, 4]),
        cells=SeriesCells(cells.cell, cells.lon, cells.lat, cells.area_m2, status, cells.reason),
    )  # fmt: skip
    theta = theta_of(model, 4, members=2)
    theta[0, 1] = np.nan
    theta[1, 0, model.prior.fractions] = 0.9
    first = set_of_theta("neural_network", model, theta, 4)
    second = set_of_theta("one_batch", model, theta[2:3], 4)
    result = run_block(series, [first, second], RunOptions())
    expected = [
        Status.NO_PARAMETERS, Status.INFEASIBLE_PARAMETERS, Status.NO_SERIES, Status.RUN,
        Status.RUN,
    ]  # fmt: skip
    assert result.status[0].tolist() == expected
    assert result.status[1].tolist() == [0, 0, Status.NO_SERIES, 0, 0]
    missing = np.isnan(result.maps[:, :, 0]).all(axis=(0, 1, 2))
    assert missing.tolist() == [True, True, True, False, False]
    assert not np.isnan(result.maps[:, :, 1][..., [0, 1, 3, 4]]).any()
    # Totals are of the cells that all sets have.
    assert result.common.tolist() == [False, False, False, True, True]
    left = [set_of_theta_rows(one, [2, 3]) for one in (first, second)]
    only = run_block(series.take(np.array([2, 3])), left, RunOptions())
    np.testing.assert_allclose(only.stocks, result.stocks, rtol=1e-14)


@both
def test_a_block_without_a_usable_cell(structure):
    model, series = block(structure, n=2)
    none = replace(series, positions=np.array([], dtype=int))
    sets = [*sets_of(model, none, one_batch=2), default_set("default", structure, None, none)]
    result = run_block(none, sets, RunOptions())
    assert np.all(result.status == Status.NO_SERIES) and not result.stocks.any()
    assert np.isnan(result.maps).all() and not result.imbalance.any()


def test_a_cell_without_periodic_steady_state_is_marked(monkeypatch):
    model, series = block(n=3)
    monkeypatch.setattr(
        "proda.transient.run.periodic_steady_state",
        lambda *given, **named: periodic_steady_state(*given, **named, max_periods=2),
    )
    result = run_block(series, sets_of(model, series, one_batch=1), RunOptions())
    assert np.all(result.status == Status.NOT_PERIODIC)
    assert np.all(result.drift > 1e-12)
    assert np.isnan(result.maps).all() and not result.stocks.any()


def test_a_dense_cell_is_marked(monkeypatch):
    model, series = block(n=3)
    sets = sets_of(model, series, one_batch=1)
    stock = run_block(series, sets, RunOptions()).initial_soc[0, :, :3].sum(axis=1) * 1e3
    order = np.argsort(stock)
    limit = stock[order[1:]].mean() / 2.0  # g m-3 in two metres
    monkeypatch.setattr("proda.transient.run.SOLID_CARBON", limit)
    status = run_block(series, sets, RunOptions()).status[0, order]
    assert status.tolist() == [Status.RUN, Status.RUN, Status.BEYOND_ANY_SOIL]


def test_a_step_that_loses_carbon_is_an_error(monkeypatch):
    model, series = block(n=3)
    calls = []

    def leaking(*given, **named):
        found = advance_year(*given, **named)
        calls.append(1)
        leak = 1e-9 * found.carbon_input.max() if len(calls) == 9 else 0.0
        return found._replace(imbalance=found.imbalance + leak * np.array([0.0, 1.0, 0.0]))

    monkeypatch.setattr("proda.transient.run.advance_year", leaking)
    with pytest.raises(InputError, match=r"one_batch, .*cell 1: .*balance"):
        run_block(series, sets_of(model, series, one_batch=1), RunOptions())


def test_ages():
    model, series = block(n=4)
    result = run_block(series, sets_of(model, series, one_batch=1), RunOptions())
    assert np.all(result.soc_age > 0.0)
    assert np.all(result.soc_age[..., 2] > result.soc_age[..., 0])
    # Transit time: stock over input.
    base = slice(0, 3)
    stock = sum(
        result.maps[S[STATIC.name], base, 0, COLUMNS[name]].sum(axis=1)
        for name in ("cSoil", "cLitter", "cCwd")
    )
    entered = result.maps[S[STATIC.name], base, 0, COLUMNS["fVegLitter"]][:, 0] * 365 * 86400
    ratio = stock.mean(axis=0) / entered.mean(axis=0)
    np.testing.assert_allclose(result.transit_time[0], ratio, rtol=1e-5)
