"""Maps against stocks at points."""

import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.evaluation.validation import validation_points, validation_table


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


def test_points_of_one_cell_are_drawn_together():
    """100 copies of a point in its cell say no more than the point."""
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
