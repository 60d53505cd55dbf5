"""Opening and writing netCDF files so that whatever is wrong with them is named.

All files are opened here, to report one that is missing, truncated or of another format, and one
that the HDF5 library cannot lock. HDF5 locks each file it opens, which some network file systems
refuse, and then reports only "HDF error" or "Unknown file format"; so the lock is tried again and
its error shown.

netCDF4 and xarray are imported when needed: a job of one profile must start fast.
"""

import errno
import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proda.errors import InputError
from proda.files import StrPath, atomic_path
from proda.workflow_state.record import check_content

if TYPE_CHECKING:
    import netCDF4
    import xarray as xr

__all__ = [
    "FETCH_AGAIN",
    "create_netcdf",
    "load_netcdf",
    "netcdf_in_file",
    "open_netcdf",
    "refuse_if_locked",
    "save_netcdf",
    "write_netcdf",
]

FETCH_AGAIN = "is it whole? fetch it again"
MAKE_AGAIN = "remove it, and the workflow makes it again"

LOCKING = "HDF5_USE_FILE_LOCKING"
HDF5_MARK = b"\x89HDF\r\n\x1a\n"
HELD = (errno.EAGAIN, errno.EACCES)
# Errors of xarray; the last two are of attributes that contradict each other or are not numbers.
UNREADABLE = (OSError, RuntimeError, ValueError, TypeError)


def open_netcdf(
    path: StrPath, what: str, needed: Iterable[str] = (), hint: str = MAKE_AGAIN
) -> "netCDF4.Dataset":
    """Open a file with netCDF4.

    Parameters
    ----------
    path
        The file.
    what
        Its content, for messages.
    needed
        Variables it must have.
    hint
        What to do about a file that cannot be read; the default is for files that the workflow
        made itself.

    Raises
    ------
    InputError
        For a file that cannot be read, lacks a variable, or is not as its job wrote it.
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


def load_netcdf(
    path: StrPath,
    what: str,
    needed: Iterable[str] = (),
    hint: str = MAKE_AGAIN,
    **options: Any,
) -> "xr.Dataset":
    """Read a file into memory with xarray.

    Arguments and errors are those of `open_netcdf`; ``options`` are those of xarray.load_dataset.
    """
    import xarray as xr

    try:
        dataset = xr.load_dataset(path, engine="netcdf4", **options)
    except UNREADABLE as error:
        raise _unreadable(path, what, error, hint) from None
    check_content(path, f"netCDF file of {what}")
    _require(path, needed, dataset.variables)
    return dataset


@contextmanager
def netcdf_in_file(
    path: StrPath, what: str, needed: Iterable[str] = (), hint: str = MAKE_AGAIN
) -> Iterator["xr.Dataset"]:
    """Open a file with xarray, without values in memory, for a ``with`` statement.

    Arguments and errors are those of `open_netcdf`.
    """
    import xarray as xr

    try:
        dataset = xr.open_dataset(path, engine="netcdf4", cache=False)
    except UNREADABLE as error:
        raise _unreadable(path, what, error, hint) from None
    with dataset:
        check_content(path, f"netCDF file of {what}")
        _require(path, needed, dataset.variables)
        yield dataset


def create_netcdf(path: StrPath, **options: Any) -> "netCDF4.Dataset":
    """Create a netCDF4.Dataset, for a ``with`` statement; ``options`` are those of the class.

    Raises
    ------
    InputError
        If the file system refuses to lock it; other errors are those of the library.
    """
    import netCDF4

    with _locked_or_not(path):
        return netCDF4.Dataset(path, "w", **options)


def write_netcdf(
    dataset: "xr.Dataset", path: StrPath, encoding: Mapping[Any, Any] | None = None
) -> None:
    """Write a Dataset with an encoding of its method to_netcdf; errors are as `create_netcdf`'s."""
    with _locked_or_not(path):
        dataset.to_netcdf(path, engine="netcdf4", encoding=encoding)


def save_netcdf(
    dataset: "xr.Dataset", path: StrPath, encoding: Mapping[Any, Any] | None = None
) -> None:
    """Write a Dataset as `write_netcdf` does, under its name only when it is whole."""
    with atomic_path(path) as temporary:
        write_netcdf(dataset, temporary, encoding)


def refuse_if_locked(path: StrPath, exclusive: bool = False) -> None:
    """Raise InputError with a hint if HDF5 would fail to lock a file.

    Files of other formats are ignored, and so are all where the library is set not to lock.

    Parameters
    ----------
    path
        The file.
    exclusive
        Try the lock of a writer instead of a reader's.
    """
    if os.environ.get(LOCKING, "").upper() in ("FALSE", "0"):
        return
    try:
        with Path(path).open("rb") as file:
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
def _locked_or_not(path: StrPath) -> Iterator[None]:
    """Report a lock that fails in place of the error of the library."""
    try:
        yield
    except (OSError, RuntimeError):
        refuse_if_locked(path, exclusive=True)
        raise


def _lock_error(path: StrPath, error: OSError) -> InputError:
    code = error.errno or 0
    found = f"{errno.errorcode.get(code, code)}: {error.strerror}"
    switch = f"set the environment variable {LOCKING}=FALSE"
    if code in HELD:
        hint = f"another program has it open for writing; on a network file system {switch}"
        return InputError(path, "a file that can be locked for reading", found, hint)
    hint = f"{switch}: this file system, like many network file systems, does not lock files"
    return InputError(path, "a file that HDF5 can lock", found, hint)


def _unreadable(path: StrPath, what: str, error: Exception, hint: str) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(path, f"a netCDF file of {what}", "no such file")
    refuse_if_locked(path)
    return InputError(path, f"a whole netCDF file of {what}", str(error), hint)


def _require(path: StrPath, needed: Iterable[str], variables: Mapping[Any, object]) -> None:
    lacking = [name for name in needed if name not in variables]
    if lacking:
        found = f"variables {', '.join(map(str, variables)) or '(none)'}"
        raise InputError(path, f"variables {', '.join(lacking)}", found)
