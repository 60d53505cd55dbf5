"""What a rule's results depend on: a change of it changes the digest of exactly the right rules."""

import ast
import re
import shutil

import pytest

from proda.workflow_state import sources
from proda.workflow_state.sources import code_digests, pinned_versions, rule_sources
from workflow_runs import ROOT

SCRIPTS = {path.stem: path for path in (ROOT / "workflow" / "scripts").glob("*.py")}
# What runs the matrix model, directly or behind a learner's or a method's file of parameters.
MODEL = {"assimilate", "one_batch", "project_sites", "project_grid"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy of the library, its scripts and resources, to change: (root, digests)."""
    root = tmp_path_factory.mktemp("checkout")
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "workflow", root / "workflow", ignore=ignored)
    return root, digests(root)


def digests(root):
    scripts = {rule: root / "workflow" / "scripts" / path.name for rule, path in SCRIPTS.items()}
    return code_digests(scripts, root / "workflow" / "proda", pinned={})


@pytest.fixture
def changed(checkout):
    """Function: the rules whose code is another after ``old`` became ``new`` in a file."""
    root, before = checkout
    kept = {}

    def change(name, old, new):
        path = root / name
        kept[path] = text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new, 1))
        after = digests(root)
        return {rule for rule in before if after[rule] != before[rule]}

    yield change
    for path, text in kept.items():
        path.write_text(text)


def users_of(module):
    return {rule for rule, path in SCRIPTS.items() if module in rule_sources(path).modules}


def test_the_assimilation_uses_model_and_inference_and_no_figure_or_learner():
    found = rule_sources(SCRIPTS["assimilate"])
    assert {"proda.model.steady_state", "proda.inference.metropolis"} <= set(found.modules)
    # The sampler behind a function-level import or a package's __init__ counts as well.
    assert {"proda.model", "proda.inference", "assimilate.py"} <= set(found.modules)
    others = ("proda.figures", "proda.learning", "proda.evaluation", "proda.projection")
    assert not [name for name in found.modules if name.startswith(others)]
    assert found.resources == ("parameters.csv",)
    assert {"numba", "numpy", "netcdf4"} <= set(found.packages)
    assert not {"matplotlib", "tensorflow", "jsonschema"} & set(found.packages)


def test_configuration_and_bookkeeping_are_no_part_of_any_result():
    for path in SCRIPTS.values():
        modules = rule_sources(path).modules
        unwanted = ("proda.logs", "proda.jobs", "proda.workflow_state")
        assert not [name for name in modules if name.startswith(unwanted)], path.name
        # Of the configuration only the settings that the library itself works with.
        found = {name for name in modules if name.startswith("proda.config.")}
        found -= {"proda.config.keys", "proda.config.sections"}
        assert all(name.startswith("proda.config.sections.") for name in found), path.name
        assert "proda.config.sections.config" not in found, path.name


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("workflow/proda/model/steady_state.py", "\nfrom", "\n# why\nfrom"),
        ("workflow/proda/model/structure.py", "All structures", "Structures"),  # text
        ("workflow/scripts/assimilate.py", "with running", "# more\n\nwith running"),
        ("workflow/proda/logs.py", "INFO", "DEBUG"),
        ("workflow/proda/config/validation.py", "found = ", "found = 'really ' + "),
        ("workflow/proda/config/sections/assimilation.py", "Number of", "The number of"),
        ("workflow/proda/__init__.py", '__version__ = "', '__version__ = "9.'),
    ],
)
def test_what_cannot_change_a_result_changes_no_digest(changed, name, old, new):
    assert changed(name, old, new) == set()


@pytest.mark.parametrize(
    ("name", "old", "new", "module"),
    [
        (
            "workflow/proda/model/switches.py",
            "water_scalar_floor: float = 0.25",
            "water_scalar_floor: float = 0.2",
            "proda.model.switches",
        ),
        (
            "workflow/proda/inference/gev.py",
            "import numpy",
            "import math\nimport numpy",
            "proda.inference.gev",
        ),
        (
            "workflow/proda/figures/style.py",
            "\nimport",
            "\nimport math\nimport",
            "proda.figures.style",
        ),
        (
            "workflow/proda/data/cells.py",
            "import numpy",
            "import math\nimport numpy",
            "proda.data.cells",
        ),
    ],
)
def test_a_changed_module_is_felt_by_the_rules_that_use_it_alone(changed, name, old, new, module):
    rules = users_of(module)
    assert changed(name, old, new) == rules
    assert 0 < len(rules) < len(SCRIPTS)


def test_a_new_bound_of_a_parameter_is_felt_by_what_reads_the_table(changed):
    felt = changed("workflow/proda/resources/parameters.csv", ",0,", ",0.001,")
    reads = {
        rule for rule, path in SCRIPTS.items() if "parameters.csv" in rule_sources(path).resources
    }
    assert felt == reads and reads >= MODEL
    assert not {"cells", "figure_4", "figure_5", "training"} & felt


def test_a_new_figure_is_felt_by_no_rule_that_exists(checkout):
    root, before = checkout
    figure = root / "workflow" / "proda" / "figures" / "figure_99.py"
    figure.write_text("from proda.figures.style import save\n")
    try:
        assert digests(root) == before
    finally:
        figure.unlink()


def test_another_version_of_a_package_is_felt_by_the_rules_that_use_it(checkout):
    root, _ = checkout
    library = root / "workflow" / "proda"
    pins = pinned_versions(ROOT / "envs" / "requirements.lock")
    assert pins["numba"] and pins["scikit-learn"] and pins["netcdf4"]
    old = code_digests(SCRIPTS, library, pins)
    for package in ("numba", "scikit-learn", "tensorflow"):
        new = code_digests(SCRIPTS, library, pins | {package: "99"})
        felt = {rule for rule in old if new[rule] != old[rule]}
        assert felt == {r for r, path in SCRIPTS.items() if package in rule_sources(path).packages}
        assert 0 < len(felt) < len(SCRIPTS)


def test_every_package_of_the_library_is_pinned():
    pins = pinned_versions(ROOT / "envs" / "requirements.lock")
    packages = {name for path in SCRIPTS.values() for name in rule_sources(path).packages}
    assert packages <= set(pins)


def test_all_resources_the_library_reads_are_found():
    """A module that names a resource in another way would not depend on it."""
    library = ROOT / "workflow" / "proda"
    named = set()
    for path in library.rglob("*.py"):
        if path.parent == library / "resources":
            continue
        tree = ast.parse(path.read_text())
        found = list(sources._resources(tree))
        names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
        assert names.count("resource") == len(found), path
        assert "importlib.resources" not in sources._imports(tree, ""), path
        named.update(found)
    assert {"parameters.csv", "covariates.csv", "paper_values.csv"} <= named
    assert all((library / "resources" / name).is_file() for name in named)


def test_each_rule_with_a_script_depends_on_the_code_of_that_script():
    without = set()
    for path in (ROOT / "workflow" / "rules").glob("*.smk"):
        for part in re.split(r"(?m)^ *(?=(?:rule|checkpoint) \w+:)", path.read_text()):
            if script := re.search(r'"\.\./scripts/(\w+)\.py"', part):
                given = re.findall(r'code=CODE\["(\w+)"\]', part)
                if not given:
                    without.add(script[1])
                else:
                    assert given == [script[1]]
    # It compares what it fetched by itself.
    assert without == {"download"}


def test_imports_in_functions_and_relative_ones_count(tmp_path):
    library = tmp_path / "workflow" / "proda"
    (library / "deep").mkdir(parents=True)
    for name, text in {
        "__init__.py": "",
        "lazy.py": "from .deep import leaf",
        "deep/__init__.py": "",
        "deep/leaf.py": "import scipy.stats",
        "other.py": "",
    }.items():
        (library / name).write_text(text)
    script = tmp_path / "rule.py"
    script.write_text("def f():\n    import proda.lazy\n")
    found = rule_sources(script, library)
    assert found.modules == ("proda", "proda.deep", "proda.deep.leaf", "proda.lazy", "rule.py")
    assert found.packages == ("scipy",)
