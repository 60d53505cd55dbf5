"""Imports go one way: no module imports another in a circle, and no stage a later one."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import proda

FOLDER = Path(proda.__file__).parent
# From the first to the last; a package imports those before it, and modules at the root.
STAGES = ("resources", "text", "model", "config", "data", "twin", "inference", "parameters",
          "learning", "projection", "transient", "evaluation", "analysis", "summary",
          "figures", "explorer", "inspection", "catalog")  # fmt: skip
# Registers import nothing, so that every stage may use them.
REGISTERS = {"proda.parameters.methods"}


def modules():
    """{name of a module: its path}."""
    names = {}
    for path in FOLDER.rglob("*.py"):
        parts = path.relative_to(FOLDER.parent).with_suffix("").parts
        names[".".join(part for part in parts if part != "__init__")] = path
    return names


def imported(path, known, anywhere=False):
    """Modules of the library that a module imports when it is imported itself, or anywhere."""
    names, tree = set(), ast.parse(path.read_text())
    for node in ast.walk(tree) if anywhere else tree.body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "proda":
            members = {f"{node.module}.{alias.name}" for alias in node.names}
            names |= (members & known) or {node.module}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names} & known
    return names


def stage(name):
    """The package of a module; None for modules at the root."""
    parts = name.split(".")
    return parts[1] if len(parts) > 2 or (FOLDER / parts[-1]).is_dir() else None


def test_no_circle():
    known = modules()
    graph = {name: imported(path, set(known)) for name, path in known.items()}
    assert sum(map(len, graph.values())) > 500
    order = list(TopologicalSorter(graph).static_order())  # raises CycleError
    assert set(order) == set(known)


def test_no_stage_imports_a_later_one():
    known, upward = modules(), []
    for name, path in known.items():
        if stage(name) not in STAGES:
            continue
        for other in imported(path, set(known), anywhere=True) - REGISTERS:
            if stage(other) in STAGES and STAGES.index(stage(other)) > STAGES.index(stage(name)):
                upward.append(f"{name} imports {other}")
    assert upward == []


def test_an_import_within_a_function_is_found(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("def f():\n    from proda.projection import stocks\n")
    known = {"proda.projection", "proda.projection.stocks"}
    assert imported(path, known) == set()
    assert imported(path, known, anywhere=True) == {"proda.projection.stocks"}


def test_registers_import_nothing():
    known = modules()
    assert all(not imported(known[name], set(known)) for name in REGISTERS)


def test_snakemake_is_known_to_few():
    users = {
        path.relative_to(FOLDER).parts[0]
        for path in FOLDER.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").startswith("snakemake"))
        or (
            isinstance(node, ast.Import) and any(a.name.startswith("snakemake") for a in node.names)
        )
    }
    assert users == {"workflow_state"}
