"""Names that users give appear in figures as they were given, however matplotlib would read
them."""

from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.cbook import is_math_text
from matplotlib.text import Text

from map_cases import small_map
from proda.figures.example_columns import draw_example_columns
from proda.figures.figure_3 import draw_figure_3
from proda.figures.figure_4 import SHOWN, draw_figure_4
from proda.figures.figure_5 import draw_figure_5
from proda.figures.residual_maps import draw_residual_maps
from proda.figures.residuals import draw_residuals
from proda.figures.style import literal
from proda.figures.traces import draw_traces
from proda.model.structures import get_structure

NAMES = [
    "$", "$a$", r"$\frac$", "$x_$", "a$b", "a$b$c$d", r"\$", r"a\$b$", r"\frac{", "a_b^c", "50 %",
    "{0:d} {x", "%(s)d", "_x", "#&~", "äß µ", "<b>", "$$", "a\\", "$\\", r"\\$$",
]  # fmt: skip


@pytest.fixture(autouse=True)
def no_figures_left():
    yield
    plt.close("all")


def figure_3(name):
    chart, tops = small_map(), [0.0, 0.0, 0.0]
    depths = {"interval_top": ("interval", tops), "interval_bottom": ("interval", [0.3, 1.0, 2.0])}
    sites = xr.Dataset(
        {"stock_mean": (("profile", "interval"), np.ones((2, 3)))},
        depths | {"lon": ("profile", [9.0, 10.0]), "lat": ("profile", [45.0, 46.0])},
    )
    layer = chart.cells.to_grid(np.ones(len(chart.cells)))
    stock = xr.concat([xr.concat([layer] * 3, "depth")], "reference")
    known = xr.Dataset({"stock": stock}, {"reference": [name], "depth": [0.3, 1.0, 2.0]})
    return draw_figure_3(chart, sites, {}, known)


def figure_4(name):
    rows = [(name, interval, 1.0, np.nan, np.nan) for interval in SHOWN]
    columns = ["method", "interval", "total_pg", "low_pg", "high_pg"]
    return draw_figure_4(pd.DataFrame(rows, columns=columns))


def figure_5(name):
    row = {"vegetation": name, "source": "observed", "depth_m": 0.1, "profiles": 7}
    return draw_figure_5(pd.DataFrame([row | {"mean": 2.0, "p25": 1.0, "p75": 3.0}] * 2))


def residuals(name):
    return draw_residuals(np.array([1.0, 2.0]), {name: [1.0, 3.0]})


def residual_maps(name):
    places = {"longitude": [9.0, 10.0], "latitude": [45.0, 46.0], "stock_kg_m2": [1.0, 2.0]}
    return draw_residual_maps(small_map(), pd.DataFrame(places | {name: [2.0, 2.0]}), [name])


def traces(name):
    return draw_traces(name, np.full((1, 20, 2), 0.5), ["a", "b"], 0.5)


def example_columns(name):
    node = get_structure("clm45-10").grid.node
    return draw_example_columns(
        SimpleNamespace(names=[name, "b"], pools=np.ones((2, 7, len(node))), node=node)
    )


DRAWN = [figure_3, figure_4, figure_5, residuals, residual_maps, traces, example_columns]


def shown(figure):
    """All texts without mathematics, as they stand in the figure."""
    found = [text.get_text() for text in figure.findobj(Text)]
    return [text.replace(r"\$", "$") for text in found if not is_math_text(text)]


@pytest.mark.parametrize("draw", DRAWN)
def test_a_name_is_in_the_figure_as_it_was_given(draw):
    name = r"$\frac$_{%s}"
    figure = draw(name)
    figure.canvas.draw()  # where what cannot be read as mathematics fails
    assert any(name in text for text in shown(figure))


def test_every_text_is_drawn_unchanged():
    figure = plt.figure()
    for name in NAMES:
        figure.text(0.5, 0.5, literal(name))
        figure.text(0.5, 0.5, f"{literal(name)} (kg m$^{{-2}}$)")
    figure.canvas.draw()
    assert shown(figure) == NAMES


def test_a_label_with_a_unit_keeps_both():
    figure = draw_residuals(np.array([1.0, 2.0]), {"m": [1.0, 3.0]}, "stock in $ and \\frac{")
    figure.canvas.draw()
    assert figure.get_supxlabel() == r"stock in \$ and \frac{ (kg C m$^{-2}$)"


def test_invisible_characters_and_long_texts():
    assert literal("a\x00b\nc\u202ed") == "a b c d"
    assert literal("x" * 80) == "x" * 80
    assert literal("x" * 81) == "x" * 79 + "…"
    assert literal(7) == "7"
