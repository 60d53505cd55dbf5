"""The head of a run, in a process forked from one that has imported Snakemake.

Importing Snakemake takes longer than most of what tests let it do. The server imports it once, and
what the rule files import of other packages, but nothing of this project, whose code a test may
replace. Runs in the background are started anew, as users start them (tests/faults/disturbed.py).
"""

import os
import subprocess
import sys
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["run_snakemake"]

TESTS = str(Path(__file__).parents[1])
SERVER = get_context("forkserver")
SERVER.set_forkserver_preload(["snakemake.cli", "netCDF4", "numba", "scipy.special", "yaml"])


def _become_head(words, environment, stdout, stderr):
    """Go on as ``python -m snakemake`` with these words."""
    for number, path in enumerate((os.devnull, stdout, stderr)):
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    os.environ.clear()
    os.environ.update(environment)
    sys.path = ["", *(path for path in sys.path if not path.startswith(TESTS))]
    sys.argv = ["snakemake", *words]
    from snakemake.cli import main

    main()


def run_snakemake(words):
    """Run ``python -m snakemake`` to its end, as ``subprocess.run`` does with captured output."""
    with TemporaryDirectory() as folder:
        screens = [Path(folder) / name for name in ("stdout", "stderr")]
        head = SERVER.Process(target=_become_head, args=(words, dict(os.environ), *screens))
        head.start()
        head.join()
        shown = [screen.read_text() for screen in screens]
        return subprocess.CompletedProcess(words, head.exitcode, *shown)
