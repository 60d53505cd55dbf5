"""Stocks of single places: points, skill in words, and pairs that cannot be drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from proda.errors import InputError
from proda.figures.residuals import draw_residuals

OBSERVED = np.array([2.0, 4.0, 8.0, 16.0, np.nan])


def text(axis):
    return axis.texts[0].get_text().split("\n")


@pytest.fixture(autouse=True)
def no_figures_left():
    yield
    plt.close("all")


@pytest.fixture
def figure():
    return draw_residuals(
        OBSERVED,
        {
            "neural_network_blocks": [3.0, 5.0, 9.0, 17.0, 5.0],
            "default": [2.0, 0.0, 8.0, 8.0, 5.0],
            "one_batch": [np.nan] * 5,
        },
        "pedon stock, 0–100 cm",
    )


def test_panels_follow_the_order_of_all_tables(figure):
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["Default run", "One-batch", "Neural network, held out"]
    assert figure.get_supxlabel() == "pedon stock, 0–100 cm (kg C m$^{-2}$)"


def test_reference_maps_come_last_in_grey():
    figure = draw_residuals(OBSERVED, {"DebtMap": 2 * OBSERVED, "random_forest": OBSERVED})
    assert [axis.get_title() for axis in figure.axes] == ["Random forest", "DebtMap"]
    (grey,) = np.unique(figure.axes[1].collections[0].get_facecolor()[:, :3])
    assert 0.5 < grey < 0.8


def test_points_and_skill_are_of_the_pairs(figure):
    network = figure.axes[2]
    np.testing.assert_array_equal(
        network.collections[0].get_offsets(), [[2, 3], [4, 5], [8, 9], [16, 17]]
    )
    # Sum of squares about the mean of 7.5 is 115, that of the errors 4.
    assert text(network) == ["R$^2$ 1:1 0.97   r 1.00   n 4", "RMSE 1.0   bias +1.0"]


def test_stocks_of_zero_are_scored_but_not_drawn_and_counted(figure):
    default = figure.axes[0]
    assert len(default.collections[0].get_offsets()) == 3
    assert text(default)[1] == "RMSE 4.5   bias −3.0   (1 not shown)"


def test_a_method_without_values_keeps_its_panel(figure):
    assert text(figure.axes[1]) == ["R$^2$ 1:1 –   r –   n 0", "RMSE –   bias –"]


@pytest.mark.parametrize(
    ("modelled", "words"),
    [
        ({"default": OBSERVED[1:]}, ["modelled default", "(5,)", "(4,)"]),
        ({"default": -OBSERVED}, ["one pair", "none"]),
    ],
)
def test_refuses(modelled, words):
    with pytest.raises(InputError) as error:
        draw_residuals(OBSERVED, modelled)
    assert all(word in str(error.value) for word in words)
