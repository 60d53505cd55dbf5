"""Importance finds the group of covariates that drives a mechanism, and not what goes with it."""

from dataclasses import replace

import matplotlib.pyplot as plt
import netCDF4
import numpy as np
import pytest

from importance_cases import GROUPS, MODEL, driven_by_texture
from proda.analysis.importance import (
    BlockErrors,
    fold_errors,
    groups_of_features,
    learned_mechanisms,
    read_site_targets,
)
from proda.analysis.importance_files import (
    importance_table,
    read_block_errors,
    write_block_errors,
)
from proda.analysis.plan import CONDITIONAL, CONSTANT, PERMUTATION
from proda.analysis.site_mechanisms import write_site_mechanisms
from proda.errors import InputError
from proda.figures.importance import draw_importance
from proda.learning.learners import LEARNERS, Learner, learner_options
from proda.parameters.draws import write_draws
from projection_cases import forcing_of, write_site_inputs
from site_cases import random_theta

FOREST = learner_options("random_forest", trees=40)
CUE = "carbon_use_efficiency"
KEYS = ["variant", "target", "group"]


def errors_of(world, fold, learner="random_forest", options=FOREST, repeats=4, validation=0.2):
    data, splits, targets = world
    arguments = data, splits, targets, GROUPS, options, MODEL, 7, validation, 1, repeats
    return fold_errors(learner, f"fold_{fold}", *arguments)


@pytest.fixture(scope="module")
def world():
    return driven_by_texture()


@pytest.fixture(scope="module")
def folds(world):
    return [errors_of(world, fold) for fold in range(3)]


@pytest.fixture(scope="module")
def table(folds):
    return importance_table({"random_forest": folds}, 1, 200).set_index(KEYS)


def test_texture_is_found_and_climate_that_follows_it_is_not(table):
    texture = table.loc[(CONDITIONAL, CUE, "texture")]
    assert texture["explained"] > 0.7
    assert texture["importance_low"] > 2 and texture["increase_low"] > 0.25
    for group in ("climate", "chemistry", "vegetation"):
        other = table.loc[(CONDITIONAL, CUE, group)]
        assert other["importance"] < 1.1 and abs(other["increase"]) < 0.05
    # SOC follows from the efficiency.
    assert table.loc[(CONDITIONAL, "soc", "texture"), "importance_low"] > 1.5
    assert table.loc[(CONDITIONAL, "soc", "climate"), "importance"] < 1.1


@pytest.mark.parametrize("variant", [PERMUTATION, CONSTANT])
def test_other_variants_take_climate_for_important(table, variant):
    climate = table.loc[(variant, CUE, "climate")]
    assert climate["importance_low"] > 1.2
    assert climate["increase"] < table.loc[(variant, CUE, "texture"), "increase"]
    assert table.loc[(variant, CUE, "vegetation"), "importance"] < 1.1


def test_every_profile_counts_once(world, folds, table):
    _, splits, targets = world
    assert sum(fold.profiles.sum() for fold in folds) == targets.usable.sum()
    blocks = np.concatenate([fold.block for fold in folds])
    assert sorted(blocks) == sorted(set(splits.block))
    assert (table["profiles"] == targets.usable.sum()).all()


class Linear:
    """A linear learner, to which the order of the profiles does not matter but by rounding."""

    def __init__(self, training):
        n = len(training.x)
        design = np.column_stack([np.ones(n), training.x])
        self.weight = np.linalg.lstsq(design, training.y, rcond=None)[0]

    def predict(self, x):
        return np.clip(np.column_stack([np.ones(len(x)), x]) @ self.weight, 0.0, 1.0)


def test_the_order_of_the_profiles_does_not_matter(world, monkeypatch):
    options = LEARNERS["random_forest"].options
    record = Learner(options, lambda: lambda training, *_: Linear(training))
    monkeypatch.setitem(LEARNERS, "random_forest", record)
    data, splits, targets = world
    order = np.random.default_rng(0).permutation(len(data.profile_id))
    place = np.argsort(order)
    horizons = np.argsort(place[targets.horizon_profile], kind="stable")
    turned = (
        replace(data, profile_id=data.profile_id[order], sites=data.sites.iloc[order],
                targets=data.targets[order]),
        replace(splits, **{name: getattr(splits, name)[order] for name in vars(splits)}),
        replace(targets, mechanisms=targets.mechanisms[order], columns=targets.columns[order],
                usable=targets.usable[order],
                horizon_profile=place[targets.horizon_profile][horizons],
                horizon_value=targets.horizon_value[horizons],
                operator=targets.operator[horizons]),
    )  # fmt: skip
    # Which profiles validate is drawn by their order, so that none do.
    one, other = (errors_of(each, 1, repeats=2, validation=0.0) for each in (world, turned))
    np.testing.assert_array_equal(one.block, other.block)
    np.testing.assert_array_equal(one.profiles, other.profiles)
    for name in ("benchmark", "moments"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-4)
    np.testing.assert_allclose(one.replaced, other.replaced, rtol=1e-3)


def errors(block, benchmark, replaced, profiles=None):
    """Errors of one target, group and variant, in one repeat."""
    b = len(block)
    return BlockErrors(
        (CUE,), ("texture",), (PERMUTATION,), np.array(block),
        np.ones(b, int) if profiles is None else np.array(profiles),
        np.array(benchmark, float)[:, None], np.array(replaced, float).reshape(1, 1, -1, b, 1),
        np.stack([np.arange(b, dtype=float), np.arange(b) ** 2.0])[..., None],
    )  # fmt: skip


def test_known_sums():
    parts = [errors([3, 1], [1, 2], [2, 4]), errors([2], [1], [2])]
    parts[0].moments[:] = [[[1.0], [2.0]], [[1.0], [4.0]]]
    parts[1].moments[:] = [[[3.0]], [[9.0]]]
    row = importance_table({"hybrid": parts}, 1, 50).iloc[0]
    assert row["importance"] == row["importance_low"] == row["importance_high"] == 2
    assert row["variance"] == pytest.approx(2 / 3)
    assert row["benchmark_mse"] == pytest.approx(4 / 3)
    assert row["explained"] == pytest.approx(1 - 2)
    assert row["increase"] == pytest.approx(4 / (3 * 2 / 3))
    assert np.isnan(row["repeat_sd"]) and (row["profiles"], row["blocks"]) == (3, 3)


def test_the_order_of_the_folds_does_not_matter(folds):
    one = importance_table({"random_forest": folds}, 1, 50)
    other = importance_table({"random_forest": folds[::-1]}, 1, 50)
    assert one.equals(other)


def test_files_of_folds(folds, tmp_path):
    write_block_errors(tmp_path / "f.nc", folds[0])
    again = read_block_errors(tmp_path / "f.nc")
    for name, value in vars(folds[0]).items():
        np.testing.assert_array_equal(getattr(again, name), value)
    few = replace(folds[1], groups=("a", "b", "c", "d"))
    with pytest.raises(InputError, match=r"folds of hybrid, groups: expected .*found a, b, c, d"):
        importance_table({"hybrid": [folds[0], few]}, 1, 10)


def test_features_of_classes_belong_to_their_covariate():
    groups = {"a=b": "x", "IGBP": "y", "pH": "x"}
    found = groups_of_features(["a=b", "IGBP=1", "IGBP=12", "pH"], groups)
    assert {name: list(mask) for name, mask in found.items()} == {
        "x": [True, False, False, True],
        "y": [False, True, True, False],
    }


def test_a_fold_without_a_profile_to_compare_is_refused(world):
    data, splits, targets = world
    nothing = replace(targets, usable=np.zeros_like(targets.usable))
    with pytest.raises(InputError, match="split fold_0: expected profiles with mechanisms"):
        errors_of((data, splits, nothing), 0)


def test_figure_states_every_number_and_greys_those_that_may_be_none(table):
    figure = draw_importance(table.reset_index())
    assert len(figure.axes) == 3  # conditional, permuted, constant
    conditional = figure.axes[0]
    shown = {text.get_position(): text for text in conditional.texts}
    for (row, group), sure in (((0, "texture"), True), ((3, "vegetation"), False)):
        expected = table.loc[(CONDITIONAL, CUE, group)]
        text = shown[(3, row)]
        assert float(text.get_text().replace("−", "-")) == pytest.approx(
            100 * expected["increase"], abs=0.5
        )
        assert (expected["increase_low"] > 0) == sure == (text.get_color() != "0.55")
    explained = shown[(3, 4)].get_text()
    assert float(explained) == pytest.approx(100 * expected["explained"], abs=0.5)
    figure.canvas.draw()
    with pytest.raises(InputError, match="the column explained"):
        draw_importance(table.reset_index().drop(columns="explained"))
    plt.close("all")


def test_what_predictions_are_compared_with_is_read_of_the_same_profiles(tmp_path):
    rng, ids = np.random.default_rng(5), ["a", "b", "c", "d"]
    forcing = forcing_of(rng, 4)
    observations, site_forcing, _ = write_site_inputs(tmp_path, ids, forcing, rng)
    with netCDF4.Dataset(observations, "a") as file:
        value = np.arange(len(file.dimensions["horizon"]), dtype=float)  # the first is no carbon
        file.createVariable("value", "f8", ("horizon",))[:] = value
        sizes = np.asarray(file["row_size"][:])
    theta = np.stack([random_theta(rng, 4) for _ in range(3)])
    write_draws(tmp_path / "draws.nc", MODEL, theta_profile=theta, profile_ids=ids)
    paths = observations, site_forcing, tmp_path / "mechanisms.nc"
    found = write_site_mechanisms(MODEL, tmp_path / "draws.nc", *paths, max_draws=3)
    mechanisms = learned_mechanisms(MODEL.structure.name)
    targets = read_site_targets(MODEL, mechanisms, *paths, ids)
    assert targets.names == (*(one.name for one in mechanisms), "soc")
    assert np.isfinite(targets.mechanisms).all()
    assert set(targets.mechanisms.ravel()) <= set(np.log(found.mean).ravel())
    np.testing.assert_array_equal(targets.horizon_value, np.log(value[1:]))
    np.testing.assert_array_equal(targets.horizon_profile, np.repeat(range(4), sizes)[1:])
    np.testing.assert_array_equal(targets.columns, MODEL.columns(forcing))
    # Forcing that a learner has read is not held twice.
    given = read_site_targets(MODEL, mechanisms, *paths, ids, targets.columns)
    assert given.columns is targets.columns
    np.testing.assert_array_equal(given.usable, targets.usable)
    with pytest.raises(InputError, match=r"observations\.nc, profile 3: expected 'other'"):
        read_site_targets(MODEL, mechanisms, *paths, ["a", "b", "c", "other"])
