"""Months of several years as months of one: the mean of the product of the scalars."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm_files import (
    NODES_20,
    field,
    month_bounds,
    monthly_fields,
    read_clm_monthly,
    write_history,
    write_monthly,
)
from proda.data.land_model.climatology import MEANS, means_of_groups
from proda.data.land_model.product_means import ProductMeans
from proda.errors import InputError
from proda.model import MatrixModel
from proda.model.layout import LITTER_SCALAR, SOIL_SCALAR
from proda.model.monthly import MonthlyForcing

# A warm dry and a cold wet year: anticorrelated in every month.
YEARS = {
    "TSOI": (292.0, 278.0),
    "W_SCALAR": (0.2, 0.8),
    "O_SCALAR": (0.9, 0.5),
    "FPI_vr": (0.4, 0.7),
}
CLM_Q10 = 1.5
MODEL = MatrixModel("clm5-20")


def two_years(folder, **changes):
    """History of the two years, and the surface file."""
    season = np.linspace(0, 4, 12)
    fields = monthly_fields()
    for name, years in YEARS.items():
        fields[name] = field(np.concatenate([value * np.ones(12) for value in years]), 20)
    fields["TSOI"] += np.tile(season, 2)[:, None, None, None]
    return write_monthly(folder, fields | changes)


def forcing_of(soil):
    """Forcing of one cell of what was read."""
    cell = soil.isel(lat=1, lon=1)
    names = [name for name in cell if name in MonthlyForcing.names()]
    values = {str(name): cell[name].values for name in names}
    return MonthlyForcing(**values, litter_input=np.ones(4))


def scalars(forcing, q10, water_scaling):
    """Environmental scalar of SOC and of litter in the first layer."""
    theta = np.full(21, 0.5)
    for name, value in (("q10", q10), ("water_scaling", water_scaling)):
        i = MODEL.parameters.index(name)
        low, high = MODEL.parameters.minimum[i], MODEL.parameters.maximum[i]
        theta[i] = (value - low) / (high - low)
    _, w = MODEL.coefficients(theta, forcing)
    depth = np.exp(-MODEL.grid.node[0] / 0.5)
    return w[SOIL_SCALAR, 0] / depth, w[LITTER_SCALAR, 0] / depth


def mean_of_products(q10, water_scaling):
    """What the scalars of SOC and litter are on average over the 24 months."""
    season = np.linspace(0, 4, 12)[:, None]
    t, w, o, n = (np.array(years) for years in YEARS.values())
    soil = q10 ** ((t + season - 298.15) / 10) * np.minimum(1, water_scaling * w) * o
    return soil.mean(), (soil * n).mean()


@pytest.mark.parametrize("water_scaling", [0.3, 1.0, 1.25])
def test_anticorrelated_years_keep_the_mean_of_their_products(tmp_path, water_scaling):
    soil = read_clm_monthly(two_years(tmp_path), NODES_20[:20], climatology="product")
    found = scalars(forcing_of(soil), CLM_Q10, water_scaling)
    np.testing.assert_allclose(found, mean_of_products(CLM_Q10, water_scaling), rtol=1e-6)
    plain = read_clm_monthly(two_years(tmp_path), NODES_20[:20])
    lost = scalars(forcing_of(plain), CLM_Q10, water_scaling)[0] / found[0]
    assert lost > 1.2  # the product of means is that much larger


def test_years_that_all_reach_the_limit_of_water_are_exact_too(tmp_path):
    soil = read_clm_monthly(two_years(tmp_path), NODES_20[:20], climatology="product")
    found = scalars(forcing_of(soil), CLM_Q10, 5.0)[0]
    np.testing.assert_allclose(found, mean_of_products(CLM_Q10, 5.0)[0], rtol=1e-6)


def test_another_q10_is_exact_to_first_order(tmp_path):
    """Halving the distance in ln Q10 leaves a quarter of what another Q10 adds to the error."""
    soil = read_clm_monthly(two_years(tmp_path), NODES_20[:20], climatology="product")
    forcing = forcing_of(soil)

    def ratio(q10):
        return scalars(forcing, q10, 2.5)[0] / mean_of_products(q10, 2.5)[0]

    near, far = (ratio(CLM_Q10 * np.exp(d)) / ratio(CLM_Q10) - 1 for d in (0.1, 0.2))
    assert abs(far) < 0.02
    assert far / near == pytest.approx(4, rel=0.15)


def test_nitrogen_that_is_a_constant_and_months_without_water(tmp_path):
    fields = {"W_SCALAR": np.zeros((24, 20, 4, 4))}
    files = two_years(tmp_path, **fields)
    soil = read_clm_monthly(files, NODES_20[:20], climatology="product")
    assert float(soil.water_scalar.max()) == 0.0
    np.testing.assert_allclose(soil.nitrogen_scalar, 0.55)  # plain means, of nothing that decays
    np.testing.assert_allclose(soil.soil_temperature[0], 285.0)
    fields = monthly_fields()
    del fields["FPI_vr"]
    files = write_monthly(tmp_path, fields)
    substitutes = {"FPI_vr": {"value": 0.7}}
    soil = read_clm_monthly(files, NODES_20[:20], substitutes, climatology="product")
    np.testing.assert_allclose(soil.nitrogen_scalar, 0.7, rtol=1e-6)
    np.testing.assert_allclose(soil.temperature_variability, 1.0, rtol=1e-6)


@pytest.mark.parametrize(("q10", "water_scaling"), [(1.2, 0.3), (1.5, 1.0), (3.0, 2.5), (2.2, 5.0)])
def test_as_many_groups_as_years_are_exact_for_all_parameters(tmp_path, q10, water_scaling):
    files = two_years(tmp_path)
    soil = read_clm_monthly(files, NODES_20[:20], climatology="product", groups_of_years=2)
    forcing = forcing_of(soil)
    assert forcing.steps == 24 and soil.sizes["step"] == 24
    found = scalars(forcing, q10, water_scaling)
    np.testing.assert_allclose(found, mean_of_products(q10, water_scaling), rtol=1e-6)
    with pytest.raises(InputError, match="groups_of_years: expected no more than the 2 years"):
        read_clm_monthly(files, NODES_20[:20], climatology="product", groups_of_years=3)


def test_pools_and_gradient_of_24_steps_are_those_of_the_same_12_twice(tmp_path):
    """Pairs of equal years: nothing is averaged, and nothing changes."""
    once = write_monthly(tmp_path)
    one = forcing_of(read_clm_monthly(once, NODES_20[:20]))
    two = forcing_of(
        read_clm_monthly(once, NODES_20[:20], climatology="product", groups_of_years=2)
    )
    theta = np.full((1, 21), 0.4)
    np.testing.assert_allclose(
        MODEL.steady_state(theta, two), MODEL.steady_state(theta, one), rtol=1e-6
    )
    seed = np.ones((1, 7, 20))
    np.testing.assert_allclose(
        MODEL.gradient(theta, two, seed), MODEL.gradient(theta, one, seed), rtol=1e-5
    )


values = st.lists(
    st.tuples(
        st.floats(250, 310), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(28, 31)
    ),
    min_size=1,
    max_size=6,
)


@given(values)
def test_means_lie_among_the_years_and_their_product_is_the_mean(years):
    sums = ProductMeans(CLM_Q10, 2.5)
    table = np.array(years)
    for *scalar, days in years:
        sums.add(*(np.array([value]) for value in scalar), days=days)
    mean = {name: float(value[0]) for name, value in sums.means().items()}
    t, w, o, n, days = table.T
    for name, column in (("temperature", t), ("water", w), ("oxygen", o), ("nitrogen", n)):
        assert column.min() - 1e-9 <= mean[name] <= column.max() + 1e-9
    product = CLM_Q10 ** ((t - 298.15) / 10) * w * o
    found = CLM_Q10 ** ((mean["temperature"] - 298.15) / 10) * mean["variability"]
    found *= mean["water"] * mean["oxygen"]
    weights = days / days.sum()
    np.testing.assert_allclose(found, product @ weights, rtol=1e-10, atol=1e-28)
    np.testing.assert_allclose(
        found * mean["nitrogen"], (product * n) @ weights, rtol=1e-10, atol=1e-28
    )


@given(values, st.integers(1, 6), st.floats(0.0, 5.0))
def test_groups_keep_the_mean_of_products_and_all_of_them_every_factor(years, groups, factor):
    groups = min(groups, len(years))
    of_years = [dict(zip(MEANS, map(np.atleast_1d, one[:4]), strict=True)) for one in years]
    days = [one[4] for one in years]
    found = means_of_groups(of_years, days, groups, CLM_Q10, 2.5)
    limit = factor if groups == len(years) else 1.0

    def rate(t, w, o, v=1.0):
        return CLM_Q10 ** ((t - 298.15) / 10) * np.minimum(1.0, limit * w) * o * v

    t, w, o, _, length = np.array(years).T
    exact = (rate(t, w, o) * length).sum() / length.sum()
    parts = [rate(m["temperature"], m["water"], m["oxygen"], m["variability"]) for m in found]
    np.testing.assert_allclose(np.mean(parts), exact, rtol=1e-9, atol=1e-28)


def test_the_scalar_of_temperature_in_place_of_temperature(tmp_path):
    fields = monthly_fields()
    del fields["TSOI"]
    warmth = np.tile(np.linspace(0.2, 0.9, 12), 2)
    fields["T_SCALAR"] = field(warmth, 20)
    files = write_monthly(tmp_path, fields, units={"T_SCALAR": "unitless"})
    soil = read_clm_monthly(files, NODES_20[:20], temperature="T_SCALAR")
    assert soil.attrs["parameters_without_effect"] == "q10"
    forcing = forcing_of(soil)
    assert forcing.soil_temperature is None
    low, high = (scalars(forcing, q10, 0.5) for q10 in (1.2, 3.0))
    np.testing.assert_array_equal(low, high)
    month = np.arange(1, 13) / 12
    np.testing.assert_allclose(low[0], (warmth[:12] * 0.5 * month).mean(), rtol=1e-6)
    product = read_clm_monthly(files, NODES_20[:20], temperature="T_SCALAR", climatology="product")
    assert "temperature_variability" not in product
    np.testing.assert_allclose(product.temperature_scalar, soil.temperature_scalar, rtol=1e-6)


def test_means_of_many_years_cannot_be_taken_apart(tmp_path):
    fields = {name: values[:12] for name, values in monthly_fields().items()}
    bounds = month_bounds(12, 661)
    bounds[:, 1] += 365 * 4  # the same month of five years
    files = [
        write_history(
            tmp_path / "h0.nc", fields, bounds, nodes=NODES_20, level="levsoi",
            units={name: "gC/m^3/month" for name in fields if "INPUT" in name},
        ),
        write_history(tmp_path / "rock.nc", {"nbedrock": np.full((4, 4), 12)}, nodes=NODES_20),
    ]  # fmt: skip
    with pytest.raises(InputError, match="expected monthly means of single years, found months of"):
        read_clm_monthly(files, NODES_20[:20], climatology="product")


def test_fields_of_other_months_are_refused(tmp_path):
    fields = monthly_fields()
    water = fields.pop("W_SCALAR")
    other = write_history(
        tmp_path / "water.nc", {"W_SCALAR": water}, month_bounds(24, 671), nodes=NODES_20,
        level="levsoi",
    )  # fmt: skip
    with pytest.raises(InputError, match="W_SCALAR: expected the months of TSOI"):
        read_clm_monthly(
            [*write_monthly(tmp_path, fields), other], NODES_20[:20], climatology="product"
        )
