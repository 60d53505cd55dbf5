"""The network trained through the soil model: gradients, known relations, seeds, lost profiles."""

import logging
import re
from dataclasses import replace

import numpy as np
import pytest

from model_cases import STRUCTURES, annual
from observed_cases import observations_of, observed_case, profile_ids
from proda.errors import InputError
from proda.learning import hybrid
from proda.learning.features import FeatureLayout
from proda.learning.hybrid import fit_hybrid
from proda.learning.hybrid_model import START_ERROR, HybridModel
from proda.learning.learners import TrainingSet, learner_options
from proda.learning.network import load_network
from proda.learning.observed import observed_profiles
from proda.learning.tensorflow_setup import tf
from proda.learning.train import fit_members
from proda.model import MatrixModel
from proda.streams import named_stream

MODEL = MatrixModel("clm45-10")
SMALL = learner_options(
    "hybrid", start="random", hidden=(16,), dropout=(0.0,), epochs=3, batch_size=16
)
N = 60


def planted(noise=0.05, n=N):
    """Profiles whose slow and passive turnover times follow two covariates; others are equal."""
    rng = np.random.default_rng(8)
    x = rng.random((n, 2)).astype(np.float32)
    theta = np.full((n, len(MODEL.parameters)), 0.3)
    theta[:, MODEL.parameters.index("slow_soc_turnover_time")] = 0.1 + 0.8 * x[:, 0]
    theta[:, MODEL.parameters.index("passive_soc_turnover_time")] = 0.9 - 0.8 * x[:, 1]
    forcing = annual().take([0] * n)
    observations = observations_of(MODEL, theta, forcing, noise)
    observed = observed_profiles(
        MODEL, MODEL.columns(forcing), observations, profile_ids(n), "lognormal"
    )
    cut = 3 * n // 4
    parts = (x[:cut], theta[:cut], x[cut:], theta[cut:])
    return TrainingSet(*parts, np.arange(n) % 10, observed)


def fit(training, options=SMALL, seed=4):
    return fit_hybrid(training, options, np.random.default_rng(seed))


BINN = learner_options("hybrid", preset="binn", hidden=(16,), dropout=(0.0,), epochs=3)


SCATTERED = replace(SMALL, profile_scatter=True, common_share=0.5)


@pytest.mark.parametrize(
    ("structure", "options", "error_model"),
    [
        *((name, SMALL, "lognormal") for name in STRUCTURES),
        ("clm45-10", SCATTERED, "lognormal"),
        ("clm5-20", BINN, "absolute"),
    ],
)
def test_gradient_of_network_and_model_is_that_of_differences(structure, options, error_model):
    observed, *_ = observed_case(structure, n=8, error_model=error_model)
    model = HybridModel(3, observed, options, np.random.default_rng(6))
    x, rows = tf.constant(np.random.default_rng(5).random((8, 3))), tf.range(8)

    def loss():
        # Statistics of the batch, as in training, where values are normalised by them.
        densities = model.log_densities(x, rows, training=options.batch_normalisation)
        penalty, misfit, _ = model.means(*densities, rows)
        return penalty + misfit

    weights = [*model.network.trainable_variables, *model.estimated]
    with tf.GradientTape() as tape:
        total = loss()
    gradients = [gradient.numpy() for gradient in tape.gradient(total, weights)]
    largest = max(abs(gradient).max() for gradient in gradients)
    rng, h = np.random.default_rng(7), 1e-6
    for weight, gradient in zip(weights, gradients, strict=True):
        value, direction = weight.numpy(), rng.normal(size=weight.shape)
        ends = []
        for sign in (1, -1):
            weight.assign(value + sign * h * direction)
            ends.append(float(loss()))
        weight.assign(value)
        wanted = (ends[0] - ends[1]) / (2 * h)
        assert (gradient * direction).sum() == pytest.approx(wanted, rel=1e-5, abs=1e-5 * largest)


def test_a_planted_relation_is_found_from_soc_alone():
    training = planted()
    options = replace(SMALL, epochs=150, learning_rate=0.01)
    fitted = fit(training, options)
    x = np.concatenate([training.x, training.x_validation])
    rows = np.arange(N)
    modelled = training.observed.modelled(fitted.predict(x), rows)
    present = training.observed.present
    residual = np.log(modelled / training.observed.value)[present]
    scatter = np.log(training.observed.value)[present].std()
    # Noise is 5 %; what the network leaves must be close to that, and much less than the scatter.
    assert residual.std() < 0.1 < 0.33 * scatter
    assert abs(residual.mean()) < 0.03
    assert fitted.history["validation_loss"][-1] < fitted.history["validation_loss"][0]


def test_the_scatter_between_profiles_is_found_beside_the_error_of_horizons(caplog):
    training = planted(noise=0.1)
    rng = np.random.default_rng(9)
    rows = training.observed.rows
    factor = np.exp(0.4 * rng.normal(size=(N, 1)))
    shifted = rows._replace(value=rows.value * factor, log_value=rows.log_value + np.log(factor))
    training = replace(training, observed=replace(training.observed, rows=shifted))
    options = replace(SCATTERED, epochs=100, learning_rate=0.01)
    with caplog.at_level(logging.INFO):
        fit(training, options)
    found = re.search(r"observation ([\d.]+), scatter between profiles ([\d.]+)", caplog.text)
    relative, scatter = map(float, found.groups())
    assert relative == pytest.approx(0.1, abs=0.04)
    assert scatter == pytest.approx(0.4, abs=0.12)


def test_a_common_mean_has_its_prior_once():
    observed, *_ = observed_case("clm45-10", n=8)
    model = HybridModel(3, observed, SCATTERED, np.random.default_rng(6))
    x, rows = np.random.default_rng(5).random((8, 3)), np.arange(8)
    mean = np.random.default_rng(4).normal(size=len(MODEL.parameters))
    model.mean.assign(mean)
    prior, _ = model.log_densities(tf.constant(x), tf.constant(rows))
    own = ((model.network(x).numpy() - mean) ** 2).sum(axis=1)
    # Both levels have half of the variance of the prior.
    assert prior.numpy().sum() == pytest.approx(-own.sum() - (mean**2).sum(), rel=1e-12)


@pytest.fixture(scope="module")
def trained():
    return fit(planted())


def test_seed_decides_to_the_bit(trained):
    training = planted()
    again, other = fit(training), fit(training, seed=5)
    assert again.history == trained.history
    assert np.array_equal(again.predict(training.x), trained.predict(training.x))
    assert not np.array_equal(other.predict(training.x), trained.predict(training.x))


def test_members_take_the_error_models_in_turn():
    training, n = planted(), 3
    options = replace(SMALL, error_model=("gamma", "run"))
    members = fit_members("hybrid", "random", training, options, 7, n)
    for member, (fitted, own) in enumerate(zip(members, ("gamma", "run", "gamma"), strict=True)):
        for error_model in ("gamma", "run"):
            rng = named_stream(7, "hybrid random", member)
            alone = fit_hybrid(training, replace(SMALL, error_model=error_model), rng)
            same = alone.history == fitted.history
            same &= np.array_equal(alone.predict(training.x), fitted.predict(training.x))
            assert same == (error_model == own)


def test_the_epoch_with_the_best_blocks_left_out_is_kept(monkeypatch):
    # The relative error stays where it starts, so that the likelihood can be computed again.
    monkeypatch.setattr(hybrid, "ERROR_RATE", 0.0)
    training, options = planted(), replace(SMALL, learning_rate=0.03, epochs=40)
    fitted = fit(training, options)
    losses = fitted.history["validation_loss"]
    assert len(losses) == options.epochs and np.argmin(losses) < options.epochs - 1
    _, validation = hybrid._draw_blocks(training.blocks, options, np.random.default_rng(4))
    x = np.concatenate([training.x, training.x_validation])[validation]
    theta = fitted.predict(x)
    value, *_ = training.observed.log_likelihood(theta, validation, START_ERROR)
    assert -value.mean() == pytest.approx(min(losses), rel=1e-10)


def test_a_saved_network_predicts_the_same(trained, tmp_path):
    x = planted().x
    again = load_network(trained.save(tmp_path, 0))
    assert np.array_equal(again.predict(x), trained.predict(x))


def test_the_loss_of_binn_is_that_of_its_formulas():
    observed, *_ = observed_case("clm45-10", n=8, error_model="absolute")
    model = HybridModel(3, observed, BINN, np.random.default_rng(6))
    x, rows = np.random.default_rng(5).random((8, 3)), np.arange(8)
    prior, likelihood = model.log_densities(tf.constant(x), tf.constant(rows))
    penalty, misfit, count = (float(v) for v in model.means(prior, likelihood, tf.constant(rows)))
    theta = model.predictor(x).numpy()
    pull = (np.cosh(10 * (theta - 0.5)) - 1).mean(axis=1)
    assert penalty == pytest.approx(100 * pull.mean(), rel=1e-12) and count == 8
    error = np.abs(observed.modelled(theta, rows) - observed.value)[observed.present]
    huber = np.where(error < 1.0, 0.5 * error**2, error - 0.5)
    assert misfit == pytest.approx(huber.mean(), rel=1e-12)


def test_binn_trains_and_a_saved_network_predicts_the_same(tmp_path):
    training = planted()
    rows = training.observed.rows._replace(absolute_errors=True)
    # A class and a position beside the two covariates.
    rng = np.random.default_rng(3)
    code = np.eye(3, dtype=np.float32)[rng.integers(3, size=N)]
    degrees = rng.uniform(-90, 90, (N, 2)).astype(np.float32)
    cut = len(training.x)
    training = replace(
        training,
        x=np.hstack([training.x, code[:cut], degrees[:cut]]),
        x_validation=np.hstack([training.x_validation, code[cut:], degrees[cut:]]),
        observed=replace(training.observed, rows=rows),
        layout=FeatureLayout(((2, 5),), position=True),
    )
    options = replace(BINN, epochs=8, position_frequencies=4, class_embedding=2)
    fitted = fit(training, options)
    assert fitted.model.get_layer("hidden_1").kernel.shape == (2 + 128 + 2, 16)
    loss = fitted.history["validation_loss"]
    assert np.isfinite(loss).all() and min(loss) < loss[0]
    theta = fitted.predict(training.x)
    MODEL.prior.checked(theta)
    again = load_network(fitted.save(tmp_path, 0))
    assert np.array_equal(again.predict(training.x), theta)


def test_patience_ends_a_training_that_does_not_improve():
    # Steps so large that no epoch after the first few is better.
    options = replace(SMALL, epochs=40, patience=2, learning_rate=1.0)
    losses = fit(planted(), options).history["validation_loss"]
    assert len(losses) < 40 and np.argmin(losses) == len(losses) - 3


def test_a_start_from_the_sites_is_at_their_parameters():
    training = planted()
    # One epoch of vanishing steps: what is left is the start.
    still = {"epochs": 1, "learning_rate": 1e-7, "weight_decay": 0.0}
    targets = np.concatenate([training.y, training.y_validation])
    x = np.concatenate([training.x, training.x_validation])

    def error(options):
        return np.abs(fit(training, options).predict(x) - targets).mean()

    start = learner_options("hybrid", start="network", start_epochs=150, hidden=[16], dropout=[0])
    model_options = replace(start, epochs=1, batch_size=16, learning_rate=0.02)
    random = error(replace(SMALL, **still))
    assert error(model_options) < 0.4 * random


@pytest.mark.parametrize(("key", "value"), [("penalty", "prior"), ("start", "network")])
def test_a_logistic_output_has_neither_the_normal_prior_nor_its_start(key, value):
    with pytest.raises(InputError, match=f"{key}: expected .* with the output logistic"):
        learner_options("hybrid", **{"preset": "binn", key: value})


@pytest.mark.parametrize(
    ("key", "stated"),
    [
        ("profile_scatter", {"preset": "binn", "profile_scatter": True}),
        ("profile_scatter", {"error_model": ["run", "absolute"], "profile_scatter": True}),
        ("common_share", {"preset": "binn", "common_share": 0.5}),
    ],
)
def test_a_loss_without_a_likelihood_or_the_prior_has_no_scatter_or_mean(key, stated):
    with pytest.raises(InputError, match=f"{key}: expected"):
        learner_options("hybrid", **stated)


@pytest.mark.parametrize("sampling", ["blocks", "bootstrap"])
def test_predictions_are_feasible(sampling):
    fitted = fit(planted(), replace(SMALL, epochs=1, sampling=sampling))
    MODEL.prior.checked(fitted.predict(10 * np.random.default_rng(1).normal(size=(50, 2))))


def test_a_profile_without_likelihood_is_named_and_the_others_train(caplog):
    training = planted()
    rows = training.observed.rows
    columns = rows.columns.copy()
    columns[7] = np.nan
    broken = replace(training.observed, rows=rows._replace(columns=columns))
    with caplog.at_level(logging.WARNING):
        fitted = fit(replace(training, observed=broken), replace(SMALL, epochs=8))
    assert "passed over there: 1 profiles (P7)" in caplog.text
    assert np.isfinite(fitted.history["loss"]).all()
    assert np.isfinite(fitted.history["validation_loss"]).all()
    assert fitted.history["loss"][-1] < fitted.history["loss"][0]
    assert np.isfinite(fitted.predict(training.x)).all()


def test_no_profile_with_a_likelihood_is_an_error():
    training = planted()
    rows = training.observed.rows
    broken = replace(
        training.observed, rows=rows._replace(columns=np.full_like(rows.columns, np.nan))
    )
    with pytest.raises(InputError, match="hybrid, epoch 1: expected a profile with a finite"):
        fit(replace(training, observed=broken))


def test_observations_and_two_blocks_are_needed():
    training = planted()
    with pytest.raises(InputError, match="hybrid: expected observations of the training profiles"):
        fit(replace(training, observed=None))
    with pytest.raises(InputError, match="hybrid: expected two blocks with training profiles"):
        fit(replace(training, blocks=np.zeros(N, dtype=int)))
