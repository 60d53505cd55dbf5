"""Environments by conda, as far as a machine without conda can tell: that Snakemake plans them."""

import os
import subprocess

import pytest

from workflow_runs import ROOT, command

pytestmark = pytest.mark.workflow

# Answers what a dry run asks of conda, and nothing else.
STAND_IN = """#!/bin/sh
case "$*" in
"info --json") echo '{"conda_prefix": "/opt/conda", "platform": "linux-64"}' ;;
"--version") echo "conda 25.1.0" ;;
"config --get channel_priority --json") echo '{"get": {"channel_priority": "strict"}}' ;;
*) echo "unexpected: conda $*" >&2; exit 1 ;;
esac
"""


def test_a_dry_run_plans_the_environment_of_the_rules(tmp_path):
    conda = tmp_path / "bin" / "conda"
    conda.parent.mkdir()
    conda.write_text(STAND_IN)
    conda.chmod(0o755)
    words = command(tmp_path, ROOT / "config" / "config.yaml", "--dry-run", "--sdm", "conda")
    environment = os.environ | {"PATH": f"{conda.parent}:{os.environ['PATH']}"}
    run = subprocess.run(words, capture_output=True, text=True, env=environment)
    assert run.returncode == 0, run.stderr
    assert "envs/environment.yaml will be created" in run.stdout + run.stderr
