"""What a run needs around it: folders it can write to, and paths that all its tools can read.

Checked before any job is planned. Without this Snakemake stops with the traceback of whatever met
the fault first: its scheduler for a full folder of temporary files, the removal of an old result
for a dangling link.
"""

import glob
import os
import tempfile
from pathlib import Path

from proda.errors import InputError

__all__ = [
    "check_path",
    "check_results",
    "check_temporary",
    "files_below",
    "pattern_below",
    "with_local_paths",
]

# A job needs more, but a folder that is full does not take even this.
TEMPORARY_BYTES = 2**18


def check_path(where: str, path, forbidden='{}\\"') -> None:
    """Raise InputError for a path with braces, which Snakemake takes for wildcards, a backslash, at
    which the netCDF library divides paths, or the double quote in which GDAL wraps them. Other
    characters are no problem.

    where: the configuration's key or what the path is of.
    """
    for character in forbidden:
        if character in str(path):
            hint = "rename the folder, or give the path of a link to it"
            raise InputError(where, f"a path without {character}", str(path), hint)


def with_local_paths(config: dict) -> dict:
    """The configuration with a leading ~ replaced in its paths, all but those below data_dir.

    The shell leaves the ~ of ``--config data_dir=~/data`` alone. Raises InputError for paths as
    `check_path`, and for a data_dir that is a file or a link to nowhere.
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
        part[key] = os.path.expanduser(part[key])
        check_path(f"config {section + '.' if section else ''}{key}", part[key])
        if section is not None:
            config[section] = part
    if config.get("data_dir") is not None:
        folder = Path(config["data_dir"])
        if os.path.lexists(folder) and not folder.is_dir():
            found = f"{folder}, a " + ("link to nowhere" if folder.is_symlink() else "file")
            raise InputError("config data_dir", "a folder", found)
    return config


def pattern_below(folder, pattern: str) -> str:
    """Glob pattern of ``pattern`` below ``folder``, whose own brackets and stars are no pattern;
    nor are those of folders and files that have exactly the name ``pattern`` gives.

    A path that is there as a whole comes as it is.
    """
    there, rest = Path(folder), list(Path(pattern).parts)
    while rest and (there / rest[0]).exists():
        there /= rest.pop(0)
    return str(Path(glob.escape(str(there)), *rest) if rest else there)


def files_below(folder, pattern: str) -> list[str]:
    """Files and folders that `pattern_below` finds, sorted."""
    found = pattern_below(folder, pattern)
    return [found] if Path(found).exists() else sorted(glob.glob(found))


def check_results(folder) -> None:
    """Raise InputError unless ``folder`` is or can become a folder that one can write to."""
    folder = Path(folder)
    for path in (*reversed(folder.parents), folder):
        if path.is_symlink() and not path.exists():
            found = f"a link to {os.readlink(path)}, which is not there"
            hint = "make the folder it leads to, or remove the link"
            raise InputError(path, "a folder for the results", found, hint)
        if path.exists() and not path.is_dir():
            raise InputError(path, "a folder for the results", "a file", "rename the file")
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        found = f"no permission to write to {there.absolute()}, or a disk that is read-only"
        hint = "results can be a link to a folder elsewhere; --directory runs in another one"
        raise InputError(folder, "a folder for the results", found, hint)


def check_temporary() -> None:
    """Raise InputError if the folder of temporary files takes none.

    Python changes to another folder then, but other tools do not.
    """
    folder = os.environ.get("TMPDIR") or tempfile.gettempdir()
    if not os.path.isdir(folder):
        return  # all tools take the usual one
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(bytes(TEMPORARY_BYTES))
            file.flush()
    except PermissionError:
        return  # as above
    except OSError as error:
        expected = "a folder with room for temporary files"
        hint = "make room, or set TMPDIR to another folder"
        raise InputError(f"TMPDIR, {folder}", expected, error.strerror, hint) from None
