"""Contraction of the profiles about a cell."""

import numpy as np
import pytest

from map_cases import small_map
from proda.errors import InputError
from proda.parameters.nearby import NEAREST, informed_fraction, nearby_contraction

CELLS = small_map().cells


def brute(lon, lat, contraction, cells):
    """By the angle between every cell and every profile."""
    a, b = np.radians(cells.lat)[:, None], np.radians(lat)
    along = np.cos(np.radians(cells.lon[:, None] - lon))
    cosine = np.sin(a) * np.sin(b) + np.cos(a) * np.cos(b) * along
    nearest = np.argsort(-cosine, axis=1)[:, :NEAREST]
    return np.median(contraction[nearest], axis=1)


def test_a_cell_has_the_median_of_its_nearest_used_profiles():
    rng = np.random.default_rng(1)
    lon, lat = rng.uniform(8, 14, 60), rng.uniform(44, 47, 60)
    contraction = rng.random((60, 3))
    unused = rng.random(60) < 0.3
    contraction[unused] = np.nan
    found = nearby_contraction(lon, lat, contraction, CELLS)
    kept = ~unused
    np.testing.assert_array_equal(found, brute(lon[kept], lat[kept], contraction[kept], CELLS))


def test_few_profiles_are_those_of_every_cell():
    contraction = np.array([[0.1], [0.4], [0.2]])
    found = nearby_contraction(np.array([8.0, 9, 10]), np.full(3, 45.0), contraction, CELLS)
    np.testing.assert_array_equal(found, np.full((len(CELLS), 1), 0.2))
    one = nearby_contraction(np.array([8.0]), np.array([45.0]), contraction[:1], CELLS)
    np.testing.assert_array_equal(one, np.full((len(CELLS), 1), 0.1))


def test_neighbours_are_found_across_the_date_line():
    class Cells:
        lon, lat = np.array([179.9]), np.array([0.0])

    lon = np.array([-179.9] * NEAREST + [170.0] * NEAREST)
    contraction = np.array([[0.7]] * NEAREST + [[0.0]] * NEAREST)
    assert nearby_contraction(lon, np.zeros(2 * NEAREST), contraction, Cells())[0, 0] == 0.7


def test_informed_are_those_from_a_tenth_on():
    contraction = np.array([[0.1, 0.0], [0.5, 0.09], [np.nan, np.nan], [-0.2, 0.3]])
    np.testing.assert_allclose(informed_fraction(contraction), [2 / 3, 1 / 3])


def test_without_a_used_profile_nothing_is_known():
    with pytest.raises(InputError, match="contraction: expected at least one used profile"):
        nearby_contraction(np.zeros(2), np.zeros(2), np.full((2, 3), np.nan), CELLS)
