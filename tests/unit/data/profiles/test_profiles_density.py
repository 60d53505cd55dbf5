"""SOC density against values worked out by hand, and the ways to one density against each other."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proda.data.profiles.density import (
    FINE_EARTH_CODES,
    FRAGMENT_DENSITY,
    PEDOTRANSFER_FUNCTIONS,
    WHOLE_SOIL_CODES,
    add_soc_density,
)
from proda.errors import InputError


def one(pedotransfer="tao_2024", **values):
    horizons = pd.DataFrame({name: [float(value)] for name, value in values.items()})
    return add_soc_density(horizons, pedotransfer).iloc[0]


def test_density_of_fine_earth_is_diluted_by_fragments():
    # 20 g/kg * 1.3 kg/dm3 = 26 kg C per m3 of fine earth, of which there is 0.9 m3.
    horizon = one(organic_carbon=20, bdfiod=1.3, coarse_fragments_volume=10)
    assert horizon.soc_density == pytest.approx(23_400)
    assert horizon.bulk_density == 1.3
    assert horizon.bulk_density_source == "bdfiod"
    assert horizon.coarse_fragments_source == "volume"


def test_missing_fragments_are_none_and_said_to_be_assumed():
    horizon = one(organic_carbon=20, bdfiod=1.3, coarse_fragments_volume=np.nan)
    assert horizon.soc_density == pytest.approx(26_000)
    assert horizon.coarse_fragments == 0
    assert horizon.coarse_fragments_source == "assumed_0"


def test_whole_soil_density_loses_its_fragments_once():
    # 1.5 kg/dm3 of soil, a fifth of it stones: 1.2 kg/dm3 of fine earth per volume of soil.
    horizon = one(
        organic_carbon=20, bdwsod=1.5, coarse_fragments_mass=20, coarse_fragments_volume=12
    )
    assert horizon.soc_density == pytest.approx(24_000)
    assert horizon.bulk_density == pytest.approx(1.2 / 0.88)
    assert horizon.bulk_density_source == "bdwsod"
    assert horizon.coarse_fragments_source == "mass"
    assert horizon.measured_bulk_density == 1.5


def test_whole_soil_density_with_fragments_by_volume():
    # A tenth of the volume is stones of 2.65 kg/dm3: 1.5 - 0.265.
    horizon = one(organic_carbon=20, bdws=1.5, coarse_fragments_volume=10)
    assert horizon.soc_density == pytest.approx(24_700)
    assert horizon.bulk_density == pytest.approx(1.235 / 0.9)


@given(
    density=st.floats(0.1, 2.0),
    stones=st.floats(0.0, 0.9),
    carbon=st.floats(0.1, 500.0),
)
def test_all_ways_to_measure_one_soil_give_one_density(density, stones, carbon):
    stone_mass, earth_mass = stones * FRAGMENT_DENSITY, (1 - stones) * density
    whole = stone_mass + earth_mass
    fragments = {
        "coarse_fragments_volume": 100 * stones,
        "coarse_fragments_mass": 100 * stone_mass / whole,
    }
    for bulk_density in ({"bdfiod": density}, {"bdwsod": whole}):
        for names in (list(fragments), list(fragments)[:1], list(fragments)[1:]):
            given_fragments = {name: fragments[name] for name in names}
            horizon = one(organic_carbon=carbon, **bulk_density, **given_fragments)
            assert horizon.soc_density == pytest.approx(1000 * carbon * earth_mass, rel=1e-9)
            assert horizon.bulk_density == pytest.approx(density, rel=1e-9)
            assert horizon.coarse_fragments == pytest.approx(100 * stones, abs=1e-9)


def test_sources_are_taken_in_the_documented_order():
    order = ["bdfiod", "bdfi33", "bdfiad", "bdfifm", "bdfi", "bdwsod", "bdws33", "bdwsad"]
    order += ["bdwsfm", "bdws"]
    assert list(FINE_EARTH_CODES + WHOLE_SOIL_CODES) == order
    for i, code in enumerate(order):
        values = {name: 1.0 + 0.01 * k for k, name in enumerate(order) if k >= i}
        horizon = one(organic_carbon=10, **values)
        assert horizon.bulk_density_source == code
        assert horizon.measured_bulk_density == pytest.approx(1.0 + 0.01 * i)


def test_each_row_takes_its_own_source():
    horizons = pd.DataFrame(
        {
            "organic_carbon": [10.0, 10.0, 10.0, np.nan, 0.0],
            "bdfiod": [1.2, np.nan, np.nan, np.nan, np.nan],
            "bdwsad": [1.4, 1.4, np.nan, np.nan, np.nan],
        }
    )
    result = add_soc_density(horizons)
    assert result["bulk_density_source"].tolist()[:3] == ["bdfiod", "bdwsad", "ptf_tao_2024"]
    assert result["bulk_density_source"].isna().tolist() == [False, False, False, True, True]
    assert "bdfiod" not in result


# Organic carbon of 20 g/kg: 2 % carbon, 3.448 % organic matter.
BY_HAND = {
    "tao_2024": 1.276469,
    "manrique_jones_1991": 1.210280,
    "alexander_1980": 1.224422,
    "honeysett_ratkowsky_1989": 1.323261,
    "drew_1973": 1.331074,
    "jeffrey_1970": 1.117207,
    "federer_1993": 1.024059,
    "post_kwon_2000": 1.369782,
    "perie_ouimet_2008": 1.166795,
    "huntington_1989": 1.118088,
    "song_2005": 1.250955,
}


def test_every_pedotransfer_function_has_a_value_by_hand():
    assert set(BY_HAND) == set(PEDOTRANSFER_FUNCTIONS)


@pytest.mark.parametrize("name", BY_HAND)
def test_pedotransfer_by_hand(name):
    horizon = one(organic_carbon=20, pedotransfer=name)
    assert horizon.bulk_density == pytest.approx(BY_HAND[name], abs=2e-6)
    assert horizon.bulk_density_source == f"ptf_{name}"
    assert np.isnan(horizon.measured_bulk_density)
    assert horizon.soc_density == pytest.approx(20_000 * BY_HAND[name], rel=1e-5)


@pytest.mark.parametrize("name", PEDOTRANSFER_FUNCTIONS)
def test_pedotransfer_falls_with_carbon(name):
    # Huntington's parabola in log carbon turns at 0.5 % carbon: look above it.
    carbon = np.array([6.0, 20.0, 50.0, 120.0])
    density = PEDOTRANSFER_FUNCTIONS[name](carbon)
    assert (np.diff(density) < 0).all()
    assert (density > 0.3).all() and (density < 1.8).all()


def test_without_pedotransfer_no_density_is_made_up():
    horizon = one(organic_carbon=20, bdfiod=np.nan, pedotransfer=None)
    assert np.isnan(horizon.soc_density)
    assert pd.isna(horizon.bulk_density_source)


def test_unknown_pedotransfer():
    with pytest.raises(InputError, match=r"pedotransfer: expected one of tao_2024.*'tao2020'"):
        one(organic_carbon=20, pedotransfer="tao2020")
