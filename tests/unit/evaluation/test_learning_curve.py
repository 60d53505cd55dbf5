"""Learning curves: who trains, who is scored, and that a learner that learns gets better."""

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from learning_cases import MODEL, SEED, world_and_splits
from proda.errors import InputError
from proda.evaluation.learning_curve import learning_curve
from proda.figures.learning_curve import PANELS, draw_learning_curve
from proda.learning.subsets import with_fewer_profiles
from proda.parameters.methods import DIRECT_FOREST, HYBRID
from proda.projection.inputs import Sites
from proda.projection.soc import MemberSoc

N, PER_PROFILE = 120, 2
NODES = MODEL.grid.node


@pytest.fixture(scope="module")
def case():
    """Splits, sites whose horizons lie at nodes, and their SOC: a wetness times a profile."""
    data, splits = world_and_splits(N)
    operator = np.zeros((N * PER_PROFILE, len(NODES)))
    operator[np.arange(len(operator)), np.tile([2, 5], N)] = 1.0
    place = np.full(N, 1)
    depth = operator @ NODES
    ids = list(data.profile_id)
    sites = Sites(ids, 1.0 * place, 1.0 * place, place, 2 * place, depth, operator, None)
    true = 1e3 * (1 + data.sites["wetness"].to_numpy())[:, None] * np.exp(-NODES)
    return splits, sites, true


def test_subsets_grow_and_what_is_held_out_stays(case):
    splits = case[0]
    rows = [
        with_fewer_profiles(splits, "fold_1", size, 0, SEED).rows("fold_1", SEED, 0.25)
        for size in (20, 40, None)
    ]
    seen = [one.training | one.validation for one in rows]
    assert [int(one.sum()) for one in seen[:2]] == [20, 40]
    assert (seen[0] <= seen[1]).all() and (seen[1] <= seen[2]).all()
    assert all(np.array_equal(one.held_out, rows[2].held_out) for one in rows)
    other = with_fewer_profiles(splits, "fold_1", 20, 1, SEED)
    assert not np.array_equal(other.used, with_fewer_profiles(splits, "fold_1", 20, 0, SEED).used)


def test_all_sizes_are_scored_on_the_same_horizons_with_known_errors(case):
    splits, sites, true = case
    profile = np.repeat(np.arange(N), PER_PROFILE)
    observed = (true[profile] * sites.operator).sum(axis=1)
    seen = []

    def predict(fold, thinned):
        # A learner whose error is 1 + 100 / n kg m-3 at profiles it holds out, useless at others.
        held_out = splits.in_fold(fold)
        n = int((thinned.used & ~held_out).sum())
        seen.append((fold, n))
        error = np.where(held_out, 1e3 * (1 + 100 / n), 1e6)
        return MemberSoc(true[None] + error[:, None])

    table = learning_curve(predict, splits, sites, MODEL.grid, observed, [40, 20, 5000], 2, SEED)
    available = [int((splits.used & ~splits.in_fold(fold)).sum()) for fold in splits.names[1:]]
    assert table["profiles"].tolist() == [20, 20, 40, 40, np.mean(available)]
    assert table["repeat"].tolist() == [0, 1, 0, 1, 0]
    assert set(table["horizons"]) == {PER_PROFILE * int(splits.used.sum())}
    np.testing.assert_allclose(table["rmse"][:4], [6.0, 6.0, 3.5, 3.5], rtol=1e-9)
    assert table["rmse"][4] < 3.5 and len(seen) == 5 * len(available)
    np.testing.assert_allclose(table["r2"], 1.0, atol=1e-3)

    first, second, *rest = splits.profile_id
    other = replace(splits, profile_id=np.array([second, first, *rest]))
    with pytest.raises(InputError, match="splits, profile 0"):
        learning_curve(predict, other, sites, MODEL.grid, observed, [40], 2, SEED)

    figure = draw_learning_curve(table.assign(method=HYBRID.name))
    assert [axis.get_ylabel() for axis in figure.axes] == list(PANELS.values())
    line = figure.axes[1].containers[0].lines[0]
    np.testing.assert_allclose(line.get_ydata(orig=False)[:2], [6.0, 3.5], rtol=1e-9)
    both = [table.assign(method=name) for name in (DIRECT_FOREST.name, HYBRID.name)]
    figure = draw_learning_curve(pd.concat(both, ignore_index=True))
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == [HYBRID.label, DIRECT_FOREST.label]
    plt.close("all")
