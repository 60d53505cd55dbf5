"""One way of logging for all scripts: into the rule's log, tracebacks included."""

import logging
import os
import sys
import warnings
from contextlib import contextmanager
from pathlib import Path

from proda.errors import InputError
from proda.masking import masked

__all__ = ["log_to"]


@contextmanager
def log_to(path):
    """Send log records, warnings and what libraries print to standard error to ``path``; so does
    the traceback if the block fails.

    What went wrong also goes to standard error: one line for bad input, the exception otherwise.
    The exit status is then 1.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    # Appended to, because libraries that write to standard error themselves write to it as well.
    Path(path).write_text("")
    handler = logging.FileHandler(path, mode="a")
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    # Handlers of others are put aside and not closed: some close standard error with them.
    root = logging.getLogger()
    others, root.handlers, level = root.handlers, [handler], root.level
    root.setLevel(logging.INFO)
    logging.captureWarnings(True)
    warnings.simplefilter("default")
    try:
        with _native_messages_to(path):
            yield logging.getLogger("proda")
    except Exception as error:
        logging.getLogger("proda").exception("failed")
        message = (
            str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
        )
        print(f"error: {masked(message)}\n(more in {path})", file=sys.stderr)
        sys.exit(1)
    finally:
        logging.captureWarnings(False)
        root.handlers = others
        root.setLevel(level)
        handler.close()


class _Formatter(logging.Formatter):
    """Libraries log addresses too, tokens included, and so do tracebacks."""

    def format(self, record):
        return masked(super().format(record))


@contextmanager
def _native_messages_to(path):
    """Send what compiled libraries print to standard error to ``path`` meanwhile."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with open(path, "ab") as log:
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
