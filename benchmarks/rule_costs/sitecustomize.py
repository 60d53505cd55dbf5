"""Imported by every Python process that has this folder in its path: the cost of a job's script.

At its end a process that runs the script of a rule adds a line to the file that RULE_COSTS names:
rule, CPU seconds of all of its threads, largest memory (kB), seconds of its life.
"""

import atexit
import os
import resource
import sys
import time
from pathlib import Path

STARTED = time.perf_counter()


def write(target: str, rule: str) -> None:
    """Add the line of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = used.ru_utime + used.ru_stime
    with Path(target).open("a") as file:
        file.write(f"{rule},{cpu:.2f},{used.ru_maxrss},{time.perf_counter() - STARTED:.2f}\n")


# Snakemake names the copy of a script that it runs <random>.<script>.py.
parts = Path(sys.orig_argv[1]).name.split(".") if len(sys.orig_argv) > 1 else []
if "RULE_COSTS" in os.environ and len(parts) == 3 and parts[0].startswith("tmp"):
    atexit.register(write, os.environ["RULE_COSTS"], parts[1])
