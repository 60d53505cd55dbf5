"""Maps of residuals: values, order, the common scale, and what cannot be drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from map_cases import small_map, texts
from proda.errors import InputError
from proda.figures.residual_maps import draw_residual_maps

MEASURED = np.linspace(4.0, 12.0, 41)


@pytest.fixture(scope="module")
def chart():
    return small_map()


@pytest.fixture(autouse=True)
def no_figures_left():
    yield
    plt.close("all")


def points(n=41, **residuals):
    """n points, and sources by their residuals: numbers or (n,)."""
    places = {"longitude": np.linspace(8.1, 13.9, 41), "latitude": np.linspace(44.1, 46.9, 41)}
    table = pd.DataFrame(places | {"stock_kg_m2": MEASURED}).head(n)
    return table.assign(**{name: table["stock_kg_m2"] + off for name, off in residuals.items()})


def layers(figure):
    """The points of every map."""
    maps = [axis for axis in figure.axes if not axis.axison]
    return [axis.collections[-1] for axis in maps]


def test_each_map_shows_modelled_minus_measured_stock_at_the_points(chart):
    slope = np.linspace(-3.0, 5.0, 41)
    figure = draw_residual_maps(chart, points(default=slope), ["default"])
    (layer,) = layers(figure)
    x, y = chart.project(np.linspace(8.1, 13.9, 41), np.linspace(44.1, 46.9, 41))
    order = np.argsort(layer.get_offsets()[:, 0])
    np.testing.assert_allclose(layer.get_offsets()[order], np.column_stack([x, y]))
    np.testing.assert_allclose(layer.get_array()[order], slope)


def test_methods_come_in_the_order_of_all_tables_and_references_last(chart):
    table = points(DebtMap=-1.0, random_forest=0.0, one_batch=2.5)
    figure = draw_residual_maps(chart, table, ["DebtMap", "random_forest", "one_batch"])
    assert [text for text in texts(figure) if ": median" in text] == [
        "One-batch: median +2.5", "Random forest: median +0.0", "DebtMap: median −1.0"
    ]  # fmt: skip
    assert [layer.get_array()[0] for layer in layers(figure)] == pytest.approx([2.5, 0.0, -1.0])


def test_one_symmetric_scale_is_not_set_by_a_single_outlying_map(chart):
    table = points(default=1000.0, one_batch=np.linspace(-4.0, 0.0, 41), random_forest=1.0)
    names = ["default", "one_batch", "random_forest"]
    for saturation, end in ((0.5, 2.0), (1.0, 4.0)):
        norms = [
            layer.norm
            for layer in layers(draw_residual_maps(chart, table, names, saturation=saturation))
        ]
        assert {(norm.vmin, norm.vmax) for norm in norms} == {(-end, end)}


def test_the_measured_stocks_themselves_and_one_point_still_give_a_figure(chart):
    figure = draw_residual_maps(chart, points(1, perfect=0.0), ["perfect"])
    figure.canvas.draw()
    assert layers(figure)[0].norm.vmax == 1.0


@pytest.mark.parametrize("n", [1, 2, 5, 6, 9, 14])
def test_any_number_of_sources_fits_the_page_with_maps_of_one_size(chart, n):
    names = [f"map{k}" for k in range(n)]
    figure = draw_residual_maps(chart, points(**dict.fromkeys(names, 1.0)), names)
    assert figure.get_size_inches()[1] <= 9.5 + 1e-9
    boxes = np.array([axis.get_position().bounds for axis in figure.axes if not axis.axison])
    inches = boxes * np.tile(figure.get_size_inches(), 2)
    assert len(inches) == n
    np.testing.assert_allclose(inches[:, 2] / inches[:, 3], chart.aspect)
    assert np.ptp(inches[:, 2]) < 1e-9
    assert (boxes[:, :2] >= 0).all() and (boxes[:, :2] + boxes[:, 2:] <= 1).all()


@pytest.mark.parametrize(
    ("table", "names", "words"),
    [
        (points(a=1.0), ["a", "b"], ["points", "a column b", "stock_kg_m2, a"]),
        (points(0, a=1.0), ["a"], ["points", "at least one point", "none"]),
        (points(a=1.0), [], ["stocks", "at least one method or reference"]),
        (points(a=np.where(MEASURED == 4.2, np.nan, 0)), ["a"], ["row 1, a", "finite", "nan"]),
    ],
)
def test_refuses(chart, table, names, words):
    with pytest.raises(InputError) as error:
        draw_residual_maps(chart, table, names)
    assert all(word in str(error.value) for word in words), error.value
