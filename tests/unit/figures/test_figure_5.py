"""Profiles by vegetation: curves of the table, and panels for types without profiles."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.figures.figure_5 import draw_figure_5

DEPTHS = (0.05, 0.4, 1.2)
COUNTS = (12, 9, 3)


def rows(group, source, densities):
    """Rows of three depths, the deepest with few profiles; a factor of two about the mean."""
    known = densities is not None
    densities = np.array(densities if known else [np.nan] * 3, dtype=float)
    return pd.DataFrame(
        {
            "vegetation": group,
            "source": source,
            "depth_m": DEPTHS if known else np.nan,
            "profiles": COUNTS if known else 0,
            "mean": densities,
            "p25": densities / 2,
            "p75": densities * 2,
        }
    )


@pytest.fixture
def table():
    return pd.concat(
        [
            rows("wetland", "observed", [40, 20, 8]),
            rows("wetland", "neural_network_blocks", [30, 10, 3]),
            rows("wetland", "default", [50, 40, 30]),
            rows("barren", "observed", None),
            rows("barren", "neural_network_blocks", None),
            rows("barren", "default", None),
        ]
    )


def test_curves_are_those_of_the_table(table):
    figure = draw_figure_5(table)
    default, network, observed, few = figure.axes[0].get_lines()
    np.testing.assert_array_equal(default.get_data(), [[50, 40, 30], DEPTHS])
    np.testing.assert_array_equal(network.get_data(), [[30, 10, 3], DEPTHS])
    assert network.get_linestyle() == "--" and default.get_linestyle() == "-"
    np.testing.assert_array_equal(observed.get_data(), [[40, 20, 8], DEPTHS])
    np.testing.assert_array_equal(few.get_data(), [[8], [1.2]])
    band = figure.axes[0].collections[0].get_paths()[0].vertices
    assert band[:, 0].min() == 4.0 and band[:, 0].max() == 80.0
    plt.close(figure)


def test_depth_points_down_and_density_is_on_a_log_axis_of_all_panels(table):
    figure = draw_figure_5(table)
    top, bottom = figure.axes[0].get_ylim()
    assert top > 1.2 and bottom == 0
    assert figure.axes[0].get_xscale() == "log"
    low, high = figure.axes[1].get_xlim()
    assert low < 1.5 and high > 100
    plt.close(figure)


def test_a_type_without_profiles_keeps_its_panel(table):
    figure = draw_figure_5(table)
    shown = [axis for axis in figure.axes if axis.axison]
    assert [axis.get_title() for axis in shown] == ["wetland (12)", "barren (0)"]
    assert [text.get_text() for text in shown[1].texts] == ["no profiles"]
    assert not shown[1].get_lines()
    plt.close(figure)


def test_a_run_without_any_observation_is_drawn_as_such(table):
    figure = draw_figure_5(table[table["vegetation"] == "barren"])
    assert figure.axes[0].texts[0].get_text() == "no profiles"
    plt.close(figure)


def test_the_last_panel_of_every_column_has_tick_labels(table):
    groups = [table.assign(vegetation=f"type {k}") for k in range(9)]
    figure = draw_figure_5(pd.concat(groups))
    figure.canvas.draw()
    labelled = [
        axis.get_title().split(" (")[0]
        for axis in figure.axes
        if axis.axison and any(label.get_visible() for label in axis.get_xticklabels())
    ]
    assert labelled == ["type 4", "type 5", "type 6", "type 7", "type 8"]
    plt.close(figure)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="p75"), ["the column p75", "vegetation"]),
        (lambda t: t[t["source"] != "observed"], ["column source", "observed and", "default"]),
        (lambda t: t.replace("default", "defalt"), ["column source", "defalt"]),
    ],
)
def test_refuses(table, change, words):
    with pytest.raises(InputError) as error:
        draw_figure_5(change(table))
    assert all(word in str(error.value) for word in words)
