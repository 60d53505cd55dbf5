"""Opening and writing netCDF files so that whatever is wrong with them is named.

All files are opened here: one that is missing, cut off or something else, and one that the HDF5
library cannot lock. It locks each file it opens, which some network file systems refuse, and says
only "HDF error" or "Unknown file format" then; so the lock is tried again, and its error shown.

netCDF4 and xarray are imported when needed: a job of one profile must start fast.
"""

import errno
import fcntl
import os
from contextlib import contextmanager

from proda.errors import InputError
from proda.workflow_state.record import check_content

__all__ = [
    "FETCH_AGAIN",
    "create_netcdf",
    "load_netcdf",
    "open_netcdf",
    "refuse_if_locked",
    "write_netcdf",
]

FETCH_AGAIN = "is it whole? fetch it again"
MAKE_AGAIN = "remove it, and the workflow makes it again"

LOCKING = "HDF5_USE_FILE_LOCKING"
HDF5_MARK = b"\x89HDF\r\n\x1a\n"
HELD = (errno.EAGAIN, errno.EACCES)


def open_netcdf(path, what, needed=(), hint=MAKE_AGAIN):
    """Open ``path`` with netCDF4.

    what: its content, for messages. needed: variables it must have. hint: what to do about a file
    that cannot be read; the default is for files the workflow made itself. Raises InputError.
    """
    import netCDF4

    try:
        file = netCDF4.Dataset(path)
    except OSError as error:
        raise _unreadable(path, what, error, hint) from None
    try:
        check_content(path, f"netCDF file of {what}")
        _require(path, needed, file.variables)
    except InputError:
        file.close()
        raise
    return file


def load_netcdf(path, what, needed=(), hint=MAKE_AGAIN, **options):
    """Read ``path`` into memory with xarray; arguments and errors as `open_netcdf`.

    options: of xarray.load_dataset.
    """
    import xarray as xr

    try:
        dataset = xr.load_dataset(path, engine="netcdf4", **options)
    except (OSError, RuntimeError, ValueError, TypeError) as error:
        # The last two are of attributes that contradict each other or are no numbers.
        raise _unreadable(path, what, error, hint) from None
    check_content(path, f"netCDF file of {what}")
    _require(path, needed, dataset.variables)
    return dataset


def create_netcdf(path, **options):
    """A new netCDF4.Dataset at ``path``, for a ``with`` statement; options: of the class.

    Raises InputError if the file system refuses to lock it, else what the library raises.
    """
    import netCDF4

    with _locked_or_not(path):
        return netCDF4.Dataset(path, "w", **options)


def write_netcdf(dataset, path, encoding=None):
    """Write an xarray.Dataset; encoding: of its method to_netcdf. Errors as `create_netcdf`."""
    with _locked_or_not(path):
        dataset.to_netcdf(path, engine="netcdf4", encoding=encoding)


def refuse_if_locked(path, exclusive=False):
    """Raise InputError if HDF5 would fail to lock the file at ``path``, and say what to do.

    exclusive: the lock of a writer instead of a reader's. Does nothing for files of other formats
    and where the library is told not to lock.
    """
    if os.environ.get(LOCKING, "").upper() in ("FALSE", "0"):
        return
    try:
        with open(path, "rb") as file:
            if not exclusive and file.read(len(HDF5_MARK)) != HDF5_MARK:
                return
            kind = fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH
            try:
                fcntl.flock(file, kind | fcntl.LOCK_NB)
            except OSError as error:
                raise _lock_error(path, error) from None
    except OSError:
        return


@contextmanager
def _locked_or_not(path):
    try:
        yield
    except (OSError, RuntimeError):
        refuse_if_locked(path, exclusive=True)
        raise


def _lock_error(path, error):
    found = f"{errno.errorcode.get(error.errno, error.errno)}: {error.strerror}"
    switch = f"set the environment variable {LOCKING}=FALSE"
    if error.errno in HELD:
        hint = f"another program has it open for writing; on a network file system {switch}"
        return InputError(path, "a file that can be locked for reading", found, hint)
    hint = f"{switch}: this file system, as many a network one, does not lock files"
    return InputError(path, "a file that HDF5 can lock", found, hint)


def _unreadable(path, what, error, hint):
    if isinstance(error, FileNotFoundError):
        return InputError(path, f"a netCDF file of {what}", "no such file")
    refuse_if_locked(path)
    return InputError(path, f"a whole netCDF file of {what}", str(error), hint)


def _require(path, needed, variables):
    lacking = [name for name in needed if name not in variables]
    if lacking:
        found = f"variables {', '.join(map(str, variables)) or '(none)'}"
        raise InputError(path, f"variables {', '.join(lacking)}", found)
