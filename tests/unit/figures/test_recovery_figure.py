"""Heat maps of recovery: every number in the cell of its parameter, method and place."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from proda.errors import InputError
from proda.figures.recovery import draw_recovery
from proda.model.parameters import parameter_table

TABLE = parameter_table("clm45-10")
PLACES = {
    "one_batch": ("all", "training", "grid"),
    "neural_network": ("all", "training", "held_out", "grid"),
    "site_by_site": ("all", "training"),
}


@pytest.fixture
def recovery():
    rows = []
    for method, places in PLACES.items():
        for place in places:
            for k, name in enumerate(TABLE.names):
                r = np.nan if method == "one_batch" else 0.03 * k - 0.2
                rows.append((place, method, name, r, 0.04 * (k + 1), 0.1))
    columns = ["where", "method", "quantity", "r", "rmse", "truth_sd"]
    return pd.DataFrame(rows, columns=columns)


def words(axis, column):
    """Parameter -> text in its cell; the rows' names are ticks of the left map."""
    left = axis.figure.axes[0]
    names = dict(
        zip(left.get_yticks(), [t.get_text() for t in left.get_yticklabels()], strict=True)
    )
    cells = [t for t in axis.texts if t.get_fontsize() == 6 and t.get_position()[0] == column]
    return {names[cell.get_position()[1]]: cell.get_text() for cell in cells}


def test_numbers_are_in_their_cells(recovery):
    chosen = (recovery["where"] == "held_out") & (recovery["quantity"] == "q10")
    recovery.loc[chosen, ["r", "rmse"]] = -0.456, 0.123
    figure = draw_recovery(recovery, TABLE)
    correlation, ratio = figure.axes[:2]
    places = [label.get_text() for label in correlation.get_xticklabels()]
    assert places == ["training", "held out", "grid", "all sites"]
    assert words(correlation, 1)["Q$_{10}$"] == "−.46"
    assert words(correlation, 0)["Q$_{10}$"] == "−.14"
    assert words(correlation, 3)["saturated water potential"] == ".52"
    # The method with one parameter set has errors only.
    places = [label.get_text() for label in ratio.get_xticklabels()]
    assert places == ["all sites", "grid", "training", "held out", "grid", "all sites"]
    assert words(ratio, 3)["Q$_{10}$"] == "1.2"
    assert words(ratio, 0)["saturated water potential"] == "10"
    assert len(words(ratio, 5)) == 25
    plt.close(figure)


def test_rows_are_grouped_under_the_names_of_the_processes(recovery):
    figure = draw_recovery(recovery, TABLE)
    axis = figure.axes[0]
    headings = {text.get_text(): text.xy[1] for text in axis.texts if text.get_weight() == "bold"}
    assert headings == {
        "vertical transport": 0,
        "environment": 3,
        "decomposition": 7,
        "carbon use efficiency": 14,
        "carbon input": 24,
    }
    assert axis.get_yticks().tolist()[:4] == [1, 2, 4, 5]
    plt.close(figure)


def test_colours_follow_the_numbers_and_are_white_between_good_and_bad(recovery):
    recovery["rmse"] = 0.1
    figure = draw_recovery(recovery, TABLE)
    for axis in figure.axes[:2]:
        assert axis.collections[0].norm(0.0) == 0.5
    # Logarithms of an error as large as the spread of the truth.
    shades = figure.axes[1].collections[0].get_array()
    np.testing.assert_array_equal(shades.compressed(), 0.0)
    plt.close(figure)


def test_missing_and_undefined_numbers_are_dashes(recovery):
    recovery.loc[recovery["quantity"] == "q10", "truth_sd"] = 0.0
    recovery.loc[recovery["quantity"] == "input_beta", "rmse"] = 0.0
    recovery = recovery.drop(
        recovery.index[(recovery["quantity"] == "fast_to_slow") & (recovery["where"] == "held_out")]
    )
    figure = draw_recovery(recovery, TABLE)
    assert words(figure.axes[1], 0)["Q$_{10}$"] == "–"
    assert words(figure.axes[1], 0)["input beta"] == ".00"
    assert words(figure.axes[0], 1)["fast → slow"] == "–"
    plt.close(figure)


def test_a_run_without_any_correlation_is_drawn(recovery):
    figure = draw_recovery(recovery[recovery["method"] == "one_batch"], TABLE)
    assert not figure.axes[0].get_xticklabels()
    assert len(words(figure.axes[1], 0)) == 25
    plt.close(figure)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda t: t.drop(columns="truth_sd"), ["the column truth_sd"]),
        (lambda t: t.replace("one_batch", "one-batch"), ["column method", "'one-batch'"]),
        (lambda t: t.replace("held_out", "test"), ["column where", "'test'"]),
        (lambda t: t.replace("q10", "Q10"), ["column quantity", "'Q10'"]),
        (lambda t: t[t["quantity"] != "q10"], ["rows of q10", "none"]),
        (lambda t: pd.concat([t, t[:1]]), ["all, one_batch, bioturbation_diffusivity", "one row"]),
    ],
)
def test_refuses(recovery, change, words):
    with pytest.raises(InputError) as error:
        draw_recovery(change(recovery), TABLE)
    assert all(word in str(error.value) for word in words)
