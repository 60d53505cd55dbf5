"""What the packages of learning may import: no later stage, and no soil in the learners."""

import ast
from pathlib import Path

import pytest

import proda.learning

FOLDER = Path(proda.learning.__file__).parent
LATER = ("projection", "evaluation", "figures", "analysis")
# A learner sees arrays and settings.
OF_LEARNERS = ("arrays", "config", "errors", "files", "learning", "parameters.methods")


def imported(path):
    """Modules of proda that a module imports anywhere, without the name of the package."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("proda."):
            names.add(node.module.removeprefix("proda."))
    return names


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_learning_imports_no_later_stage(path):
    # Only what profiles were observed to have comes from data assimilation.
    forbidden = LATER if path.stem == "observed" else (*LATER, "inference")
    for name in imported(path):
        assert name.split(".")[0] not in forbidden, name


@pytest.mark.parametrize("name", ["forest", "learners", "model_file", "network"])
def test_a_learner_knows_no_model_and_no_data(name):
    found = imported(FOLDER / f"{name}.py")
    assert found
    for module in found:
        assert module.startswith(OF_LEARNERS), module
        assert module not in ("learning.data", "learning.train", "learning.draws"), module
