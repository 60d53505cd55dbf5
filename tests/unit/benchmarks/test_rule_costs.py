"""Costs of rules: of the scripts of jobs, and of nothing else that a command starts."""

import sys

import pytest
import rule_costs


def test_jobs_of_a_command_are_counted_and_other_processes_are_not(tmp_path):
    for name in ("tmpa1.cells.py", "tmpb2.cells.py", "tmpc3.profiles.py", "other.py"):
        (tmp_path / name).write_text("import time\nwhile time.process_time() < 0.1: pass\n")
    head = tmp_path / "head.py"
    head.write_text(
        "import pathlib, subprocess, sys\n"
        f"for script in sorted(pathlib.Path({str(tmp_path)!r}).glob('*.py')):\n"
        "    if script.name != 'head.py':\n"
        "        subprocess.run([sys.executable, str(script)], check=True)\n"
    )
    costs = tmp_path / "costs.csv"
    assert rule_costs.run(costs, [sys.executable, str(head)]) == 0
    found = rule_costs.table(costs)
    assert dict(found["jobs"]) == {"cells": 2, "profiles": 1}
    assert found.loc["cells", "cpu_s"] >= 0.2 and found.loc["profiles", "cpu_s"] >= 0.1
    assert (found["largest_mb"] > 1).all() and (found["longest_s"] > 0).all()


def test_the_largest_cost_comes_first_and_a_rule_has_the_sum_of_its_jobs(tmp_path):
    costs = tmp_path / "costs.csv"
    costs.write_text("a,1.5,2048,3\nb,4.0,1024,5\na,1.0,4096,2\n")
    found = rule_costs.table(costs)
    assert list(found.index) == ["b", "a"]
    assert found.loc["a"].tolist() == pytest.approx([2, 2.5, 4.0, 3.0])


def test_the_status_is_that_of_the_command(tmp_path):
    command = [sys.executable, "-c", "raise SystemExit(3)"]
    assert rule_costs.run(tmp_path / "costs.csv", command) == 3
