"""A tiny twin run, and how to start, watch, break and compare runs of the workflow."""

import hashlib
import os
import re
import shutil
import subprocess
import time
from contextlib import suppress

import psutil

from warm_python import PID_FILE, warm_python
from workflow_runs import UNDEMANDING, command, snakemake, tiny_twin_config

__all__ = [
    "PROFILES",
    "TARGETS",
    "Run",
    "contents",
    "copy_of",
    "drop",
    "finish",
    "obedient",
    "tiny_twin",
    "unlock",
]

PROFILES = 6
TARGETS = ("inputs", "assimilation")
PATIENCE = 120  # seconds that nothing here should take, even on a busy machine


def tiny_twin(folder):
    """Configuration of the smallest twin with several jobs of each kind."""
    config = tiny_twin_config(folder, PROFILES)
    config["references"] = {}
    config["assimilation"] = {
        "chains": 2,
        "certificate": UNDEMANDING,
        "profiles_per_job": 2,
        "site": {"budget": 100, "draws": 20},
        "one_batch": {"budget": 100, "draws": 20},
    }
    return config


class Run:
    """A run of the workflow in the background.

    Its head is a process of its own, as are its jobs: forked by `warm_python` or, with a ``prefix``
    that restricts them, begun as those of a user's run.

    Attributes
    ----------
    head
        What was started: the head, or the command that waits for the forked head.
    process
        The head itself.
    """

    def __init__(self, folder, config, *arguments, targets=TARGETS, prefix=(), **environment):
        # Beside the folder, whose disk may be full.
        self.screen_path = folder.with_name(f"{folder.name}-{time.monotonic_ns()}.txt")
        words = command(folder, config, *arguments, "--", *targets)
        pid = self.screen_path.with_suffix(".pid")
        forked = not prefix
        if forked:
            words[0] = warm_python()
            environment[PID_FILE] = str(pid)
        words = [*prefix, *words]
        paths = [environment.get("PYTHONPATH"), os.environ["PYTHONPATH"]]
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
        with self.screen_path.open("w") as screen:
            self.head = subprocess.Popen(
                words,
                stdout=screen,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=os.environ | environment,
            )
        number = self.wait_until(lambda: pid.exists() and pid.read_text()) if forked else None
        self.process = psutil.Process(int(number or self.head.pid))

    @property
    def screen(self):
        return self.screen_path.read_text()

    @property
    def done(self):
        """Number of jobs that have ended well."""
        return len(re.findall(r"^\d+ of \d+ steps", self.screen, flags=re.MULTILINE))

    def wait_until(self, ready):
        """Wait for a condition while the run goes on."""
        deadline = time.monotonic() + PATIENCE
        while not (found := ready()):
            assert self.head.poll() is None, "the run ended too soon:\n" + self.screen
            assert time.monotonic() < deadline, self.screen
            time.sleep(0.02)
        return found

    def jobs(self, *rules):
        """Processes that run the scripts of ``rules`` (all for none): {process: rule}."""
        found = {}
        for process in self.family():
            with suppress(psutil.Error, IndexError):
                script = re.search(r"\.(\w+)\.py$", process.cmdline()[-1])
                if script and (not rules or script[1] in rules):
                    found[process] = script[1]
        return found

    def family(self):
        """Processes that the head, while it runs, has started."""
        with suppress(psutil.NoSuchProcess):
            return self.process.children(recursive=True)
        return []

    def kill(self, whole_tree):
        """kill -9 of the head, with everything it started or alone; returns what it leaves."""
        family = self.family()
        self.process.kill()
        for process in family if whole_tree else ():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.head.wait()
        return family

    def wait(self):
        """Wait for the end; returns the exit status."""
        return self.head.wait(timeout=PATIENCE)


def finish(folder, config, *arguments, targets=TARGETS):
    """Run to the end, which must be a good one; returns what stood on the screen."""
    run = snakemake(folder, config, *arguments, "--", *targets)
    assert run.returncode == 0, run.stderr
    return run.stderr


def unlock(folder, config):
    run = snakemake(folder, config, "--unlock")
    assert run.returncode == 0, run.stderr


def copy_of(source, folder):
    """A copy of a run, times of files included, that Snakemake takes for the original."""
    shutil.copytree(source, folder, symlinks=True, dirs_exist_ok=True)
    return folder


def drop(folder, *patterns):
    """Remove results, so that they must be made again."""
    for pattern in patterns:
        found = list((folder / "results" / "twin").glob(pattern))
        assert found, pattern
        for path in found:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def contents(folder):
    """Digest of every result (not logs and measurements), by its path; temporary files are none."""
    results = folder / "results"
    return {
        str(path.relative_to(results)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(results.rglob("*"))
        if path.is_file()
        and not path.name.startswith(".")
        and not {"logs", "benchmarks"} & set(path.parts)
    }


def obedient():
    """Words before a command that make even root respect the permissions of files."""
    setpriv = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"]
    return [] if os.getuid() else setpriv
