"""What the twin's laboratory writes down must give back the carbon density that was meant."""

import numpy as np
import pytest
from scipy.interpolate import CubicSpline

from proda.model.parameters import parameter_table
from proda.twin.observations import (
    FINE_EARTH,
    PEDOTRANSFER,
    ROUTES,
    WHOLE_SOIL,
    at_depth,
    measure,
    with_noise,
)
from proda.twin.parameters import NEEDED, PARAMETER_NAMES, Truth
from proda.twin.sites import dig

NODE = np.array([0.0071, 0.0279, 0.0623, 0.1189, 0.2122, 0.3661, 0.6198, 1.038, 1.7276, 2.8646])


def test_depth_interpolation_is_the_clamped_spline():
    rng = np.random.default_rng(1)
    soc = np.sort(rng.uniform(1e3, 5e4, (4, 10)))[:, ::-1].copy()
    depth = np.array([[0.001, 0.0279, 0.5, 2.0, 3.5, np.nan]] * 4)
    values = at_depth(NODE, soc, depth)
    for i in range(4):
        spline = CubicSpline(NODE, soc[i], bc_type="not-a-knot")
        expected = [soc[i, 0], soc[i, 1], *spline([0.5, 2.0]), soc[i, 9], np.nan]
        assert values[i] == pytest.approx(expected, nan_ok=True)


def test_noise_is_relative_positive_and_of_the_size_asked_for():
    soc = np.full((400, 50), 1000.0)
    observed = with_noise(soc, 0.3, seed=5)
    assert np.std(observed / soc) == pytest.approx(0.3, abs=0.01)
    assert np.mean(observed / soc) == pytest.approx(1.0, abs=0.01)
    assert np.all(with_noise(soc, 1.5, seed=5) >= 0.05 * soc)
    assert np.array_equal(with_noise(soc, 0.0, seed=5), soc)


def density_of(row):
    """SOC density in gC m-3 from one line of the laboratory's table, by the formulas."""
    carbon = row["orgc"]
    volume = 0.0 if np.isnan(row["cfvo"]) else row["cfvo"] / 100
    mass = 0.0 if np.isnan(row["cfgr"]) else row["cfgr"] / 100
    for code in FINE_EARTH:
        if np.isfinite(row[code]):
            return 1000 * carbon * row[code] * (1 - volume)
    for code in WHOLE_SOIL:
        if np.isfinite(row[code]):
            return 1000 * carbon * row[code] * (1 - mass)
    return 1000 * carbon * (0.32 + 1.30 * np.exp(-0.0089 * 1.724 * carbon)) * (1 - volume)


def test_every_way_to_bulk_density_gives_the_meant_density():
    rng = np.random.default_rng(2)
    profile = np.repeat(np.arange(200), 5)
    soc = np.minimum(rng.lognormal(np.log(15e3), 1.0, profile.size), 150e3)
    depth = np.tile([0.05, 0.2, 0.5, 0.9, 1.5], 200)
    table = measure(soc, profile, depth, rng.uniform(0, 60, profile.size), 7, "test")
    found = table.apply(density_of, axis=1).to_numpy()
    assert np.max(np.abs(found / soc - 1)) < 1e-6
    assert set(table["route"]) == set(ROUTES)
    assert table["orgc"].between(0, 580).all()
    for code in FINE_EARTH + WHOLE_SOIL:
        assert table[code].dropna().between(0.1, 2.65).all()
    estimated = table[table["route"] == PEDOTRANSFER]
    assert estimated[list(FINE_EARTH + WHOLE_SOIL)].isna().all(axis=None)
    # A second, lower-ranked weighing is there to be passed over.
    twice = table[(table["route"] == "bdfiod") & table["bdfi33l"].notna()]
    assert len(twice) > 0
    assert (twice["bdfi33l"] > twice["bdfiod"]).all()


def test_a_density_beyond_the_pedotransfer_is_weighed_instead():
    soc = np.array([250e3] * 40)
    table = measure(soc, np.arange(40), np.full(40, 0.1), np.zeros(40), 7, "peat")
    assert PEDOTRANSFER not in set(table["route"])
    assert table.apply(density_of, axis=1).to_numpy() == pytest.approx(soc, rel=1e-6)


def test_horizons_are_contiguous_and_of_real_depths():
    dug = dig(3, "horizons", 3000)
    count = dug.exists.sum(axis=1)
    assert count.min() >= 3
    assert count.max() == 10
    assert np.all(dug.top[:, 0] == 0)
    assert np.nanmin(dug.bottom - dug.top) >= 2
    for i in range(50):
        here = dug.exists[i]
        assert np.array_equal(dug.top[i, here][1:], dug.bottom[i, here][:-1])
        assert np.array_equal(dug.bottom[i, here], np.rint(dug.bottom[i, here]))
    deepest = np.nanmax(dug.bottom, axis=1)
    assert deepest.min() >= 50
    assert 0.01 < np.mean(deepest >= 300) < 0.06
    assert deepest.max() <= 400


def covariates(n, seed=1):
    rng = np.random.default_rng(seed)
    ranges = {
        "IGBP": (1, 17), "BIO1": (0, 24), "BIO4": (4, 12), "BIO12": (100, 2000),
        "Clay_Content_30cm": (5, 60), "Sand_Content_30cm": (5, 90), "pH_Water_0cm": (4, 9),
        "Veg_Cover": (0, 90), "NPPmean": (50, 1000), "CEC_30cm": (3, 50),
        "Abs_Depth_to_Bedrock": (50, 5000),
    }  # fmt: skip
    assert set(ranges) == set(NEEDED)
    values = {name: rng.uniform(*bounds, n) for name, bounds in ranges.items()}
    return values | {"IGBP": np.floor(values["IGBP"])}


@pytest.mark.parametrize("fraction", [0.0, 0.3, 1.0])
def test_site_variation_has_its_fraction_of_the_variance(fraction):
    land = covariates(4000)
    truth = Truth(land, fraction)
    variation = np.random.default_rng(2).standard_normal((4000, 25))
    theta = truth.theta(land, variation)
    assert theta.shape == (4000, 25)
    assert np.all((theta > 0) & (theta < 1))
    explained, spread = truth.explained(land), truth.law.spread
    total = explained + spread * np.sqrt(fraction) * variation
    assert np.var(explained, axis=0) == pytest.approx((1 - fraction) * spread**2, abs=1e-9)
    assert np.var(total, axis=0) == pytest.approx(spread**2, rel=0.15)


def test_parameters_of_a_place_depend_on_its_covariates_only():
    land = covariates(500)
    truth = Truth(land, 0.3)
    some = {name: values[:7] for name, values in land.items()}
    assert np.array_equal(truth.theta(some), truth.theta(land)[:7])
    assert parameter_table("clm45-10").names == PARAMETER_NAMES
