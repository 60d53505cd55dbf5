"""Projections against known answers: analytic profiles, known draws, direct runs of the model."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model_cases import COLUMN, DRAWS
from proda.data.cells import make_cells as cells_of_region
from proda.data.region import EARTH_RADIUS, read_region
from proda.errors import InputError
from proda.inference.observations import interpolation_matrix
from proda.model import MatrixModel
from proda.model.grid import CLM5_20, CLM45_10
from proda.projection.forward import project
from proda.projection.soc import DrawnSoc, GivenSoc, Status
from proda.projection.stocks import INTERVALS, interval_thickness
from proda.resources import resource
from projection_cases import make_cells
from site_cases import INPUT_FRACTIONS, MODEL, random_forcing, random_theta

RNG = np.random.default_rng(7)
CONUS = resource("conus.geojson")


class Known:
    """A source whose draws are given: (places, draws, layers)."""

    def __init__(self, draws):
        self.draws, self.n_draws = draws, draws.shape[1]

    def __len__(self):
        return len(self.draws)

    def __iter__(self):
        return ((Status.PROJECTED, one) for one in self.draws)


def served(theta):
    """A reader of draws: (1 or places, draws, parameters)."""
    return lambda first, count: theta if len(theta) == 1 else theta[first : first + count]


def same(one, other):
    for name in ("status", "soc", "stock", "predicted", "total"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("soil", [CLM45_10, CLM5_20])
def test_stock_of_a_constant_density_is_density_times_thickness(soil):
    projection = project(GivenSoc(np.full((1, soil.n_layers), 7000.0)), soil)
    wanted = [7000.0 * (interval.bottom - interval.top) for interval in INTERVALS]
    np.testing.assert_allclose(projection.stock[0, 0], wanted, rtol=1e-12)
    assert [interval.label for interval in INTERVALS] == [
        "0-30 cm", "30-100 cm", "100-200 cm", "0-100 cm", "0-200 cm",
    ]  # fmt: skip


@pytest.mark.parametrize("soil", [CLM45_10, CLM5_20])
def test_stock_of_an_exponential_profile_is_its_integral(soil):
    """Layer means of c exp(-z/h): each whole layer counts with its exact integral.

    In a layer that an interval cuts the mean replaces the curve: the error is at most what the
    density varies within the layer, times the thickness that is cut out of it.
    """
    c, h = 30_000.0, 0.4
    upper = np.concatenate([[0.0], soil.interface[:-1]])
    at_upper, at_lower = np.exp(-upper / h), np.exp(-soil.interface / h)
    mean = c * h * (at_upper - at_lower) / soil.thickness
    stock = project(GivenSoc(mean[None]), soil).stock[0, 0]
    exact = [c * h * (np.exp(-i.top / h) - np.exp(-i.bottom / h)) for i in INTERVALS]
    thickness = interval_thickness(soil)
    cut = (thickness > 0) & (thickness < soil.thickness * (1 - 1e-9))
    bound = (thickness * cut) @ (c * (at_upper - at_lower))
    assert (np.abs(stock - exact) <= bound + 1e-6).all()
    np.testing.assert_allclose(stock[3:], [stock[0] + stock[1], stock[:3].sum()], rtol=1e-12)
    whole = project(GivenSoc(mean[None]), soil).soc[0, 0] @ soil.thickness
    assert whole == pytest.approx(c * h * (1 - np.exp(-soil.bottom / h)), rel=1e-12)


def test_the_weights_of_the_ten_layers_are_those_of_the_study():
    """0-30 cm is five layers and 0.3 - 0.289129597 m of the sixth, and so on."""
    soil = CLM45_10
    thickness = interval_thickness(soil)
    for row, layers, depth in ((0, 5, 0.3), (3, 7, 1.0), (4, 8, 2.0)):
        wanted = np.zeros(10)
        wanted[:layers] = soil.thickness[:layers]
        wanted[layers] = depth - soil.interface[layers - 1]
        np.testing.assert_allclose(thickness[row], wanted, atol=1e-8)


def test_the_total_of_a_constant_stock_is_the_area_of_the_region():
    region = read_region(CONUS)
    cells = cells_of_region(region, 1.0)
    soc = np.full((len(cells), 10), 1000.0)
    total = project(GivenSoc(soc), MODEL.grid, land_area=cells.land_area_m2).total[0]
    assert total[3] == pytest.approx(1000.0 * region.area_m2 / 1e15, rel=1e-3)
    sphere = make_cells(36, 72, -90.0, -180.0, 5.0)
    soc = np.full((len(sphere), 10), 1000.0)
    total = project(GivenSoc(soc), MODEL.grid, land_area=sphere.land_area_m2).total[0]
    assert total[3] == pytest.approx(1000.0 * 4 * np.pi * EARTH_RADIUS**2 / 1e15, rel=1e-12)


def test_land_fraction_weighs_the_total():
    soc = np.full((6, 10), 1000.0)
    whole, half = (
        project(GivenSoc(soc), MODEL.grid, land_area=make_cells(land=fraction).land_area_m2).total
        for fraction in (1.0, 0.5)
    )
    np.testing.assert_allclose(half, whole / 2, rtol=1e-14)


def test_statistics_of_known_draws():
    """Draws 0..100 times a factor: mean 50, percentiles 5 and 95, also of stocks and totals."""
    factor = np.array([1.0, 3.0])
    numbers = RNG.permutation(np.arange(101.0))
    draws = factor[:, None, None] * numbers[:, None] * np.ones(10)
    area = np.array([1e15, 2e15])
    projection = project(Known(draws), MODEL.grid, land_area=area)
    for i, wanted in enumerate((50.0, 5.0, 95.0)):
        np.testing.assert_allclose(projection.soc[i], wanted * factor[:, None] * np.ones(10))
        np.testing.assert_allclose(projection.stock[i, :, 3], wanted * factor)
        np.testing.assert_allclose(projection.total[i, 3], wanted * (1 * 1 + 3 * 2))


def test_quantiles_of_totals_are_of_totals_and_not_of_places():
    """Two places whose draws cancel: each is uncertain, their sum is not."""
    draws = np.stack([np.linspace(0, 10, 50), np.linspace(10, 0, 50)])[..., None] * np.ones(10)
    projection = project(Known(draws), MODEL.grid, land_area=np.full(2, 1e15))
    np.testing.assert_allclose(projection.total[:, 3], 10.0)
    assert (projection.stock[2, :, 3] - projection.stock[1, :, 3] > 8).all()


@pytest.mark.parametrize("structure", ["clm45-10", "clm5-20"])
def test_one_draw_is_a_direct_run_of_the_model(structure):
    model = MatrixModel(structure)
    theta, forcing = DRAWS[structure](5)
    projection = project(DrawnSoc(model, served(theta[:, None]), 1, forcing), model.grid)
    soc = model.soc(model.steady_state(theta, forcing))
    np.testing.assert_array_equal(projection.soc, soc[None])
    for i, interval in enumerate(INTERVALS):
        stock = model.stock(soc, interval.top, interval.bottom)
        np.testing.assert_array_equal(projection.stock[0, :, i], stock)
    assert projection.counts == {"projected": 5}


def test_observed_depths_take_the_operator_of_each_draw():
    theta, forcing = random_theta(RNG, 40), random_forcing(RNG, 3)
    depth = np.array([0.05, 0.4, 1.1, 0.2])
    operator = interpolation_matrix(MODEL.grid.node, depth)
    source = DrawnSoc(MODEL, served(theta[None]), 40, forcing)
    predicted = project(source, MODEL.grid, operator, [3, 0, 1]).predicted
    first = MODEL.soc(MODEL.steady_state(theta, forcing.take([0]))) @ operator[:3].T
    third = MODEL.soc(MODEL.steady_state(theta, forcing.take([2]))) @ operator[3:].T
    draws = np.concatenate([first, third], axis=1)
    wanted = [draws.mean(axis=0), *np.quantile(draws, [0.05, 0.95], axis=0)]
    np.testing.assert_allclose(predicted, wanted, rtol=1e-12)


def test_equal_draws_agree_whether_they_come_for_all_places_or_for_each():
    theta, forcing = random_theta(RNG, 8), random_forcing(RNG, 5)
    cells = np.full(5, 1e9)
    one, each = (
        project(DrawnSoc(MODEL, served(table), 8, forcing), MODEL.grid, land_area=cells)
        for table in (theta[None], np.repeat(theta[None], 5, axis=0))
    )
    same(one, each)


THETA, FORCING = random_theta(RNG, 9 * 4).reshape(9, 4, -1), random_forcing(RNG, 6)
THETA[2, 1] = np.nan
COLUMN_OF_PLACE = np.array([0, 1, -1, 2, 3, -1, 4, 5, 0])
AREA = RNG.uniform(1e9, 2e9, 9)


@settings(deadline=None, max_examples=15)
@given(chunk=st.integers(1, 12), homogeneous=st.booleans())
def test_portions_change_nothing(chunk, homogeneous):
    theta = THETA[:1] if homogeneous else THETA
    whole, parts = (
        project(
            DrawnSoc(MODEL, served(theta), 4, FORCING, COLUMN_OF_PLACE, size),
            MODEL.grid,
            land_area=AREA,
        )
        for size in (64, chunk)
    )
    same(whole, parts)


def test_a_place_without_forcing_or_parameters_has_no_value_and_a_reason():
    theta = 0.4 + 0.2 * random_theta(RNG, 6 * 3).reshape(6, 3, -1)
    theta[2, 1] = np.nan  # one member of three has no prediction
    theta[3][:, INPUT_FRACTIONS] = 1.0
    column = np.array([0, -1, 1, 2, 3, 3])
    source = DrawnSoc(MODEL, served(theta), 3, random_forcing(RNG, 4), column)
    area = np.array([1e15, 1e20, 1e20, 1e20, 1e15, 1e15])
    projection = project(source, MODEL.grid, land_area=area)
    assert [Status(code) for code in projection.status] == [
        Status.PROJECTED,
        Status.NO_FORCING,
        Status.NO_PARAMETERS,
        Status.INFEASIBLE_PARAMETERS,
        Status.PROJECTED,
        Status.PROJECTED,
    ]
    assert projection.counts == {
        "projected": 3, "no_forcing": 1, "no_parameters": 1, "infeasible_parameters": 1,
    }  # fmt: skip
    for values in (projection.soc, projection.stock):
        assert np.isnan(values[:, 1:4]).all()
        assert np.isfinite(values[:, [0, 4, 5]]).all()
    np.testing.assert_allclose(
        projection.total[0], projection.stock[0, [0, 4, 5]].sum(axis=0), rtol=1e-12
    )


def test_a_number_that_is_none_is_no_value():
    draws = np.ones((2, 3, 10))
    draws[1, 2, 4] = np.inf
    projection = project(Known(draws), MODEL.grid, land_area=np.full(2, 1e15))
    assert projection.counts == {"projected": 1, "not_finite": 1}
    assert np.isnan(projection.stock[:, 1]).all()
    np.testing.assert_allclose(projection.total[:, 3], 1.0)


def test_given_values_are_excluded_where_there_is_no_forcing():
    soc = np.full((3, 10), 5.0)
    soc[1, 4] = np.nan
    projection = project(GivenSoc(soc, [True, True, False]), MODEL.grid)
    assert projection.counts == {"projected": 1, "no_forcing": 1, "no_default": 1}
    assert len(projection.soc) == 1


def test_lengths_that_do_not_fit_are_rejected():
    source = GivenSoc(np.ones((2, 10)))
    operator = np.ones((3, 10))
    with pytest.raises(InputError, match=r"row_size: .*2 sites with 3 horizons.*2 sites with 2"):
        project(source, MODEL.grid, operator, [1, 1])
    with pytest.raises(InputError, match=r"land_area: .*shape \(2\).*\(3,\)"):
        project(source, MODEL.grid, land_area=np.ones(3))
    with pytest.raises(InputError, match=r"operator: .*\(n, 10\).*\(3, 20\)"):
        project(source, MODEL.grid, np.ones((3, 20)), [1, 2])
    with pytest.raises(InputError, match=r"forcing: expected column 3, found 2 columns"):
        DrawnSoc(MODEL, served(THETA), 4, FORCING.take([0, 1]), [0, 3])


def test_forcing_of_another_structure_is_rejected():
    source = DrawnSoc(MODEL, served(THETA[:1]), 4, COLUMN["clm5-20"]())
    with pytest.raises(InputError, match=r"forcing: .*AnnualForcing.*MonthlyForcing"):
        project(source, MODEL.grid)
