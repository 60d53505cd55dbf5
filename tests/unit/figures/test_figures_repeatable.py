"""Files of the figures: the same bytes from the same data, and small."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from proda.figures.figure_4 import SHOWN, draw_figure_4
from proda.figures.figure_5 import draw_figure_5
from proda.figures.figure_s5 import draw_figure_s5
from proda.figures.figure_s6 import draw_figure_s6
from proda.figures.recovery import draw_recovery
from proda.figures.residuals import draw_residuals
from proda.figures.skill import draw_skill
from proda.figures.style import save
from proda.figures.training import draw_training
from proda.model.parameters import parameter_table

TABLE = parameter_table("clm45-10")
PANELS = 5
FIELDS = ("names", "units", "processes", "minimum", "maximum")
FEW = replace(TABLE, **{name: getattr(TABLE, name)[:PANELS] for name in FIELDS})
SITES = 2_000


def uniform(*shape):
    return np.random.default_rng(7).uniform(0.1, 0.9, shape)


def figure_4():
    table = pd.DataFrame({"method": "one_batch", "interval": SHOWN, "total_pg": [9.0, 8.0, 7.0]})
    return draw_figure_4(table.assign(low_pg=2.0, high_pg=20.0))


def figure_5():
    table = pd.DataFrame({"source": ["observed", "default"] * 2, "depth_m": [0.1, 0.1, 1, 1]})
    return draw_figure_5(table.assign(vegetation="savanna", profiles=9, mean=9.0, p25=8, p75=12))


def figure_s5():
    return draw_figure_s5(FEW, *(uniform(draws, PANELS) for draws in (300, 400, 500)))


def figure_s6():
    means = uniform(SITES, PANELS)
    return draw_figure_s6(FEW, means, 1 - means, np.arange(SITES) % 5 == 0)


def training():
    return draw_training(uniform(10, 400), uniform(10, 400))


def recovery():
    table = pd.DataFrame({"quantity": TABLE.names, "where": "all", "method": "site_by_site"})
    return draw_recovery(table.assign(r=0.5, rmse=0.1, truth_sd=0.2), TABLE)


def skill():
    scores = {
        score + end: [0.5]
        for score in ("r2", "r2_one_to_one", "rmse")
        for end in ("", "_low", "_high")
    }
    return draw_skill(pd.DataFrame({"sites": "all", "method": "one_batch", **scores}))


def residuals():
    return draw_residuals(uniform(SITES), {"default": uniform(SITES)})


@pytest.mark.parametrize(
    ("draw", "largest"),
    [
        (figure_4, 2_000_000),
        (figure_5, 2_000_000),
        # Of all parameters no more than the others.
        (figure_s5, 2_000_000 * PANELS / len(TABLE)),
        (figure_s6, 2_000_000 * PANELS / len(TABLE)),
        (training, 2_000_000),
        (recovery, 2_000_000),
        (skill, 2_000_000),
        (residuals, 2_000_000),
    ],
)
def test_the_same_data_give_the_same_small_files(draw, largest, tmp_path):
    contents = []
    for run in ("first", "second"):
        paths = [tmp_path / run / f"figure.{suffix}" for suffix in ("pdf", "png")]
        figure = draw()
        save(figure, paths)
        plt.close(figure)
        contents.append([path.read_bytes() for path in paths])
    assert contents[0] == contents[1]
    assert all(1_000 < len(content) < largest for content in contents[0])
