"""The density of bounded values against direct sums of reflected kernels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from proda.errors import InputError
from proda.figures.bounded_density import bounded_density


def test_is_the_sum_of_gaussians_reflected_at_both_bounds():
    values = np.array([0.02, 0.2, 0.5, 0.55, 0.9, 0.99])
    middle = np.subtract(*np.quantile(values, [0.75, 0.25])) / 1.34
    h = 0.9 * min(values.std(), middle) * len(values) ** -0.2
    centres, density = bounded_density("theta", values, bins=2000)
    images = np.concatenate([values + 2 * k for k in range(-3, 4)])
    images = np.concatenate([images, -images])
    direct = norm.pdf((centres[:, None] - images) / h).sum(axis=1) / h / len(values)
    np.testing.assert_allclose(density, direct, rtol=2e-3)


def test_the_uniform_density_is_one_up_to_the_bounds():
    _, density = bounded_density("theta", (np.arange(20_000) + 0.5) / 20_000, bins=100)
    np.testing.assert_allclose(density, 1.0, atol=1e-9)


def test_a_posterior_at_a_bound_is_half_a_gaussian_there():
    _, density = bounded_density("theta", np.zeros(10), bins=100)
    # All in the first bin of 0.01, whose image lies one bin away; bandwidths are at least two bins.
    image = norm.pdf(0.0, scale=0.02) + norm.pdf(0.01, scale=0.02)
    assert density[0] == pytest.approx(image, rel=1e-6)
    assert np.all(np.diff(density[:10]) < 0)


def test_the_bandwidth_is_positive_where_half_the_values_are_equal():
    values = np.concatenate([np.full(80, 0.5), np.linspace(0.1, 0.9, 20)])
    _, density = bounded_density("theta", values, bins=1000)
    assert density.max() < 80


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_has_an_area_of_one_and_is_never_negative(values):
    centres, density = bounded_density("theta", values)
    assert density.mean() == pytest.approx(1.0, abs=1e-9)
    assert density.min() >= 0.0
    assert len(centres) == len(density)


def test_missing_values_are_ignored():
    with_gaps = bounded_density("theta", [[0.1, np.nan], [0.4, 0.7]])
    np.testing.assert_array_equal(with_gaps, bounded_density("theta", [0.1, 0.4, 0.7]))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([np.nan, np.nan], ["modes[q10]", "values to draw", "none"]),
        ([0.5, 1.2], ["modes[q10][1]", "[0, 1]", "1.2"]),
    ],
)
def test_refuses(values, words):
    with pytest.raises(InputError) as error:
        bounded_density("modes[q10]", values)
    assert all(word in str(error.value) for word in words)
