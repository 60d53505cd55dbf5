"""14C: a single pool against its exact solution, the curve of the air, and what files hold."""

import numpy as np
import pytest

from proda.errors import InputError
from proda.model.spin_up import periodic_steady_state
from proda.model.transient import Year, monthly_steps
from proda.transient.radiocarbon import (
    DECAY,
    Atmosphere,
    delta,
    delta_of_stocks,
    read_atmosphere,
    tracer_year,
)
from proda.transient.reduce import stocks_by_depth
from proda.transient.run import RunOptions, run_block
from proda.transient.scenarios import STATIC
from proda.transient.variables import columns_of, variables_of
from transient_cases import block, sets_of, theta_of


@pytest.mark.parametrize("air", [1.0, 0.9])
def test_a_single_pool_at_steady_state(air):
    """Woody debris does not move: F = F_air k / (k + lambda) in each layer."""
    model, series = block(n=1)
    year = series.prepare(model, 1900, 1900)
    physical = model.physical(theta_of(model, 1, 1)[:, 0])
    steps = monthly_steps()
    carbon = periodic_steady_state(model, physical, [year], steps).pools
    tracer = periodic_steady_state(
        model, physical, [tracer_year(year, air)], steps, decay=DECAY
    ).pools
    matrix, _ = model.matrix_of(physical[0], series.forcing(1900, 1900))
    rate = -np.diag(matrix)[: model.grid.n_layers] * 365.0
    np.testing.assert_allclose(tracer[0, 0] / carbon[0, 0], air * rate / (rate + DECAY), rtol=1e-9)


def test_the_air_enters_with_the_input():
    year = Year(np.ones((2, 3, 4)), np.ones((2, 4, 12)))
    assert np.array_equal(tracer_year(year, 1.5).input_factor, np.full((2, 4, 12), 1.5))


def test_delta():
    assert delta(np.array([1.0, 1.05, 0.9])) == pytest.approx([0.0, 50.0, -100.0])
    carbon = np.ones((1, 5, 4))
    tracer = np.full((1, 5, 4), 0.9)
    tracer[0, :2] = 2.0  # litter and woody debris do not count
    tracer[0, :, 0] = 1.0
    carbon[0, 2:, 3] = 0.0
    found = delta_of_stocks(tracer, carbon)[0]
    assert found[1:4] == pytest.approx([0.0, -100.0, -100.0]) and np.isnan(found[4])


def test_a_run_with_radiocarbon():
    model, series = block(n=3, years=6)
    bomb = Atmosphere((1800.0, 1902.0, 1905.0), (1.0, 1.0, 1.9))
    sets = sets_of(model, series, one_batch=2)
    result = run_block(series, sets, RunOptions(atmosphere=bomb))
    plain = run_block(series, sets, RunOptions())
    numbers = plain.maps.shape[3]
    assert np.array_equal(result.maps[:, :, :, :numbers], plain.maps)
    columns = columns_of(variables_of(radiocarbon=True))
    soil = result.maps[:, :, 0, columns["d14cSoil"]][:, :, 0]
    levels = result.maps[:, :, 0, columns["d14cSoilLevels"]]
    assert np.all(soil[:, 0] < 0.0)
    assert np.all(levels[:, 0, 2] < levels[:, 0, 0])  # older below
    assert np.all(soil[:, -1] > soil[:, 0])  # bomb carbon enters in all scenarios
    static = list(result.scenarios).index(STATIC.name)
    assert np.all(np.abs(soil[static, 1] - soil[static, 0]) < 1e-3 * np.abs(soil[static, 0]))


def test_stocks_of_a_tracer_are_those_of_its_pools():
    model, _ = block()
    pools = np.random.default_rng(3).uniform(1.0, 2.0, (2, 7, 10))
    stocks = stocks_by_depth(model.grid, pools)
    assert delta_of_stocks(0.8 * stocks, stocks) == pytest.approx(np.full((2, 5), -200.0))


def test_the_curve(tmp_path):
    path = tmp_path / "air.csv"
    path.write_text("year,delta_14c\n1900,0\n1960,200\n1964,900\n")
    curve = read_atmosphere(path)
    assert curve.of_years([1900, 1930, 1962]) == pytest.approx([1.0, 1.1, 1.55])
    path.write_text("year,fraction_modern\n1900,1\n1964,1.9\n")
    assert read_atmosphere(path).of_years([1964]) == pytest.approx([1.9])
    with pytest.raises(InputError, match="all years from 1964 to 1970"):
        curve.of_years([1964, 1970])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("year,d14c\n1900,0\n", "either fraction_modern or delta_14c"),
        ("year,delta_14c,fraction_modern\n1900,0,1\n", "either"),
        ("year,delta_14c\n1900,0\n1900,1\n", "row 3.*after 1900"),
        ("year,delta_14c\n1900,0\n1901,\n", "row 3.*fraction modern"),
        ("year,delta_14c\n1900,one\n", "numbers"),
        ("year,delta_14c\n", "a row"),
        ("year,fraction_modern\n1900,0\n1901,900\n", "row 2.*Delta 14C"),
    ],
)
def test_curves_that_cannot_be_used(tmp_path, text, message):
    path = tmp_path / "air.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_atmosphere(path)
