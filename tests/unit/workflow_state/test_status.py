"""The command ``proda status``: its options and errors; what it finds is tested with the rest."""

from types import SimpleNamespace

import pytest
from snakemake.exceptions import WorkflowError

from proda.__main__ import main
from proda.errors import InputError
from proda.workflow_state.compare import Difference
from proda.workflow_state.planning import guard
from proda.workflow_state.status import status_lines
from workflow_runs import ROOT


def test_a_workflow_without_results_is_not_current(tmp_path, capsys):
    words = ["status", "example_columns", "--directory", str(tmp_path)]
    assert main([*words, "--configfile", str(ROOT / "config" / "config.yaml")]) == 1
    output = capsys.readouterr().out
    assert "results/twin: 0 of 3 results are of this code" in output
    assert "not made yet (missing): 3\n  example_columns: 3 results" in output
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--snakefile", "nowhere"], "nowhere: expected the workflow's Snakefile, found no such"),
        (["--configfile", "nowhere.yaml"], "nowhere.yaml: expected a configuration file, found no"),
        (["--config", "seed"], "expected a workflow that can be read"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, capsys, words, message):
    assert main(["status", "--directory", str(tmp_path), *words]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "figure2",
            "names of rules, or of files they make, found figure2 (did you mean figure_2?)",
        ),
        ("results/twin/none.csv", "found results/twin/none.csv (files as in results/"),
        ("config.yaml", "found config.yaml (files as in"),
    ],
)
def test_a_target_that_no_rule_makes_is_refused(tmp_path, capsys, target, message):
    """A file that is there, too: nothing is known of it."""
    config = tmp_path / "config.yaml"
    config.write_text((ROOT / "config" / "config.yaml").read_text())
    words = ["--directory", str(tmp_path), "--configfile", str(config)]
    assert main(["status", target, *words]) == 2
    assert message in capsys.readouterr().err


def test_a_folder_that_is_not_there_is_not_made(tmp_path, capsys):
    folder = tmp_path / "nowhere"
    assert main(["status", "--directory", str(folder)]) == 2
    message = f"{folder}: expected the folder the workflow runs in, found no such folder"
    assert message in capsys.readouterr().err
    assert not folder.exists()


def test_results_on_a_read_only_disk_have_a_status(tmp_path, capsys, monkeypatch):
    def refuse(folder):
        raise InputError(folder, "a folder for the results", "a disk that is read-only")

    monkeypatch.setattr("proda.workflow_state.environment.check_results", refuse)
    words = ["status", "example_columns", "--directory", str(tmp_path)]
    assert main([*words, "--configfile", str(ROOT / "config" / "config.yaml")]) == 1
    assert "results/twin: 0 of 3 results are of this code" in capsys.readouterr().out


def test_a_run_that_cannot_write_results_is_not_planned(tmp_path):
    planned = []
    workflow = SimpleNamespace(
        is_main_process=True, _prepare_dag=lambda: planned.append(1), create_report=None
    )
    (tmp_path / "results").write_text("a file")
    guard(workflow, tmp_path / "results" / "twin")
    with pytest.raises(WorkflowError, match="results: expected a folder for the results"):
        workflow._prepare_dag()
    assert not planned


def test_a_key_that_is_wrong_is_told_as_snakemake_tells_it(tmp_path, capsys):
    config = tmp_path / "config.yaml"
    config.write_text((ROOT / "config" / "config.yaml").read_text() + "\nsede: 1\n")
    assert main(["status", "--directory", str(tmp_path), "--configfile", str(config)]) == 2
    assert "did you mean 'seed'?" in capsys.readouterr().err


def test_all_current_is_one_line_and_broken_ones_say_what_to_do():
    assert status_lines("r", [], 3) == ["r: all 3 results are of this code, configuration and data"]
    text = "\n".join(status_lines("r", [Difference("r/a", "fit", "broken")], 3))
    assert "r: 2 of 3 results" in text and "Remove what is broken" in text
