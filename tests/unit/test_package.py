"""``pip install .``: the wheel has all that the library reads; its core needs four packages."""

import csv
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser

import pytest

from model_cases import numbers, reference_rows
from workflow_runs import ROOT

CORE = {"numpy", "numba", "scipy", "netcdf4"}
# Modules of the extras, and what pandas and xarray are used for.
BLOCKED = [
    "tensorflow", "keras", "sklearn", "snakemake", "pandas", "xarray", "matplotlib", "openpyxl",
    "rasterio", "rioxarray", "shapely", "pyproj", "requests", "jsonschema",
]  # fmt: skip


def requirements(metadata, extra=None):
    """Names of the packages that the metadata of a wheel ask for, without or with an extra."""
    found = set()
    for line in metadata.get_all("Requires-Dist"):
        name, _, marker = line.partition(";")
        wanted = re.search(r"extra == ['\"](\w+)", marker)
        if (wanted[1] if wanted else None) == extra:
            found.add(re.match(r"[A-Za-z0-9._-]+", name)[0].lower())
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel as pip builds it without network, unpacked: (folder, metadata)."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "workflow" / "proda", source / "workflow" / "proda", ignore=ignored)
    folder = tmp_path_factory.mktemp("wheel")
    words = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    run = subprocess.run(
        [sys.executable, "-m", "pip", *words, "--wheel-dir", folder, source],
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        archive.extractall(folder / "unpacked")
    (about,) = (folder / "unpacked").glob("*.dist-info/METADATA")
    return folder / "unpacked", Parser().parsestr(about.read_text())


def test_the_wheel_holds_all_modules_and_resources(wheel):
    folder, _ = wheel
    listed = subprocess.run(
        ["git", "ls-files", "-z", "workflow/proda"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split("\0")  # fmt: skip
    expected = {name.removeprefix("workflow/") for name in listed if (ROOT / name).is_file()}
    found = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert {"proda/resources/parameters.csv", "proda/py.typed"} <= expected
    assert expected <= found
    assert {name.partition("/")[0] for name in found} == {"proda", "proda-0.1.0.dist-info"}


def test_the_core_needs_four_packages_and_the_extras_all_others(wheel):
    _, metadata = wheel
    assert requirements(metadata) == CORE
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = listed["optional-dependencies"]
    assert set(metadata.get_all("Provides-Extra")) == {"workflow", "learning", "maps"}
    for extra in extras:
        assert requirements(metadata, extra)
    # Users combine the library with newer versions.
    assert all(re.fullmatch(r"\w+>=[0-9.]+", line) for line in listed["dependencies"])


def installed(folder, tmp_path, code):
    """Run Python on the unpacked wheel without the packages of the extras."""
    blocked = f"import sys\nsys.modules.update(dict.fromkeys({BLOCKED!r}))\n"
    own = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME")}
    return subprocess.run(
        [sys.executable, "-c", blocked + code],
        cwd=tmp_path,
        env=own | {"PYTHONPATH": str(folder), "NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
    )


def test_model_and_inference_are_imported_without_the_packages_of_the_extras(wheel, tmp_path):
    folder, _ = wheel
    run = installed(
        folder,
        tmp_path,
        "import pkgutil\n"
        "from proda.model import MatrixModel\n"
        "import proda.inference\n"
        "for module in pkgutil.iter_modules(proda.inference.__path__, 'proda.inference.'):\n"
        "    __import__(module.name)\n"
        "print(proda.__file__, len(MatrixModel('clm45-10').parameters))\n",
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == [str(folder / "proda" / "__init__.py"), "25"]


def test_the_command_runs_a_table_without_the_packages_of_the_extras(wheel, tmp_path):
    folder, _ = wheel
    expected = reference_rows(10)[0]
    with (tmp_path / "cases.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, expected)
        writer.writeheader()
        writer.writerow(expected)
    code = "from proda.__main__ import main\nsys.exit(main(sys.argv[1:] or {arguments}))"
    run = installed(folder, tmp_path, code.format(arguments=["model", "cases.csv", "out.csv"]))
    assert (run.returncode, run.stdout) == (0, "1 cases written to out.csv\n"), run.stderr
    with (tmp_path / "out.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    pools = [f"S3_{layer}" for layer in range(1, 11)]
    exact = numbers([expected], [f"exact_{pool}" for pool in pools])
    assert numbers([row], pools) == pytest.approx(exact, rel=1e-12)
    run = installed(folder, tmp_path, code.format(arguments=["model", "--help"]))
    assert run.returncode == 0 and "usage: proda model" in run.stdout, run.stderr
    run = installed(folder, tmp_path, code.format(arguments=["--version"]))
    assert (run.returncode, run.stdout) == (0, "proda 0.1.0\n"), run.stderr


def test_a_command_that_needs_an_extra_names_it(wheel, tmp_path):
    (tmp_path / "Snakefile").touch()
    code = "from proda.__main__ import main\nsys.exit(main(['status']))"
    run = installed(wheel[0], tmp_path, code)
    assert run.returncode == 2 and "Traceback" not in run.stderr
    assert "proda status: expected the package snakemake, found none" in run.stderr
    assert "pip install 'proda[workflow]'" in run.stderr
