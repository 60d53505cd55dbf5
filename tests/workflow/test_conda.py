"""What Snakemake does with our conda environment, as far as can be tested without conda."""

import os
import subprocess

import pytest

from workflow_runs import ROOT, command

pytestmark = pytest.mark.workflow

# Answers what Snakemake asks of conda. The environments it creates have a python that keeps the
# requirements it has to install.
STAND_IN = """#!/bin/sh
case "$*" in
"info --json") echo '{"conda_prefix": "BASE", "platform": "linux-64"}' ;;
"clean "*) ;;
"--version") echo "conda 25.1.0" ;;
"config --get channel_priority --json") echo '{"get": {"channel_priority": "strict"}}' ;;
"env create "*"--prefix "*)
    for prefix; do :; done
    mkdir -p "$prefix/bin"
    cp BASE/python "$prefix/bin/python" ;;
*) echo "unexpected: conda $*" >&2; exit 1 ;;
esac
"""
PYTHON = """#!/bin/sh
case "$*" in
"-m pip install --require-hashes --no-deps --no-build-isolation --requirement /dev/stdin")
    cat >> BASE/installed ;;
"-m pip check") echo checked >> BASE/installed ;;
*) echo "unexpected: python $*" >&2; exit 1 ;;
esac
"""
ACTIVATE = "PATH=$1/bin:$PATH\n"


@pytest.fixture
def conda(tmp_path):
    """Environment variables with which Snakemake finds the stand-in."""
    for name, text in {"conda": STAND_IN, "activate": ACTIVATE, "../python": PYTHON}.items():
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.replace("BASE", str(tmp_path)))
        path.chmod(0o755)
    return os.environ | {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"}


def run(tmp_path, environment, *options):
    words = command(tmp_path, ROOT / "config" / "config.yaml", "--sdm", "conda", *options)
    process = subprocess.run(words, capture_output=True, text=True, env=environment)
    assert process.returncode == 0, process.stderr
    return process.stdout + process.stderr


def test_a_dry_run_plans_the_environment_of_the_rules(tmp_path, conda):
    assert "envs/environment.yaml will be created" in run(tmp_path, conda, "--dry-run")
    assert not (tmp_path / "installed").exists()


def test_the_environment_has_what_the_lock_pins(tmp_path, conda):
    run(tmp_path, conda, "--conda-create-envs-only")
    locks = [(ROOT / "envs" / f"{name}.lock").read_text() for name in ("build", "requirements")]
    assert (tmp_path / "installed").read_text() == "".join(locks) + "checked\n"
