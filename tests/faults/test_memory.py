"""A job that runs out of memory is tried again with more, as the profile for clusters requests."""

import re
from pathlib import Path

import pytest
import yaml
from disturbed import Run, contents, copy_of, drop, finish

from workflow_runs import ROOT

pytestmark = pytest.mark.workflow

LIMITED = {"PYTHONPATH": str(Path(__file__).parent / "hungry")}


def granted(expression, attempt):
    """Megabytes of an expression of the profile."""
    return eval(expression, {"attempt": attempt})


def test_out_of_memory_is_tried_again_with_more(undisturbed, fault, tmp_path):
    source, config, whole = undisturbed
    profile = yaml.safe_load((ROOT / "profiles" / "slurm" / "config.yaml").read_text())
    default = profile["default-resources"]["mem_mb"]
    memory = {
        rule: profile["set-resources"].get(rule, {}).get("mem_mb", default)
        for rule in ("assimilate", "gather")
    }
    # What a rule needs here is a little more than it gets at first.
    hungry = " ".join(f"{rule}={granted(text, 1) + 1}" for rule, text in memory.items())
    words = ["--default-resources", f"mem_mb={default}"]
    words += ["--set-resources", *(f"{rule}:mem_mb={text}" for rule, text in memory.items())]
    copy_of(source, tmp_path)
    drop(tmp_path, "assimilation/jobs", "assimilation/site_posteriors.nc")
    with fault(*(f"out of memory: {rule}" for rule in memory)):
        run = Run(
            tmp_path, config, *words, "--retries", str(profile["retries"]), HUNGRY=hungry, **LIMITED
        )
        assert run.wait() == 0, run.screen
        for rule, text in memory.items():
            job = rf"^localrule {rule}:$.*?resources:.*?mem_mb=(\d+)"
            given = re.findall(job, run.screen, flags=re.MULTILINE | re.DOTALL)
            assert set(map(int, given)) == {granted(text, 1), granted(text, 2)}
        assert "MemoryError" in run.screen and "Trying to restart job" in run.screen
        assert contents(tmp_path) == whole


def test_out_of_memory_for_good(undisturbed, fault, tmp_path):
    source, config, whole = undisturbed
    copy_of(source, tmp_path)
    drop(tmp_path, "assimilation/site_posteriors.nc")
    with fault("out of memory on every try"):
        words = ["--default-resources", "mem_mb=1000", "--retries", "1"]
        run = Run(tmp_path, config, *words, HUNGRY="gather=2000", **LIMITED)
        assert run.wait() != 0
        assert "MemoryError" in run.screen and "Error in rule gather" in run.screen
        finish(tmp_path, config)
        assert contents(tmp_path) == whole
