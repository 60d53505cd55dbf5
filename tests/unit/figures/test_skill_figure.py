"""Table 1 as a chart: every point and interval at its number."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.figures.skill import draw_skill
from proda.parameters.methods import METHODS

NAN = np.nan


def row(sites, method, r2, one_to_one, rmse):
    scores = {"r2": r2, "r2_one_to_one": one_to_one, "rmse": rmse}
    values = {"sites": sites, "method": method}
    for name, value in scores.items():
        values |= {name: value, f"{name}_low": value - 0.1, f"{name}_high": value + 0.2}
    return values


@pytest.fixture
def table():
    return pd.DataFrame(
        [
            row("all", "default", 0.3, -4.25, 15.0),
            row("all", "neural_network", 0.6, 0.5, 9.0),
            row("cross_validation", "default", 0.3, -4.5, 15.5),
            row("cross_validation", "neural_network", NAN, NAN, NAN),
        ]
    )


def points(axis):
    """(value, place) of the markers, from the top."""
    marked = [line for line in axis.get_lines() if line.get_marker() not in ("None", "|")]
    return [(float(line.get_xdata()[0]), line.get_ydata()[0]) for line in marked]


def test_points_and_intervals_are_those_of_the_table(table):
    figure = draw_skill(table)
    r2, _, rmse = figure.axes
    np.testing.assert_allclose(points(r2), [(0.3, -0.18), (0.6, 0.82), (0.3, 0.18)])
    assert [value for value, _ in points(rmse)] == [15.0, 9.0, 15.5]
    colour = METHODS["neural_network"].colour
    interval = next(
        line
        for line in rmse.get_lines()
        if line.get_color() == colour and len(line.get_xdata()) > 1
    )
    np.testing.assert_allclose(interval.get_xdata(), [8.9, 9.2])
    plt.close(figure)


def test_a_method_keeps_its_row_without_scores(table):
    figure = draw_skill(table[table["sites"] == "cross_validation"])
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["Default run", "Neural network"]
    assert len(points(figure.axes[0])) == 1
    plt.close(figure)


def test_r2_far_below_zero_is_written_at_the_edge(table):
    figure = draw_skill(table)
    axis = figure.axes[1]
    assert [text.get_text() for text in axis.texts] == ["◂ −4.2", "◂ −4.5"]
    np.testing.assert_allclose(points(axis), [(0.5, 0.82)])
    assert -0.1 < axis.get_xlim()[0] < 0
    plt.close(figure)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="rmse_low"), ["the column rmse_low"]),
        (lambda t: t.replace("default", "defalt"), ["column method", "'defalt'"]),
        (lambda t: t.replace("all", "al"), ["column sites", "'al'"]),
        (lambda t: pd.concat([t, t[:1]]), ["table 1, all, default", "one row"]),
    ],
)
def test_refuses(table, change, words):
    with pytest.raises(InputError) as error:
        draw_skill(change(table))
    assert all(word in str(error.value) for word in words)
