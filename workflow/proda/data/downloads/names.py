"""Checks of names from a register, a configuration or an archive, which become paths.

A path must stay below the data folder: neither its text (``..``, an absolute path) nor a symbolic
link on the way may lead out of it. The data folder itself may be a link.
"""

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from proda.errors import InputError

__all__ = [
    "RECORDS",
    "check_folder",
    "check_name",
    "check_relative",
    "place_below",
    "same_name",
]

# Folder of archives, manifests and the lock file, below the data folder.
RECORDS = "downloads"
# Files beside a download have its name and one of these endings.
RESERVED = (".part", ".part.json", ".sha256", ".members", ".lock")
# File systems take 255 bytes; the suffixes and temporary names need some of them.
MAX_NAME_BYTES = 200


def check_relative(where: object, text: str) -> tuple[str, ...]:
    """Return the parts of a relative path that stays below its folder.

    Parameters
    ----------
    where : object
        Where the path stands, for messages.
    text : str
        The path, with forward slashes.

    Raises
    ------
    InputError
        For an empty or absolute path, ``.`` and ``..``, backslashes, drives, control and invisible
        characters, and names that are hidden or too long.
    """
    expected = "a relative path below its folder"
    if not text or text != text.strip():
        raise InputError(where, expected, repr(text), "not empty, no spaces around it")
    if any(unicodedata.category(c)[0] == "C" or c in "\u2028\u2029" for c in text):
        raise InputError(where, expected, repr(text), "control and invisible characters")
    if text.startswith("/") or "\\" in text or re.match(r"[A-Za-z]:", text):
        raise InputError(where, expected, repr(text), "neither absolute, nor \\, nor a drive")
    parts = text.split("/")
    for part in parts:
        if part in ("", ".", ".."):
            raise InputError(where, expected, repr(text), "no empty part, no . and no ..")
        if part.startswith("."):
            raise InputError(where, expected, repr(text), "hidden names serve temporary files")
        if len(part.encode()) > MAX_NAME_BYTES:
            expected = f"names of at most {MAX_NAME_BYTES} bytes"
            raise InputError(where, expected, f"{part[:40]}... of {len(part.encode())}")
    return tuple(parts)


def check_name(where: object, text: str) -> str:
    """Return ``text`` if it may name a download or a folder.

    Arguments and errors as `check_relative`; in addition a name must not have the ending of a file
    that is written beside a download.
    """
    check_relative(where, text)
    if text.lower().endswith(RESERVED):
        hint = f"{', '.join(RESERVED)} are written beside a download"
        raise InputError(where, "a name with another ending", repr(text), hint)
    return text


def check_folder(where: object, text: str) -> tuple[str, ...]:
    """Return the parts of a folder below the data folder that may receive files.

    Arguments and errors as `check_relative`; in addition the folder of archives and records is
    refused.
    """
    parts = check_relative(where, text.removesuffix("/"))
    if same_name(parts[0]) == RECORDS:
        hint = "it holds archives, manifests and the lock file"
        raise InputError(where, f"a folder other than {RECORDS}", repr(text), hint)
    return parts


def same_name(text: str) -> str:
    """Return a key that is equal for names of one file on some file system: case, accents."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def place_below(where: object, root: Path, parts: Iterable[str]) -> Path:
    """Return the path of parts below a folder.

    Parameters
    ----------
    where
        Names the entry, for the message.
    root
        The folder, which need not exist.
    parts
        Names of folders and the file.

    Raises
    ------
    InputError
        Where a link on the way, or in place of the file, leads out of ``root``.
    """
    real, path = Path(root).resolve(), Path(root)
    for part in parts:
        path /= part
        if path.is_symlink() and not _leads_below(path, real):
            hint = f"a folder elsewhere: make {root} itself the link; a file: copy it"
            raise InputError(where, f"a path that stays below {root}", f"the link {path}", hint)
    return path


def _leads_below(link: Path, root: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # links in a circle
        return False
