"""What every job of the workflow needs from its surroundings."""

import os
from contextlib import contextmanager
from pathlib import Path

from proda.logs import log_to
from proda.workflow_state.record import recording

__all__ = ["running", "share_library"]

LIBRARY = str(Path(__file__).parents[1])


def share_library():
    """Let the jobs of this process import this library, whatever environment they run in."""
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [LIBRARY, *(path for path in others if path and path != LIBRARY)]
    os.environ["PYTHONPATH"] = os.pathsep.join(paths)


@contextmanager
def running(job):
    """What the script of a rule runs in: its log, checks of its inputs, and the record of what made
    its results.

    job: the ``snakemake`` object. Yields a logger.
    """
    with log_to(job.log[0]) as log, recording(job):
        yield log
