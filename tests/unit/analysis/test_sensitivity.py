"""Global sensitivities: sums of columns, finite differences, the experiment, tables and files."""

import numpy as np
import pandas as pd
import pytest

from model_cases import DRAWS, prior_draws
from proda.analysis.control import Constant, mean_climate
from proda.analysis.control_effects import control_of_stock
from proda.analysis.experiment import FACTORS, changed, gradient, proportional_change
from proda.analysis.places import count_reasons, portions
from proda.analysis.sensitivity import WEIGHTINGS, mean_parameters, sensitivity
from proda.analysis.sensitivity_tables import (
    PosteriorSpread,
    run_sensitivity,
    sensitivity_tables,
)
from proda.figures.sensitivity import draw_sensitivity
from proda.figures.style import save
from proda.model import MatrixModel
from proda.model.mechanisms import (
    CARBON_INPUT,
    CARBON_USE_EFFICIENCY,
    INPUT_DEPTH,
    MECHANISMS,
)
from proda.model.processes import processes_of
from proda.model.processes.elasticities import STOCK_DEPTHS
from proda.parameters.draws import write_draws
from proda.projection.soc import DrawnSoc
from proda.projection.stocks import PETAGRAM
from projection_cases import forcing_of, make_cells, write_grid_inputs
from site_cases import MODEL, random_theta

COUNT = 3
INPUT = MECHANISMS.index(CARBON_INPUT)
TOTAL = STOCK_DEPTHS.index("total")


def world(structure, n=14):
    """Model, source of n cells with draws of their own, their area; some cells take no part."""
    model, rng = MatrixModel(structure), np.random.default_rng(8)
    forcing = DRAWS[structure](n, seed=3)[1]
    theta = 0.2 + 0.5 * np.stack([prior_draws(structure, COUNT, rng) for _ in range(n)])
    for k, name in enumerate(model.parameters.names):
        if name.startswith("input_to_"):
            theta[..., k] *= 0.4
    theta[2] = np.nan
    source = DrawnSoc(model, lambda first, count: theta[first : first + count], COUNT, forcing)
    return model, source, theta, forcing, rng.uniform(1e9, 5e9, n)


@pytest.mark.parametrize("structure", DRAWS)
def test_sums_are_those_of_the_cells_and_do_not_depend_on_portions(structure):
    model, source, theta, forcing, area = world(structure)
    mean = mean_parameters(source, area)
    found = sensitivity(model, portions(source), COUNT, area, mean)
    again = sensitivity(model, portions(source, sets=COUNT), COUNT, area, mean)
    for name in ("stock", "per_log_value", "per_theta", "by_variation", "turnover"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
    assert found.reasons["no_parameters"] == 1 and found.reasons == again.reasons
    assert found.cells + sum(found.reasons.values()) == len(area)

    stock, turnover, part = np.zeros(COUNT), np.zeros((2, COUNT)), []
    logs = []
    for i in range(len(area)):
        if i == 2 or model.without_steady_state(forcing.take([i])):
            continue
        run = processes_of(model, model.physical(theta[i]), forcing.take([i]))
        if run.status.any():
            continue
        part.append(i)
        stock += area[i] * run["soc_stock"] / PETAGRAM
        turnover += np.outer([area[i], 1.0], run["turnover_time"])
        logs.append(np.log(run["carbon_use_efficiency"]))
    assert len(part) == found.cells >= 5
    np.testing.assert_allclose(found.stock[:, TOTAL], stock, rtol=1e-12)
    np.testing.assert_allclose(found.turnover[0], turnover[0] / area[part].sum(), rtol=1e-12)
    np.testing.assert_allclose(found.turnover[1], turnover[1] / len(part), rtol=1e-12)
    np.testing.assert_array_equal(found.log_value_sd, again.log_value_sd)
    deviation = np.array(logs) - np.average(logs, axis=0, weights=area[part])
    sd = np.sqrt(np.average(deviation**2, axis=0, weights=area[part]))
    k = MECHANISMS.index(CARBON_USE_EFFICIENCY)
    np.testing.assert_allclose(found.log_value_sd[:, k], sd, rtol=1e-6)
    # One per cent more input is one per cent more carbon that turns over as before.
    np.testing.assert_allclose(found.per_log_value[..., INPUT], found.stock, rtol=1e-12)
    assert (found.turnover_per_log_value[..., INPUT] == 0).all()


def test_a_parameter_moves_the_global_stock_as_runs_say():
    model, source, theta, forcing, area = world("clm5-20")
    mean = mean_parameters(source, area)
    found = sensitivity(model, portions(source), COUNT, area, mean)
    step = 1e-4

    def total(change):
        moved = DrawnSoc(model, lambda k, n: theta[k : k + n] + change, COUNT, forcing)
        return sensitivity(model, portions(moved), COUNT, area, mean).stock

    for name in ("slow_to_fast", "cryoturbation_diffusivity"):
        k = model.parameters.index(name)
        change = step * (np.arange(len(model.parameters)) == k)
        slope = (total(change) - total(-change)) / (2 * step)
        np.testing.assert_allclose(found.per_theta[:, :, k], slope, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("structure", DRAWS)
def test_the_experiment_reruns_every_factor(structure):
    model, source, *_, area = world(structure)
    found = proportional_change(model, portions(source), COUNT, area)
    exact = sensitivity(model, portions(source), COUNT, area, mean_parameters(source, area))
    again = proportional_change(model, portions(source, sets=COUNT), COUNT, area)
    np.testing.assert_array_equal(again.stock, found.stock)
    np.testing.assert_array_equal(again.change, found.change)
    reference = FACTORS.index(1.0)
    assert len(FACTORS) == 11 and (FACTORS[0], FACTORS[-1]) == (0.8, 1.2)
    np.testing.assert_array_equal(found.change[..., reference], 0.0)
    if found.cells == exact.cells:
        np.testing.assert_allclose(found.stock[:, 0, reference], exact.stock, rtol=1e-12)
    slope, response = gradient(found.stock[:, INPUT, :, TOTAL], found.change[0, :, INPUT])
    np.testing.assert_allclose(slope, 1.0, rtol=1e-10)
    np.testing.assert_allclose(response, 0.01 * found.stock[:, INPUT, reference, TOTAL], rtol=1e-9)
    np.testing.assert_allclose(gradient(found.turnover[0], found.change[0])[0][:, INPUT], 0)


def test_variation_is_control_to_first_order():
    """Where parameters hardly vary, what they do is what holding them at their mean undoes."""
    model, _, _, forcing, area = world("clm5-20")
    rng = np.random.default_rng(5)
    theta = 0.4 + 1e-5 * rng.normal(size=(14, 1, 21))
    source = DrawnSoc(model, lambda k, n: theta[k : k + n], 1, forcing)
    mean = mean_parameters(source, area)
    found = sensitivity(model, portions(source), 1, area, mean)
    columns = model.columns(forcing)
    constants = [Constant(mean[0], 1.0)]
    control = control_of_stock(model, portions(source), 1, area, constants, mean_climate([columns]))
    for k, mechanism in enumerate(MECHANISMS):
        if mechanism is CARBON_INPUT:
            assert (found.by_variation[..., k] == 0).all()
        else:
            expected = control.absolute[0, 0, 1 + k]
            np.testing.assert_allclose(found.by_variation[0, :, k], expected, rtol=1e-3)


def test_limits_of_changed_parameters():
    model = MatrixModel("clm5-20")
    theta = np.full((1, 21), 0.9)
    theta[0, 11] = 0.0
    physical = model.physical(theta)

    def normalised(mechanism):
        moved = changed(model, physical, mechanism, 1.2)[:, model.prior.slots]
        return ((moved - model.prior.minimum) / model.prior.span)[0]

    assert normalised(INPUT_DEPTH)[20] == pytest.approx(0.98)
    transfers = normalised(CARBON_USE_EFFICIENCY)
    np.testing.assert_allclose(transfers[[10, 11, 12]], [1.0, 1e-4, 1.0])
    np.testing.assert_allclose(transfers[:10], 0.9)


def test_gradient_of_a_power_law():
    change = np.linspace(-0.2, 0.3, 11)
    change[5] = 0.0
    slope, response = gradient(7.0 * (1 + change) ** -1.7, change)
    assert slope == pytest.approx(-1.7) and response == pytest.approx(7 * (1.01**-1.7 - 1))
    assert np.isnan(gradient(np.ones(11), np.zeros(11))[0])


def test_tables_and_figure_from_files(tmp_path):
    rng = np.random.default_rng(2)
    cells, forcing = make_cells(), forcing_of(rng, 6)
    inputs = write_grid_inputs(tmp_path, cells, forcing, without=[2])
    theta = 0.2 + 0.4 * random_theta(rng, 6)
    write_draws(tmp_path / "draws.nc", MODEL, theta=theta)
    exact, experiment = run_sensitivity(MODEL, tmp_path / "draws.nc", *inputs, max_draws=4)
    spread = PosteriorSpread(np.full(6, 0.5), np.full(25, 0.2))
    tables = sensitivity_tables(MODEL, "one_batch", exact, experiment, spread)
    stocks = tables["stocks"].set_index(["mechanism", "depth"])
    assert len(stocks) == len(MECHANISMS) * len(STOCK_DEPTHS)
    row = stocks.loc[("carbon_input", "total")]
    assert row["cells"] == 5 and row["cells_without"] == "no_forcing 1"
    assert row["percent_per_percent"] == pytest.approx(1.0)
    assert row["pg_per_posterior_sd"] == pytest.approx(0.5 * row["stock_pg"])
    assert row["stock_pg_p05"] < row["stock_pg"] < row["stock_pg_p95"]
    assert len(tables["turnover"]) == len(MECHANISMS) * len(WEIGHTINGS)
    assert len(tables["parameters"]) == 25 * len(STOCK_DEPTHS)
    curves = tables["curves"]
    assert len(curves) == len(MECHANISMS) * len(FACTORS) * len(STOCK_DEPTHS)
    figure = draw_sensitivity(tables["stocks"], curves, {})
    bars = [patch.get_width() for patch in figure.axes[0].patches]
    np.testing.assert_allclose(bars, tables["stocks"].query("depth == 'total'")["pg_per_percent"])
    save(figure, [tmp_path / "sensitivity.png"])
    single = run_sensitivity(MODEL, tmp_path / "draws.nc", *inputs, max_draws=1)
    table = sensitivity_tables(MODEL, "one_batch", *single, spread)["stocks"]
    assert pd.isna(table["stock_pg_p05"]).all()


def test_reasons_are_listed_by_frequency():
    model, source, *_ = world("clm5-20")
    mean = mean_parameters(source, np.ones(14))
    reasons = sensitivity(model, portions(source), COUNT, np.ones(14), mean).reasons
    assert count_reasons(reasons).split(", ")[-1].endswith(" 1")
    assert count_reasons(reasons - reasons) == ""
