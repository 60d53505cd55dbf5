"""What holds for the repository as a whole: locks, environments, files, examples, figures."""

import json
import os
import re
import runpy
import subprocess
import tomllib
from itertools import chain
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from proda.config.schema import load_schema
from proda.errors import InputError
from proda.examples import read_example_columns, run_example_columns
from proda.figures.example_columns import draw_example_columns
from proda.figures.style import save
from proda.files import atomic_path
from proda.logs import log_to
from proda.resources import resource

ROOT = Path(__file__).parents[2]
ENVS = ROOT / "envs"


def pins(text):
    return re.findall(r"^([A-Za-z0-9._-]+==[^\s;]+)", text, flags=re.MULTILINE)


def test_conda_environment_is_the_lock():
    script = (ENVS / "environment.post-deploy.sh").read_text()
    head, build, workflow = script.split("<<'LOCK'\n")
    for text, name in ((build, "build"), (workflow, "requirements")):
        whole = (ENVS / f"{name}.lock").read_text() + "LOCK\n"
        assert text.startswith(whole), "run envs/update_lock.sh"
    assert "--require-hashes" in head
    # Snakemake stores this file with every output.
    assert (ENVS / "environment.yaml").stat().st_size < 1000


def test_locks_are_hashed_and_agree_and_name_no_index():
    locks = {
        name: (ENVS / f"{name}.lock").read_text()
        for name in ("requirements", "requirements-dev", "requirements-docs")
    }
    versions = dict(pin.split("==") for pin in pins(locks["requirements"]))
    for text in locks.values():
        assert "://" not in text and "index" not in text.lower()
        assert text.count("==") > 20
        for block in re.split(r"\n(?=\S)", text.split("\n", 2)[2]):
            assert "--hash=sha256:" in block
    for pin in pins(locks["requirements-dev"]):
        name, version = pin.split("==")
        assert versions.get(name, version) == version
    # Another environment, in which some versions differ by that of Python.
    for name in ("numpy", "numba", "netcdf4", "pygments"):
        assert f"{name}=={versions[name]}" in pins(locks["requirements-docs"])


def test_configuration_reference_and_schema_file_are_those_of_the_sections():
    script = runpy.run_path(str(ROOT / "docs" / "make_configuration.py"))
    made = script["reference"](load_schema())
    assert made == script["REFERENCE"].read_text(), "run docs/make_configuration.py"
    file = script["SCHEMA"].read_text()
    assert script["schema_text"](load_schema()) == file, "run docs/make_configuration.py"
    jsonschema.Draft202012Validator.check_schema(json.loads(file))
    for key, part in load_schema()["properties"].items():
        assert f"`{key}`" in made and part["description"].split()[0] in made


def test_everything_asked_for_is_locked():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    lists = {
        "requirements": [*project["project"]["dependencies"], *chain.from_iterable(extras)],
        "build": project["build-system"]["requires"],
        "requirements-dev": (ENVS / "requirements-dev.in").read_text().splitlines(),
        "requirements-docs": (ENVS / "requirements-docs.in").read_text().splitlines(),
    }
    for name, lines in lists.items():
        wanted = {found[0] for line in lines if (found := re.match(r"[A-Za-z][\w-]*", line))}
        assert wanted
        locked = {pin.split("==")[0].lower() for pin in pins((ENVS / f"{name}.lock").read_text())}
        assert {package.lower() for package in wanted} <= locked


def test_no_file_names_a_path_of_a_machine():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    pattern = re.compile(r"(?<![\w./])/(home|root|Users|work)/\w")
    for name in filter(None, listed):
        path = ROOT / name
        if path.suffix in {".png", ".gz", ".lock", ".geojson"} or not path.exists():
            continue
        assert not pattern.search(path.read_text(errors="ignore")), name


def test_atomic_path_leaves_all_or_nothing(tmp_path):
    target = tmp_path / "folder" / "result.csv"
    with pytest.raises(RuntimeError), atomic_path(target) as path:
        path.write_text("half")
        raise RuntimeError
    assert list(target.parent.iterdir()) == []
    with atomic_path(target) as path:
        assert path.suffix == ".csv" and path.parent == target.parent
        path.write_text("whole")
    assert target.read_text() == "whole"
    assert [file.name for file in target.parent.iterdir()] == ["result.csv"]


@pytest.mark.parametrize(
    "error", [InputError("file.csv, line 3", "a number", "'x'"), OSError("disk")]
)
def test_a_failing_script_logs_its_traceback_and_says_why(tmp_path, capsys, error):
    log = tmp_path / "logs" / "rule.log"
    with pytest.raises(SystemExit) as stopped, log_to(log):
        raise error
    assert stopped.value.code == 1
    assert "Traceback" in log.read_text() and str(error) in log.read_text()
    output = capsys.readouterr().err
    assert str(error) in output and str(log) in output and "Traceback" not in output


def test_what_libraries_print_goes_to_the_log(tmp_path, capfd):
    log = tmp_path / "rule.log"
    with log_to(log) as logger:
        os.write(2, b"noise of a library\n")
        logger.info("logged by us")
        os.write(2, b"more noise\n")
    os.write(2, b"for the terminal\n")
    assert [line.split(": ")[-1] for line in log.read_text().splitlines()] == [
        "noise of a library",
        "logged by us",
        "more noise",
    ]
    assert capfd.readouterr().err == "for the terminal\n"


def test_example_columns_run_and_are_drawn(tmp_path):
    columns = read_example_columns(resource("example_columns.csv"))
    result = run_example_columns(columns, "clm5")
    soc = result.table[["soc_0_30", "soc_0_100", "soc_0_380"]].to_numpy()
    assert (np.diff(soc, axis=1) > 0).all() and (soc > 0).all()
    # A moist cold forest holds more than a desert with a tenth of its input.
    assert soc[0, 1] > soc[3, 1]
    figure = draw_example_columns(result)
    paths = [tmp_path / "columns.png", tmp_path / "columns.pdf"]
    save(figure, paths)
    first = [path.read_bytes() for path in paths]
    save(draw_example_columns(result), paths)
    assert first == [path.read_bytes() for path in paths], "figures carry no time stamp"


def test_example_columns_without_a_column_are_named(tmp_path):
    path = tmp_path / "columns.csv"
    path.write_text("name,npp_min\na,1\n")
    with pytest.raises(InputError, match=r"columns.csv: expected columns name.*found no npp_mean"):
        read_example_columns(path)
