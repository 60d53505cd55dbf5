"""The network against the sites: correlations of both sets and the points behind them."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from proda.errors import InputError
from proda.figures.figure_s6 import draw_figure_s6
from proda.model.parameters import parameter_table

TABLE = parameter_table("clm45-10")
SITES = 30
MEANS = np.random.default_rng(3).uniform(0.2, 0.8, (SITES, 25))
HELD_OUT = np.arange(SITES) >= 24


def panel(figure, title):
    return next(axis for axis in figure.axes if axis.get_title().replace("\n", " ") == title)


@pytest.fixture
def figure():
    predictions = 0.5 + 0.5 * (MEANS - 0.5)
    k = TABLE.index("q10")
    predictions[HELD_OUT, k] = 1.0 - MEANS[HELD_OUT, k]
    predictions[:, TABLE.index("input_beta")] = 0.3
    predictions[0] = np.nan
    figure = draw_figure_s6(TABLE, MEANS, predictions, HELD_OUT)
    yield figure
    plt.close(figure)


def test_r_of_either_set(figure):
    def texts(title):
        return [text.get_text() for text in panel(figure, title).texts]

    assert texts("fast → slow") == ["r 1.00", "r 1.00"]
    assert texts("Q$_{10}$") == ["r 1.00", "r −1.00"]
    # A constant prediction has no correlation.
    assert texts("input beta") == ["r –", "r –"]


def test_points_are_physical_and_those_of_the_sets(figure):
    training, held_out = panel(figure, "slow SOC turnover time (yr)").collections
    x, y = held_out.get_offsets().T
    mean = MEANS[HELD_OUT, TABLE.index("slow_soc_turnover_time")]
    np.testing.assert_allclose(x, 1 + 49 * mean)
    np.testing.assert_allclose(y, 1 + 49 * (0.5 + 0.5 * (mean - 0.5)))
    assert len(training.get_offsets()) == 24
    assert np.ma.getmaskarray(training.get_offsets())[0].any()  # the missing prediction
    assert training.get_rasterized() and held_out.get_rasterized()


def test_both_axes_are_the_same(figure):
    for axis in figure.axes:
        assert axis.get_xlim() == axis.get_ylim()


def test_a_parameter_without_values_keeps_its_panel():
    means = MEANS.copy()
    means[:, 0] = np.nan
    figure = draw_figure_s6(TABLE, means, np.full_like(means, np.nan), HELD_OUT)
    axis = panel(figure, "bioturbation diffusivity (10$^{-3}$ m$^{2}$ yr$^{-1}$)")
    assert axis.get_xlim() == pytest.approx((0.03, 0.5))
    assert axis.texts[0].get_text() == "r –"
    plt.close(figure)


@pytest.mark.parametrize(
    ("means", "held_out", "words"),
    [
        (MEANS[:, :3], HELD_OUT, ["site_means", "(n, 25)", "(30, 3)"]),
        (MEANS, HELD_OUT[1:], ["as many sites", "30, 30 and 29"]),
    ],
)
def test_refuses(means, held_out, words):
    with pytest.raises(InputError) as error:
        draw_figure_s6(TABLE, means, MEANS, held_out)
    assert all(word in str(error.value) for word in words)


def test_sites_without_certificate_mark_both_axes():
    figure = draw_figure_s6(TABLE, MEANS, MEANS, HELD_OUT, marked=True)
    assert figure.get_supxlabel() == "posterior mean at the site*"
    assert figure.get_supylabel() == "prediction of the network*"
    plt.close(figure)
