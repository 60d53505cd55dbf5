"""Settings of the learners: presets, changes and what is an error."""

from dataclasses import replace

import pytest

from proda.errors import InputError
from proda.learning.learners import LEARNERS, learner_options
from proda.parameters.methods import METHODS, Kind, of_kind


def test_every_method_that_learns_has_a_learner_and_options():
    assert list(LEARNERS) == of_kind(METHODS, Kind.LEARNER, Kind.DIRECT)
    for name, learner in LEARNERS.items():
        assert learner_options(name) == learner.options()
        assert callable(learner.load())


def test_the_first_preset_differs_from_the_papers_in_its_output():
    options = learner_options("neural_network")
    assert options == learner_options("neural_network", preset="recommended")
    assert options.output == "normal"
    paper = learner_options("neural_network", preset="paper")
    assert paper == replace(options, preset="paper", output="sigmoid")


def test_paper():
    options = learner_options("neural_network", preset="paper")
    assert options.hidden == (256, 512, 512, 256)
    assert options.dropout == (0.2, 0.2, 0.2, 0.2)
    assert (options.epochs, options.batch_size, options.loss) == (400, 64, "mse")
    assert (options.output, options.classes) == ("sigmoid", "one_hot")


def test_public_code():
    options = learner_options("neural_network", preset="public_code")
    assert options.hidden == (256, 512, 512, 256)
    assert options.dropout == (0.3, 0.5, 0.5, 0.3)
    assert (options.epochs, options.batch_size, options.loss) == (1200, 64, "joint")
    assert (options.optimizer, options.learning_rate) == ("adadelta", 0.001)
    assert (options.output, options.classes, options.fitted_on) == ("linear", "number", "grid")


def test_the_joint_loss_needs_positive_targets():
    with pytest.raises(InputError, match=r"loss: expected mse with the output normal.*joint"):
        learner_options("neural_network", loss="joint")
    assert learner_options("neural_network", loss="joint", output="sigmoid").loss == "joint"


def test_lists_of_a_configuration_become_tuples():
    options = learner_options("neural_network", hidden=[8, 4], dropout=[0.1, 0.2])
    assert options.hidden == (8, 4)
    assert options.dropout == (0.1, 0.2)
    hash(options)


def test_members_of_the_hybrid_have_error_models_in_turn():
    options = learner_options("hybrid", error_model=["run", "gamma", "absolute"])
    assert options.error_models == ("run", "gamma", "absolute")
    taken = [options.of_member(member).error_model for member in range(5)]
    assert taken == ["run", "gamma", "absolute", "run", "gamma"]
    one = learner_options("hybrid", error_model="gamma")
    assert one.error_models == ("gamma",) and one.of_member(3) == one
    network = learner_options("neural_network")
    assert network.of_member(3) == network


def test_members_of_splits():
    options = learner_options("neural_network", members=4, fold_members=2)
    assert (options.members_of("random"), options.members_of("fold_0")) == (4, 2)
    assert learner_options("random_forest").members_of("random") == 1


@pytest.mark.parametrize(
    ("learner", "changes", "fragment"),
    [
        ("boosting", {}, "learner: expected one of neural_network, random_forest"),
        (
            "neural_network",
            {"preset": "2023"},
            "one of recommended, paper, public_code, found '2023'",
        ),
        ("hybrid", {"error_model": "gama"}, "error_model: expected one of run, relative, .*'gama'"),
        ("hybrid", {"error_model": ["run", "gama"]}, r"error_model: expected one of run, relative"),
        ("hybrid", {"error_model": []}, r"error_model: expected at least one error model"),
        ("neural_network", {"epoch": 3}, "setting of neural_network: .*epochs.*found epoch"),
        ("neural_network", {"epochs": 0}, "epochs: expected 1 to 1000000, found 0"),
        ("neural_network", {"hidden": []}, "hidden: expected a number of units"),
        ("neural_network", {"hidden": [8, 0]}, "hidden: expected"),
        ("neural_network", {"dropout": [0.1]}, "dropout: expected 4 fractions"),
        ("neural_network", {"dropout": [1.0] * 4}, "dropout: expected 0 to 0.999"),
        ("neural_network", {"loss": "mae"}, "loss: expected one of mse, joint"),
        ("neural_network", {"learning_rate": 0}, "learning_rate: expected 1e-08 to 100"),
        ("neural_network", {"optimizer": "sgd"}, "one of adadelta, adam"),
        ("neural_network", {"output": "relu"}, "one of normal, sigmoid, linear"),
        ("neural_network", {"keep": "first"}, "one of last, best"),
        ("neural_network", {"scaling": "log"}, "one of range, standard"),
        ("random_forest", {"trees": 0}, "trees: expected 1 to 10000, found 0"),
        ("random_forest", {"max_features": 0}, "max_features: expected 0.001 to 1"),
        ("random_forest", {"members": 0}, "members: expected 1 to 100, found 0"),
        ("random_forest", {"classes": "embedded"}, "one of one_hot, number"),
    ],
)
def test_refused(learner, changes, fragment):
    with pytest.raises(InputError, match=fragment):
        learner_options(learner, **changes)
