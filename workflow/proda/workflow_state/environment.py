"""The environment of a run: folders it can write to, and paths that all its tools can read.

It is checked before any job is planned. Otherwise Snakemake would stop with the traceback of
whatever met the fault first: its scheduler for a full folder of temporary files, the removal of an
old result for a dangling link.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from proda.errors import InputError
from proda.files import StrPath

__all__ = [
    "check_path",
    "check_results",
    "check_temporary",
    "with_local_paths",
]

# A job needs more, but a full folder has not even this.
TEMPORARY_BYTES = 2**18


def check_path(where: str, path: StrPath, forbidden: str = '{}\\"') -> None:
    """Check that a path has no character that one of the tools gives a meaning.

    These are braces, which Snakemake takes for wildcards, the backslash, at which the netCDF
    library splits paths, and the double quote in which GDAL encloses them.

    Parameters
    ----------
    where
        Key of the configuration, or what the path is of.
    path
        The path.
    forbidden
        Characters it must not have.

    Raises
    ------
    InputError
        For a path with such a character.
    """
    for character in forbidden:
        if character in str(path):
            hint = "rename the folder, or give the path of a link to it"
            raise InputError(where, f"a path without {character}", str(path), hint)


def with_local_paths(config: dict[str, Any]) -> dict[str, Any]:
    """Replace a leading ~ in the paths of a configuration, except those below data_dir.

    The shell does not replace the ~ of ``--config data_dir=~/data``.

    Raises
    ------
    InputError
        As `check_path`, and for a data_dir that is a file or a dangling link.
    """
    config = dict(config)
    for section, key in (
        (None, "data_dir"),
        ("region", "polygon"),
        ("covariates", "table"),
        ("downloads", "sources"),
        ("downloads", "lock"),
    ):
        part = config if section is None else dict(config.get(section, {}))
        if part.get(key) is None:
            continue
        part[key] = _expanded(part[key])
        check_path(f"config {section + '.' if section else ''}{key}", part[key])
        if section is not None:
            config[section] = part
    if config.get("data_dir") is not None:
        folder = Path(config["data_dir"])
        if os.path.lexists(folder) and not folder.is_dir():
            found = f"{folder}, a " + ("dangling link" if folder.is_symlink() else "file")
            raise InputError("config data_dir", "a folder", found)
    return config


def _expanded(path: str) -> str:
    """Return a path with its leading ~ replaced; without a home it is unchanged."""
    # Not pathlib's: it removes what a path ends in, and raises an error without a home.
    return os.path.expanduser(path)  # noqa: PTH111, see above


def check_results(folder: StrPath) -> None:
    """Raise InputError unless ``folder`` is, or can become, a folder that can be written to."""
    folder = Path(folder)
    for path in (*reversed(folder.parents), folder):
        if path.is_symlink() and not path.exists():
            found = f"a link to {path.readlink()}, which does not exist"
            hint = "create the folder it leads to, or remove the link"
            raise InputError(path, "a folder for the results", found, hint)
        if path.exists() and not path.is_dir():
            raise InputError(path, "a folder for the results", "a file", "rename the file")
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        found = f"no permission to write to {there.absolute()}, or a disk that is read-only"
        hint = "results can be a link to a folder elsewhere; --directory runs in another one"
        raise InputError(folder, "a folder for the results", found, hint)


def check_temporary() -> None:
    """Raise InputError if the folder of temporary files is full.

    Python then uses another folder, but other tools do not.
    """
    folder = os.environ.get("TMPDIR") or tempfile.gettempdir()
    if not Path(folder).is_dir():
        return  # all tools use the default one
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(TEMPORARY_BYTES))
            file.flush()
    except PermissionError:
        return  # as above
    except OSError as error:
        expected = "a folder with free space for temporary files"
        hint = "free some space, or set TMPDIR to another folder"
        raise InputError(f"TMPDIR, {folder}", expected, error.strerror, hint) from None
