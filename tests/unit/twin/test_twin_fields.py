"""The twin world's climate statistics, classes and soil columns, against known answers."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from proda.twin.bioclim import bioclim, koppen_geiger
from proda.twin.climate import make_climate
from proda.twin.column import NODES, active_layer, soil_temperature, soil_water_potential
from proda.twin.lattice import Lattice, noise
from proda.twin.soil import texture_class
from proda.twin.terrain import make_terrain

# Monthly normals, rounded: temperature in degC, rain in mm, class of Beck et al. 2018.
CITIES = {
    "Phoenix": ([13, 15, 18, 22, 27, 32, 35, 34, 31, 24, 17, 12],
                [23, 23, 25, 7, 3, 1, 27, 25, 16, 15, 17, 22], 4),
    "Denver": ([0, 1, 5, 9, 14, 20, 23, 22, 18, 11, 4, -1],
               [10, 12, 28, 44, 55, 40, 54, 45, 27, 26, 18, 9], 7),
    "San Francisco": ([10, 11, 12, 13, 14, 15, 15, 16, 17, 16, 13, 10],
                      [114, 113, 83, 37, 18, 4, 0, 2, 5, 28, 80, 116], 9),
    "Atlanta": ([6, 8, 12, 17, 21, 25, 27, 26, 23, 17, 12, 7],
                [107, 119, 122, 85, 93, 100, 134, 99, 114, 86, 104, 99], 14),
    "Chicago": ([-4, -2, 4, 10, 16, 21, 24, 23, 19, 12, 5, -2],
                [44, 45, 64, 86, 94, 88, 94, 125, 82, 80, 80, 57], 25),
    "Duluth": ([-12, -10, -4, 4, 11, 16, 19, 18, 13, 6, -2, -9],
               [25, 19, 38, 61, 82, 107, 98, 94, 103, 71, 53, 32], 26),
    "Utqiagvik": ([-25, -26, -25, -17, -6, 2, 5, 4, 0, -8, -17, -22],
                  [3, 4, 2, 4, 5, 8, 25, 27, 18, 10, 5, 4], 29),
    "Manaus": ([26, 26, 26, 26, 27, 27, 27, 28, 28, 28, 28, 27],
               [287, 295, 300, 319, 247, 118, 75, 58, 76, 104, 169, 246], 2),
}  # fmt: skip


@pytest.mark.parametrize("city", CITIES)
def test_koppen_classes_of_cities(city):
    temperature, rain, expected = CITIES[city]
    assert koppen_geiger(np.array(temperature, float), np.array(rain, float)) == expected


def test_bioclim_of_a_climate_worked_out_by_hand():
    temperature = np.arange(12.0)  # 0 in January to 11 in December
    rain = np.array([10.0] * 6 + [30.0] * 3 + [20.0] * 3)
    bio = bioclim(temperature, np.full(12, 8.0), rain)
    assert bio["BIO1"] == 5.5
    assert bio["BIO2"] == 8.0
    assert (bio["BIO5"], bio["BIO6"], bio["BIO7"]) == (15.0, -4.0, 19.0)
    assert bio["BIO3"] == pytest.approx(100 * 8 / 19)
    assert bio["BIO4"] == pytest.approx(np.std(temperature, ddof=1))
    assert bio["BIO8"] == 7.0  # July to September
    assert bio["BIO9"] == 1.0  # January to March, the first of equally dry quarters
    assert (bio["BIO10"], bio["BIO11"]) == (10.0, 1.0)
    assert (bio["BIO12"], bio["BIO13"], bio["BIO14"]) == (210.0, 30.0, 10.0)
    assert (bio["BIO16"], bio["BIO17"], bio["BIO18"], bio["BIO19"]) == (90.0, 30.0, 60.0, 30.0)
    assert bio["BIO15"] == pytest.approx(100 * np.std(rain, ddof=1) / (np.mean(rain) + 1))
    assert list(bio) == [f"BIO{i}" for i in range(1, 20)]


def test_bioclim_quarters_run_over_the_turn_of_the_year():
    temperature = np.array([-5.0, 0, 5, 10, 15, 20, 20, 15, 10, 5, 0, -5])
    bio = bioclim(temperature, np.ones(12), np.arange(12.0))
    assert bio["BIO11"] == pytest.approx((-5 - 5 + 0) / 3)


def test_texture_classes_of_typical_soils():
    typical = {  # sand, clay
        1: (20, 60), 2: (7, 47), 3: (52, 42), 4: (33, 34), 5: (10, 34), 6: (60, 27),
        7: (41, 18), 8: (20, 15), 9: (65, 10), 10: (7, 6), 11: (82, 6), 12: (92, 4),
    }  # fmt: skip
    for expected, (sand, clay) in typical.items():
        assert texture_class(sand, clay) == expected


@given(st.floats(0, 100), st.floats(0, 1))
def test_every_mixture_has_a_texture_class(sand, fraction):
    clay = (100 - sand) * fraction
    code = int(texture_class(sand, clay))
    assert 1 <= code <= 12
    assert (clay >= 40) == (code in (1, 2)) or code == 3  # sandy clay starts at 35 %


def test_noise_has_its_moments_and_a_stream_of_its_own():
    lattice = Lattice(0.5)
    field = noise(lattice, 3, "one", 1.0, 3.0)
    assert field.shape == (50, 118)
    assert abs(field.mean()) < 1e-12
    assert field.std() == pytest.approx(1.0)
    neighbours = np.corrcoef(field[:, 1:].ravel(), field[:, :-1].ravel())[0, 1]
    assert neighbours > 0.9
    noise(lattice, 3, "two", 1.0)
    assert np.array_equal(field, noise(lattice, 3, "one", 1.0, 3.0))
    assert not np.allclose(field, noise(lattice, 4, "one", 1.0, 3.0))


def test_land_covers_the_region_and_ocean_and_lakes_surround_it():
    lattice = Lattice(0.5)
    offshore = shapely.box(-124.9, 33.0, -123.5, 36.0)
    terrain = make_terrain(lattice, 1, offshore)

    def at(field, lon, lat):
        return field[lattice.locate(lon, lat)]

    assert at(terrain.land, -124.25, 34.75)  # the region is land wherever the coast lies
    assert at(terrain.inside, -124.25, 34.75)
    assert not at(terrain.inside, -98.25, 39.25)
    assert not at(terrain.land, -70.25, 30.25)
    assert at(terrain.lake, -87.25, 43.25)
    assert not at(terrain.land, -87.25, 43.25)
    assert at(terrain.elevation, -105.75, 39.25) > 2000 > 600 > at(terrain.elevation, -88.25, 40.25)


def test_climate_of_places_is_about_theirs():
    lattice = Lattice(0.25)
    climate = make_climate(lattice, 1, make_terrain(lattice, 1))
    places = {  # longitude, latitude, degC, mm
        "Miami": (-80.4, 25.8, 24.9, 1570), "Chicago": (-88.1, 41.9, 10, 940),
        "Fargo": (-96.8, 46.9, 5.5, 570), "Dallas": (-96.8, 32.8, 19.3, 960),
        "Omaha": (-96, 41.3, 10.8, 780), "Tucson": (-110.9, 32.2, 21, 300),
        "Boise": (-116.2, 43.6, 11.3, 300), "Houston": (-95.4, 29.8, 21, 1260),
    }  # fmt: skip
    for lon, lat, degrees, rain in places.values():
        row, column = lattice.locate(lon, lat)
        assert climate.annual_temperature[row, column] == pytest.approx(degrees, abs=3.5)
        assert climate.annual_precipitation[row, column] == pytest.approx(rain, rel=0.4)


def test_soil_temperature_swings_less_and_later_with_depth():
    air = 10.0 - 12.0 * np.cos(2 * np.pi * np.arange(24) / 12.0)[:, None]
    soil = soil_temperature(air, np.zeros((24, 1)))[:, :, 0]
    swing = np.ptp(soil, axis=0)
    assert np.all(np.diff(swing) < 0)
    assert swing[9] < 0.5 * swing[0]
    assert np.argmax(soil[:12, 9]) > np.argmax(soil[:12, 0])
    assert np.allclose(soil.mean(axis=0), soil.mean())  # a wave has no net heat
    assert soil.mean() > 273.15 + 10.0  # snow and sun


def test_soil_water_potential_follows_rain_and_texture():
    months = np.ones((12, 4))
    rain = months * [100.0, 20.0, 100.0, 2.0]
    demand = months * [50.0, 90.0, 50.0, 120.0]
    psi = soil_water_potential(
        rain, demand, np.array([40.0, 40, 40, 40]), np.array([20.0, 20, 45, 45]), 0 * months
    )
    wet, dry, clayey, desert = psi[0, 5]
    assert -15.0 <= desert < dry < wet < 0
    assert clayey < wet
    assert np.all((psi >= -15.0) & (psi < 0))


def test_active_layer_by_hand():
    shape = (12, 15, 3)
    temperature = np.full(shape, 280.0)
    temperature[:, :, 1] = 270.0  # frozen for ever
    temperature[:, 6:, 2] = 271.15  # 2 K below freezing from the seventh node
    temperature[:, 5, 2] = 275.15  # 2 K above at the sixth
    depth = active_layer(temperature)
    assert depth.shape == (1, 3)
    assert depth[0, 0] == pytest.approx(35.1776, abs=1e-3)
    assert depth[0, 1] == 0.0
    assert depth[0, 2] == pytest.approx((NODES[5] + NODES[6]) / 2)
