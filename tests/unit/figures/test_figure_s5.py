"""Densities of the parameters: areas, positions and labels of sharp peaks."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from proda.errors import InputError
from proda.figures.figure_s5 import CEILING, draw_figure_s5
from proda.model.parameters import parameter_table

TABLE = parameter_table("clm45-10")
MODES = np.random.default_rng(1).beta(2, 3, (40, 25))
BATCH = np.random.default_rng(2).beta(5, 2, (60, 25))


@pytest.fixture
def axes():
    figure = draw_figure_s5(TABLE, MODES, BATCH, MODES[:, ::-1])
    yield {axis.get_title().replace("\n", " "): axis for axis in figure.axes}
    plt.close(figure)


def test_curves_have_an_area_of_one_within_the_prior_range(axes):
    axis = axes["slow SOC turnover time (yr)"]
    prior, *curves, _ = axis.get_lines()
    assert len(curves) == 3
    for curve in curves:
        x, y = curve.get_data()
        assert 1.0 < x.min() < x.max() < 50.0
        assert y.mean() * (x[1] - x[0]) * len(x) / 49.0 == pytest.approx(1.0, rel=1e-6)
    np.testing.assert_array_equal(prior.get_data(), [[1, 1, 50, 50], [0, 1, 1, 0]])


def test_without_one_batch_and_network_the_modes_are_drawn_alone():
    figure = draw_figure_s5(TABLE, MODES)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["modes of the sites", "uniform prior", "value in CLM5"]
    plt.close(figure)


def test_the_value_in_clm5_is_marked_where_the_prior_range_contains_it(axes):
    assert axes["slow SOC turnover time (yr)"].get_lines()[-1].get_xdata() == 5
    # CLM5's e-folding depth of 10 m lies outside, and there is no default of the carbon input.
    assert len(axes["decomposition e-folding depth (m)"].get_lines()) == 4
    assert len(axes["input beta"].get_lines()) == 4


def test_a_peak_above_the_axis_is_written():
    batch = BATCH.copy()
    batch[:, 2] = 0.99
    figure = draw_figure_s5(TABLE, MODES, batch)
    q10 = next(axis for axis in figure.axes if axis.get_title() == "Q$_{10}$")
    peak = q10.get_lines()[2].get_ydata().max()
    assert peak > CEILING
    text = q10.texts[0]
    assert text.get_text() == f"{peak:.0f}" and text.get_horizontalalignment() == "right"
    assert q10.get_ylim() == (0, CEILING)
    assert [axis.get_title() for axis in figure.axes if axis.texts] == ["Q$_{10}$"]
    assert "network on the grid" not in [t.get_text() for t in figure.legends[0].get_texts()]
    plt.close(figure)


def test_several_peaks_are_written_away_from_each_other():
    batch, network = BATCH.copy(), MODES.copy()
    batch[:, 2], network[:, 2] = 0.52, 0.42
    batch[:, 3], network[:, 3] = 0.99, 0.5
    figure = draw_figure_s5(TABLE, MODES, batch, network)
    q10, depth = (
        next(axis for axis in figure.axes if axis.get_title().startswith(title))
        for title in ("Q$_{10}$", "decomposition")
    )
    assert [text.get_horizontalalignment() for text in q10.texts] == ["right", "left"]
    # At a bound there is space on one side only.
    assert [text.get_horizontalalignment() for text in depth.texts] == ["right", "right"]
    assert depth.texts[0].xy[1] != depth.texts[1].xy[1]
    plt.close(figure)


def test_missing_rows_are_ignored():
    gaps = np.vstack([MODES, np.full((3, 25), np.nan)])
    figures = [draw_figure_s5(TABLE, modes, BATCH) for modes in (MODES, gaps)]
    one, other = ([line.get_ydata() for line in f.axes[0].get_lines()] for f in figures)
    np.testing.assert_array_equal(np.concatenate(one), np.concatenate(other))
    for figure in figures:
        plt.close(figure)


@pytest.mark.parametrize(
    ("modes", "batch", "words"),
    [
        (MODES[:, :24], BATCH, ["site_modes", "(n, 25)", "(40, 24)"]),
        (MODES, BATCH + 1, ["one_batch[bioturbation_diffusivity]", "[0, 1]"]),
        (np.full((5, 25), np.nan), BATCH, ["site_modes[bioturbation_diffusivity]", "none"]),
    ],
)
def test_refuses(modes, batch, words):
    with pytest.raises(InputError) as error:
        draw_figure_s5(TABLE, modes, batch)
    assert all(word in str(error.value) for word in words)
    plt.close("all")


def test_curves_of_posteriors_without_certificate_are_marked():
    figure = draw_figure_s5(TABLE, MODES, BATCH, marked={"one_batch": "q10 failed"})
    shown = [text.get_text() for text in figure.legends[0].get_texts()]
    assert shown[:2] == ["modes of the sites", "one-batch posterior*"]
    plt.close(figure)
