"""Figures of bulk processes: what is drawn where, hatching, scales."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from map_cases import hatched_cells, small_map, texts
from process_cases import process_dataset
from proda.errors import InputError
from proda.evaluation.performance import DEPTH_CLASSES
from proda.evaluation.process_recovery import COMPARED
from proda.evaluation.process_zones import (
    TRUTH,
    climate_zones,
    latitude_zones,
    zone_table,
    zoned_maps,
)
from proda.figures.maps import OUTSIDE_HATCH, UNINFORMED_HATCH
from proda.figures.performance import draw_performance
from proda.figures.process_maps import draw_process_maps, process_scales
from proda.figures.process_recovery import draw_process_recovery
from proda.figures.process_zones import draw_process_zones
from proda.figures.style import save

NAMES = ("carbon_use_efficiency", "turnover_time")


@pytest.fixture
def chart():
    yield small_map()
    plt.close("all")


def mapped(figure):
    """The collections of cells of the maps, row by row."""
    axes = [axis for axis in figure.axes if not axis.axison]
    return [c for axis in axes for c in axis.collections if c.get_array() is not None]


def test_mean_and_width_on_scales_of_all_methods(chart):
    values = np.linspace(0.2, 0.6, 18)
    values[3] = np.nan
    datasets = {
        "one_batch": process_dataset(chart.cells, np.full(18, 1.2), 0.1),
        "neural_network": process_dataset(chart.cells, values, 0.5),
        "default": process_dataset(chart.cells, np.full(18, 0.5)),
    }
    scales = process_scales(datasets, NAMES)
    near = {NAMES[0]: np.where(np.arange(18) < 5, 0.05, 0.4)}
    arguments = scales, near, {NAMES[0]: 0.73}, "Network"
    outside = np.arange(18) > 15
    arguments = *arguments, "doubt", outside
    figure = draw_process_maps(chart, datasets["neural_network"], NAMES, *arguments)
    efficiency, width, turnover, _ = mapped(figure)
    assert efficiency.get_array().size == 17
    assert efficiency.get_array().max() == pytest.approx(0.6)
    assert width.get_array().max() == pytest.approx(0.6)
    # The other methods widen the scale.
    assert efficiency.norm.vmax == pytest.approx(1.2)
    assert type(turnover.norm).__name__ == "LogNorm" != type(efficiency.norm).__name__
    maps = [axis for axis in figure.axes if not axis.axison]
    uninformed = [hatched_cells(chart, axis, UNINFORMED_HATCH) for axis in maps]
    assert uninformed == [4, 0, 0, 0]  # one has no value
    assert [hatched_cells(chart, axis, OUTSIDE_HATCH) for axis in maps] == [2] * 4
    words = texts(figure)
    assert "73 %" in words and "Network" in words and words.count("B") == 1
    assert any(text.endswith("* doubt") for text in words)
    single = draw_process_maps(chart, datasets["default"], NAMES, scales, {}, {}, "Default")
    assert len(mapped(single)) == 2 and not any("Hatched" in text for text in texts(single))


def test_a_long_reason_without_certificate_is_within_the_page(chart):
    reason = "chain 1 lies 7.9 below chain 3 in mean log density, " * 5
    for half_width in (0.1, 0.0):
        one = process_dataset(chart.cells, np.full(18, 1.2), half_width)
        scales = process_scales({"one_batch": one}, NAMES)
        figure = draw_process_maps(chart, one, NAMES, scales, {}, {}, "One-batch*", reason)
        (note,) = (text for text in figure.texts if "below chain 3" in text.get_text())
        figure.canvas.draw()
        extent, page = note.get_window_extent(), figure.bbox
        assert extent.x0 >= page.x0 and extent.x1 <= page.x1 and extent.y0 >= page.y0


def test_maps_without_any_value_and_of_other_cells(chart):
    empty = process_dataset(chart.cells, np.where(np.arange(18) == 2, 1.0, np.nan))
    empty[f"{NAMES[0]}_mean"] = empty[f"{NAMES[0]}_mean"] * np.nan
    scales = process_scales({"default": empty}, NAMES)
    draw_process_maps(chart, empty, NAMES, scales, {}, {}, "D").canvas.draw()
    near = {NAMES[0]: np.zeros(17)}
    with pytest.raises(InputError, match=r"contraction of carbon_use_efficiency: .*found 17"):
        draw_process_maps(chart, empty, NAMES, scales, near, {}, "D")


def zones(chart):
    values = np.linspace(1.0, 2.0, 18)
    maps = {"one_batch": zoned_maps(process_dataset(chart.cells, values), chart.cells),
            TRUTH: zoned_maps(process_dataset(chart.cells, 2 * values), chart.cells)}  # fmt: skip
    classes = {"A$": (1,), "B": (2,)}
    codes = np.where(np.arange(18) < 9, 1.0, 2.0)
    divisions = latitude_zones(chart.cells, 1.0), climate_zones(codes, classes)
    return zone_table(maps, divisions, chart.cells)


def test_zones_have_a_panel_per_process_and_division(chart):
    table = zones(chart)
    figure = draw_process_zones(table)
    assert len([axis for axis in figure.axes if axis.axison]) == 2 * 8
    first = figure.axes[0].lines
    bands = table[(table["zones"] == "latitude") & (table["process"] == "input_mean_depth")]
    for line, method in zip(first, (TRUTH, "one_batch"), strict=True):
        expected = bands.loc[bands["method"] == method, "area_mean"]
        assert line.get_xdata() == pytest.approx(expected.to_numpy())
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["Truth", "One-batch"]
    figure.canvas.draw()
    with pytest.raises(InputError, match="the column area_p16"):
        draw_process_zones(table.drop(columns="area_p16"))


def recovery():
    rows = [
        {"where": where, "method": method, "process": name, "r": r, "slope": 0.5, "bias": 9.0,
         "rmse": 1.0, "true_sd": 2.0}
        for where, method, r in (("grid", "hybrid", 0.9), ("grid", "one_batch", np.nan),
                                 ("all", "site_by_site", 0.7))
        for name in COMPARED
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_recovery_shows_every_score_and_marks_those_beyond_the_panel():
    figure = draw_process_recovery(recovery())
    r, slope, bias, rmse = figure.axes
    # A vertical line, and a point per process: one batch has no correlation.
    counts = [len([x for x in axis.lines if x.get_marker() != "None"]) for axis in figure.axes]
    n = len(COMPARED)
    assert counts == [2 * n, 3 * n, 3 * n, 3 * n]
    assert {line.get_marker() for line in bias.lines if line.get_marker() != "None"} == {">"}
    points = [x for x in r.lines if x.get_marker() != "None"]
    assert {point.get_markerfacecolor() for point in points} == {"#56B4E9", "white"}
    for axis in (rmse, slope):
        drawn = {x.get_xdata()[0] for x in axis.lines if x.get_marker() != "None"}
        assert drawn == {0.5}
    with pytest.raises(InputError, match="the column slope"):
        draw_process_recovery(recovery().drop(columns="slope"))
    plt.close("all")


def performance():
    return pd.DataFrame(
        [
            {"depth": depth, "sites": "all", "method": method, "explained_percent": value,
             "explained_percent_low": value - 10, "explained_percent_high": value + 10,
             "published_percent": published}
            for depth in DEPTH_CLASSES
            for method, value, published in (("default", -80.0, 11.0), ("hybrid", 40.0, np.nan),
                                             ("one_batch", np.nan, np.nan))
        ]
    )  # fmt: skip


def test_performance_writes_what_lies_below_the_axis():
    figure = draw_performance(performance())
    assert len(figure.axes) == len(DEPTH_CLASSES)
    assert [text.get_text() for text in figure.axes[0].texts] == ["◂ −80 %"]
    figure.canvas.draw()
    with pytest.raises(InputError, match="the column sites"):
        draw_performance(performance().drop(columns="sites"))
    plt.close("all")


def test_the_same_figures_have_the_same_bytes(tmp_path):
    for run in ("one", "two"):
        chart = small_map()
        dataset = process_dataset(chart.cells, np.linspace(1, 2, 18), 0.2)
        maps = draw_process_maps(
            chart, dataset, NAMES, process_scales({"a": dataset}, NAMES), {}, {}, "x"
        )
        figures = {"maps": maps, "zones": draw_process_zones(zones(chart))}
        for name, figure in figures.items():
            save(figure, [tmp_path / run / f"{name}.png"])
        plt.close("all")
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
