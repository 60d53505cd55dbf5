"""The locks install what they pin when newer versions of everything have appeared.

A local folder replaces the package index: for every package of the environment it holds the
pinned version, with the dependencies the package really declares, and a newer one. The locks are
installed from it by the commands of the Makefile and of the script for conda, which only plan
(``pip install --dry-run``). The hashes are those of the packages in the folder.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENVS = ROOT / "envs"
LOCKS = ("build", "core", "requirements", "requirements-dev")
NEWER = "9999.0"
PLANS = {}


def write_wheel(folder, name, version, about=()):
    """A wheel without files. about: further lines of its metadata. Returns its SHA-256."""
    stem = f"{re.sub(r'[-_.]+', '_', name)}-{version}"
    info = f"{stem}.dist-info"
    members = {
        "METADATA": "\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"])
        + "".join(f"\n{line}" for line in about)
        + "\n",
        "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    rows = []
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for member, text in members.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            rows.append(f"{info}/{member},sha256={digest.rstrip(b'=').decode()},{len(text)}")
            wheel.writestr(f"{info}/{member}", text)
        wheel.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]) + "\n")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """(folder of packages, {(name, version): hash} of the pinned ones)."""
    folder = tmp_path_factory.mktemp("index")
    hashes, here = {}, applying("requirements") | applying("requirements-dev")
    for name, version in sorted(set().union(*(pinned(lock_text(lock)) for lock in LOCKS))):
        about = []  # where the version is for another platform or version of Python
        if name in here and metadata.version(name) == version:
            found = metadata.distribution(name)
            about += [f"Requires-Dist: {needed}" for needed in found.requires or ()]
            about += [f"Provides-Extra: {x}" for x in found.metadata.get_all("Provides-Extra", ())]
        hashes[name, version] = write_wheel(folder, name, version, about)
        write_wheel(folder, name, NEWER)
    return folder, hashes


def lock_text(name):
    return (ENVS / f"{name}.lock").read_text()


def requirements(text):
    """The requirements of a lock without their hashes."""
    return re.findall(r"^([A-Za-z0-9].*?)\s*\\?$", text, flags=re.MULTILINE)


def pinned(text):
    """{(name, version)} of a lock."""
    lines = requirements(text)
    return {tuple(re.match(r"([^\[=]+)(?:\[.*?\])?==([^\s;]+)", line).groups()) for line in lines}


def with_hashes(text, hashes):
    """The same lock for the packages of the folder."""
    lines = []
    for line in requirements(text):
        (key,) = pinned(line)
        lines.append(f"{line} --hash=sha256:{hashes[key]}\n")
    return "".join(lines)


def plan(tmp_path, index, locks, options):
    """Run ``pip install --dry-run`` on locks: ({name: version} it would install, its output).

    What make and conda do in the same way is run once.
    """
    folder, hashes = index
    key = (frozenset(options) - {"--quiet"}, *map(lock_text, locks))
    if key not in PLANS:
        PLANS[key] = run_plan(tmp_path, folder, hashes, locks, options)
    return PLANS[key]


def run_plan(tmp_path, folder, hashes, locks, options):
    words = [sys.executable, "-m", "pip", "install", "--dry-run", "--ignore-installed", "--quiet"]
    words += ["--no-index", "--find-links", folder, "--report", tmp_path / "report.json", *options]
    for lock in locks:
        path = tmp_path / f"{lock}.lock"
        path.write_text(with_hashes(lock_text(lock), hashes))
        words += ["--requirement", path]
    clean = {k: v for k, v in os.environ.items() if not k.startswith("PIP_")}
    clean |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
    run = subprocess.run(list(map(str, words)), capture_output=True, text=True, env=clean)
    if run.returncode:
        return {}, run.stderr
    report = json.loads((tmp_path / "report.json").read_text())
    packages = [entry["metadata"] for entry in report["install"]]
    return {package["name"]: package["version"] for package in packages}, run.stderr


def applying(lock):
    """The pins of a lock whose markers hold here."""
    from packaging.requirements import Requirement

    found = [Requirement(line) for line in requirements(lock_text(lock))]
    found = [one for one in found if one.marker is None or one.marker.evaluate()]
    return {one.name: str(one.specifier).removeprefix("==") for one in found}


def makefile_options(lock):
    """The options with which `make` installs a lock."""
    planned = subprocess.run(
        ["make", "--dry-run", "--always-make", "setup-dev"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (line,) = re.findall(rf"pip install (.*) -r envs/{lock}\.lock", planned)
    assert re.search(r"pip check", planned[planned.index(line) :])
    return line.split()


def conda_options():
    """The options with which the script for conda installs its locks."""
    script = (ENVS / "environment.post-deploy.sh").read_text()
    (line,) = re.findall(r'^install="python -m pip install (.*)"$', script, flags=re.MULTILINE)
    assert script.count("$install --requirement /dev/stdin") == 2
    assert script.rstrip().endswith("python -m pip check")
    return line.split()


@pytest.mark.parametrize("lock", LOCKS)
def test_make_installs_what_is_pinned_beside_newer_releases(tmp_path, index, lock):
    options = makefile_options(lock)
    assert {"--require-hashes", "--no-deps", "--no-build-isolation"} <= set(options)
    found, message = plan(tmp_path, index, [lock], options)
    assert found == applying(lock), message


@pytest.mark.parametrize("lock", ["build", "requirements"])
def test_conda_installs_what_is_pinned_beside_newer_releases(tmp_path, index, lock):
    options = conda_options()
    assert {"--require-hashes", "--no-deps", "--no-build-isolation"} <= set(options)
    found, message = plan(tmp_path, index, [lock], options)
    assert found == applying(lock), message


def test_the_tests_run_with_what_the_locks_pin():
    wanted = applying("requirements") | applying("requirements-dev")
    assert {name: metadata.version(name) for name in wanted} == wanted


def test_the_lock_of_the_core_is_a_part_of_the_whole():
    blocks = {lock: set(re.split(r"\n(?=\S)", lock_text(lock).rstrip())[2:]) for lock in LOCKS}
    assert blocks["core"] and blocks["core"] < blocks["requirements"]


def test_nothing_is_missing_in_the_locks(tmp_path, index):
    """With dependencies looked up, pip finds each of them pinned, with its extras."""
    found, message = plan(
        tmp_path, index, ["requirements", "requirements-dev"], ["--require-hashes"]
    )
    assert found == applying("requirements") | applying("requirements-dev"), message


def test_a_lock_without_extras_would_be_found_out(tmp_path, index, monkeypatch):
    whole = lock_text("requirements-dev")
    assert "coverage[toml]==" in whole
    monkeypatch.setitem(globals(), "lock_text", lambda name: whole.replace("[toml]", ""))
    found, message = plan(tmp_path, index, ["requirements-dev"], ["--require-hashes"])
    assert not found and "coverage[toml]" in message
