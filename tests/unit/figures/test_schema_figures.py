"""Figures 1, S1 and S3: what they state, for any structure, outline and set of regions."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import shapely

from map_cases import ALPS, small_map, texts
from proda.evaluation.regions import ALL_REGIONS, OUTSIDE
from proda.figures.figure_1 import draw_figure_1
from proda.figures.figure_s1 import draw_figure_s1
from proda.figures.figure_s3 import draw_figure_s3
from proda.figures.style import save
from proda.model import MatrixModel
from proda.model.structures import STRUCTURES
from proda.parameters.methods import HYBRID, ONE_BATCH, blocked_name


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_the_layers_of_all_structures_have_their_limits():
    grids = {name: MatrixModel(name).grid for name in STRUCTURES}
    figure = draw_figure_s1(grids, used=next(iter(grids)))
    for axis, (name, grid) in zip(figure.axes, grids.items(), strict=True):
        assert axis.get_title().startswith(f"{name}: {grid.n_layers} layers to {grid.bottom:.2f} m")
        assert axis.get_title().endswith("(this run)") == (name == next(iter(grids)))
        limits = [patch.get_y() + patch.get_height() for patch in axis.patches]
        np.testing.assert_allclose(limits, grid.interface)
        shown = [float(text.get_text()) for text in axis.texts[1::3]]
        np.testing.assert_allclose(shown, grid.interface, rtol=5e-3)


def test_the_schema_is_drawn_for_any_outline_with_the_same_bytes(tmp_path):
    islands = shapely.union_all([*ALPS.values(), shapely.box(20, 44, 20.001, 44.001)])
    for name in ("a.png", "b.png"):
        figure = draw_figure_1(islands)
        save(figure, [tmp_path / name])
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    words = texts(figure)
    for wanted in ("Process model", "Likelihood", "Posterior", "One-batch", "Learning"):
        assert wanted in words


def test_regions_have_their_number_of_profiles_and_the_bias_of_each_method():
    rows = [
        {"region": name, "method": method, "profiles": n, "bias": bias + k}
        for name, n, bias in (("east", 3, 1.0), ("west", 2, -1.0), (OUTSIDE, 1, 0.0),
                              (ALL_REGIONS, 6, 0.2))
        for k, method in enumerate((ONE_BATCH.name, blocked_name(HYBRID.name)))
    ]  # fmt: skip
    parts = dict(reversed(ALPS.items()))
    lon, lat = np.array([9.0, 12.0]), np.array([45.0, 46.0])
    figure = draw_figure_s3(small_map(), parts, lon, lat, pd.DataFrame(rows), {})
    chart, counts, bias = figure.axes
    assert [text.get_text() for text in chart.texts][:2] == ["1", "2"]
    labels = [label.get_text() for label in counts.get_yticklabels()]
    assert labels == ["1 east", "2 west", OUTSIDE]
    assert [bar.get_width() for bar in counts.patches] == [3, 2, 1]
    dots = [line for line in bias.lines if line.get_marker() == "o"]
    np.testing.assert_array_equal(dots[1].get_xdata(), [2.0, 0.0, 1.0])
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["One-batch", "Hybrid, held out"]
