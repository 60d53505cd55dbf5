"""What make reports where the machine lacks something, in a folder with a space in its name."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path):
    """The Makefile and what its first rule depends on."""
    folder = tmp_path / "a folder"
    (folder / "envs").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("envs/build.lock", "envs/core.lock", "envs/requirements.lock", "pyproject.toml"):
        (folder / name).touch()
    return folder


def make(folder, *arguments, **environment):
    # Not as a part of `make test`, which would pass on its own options and print its folder.
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    own.pop("MFLAGS", None)
    return subprocess.run(
        ["make", *arguments],
        cwd=folder,
        env=own | environment,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("old", [False, True])
def test_a_python_that_is_missing_or_too_old_is_told_with_the_version_needed(checkout, old):
    if old:
        # As Python 3.10 would: the check of the version fails.
        (checkout / "python").write_text("#!/bin/sh\nexit 1\n")
        (checkout / "python").chmod(0o755)
    run = make(checkout, "setup", "PYTHON=./python")
    assert run.returncode != 0
    assert "expected Python 3.11 or newer as './python', found none" in run.stderr
    assert "make PYTHON=/path/to/python3.11" in run.stderr
    assert not (checkout / ".venv").exists()


def test_a_home_that_cannot_be_written_gets_a_cache_beside_the_workflow(checkout):
    blocked = checkout / "home"
    blocked.touch()
    show = "--eval=show:; @echo cache in $$XDG_CACHE_HOME"
    environment = {"HOME": str(blocked), "XDG_CACHE_HOME": ""}
    run = make(checkout, show, "show", **environment)
    assert run.stdout == f"cache in {checkout}/.cache\n"
    mine = str(checkout / "mine")
    run = make(checkout, show, "show", HOME=str(blocked), XDG_CACHE_HOME=mine)
    assert run.stdout == f"cache in {mine}\n"


def test_clean_leaves_the_page_of_the_results(checkout):
    run = checkout / "results" / "twin"
    run.mkdir(parents=True)
    for path in (run / "x.csv", run / ".record-x.csv.json", checkout / "results" / "README.md"):
        path.touch()
    assert make(checkout, "clean").returncode == 0
    assert [path.name for path in (checkout / "results").iterdir()] == ["README.md"]
    (checkout / "results" / "README.md").unlink()
    (checkout / "results").rmdir()
    assert make(checkout, "clean").returncode == 0
