"""Tables and figures of runs with any choice of methods."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from map_cases import small_map
from proda.evaluation.pairs import build_pairs
from proda.evaluation.paper_values import read_paper_values
from proda.evaluation.table_1 import compare_methods, paper_steps, table_1
from proda.evaluation.table_s1 import table_s1
from proda.evaluation.table_s3 import table_s3
from proda.evaluation.vegetation import vegetation_profiles
from proda.figures.figure_2 import draw_figure_2
from proda.figures.figure_4 import draw_figure_4
from proda.figures.figure_5 import draw_figure_5
from proda.figures.skill import draw_skill
from proda.parameters.methods import Kind, blocked_names, mapped, methods_used, of_kind
from projection_files import (
    MODEL,
    grid_projection,
    small_cells,
    write_evaluation_inputs,
    write_one_batch,
)

CHOICES = [["default"], ["one_batch"], ["neural_network", "default"]]
PAPER = read_paper_values()
LABELS = {"default": "CLM4.5 parameters"}


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.mark.parametrize("chosen", CHOICES, ids="-".join)
def test_tables_and_figures_have_the_methods_of_the_run_alone(tmp_path, chosen):
    used = methods_used(chosen)
    variants = blocked_names(used)
    inputs = write_evaluation_inputs(tmp_path)
    inputs.projections = {name: inputs.projections[name] for name in [*used, *variants]}
    if not variants:
        inputs.splits_path = None
    pairs = build_pairs(**vars(inputs))

    table = table_1(pairs, used, PAPER, seed=1, resamples=20)
    assert set(table["method"]) == set(used)
    assert set(table["sites"]) == (
        {"all", "training", "held_out", "cross_validation"} if variants else {"all"}
    )
    differences = compare_methods(pairs, paper_steps(used), seed=1, resamples=20)
    assert set(differences["method"]) | set(differences["other"]) <= set(used)
    pooled = {name: write_one_batch(tmp_path / f"{name}.nc") for name in of_kind(used, Kind.POOLED)}
    theta = np.full((8, len(MODEL.parameters)), 0.5)
    learned = dict.fromkeys([*of_kind(used, Kind.LEARNER), *variants], theta)
    parameters = table_s1(MODEL, inputs.posteriors_path, pooled, learned, pairs.profiles, PAPER)
    cells = small_cells()
    maps = {name: grid_projection(cells, np.ones(len(cells))) for name in mapped(used)}
    stocks = table_s3(maps, None, cells, PAPER)
    assert set(stocks["method"]) == set(mapped(used))
    shown = [*(name for name in used if name not in learned), *variants]
    vegetation = vegetation_profiles(pairs, ["Grassland"], shown)
    unused = {name for names in CHOICES for name in names} - set(used)
    columns = [*parameters, *pairs.horizons, *pairs.profiles]
    assert not [name for name in columns if any(name.startswith(f"{one}_") for one in unused)]

    figures = [
        draw_skill(table, LABELS),
        draw_figure_2(small_map(), pairs.horizons, pairs.profiles, used, LABELS),
        draw_figure_4(stocks, LABELS),
        draw_figure_5(vegetation, LABELS),
    ]
    for figure in figures:
        texts = [text.get_text() for text in figure.findobj(plt.Text)]
        assert ("CLM4.5 parameters" in texts) == ("default" in chosen)
