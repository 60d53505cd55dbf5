"""Storage by depth: bars, whiskers and labels have the values of the table."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.figures.figure_4 import SHOWN, draw_figure_4
from proda.parameters.methods import METHODS

NAN = np.nan


@pytest.fixture
def table():
    rows = [
        ("neural_network", (100.0, 77.5, 68.0), (90.0, 70.0, 60.0), (110.0, 85.0, 75.0)),
        ("default", (158.0, 368.0, NAN), (NAN,) * 3, (NAN,) * 3),
        ("WISE30sec", (98.0, 81.0, 6.4), (NAN,) * 3, (NAN,) * 3),
    ]
    table = pd.DataFrame(
        [
            (name, interval, *values)
            for name, *columns in rows
            for interval, *values in zip(SHOWN, *columns, strict=True)
        ],
        columns=["method", "interval", "total_pg", "low_pg", "high_pg"],
    )
    extra = table[table["interval"] == "0-30 cm"].assign(interval="0-100 cm", total_pg=999.0)
    return pd.concat([table, extra])


def words(axis):
    return [text.get_text() for text in axis.texts]


def test_bars_whiskers_and_words_are_those_of_the_table(table):
    figure = draw_figure_4(table)
    assert [axis.get_title() for axis in figure.axes] == [i.replace("-", "–") for i in SHOWN]
    second = figure.axes[1]
    bars = [(bar.get_y() + bar.get_height() / 2, bar.get_width()) for bar in second.patches]
    np.testing.assert_allclose(bars, [(2.4, 77.5), (1.4, 368.0), (0.0, 81.0)], atol=1e-12)
    (whisker,) = second.get_lines()
    np.testing.assert_array_equal(whisker.get_xdata(), [70, 85])
    np.testing.assert_allclose(whisker.get_ydata(), 2.4)
    assert words(second) == ["78 (70–85)", "368", "81"]
    assert words(figure.axes[2])[2] == "6.4"
    plt.close(figure)
    table.loc[table["method"] == "neural_network", ["low_pg", "high_pg"]] = 77.1, 77.9
    figure = draw_figure_4(table)
    assert words(figure.axes[1])[0] == "77.5 (77.1–77.9)"
    plt.close(figure)


def test_references_come_first_and_methods_in_the_order_of_all_tables(table):
    figure = draw_figure_4(table)
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["WISE30sec", "Default run", "Neural network"]
    colours = {bar.get_facecolor()[:3] for bar in figure.axes[0].patches}
    assert plt.matplotlib.colors.to_rgb(METHODS["neural_network"].colour) in colours
    plt.close(figure)


def test_a_missing_total_keeps_its_row_with_a_note(table):
    figure = draw_figure_4(table)
    last = figure.axes[2]
    assert len(last.patches) == 2
    assert words(last)[1] == "no value"
    assert last.texts[1].xy == (0.0, 1.4)
    plt.close(figure)


def test_all_of_a_row_is_within_the_axis(table):
    figure = draw_figure_4(table)
    figure.canvas.draw()
    for axis in figure.axes:
        frame = axis.get_window_extent()
        for text in axis.texts:
            assert text.get_window_extent().x1 <= frame.x1
    plt.close(figure)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="low_pg"), "the column low_pg"),
        (lambda t: t[t["interval"] != "30-100 cm"], "rows of 30-100 cm"),
        (lambda t: pd.concat([t, t[:1]]), "neural_network, 0-30 cm: expected one row per bar"),
        (lambda t: t.rename(columns={"low_pg": "high_pg", "high_pg": "low_pg"}), "low_pg below"),
    ],
)
def test_refuses(table, change, message):
    with pytest.raises(InputError, match=message):
        draw_figure_4(change(table))
