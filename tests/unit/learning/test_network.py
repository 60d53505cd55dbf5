"""The network: planted relations, its losses against numpy, the seed, and the cores."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtri

from proda.errors import InputError
from proda.learning.learners import TrainingSet, get_learner, learner_options
from proda.learning.network import fit_network, load_network

SMALL = learner_options(
    "neural_network",
    preset="paper",
    hidden=(16, 8),
    dropout=(0.1, 0.1),
    epochs=3,
    batch_size=32,
)


def rows(n=120, features=4, outputs=3, seed=1):
    """A TrainingSet whose targets' logits are linear in the features, a quarter for validation."""
    rng = np.random.default_rng(seed)
    x = rng.random((n, features)).astype(np.float32)
    logit = (x - 0.5) @ rng.normal(size=(features, outputs)) * 2
    y, cut = 1 / (1 + np.exp(-logit)), 3 * n // 4
    return TrainingSet(x[:cut], y[:cut], x[cut:], y[cut:], np.arange(n))


def fit(training, options=SMALL, seed=5, report=None):
    return fit_network(training, options, np.random.default_rng(seed), report)


@pytest.mark.parametrize("output", ["normal", "sigmoid", "linear"])
def test_planted_relation_is_recovered(output):
    training = rows(400)
    options = replace(SMALL, hidden=(32, 32), dropout=(0, 0), epochs=120, output=output)
    fitted = fit(training, options)
    error = fitted.predict(training.x_validation) - training.y_validation
    assert (error**2).mean() < 0.03 * training.y_validation.var()


def test_targets_without_relation_are_not_explained():
    rng = np.random.default_rng(3)
    training = replace(rows(), y=rng.random((90, 3)), y_validation=rng.random((30, 3)))
    error = fit(training, replace(SMALL, epochs=30)).predict(training.x_validation)
    assert ((error - training.y_validation) ** 2).mean() > 0.9 * training.y_validation.var()


@pytest.mark.parametrize("loss", ["mse", "joint"])
def test_validation_loss_is_that_of_the_predictions(loss):
    training = rows()
    fitted = fit(training, replace(SMALL, loss=loss))
    target, predicted = training.y_validation, fitted.predict(training.x_validation)
    wanted = ((target - predicted) ** 2).mean()
    if loss == "joint":
        wanted = 500 * wanted + 5 * (abs(target - predicted) / target).mean()
    assert fitted.history["validation_loss"][-1] == pytest.approx(wanted, rel=1e-5)
    assert [len(values) for values in fitted.history.values()] == [3, 3]


def test_transformed_targets_are_learned_and_predictions_transformed_back():
    """The loss is that of Phi^-1(theta); a target at a bound counts as one just inside."""
    training = rows()
    training.y_validation[0] = 0.0, 1.0, 0.5
    fitted = fit(training, replace(SMALL, output="normal"))
    predicted = fitted.predict(training.x_validation)
    assert predicted.min() > 0.0 and predicted.max() < 1.0
    inside = np.clip(training.y_validation, 1e-6, 1.0 - 1e-6)
    wanted = ((ndtri(inside) - ndtri(predicted)) ** 2).mean()
    assert fitted.history["validation_loss"][-1] == pytest.approx(wanted, rel=1e-4)


def test_a_transformed_network_is_read_back(tmp_path):
    training = rows()
    fitted = fit(training, replace(SMALL, output="normal"))
    loaded = load_network(fitted.save(tmp_path, 0))
    assert np.array_equal(loaded.predict(training.x), fitted.predict(training.x))


def test_training_loss_is_the_mean_over_all_rows():
    # With a rate this small and no dropout the weights stay, and batches of 32, 32 and 26 count
    # by their rows.
    training = rows()
    options = replace(SMALL, dropout=(0, 0), learning_rate=1e-8, epochs=1)
    fitted = fit(training, options)
    wanted = ((fitted.predict(training.x) - training.y) ** 2).mean()
    assert fitted.history["loss"] == pytest.approx([wanted], rel=1e-5)


def test_best_epoch_is_kept_on_demand():
    training = rows(60)
    options = replace(SMALL, learning_rate=30.0, epochs=15)
    last, best = fit(training, options), fit(training, replace(options, keep="best"))
    assert last.history == best.history
    losses = best.history["validation_loss"]
    assert min(losses) < losses[-1]

    def error(fitted):
        return ((fitted.predict(training.x_validation) - training.y_validation) ** 2).mean()

    assert error(best) == pytest.approx(min(losses), rel=1e-5)
    assert error(last) == pytest.approx(losses[-1], rel=1e-5)


def test_without_validation_profiles():
    training = rows()
    empty = replace(training, x_validation=training.x[:0], y_validation=training.y[:0])
    assert np.isnan(fit(empty).history["validation_loss"]).all()
    with pytest.raises(InputError, match=r"keep: best: expected profiles for validation"):
        fit(empty, replace(SMALL, keep="best"))


def test_linear_predictions_are_clipped_to_the_prior():
    training = rows()
    beyond = replace(training, y=3 * training.y - 1)
    fitted = fit(beyond, replace(SMALL, output="linear", epochs=30))
    raw, theta = fitted.model(training.x).numpy(), fitted.predict(training.x)
    assert raw.min() < 0 and raw.max() > 1
    assert np.array_equal(theta, np.clip(raw, 0, 1))


def test_seed_decides():
    training = rows()
    first, again, other = fit(training), fit(training), fit(training, seed=6)
    assert first.history == again.history
    assert np.array_equal(first.predict(training.x), again.predict(training.x))
    assert not np.array_equal(first.predict(training.x), other.predict(training.x))


def test_saved_models_are_equal_byte_by_byte_and_predict_the_same(tmp_path):
    training = rows()
    one, two = (fit(training).save(tmp_path, member) for member in range(2))
    assert one.name == "member_0.keras" and one.read_bytes() == two.read_bytes()
    loaded, fitted = load_network(one), fit(training)
    assert np.array_equal(loaded.predict(training.x), fitted.predict(training.x))


WIDE = replace(SMALL, hidden=(256, 256), batch_size=64)


def test_fresh_process_on_one_core_gives_the_same_bits(tmp_path):
    code = """
import os, sys
from pathlib import Path
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
from test_network import WIDE, fit, rows
fitted = fit(rows(400, 30), WIDE)
fitted.save(Path(sys.argv[1]), 0)
print(fitted.predict(rows(400, 30).x).tobytes().hex())
"""
    here = Path(__file__).parent
    folders = [here, here.parents[2] / "workflow", here.parents[1] / "support"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, folders))}
    command = [sys.executable, "-c", code, tmp_path / "there"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    fitted = fit(rows(400, 30), WIDE)
    assert result.stdout.strip() == fitted.predict(rows(400, 30).x).tobytes().hex()
    here = fitted.save(tmp_path / "here", 0)
    assert here.read_bytes() == (tmp_path / "there" / here.name).read_bytes()


def test_diverging_loss_is_refused():
    training = rows()
    broken = replace(training, y=np.where(training.y > 0.5, np.inf, training.y))
    with pytest.raises(InputError, match=r"epoch 1: expected a finite loss.*learning_rate"):
        fit(broken)


def test_progress_is_reported_every_epoch():
    seen = []
    fitted = fit(rows(), report=lambda *call: seen.append(call))
    assert [epoch for epoch, _, _ in seen] == [1, 2, 3]
    assert [done for _, _, done in seen] == pytest.approx([1 / 3, 2 / 3, 1])
    assert [losses["loss"] for _, losses, _ in seen] == fitted.history["loss"]


def test_unknown_learner():
    with pytest.raises(InputError, match=r"learner: .*hybrid.*, found 'boosting'"):
        get_learner("boosting")
