"""What every job of the workflow needs: the library, a log, and a record of its results."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from proda.logs import log_to
from proda.workflow_state.record import Job, recording

__all__ = ["running", "share_library"]

LIBRARY = str(Path(__file__).parents[1])


def share_library() -> None:
    """Let the jobs of this process import this library, whatever environment they run in."""
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [LIBRARY, *(path for path in others if path and path != LIBRARY)]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


@contextmanager
def running(job: Job) -> Iterator[logging.Logger]:
    """Run the script of a rule: with its log, checks of its inputs, and a record of its results.

    Parameters
    ----------
    job
        The ``snakemake`` object of the script.

    Yields
    ------
    logging.Logger
        Writes to the log of the rule.
    """
    with log_to(job.log[0]) as log, recording(job):
        yield log
