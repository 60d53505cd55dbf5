"""One way of logging for all scripts: into the rule's log, tracebacks included."""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from proda.errors import InputError
from proda.files import StrPath
from proda.masking import masked

__all__ = ["log_to"]


@contextmanager
def log_to(path: StrPath) -> Iterator[logging.Logger]:
    """Send log records, warnings, what libraries print to standard error, and tracebacks to a file.

    An error is also reported on standard error: one line for wrong input, the exception otherwise.
    The exit status is then 1.
    """
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    # Appended to, because libraries that write to standard error themselves write to it as well.
    Path(path).write_text("")
    handler = logging.FileHandler(path, mode="a")
    handler.setFormatter(_Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    # Other handlers are removed and not closed: some would close standard error as well.
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
    """A formatter that masks tokens in addresses, which libraries and tracebacks contain."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record and mask the secrets in it."""
        return masked(super().format(record))


@contextmanager
def _native_messages_to(path: StrPath) -> Iterator[None]:
    """Send what compiled libraries print to standard error to ``path`` meanwhile."""
    sys.stderr.flush()
    terminal = os.dup(2)
    with Path(path).open("ab") as log:
        os.dup2(log.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)
