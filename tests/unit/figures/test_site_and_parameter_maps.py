"""Figure S2, and maps of parameters."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from map_cases import hatched_cells, small_map, texts
from proda.errors import InputError
from proda.figures.figure_s2 import MAX_HORIZONS, draw_figure_s2
from proda.figures.layout import letters
from proda.figures.maps import OUTSIDE_HATCH, OUTSIDE_NOTE, UNINFORMED_HATCH
from proda.figures.parameter_maps import draw_parameter_maps
from proda.figures.style import save
from proda.model.parameters import parameter_table

TABLE = parameter_table("clm45-10")


@pytest.fixture
def chart():
    yield small_map()
    plt.close("all")


INFORMED = np.full((18, 25), 0.5), np.full(25, 0.7)


def profiles():
    return pd.DataFrame(
        {
            "profile_id": [101, 102, 103, 104, 105, 106],
            "longitude": [9.0, 10.0, 12.0, 40.0, np.nan, 13.0],
            "latitude": [45.0, 46.0, 45.0, 45.0, 45.0, 44.5],
            "n_horizons": [3, 3, 5, 5, 1, 40],
        }
    )


def test_profiles_are_coloured_by_horizons_and_counted(chart):
    figure = draw_figure_s2(chart, profiles(), ["101", "103", "104", "106"])
    points, crosses = figure.axes[0].collections[-2:]
    assert sorted(points.get_array()) == [3, 5, MAX_HORIZONS]
    assert len(crosses.get_offsets()) == 1
    bars = {
        (round(bar.get_y() + bar.get_height() / 2), bar.get_x()): bar.get_width()
        for bar in figure.axes[1].patches
        if bar.get_width()
    }
    # (horizons, where the bar begins): profiles; the used ones come first.
    assert bars == {(1, 0): 1, (3, 0): 1, (3, 1): 1, (5, 0): 2, (MAX_HORIZONS, 0): 1}
    labels = [text.get_text() for text in figure.axes[1].get_legend().get_texts()]
    assert labels == ["4 used", "2 not used"]
    assert "2 profiles have no place on the map." in texts(figure)


def test_many_profiles_that_are_not_used_lie_below_the_others(chart, monkeypatch):
    for largest, on_top in ((1, True), (0, False)):
        monkeypatch.setattr("proda.figures.figure_s2.MANY_CROSSES", largest)
        figure = draw_figure_s2(chart, profiles(), ["101", "103", "104", "106"])
        points, crosses = figure.axes[0].collections[-2:]
        assert (crosses.get_zorder() >= points.get_zorder()) == on_top


def test_no_profile_used_and_no_profile_at_all_still_give_a_figure(chart):
    draw_figure_s2(chart, profiles(), []).canvas.draw()
    draw_figure_s2(chart, profiles().iloc[:0], []).canvas.draw()


def test_bad_tables_of_profiles_are_refused(chart):
    with pytest.raises(InputError, match=r"used: expected identifiers .*found 999"):
        draw_figure_s2(chart, profiles(), ["101", "999"])
    with pytest.raises(InputError, match="profiles: expected a column n_horizons"):
        draw_figure_s2(chart, profiles().drop(columns="n_horizons"), [])


def panels(figure):
    """Titles and cells of the maps."""
    maps = [
        axis for axis in figure.axes if any(c.get_array() is not None for c in axis.collections)
    ]
    return [axis.collections[-1] for axis in maps if not axis.axison]


def test_parameters_are_mapped_in_their_own_unit(chart):
    theta = np.tile(np.linspace(0, 1, 18)[:, None], len(TABLE))
    theta[4] = np.nan
    figure = draw_parameter_maps(chart, TABLE, theta, *INFORMED, saturation=1.0)
    found = {(c.get_array().min(), c.get_array().max()) for c in panels(figure)}
    assert len(panels(figure)) == 25
    assert found == set(zip(TABLE.minimum, TABLE.maximum, strict=True))
    assert all(c.get_array().size == 17 for c in panels(figure))
    words = texts(figure)
    assert "slow SOC turnover\ntime (yr)" in words or "slow SOC\nturnover time (yr)" in words


def test_colours_span_the_quantiles_and_a_line_their_part_of_the_prior_range(chart):
    theta = np.tile(np.linspace(0.2, 0.6, 18)[:, None], len(TABLE))
    figure = draw_parameter_maps(chart, TABLE, theta, *INFORMED, saturation=0.9)
    first = panels(figure)[0]
    k = 0
    span = TABLE.maximum[k] - TABLE.minimum[k]
    ends = TABLE.minimum[k] + span * np.array([0.24, 0.56])
    assert (first.norm.vmin, first.norm.vmax) == pytest.approx(tuple(ends))
    labels = next(axis.get_xticklabels() for axis in figure.axes if axis.axison)
    # 3e-5 to 5e-4 m2 yr-1 is a range written in thousandths.
    assert [label.get_text() for label in labels] == ["0.143", "0.293"]
    assert any("10$^{-3}$ m$^{2}$ yr$^{-1}$" in text for text in texts(figure))
    lines = next(axis for axis in figure.axes if axis.lines).lines
    assert lines[0].get_xdata() == pytest.approx([TABLE.minimum[k], TABLE.maximum[k]])
    assert lines[1].get_xdata() == pytest.approx(ends)


def test_cells_whose_profiles_say_nothing_are_hatched_and_the_informed_are_counted(chart):
    theta = np.full((18, len(TABLE)), 0.5)
    theta[2] = np.nan
    near = np.full((18, len(TABLE)), 0.3)
    near[:6, 1] = 0.09
    near[:, 2] = 0.0
    informed = np.linspace(0.0, 0.96, len(TABLE))
    outside = np.arange(18) < 3
    doubt = "2 of 9 not certified"
    figure = draw_parameter_maps(chart, TABLE, theta, near, informed, doubt, outside=outside)
    maps = [axis for axis in figure.axes if axis.texts and not axis.axison]
    by_text = {axis.texts[0].get_text(): axis for axis in maps}
    assert set(by_text) == {f"{100 * one:.0f} %" for one in informed}

    axes = [by_text[f"{100 * one:.0f} %"] for one in informed[:3]]
    # A cell without a prediction is not hatched.
    assert [hatched_cells(chart, axis, UNINFORMED_HATCH) for axis in axes] == [0, 5, 17]
    assert [hatched_cells(chart, axis, OUTSIDE_HATCH) for axis in axes] == [2, 2, 2]
    note = next(text for text in texts(figure) if "Hatched" in text)
    assert "contraction below 0.1" in note and OUTSIDE_NOTE in note
    assert note.endswith("* 2 of 9 not certified")


def test_constant_and_missing_parameters_still_give_a_figure(chart):
    theta = np.full((18, len(TABLE)), 0.5)
    theta[:, 3] = np.nan
    figure = draw_parameter_maps(chart, TABLE, theta, *INFORMED)
    figure.canvas.draw()
    assert sorted({c.get_array().size for c in panels(figure)}) == [0, 18]


def test_parameters_of_other_cells_or_another_model_are_refused(chart):
    with pytest.raises(InputError, match=r"theta: expected 18 cells, found 17"):
        draw_parameter_maps(chart, TABLE, np.zeros((17, 25)), *INFORMED)
    with pytest.raises(InputError, match=r"theta: expected shape \(n, 25\), found .*\(18, 21\)"):
        draw_parameter_maps(chart, TABLE, np.zeros((18, 21)), *INFORMED)
    near, fractions = INFORMED
    with pytest.raises(InputError, match=r"contraction: expected 18 cells, found 17"):
        draw_parameter_maps(chart, TABLE, np.zeros((18, 25)), near[:17], fractions)


def test_the_same_figure_has_the_same_bytes(chart, tmp_path):
    fields = ("names", "units", "processes", "minimum", "maximum")
    few = replace(TABLE, **{name: getattr(TABLE, name)[:2] for name in fields})
    theta = np.random.default_rng(1).random((18, 2))
    for run in ("one", "two"):
        for kind in ("png", "pdf"):
            save(
                draw_parameter_maps(small_map(), few, theta, 0.2 * theta, theta[0], "doubt"),
                [tmp_path / run / f"p.{kind}"],
            )
            save(draw_figure_s2(small_map(), profiles(), ["101"]), [tmp_path / run / f"s.{kind}"])
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name
        assert path.stat().st_size > 5000


def test_letters_after_z():
    first = [letter for letter, _ in zip(letters(), range(29), strict=False)]
    assert first[:2] + first[25:] == ["A", "B", "Z", "AA", "AB", "AC"]
