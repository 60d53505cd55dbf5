"""A disk that fills up: under the results, under everything, and under every kind of file."""

import os
import subprocess
import sys
import textwrap
from contextlib import contextmanager

import pytest
from disturbed import Run, contents, copy_of, drop, finish

from workflow_runs import ROOT

pytestmark = pytest.mark.workflow

SPARE = 100_000  # bytes: enough for logs, too little for what is still to come
MAX_FILE_SIZE = 30_000  # bytes; smaller than every result of the assimilation


class SmallDisk:
    """A file system of its own at ``folder``. Where mounting is not allowed, a limit on the size of
    files stands in for it: writing then fails as it does on a full disk.
    """

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(exist_ok=True)
        mount = ["mount", "-t", "tmpfs", "tmpfs", folder]
        self.mounted = subprocess.run(mount, capture_output=True).returncode == 0

    def fill(self):
        """Leave SPARE bytes; returns words before a command that is to feel it, and the error."""
        if not self.mounted:
            return ["prlimit", f"--fsize={MAX_FILE_SIZE}"], "File too large"
        stat = os.statvfs(self.folder)
        used = (stat.f_blocks - stat.f_bfree) * stat.f_frsize
        self._resize(used + SPARE)
        return [], "No space left on device"

    def grow(self):
        if self.mounted:
            self._resize(2**28)

    def _resize(self, size):
        subprocess.run(["mount", "-o", f"remount,size={size}", self.folder], check=True)


@contextmanager
def small_disk(folder):
    disk = SmallDisk(folder)
    try:
        yield disk
    finally:
        if disk.mounted:
            subprocess.run(["umount", "--lazy", folder], check=True)


@pytest.mark.parametrize("place", ["results", "."])
def test_disk_fills_up(undisturbed, fault, tmp_path, place):
    """Under the results, or under Snakemake's own records too."""
    source, config, whole = undisturbed
    with fault(f"full disk at {place}"), small_disk(tmp_path / place) as disk:
        copy_of(source, tmp_path)
        drop(tmp_path, "assimilation/jobs", "assimilation/site_posteriors.nc", "assimilation/one_*")
        prefix, error = disk.fill()
        run = Run(tmp_path, config, prefix=prefix)
        assert run.wait() != 0
        assert error in run.screen
        disk.grow()
        finish(tmp_path, config)
        assert contents(tmp_path) == whole


WRITERS = {
    "result.nc": """
        with netCDF4.Dataset(path, "w") as file:
            file.createDimension("n", 90_000)
            file.createVariable("x", "f8", ("n",))[:] = numbers
    """,
    "result.csv": "pandas.DataFrame({'x': numbers}).to_csv(path)",
    "result.tif": "write_raster(path, numbers.reshape(300, 300), 0, 10, 0.01)",
    "result.png": "pyplot.imshow(numbers.reshape(300, 300)); pyplot.savefig(path, dpi=200)",
}
SCRIPT = """
import matplotlib, netCDF4, numpy, pandas, sys
matplotlib.use("Agg")
from matplotlib import pyplot
from proda.files import atomic_path
from proda.logs import log_to
from raster_files import write_raster

numbers = numpy.random.default_rng(0).random(90_000)
for name, writer in {writers}.items():
    try:
        with log_to(sys.argv[2] + "/log"), atomic_path(sys.argv[1] + "/" + name) as path:
            exec(writer)
    except SystemExit:
        pass
"""


def test_every_kind_of_file_on_a_full_disk(fault, tmp_path):
    folder = tmp_path / "full"
    script = SCRIPT.format(writers={name: textwrap.dedent(w) for name, w in WRITERS.items()})
    folders = [ROOT / "workflow", ROOT / "tests" / "support"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, folders))}
    with fault(*(f"full disk for {name}" for name in WRITERS)), small_disk(folder) as disk:
        prefix, error = disk.fill()
        command = [*prefix, sys.executable, "-c", script, str(folder), str(tmp_path)]
        run = subprocess.run(command, capture_output=True, text=True, env=environment)
        for name in WRITERS:
            assert f"{error}: '{folder / name}'" in run.stderr
        assert list(folder.iterdir()) == []
