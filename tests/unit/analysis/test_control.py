"""Component control: worlds in which one mechanism varies, closed forms, paired skill, files."""

import numpy as np
import pandas as pd
import pytest

from model_cases import COLUMN, DRAWS, prior_draws
from proda.analysis.control import (
    COMPONENTS,
    FULL,
    Constant,
    annual_input,
    component_soc,
    components_with,
    constant_of_sites,
    mean_climate,
)
from proda.analysis.control_effects import (
    control_at_sites,
    control_of_stock,
    control_skill,
    depth_thickness,
)
from proda.analysis.control_tables import homogeneous, run_at_sites, run_on_grid, stock_rows
from proda.analysis.places import portions
from proda.config.sections.analysis import CHOICES
from proda.errors import InputError
from proda.figures.component_control import draw_component_control
from proda.learning.splits import Splits
from proda.model import MatrixModel
from proda.model.layout import ENTRIES, MONTHS, SOIL_LAYERS
from proda.model.mechanisms import CARBON_INPUT, MECHANISMS, parameters_of
from proda.parameters.draws import write_draws
from proda.projection.inputs import load_sites
from proda.projection.soc import DrawnSoc
from proda.projection.stocks import PETAGRAM
from projection_cases import forcing_of, make_cells, write_grid_inputs, write_site_inputs
from site_cases import MODEL, random_theta

N = 12
NAMES = [one.name for one in COMPONENTS]
VARYING = [one for one in MECHANISMS if one is not CARBON_INPUT]


def source_of(model, theta, forcing):
    return DrawnSoc(model, lambda k, n: theta[k : k + n, None], 1, forcing)


def one_column(structure):
    """The same column N times."""
    return COLUMN[structure]().take([0] * N)


@pytest.mark.parametrize("structure", DRAWS)
@pytest.mark.parametrize("mechanism", VARYING, ids=lambda one: one.name)
def test_only_what_varies_can_be_missed(structure, mechanism):
    """In a world where one mechanism varies, holding it gives all of the deviation there is."""
    model, rng = MatrixModel(structure), np.random.default_rng(1)
    theta = np.full((N, len(model.parameters)), 0.3)
    own = parameters_of(model.structure, mechanism)
    theta[:, own] = rng.uniform(0.2, 0.6, (N, len(own)))
    forcing = one_column(structure)
    columns = model.columns(forcing)
    constant = constant_of_sites(model, CHOICES[0], theta, columns[:, ENTRIES], None)
    inputs = [constant], mean_climate([columns])
    found = control_of_stock(
        model, portions(source_of(model, theta, forcing)), 1, np.full(N, 1e9), *inputs
    )
    absolute = dict(zip(NAMES, found.absolute[0, 0, :, -1], strict=True))
    assert absolute[mechanism.name] > 1e-3 * found.stock[0, 0, 0, -1]
    assert absolute["all_parameters"] == pytest.approx(absolute[mechanism.name], rel=1e-9)
    for other in MECHANISMS:
        if other is not mechanism:
            assert absolute[other.name] < 1e-9 * absolute[mechanism.name], other.name


@pytest.mark.parametrize("structure", DRAWS)
@pytest.mark.parametrize("name", ["passive_soc_turnover_time", "q10", "input_beta"])
def test_a_single_parameter_is_held(structure, name):
    """Where one parameter varies, holding it gives the run at its mean; another changes nothing."""
    model, rng = MatrixModel(structure), np.random.default_rng(2)
    theta = np.full((N, len(model.parameters)), 0.3)
    position = model.parameters.index(name)
    theta[:, position] = rng.uniform(0.2, 0.6, N)
    forcing = one_column(structure)
    columns, area = model.columns(forcing), np.full(N, 1e9)
    constant = constant_of_sites(model, CHOICES[0], theta, columns[:, ENTRIES], None)
    components = components_with([name, "fast_to_slow"])
    assert components[: len(COMPONENTS)] == COMPONENTS
    places = portions(source_of(model, theta, forcing))
    inputs = area, [constant], mean_climate([columns]), components
    found = control_of_stock(model, places, 1, *inputs)
    middle = theta[:1].copy()
    middle[0, position] = theta[:, position].mean()
    soc = model.soc(model.steady_state(np.concatenate([middle, theta]), forcing.take([0] * 13)))
    stock = soc @ model.grid.thickness * 1e9 / PETAGRAM
    held, other = found.absolute[0, 0, len(COMPONENTS) :, -1]
    assert held == pytest.approx(np.abs(stock[0] - stock[1:]).sum(), rel=1e-9)
    assert found.stock[0, 0, len(COMPONENTS), -1] == pytest.approx(N * stock[0])
    assert held > 1e-4 * found.stock[0, 0, 0, -1] and other < 1e-9 * held


def test_an_input_fraction_that_leaves_no_room_for_the_others_has_no_result():
    theta = np.full((2, 25), 0.3)
    names = ["input_to_lignin", "input_to_metabolic", "input_to_cellulose"]
    theta[0, [MODEL.parameters.index(name) for name in names]] = [0.1, 0.8, 0.5]
    columns = MODEL.columns(one_column("clm45-10"))
    constant = Constant(np.full(25, 0.9), 1.0)  # 0.56 of the input, or more, is not wood
    held = component_soc(
        MODEL, components_with(names)[-1], MODEL.physical(theta), columns, np.array([0, 1]),
        [constant], np.zeros(2, int), mean_climate([columns]),
    )  # fmt: skip
    assert np.isnan(held[0]).all() and np.isfinite(held[1]).all()


@pytest.mark.parametrize("structure", DRAWS)
def test_carbon_input_is_shared_out_alike(structure):
    model, rng = MatrixModel(structure), np.random.default_rng(3)
    forcing = DRAWS[structure](N, seed=6)[1]
    # Alike but for the amount, which is what is held.
    theta = np.tile(prior_draws(structure, 1, rng) * 0.5 + 0.2, (N, 1))
    physical, columns = model.physical(theta), model.columns(forcing)
    constant = constant_of_sites(model, CHOICES[0], theta, columns[:, ENTRIES], None)
    amount = annual_input(model, physical, columns[:, ENTRIES])
    assert constant.carbon_input == pytest.approx(amount.mean())
    every = np.arange(N)
    held = component_soc(
        model, COMPONENTS[NAMES.index("carbon_input")], physical, columns, every, [constant],
        np.zeros(N, int), mean_climate([columns]),
    )  # fmt: skip
    full = model.soc(model.steady_state_in(physical, columns, every))
    np.testing.assert_allclose(held, full * (amount.mean() / amount)[:, None], rtol=1e-12)
    sources = [model.coefficients_of(physical[i], forcing.take([i]))[1][7:11] for i in every]
    np.testing.assert_allclose(365 * np.sum(sources, axis=(1, 2)), amount, rtol=1e-12)


def test_climate_is_the_mean_above_bedrock_and_the_same_everywhere():
    model = MatrixModel("clm5-20")
    forcing = DRAWS["clm5-20"](N, seed=2)[1]
    columns = model.columns(forcing)
    climate = mean_climate([columns])
    deep = columns[:, ENTRIES, SOIL_LAYERS] > 7
    assert 2 <= deep.sum() < N
    np.testing.assert_allclose(climate[:, 7], columns[deep][:, MONTHS:, 7].mean(axis=0))
    np.testing.assert_allclose(mean_climate([columns[:5], columns[5:]]), climate, rtol=1e-12)
    shallow = mean_climate([columns[~deep]])
    bottom = int(columns[~deep][:, ENTRIES, SOIL_LAYERS].max()) - 1
    assert (shallow[:, bottom + 1 :] == shallow[:, bottom : bottom + 1]).all()
    # Columns that differ in their climate only have the same carbon under the mean one.
    alike = np.tile(columns[deep][:1], (N, 1, 1))
    alike[:, MONTHS:] = columns[:, MONTHS:]
    theta = np.full((N, 21), 0.4)
    held = component_soc(
        model, COMPONENTS[NAMES.index("environment_and_climate")], model.physical(theta), alike,
        np.arange(N), [Constant(theta[0], 1.0)], np.zeros(N, int), climate,
    )  # fmt: skip
    np.testing.assert_array_equal(held, held[:1].repeat(N, axis=0))


def test_stocks_are_sums_over_the_cells_and_do_not_depend_on_portions():
    model, rng = MatrixModel("clm5-20"), np.random.default_rng(9)
    forcing, theta = DRAWS["clm5-20"](N, seed=3)[1], 0.2 + 0.5 * rng.random((N, 21))
    theta[4] = np.nan
    columns, area = model.columns(forcing), rng.uniform(1e9, 3e9, N)
    constants = [Constant(np.full(21, 0.4), 300.0), Constant(np.full(21, 0.5), 500.0)]
    inputs = area, constants, mean_climate([columns])
    found = control_of_stock(model, portions(source_of(model, theta, forcing)), 1, *inputs)
    again = control_of_stock(model, portions(source_of(model, theta, forcing), sets=1), 1, *inputs)
    for name in ("stock", "deviation", "absolute"):
        np.testing.assert_array_equal(getattr(found, name), getattr(again, name))
    assert found.reasons["no_parameters"] == 1
    part = [i for p in portions(source_of(model, theta, forcing)) for i in p.places]
    assert len(part) == found.cells
    soc = model.soc(model.steady_state_in(model.physical(theta[part]), columns[part]))
    stock = (soc[:, None] * depth_thickness(model)).sum(axis=-1)
    np.testing.assert_allclose(found.stock[0, 1, 0], area[part] @ stock / PETAGRAM, rtol=1e-12)
    np.testing.assert_array_equal(found.deviation[:, :, 0], 0.0)
    assert (found.absolute >= np.abs(found.deviation) - 1e-12).all()
    np.testing.assert_allclose(
        found.stock - found.deviation, found.stock[:, :, :1].repeat(len(NAMES), axis=2), rtol=1e-9
    )


def test_a_site_gets_the_constant_of_its_fold():
    model, rng = MatrixModel("clm5-20"), np.random.default_rng(9)
    theta, fold = 0.2 + 0.5 * rng.random((N, 21)), np.arange(N) % 2
    forcing = one_column("clm5-20")
    constants = [[Constant(np.full(21, value), 300.0) for value in (0.3, 0.4)]]
    climate = mean_climate([model.columns(forcing)])
    operator, sizes = np.eye(20)[np.tile([2, 5], N)], np.full(N, 2)
    places = portions(source_of(model, theta, forcing))
    found = control_at_sites(model, places, constants, fold, climate, operator, sizes)
    everything = found.modelled[0, NAMES.index("all_parameters")].reshape(N, 2)
    for k in (0, 1):
        soc = model.soc(model.steady_state(np.full((1, 21), (0.3, 0.4)[k]), forcing.take([0])))
        np.testing.assert_allclose(everything[k::2] * 1e3, soc[0, [2, 5]][None].repeat(6, 0))


def test_skill_is_paired():
    rng = np.random.default_rng(4)
    observed = rng.gamma(2.0, 10.0, 60)
    full, worse = observed + rng.normal(0, 3, 60), observed + rng.normal(0, 9, 60)
    depth, profile = np.tile([0.1, 0.5, 1.5], 20), np.repeat(np.arange(20), 3)
    block = np.arange(20) // 4
    members = np.ones(20, bool)
    members[7] = False
    gap = full.copy()
    gap[9] = np.nan  # of profile 3
    runs = {("", "full"): full, ("a", "same"): full, ("a", "worse"): worse, ("a", "gap"): gap}
    thickness = np.tile([0.2, 0.4, 1.0], 20)
    table = control_skill(runs, observed, depth, thickness, profile, block, members, 1, 200)
    every = table[table["depth"] == "all"].set_index("component")
    assert (every["profiles"] == 18).all() and (every["blocks"] == 5).all()
    kept = ~np.isin(profile, [3, 7])
    o, m = observed[kept], worse[kept]
    efficiency = 1 - ((m - o) ** 2).sum() / ((o - o.mean()) ** 2).sum()
    assert every.loc["worse", "r2_one_to_one"] == pytest.approx(efficiency)
    difference = [f"r2_one_to_one_difference{end}" for end in ("", "_low", "_high")]
    assert (every.loc["same", difference] == 0).all()
    value, low, high = every.loc["worse", difference]
    assert low < value < high < 0
    assert table.groupby("depth")["horizons"].first()["below_100cm"] == 18
    stock = [np.bincount(profile[kept], (run * thickness)[kept]) for run in (full, worse)]
    stock = [one[np.unique(profile[kept])] for one in stock]
    expected = np.var(stock[1] - stock[0]) / np.var(stock[0])
    assert every.loc["worse", "unexplained_variation"] == pytest.approx(expected)
    ends = every.loc["worse", ["unexplained_variation_low", "unexplained_variation_high"]]
    assert ends.iloc[0] < expected < ends.iloc[1]
    assert (every.loc["same", ["unexplained_variation", "unexplained_variation_high"]] == 0).all()


def test_variation_that_is_not_explained_and_the_mechanism_that_is_first():
    """Stocks of one horizon, known shares; changes of level do not count."""
    rng, n = np.random.default_rng(8), 400
    x, y = rng.normal(0, 1, (2, n))
    full = 20 + 3 * x + 2 * y
    runs = {
        ("", "full"): full,
        ("a", "carbon_use_efficiency"): 20 + 3 * x,
        ("a", "decomposition"): 35 + 2 * y,
        ("a", "environment"): full + 5,
        ("a", "carbon_input"): -full,
        ("b", "decomposition"): full,
        ("b", "carbon_use_efficiency"): 20 + 3 * x,
    }
    place, once = np.arange(n), np.ones(n)
    # The observations favour the mechanism that changes less: errors go with the other part.
    observed = full + 4 * y
    table = control_skill(
        runs, observed, 0.1 * once, 0.1 * once, place, place // 4, once > 0, 1, 300
    ).query("depth == 'all'")
    table = table.set_index(["constant", "component"])
    found, first = table["unexplained_variation"], table["first_percent"]
    variance = np.var(3 * x + 2 * y)
    assert found["a", "decomposition"] == pytest.approx(np.var(3 * x) / variance)
    assert found["a", "carbon_use_efficiency"] == pytest.approx(np.var(2 * y) / variance)
    assert found["a", "environment"] == pytest.approx(0.0, abs=1e-20)
    assert found["a", "carbon_input"] == pytest.approx(4.0)
    assert first["a", "decomposition"] == 100.0 and first["b", "carbon_use_efficiency"] == 100.0
    assert first["a", "environment"] == 0.0 and first["b", "decomposition"] == 0.0
    assert np.isnan(first["a", "carbon_input"]) and np.isnan(first["", "full"])
    loss = -table["r2_difference"]
    assert loss["a", "carbon_use_efficiency"] > loss["a", "decomposition"]
    # One block has no interval.
    table = control_skill(runs, observed, 0.1 * once, 0.1 * once, place, 0 * place, once > 0, 1, 20)
    every = table[table["depth"] == "all"].iloc[2]
    assert every["unexplained_variation"] == pytest.approx(np.var(3 * x) / variance)
    assert np.isnan(every["unexplained_variation_low"]) and np.isnan(every["first_percent"])
    # Without variation there is nothing that could be explained.
    runs = {("", "full"): 5 * once, ("a", "decomposition"): full, ("a", "environment"): full}
    table = control_skill(
        runs, observed, 0.1 * once, 0.1 * once, place, place // 4, once > 0, 1, 20
    )
    assert table[["unexplained_variation", "first_percent"]].isna().all(axis=None)


def test_input_fractions_of_a_constant_must_leave_room_for_wood():
    theta = np.full((2, 25), 0.99)
    with pytest.raises(InputError, match=r"site_median.*\n?.*sum to less than 1"):
        constant_of_sites(MODEL, CHOICES[2], theta, np.zeros((2, 10)), None)
    with pytest.raises(InputError, match="a site with estimates"):
        constant_of_sites(MODEL, CHOICES[0], theta[:0], np.zeros((0, 10)), None)


def test_from_files_to_tables_and_figure(tmp_path):
    rng, ids = np.random.default_rng(7), [f"p{k}" for k in range(8)]
    forcing = forcing_of(rng, 8)
    observations, site_forcing, _ = write_site_inputs(tmp_path, ids, forcing, rng)
    cells = make_cells()
    grid = write_grid_inputs(tmp_path, cells, forcing_of(rng, 6), without=[2])
    site_theta = 0.2 + 0.4 * np.stack([random_theta(rng, 8) for _ in range(5)])
    write_draws(tmp_path / "sites.nc", MODEL, theta_profile=site_theta, profile_ids=ids)
    write_draws(tmp_path / "pooled.nc", MODEL, theta=0.2 + 0.4 * random_theta(rng, 9))
    on_cells = 0.2 + 0.4 * np.stack([random_theta(rng, 6) for _ in range(3)])
    write_draws(
        tmp_path / "learner.nc", MODEL, theta_profile=site_theta[:3], profile_ids=ids,
        theta_cell=on_cells, cells=cells,
    )  # fmt: skip
    used = np.arange(8) != 5
    role = np.where(used, "training", "")
    splits = Splits(np.array(ids), used, role, np.arange(8) // 2, np.arange(8) // 4)
    sites = load_sites(observations, site_forcing)
    files = tmp_path / "sites.nc", tmp_path / "pooled.nc"
    held = homogeneous(MODEL, sites, splits, *files, CHOICES, ["q10"])
    names = [one.name for one in held.components]
    assert names == [*NAMES, "q10"]
    estimates = site_theta.mean(axis=0)
    np.testing.assert_allclose(held.constants[0].theta, estimates[used].mean(axis=0))
    np.testing.assert_allclose(held.by_fold[0][0].theta, estimates[[4, 6, 7]].mean(axis=0))
    np.testing.assert_allclose(held.by_fold[2][1].theta, np.median(estimates[:4], axis=0))
    assert held.by_fold[1][0].theta is not None and held.choices == list(CHOICES)
    without = homogeneous(MODEL, sites, splits, tmp_path / "sites.nc", None, CHOICES)
    assert without.choices == ["site_mean", "site_median"]

    found = run_on_grid(MODEL, held, tmp_path / "learner.nc", *grid, max_draws=2)
    assert found.cells == 5 and found.reasons == {"no_forcing": 1}
    stocks = stock_rows("neural_network", held, found)
    assert len(stocks) == len(CHOICES) * len(names) * 4
    runs = run_at_sites(MODEL, held, tmp_path / "learner.nc", sites, splits, max_draws=3)
    assert runs.modelled.shape == (3, len(names), sites.row_size.sum())
    columns = {("", FULL.name): runs.modelled[0, 0]}
    columns |= {
        (choice, name): runs.modelled[c, k]
        for c, choice in enumerate(CHOICES)
        for k, name in enumerate(names)
        if k
    }
    profile = np.repeat(np.arange(8), sites.row_size)
    observed = runs.modelled[0, 0] * rng.lognormal(0, 0.2, len(profile))
    thickness = np.full(len(profile), 0.2)
    skill = control_skill(
        columns, observed, sites.depth, thickness, profile, splits.block, used, 1, 50
    )
    skill.insert(0, "method", "neural_network")
    figure = draw_component_control(stocks, skill, {})
    left, middle, right = figure.axes
    bars = [patch.get_width() for patch in left.patches][: len(names) - 1]
    assert left.get_yticklabels()[-1].get_text() == "q10"
    rows = stocks.query("constant == 'site_mean' and depth == 'total' and component != 'full'")
    np.testing.assert_allclose(bars, rows["absolute_deviation_pg"])
    assert right.get_title(loc="left").startswith("full run")
    assert middle.get_xscale() == "log" and middle.get_xlim()[0] == pytest.approx(1e-3)
    assert held_at(figure) == ["mean of sites", "One-batch", "median of sites"]
    marked = {"one_batch": "One-batch*", "site_by_site": "Site by site"}
    figure = draw_component_control(stocks, skill, marked)
    assert held_at(figure) == ["mean of sites", "One-batch*", "median of sites"]
    figure = draw_component_control(stocks, skill, {"site_by_site": "Site by site*"})
    assert held_at(figure) == ["mean of sites*", "One-batch", "median of sites*"]
    with pytest.raises(InputError, match="a learner"):
        draw_component_control(pd.DataFrame(), skill, {})


def held_at(figure):
    """The constants that the legend names."""
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    return [text.removeprefix("held at ") for text in texts if text.startswith("held at ")]
