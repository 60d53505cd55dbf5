"""The register of methods: what derives from it, and that no name of a method stands elsewhere."""

import ast
import io
import re
import tokenize
from pathlib import Path

import netCDF4
import numpy as np
import pytest

from proda.config.schema import load_schema
from proda.evaluation.pairs import build_pairs
from proda.evaluation.paper_values import read_paper_values
from proda.evaluation.table_1 import compare_methods, paper_steps, table_1
from proda.parameters.draws import write_draws
from proda.parameters.methods import (
    METHODS,
    Kind,
    Method,
    blocked_names,
    draws_files,
    mapped,
    method_of,
    methods_used,
    of_kind,
    selectable,
)
from proda.projection.apply import project_grid, project_sites
from proda.projection.files import read_grid_projection
from projection_cases import forcing_of, make_cells, write_grid_inputs, write_site_inputs
from projection_files import MODEL, write_covariates, write_horizons_file, write_site_posteriors

WORKFLOW = Path(__file__).parents[3] / "workflow"
REGISTER = WORKFLOW / "proda" / "parameters" / "methods.py"
NAMES = "|".join(name for name in METHODS if name != "default")
# A name as a whole, or as a part of a file name or of a column; not a section of a key.
NAME = re.compile(rf"(?<![A-Za-z0-9.])({NAMES})(?![A-Za-z0-9])")
# "default" is a word of other fields, too: (file, why).
OTHER_DEFAULTS = {
    "proda/config/schema.py": "keyword of JSON schemas",
    "proda/data/downloads/logins.py": "entry of a .netrc file",
    "proda/logs.py": "action of a warnings filter",
}
# Sections of the configuration that are named after a method.
SECTIONS = {
    ("proda/config/sections/assimilation.py", "one_batch"),
    ("proda/inference/options.py", "one_batch"),
    ("snakemake_logger_plugin_proda/stages.py", "one_batch"),  # the rule
}
# Rules are named after what they make; their logs, benchmarks, scripts and digests are, too.
OF_A_RULE = re.compile(r'CODE\["\w+"\]|(LOGS|BENCHMARKS) / "[^"]+"|"\.\./(scripts|report)/[^"]+"')


def literals(path):
    """(line, value) of the strings of a file of code, without docstrings, prose and __all__."""
    text = path.read_text()
    exported = set()
    if path.suffix == ".py":
        for node in ast.parse(text).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
                exported = set(range(node.lineno, node.end_lineno + 1))
    else:
        text = OF_A_RULE.sub('""', text)
    last = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.STRING:
            value = token.string.strip("frbuFRBU").strip("\"'")
            starts_statement = last in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
            docstring = path.suffix == ".py" and starts_statement
            if not docstring and " " not in value and token.start[0] not in exported:
                yield token.start[0], value
        if token.type not in (tokenize.NL, tokenize.COMMENT):
            last = token.type


def named_methods(path):
    """Literals of a file that name a method."""
    name = path.relative_to(WORKFLOW).as_posix()
    defaults = name not in OTHER_DEFAULTS
    return [
        f"{name}:{line}: {value}"
        for line, value in literals(path)
        if (NAME.search(value) and (name, value) not in SECTIONS)
        or (defaults and re.fullmatch("default(_(sites|grid).*)?", value))
    ]


def test_no_code_outside_the_register_names_a_method():
    files = [path for path in WORKFLOW.rglob("*.py") if path != REGISTER]
    files += WORKFLOW.rglob("*.smk")
    assert len(files) > 150
    assert [found for path in sorted(files) for found in named_methods(path)] == []


def test_a_name_in_code_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr("test_methods.WORKFLOW", tmp_path)
    code = '"""About one_batch."""\n__all__ = ["random_sampling"]\nx = method == "one_batch"\n'
    (tmp_path / "a.py").write_text(code + 'y = f"{folder}/site_by_site.nc"\n')
    assert named_methods(tmp_path / "a.py") == [
        "a.py:3: one_batch",
        "a.py:4: {folder}/site_by_site.nc",
    ]
    rule = 'rule one_batch:\n    input:\n        X / "one_batch.nc",\n    log:\n'
    (tmp_path / "a.smk").write_text(rule + '        LOGS / "one_batch.log",\n')
    assert named_methods(tmp_path / "a.smk") == ["a.smk:3: one_batch.nc"]


def test_names_ranks_and_baselines_are_consistent():
    ranks = [method.paper_rank for method in METHODS.values() if method.paper_rank]
    assert sorted(ranks) == [1, 2, 3, 4, 5]
    for name, method in METHODS.items():
        assert method.name == name
        assert set(method.baselines) <= set(METHODS) - {name}
        assert re.fullmatch("#[0-9A-F]{6}", method.colour)
    assert len({method.colour for method in METHODS.values()}) == len(METHODS)
    assert (of_kind(METHODS, Kind.GIVEN), of_kind(METHODS, Kind.PER_SITE)) == (
        ["default"],
        ["site_by_site"],
    )


def test_a_run_has_the_methods_it_lists_and_the_sites_own():
    used = methods_used(["neural_network", "default"])
    assert used == ["neural_network", "default", "site_by_site"]
    assert mapped(used) == ["neural_network", "default"]
    assert blocked_names(used) == ["neural_network_blocks"]
    assert draws_files([*used, *blocked_names(used)]) == {
        "neural_network": "parameters/neural_network.nc",
        "site_by_site": "assimilation/site_posteriors.nc",
        "neural_network_blocks": "parameters/neural_network_blocks.nc",
    }
    assert method_of("neural_network_blocks") is METHODS["neural_network"]
    with pytest.raises(KeyError):
        method_of("unknown_blocks")


def test_the_schema_takes_the_methods_of_the_register():
    schema = load_schema()["properties"]["methods"]
    assert schema["items"]["enum"] == schema["default"] == selectable()
    assert "site_by_site" not in selectable()


@pytest.fixture
def middle(monkeypatch):
    """A further method: the middle of the prior everywhere."""
    method = Method("middle", Kind.GIVEN, "Middle of the prior", "#123456", "parameters/middle.nc")
    monkeypatch.setitem(METHODS, method.name, method)
    return method


def test_a_further_record_is_a_method_in_rules_projection_and_tables(tmp_path, middle):
    assert middle.name in selectable()
    used = methods_used([middle.name])
    assert mapped(used) == [middle.name]
    assert draws_files(used)[middle.name] == "parameters/middle.nc"

    rng, ids = np.random.default_rng(3), [f"P{i}" for i in range(12)]
    inputs = write_site_inputs(tmp_path, ids, forcing_of(rng, 12), rng)[:2]
    draws = tmp_path / "middle.nc"
    write_draws(draws, MODEL, theta=np.full((1, len(MODEL.parameters)), 0.3))
    paths = {name: tmp_path / f"{name}_sites.nc" for name in used}
    for path in paths.values():
        projection = project_sites(MODEL, middle.name, draws, *inputs, path)
    cells = make_cells()
    grid = write_grid_inputs(tmp_path, cells, forcing_of(rng, len(cells)))
    project_grid(MODEL, middle.name, draws, *grid, tmp_path / "grid.nc")
    title = read_grid_projection(tmp_path / "grid.nc").attrs["title"]
    assert title == "Soil organic carbon on the grid: Middle of the prior"

    with netCDF4.Dataset(inputs[0]) as file:
        sizes, depth = np.asarray(file["row_size"][:]), np.asarray(file["depth"][:])
    observed = projection.predicted[0] * rng.uniform(0.5, 1.5, len(depth))
    depth, observed = (np.split(x, np.cumsum(sizes)[:-1]) for x in (depth, observed))
    pairs = build_pairs(
        write_horizons_file(tmp_path / "horizons.nc", depth, observed),
        write_site_posteriors(tmp_path / "posteriors.nc", 12),
        None,
        write_covariates(tmp_path / "covariates.nc", np.ones(12)),
        paths,
        None,
        [],
    )
    table = table_1(pairs, used, read_paper_values(), seed=1, resamples=10)
    row = table.set_index("method").loc[middle.name]
    assert row["r2"] > 0.5 and row["profiles"] == 12 and np.isnan(row["paper_r2"])
    # It has no place in the paper's order, and can be compared with any other.
    assert paper_steps(used) == []
    differences = compare_methods(pairs, [(middle.name, used[-1])], seed=1, resamples=10)
    assert differences["r2_difference"].tolist() == [0.0]
