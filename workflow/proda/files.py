"""Writing results so that a file is either complete or does not exist."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

__all__ = ["StrPath", "atomic_path", "put_on_disk"]

StrPath: TypeAlias = str | Path

PROBE_BYTES = 2**20
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@contextmanager
def atomic_path(path: StrPath) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; rename it to ``path`` when the block succeeds.

    The temporary file keeps the suffix, because libraries choose a format by it. An exception, a
    full disk, a killed process or a power failure leaves ``path`` as it was.

    Raises
    ------
    OSError
        Naming ``path`` where it cannot be written, whatever error the writing library raised.
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
            put_on_disk(temporary)
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


def put_on_disk(path: Path) -> None:
    """Write a file, or the entries of a folder, through to the disk.

    Network file systems report only now that they are full; and after a power failure a file that
    was renamed but not yet written is empty.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _refused_by_disk(error: Exception, temporary: Path) -> OSError | None:
    """Return the OSError behind a failure to write; None if the disk still accepts data."""
    if isinstance(error, OSError) and error.errno is not None:
        return error if error.errno in FULL else None
    # Some libraries raise only "HDF error" or "write failed": try the disk itself.
    try:
        with temporary.open("ab") as file:
            file.write(bytes(PROBE_BYTES))
            file.flush()
            os.fsync(file.fileno())
    except OSError as refused:
        return refused
    return None


def _named(error: OSError, path: Path) -> OSError:
    return type(error)(error.errno, error.strerror, str(path))
