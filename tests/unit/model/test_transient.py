"""Steps in time: exact solutions, mass balance, positivity, restart, spin-up, ages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from proda.errors import InputError
from proda.model import MatrixModel
from proda.model.dense import assemble
from proda.model.layout import MONTHS, new_workspace
from proda.model.slots import EFOLDING_DEPTH, TAU_PASSIVE, TAU_SLOW
from proda.model.spin_up import mean_age, periodic_steady_state
from proda.model.steady_state import coefficients
from proda.model.transient import (
    Steps,
    Year,
    advance_year,
    daily_steps,
    monthly_steps,
    prepare_year,
)
from support.model_cases import annual, annual_draws, monthly, monthly_draws

MODELS = {name: MatrixModel(name) for name in ("clm45-10", "clm5-20")}
DRAWS = {"clm45-10": annual_draws, "clm5-20": monthly_draws}
MAX_STOCK = 1e6  # gC m-2; columns that never thaw hold more than any soil
both = pytest.mark.parametrize("structure", MODELS)
schemes = pytest.mark.parametrize("second_order", [False, True])


def stock(model, pools):
    return (pools * model.grid.thickness).sum(axis=(1, 2))


def plausible(structure, n=24, seed=0):
    """Model, physical vectors, forcing, a prepared year and steady states of plausible columns."""
    model = MODELS[structure]
    theta, forcing = DRAWS[structure](4 * n, seed)
    pools = model.steady_state(theta, forcing)
    rows = np.flatnonzero(stock(model, pools) < MAX_STOCK)[:n]
    assert len(rows) == n
    part = forcing.take(rows)
    return model, model.physical(theta[rows]), part, prepare_year(model, [part]), pools[rows]


def changed(year, seed):
    """The year with other input in every month, and warmer or colder months."""
    rng = np.random.default_rng(seed)
    columns = year.columns.copy()
    columns[:, MONTHS::6] += rng.normal(0.0, 0.2, (len(year), 1, 1))
    return Year(columns, year.input_factor * rng.uniform(0.5, 1.5, (len(year), 1, 12)))


def one_column(structure):
    """Model, physical vector, dense matrix (d-1) and supply (gC m-3 d-1) of a constant climate."""
    model = MODELS[structure]
    theta = np.full(len(model.parameters.names), 0.4)
    forcing = annual() if structure == "clm45-10" else monthly(temperature=281.0, water=0.4)
    return model, model.physical(theta), forcing, *model.matrix(theta, forcing)


@both
@schemes
def test_carbon_is_conserved(structure, second_order):
    model, physical, _, year, pools = plausible(structure)
    for k in range(200):
        result = advance_year(
            model, physical, changed(year, k), pools, monthly_steps(), second_order=second_order
        )
        gain = result.carbon_input - result.respiration
        missing = stock(model, result.pools) - stock(model, pools) - gain
        assert np.max(np.abs(missing) / stock(model, pools)) <= 1e-12
        # Of every step, in absolute value: steps that miss do not make up for each other.
        assert np.max(result.imbalance / stock(model, pools)) <= 1e-12
        assert np.all(result.imbalance >= 0.999 * np.abs(missing) - 1e-13 * stock(model, pools))
        pools = result.pools


@both
@given(days=st.floats(1e-3, 1e9), seed=st.integers(0, 5))
@settings(max_examples=15)
def test_pools_are_positive_after_a_step_of_any_length(structure, days, seed):
    model, physical, _, year, pools = plausible(structure, 8, seed)
    start = np.where(np.arange(7)[:, None] == seed, pools, 0.0)
    result = advance_year(model, physical, year, start, Steps(np.array([0]), np.array([days])))
    assert np.all(result.pools >= 0.0)
    missing = stock(model, result.pools) - stock(model, start)
    missing -= result.carbon_input - result.respiration
    assert np.all(np.abs(missing) <= 1e-12 * (stock(model, start) + result.carbon_input))


@both
@schemes
def test_error_falls_with_the_order_of_the_scheme(structure, second_order):
    model, physical, forcing, matrix, supply = one_column(structure)
    n = model.grid.n_layers
    start = np.linspace(50.0, 900.0, 7 * n)
    # (A K - V) X + input = dX/dt, in a system that has the input as one more constant state.
    whole = np.zeros((7 * n + 1, 7 * n + 1))
    whole[:-1, :-1], whole[:-1, -1] = matrix, supply
    exact = (expm(365.0 * whole) @ np.append(start, 1.0))[:-1]
    year = prepare_year(model, [forcing])
    errors = []
    for per_month in (8, 16, 32):
        result = advance_year(
            model,
            physical,
            year,
            start.reshape(1, 7, n),
            monthly_steps(per_month),
            second_order=second_order,
        )
        errors.append(np.abs(result.pools.ravel() - exact).sum() / exact.sum())
    order = np.log2(np.array(errors[:-1]) / errors[1:])
    np.testing.assert_allclose(order, 2.0 if second_order else 1.0, atol=0.1)
    assert errors[-1] < (1e-6 if second_order else 5e-4)


@both
def test_steady_state_stays(structure):
    model, physical, forcing, *_ = one_column(structure)
    pools = model.steady_state_of(physical, forcing)
    result = advance_year(model, physical, prepare_year(model, [forcing]), pools, monthly_steps())
    np.testing.assert_allclose(result.pools, pools, rtol=1e-12)
    np.testing.assert_allclose(result.mean_pools, pools, rtol=1e-12)
    np.testing.assert_allclose(result.respiration, result.carbon_input, rtol=1e-12)


@both
def test_monthly_steps_agree_with_explicit_daily_steps(structure):
    """Explicit daily steps are stable where no pool loses more than its carbon in a day."""
    model, physical, _, year, _ = plausible(structure, 20, seed=3)
    pools = periodic_steady_state(model, physical, [year], monthly_steps()).pools
    for k in range(3):
        year_k = changed(year, k)
        reached = advance_year(model, physical, year_k, pools, monthly_steps()).pools
        for row in range(20):
            explicit = daily_explicit(
                model, physical[row], year_k.take(slice(row, row + 1)), pools[row]
            )
            soc = (
                model.soc(state)[..., :] @ model.grid.thickness
                for state in (reached[row], explicit)
            )
            ours, reference = soc
            assert abs(ours / reference - 1.0) <= 1e-3
        pools = reached


def daily_explicit(model, physical, year, pools):
    """Forward Euler with the dense matrix of each month, in steps short enough to be stable."""
    state, n = pools.ravel().copy(), model.grid.n_layers
    columns = year.columns[0]
    months = (len(columns) - MONTHS) // 6
    steps = daily_steps()
    for month in range(12):
        rows = slice(MONTHS + 6 * min(month, months - 1), MONTHS + 6 * min(month, months - 1) + 6)
        column = np.concatenate([columns[:MONTHS], columns[rows]])
        workspace = new_workspace(n)
        coefficients(physical, column, model.grid_rows, model.switches, workspace)
        matrix, supply = assemble(physical, workspace, model.grid.thickness)
        supply = supply * np.repeat(np.append(year.input_factor[0, :, month], [1.0] * 3), n)
        parts = int(np.ceil(1.5 * np.abs(np.diag(matrix)).max()))
        for _ in range(int(steps.days[steps.month == month].sum()) * parts):
            state += (matrix @ state + supply) / parts
    return state.reshape(7, n)


@both
def test_a_run_can_be_continued_and_split(structure):
    model, physical, _, year, pools = plausible(structure, 13)
    years = [changed(year, k) for k in range(4)]

    def run(rows, state, some):
        for one in some:
            state = advance_year(
                model, physical[rows], one.take(rows), state, monthly_steps()
            ).pools
        return state

    everything = slice(None)
    whole = run(everything, pools, years)
    halfway = run(everything, pools, years[:2]).tobytes()
    restarted = run(everything, np.frombuffer(halfway).reshape(pools.shape), years[2:])
    assert np.array_equal(whole, restarted)
    for rows in (slice(0, 5), slice(5, 13), slice(7, 8)):
        assert np.array_equal(run(rows, pools[rows], years), whole[rows])


@both
@schemes
def test_spin_up_comes_back_to_itself(structure, second_order):
    model, physical, _, year, pools = plausible(structure, 16, seed=1)
    years = [changed(year, k) for k in range(3)]
    found = periodic_steady_state(
        model, physical, years, monthly_steps(), second_order=second_order
    )
    assert np.all(found.drift <= 1e-13)
    assert np.all(found.pools >= 0.0)
    state = found.pools
    for one in years:
        state = advance_year(
            model, physical, one, state, monthly_steps(), second_order=second_order
        ).pools
    start = stock(model, found.pools)
    assert np.all(np.abs(stock(model, state) - start) <= 1e-9 * start)
    # The state of the mean climate is another one.
    assert np.median(np.abs(stock(model, pools) / start - 1.0)) > 1e-3
    # Columns do not depend on their company.
    alone = periodic_steady_state(
        model,
        physical[3:4],
        [one.take(slice(3, 4)) for one in years],
        monthly_steps(),
        second_order=second_order,
    )
    assert np.array_equal(alone.pools[0], found.pools[3])


@both
def test_several_sets_in_one_column(structure):
    model, physical, _, year, pools = plausible(structure, 6)
    column = np.array([3, 0, 0, 5, 3])
    shared = advance_year(model, physical[:5], year, pools[:5], monthly_steps(), column=column)
    apart = advance_year(model, physical[:5], year.take(column), pools[:5], monthly_steps())
    for one, other in zip(shared, apart, strict=True):
        assert np.array_equal(one, other)
    years = [year, changed(year, 1)]
    found = periodic_steady_state(model, physical[:5], years, monthly_steps(), column=column)
    taken = [one.take(column) for one in years]
    assert np.array_equal(
        found.pools, periodic_steady_state(model, physical[:5], taken, monthly_steps()).pools
    )
    with pytest.raises(InputError, match="column"):
        advance_year(model, physical[:1], year, pools[:1], monthly_steps(), column=[6])


def test_spin_up_that_is_not_given_time_says_so():
    model, physical, _, year, _ = plausible("clm45-10", 4)
    found = periodic_steady_state(model, physical, [year], monthly_steps(), max_periods=2)
    assert np.all(found.drift > 1e-13)
    assert np.all(found.periods == 2)


@both
def test_more_input_ends_at_the_slowest_rate(structure):
    model, physical, forcing, *_ = one_column(structure)
    if structure == "clm5-20":
        forcing = monthly(temperature=281.0, water=0.4, bedrock=6)
    physical[:, [TAU_SLOW, TAU_PASSIVE, EFOLDING_DEPTH]] = 2.0, 10.0, 1e4
    matrix, _ = model.matrix_of(physical[0], forcing)
    year = prepare_year(model, [forcing])
    before = model.steady_state_of(physical, forcing)
    more = Year(year.columns, 1.2 * year.input_factor)
    slowest = -np.linalg.eigvals(matrix).real.max() * 365.0
    distance, pools = [], before
    for _ in range(int(12.0 / slowest)):
        pools = advance_year(model, physical, more, pools, monthly_steps()).pools
        distance.append((1.2 * stock(model, before) - stock(model, pools))[0])
    assert 0.0 < distance[-1] < 1e-4 * stock(model, before)[0]
    rate = -np.diff(np.log(distance))[-1]
    np.testing.assert_allclose(rate, slowest, rtol=0.02)


@both
def test_a_tracer_decays(structure):
    model, physical, forcing, matrix, supply = one_column(structure)
    n, decay = model.grid.n_layers, 1.0 / 8267.0
    year = prepare_year(model, [forcing])
    found = periodic_steady_state(model, physical, [year], monthly_steps(), decay=decay)
    expected = np.linalg.solve(matrix - decay / 365.0 * np.eye(7 * n), -supply)
    np.testing.assert_allclose(found.pools.ravel(), expected, rtol=1e-8, atol=1e-8)
    result = advance_year(model, physical, year, found.pools, monthly_steps(), decay=decay)
    np.testing.assert_allclose(result.decay, decay * stock(model, found.pools), rtol=1e-9)
    np.testing.assert_allclose(result.respiration + result.decay, result.carbon_input, rtol=1e-9)


@both
def test_mean_age(structure):
    model, physical, forcing, matrix, supply = one_column(structure)
    pools = model.steady_state_of(physical, forcing)
    age = mean_age(model, physical, model.columns(forcing), pools)
    weighted = np.linalg.solve(matrix, -pools.ravel()) / 365.0
    np.testing.assert_allclose((age * pools).ravel(), weighted, rtol=1e-9)
    # Woody debris does not move: its age is its turnover time in each layer.
    n = model.grid.n_layers
    np.testing.assert_allclose(age[0, 0], -1.0 / np.diag(matrix)[:n] / 365.0, rtol=1e-12)
    # Mean transit time, sum of ages of what leaves, is the stock per input.
    thickness = np.tile(model.grid.thickness, 7)
    leaving = -(thickness @ matrix).reshape(7, n) * pools[0]
    transit = stock(model, pools)[0] / (supply.reshape(7, n) * model.grid.thickness).sum() / 365.0
    np.testing.assert_allclose((leaving * age[0]).sum() / leaving.sum(), transit, rtol=1e-9)


def test_input_of_the_months():
    model, physical, forcing, *_ = one_column("clm5-20")
    share = np.zeros((4, 12))
    share[:, 5] = 1.0
    year = prepare_year(model, [forcing], share)
    pools = model.steady_state_of(physical, forcing)
    result = advance_year(model, physical, year, pools, monthly_steps())
    np.testing.assert_allclose(result.carbon_input, forcing.litter_input.sum(), rtol=1e-12)
    may = Steps(np.array([4]), np.array([31.0]))
    assert advance_year(model, physical, year, pools, may).carbon_input[0] == 0.0


def test_months_of_a_structure_with_annual_forcing():
    model = MODELS["clm45-10"]
    months = [annual(temperature=280.0 + 8.0 * np.sin(k)) for k in range(12)]
    year = prepare_year(model, months)
    alone = [prepare_year(model, [month]).columns[0, MONTHS:] for month in months]
    assert np.array_equal(year.columns[0, MONTHS:], np.concatenate(alone))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda model, forcing: prepare_year(model, [forcing] * 2), "1 or 12 months"),
        (lambda model, forcing: prepare_year(model, [forcing], np.full((4, 12), 0.1)), "sum of 1"),
        (lambda model, forcing: prepare_year(model, [forcing], -np.ones((4, 12))), "input_share"),
        (lambda _, __: monthly_steps(0), "1 or more"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(InputError, match=message):
        change(MODELS["clm5-20"], monthly())
