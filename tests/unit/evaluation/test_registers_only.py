"""Evaluation, analyses and figures take methods and structures from registers, not from texts."""

import ast
import re
from pathlib import Path

import pytest

from proda.model.structures import STRUCTURES
from proda.parameters.methods import METHODS

WORKFLOW = Path(__file__).parents[3] / "workflow"
PACKAGES = ("evaluation", "analysis", "figures", "explorer")
SCRIPTS = {
    name
    for rules in PACKAGES
    for name in re.findall(r"scripts/(\w+\.py)", (WORKFLOW / f"rules/{rules}.smk").read_text())
}
PYTHON = [
    *(path for package in PACKAGES for path in sorted((WORKFLOW / "proda" / package).glob("*.py"))),
    *(WORKFLOW / "scripts" / name for name in sorted(SCRIPTS)),
]
NAMES = (*METHODS, *STRUCTURES)


def texts(source):
    """String constants of a module but for its docstrings."""
    tree = ast.parse(source)
    docstrings = {
        id(body[0].value)
        for node in ast.walk(tree)
        if (body := getattr(node, "body", None))
        and isinstance(body, list)
        and isinstance(body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def named(text):
    """Names of methods and structures that are words of a text, or begin one of its words."""
    words = re.findall(r"[\w-]+", text)
    return [n for n in NAMES if any(word == n or word.startswith(f"{n}_") for word in words)]


def test_the_search_finds_names():
    source = '"""one_batch"""\nx = f"{y}/one_batch.nc"\nz = "clm45-10"\nw = "default_sites"\n'
    assert sorted(name for text in texts(source) for name in named(text)) == [
        "clm45-10",
        "default",
        "one_batch",
    ]


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_module_or_script_spells_a_name(path):
    found = {text: named(text) for text in texts(path.read_text()) if named(text)}
    assert found == {}


@pytest.mark.parametrize("name", PACKAGES)
def test_no_rule_spells_a_name(name):
    source = (WORKFLOW / "rules" / f"{name}.smk").read_text()
    code = [line.partition("#")[0] for line in source.splitlines()]
    quoted = re.findall(r'"([^"]*)"', "\n".join(code))
    assert [text for text in quoted if named(text)] == []
