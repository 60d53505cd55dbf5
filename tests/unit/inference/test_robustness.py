"""What absurd observations do to one model for many: one in a thousand is lost or multiplied."""

import numpy as np
import pytest
from scipy import optimize

from horizon_density import log_densities
from proda.inference.likelihoods import (
    GAMMA,
    LOGNORMAL,
    LOGNORMAL_MEAN,
    RELATIVE,
    STUDENT_T,
)

MODEL = 10_000.0  # gC m-3
SCATTER = 0.9  # of the logarithm, as between sites
N = 2_000


def cost_and_gradient(kind, log_m, log_c, observed):
    m = np.exp(log_m)
    value, by_m, by_c = log_densities(kind, m, observed, np.exp(log_c)).sum(axis=1)
    return -value, np.array([-by_m * m, -by_c])


def best(kind, observed, estimated=True):
    """Median of the model and its relative error with the largest likelihood."""
    bounds = [(None, None), (np.log(0.05), np.log(3.0)) if estimated else (np.log(0.3),) * 2]
    found = optimize.minimize(
        lambda x: cost_and_gradient(kind, *x, observed),
        [np.log(np.median(observed)), np.log(0.5 if estimated else 0.3)],
        jac=True,
        bounds=bounds,
    )
    return np.exp(found.x)


@pytest.fixture(scope="module")
def observed():
    return MODEL * np.exp(SCATTER * np.random.default_rng(4).normal(size=N))


def contaminated(observed, factor):
    """One observation in a thousand times a factor."""
    values = observed.copy()
    values[::1_000] *= factor
    return values


@pytest.mark.parametrize("factor", [1e-12, 100.0])
@pytest.mark.parametrize("kind", [LOGNORMAL, STUDENT_T])
def test_kinds_about_the_median_hardly_move(kind, factor, observed):
    before, after = best(kind, observed), best(kind, contaminated(observed, factor))
    assert before[0] == pytest.approx(MODEL, rel=0.1)
    assert after[0] == pytest.approx(before[0], rel=0.03)


def test_the_residuals_of_student_are_bounded(observed):
    """Not even the scale moves."""
    after = best(STUDENT_T, contaminated(observed, 1e-12))
    np.testing.assert_allclose(after, best(STUDENT_T, observed), rtol=0.01)


def test_the_log_normal_scale_grows_with_the_square_of_a_lost_residual(observed):
    """Known answer: mean and standard deviation of the logarithms."""
    values = np.log(contaminated(observed, 1e-12))
    found = best(LOGNORMAL, np.exp(values))
    np.testing.assert_allclose(found, [np.exp(values.mean()), values.std()], rtol=1e-4)


def test_one_value_in_a_thousand_owns_the_cost_of_the_study(observed):
    """Biased low as stated: exp(-1.5 s^2) of the median; and with a value near zero, zero."""
    low = best(RELATIVE, observed, estimated=False)[0]
    expected = (1 / observed).sum() / (1 / observed**2).sum()
    assert low == pytest.approx(expected, rel=1e-3)
    assert low == pytest.approx(np.exp(-1.5 * SCATTER**2) * MODEL, rel=0.3)
    lost = contaminated(observed, 1e-12)
    assert (1 / lost).sum() / (1 / lost**2).sum() < 1e-6 * low


@pytest.mark.parametrize(("kind", "factor"), [(GAMMA, 100.0), (LOGNORMAL_MEAN, 1e-12)])
def test_kinds_about_the_mean_do_move(kind, factor, observed):
    """Gamma with values far above; the log-normal mean with its scale, by exp(c^2 / 2)."""
    before, after = best(kind, observed), best(kind, contaminated(observed, factor))
    assert after[0] > 1.03 * before[0]
