"""Maps against stocks at points."""

import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.evaluation.validation import (
    between_cell_fraction,
    validation_points,
    validation_table,
)


def points():
    return pd.DataFrame(
        {
            "point_id": list("abcde"),
            "longitude": 0.0,
            "latitude": 0.0,
            "stock_kg_m2": [10.0, 20.0, 30.0, 40.0, np.nan],
            "cell": [0, 0, 1, 2, -1],
            "status": ["accepted"] * 4 + ["outside_region"],
        }
    )


def test_a_point_takes_the_value_of_its_cell():
    table = validation_points(points(), {"a": np.array([1.0, 2.0, 3.0])})
    np.testing.assert_array_equal(table["a"], [1, 1, 2, 3, np.nan])
    assert list(table["status"]) == ["accepted"] * 4 + ["outside_region"]


def test_maps_are_compared_at_the_points_they_share():
    stocks = {"a": np.array([1.0, 2.0, 3.0]), "b": np.array([1.0, np.nan, 3.0])}
    table = validation_points(points(), stocks)
    assert list(table["status"])[2] == "no_map_value"
    skills = validation_table(table, stocks, seed=1)
    assert list(skills["points"]) == [3, 3] and list(skills["cells"]) == [2, 2]


def test_known_scores():
    stocks = {"half": np.array([7.5, 15.0, 20.0])}
    table = validation_table(validation_points(points(), stocks), stocks, seed=1)
    errors = np.array([-2.5, -12.5, -15.0, -20.0])
    assert table["bias"][0] == pytest.approx(errors.mean())
    assert table["rmse"][0] == pytest.approx(np.sqrt(np.mean(errors**2)))
    assert table["bias_low"][0] <= table["bias"][0] <= table["bias_high"][0]
    assert table["mean_observed_kg_m2"][0] == 25


def test_logarithms_are_scored_where_all_stocks_are_positive():
    table = points().iloc[:4].assign(cell=[0, 1, 2, 3])
    stocks = {"a": np.array([1.0, 4.0, 9.0, 16.0]), "b": np.array([1.0, 1.0, 0.0, 2.0])}
    scores = validation_table(validation_points(table, stocks), stocks, seed=1)
    # Without the third point, where b has nothing; a is the square of the measured stock there.
    assert scores["r2_log"][0] == pytest.approx(1.0)
    logs = np.log([[10, 20, 40], [1, 1, 2]])
    assert scores["r2_log"][1] == pytest.approx(np.corrcoef(logs)[0, 1] ** 2)
    assert scores["r2"][0] == pytest.approx(np.corrcoef([1, 2, 3, 4], [1, 4, 9, 16])[0, 1] ** 2)
    assert list(scores["median_modelled_kg_m2"]) == [6.5, 1.0]


def test_the_highest_r2_of_a_map_of_cells():
    cell = [0, 0, 1, 1]
    assert between_cell_fraction(cell, np.array([1.0, 1.0, 5.0, 5.0])) == 1.0
    assert between_cell_fraction(cell, np.array([1.0, 5.0, 1.0, 5.0])) == 0.0
    # Mean squares 2 within and 25 among cells of two points: variance (25 - 2) / 2 between them.
    assert between_cell_fraction(cell, np.array([1.0, 3.0, 6.0, 8.0])) == pytest.approx(11.5 / 13.5)
    assert np.isnan(between_cell_fraction([0, 1, 2], np.arange(3.0)))
    assert np.isnan(between_cell_fraction([0, 0, 0], np.arange(3.0)))


def test_the_between_cell_fraction_is_that_of_the_variances_also_with_uneven_cells():
    rng = np.random.default_rng(5)
    cell = rng.integers(0, 2000, 6000) ** 2 // 2000
    means = 2.0 * rng.normal(size=2000)
    values = means[cell] + rng.normal(size=6000)
    fraction = between_cell_fraction(cell, values)
    assert fraction == pytest.approx(0.8, abs=0.03)
    assert np.corrcoef(means[cell], values)[0, 1] ** 2 == pytest.approx(fraction, abs=0.02)


def test_points_of_one_cell_are_drawn_together():
    """100 copies of a point in its cell carry no more information than the point."""
    few = points().iloc[:4].assign(cell=[0, 1, 2, 3])
    many = pd.concat([few] * 100, ignore_index=True)
    stocks = {"a": np.array([12.0, 18.0, 33.0, 35.0])}
    one, other = (
        validation_table(validation_points(t, stocks), stocks, seed=1) for t in (few, many)
    )
    assert one["rmse_low"][0] == pytest.approx(other["rmse_low"][0])


def test_maps_without_a_common_point_are_named():
    stocks = {"a": np.ones(3), "void": np.full(3, np.nan)}
    with pytest.raises(InputError, match="without any value: void"):
        validation_points(points(), stocks)
