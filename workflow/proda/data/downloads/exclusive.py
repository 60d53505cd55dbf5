"""One process at a time for a file: a second one waits, and finds it done."""

import errno
import fcntl
import logging
import os
from contextlib import contextmanager

__all__ = ["exclusive"]

# File systems of a network may have no locks.
NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EOPNOTSUPP)

logger = logging.getLogger(__name__)


@contextmanager
def exclusive(path):
    """Hold the lock of ``path``, a hidden file beside it that is gone afterwards.

    The system drops it when a process dies. Where the file system has no locks the log says so.
    """
    lock = path.with_name(f".{path.name}.lock")
    handle = _acquire(lock)
    try:
        yield
    finally:
        # Still locked, so that nobody else has it meanwhile.
        lock.unlink(missing_ok=True)
        os.close(handle)


def _acquire(lock):
    while True:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                logger.info("%s: another process is at work, waiting for it", lock)
                fcntl.flock(handle, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in NO_LOCKS:
                os.close(handle)
                raise
            logger.warning("%s: no locks here; run one download at a time", lock.parent)
            return handle
        # The one before may have removed the file that is locked now.
        try:
            if os.path.samestat(os.fstat(handle), os.stat(lock)):
                return handle
        except FileNotFoundError:
            pass
        os.close(handle)
