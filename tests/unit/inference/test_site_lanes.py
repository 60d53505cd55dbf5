"""The posterior of profiles in lanes: against scalar densities, differences, and its own parts."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from model_cases import monthly_draws
from proda.inference.batch_lanes import batch_lanes, batch_value_and_gradient
from proda.inference.horizon_lanes import ErrorSettings, relative_error
from proda.inference.likelihoods import ERROR_MODELS, LOGNORMAL, RELATIVE
from proda.inference.observations import Observations, interpolation_matrix
from proda.inference.site_lanes import site_lanes, site_value_and_gradient
from proda.inference.targets import site_log_density, site_target
from proda.model import MatrixModel
from site_cases import MODEL, observe, random_forcing, random_theta

D = len(MODEL.parameters)
FIXED = ErrorSettings(RELATIVE, False, 0.3)


def profiles(seed, n):
    """Columns and observations of n profiles, with a linear operator, which keeps SOC positive."""
    rng = np.random.default_rng(seed)
    forcing = random_forcing(rng, n)
    seen = []
    for i in range(n):
        one = observe(rng, forcing.take([i]), "unit")
        depth = np.sort(rng.uniform(0.02, 2.0, len(one.value)))
        operator = interpolation_matrix(MODEL.grid.node, depth, "linear")
        absolute = rng.choice([0.0, 300.0], len(depth))
        seen.append(Observations(operator, one.value, one.sigma, one.weight, absolute))
    return MODEL.columns(forcing), seen


def points(seed, n, extra=0):
    rng = np.random.default_rng(seed)
    x = stats.norm.ppf(random_theta(rng, n)).T
    return np.ascontiguousarray(np.vstack([x, rng.normal(size=(extra, n))]))


def evaluated(x, target):
    value, gradient = np.empty(x.shape[1]), np.empty(x.shape)
    site_value_and_gradient(x, target, value, gradient)
    return value, gradient


def test_the_studys_density_is_that_of_the_scalar_kernel_up_to_a_constant():
    columns, seen = profiles(1, 3)
    seen = [replace(one, absolute=np.zeros(len(one.value))) for one in seen]
    x = points(1, 12)
    value, _ = evaluated(x, site_lanes(MODEL, columns, seen, FIXED, 4))
    for site, one in enumerate(seen):
        scalar = site_target(MODEL, columns[site], one)
        constant = -np.log(one.sigma * np.sqrt(2.0 * np.pi)).sum()
        for lane in range(4 * site, 4 * site + 4):
            expected = site_log_density(x[:, lane].copy(), scalar) + constant
            assert value[lane] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("estimated", [False, True], ids=["fixed", "estimated"])
@pytest.mark.parametrize("name", ERROR_MODELS)
def test_gradients_are_those_of_differences(name, estimated):
    columns, seen = profiles(2, 3)
    seen[1] = replace(seen[1], censored=np.arange(len(seen[1].value)) == 0)
    errors = ErrorSettings(ERROR_MODELS[name], estimated, 0.3)
    target = site_lanes(MODEL, columns, seen, errors, 2)
    x = points(2, 6, int(estimated))
    value, gradient = evaluated(x, target)
    assert np.isfinite(value).all()
    for k in range(len(x)):
        moved = []
        for step in (2e-4, 1e-4):
            high, low = x.copy(), x.copy()
            high[k] += step
            low[k] -= step
            moved.append((evaluated(high, target)[0] - evaluated(low, target)[0]) / (2 * step))
        # Richardson's extrapolation of central differences.
        expected = (4.0 * moved[1] - moved[0]) / 3.0
        size = np.abs(gradient).max(axis=0)
        assert (np.abs(gradient[k] - expected) < 1e-7 * size).all()


@pytest.mark.parametrize("spread", [0.0, 0.35], ids=["log_uniform", "stated"])
def test_an_estimated_error_at_a_value_is_that_fixed_error(spread):
    columns, seen = profiles(3, 1)
    x = points(3, 4, 1)
    errors = ErrorSettings(LOGNORMAL, True, 0.3, spread)
    estimated = evaluated(x, site_lanes(MODEL, columns, seen, errors, 4))[0]
    for lane, error in enumerate(relative_error(stats.norm.cdf(x[-1]), errors)):
        fixed = site_lanes(MODEL, columns, seen, ErrorSettings(LOGNORMAL, False, float(error)), 4)
        value = evaluated(np.ascontiguousarray(x[:-1]), fixed)[0][lane]
        assert estimated[lane] == pytest.approx(value - 0.5 * x[-1, lane] ** 2, rel=1e-12)


def test_priors_of_an_estimated_error():
    """Log-uniform between 0.05 and 3, or log-normal about the stated one."""
    quantile = np.array([0.025, 0.5, 0.975])
    found = relative_error(quantile, ErrorSettings(LOGNORMAL, True, 0.3))
    np.testing.assert_allclose(found, stats.loguniform(0.05, 3.0).ppf(quantile), rtol=1e-12)
    found = relative_error(quantile, ErrorSettings(LOGNORMAL, True, 0.3, 0.35))
    np.testing.assert_allclose(found, stats.lognorm(0.35, scale=0.3).ppf(quantile), rtol=1e-12)


@pytest.mark.parametrize("estimated", [False, True], ids=["fixed", "estimated"])
def test_a_profile_has_the_same_bits_alone_and_in_company(estimated):
    columns, seen = profiles(4, 5)
    assert len({len(one.value) for one in seen}) > 1
    errors = ErrorSettings(LOGNORMAL, estimated, 0.3)
    together = site_lanes(MODEL, columns, seen, errors, 3)
    x = points(4, 15, int(estimated))
    value, gradient = evaluated(x, together)
    for site in range(5):
        lanes = np.arange(3 * site, 3 * site + 3)
        own = np.ascontiguousarray(x[:, lanes])
        alone = site_lanes(MODEL, columns[site][None], [seen[site]], errors, 3)
        for target in (alone, together.take(lanes)):
            found = evaluated(own, target)
            assert found[0].tobytes() == value[lanes].tobytes()
            assert found[1].tobytes() == np.ascontiguousarray(gradient[:, lanes]).tobytes()


def test_modelled_soc_that_is_not_positive_has_no_density_and_no_gradient():
    columns, seen = profiles(5, 2)
    seen[0] = replace(seen[0], operator=-seen[0].operator)
    target = site_lanes(MODEL, columns, seen, ErrorSettings(LOGNORMAL), 2)
    value, gradient = evaluated(points(5, 4), target)
    assert np.isneginf(value[:2]).all() and (gradient[:, :2] == 0.0).all()
    assert np.isfinite(value[2:]).all() and (gradient[:, 2:] != 0.0).all()


def two_groups(forcing):
    """The same with the steps of another forcing behind its own."""
    _, other = monthly_draws(len(forcing), seed=5)
    names = ("soil_temperature", "water_scalar", "oxygen_scalar", "nitrogen_scalar")
    steps = {n: np.concatenate([getattr(forcing, n), getattr(other, n)], axis=1) for n in names}
    return replace(forcing, **steps)


@pytest.mark.parametrize("groups", [1, 2])
def test_months_and_bedrock(groups):
    model, rng = MatrixModel("clm5-20"), np.random.default_rng(6)
    _, forcing = monthly_draws(2, seed=4)
    forcing = replace(forcing, bedrock_layer=np.array([20, 9]))
    if groups == 2:
        forcing = two_groups(forcing)
    columns, seen = model.columns(forcing), []
    for layers in forcing.bedrock_layer.astype(int):
        depth = np.sort(rng.uniform(0.02, 0.9 * model.grid.interface[layers - 1], 4))
        operator = interpolation_matrix(model.grid.node, depth, "linear", layers)
        value = rng.uniform(5e3, 3e4, 4)
        seen.append(Observations(operator, value, 0.3 * value, np.ones(4)))
    x = stats.norm.ppf(rng.uniform(0.05, 0.95, (21, 8)))
    target = site_lanes(model, columns, seen, FIXED, 4)
    value, gradient = evaluated(x, target)
    for lane in (0, 5):
        scalar = site_target(model, columns[lane // 4], seen[lane // 4])
        constant = -np.log(seen[lane // 4].sigma * np.sqrt(2.0 * np.pi)).sum()
        expected = site_log_density(x[:, lane].copy(), scalar) + constant
        assert value[lane] == pytest.approx(expected, rel=1e-12)
    direction = rng.standard_normal(x.shape)
    step = 1e-5
    high, low = (evaluated(x + sign * step * direction, target)[0] for sign in (1, -1))
    slope = (gradient * direction).sum(axis=0)
    np.testing.assert_allclose((high - low) / (2 * step), slope, rtol=1e-6)
    # All of them at once, which is the sum of its sites.
    together = np.empty(8)
    batch_value_and_gradient(x, batch_lanes(model, columns, seen, FIXED), together, gradient)
    sites = site_lanes(model, np.repeat(columns, 8, axis=0), np.repeat(seen, 8).tolist(), FIXED, 1)
    each = evaluated(np.ascontiguousarray(np.tile(x, 2)), sites)[0].reshape(2, 8)
    np.testing.assert_allclose(together, each.sum(axis=0) + 0.5 * (x**2).sum(axis=0), rtol=1e-11)
