"""Progress of the workflow: stages, jobs done and time left, instead of a paragraph per job.

A plugin of Snakemake, which profiles/default selects. A terminal shows a few lines that change in
place; without a terminal there is a line per stage and per tenth of the jobs. Failed jobs are shown
in full with their logs. Snakemake's own lines, one paragraph per job, are in its log file below
.snakemake/log; --logger-proda-every-line shows them instead, as do a dry run and --verbose.
"""

import logging
import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TextIO

from snakemake.logging import ColorizingTextHandler
from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

from snakemake_logger_plugin_proda.failures import Failures
from snakemake_logger_plugin_proda.screens import LiveScreen, PlainScreen
from snakemake_logger_plugin_proda.state import RunState

__all__ = ["LogHandler", "LogHandlerSettings"]

REFRESH = 1.0
"""Seconds between two looks at the clock while no job starts or ends."""

# What Snakemake says of its own work, which is in the log file.
CHATTER = (
    "Assuming unrestricted shared filesystem",
    "Building DAG of jobs",
    "Conda environments: ignored",
    "DAG of jobs will be updated",
    "Execute ",
    "Group jobs: inactive",
    "Job stats:",
    "Loading script code for rule",
    "Provided ",
    "Rules claiming more threads",
    "Select jobs to execute",
    "Using shell:",
    "Using workflow specific profile",
    "host: ",
)


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """Options of the command line."""

    every_line: bool = field(
        default=False,
        metadata={
            "help": "Show every line of Snakemake, a paragraph per job, instead of the progress.",
            "env_var": False,
            "required": False,
        },
    )


class LogHandler(LogHandlerBase):
    """Shows the records of a run."""

    def __post_init__(self) -> None:
        """Choose what to write to and how."""
        stream = sys.stdout if self.common_settings.stdout else sys.stderr
        settings = self.common_settings
        # A plan is read line by line, and who debugs wants to see everything.
        debugging = settings.verbose or settings.debug_dag
        every_line = getattr(self.settings, "every_line", False)
        self.everything = bool(every_line or settings.dryrun or debugging)
        self.usual = ColorizingTextHandler(nocolor=settings.nocolor, stream=stream)
        self.state = RunState(time.monotonic)
        self.failures = Failures()
        self.screen: LiveScreen | PlainScreen = (
            LiveScreen(stream, self.state)
            if _is_terminal(stream)
            else PlainScreen(stream, self.state)
        )
        self.closed = threading.Event()
        if isinstance(self.screen, LiveScreen) and not self.everything:
            threading.Thread(target=self._watch_clock, daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record, or what it changes."""
        if record.msg == "None":  # of no message, as a queue passes it on
            record.msg = None
        try:
            if self.everything:
                self.usual.setFormatter(self.formatter)
                self.usual.emit(record)
                return
            event = getattr(record, "event", None)
            if event in (LogEvent.JOB_ERROR, LogEvent.GROUP_ERROR):
                self._fail(record)
            elif event is not None and event is not LogEvent.ERROR:
                self._count(event, vars(record))
            elif record.levelno >= logging.WARNING or not str(record.msg).startswith(CHATTER):
                self._say(record)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Leave the last state of the run on the screen, and name the jobs that failed."""
        if not self.closed.is_set():
            self.closed.set()
            with self._alone():
                self.screen.finish()
                for line in self.failures.lines():
                    self.screen.write(line)
        super().close()

    def _count(self, event: LogEvent, fields: dict[str, Any]) -> None:
        if event is LogEvent.RUN_INFO:
            jobs = {name: n for name, n in fields["stats"].items() if name != "total"}
            self.state.plan(jobs)
        elif event is LogEvent.JOB_INFO:
            self.state.start(fields["jobid"], fields["rule_name"])
        elif event is LogEvent.JOB_FINISHED:
            self.state.finish(fields["job_id"])
        elif event is LogEvent.PROGRESS:
            self.state.grow(fields["total"])
        self.screen.update()

    def _fail(self, record: logging.LogRecord) -> None:
        fields = vars(record)
        jobs = fields.get("job_error_info") or [fields]
        for job in jobs:
            self.state.fail(job["jobid"])
        if self.failures.add(jobs):
            self._say(record)
        self.screen.update()

    def _say(self, record: logging.LogRecord) -> None:
        text = self.format(record)
        if text and text != "None":
            self.screen.write(self.usual.decorate(record, text))

    def _watch_clock(self) -> None:
        while not self.closed.wait(REFRESH):
            with self._alone():
                self.screen.update()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep records of other threads waiting."""
        self.acquire()
        try:
            yield
        finally:
            self.release()

    @property
    def writes_to_stream(self) -> bool:
        """It does."""
        return True

    @property
    def writes_to_file(self) -> bool:
        """Snakemake writes its own log file."""
        return False

    @property
    def has_filter(self) -> bool:
        """Snakemake's filter applies, and with it --quiet."""
        return False

    @property
    def has_formatter(self) -> bool:
        """Snakemake's formatter applies."""
        return False

    @property
    def needs_rulegraph(self) -> bool:
        """It does not."""
        return False


def _is_terminal(stream: TextIO) -> bool:
    """Whether lines can be changed in place."""
    return stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"
