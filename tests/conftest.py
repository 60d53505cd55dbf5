"""Settings of all tests: repeatable examples, a cache of compiled code of their own, the order in
which two workers share the tests, and the count of faults.

Numba writes the types of arguments into its cache. Targets that only tests define must not get
into the cache of the workflow, where nobody could load them, and a changed target must not meet
the machine code of its former self.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import pytest
from hypothesis import settings

from proda import compiled
from warm_python import warm_python

SUPPORT = Path(__file__).parent / "support"
# Those that hold kernels of the tests themselves.
HELPERS = b"".join(
    source
    for source in (path.read_bytes() for path in sorted(SUPPORT.glob("*.py")))
    if b"from proda.compiled import" in source or b"from numba import" in source
)

digest = hashlib.sha256(compiled._sources_digest().encode() + HELPERS).hexdigest()
CACHE = compiled.PACKAGE.parents[1] / ".cache" / f"tests-{digest[:16]}"
WORKFLOW_CACHE = numba.config.CACHE_DIR
numba.config.CACHE_DIR = str(CACHE)

# The same examples on every run; explore with HYPOTHESIS_PROFILE=default.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

# Tests that run the workflow, the longest first: a worker that meets one last would keep the other
# waiting. Those of one name share a run, and so a worker.
LONG = {
    "tests/faults": "faults",
    "tests/workflow/test_results.py": "whole run",
    "tests/workflow/test_other_runs.py": "whole run",
    "tests/workflow": None,
}


def pytest_configure(config):
    """Compile the kernels once, for the workflow and for both workers, which share what starts
    processes."""
    # Snakemake looks for the plugin that shows the progress before it reads the workflow.
    paths = [str(compiled.PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH")])]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    if "not slurm" in config.option.markexpr:
        # Snakemake's plugin asks the controller on being imported, and waits where none answers.
        os.environ["SLURM_CONF"] = os.devnull
    if hasattr(config, "workerinput") or not getattr(config.option, "numprocesses", None):
        return
    # Who names tests may not need it; all of them do, as the first they run.
    warm_python(at_once=config.args_source is not pytest.Config.ArgsSource.ARGS)
    folders = [str(compiled.PACKAGE.parent), str(SUPPORT)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(folders)}
    script = SUPPORT / "compile_kernels.py"
    # Their machine code remains in the cache.
    parts = [
        subprocess.Popen([sys.executable, script, part], env=env)
        for part in ("trajectories", "walks", "years")
        if not Path(WORKFLOW_CACHE, f"{part}.compiled").exists()
    ]
    failed = [part.args for part in parts if part.wait()]
    if failed:
        raise pytest.UsageError(f"failed, see above: {failed}")
    if not CACHE.exists():
        shutil.copytree(WORKFLOW_CACHE, CACHE)


def _rank(nodeid):
    """Place in LONG, and its name or else the file of the test."""
    for rank, (start, name) in enumerate(LONG.items()):
        if nodeid.startswith(start):
            return rank, name or nodeid.partition("::")[0]
    return len(LONG), nodeid.partition("::")[0]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Long tests first."""
    items.sort(key=lambda item: _rank(item.nodeid)[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Tests that share a run of the workflow, or what a module made, stay on one worker.

    A scheduler, since marks of groups (--dist loadgroup) do nothing under pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Shared(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return _rank(nodeid)[1]

    return Shared(config, log)


def pytest_terminal_summary(terminalreporter):
    """Which of the faults that tests/faults tried the workflow survived."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    found = [entry for report in reports for entry in getattr(report, "user_properties", ())]
    tried, survived = (
        [name for kind, name in dict.fromkeys(found) if kind == wanted]
        for wanted in ("fault tried", "fault survived")
    )
    if tried:
        terminalreporter.section("faults")
        for name in tried:
            terminalreporter.write_line(f"{'survived' if name in survived else 'LOST':9}{name}")
        terminalreporter.write_line(f"{len(tried)} tried, {len(survived)} survived")
