"""Bulk processes against published values, closed forms and the balance of carbon."""

import numpy as np
import pytest

from model_cases import annual, annual_draws, monthly, monthly_draws
from proda.model import MatrixModel
from proda.model.default_runs import default_model, default_parameters
from proda.model.processes import PROCESSES, ProcessStatus, processes_in, processes_of
from proda.model.slots import (
    CELLULOSE_TO_FAST,
    CWD_TO_CELLULOSE,
    EFOLDING_DEPTH,
    FAST_TO_PASSIVE,
    FAST_TO_SLOW,
    INPUT_BETA,
    INPUT_TO_CELLULOSE,
    INPUT_TO_LIGNIN,
    INPUT_TO_METABOLIC,
    LIGNIN_TO_SLOW,
    METABOLIC_TO_FAST,
    PASSIVE_TO_FAST,
    SLOW_TO_FAST,
    SLOW_TO_PASSIVE,
    TAU_FAST,
    TAU_PASSIVE,
    TAU_SLOW,
)

ANNUAL, MONTHLY = MatrixModel("clm45-10"), MatrixModel("clm5-20")
CENTRAL = np.append(np.full(20, 0.5), 0.9)


@pytest.mark.parametrize(
    ("bedrock", "alt", "rate", "transport", "modifier", "turnover"),
    [
        (20, 10.0, 0.011125392, 0.010645684, 0.017575306, 1166.2934),
        (12, 1.2, 0.022460057, 0.086841843, 0.053048797, 386.39826),
    ],
)
def test_values_of_the_later_code(bedrock, alt, rate, transport, modifier, turnover):
    """Columns without its leak at bedrock."""
    model = MatrixModel("clm5-20", input_below_bedrock=True)
    found = processes_of(model, model.physical(CENTRAL), monthly(alt, bedrock))
    expected = {
        "carbon_use_efficiency_later_code": 0.41488119,
        "input_beta_later_code": 0.93970621,
        "decomposition_rate": rate,
        "transport_rate": transport,
        "environmental_modifier_later_code": modifier,
        "turnover_time": turnover,
    }
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=5e-8, err_msg=name)
    np.testing.assert_allclose(found["input_beta"], 0.94991, rtol=1e-12)


def test_values_of_the_later_code_for_clm_defaults():
    model = default_model("clm5-20", "clm5", century_normalisation=False)
    weight = np.exp(-model.grid.interface)
    weight /= weight @ model.grid.thickness
    by_layer = np.array([60.0, 120.0, 180.0, 96.0])[:, None] * weight
    forcing = monthly(10.0, sand=np.full(20, 40.0), litter_input_by_layer=by_layer)
    found = processes_of(model, default_parameters("clm5-20", forcing, "clm5"), forcing)
    expected = {
        "soc_stock_0_30cm": 4002.8392,
        "soc_stock_0_100cm": 10502.292,
        "turnover_time": 39.324339,
        "carbon_use_efficiency_later_code": 0.49807697,
        "decomposition_rate": 0.17783791,
        "transport_rate": 0.014935058,
        "environmental_modifier_later_code": 0.15249648,
        "input_beta_later_code": 0.98690429,
    }
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, rtol=5e-8, err_msg=name)


def test_one_layer_without_transport_in_closed_form():
    """Soil that never thaws: all carbon enters the first layer and stays there."""
    physical = ANNUAL.physical(np.full(25, 0.4))
    p = physical[0]
    found = processes_of(ANNUAL, physical, annual(alt=0.0))
    # Per unit of input.
    litter = p[[INPUT_TO_METABOLIC, INPUT_TO_CELLULOSE, INPUT_TO_LIGNIN]]
    wood = 1.0 - litter.sum()
    litter += wood * np.array([0.0, p[CWD_TO_CELLULOSE], 1.0 - p[CWD_TO_CELLULOSE]])
    into_soil = np.array(
        [
            p[METABOLIC_TO_FAST] * litter[0] + p[CELLULOSE_TO_FAST] * litter[1],
            p[LIGNIN_TO_SLOW] * litter[2],
            0.0,
        ]
    )
    graph = np.array(
        [
            [0.0, p[SLOW_TO_FAST], p[PASSIVE_TO_FAST]],
            [p[FAST_TO_SLOW], 0.0, 0.0],
            [p[FAST_TO_PASSIVE], p[SLOW_TO_PASSIVE], 0.0],
        ]
    )
    flux = np.linalg.solve(np.eye(3) - graph, into_soil)
    tau = p[[TAU_FAST, TAU_SLOW, TAU_PASSIVE]]
    modifier = found["environmental_modifier"][0]
    np.testing.assert_allclose(found["turnover_time"], (flux * tau).sum() / modifier, rtol=1e-12)
    np.testing.assert_allclose(found["turnover_time_0_30cm"], found["turnover_time"], rtol=1e-12)
    np.testing.assert_allclose(
        found["decomposition_rate"], flux.sum() / (flux * tau).sum(), rtol=1e-12
    )
    kept = into_soil.sum() + (graph @ flux).sum()
    gross = litter.sum() + flux.sum()
    np.testing.assert_allclose(found["carbon_use_efficiency"], kept / gross, rtol=1e-12)
    np.testing.assert_allclose(
        found["carbon_use_efficiency_with_cwd"], (kept + wood) / (gross + wood), rtol=1e-12
    )
    # What is not kept is respired, and that is the input.
    np.testing.assert_allclose(gross - kept, 1.0, rtol=1e-12)
    middle = ANNUAL.grid.thickness[0] / 2.0
    np.testing.assert_allclose(found["input_mean_depth"], middle, rtol=1e-12)
    assert found["input_beta"] == 0.0
    assert np.isnan(found["input_beta_later_code"])


@pytest.mark.parametrize(
    ("model", "draws"), [(ANNUAL, annual_draws), (MONTHLY, monthly_draws)], ids=["10", "20"]
)
def test_balance_ranges_and_separate_pairs(model, draws):
    theta, forcing = draws(200, seed=3)
    physical = model.physical(theta)
    found = processes_of(model, physical, forcing)
    defined = found.status == ProcessStatus.DEFINED
    assert defined.sum() > 100
    assert np.isfinite(found["turnover_time"][defined]).all()
    np.testing.assert_allclose(found["respiration"], found["carbon_input"], rtol=1e-9)
    for name in ("carbon_use_efficiency", "carbon_use_efficiency_with_cwd", "input_beta"):
        assert ((found[name][defined] >= 0) & (found[name][defined] <= 1)).all()
    assert (found["decomposition_rate"][defined] > 0).all()
    np.testing.assert_allclose(
        found["turnover_time"] * found["carbon_input"], found["soc_stock"], rtol=1e-12
    )
    assert np.isnan(found.values[~defined]).all()
    columns, some = model.columns(forcing), np.flatnonzero(defined)[5:8]
    alone = [processes_in(model, physical[[i]], columns, np.array([i])).values[0] for i in some]
    np.testing.assert_array_equal(alone, found.values[some])


@pytest.mark.parametrize("bedrock", [1, 2, 6, 20])
@pytest.mark.parametrize("beta", [0.5, 0.95, 0.9999])
def test_root_profile_above_bedrock_is_found_again(bedrock, beta):
    physical = MONTHLY.physical(CENTRAL)
    physical[:, INPUT_BETA] = beta
    found = processes_of(MONTHLY, physical, monthly(10.0, bedrock))
    expected = beta if bedrock > 1 else 0.0  # one layer holds any root profile
    np.testing.assert_allclose(found["input_beta"], expected, rtol=1e-9)


def test_modifier_is_the_mean_of_products():
    """Warm months are dry: the product of means overestimates."""
    temperature = np.linspace(270, 300, 12)[:, None] + np.zeros(20)
    water = np.linspace(0.4, 0.05, 12)[:, None]
    forcing = monthly(1.2, 1, temperature, water, oxygen=1.0)
    p = MONTHLY.physical(CENTRAL)
    found = processes_of(MONTHLY, p, forcing)
    q10, efolding, scaling = (p[0, MONTHLY.prior.slots[i]] for i in (2, 3, 19))
    by_month = q10 ** ((temperature[:, 0] - 298.15) / 10.0), np.minimum(1, scaling * water[:, 0])
    depth = np.exp(-0.01 / efolding)
    product = (by_month[0] * by_month[1]).mean() * depth
    of_means = by_month[0].mean() * by_month[1].mean() * depth
    np.testing.assert_allclose(found["environmental_modifier"], product, rtol=1e-12)
    np.testing.assert_allclose(found["environmental_modifier_later_code"], of_means, rtol=1e-12)
    assert of_means > 1.2 * product


def test_a_given_temperature_scalar_has_no_product_of_means():
    forcing = monthly(soil_temperature=None, temperature_scalar=np.full((12, 20), 0.3))
    found = processes_of(MONTHLY, MONTHLY.physical(CENTRAL), forcing)
    assert np.isnan(found["environmental_modifier_later_code"])
    assert np.isnan(found["carbon_use_efficiency_later_code"])
    assert np.isfinite(found["environmental_modifier"])


def shallow_decomposition():
    """An e-folding depth of 1 mm in soil that does not mix below its active layer."""
    physical = MONTHLY.physical(CENTRAL)
    physical[:, EFOLDING_DEPTH] = 0.001
    return physical


NO_EFOLDING = MONTHLY.physical(np.where(np.arange(21) == 3, 0.0, CENTRAL))


@pytest.mark.parametrize(
    ("model", "physical", "forcing", "status"),
    [
        (ANNUAL, ANNUAL.physical(np.full(25, 0.4)), annual(npp=(0.0, 0.0)), "NO_INPUT"),
        (MONTHLY, MONTHLY.physical(CENTRAL), monthly(litter_input=np.zeros(4)), "NO_INPUT"),
        (MONTHLY, MONTHLY.physical(CENTRAL), monthly(water=np.zeros((12, 1))), "NO_STEADY_STATE"),
        (MONTHLY, MONTHLY.physical(CENTRAL), monthly(oxygen=0.0), "NO_STEADY_STATE"),
        (
            MONTHLY,
            MONTHLY.physical(CENTRAL),
            monthly(soil_temperature=None, temperature_scalar=np.zeros((12, 20))),
            "NO_STEADY_STATE",
        ),
        (MONTHLY, NO_EFOLDING, monthly(), "NO_STEADY_STATE"),
        (MONTHLY, shallow_decomposition(), monthly(), "NO_TURNOVER"),
        (ANNUAL, np.full((1, 26), np.nan), annual(), "NOT_FINITE"),
    ],
    ids=["no NPP", "no litter", "dry", "anoxic", "frozen", "no depth", "shallow", "NaN"],
)
def test_columns_in_which_processes_mean_nothing(model, physical, forcing, status):
    found = processes_of(model, physical, forcing)
    assert ProcessStatus(found.status[0]).name == status
    assert np.isnan(found.values).all()


def test_names_are_unique():
    assert len({process.name for process in PROCESSES}) == len(PROCESSES)
