"""GEV fits against known distributions, scipy, closed forms and posteriors that are hard to fit."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import expon, genextreme, gumbel_r, truncnorm

from proda.errors import InputError
from proda.inference import gev


def log_likelihood(sample, location, scale, shape):
    if shape == -1:  # scipy's rounding may put the highest draw beyond the end of the support
        return expon.logpdf(sample.max() - sample, scale=scale).sum()
    return genextreme.logpdf(sample, -shape, loc=location, scale=scale).sum()


def fit_one(sample, bounds=(0.0, 1.0)):
    """Location, scale and shape, and the whole result, of one sample."""
    result = gev.fit(np.asarray(sample)[:, None], bounds)
    return (result.location[0], result.scale[0], result.shape[0]), result


def standard_errors(sample, estimate):
    """From the observed information, by central differences of scipy's log-likelihood."""
    step = 1e-4 * np.array([estimate[1], estimate[1], 1.0])
    axes = np.diag(step)

    def at(offset):
        return log_likelihood(sample, *(np.array(estimate) + offset))

    information = -np.array(
        [[at(a + b) - at(a - b) - at(b - a) + at(-a - b) for a in axes] for b in axes]
    )
    return np.sqrt(np.diag(np.linalg.inv(information / (4 * np.outer(step, step)))))


@pytest.mark.parametrize("shape", [-0.4, -0.2, 0.0, 0.2, 0.5])
def test_recovers_known_distributions(shape):
    truth = np.array([0.4, 0.02, shape])
    sample = genextreme.rvs(-shape, loc=0.4, scale=0.02, size=4000, random_state=11)
    estimate, result = fit_one(sample, (-10, 10))
    assert result.status[0] == gev.Status.CONVERGED
    error = np.abs(np.array(estimate) - truth) / standard_errors(sample, estimate)
    assert (error < 3.5).all(), error


def test_recovers_a_distribution_with_a_sharp_upper_end():
    # Standard errors do not exist for k <= -0.5 (Smith 1985); the estimate is more precise instead.
    sample = genextreme.rvs(0.5, loc=0.4, scale=0.02, size=4000, random_state=12)
    estimate, _ = fit_one(sample)
    np.testing.assert_allclose(estimate, [0.4, 0.02, -0.5], rtol=0.05)


@pytest.mark.parametrize("shape", [-0.5, -0.2, 0.0, 0.2, 0.5])
def test_agrees_with_scipy_on_known_distributions(shape):
    sample = genextreme.rvs(-shape, loc=0.4, scale=0.02, size=1000, random_state=13)
    estimate, result = fit_one(sample, (-10, 10))
    theirs = genextreme.fit(sample)
    np.testing.assert_allclose(estimate, [theirs[1], theirs[2], -theirs[0]], rtol=2e-3, atol=1e-4)
    np.testing.assert_allclose(
        result.log_likelihood[0], log_likelihood(sample, *estimate), rtol=1e-11
    )


def hard_samples():
    rng = np.random.default_rng(14)
    n = 800
    return {
        "uniform": rng.random(n),
        "arcsine": rng.beta(0.5, 0.5, n),
        "truncated normal": truncnorm.rvs(-1, 3, loc=0.25, scale=0.25, size=n, random_state=rng),
        "exponential": rng.exponential(0.1, n) % 1,
        "bimodal": np.append(rng.normal(0.2, 0.03, n // 2), rng.normal(0.8, 0.05, n // 2)),
        "rising": rng.triangular(0, 1, 1, n),
        "falling": rng.triangular(0, 0, 1, n),
        "spike at 0": rng.beta(0.3, 3, n),
        "narrow": 0.5 + 1e-8 * rng.standard_normal(n),
        "repeated draws": np.repeat(rng.beta(2, 5, n // 4), 4),
        "half stuck": np.append(np.full(n // 2, 0.1), rng.random(n // 2)),
    }


def search(sample, start):
    """Maximum of scipy's log-likelihood under k >= -1 near start = (location, scale, shape)."""

    def cost(p):
        value = -log_likelihood(sample, p[0], np.exp(p[1]), p[2]) if p[2] >= -1 else np.inf
        return value if np.isfinite(value) else 1e300

    options = {"maxfev": 1500, "maxiter": 1500, "xatol": 1e-9, "fatol": 1e-9}
    first = (start[0], np.log(start[1]), start[2])
    found = minimize(cost, first, method="Nelder-Mead", options=options)
    assert found.fun < 1e300  # the start gave every draw a density
    return -found.fun, found.x[2]


def best_of_scipy(sample):
    """The highest log-likelihood with k >= -1 that scipy finds, from its own fit and three starts.

    Without the constraint the likelihood has no maximum, and `genextreme.fit` may run off.
    """
    c, location, scale = genextreme.fit(sample)
    found = [log_likelihood(sample, location, scale, -c) if c <= 1 else -np.inf]
    middle = np.median(sample)
    for k in (-0.7, 0.1, 1.0):
        reach = sample.max() - middle if k < 0 else middle - sample.min()
        found.append(search(sample, (middle, 1.05 * abs(k) * reach, k))[0])
    return max(found)


@pytest.mark.parametrize("name", hard_samples())
def test_never_below_scipy_on_hard_samples(name):
    sample = hard_samples()[name]
    estimate, result = fit_one(sample)
    ours, theirs = result.log_likelihood[0], best_of_scipy(sample)
    assert ours >= theirs - 1e-6 * abs(theirs)
    assert ours == pytest.approx(log_likelihood(sample, *estimate), rel=1e-8)
    assert result.converged[0]
    assert sample.min() <= result.mode[0] <= sample.max()


@pytest.mark.parametrize("count", [395, 398, 401, 404, 410])
def test_finds_the_higher_of_two_maxima(count):
    # Two clusters: a sharp end above the upper one (k < -0.5) competes with a heavy tail of the
    # lower one (k > 0.5), and the two maxima change places near these counts.
    rng = np.random.default_rng(14)
    sample = np.append(rng.normal(0.2, 0.03, count), rng.normal(0.8, 0.05, 800 - count))
    _, result = fit_one(sample)
    sharp, sharp_shape = search(sample, (0.6, 0.3, -0.75))
    heavy, heavy_shape = search(sample, (0.2, 0.1, 0.9))
    assert sharp_shape < -0.5 < 0.5 < heavy_shape
    assert result.log_likelihood[0] == pytest.approx(max(sharp, heavy), rel=1e-6)


def test_draws_piled_at_the_upper_end_give_the_closed_form_at_the_bound():
    sample = np.random.default_rng(15).beta(3, 0.3, 1000)
    estimate, result = fit_one(sample)
    scale = sample.max() - sample.mean()
    np.testing.assert_allclose(estimate, [sample.mean(), scale, -1.0], rtol=1e-12)
    np.testing.assert_allclose(result.log_likelihood, [-1000 * (np.log(scale) + 1)], rtol=1e-12)
    assert result.status[0] == gev.Status.AT_BOUND
    assert result.converged[0]
    assert result.mode[0] == pytest.approx(sample.max(), rel=1e-12)


def test_mode_formula():
    shape = np.array([0.0, 1.0, -0.5, -1.0])
    expected = 3 + 2 * np.array([0.0, -0.5, 2 * (1 - np.sqrt(0.5)), 1.0])
    np.testing.assert_allclose(gev.mode(3.0, 2.0, shape), expected, rtol=1e-14)
    # Continuous at both special values.
    np.testing.assert_allclose(gev.mode(3.0, 2.0, [1e-13, -1 + 1e-12]), [3.0, 5.0], rtol=1e-10)
    for k in (-0.7, -0.1, 0.3, 2.0):
        grid = np.linspace(*genextreme.ppf([0.001, 0.95], -k), 200_001)
        peak = grid[genextreme.pdf(grid, -k).argmax()]
        assert gev.mode(0.0, 1.0, k) == pytest.approx(peak, abs=2 * (grid[1] - grid[0]))
    with pytest.raises(InputError, match=r"shape\[1\].*\[-1, inf\].*-1\.2"):
        gev.mode(0.0, 1.0, [0.1, -1.2])


def test_gumbel_limit_of_the_profile():
    sample = gumbel_r.rvs(loc=0.4, scale=0.05, size=500, random_state=16)
    centred = sample - sample.mean()
    location, scale = gumbel_r.fit(centred)
    value, slope, b, m = gev._profile(*gev._rows(centred), 0.0, 0.0)
    np.testing.assert_allclose([m, b], [location, scale], rtol=1e-6)
    assert value == pytest.approx(gumbel_r.logpdf(centred, location, scale).mean(), rel=1e-9)
    # The series near theta = 0 and the general form must join, in value and slope.
    edge = 1e-5 / np.abs(centred).max()
    below, above = (gev._profile(*gev._rows(centred), f * edge, 0.0) for f in (0.999, 1.001))
    assert above[0] - below[0] == pytest.approx(slope * 0.002 * edge, rel=1e-3)
    assert above[1] == pytest.approx(below[1], rel=1e-5)


def test_constant_parameter_has_a_status_and_spoils_no_other():
    varied = np.random.default_rng(17).beta(2, 3, 500)
    result = gev.fit(np.stack([np.full(500, 0.3), varied], axis=1))
    alone = gev.fit(varied[:, None])
    assert result.status.tolist() == [gev.Status.CONSTANT, gev.Status.CONVERGED]
    assert result.converged.tolist() == [False, True]
    assert (result.location[0], result.scale[0], result.shape[0], result.mode[0]) == (
        0.3,
        0,
        0,
        0.3,
    )
    for field in ("location", "scale", "shape", "mode", "log_likelihood"):
        assert getattr(result, field)[1] == getattr(alone, field)[0], field


def test_a_spike_without_a_maximum_says_so_and_stays_within_bounds():
    # Half of the draws at the lowest value: the likelihood grows without end as k does.
    values = np.where(np.arange(600) % 2, 0.3, 0.0)
    spike = np.random.default_rng(18).beta(0.05, 3, 600)
    result = gev.fit(np.stack([values, spike], axis=1))
    assert (result.status == gev.Status.NOT_CONVERGED).all()
    assert not result.converged.any()
    raw = gev.mode(result.location, result.scale, result.shape)
    assert raw[1] < 0 == result.mode[1]
    for field in ("location", "scale", "shape", "mode", "log_likelihood"):
        assert np.isfinite(getattr(result, field)).all(), field


def test_one_differing_draw_that_the_scan_leaves_out():
    sample = np.full(900, 0.3)
    sample[1] = 0.4
    _, result = fit_one(sample)
    assert result.status[0] == gev.Status.NOT_CONVERGED
    assert result.mode[0] == pytest.approx(0.3, abs=1e-6)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=10, max_size=40)
    | st.lists(st.sampled_from([0.0, 1e-300, 1e-12, 0.5, 1 - 1e-12, 1.0]), min_size=10, max_size=40)
)
def test_any_draws_give_finite_numbers_and_a_status(values):
    (location, scale, shape), result = fit_one(values)
    assert np.isfinite([location, scale, shape]).all()
    assert shape >= -1
    assert scale >= 0
    assert 0 <= result.mode[0] <= 1
    assert (result.status[0] == gev.Status.CONSTANT) == (min(values) == max(values))


def test_long_samples_are_thinned_evenly():
    draws = np.random.default_rng(19).beta(2, 5, (gev.MAX_DRAWS * 3 - 1, 2))
    result = gev.fit(draws)
    thinned = gev.fit(draws[::3])
    assert result.draws_used == thinned.draws_used == gev.MAX_DRAWS
    for field in ("location", "scale", "shape", "mode", "log_likelihood", "status"):
        np.testing.assert_array_equal(getattr(result, field), getattr(thinned, field))
    assert gev.fit(draws[: gev.MAX_DRAWS]).draws_used == gev.MAX_DRAWS


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    a=st.floats(0.5, 8),
    b=st.floats(0.5, 8),
    n=st.integers(30, 600),
    offset=st.floats(-100, 100),
    factor=st.floats(1e-3, 1e3),
)
def test_location_and_scale_equivariance(seed, a, b, n, offset, factor):
    sample = np.random.default_rng(seed).beta(a, b, n)
    (location, scale, shape), result = fit_one(sample)
    (moved, stretched, same), other = fit_one(offset + factor * sample, (-np.inf, np.inf))
    assume(abs(offset) < 1e4 * factor)  # the offset must not swallow the draws' digits
    assert other.status[0] == result.status[0]
    assert same == pytest.approx(shape, abs=1e-6)
    assert stretched == pytest.approx(factor * scale, rel=1e-6)
    assert moved == pytest.approx(offset + factor * location, abs=1e-6 * factor)
    expected = result.log_likelihood[0] - n * np.log(factor)
    assert other.log_likelihood[0] == pytest.approx(expected, rel=1e-8, abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), a=st.floats(0.4, 8), b=st.floats(0.4, 8), n=st.integers(20, 500))
def test_the_fit_is_a_maximum(seed, a, b, n):
    sample = np.random.default_rng(seed).beta(a, b, n)
    estimate, result = fit_one(sample)
    assume(result.converged[0])
    best = result.log_likelihood[0]
    closed_form = -n * (np.log(sample.max() - sample.mean()) + 1)
    assert best >= closed_form - 1e-12 * abs(closed_form)
    for direction in np.vstack([np.eye(3), -np.eye(3)]) * 1e-4:
        neighbour = np.array(estimate) + direction * np.array([estimate[1], estimate[1], 1.0])
        if neighbour[2] >= -1:
            assert log_likelihood(sample, *neighbour) <= best + 1e-9 * abs(best)


def test_bad_draws_are_named():
    draws = np.random.default_rng(20).random((50, 3))
    outside = draws.copy()
    outside[3, 1] = 1.2
    with pytest.raises(InputError, match=r"draws\[3, 1\].*\[0, 1\].*1\.2"):
        gev.fit(outside)
    outside[3, 1] = np.nan
    with pytest.raises(InputError, match=r"draws\[3, 1\].*finite.*nan"):
        gev.fit(outside)
    with pytest.raises(InputError, match="draws: expected at least 10 draws, found 9"):
        gev.fit(draws[:9])
    with pytest.raises(InputError, match=r"draws: expected shape \(n, n\), found shape \(50,\)"):
        gev.fit(draws[:, 0])
