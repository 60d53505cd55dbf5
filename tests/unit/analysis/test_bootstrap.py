"""Bootstrap of spatial blocks: what is drawn, totals of a member, spread of all."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning_cases import MODEL, SEED, world_and_splits
from proda.analysis import bootstrap
from proda.analysis.bootstrap import (
    bootstrap_table,
    member_totals,
    resample_blocks,
    train_member,
)
from proda.analysis.plan import member_groups
from proda.errors import InputError
from proda.learning.learners import learner_options
from proda.model.processes import processes_of
from proda.projection.inputs import Grid
from projection_cases import forcing_of

FOREST = learner_options("random_forest", trees=5)


@given(st.integers(2, 30), st.integers(0, 2**32 - 1))
def test_whole_blocks_are_drawn_with_replacement(blocks, seed):
    rng = np.random.default_rng(seed)
    block = 10 + rng.permutation(np.repeat(np.arange(blocks), 1 + np.arange(blocks) % 3))
    drawn, others = resample_blocks(block, rng)
    times = np.bincount(drawn, minlength=len(block))
    of_block = {b: set(times[block == b]) for b in block}
    assert all(len(found) == 1 for found in of_block.values())
    assert sum(found.pop() for found in of_block.values()) == blocks
    # What was not drawn validates, and there is always some of it.
    assert sorted(others) == sorted(np.flatnonzero(times == 0)) and len(others)


def test_one_block_cannot_be_resampled():
    with pytest.raises(InputError, match="bootstrap: expected two blocks"):
        resample_blocks(np.ones(5, int), np.random.default_rng(0))


def test_a_member_depends_on_its_number_alone():
    data, splits = world_and_splits()
    first, again, other = (
        train_member("random_forest", member, data, splits, FOREST, SEED, MODEL)
        for member in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert first.shape == (48, 25) and not np.array_equal(first, other)
    assert ((first >= 0) & (first <= 1)).all()


def test_a_member_has_its_own_of_several_error_models(monkeypatch):
    data, splits = world_and_splits()
    taken = []

    def fit(training, options, rng):
        taken.append(options.error_model)
        return SimpleNamespace(predict=lambda x: np.full((len(x), 25), 0.3))

    monkeypatch.setattr(bootstrap, "get_learner", lambda _: SimpleNamespace(load=lambda: fit))
    options = learner_options("hybrid", error_model=["run", "gamma"])
    for member in (0, 1, 4):
        train_member("hybrid", member, data, splits, options, SEED, MODEL)
    assert taken == ["run", "gamma", "run"]


def test_profiles_that_are_not_used_or_lack_a_covariate_are_not_drawn():
    data, splits = world_and_splits()
    one = train_member("random_forest", 0, data, splits, FOREST, SEED, MODEL)
    sites = data.sites.copy()
    sites.loc[~splits.used] = np.nan
    other = replace(data, sites=sites)
    again = train_member("random_forest", 0, other, splits, FOREST, SEED, MODEL)
    np.testing.assert_array_equal(one, again)
    sites.iloc[np.flatnonzero(splits.used)[:20], 0] = np.nan
    fewer = train_member("random_forest", 0, other, splits, FOREST, SEED, MODEL)
    assert not np.array_equal(one, fewer)


def test_totals_are_those_of_direct_runs():
    data, _ = world_and_splits()
    rng = np.random.default_rng(1)
    forcing = forcing_of(rng, 47)
    column = np.arange(48) - 1  # the first cell has none
    theta = rng.uniform(0.3, 0.5, (48, 25))
    theta[5] = np.nan
    found = member_totals(theta, Grid(data.cells, forcing, column), MODEL)
    value = found.set_index(["quantity", "item"])["value"]
    inside = np.delete(np.arange(1, 48), 4)
    direct = processes_of(MODEL, MODEL.physical(theta[inside]), forcing.take(column[inside]))
    known = direct.status == 0
    area = data.cells.land_area_m2[inside][known]
    stock = direct["soc_stock_0_100cm"][known]
    assert value["soc_stock", "0-100 cm"] == pytest.approx(stock @ area * 1e-15, rel=1e-9)
    times = direct["turnover_time"][known]
    assert value["turnover_time", "area_mean"] == pytest.approx(times @ area / area.sum())
    assert value["turnover_time", "cell_median"] == pytest.approx(np.median(times))
    efficiency = direct["carbon_use_efficiency"][known]
    assert value["carbon_use_efficiency", "cell_mean"] == pytest.approx(efficiency.mean())


def members(values):
    return pd.DataFrame(
        {
            "learner": "hybrid",
            "member": np.arange(len(values)),
            "quantity": "soc_stock",
            "item": "whole depth",
            "unit": "Pg",
            "value": values,
        }
    )


def test_spread_of_known_members():
    row = bootstrap_table(members(np.arange(201.0))).iloc[0]
    assert (row["members"], row["mean"], row["median"]) == (201, 100, 100)
    assert [row[name] for name in ("p2_5", "p16", "p84", "p97_5")] == pytest.approx(
        [5, 32, 168, 195]
    )
    assert row["sd"] == pytest.approx(np.arange(201.0).std(ddof=1))
    turned = members(np.arange(201.0)).sample(frac=1, random_state=1)
    assert bootstrap_table(turned).iloc[0].equals(row)
    single = bootstrap_table(members([7.0])).iloc[0]
    assert single["p2_5"] == single["p97_5"] == 7 and np.isnan(single["sd"])
    with pytest.raises(InputError, match="bootstrap of hybrid, member 0: expected one, found two"):
        bootstrap_table(pd.concat([members([1.0]), members([2.0])]))


def test_jobs_hold_every_member_once():
    assert member_groups(0, 10) == []
    assert member_groups(25, 10) == [(0, 9), (10, 19), (20, 24)]
    assert len(member_groups(200, 10)) == 20
