"""The prior in lanes against scipy and against the scalar kernels."""

import numpy as np
from scipy import stats

from proda.inference.prior_lanes import enter_lanes, leave_lanes
from proda.model.slots import PARAMETERS
from site_cases import INPUT_FRACTIONS, MODEL, fraction_sum

D = len(MODEL.parameters)


def entered(x, input_from_npp=True):
    """Physical values, slopes, bound and log prior of points (d, n)."""
    n = x.shape[1]
    physical, slope = np.zeros((len(PARAMETERS), n)), np.zeros(x.shape)
    outside, log_prior = np.zeros(n, dtype=bool), np.zeros(n)
    prior = MODEL.prior
    arrays = physical, slope, outside, log_prior
    enter_lanes(x, *prior.vector_bounds, prior.slots, input_from_npp, *arrays)
    return arrays


def test_normal_distribution_and_its_density():
    line = np.concatenate(
        [np.linspace(-8.3, 8.3, 4001), [0.0, -0.0, -37.0, -30.0, 12.0, 40.0, 50.0]]
    )
    x = np.zeros((D, line.size))
    x[2] = line
    physical, slope, _, log_prior = entered(x)
    slot, width = MODEL.prior.slots[2], MODEL.prior.span[2]
    theta = (physical[slot] - MODEL.prior.minimum[2]) / width
    np.testing.assert_allclose(theta, stats.norm.cdf(line), rtol=0, atol=4e-16 * 2 / width)
    np.testing.assert_allclose(slope[2], stats.norm.pdf(line) * width, rtol=4e-14)
    np.testing.assert_allclose(log_prior, -0.5 * line**2, rtol=1e-15)


def test_small_probabilities_keep_their_digits():
    # The lower bound of the first slot with minimum 0 adds nothing that could hide them.
    k = int(np.flatnonzero(MODEL.prior.minimum == 0.0)[0])
    line = -np.linspace(1.0, 37.0, 3600)
    x = np.zeros((D, line.size))
    x[k] = line
    theta = entered(x)[0][MODEL.prior.slots[k]] / MODEL.prior.span[k]
    error = np.abs(theta / stats.norm.cdf(line) - 1.0)
    # Rounding of x^2 / 2 is an error of its exponential.
    assert (error < 2e-15 + 4e-16 * line**2).all()


def test_bound_of_the_input_fractions_and_its_normal():
    rng = np.random.default_rng(1)
    theta = rng.random((D, 400))
    x = stats.norm.ppf(theta)
    physical, slope, outside, log_prior = entered(x)
    np.testing.assert_array_equal(outside, fraction_sum(theta.T) >= 1.0)
    assert 20 < outside.sum() < 380
    by_physical, gradient = np.ones(physical.shape), np.zeros(x.shape)
    arrays = by_physical, np.zeros(400), slope, MODEL.prior.slots, outside, log_prior, gradient
    leave_lanes(x, *arrays)
    np.testing.assert_array_equal(np.isneginf(log_prior), outside)
    np.testing.assert_allclose(gradient[:, ~outside], (slope - x)[:, ~outside], rtol=1e-13)
    # A small step along it raises the sum of the fractions, and one across it does not.
    for i in np.flatnonzero(outside)[:20]:
        normal = gradient[:, i] / np.linalg.norm(gradient[:, i])
        assert (np.flatnonzero(normal) == np.sort(INPUT_FRACTIONS)).all()
        across = rng.standard_normal(D)
        across -= normal * (across @ normal)
        sums = [
            fraction_sum(stats.norm.cdf(x[:, i] + 1e-6 * step)) - fraction_sum(theta[:, i])
            for step in (normal, across)
        ]
        assert sums[0] > 0.0 and abs(sums[1]) < 1e-4 * sums[0]


def test_litter_input_has_no_bound():
    x = np.full((D, 8), 3.0)
    assert entered(x)[2].all() and not entered(x, input_from_npp=False)[2].any()


def test_a_density_that_is_no_number_has_no_gradient():
    x = np.zeros((D, 8))
    _, slope, outside, log_prior = entered(x)
    by_physical = np.ones((len(PARAMETERS), 8))
    by_physical[MODEL.prior.slots[3], 1] = np.nan
    log_prior[2], log_prior[3] = np.nan, np.inf
    gradient = np.zeros(x.shape)
    slots = MODEL.prior.slots
    leave_lanes(x, by_physical, np.zeros(8), slope, slots, outside, log_prior, gradient)
    assert np.isneginf(log_prior[1:4]).all() and (gradient[:, 1:4] == 0.0).all()
    assert np.isfinite(log_prior[[0, 4]]).all() and (gradient[:, [0, 4]] != 0.0).all()


def test_a_lane_has_the_same_bits_in_any_company():
    rng = np.random.default_rng(2)
    x = rng.normal(0.0, 2.0, (D, 24))
    together = entered(x)
    for block in (slice(0, 8), slice(8, 16), slice(16, 24)):
        alone = entered(np.ascontiguousarray(x[:, block][:, ::-1]))
        for whole, part in zip(together, alone, strict=True):
            assert whole[..., block][..., ::-1].tobytes() == part.tobytes()
