"""What a run writes to the screen, and what its display costs: this workflow's, and that of rich.

Drives the log handlers with the records of a run of many jobs, without any jobs, and counts bytes
and lines in a terminal and without one. The other display is not in the environment: `pip install
snakemake-logger-plugin-rich` first.

    python benchmarks/progress.py --jobs 7000 --json progress.json
"""

import argparse
import importlib
import json
import logging
import os
import pty
import sys
import threading
import time
from types import SimpleNamespace

from _machine import describe
from snakemake_interface_logger_plugins.common import LogEvent

SETTINGS = {
    "printshellcmds": False, "nocolor": False, "quiet": None, "debug_dag": False, "verbose": False,
    "show_failed_logs": True, "stdout": False, "dryrun": False,
}  # fmt: skip
OTHERS = 90
"""Rules of one job each, as the tables, figures and maps of a run."""


def record(event, **fields):
    made = logging.makeLogRecord({"msg": "None", "levelno": logging.INFO, "levelname": "INFO"})
    vars(made).update(fields, event=event)
    return made


def records(jobs):
    """Those of a run of a rule of ``jobs`` jobs and of OTHERS."""
    rules = ["assimilate"] * jobs + [f"table_{k}" for k in range(OTHERS)]
    stats = {rule: rules.count(rule) for rule in dict.fromkeys(rules)} | {"total": len(rules)}
    yield record(LogEvent.RUN_INFO, stats=stats, per_rule_job_counts=stats)
    common = {
        "rule_msg": None, "wildcards": {}, "log": [], "input": [], "output": [], "reason": "",
        "resources": {}, "threads": 1, "priority": 0, "local": True, "is_checkpoint": False,
        "benchmark": None, "shellcmd": None, "indent": False,
    }  # fmt: skip
    for number, rule in enumerate(rules):
        yield record(LogEvent.JOB_INFO, jobid=number, rule_name=rule, **common)
        yield record(LogEvent.JOB_FINISHED, job_id=number, jobid=number)
        yield record(LogEvent.PROGRESS, done=number + 1, total=len(rules))


def drive(name, jobs, terminal):
    """Bytes, lines and CPU seconds of a display."""
    ours, theirs = pty.openpty() if terminal else os.pipe()
    found = []
    reader = threading.Thread(target=read, args=(ours, found))
    reader.start()
    stream = os.fdopen(theirs, "w", buffering=1)
    usual, sys.stderr = sys.stderr, stream
    try:
        module = importlib.import_module(f"snakemake_logger_plugin_{name}")
        settings = getattr(module, "LogHandlerSettings", SimpleNamespace)()
        handler = module.LogHandler(SimpleNamespace(**SETTINGS), settings)
        handler.setFormatter(logging.Formatter())
        began = time.process_time()
        for one in records(jobs):
            handler.handle(one)
        seconds = time.process_time() - began
        handler.close()
    finally:
        sys.stderr = usual
        stream.close()
    reader.join()
    text = b"".join(found)
    return {"bytes": len(text), "lines": text.count(b"\n"), "cpu_s": round(seconds, 2)}


def read(descriptor, found):
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # the end of a terminal
            return
        if not part:
            return
        found.append(part)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=7000)
    parser.add_argument("--json")
    options = parser.parse_args()
    os.environ |= {"TERM": "xterm", "COLUMNS": "100", "LINES": "24"}
    results = {
        f"{name}, {'terminal' if terminal else 'pipe'}": drive(name, options.jobs, terminal)
        for name in ("proda", "rich")
        for terminal in (True, False)
    }
    for name, values in results.items():
        print(name, values)
    if options.json:
        with open(options.json, "w") as file:
            json.dump(
                {"machine": describe(), "jobs": options.jobs, "results": results}, file, indent=1
            )


if __name__ == "__main__":
    main()
