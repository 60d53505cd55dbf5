"""Writing results so that a file either exists whole or does not exist at all."""

import errno
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

__all__ = ["atomic_path"]

PROBE_BYTES = 2**20
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def atomic_path(path):
    """Yield a temporary path beside ``path``; rename it to ``path`` when the block succeeds.

    The temporary file keeps the suffix, because libraries choose a format by it. An exception, a
    full disk, a killed process or a power failure leaves ``path`` as it was. Raises OSError naming
    ``path`` where it cannot be written, whatever the library at work made of that.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(path.suffix, f".{path.stem}.", path.parent)
    except OSError as error:
        raise _named(error, path) from None
    os.close(handle)
    temporary = Path(name)
    try:
        try:
            yield temporary
            _put_on_disk(temporary)
        except Exception as error:
            refused = _refused_by_disk(error, temporary)
            if refused is None:
                raise
            raise _named(refused, path) from error
        # mkstemp makes files private; a result is as readable as the umask allows.
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _put_on_disk(path):
    """File systems of a network tell only now that they are full; and after a power failure a file
    that was renamed, but not written, is an empty one."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refused_by_disk(error, temporary):
    """The OSError behind the failure to write ``temporary``, or None if the disk takes more."""
    if isinstance(error, OSError) and error.errno is not None:
        return error if error.errno in FULL else None
    # Some libraries say "HDF error" or "write failed": ask the disk itself.
    try:
        with open(temporary, "ab") as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as refused:
        return refused
    return None


def _named(error, path):
    return type(error)(error.errno, error.strerror, str(path))
