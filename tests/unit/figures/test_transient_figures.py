"""Figures of runs through time: what they show of results that are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from map_cases import hatched_cells, small_region, texts
from proda.figures.maps import OUTSIDE_HATCH, OUTSIDE_NOTE, RegionMap
from proda.figures.transient_comparison import draw_attribution, draw_comparison
from proda.figures.transient_initial import class_means, draw_initial_stock
from proda.figures.transient_maps import draw_change_maps, draw_part_maps, sample_map
from proda.figures.transient_series import draw_transient_series
from proda.figures.transient_style import ordered_sets, set_look
from proda.transient.scenarios import SCENARIOS
from proda.transient.tables import attribution_table
from proda.transient.truth import claim_table
from transient_cases import CHANGES, result_of


@pytest.fixture
def result():
    found = result_of(CHANGES)
    found.cells.lon[:], found.cells.lat[:] = [9.5, 12.5], [45.5, 45.5]
    yield found
    plt.close("all")


def lines(axis, colour):
    return [line for line in axis.lines if line.get_color() == colour]


def test_series(result):
    figure = draw_transient_series(result, {"one_batch": "One-batch*"})
    axes = [axis for axis in figure.axes if axis.get_visible()]
    assert [axis.get_title() for axis in axes] == [one.label for one in SCENARIOS.values()]
    (line,) = lines(axes[3], set_look("one_batch")["color"])
    assert line.get_xdata().tolist() == [1899, 1900, 1901]  # ends of the years
    assert line.get_ydata() == pytest.approx([0.0, 0.0, -0.5])
    assert line.get_linestyle() == "--"
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["Truth", "One-batch*", "Neural network"]


def test_comparison(result):
    figure = draw_comparison(claim_table(result))
    (axis,) = figure.axes
    names = [label.get_text() for label in axis.get_yticklabels()]
    assert names == [
        "Truth\n(true)", "Neural network\n(heterogeneous)", "One-batch\n(homogeneous)",
    ]  # fmt: skip
    assert {"+1.5", "+3.0", "-0.5"} <= set(texts(figure))


def test_attribution(result):
    figure = draw_attribution(attribution_table(result))
    widths = {round(patch.get_width(), 6) for patch in figure.axes[0].patches}
    assert {5.0, -3.0, -0.5, 3.9, -2.1, 1.2} <= widths


def test_initial_stock(result):
    figure = draw_initial_stock(result)
    (points,) = lines(figure.axes[0], set_look("one_batch")["color"])
    assert points.get_xdata() == pytest.approx([120.0, 120.0])
    assert points.get_ydata() == pytest.approx([-2.0, 1.0])


def test_classes_have_the_same_land():
    stock = np.arange(40.0)[::-1]
    found, change = class_means(stock, 2.0 * stock, np.ones(40))
    assert found == pytest.approx(np.arange(10) * 4 + 1.5) and change == pytest.approx(2 * found)
    found, _ = class_means(np.array([1.0, 2.0]), np.array([0.0, 0.0]), np.array([9.0, 1.0]))
    assert found.tolist() == [1.0, 2.0]


def test_maps(result, monkeypatch):
    drawn = []
    monkeypatch.setattr(
        RegionMap, "draw_cells",
        lambda self, axis, values, real=RegionMap.draw_cells, **style: (
            drawn.append(values), real(self, axis, values, **style))[1],
    )  # fmt: skip
    region_map = sample_map(small_region(), result.cells, 3.0)
    outside = np.array([True, False])
    figure = draw_change_maps(region_map, result, outside=outside)
    maps = [axis for axis in figure.axes if not axis.axison]
    assert [hatched_cells(region_map, axis, OUTSIDE_HATCH) for axis in maps] == [0, 0, 1]
    (note,) = (text for text in figure.texts if OUTSIDE_NOTE in text.get_text())
    (label,) = (axis.xaxis.label for axis in figure.axes if axis.get_xlabel())
    figure.canvas.draw()
    assert note.get_window_extent().y1 < label.get_window_extent().y0
    assert {"Truth", "One-batch", "Neural network"} <= set(texts(figure))
    # 4 depths with the change of half of the land each.
    changes = [1.5, -0.5, 3.0]
    assert [values.tolist() for values in drawn] == pytest.approx(
        [pytest.approx([change / 2.0] * 2) for change in changes]
    )
    drawn.clear()
    figure = draw_part_maps(region_map, result, outside=outside)
    maps = [axis for axis in figure.axes if not axis.axison]
    hatched = [hatched_cells(region_map, axis, OUTSIDE_HATCH) for axis in maps]
    assert hatched == [0] * 3 + [1] * 3 + [0] * 3
    names = [text for text in texts(figure) if ":" in text]
    assert names[:3] == ["Truth: input", "Truth: climate", "Truth: interaction"]
    assert names[3].startswith("Neural network") and names[6].startswith("One-batch")
    assert len(drawn) == 9


def test_order():
    names = ["site_mean", "hybrid", "truth", "default", "one_batch"]
    assert ordered_sets(names) == ["truth", "default", "one_batch", "hybrid", "site_mean"]
