"""The posterior of all profiles at once: the sum of its sites, and its gradient."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import optimize, stats

from proda.errors import InputError
from proda.inference.batch_lanes import BLOCK, batch_lanes, batch_value_and_gradient
from proda.inference.horizon_lanes import ErrorSettings
from proda.inference.likelihoods import ERROR_MODELS, LOGNORMAL, STUDENT_T
from proda.inference.observations import Observations, interpolation_matrix
from proda.inference.site_lanes import site_lanes, site_value_and_gradient
from site_cases import MODEL, random_forcing, random_theta


def profiles(seed, cells, n):
    """Columns and observations of n profiles that share cells but not NPP."""
    rng = np.random.default_rng(seed)
    forcing = random_forcing(rng, cells).take(rng.integers(0, cells, n))
    low = rng.uniform(50.0, 700.0, n)
    forcing = replace(forcing, npp_min=low, npp_max=low * rng.uniform(1.0, 2.0, n))
    seen = []
    for _ in range(n):
        depth = np.sort(rng.uniform(0.02, 2.0, rng.integers(2, 9)))
        operator = interpolation_matrix(MODEL.grid.node, depth, "linear")
        value = 2e4 * np.exp(-depth + rng.normal(0.0, 0.5, len(depth)))
        seen.append(Observations(operator, value, 0.3 * value, rng.uniform(0.5, 2.0, len(depth))))
    return MODEL.columns(forcing), seen


def points(seed, n):
    rng = np.random.default_rng(seed)
    x = np.vstack([stats.norm.ppf(random_theta(rng, n)).T, rng.normal(size=(1, n))])
    return np.ascontiguousarray(x)


def evaluated(x, target, function=batch_value_and_gradient):
    value, gradient = np.empty(x.shape[1]), np.empty(x.shape)
    function(x, target, value, gradient)
    return value, gradient


@pytest.mark.parametrize("name", ERROR_MODELS)
@pytest.mark.parametrize(("cells", "n"), [(1, 1), (3, 40), (BLOCK + 5, 60)])
def test_value_and_gradient_are_the_sums_of_the_sites(name, cells, n):
    columns, seen = profiles([cells, n], cells, n)
    errors = ErrorSettings(ERROR_MODELS[name], True)
    x = points(1, 5)
    value, gradient = evaluated(x, batch_lanes(MODEL, columns, seen, errors))
    prior = -0.5 * (x**2).sum(axis=0)
    total, slope = prior.copy(), -x.copy()
    for column, one in zip(columns, seen, strict=True):
        site = site_lanes(MODEL, [column], [one], errors, 5)
        found = evaluated(x, site, site_value_and_gradient)
        total += found[0] - prior
        slope += found[1] + x
    np.testing.assert_allclose(value, total, rtol=1e-12)
    np.testing.assert_allclose(gradient, slope, atol=1e-10 * np.abs(slope).max())


def test_a_point_has_the_same_bits_alone_and_in_company():
    columns, seen = profiles(2, 9, 30)
    target = batch_lanes(MODEL, columns, seen, ErrorSettings(LOGNORMAL, True))
    x = points(2, 11)
    value, gradient = evaluated(x, target)
    for lane in (0, 7, 10):
        alone = evaluated(np.ascontiguousarray(x[:, [lane]]), target.take(np.array([lane])))
        assert alone[0].tobytes() == value[[lane]].tobytes()
        assert alone[1].tobytes() == np.ascontiguousarray(gradient[:, [lane]]).tobytes()


def test_order_of_profiles_does_not_matter():
    columns, seen = profiles(3, 5, 30)
    order = np.random.default_rng(3).permutation(30)
    errors = ErrorSettings(LOGNORMAL, True)
    x = points(3, 2)
    value, _ = evaluated(x, batch_lanes(MODEL, columns, seen, errors))
    shuffled = batch_lanes(MODEL, columns[order], [seen[i] for i in order], errors)
    assert shuffled.cells == 5
    np.testing.assert_allclose(evaluated(x, shuffled)[0], value, rtol=1e-12)


def test_as_many_observations_as_columns_are_needed():
    columns, seen = profiles(4, 1, 2)
    with pytest.raises(InputError, match="observations: expected 2, one per column, found 1"):
        batch_lanes(MODEL, columns, seen[:1], ErrorSettings())


def most_probable_stock(columns, seen, kind):
    """SOC to 1 m, mean over the columns, at the mode of the posterior of all profiles."""
    target = batch_lanes(MODEL, columns, seen, ErrorSettings(kind, True))

    def negative(x):
        value, gradient = evaluated(x[:, None], target)
        return -value[0], -gradient[:, 0]

    start = np.zeros(len(MODEL.parameters) + 1)
    found = optimize.minimize(negative, start, jac=True, method="L-BFGS-B")
    physical = MODEL.physical(stats.norm.cdf(found.x[None, :-1]))
    pools = MODEL.steady_state_in(np.repeat(physical, len(columns), axis=0), columns)
    return MODEL.stock(MODEL.soc(pools), 0.0, 1.0).mean()


# A value lost in rounding widens the log-normal distribution; the t distribution lets it go.
@pytest.mark.parametrize(
    ("kind", "factor", "limit"),
    [
        (LOGNORMAL, 1e-12, 0.04),
        (LOGNORMAL, 100.0, 0.03),
        (STUDENT_T, 1e-12, 0.03),
        (STUDENT_T, 100.0, 0.03),
    ],
)
def test_one_absurd_horizon_in_a_thousand_hardly_moves_the_total(kind, factor, limit):
    columns, seen = profiles(5, 6, 190)
    assert 900 < sum(len(one.value) for one in seen) <= 1050
    seen = [replace(one, weight=np.ones(len(one.value))) for one in seen]
    stock = most_probable_stock(columns, seen, kind)
    value = seen[7].value.copy()
    value[1] *= factor
    seen[7] = replace(seen[7], value=value)
    assert most_probable_stock(columns, seen, kind) == pytest.approx(stock, rel=limit)
