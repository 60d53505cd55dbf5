"""The register of structures: one record is a structure, and no name of one stands elsewhere."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from proda.compiled import kernel
from proda.errors import InputError
from proda.inference.observations import Observations, interpolation_matrix
from proda.inference.targets import log_density, site_target
from proda.model import AnnualForcing, MatrixModel
from proda.model.__main__ import main
from proda.model.default_runs import usual_version
from proda.model.grid import SoilGrid
from proda.model.structure import Role
from proda.model.structures import (
    STRUCTURES,
    STUDY,
    by_structure,
    get_structure,
    replaceable_fields,
)

WORKFLOW = Path(__file__).parents[3] / "workflow"
NAME = re.compile("|".join(STRUCTURES))

N = 12
BOTTOM = 1.5  # m
EDGES = BOTTOM * np.linspace(0.0, 1.0, N + 1) ** 1.5


class TwelveLayers(AnnualForcing):
    grid = SoilGrid(
        thickness=np.diff(EDGES),
        interface=EDGES[1:],
        node=0.5 * (EDGES[1:] + EDGES[:-1]),
        below=2.0,
    )


# --- no names outside the register ---------------------------------------------------------------


def literals(path):
    """Strings of a file of code, without docstrings; rule files as a whole, without comments."""
    text = path.read_text()
    if path.suffix != ".py":
        return re.findall(r'"[^"\n]*"', re.sub(r"#.*", "", text))
    tree = ast.parse(text)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in docstrings
    ]


def named_in(path):
    return [text for text in literals(path) if NAME.search(text)]


def test_no_code_outside_the_model_names_a_structure():
    files = [
        path
        for pattern in ("*.py", "*.smk", "Snakefile")
        for path in WORKFLOW.rglob(pattern)
        if (WORKFLOW / "proda" / "model") not in path.parents
    ]
    assert len(files) > 200
    found = {str(path.relative_to(WORKFLOW)): texts for path in files if (texts := named_in(path))}
    assert found == {}


def test_inside_the_model_only_its_record_names_a_structure():
    found = {path.stem for path in (WORKFLOW / "proda" / "model").glob("*.py") if named_in(path)}
    assert found == {name.replace("-", "_") for name in STRUCTURES}


@pytest.mark.parametrize("text", ['if name == "clm45-10": pass', 'x = f"{y} of clm5-20"'])
def test_a_name_would_be_found(tmp_path, text):
    (tmp_path / "code.py").write_text(text)
    assert named_in(tmp_path / "code.py")
    (tmp_path / "rule.smk").write_text('params: version="clm45-10"\n')
    assert named_in(tmp_path / "rule.smk")


# --- the records ---------------------------------------------------------------------------------


@pytest.mark.parametrize("record", STRUCTURES.values(), ids=STRUCTURES)
def test_a_record_agrees_with_itself(record):
    assert record.grid is record.forcing.grid
    fields = {field.name for field in record.land_model.fields if field.role != Role.LITTER_INPUT}
    inputs = {"npp_min", "npp_max", "npp_mean"} if record.input_from_npp else set()
    if record.land_model.litter_inputs:
        inputs = {"litter_input", "litter_input_by_layer"}
    # What is read from the land model, with NPP or litter input, is all that the forcing needs.
    assert fields <= set(record.forcing.names())
    assert record.forcing.lacking(fields | inputs) is None
    assert set(record.forcing.names()) == set(record.forcing.SPECS)
    assert "bedrock_layer" in record.forcing.names() or not record.has_bedrock
    assert usual_version(record.name) in record.default_run.switches


def test_substitutes_are_offered_for_all_fields_but_the_land_mask_and_litter_input():
    fields = replaceable_fields()
    assert len(fields) == len(set(fields)) == 8
    assert "TSOI" not in fields and not [name for name in fields if "INPUT" in name]


def test_texts_by_structure():
    assert by_structure(lambda record: str(record.months)) == "clm45-10: 1; clm5-20: 12."


def test_unknown_structure():
    with pytest.raises(InputError, match="structure: expected one of clm45-10, clm5-20, found"):
        get_structure("clm6")


# --- a further structure is one record -----------------------------------------------------------


@pytest.fixture
def dummy(monkeypatch):
    """A structure of twelve layers with a smaller prior and another switch, in the register."""
    study = get_structure(STUDY)
    table = study.parameters
    record = replace(
        study,
        name="dummy",
        description="12 layers",
        forcing=TwelveLayers,
        parameters=replace(table, maximum=table.minimum + 0.5 * (table.maximum - table.minimum)),
        switches=study.switches._replace(input_depth=0.4),
    )
    monkeypatch.setitem(STRUCTURES, record.name, record)
    return record


def cases(record):
    """Two cases by the columns that the command documents."""
    table = pd.DataFrame({"case": ["a", "b"], "npp_min": 300, "npp_max": [500, 700]})
    table["altmax_lastyear"] = 10.0
    for layer in range(1, N + 1):
        table[f"tsoi_{layer}"] = 285.0
        table[f"psi_{layer}"] = -0.2 * layer
    for name in record.parameters.code_names:
        table[name] = 0.4
    return table.assign(npp_mean=[400, 500], sand=40)


def test_a_dummy_structure_runs_through_the_command_to_a_table(dummy, tmp_path, capsys):
    table = cases(dummy)
    table.to_csv(tmp_path / "cases.csv", index=False)
    target = tmp_path / "result.csv"
    # The last depth of reported stocks is below this grid.
    assert main([str(tmp_path / "cases.csv"), str(target), "--structure", "dummy"]) == 0
    result = pd.read_csv(target)
    assert capsys.readouterr().out.startswith("2 cases")
    model = MatrixModel("dummy")
    forcing = TwelveLayers(
        npp_min=table["npp_min"],
        npp_max=table["npp_max"],
        active_layer_depth=table["altmax_lastyear"],
        soil_temperature=np.full((2, N), 285.0),
        soil_water_potential=np.array([-0.2 * np.arange(1, N + 1)] * 2),
    )
    soc = model.soc(model.steady_state(np.full(25, 0.4), forcing))
    np.testing.assert_allclose(result[[f"soc_{layer}" for layer in range(1, N + 1)]], soc)
    np.testing.assert_allclose(result["total_soc"], soc @ TwelveLayers.grid.thickness)
    assert "soc_0_200" not in result and (result["total_soc"] > 0).all()


def test_a_dummy_structure_runs_at_default_parameters(dummy, tmp_path):
    cases(dummy).to_csv(tmp_path / "cases.csv", index=False)
    arguments = [str(tmp_path / "cases.csv"), str(tmp_path / "result.csv"), "--structure", "dummy"]
    assert main([*arguments, "--defaults", "clm4.5"]) == 0
    assert (pd.read_csv(tmp_path / "result.csv")["total_soc"] > 0).all()


def test_a_dummy_structure_has_a_prior_and_a_posterior(dummy):
    model = MatrixModel("dummy")
    assert model.prior.span == pytest.approx(0.5 * get_structure(STUDY).prior.span)
    theta = np.full(25, 0.4)
    forcing = TwelveLayers(
        npp_min=300, npp_max=500, active_layer_depth=10.0,
        soil_temperature=np.full(N, 285.0), soil_water_potential=np.full(N, -0.3),
    )  # fmt: skip
    soc = model.soc(model.steady_state(theta, forcing))[0]
    operator = interpolation_matrix(model.grid.node, np.array([0.05, 0.5]))
    seen = operator @ soc
    observations = Observations(operator, seen, 0.3 * seen, np.ones(2))
    target = site_target(model, model.columns(forcing)[0], observations, transformed=False)
    assert density(theta, target) == pytest.approx(0.0, abs=1e-12)
    assert density(theta * 1.1, target) < -1e-3
    outside = theta.copy()
    outside[0] = 1.1
    assert density(outside, target) == -np.inf


@kernel
def density(x, target):
    return log_density(x, target)


def test_a_grid_of_few_layers_has_no_place_for_single_numbers():
    study = get_structure(STUDY)
    edges = np.linspace(0.0, 1.0, 4)
    few = type(
        "Few", (AnnualForcing,), {"grid": SoilGrid(np.diff(edges), edges[1:], edges[1:], 2.0)}
    )
    with pytest.raises(InputError, match="expected 10 layers or more, found 3 of few"):
        replace(study, name="few", forcing=few)
