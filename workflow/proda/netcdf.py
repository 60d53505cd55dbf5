"""Opening netCDF files so that one that is missing, cut off or something else is named.

netCDF4 and xarray are imported when needed: a job of one profile must start fast.
"""

from proda.errors import InputError

__all__ = ["FETCH_AGAIN", "load_netcdf", "open_netcdf"]

FETCH_AGAIN = "is it whole? fetch it again"
MAKE_AGAIN = "remove it, and the workflow makes it again"


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
    except (OSError, RuntimeError) as error:
        raise _unreadable(path, what, error, hint) from None
    _require(path, needed, dataset.variables)
    return dataset


def _unreadable(path, what, error, hint):
    if isinstance(error, FileNotFoundError):
        return InputError(path, f"a netCDF file of {what}", "no such file")
    return InputError(path, f"a whole netCDF file of {what}", str(error), hint)


def _require(path, needed, variables):
    lacking = [name for name in needed if name not in variables]
    if lacking:
        found = f"variables {', '.join(map(str, variables)) or '(none)'}"
        raise InputError(path, f"variables {', '.join(lacking)}", found)
