"""Unpacking of chosen members of zip archives.

All chosen members are checked before the first is written: names that stay below the folder,
regular files, a compression method that can be read, the sum of their sizes. Each file is checked
against the archive's checksum before it takes its name.
"""

import lzma
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

from proda.data.downloads.names import check_relative, place_below, same_name
from proda.errors import InputError
from proda.files import atomic_path

__all__ = ["unpack"]

CHUNK_BYTES = 2**20
READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
METHODS = {1: "shrink", 6: "implode", 9: "Deflate64", 93: "Zstandard", 95: "xz", 98: "PPMd"}
ENCRYPTED, PATCHED, STRONGLY_ENCRYPTED = 0x1, 0x20, 0x40
OTHER_FORMATS = {
    b"\x1f\x8b": "a gzip file (a tar archive?)",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ\x00": "an xz file",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
}
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    IndexError,
    OverflowError,
    MemoryError,
)


def unpack(
    archive: Path,
    folder: Path,
    patterns: Sequence[str] = ("*",),
    *,
    root: Path | None = None,
    max_bytes: int | None = None,
    claim: Callable[[list[Path]], None] | None = None,
) -> list[Path]:
    """Unpack the members of a zip archive whose path or name matches one of the patterns.

    Members keep their folders; hidden ones are excluded.

    Parameters
    ----------
    archive : Path
        The zip archive.
    folder : Path
        Where the members go.
    patterns : sequence of str
        Shell patterns of paths or names.
    root : Path, optional
        Folder that no member may leave; ``folder`` by default.
    max_bytes : int, optional
        Maximum sum of the unpacked sizes.
    claim : callable, optional
        Called with the paths before the first is written.

    Returns
    -------
    list of Path
        The unpacked files.

    Raises
    ------
    InputError
        For a broken or encrypted archive, a method that Python does not read, a member that is a
        link or would leave the folder, two members of one name, more bytes than ``max_bytes`` or
        the disk hold, and patterns without a match.
    """
    folder = Path(folder)
    with _readable(archive), zipfile.ZipFile(archive) as opened:
        members = [m for m in opened.infolist() if not m.is_dir() and _matches(m, patterns)]
        if not members:
            raise InputError(archive, f"members like {', '.join(patterns)}", "none")
        targets = _targets(archive, members, folder, Path(root or folder))
        _check_size(archive, members, folder, max_bytes)
        if claim:
            claim(targets)
        for member, target in zip(members, targets, strict=True):
            _write(archive, opened, member, target)
    return targets


def _matches(member: zipfile.ZipInfo, patterns: Sequence[str]) -> bool:
    path = member.filename
    *above, name = path.replace("\\", "/").split("/")
    # macOS adds a ._x for every x; readers of folders skip hidden files as well.
    if any(part.startswith(".") and part not in (".", "..") for part in (*above, name)):
        return False
    return any(fnmatch(text, pattern) for text in (path, name) for pattern in patterns)


def _targets(archive: Path, members: list[zipfile.ZipInfo], folder: Path, root: Path) -> list[Path]:
    """Where the members go; nothing has been written yet."""
    seen: dict[str, str] = {}
    targets = []
    above = folder.relative_to(root).parts
    for member in members:
        where = f"{archive}, member {member.orig_filename!r}"
        # What lies behind a NUL is lost from filename.
        parts = check_relative(where, member.orig_filename.removeprefix("./"))
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG):
            found = "a symbolic link" if kind == stat.S_IFLNK else f"a file of type {kind:o}"
            raise InputError(where, "a regular file", found)
        if member.flag_bits & (ENCRYPTED | STRONGLY_ENCRYPTED):
            hint = "unpack it by hand, with its password"
            raise InputError(where, "a file without a password", "an encrypted one", hint)
        if member.compress_type not in READABLE or member.flag_bits & PATCHED:
            method = METHODS.get(member.compress_type, f"number {member.compress_type}")
            hint = f"unpack it by hand into {folder}"
            expected = "the method deflate, bzip2, LZMA or none"
            raise InputError(where, expected, method, hint)
        key = same_name("/".join(parts))
        if key in seen:
            raise InputError(where, "each name once", f"{seen[key]!r} again")
        seen[key] = member.filename
        target = place_below(where, root, (*above, *parts))
        if target.is_dir():
            raise InputError(where, "a place for a file", f"the folder {target}")
        targets.append(target)
    for name in seen:
        for end in (i for i, c in enumerate(name) if c == "/"):
            if name[:end] in seen:
                where = f"{archive}, member {seen[name]!r}"
                raise InputError(where, "a folder above it", f"the file {seen[name[:end]]!r}")
    return targets


def _check_size(
    archive: Path, members: list[zipfile.ZipInfo], folder: Path, max_bytes: int | None
) -> None:
    size = sum(member.file_size for member in members)
    if max_bytes is not None and size > max_bytes:
        hint = "fewer members (unpack), or a larger downloads.max_unpacked_gb"
        raise InputError(archive, f"at most {max_bytes} bytes unpacked", f"{size}", hint)
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if size > free:
        raise InputError(archive, f"{size} bytes of free disk at {there}", f"{free}")


def _write(archive: Path, opened: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> None:
    written = 0
    with atomic_path(target) as temporary, temporary.open("wb") as file:
        with opened.open(member) as body:
            while chunk := body.read(CHUNK_BYTES):
                written += len(chunk)
                file.write(chunk)
        if written != member.file_size:
            found = f"{written} bytes of {member.filename!r}"
            raise InputError(archive, f"{member.file_size} bytes as it declares", found)


@contextmanager
def _readable(archive: Path) -> Iterator[None]:
    """Turn errors of reading into InputError; errors of the disk stay as they are."""
    try:
        yield
    except InputError:
        raise
    except (*BROKEN, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None and error.filename is not None:
            raise
        found = _other_format(archive) or f"{type(error).__name__}: {error}"
        hint = "remove it to download it again"
        raise InputError(archive, "a whole zip archive", found, hint) from None


def _other_format(archive: Path) -> str | None:
    with Path(archive).open("rb") as file:
        head = file.read(512)
    if head[257:262] == b"ustar":
        return "a tar archive"
    return next((name for mark, name in OTHER_FORMATS.items() if head.startswith(mark)), None)
