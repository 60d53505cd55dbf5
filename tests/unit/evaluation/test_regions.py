"""Which region holds a profile, and skill by region."""

import numpy as np
import pandas as pd
import pytest
import shapely

from proda.evaluation.pairs import Pairs
from proda.evaluation.regions import ALL_REGIONS, OUTSIDE, region_of, region_table

PARTS = {"west": shapely.box(0, 0, 2, 2), "east": shapely.box(1, 0, 3, 2)}


def test_the_first_of_overlapping_regions_holds_a_place():
    found = region_of(PARTS, [0.5, 1.5, 2.5, 9.0], [1.0, 1.0, 1.0, 1.0])
    assert list(found) == ["west", "west", "east", OUTSIDE]


def test_skill_of_each_region_is_that_of_its_profiles():
    horizons = pd.DataFrame(
        {
            "profile": [0, 0, 1, 1, 2, 3],
            "depth_m": 0.1,
            "thickness_m": 0.2,
            "observed": [1.0, 3.0, 2.0, 4.0, 5.0, 7.0],
            "one_batch": [2.0, 4.0, 1.0, 3.0, 5.0, np.nan],
        }
    )
    pairs = Pairs(horizons, pd.DataFrame({"used": [1, 1, 0, 1]}))
    region = np.array(["b", "a", "a", "a"], dtype=object)
    table = region_table(pairs, region, ["one_batch"]).set_index("region")
    assert list(table.index) == ["a", "b", ALL_REGIONS]
    # One profile of a is not used, another has no prediction.
    assert list(table["accepted"]) == [3, 1, 4] and list(table["profiles"]) == [1, 1, 2]
    assert list(table["bias"]) == [-1.0, 1.0, 0.0] and list(table["rmse"]) == [1.0, 1.0, 1.0]
    assert list(table["mean_observed"]) == [3.0, 2.0, 2.5]
    assert table["r"].iloc[:2].tolist() == pytest.approx([1.0, 1.0])
    pairs.profiles["used"] = [1, 0, 0, 0]
    alone = region_table(pairs, region, ["one_batch"]).set_index("region")
    assert np.isnan(alone.loc["a", "bias"]) and alone.loc["a", "note"] == "fewer than 2 pairs"
