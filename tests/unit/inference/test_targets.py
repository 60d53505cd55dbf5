"""Log densities against independent evaluation, and points without density."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.interpolate import CubicSpline

from model_cases import monthly_draws
from proda.errors import InputError
from proda.inference.observations import Observations, interpolation_matrix
from proda.inference.targets import (
    batch_log_density,
    batch_target,
    forcing_cells,
    site_log_density,
    site_target,
    to_theta,
)
from proda.model import MatrixModel
from proda.model.layout import ENTRIES, NPP_MAX, NPP_MIN
from site_cases import INPUT_FRACTIONS, MODEL, fraction_sum, observe, random_forcing, random_theta

D = len(MODEL.parameters)
SPACES = pytest.mark.parametrize("transformed", [True, False], ids=["transformed", "original"])


def site(seed, transformed, weights="study"):
    """A random profile: its forcing, observations and target."""
    rng = np.random.default_rng(seed)
    forcing = random_forcing(rng, 1)
    seen = observe(rng, forcing, weights)
    return forcing, seen, site_target(MODEL, MODEL.columns(forcing)[0], seen, transformed)


def batch(rng, cells, profiles, transformed=True):
    """Profiles that share cells but not NPP ranges: forcing, observations and target."""
    forcing = random_forcing(rng, cells).take(rng.integers(0, cells, profiles))
    low = rng.uniform(0.0, 700.0, profiles)
    wide = rng.random(profiles) < 0.8  # the others have a single value
    high = low + wide * rng.uniform(0.0, 500.0, profiles)
    forcing = replace(forcing, npp_min=low, npp_max=high)
    seen = [observe(rng, forcing.take([i])) for i in range(profiles)]
    return forcing, seen, batch_target(MODEL, MODEL.columns(forcing), seen, transformed)


def expected(theta, x, forcing, observations, transformed):
    """Log density from the model's public face and textbook formulas."""
    soc = MODEL.soc(MODEL.steady_state(theta, forcing))
    cost = sum(
        np.sum(o.weight * (o.operator @ profile - o.value) ** 2 / (2 * o.sigma**2))
        for profile, o in zip(soc, observations, strict=True)
    )
    return -cost - (0.5 * np.sum(x**2) if transformed else 0.0)


def both_spaces(theta, transformed):
    return stats.norm.ppf(theta) if transformed else theta.copy()


@SPACES
@pytest.mark.parametrize("seed", range(5))
def test_site_density_equals_direct_evaluation(seed, transformed):
    forcing, seen, target = site(seed, transformed)
    for theta in random_theta(np.random.default_rng(seed), 40):
        x = both_spaces(theta, transformed)
        found = site_log_density(x, target)
        assert found == pytest.approx(expected(theta, x, forcing, [seen], transformed), rel=1e-11)


def test_site_density_is_the_spline_of_the_profile_at_the_depths():
    # The operator is built by hand: the chain of node values, spline, weights and cost in one.
    forcing, _, _ = site(3, False)
    depth, value = np.array([0.08, 0.7, 1.6]), np.array([3e4, 1e4, 4e3])
    operator = CubicSpline(MODEL.grid.node, np.eye(10))(depth)
    weight = np.array([10.0, np.exp(-0.7), 10.0])
    seen = Observations(operator, value, 0.3 * value, weight)
    target = site_target(MODEL, MODEL.columns(forcing)[0], seen, transformed=False)
    theta = random_theta(np.random.default_rng(9), 1)[0]
    soc = MODEL.soc(MODEL.steady_state(theta, forcing))[0]
    misfit = CubicSpline(MODEL.grid.node, soc)(depth) - value
    by_hand = -np.sum(weight * misfit**2 / (2 * 0.09 * value**2))
    assert site_log_density(theta, target) == pytest.approx(by_hand, rel=1e-12)


@SPACES
@pytest.mark.parametrize(("cells", "profiles"), [(1, 1), (1, 30), (7, 60), (20, 20)])
def test_batch_density_equals_the_direct_sum(cells, profiles, transformed):
    rng = np.random.default_rng([cells, profiles])
    forcing, seen, target = batch(rng, cells, profiles, transformed)
    assert len(target.columns) <= cells
    for theta in random_theta(rng, 25):
        x = both_spaces(theta, transformed)
        found = batch_log_density(x, target)
        assert found == pytest.approx(expected(theta, x, forcing, seen, transformed), rel=1e-10)


def test_batch_of_one_equals_the_site():
    forcing, seen, target = site(4, True)
    together = batch_target(MODEL, MODEL.columns(forcing), [seen])
    for theta in random_theta(np.random.default_rng(4), 20):
        x = stats.norm.ppf(theta)
        assert batch_log_density(x, together) == pytest.approx(
            site_log_density(x, target), rel=1e-10
        )


def test_order_of_profiles_does_not_matter_to_a_batch():
    rng = np.random.default_rng(8)
    forcing, seen, target = batch(rng, 5, 40)
    order = rng.permutation(40)
    columns = MODEL.columns(forcing)[order]
    shuffled = batch_target(MODEL, columns, [seen[i] for i in order])
    x = stats.norm.ppf(random_theta(rng, 1)[0])
    assert batch_log_density(x, shuffled) == pytest.approx(batch_log_density(x, target), rel=1e-12)


def test_profiles_share_the_distinct_forcing_in_the_order_of_its_values():
    forcing, seen, _ = batch(np.random.default_rng(7), 9, 40)
    columns = MODEL.columns(forcing)
    given = columns.copy()
    cells, cell_of, low, spread = forcing_cells(MODEL, columns, seen)
    np.testing.assert_array_equal(columns, given)
    for_unit_input = columns.copy()
    for_unit_input[:, ENTRIES, [NPP_MIN, NPP_MAX]] = 1.0
    np.testing.assert_array_equal(cells, np.unique(for_unit_input, axis=0))
    np.testing.assert_array_equal(cells[cell_of], for_unit_input)
    np.testing.assert_array_equal(low, forcing.npp_min)
    np.testing.assert_allclose(low + spread, forcing.npp_max)


def test_forcing_of_profiles_that_share_cells_is_not_copied():
    rng = np.random.default_rng(8)
    forcing = random_forcing(rng, 5)
    columns = np.repeat(MODEL.columns(forcing), 400, axis=0)
    seen = [observe(rng, forcing.take([0]))] * len(columns)
    tracemalloc.start()
    try:
        cells, *_ = forcing_cells(MODEL, columns, seen)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(cells) == 5
    assert peak < columns.nbytes / 4


@SPACES
def test_input_fractions_that_sum_to_one_or_more_have_no_density(transformed):
    rng = np.random.default_rng(1)
    _, _, target = site(1, transformed)
    _, _, together = batch(rng, 2, 3, transformed)
    theta = rng.random((300, D))
    feasible = fraction_sum(theta) < 1.0
    assert 20 < feasible.sum() < 280
    for row, inside in zip(theta, feasible, strict=True):
        x = both_spaces(row, transformed)
        assert np.isfinite(site_log_density(x, target)) == inside
        assert np.isfinite(batch_log_density(x, together)) == inside
        assert inside or site_log_density(x, target) == -np.inf == batch_log_density(x, together)


@pytest.mark.parametrize("outside", [0.0, 1.0, -1e-9, 1.0 + 1e-9, -np.inf, np.inf, np.nan])
def test_points_outside_the_original_box_have_no_density(outside):
    _, _, target = site(2, False)
    x = random_theta(np.random.default_rng(2), 1)[0]
    assert np.isfinite(site_log_density(x, target))
    x[6] = outside
    assert site_log_density(x, target) == -np.inf


@pytest.mark.parametrize("far", [-40.0, -9.0, 9.0, 40.0])
def test_far_out_in_the_transformed_space_the_density_is_the_priors(far):
    # theta reaches 0 or 1 there; the normal prior goes on falling, and nothing turns NaN.
    _, _, target = site(2, True)
    x = stats.norm.ppf(random_theta(np.random.default_rng(2), 1)[0])
    for k in range(D):
        if k not in INPUT_FRACTIONS:
            moved = x.copy()
            moved[k] = far
            density = site_log_density(moved, target)
            assert not np.isnan(density)
            assert density <= -0.5 * far**2


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf, 1e200, -1e200])
def test_a_cost_that_is_no_number_is_no_density(broken):
    x = np.full(D, 0.4)
    forcing, seen, target = site(5, False)
    together = batch_target(MODEL, MODEL.columns(forcing), [seen], False)
    assert np.isfinite(batch_log_density(x, together))
    value = np.full_like(target.value, broken)
    assert site_log_density(x, target._replace(value=value)) == -np.inf
    for field in ("quadratic", "linear"):
        broken_field = {field: np.full_like(getattr(together, field), 1e150 * broken)}
        assert batch_log_density(x, together._replace(**broken_field)) == -np.inf


def test_normal_distribution_of_draws():
    x = np.random.default_rng(6).normal(0.0, 3.0, (4, 7, 3))
    np.testing.assert_allclose(to_theta(x, True), stats.norm.cdf(x), rtol=1e-13, atol=1e-300)
    assert to_theta(x, False) is x


def test_draws_may_come_in_any_memory_order():
    x = np.random.default_rng(6).normal(size=(4, 7, 3))
    theta = stats.norm.cdf(x)
    for view in (np.s_[::2, :, ::-1], np.s_[1], np.s_[..., 0]):
        np.testing.assert_allclose(to_theta(x[view], True), theta[view], rtol=1e-13)
    np.testing.assert_allclose(to_theta(x.transpose(2, 0, 1), True), theta.transpose(2, 0, 1))
    np.testing.assert_allclose(to_theta(np.asfortranarray(x), True), theta)


def litter_case(rng, cells, profiles):
    """Profiles of clm5-20 in few forcing cells, with the litter input of their cell."""
    model = MatrixModel("clm5-20")
    _, forcing = monthly_draws(cells, seed=11)
    deep = replace(forcing, bedrock_layer=rng.integers(8, 21, cells))
    forcing = deep.take(rng.integers(0, cells, profiles))
    seen = []
    for i in range(profiles):
        layers = int(forcing.bedrock_layer[i])
        depth = np.sort(rng.uniform(0.02, model.grid.interface[layers - 1], rng.integers(3, 7)))
        operator = interpolation_matrix(model.grid.node, depth, "linear", layers)
        soc = model.soc(model.steady_state(rng.random((1, 21)), forcing.take([i])))[0]
        value = operator @ soc * np.exp(0.3 * rng.normal(size=len(depth)))
        seen.append(Observations(operator, value, 0.3 * value, np.ones(len(depth))))
    return model, forcing, seen


@SPACES
@pytest.mark.parametrize(("cells", "profiles"), [(1, 1), (4, 25)])
def test_with_litter_input_the_batch_is_the_sum_of_its_sites(cells, profiles, transformed):
    rng = np.random.default_rng([3, cells])
    model, forcing, seen = litter_case(rng, cells, profiles)
    columns = model.columns(forcing)
    together = batch_target(model, columns, seen, transformed)
    assert len(together.columns) <= cells
    sites = [site_target(model, *one, transformed) for one in zip(columns, seen, strict=True)]
    for theta in rng.random((10, 21)):
        x = both_spaces(theta, transformed)
        prior = -0.5 * np.sum(x**2) if transformed else 0.0
        cost = sum(site_log_density(x, target) - prior for target in sites)
        assert batch_log_density(x, together) == pytest.approx(prior + cost, rel=1e-10)


def test_as_many_observations_as_columns_are_needed():
    forcing, seen, _ = site(1, True)
    with pytest.raises(InputError, match="observations: expected 1, one per column, found 2"):
        batch_target(MODEL, MODEL.columns(forcing), [seen, seen])
