"""Opening text files; what is wrong with one is an error that names the file and the line."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from proda.errors import InputError

__all__ = ["open_text"]

OTHER_ENCODING = "set `encoding` in the source, for example latin-1"
_SAVE = "save it as text (csv) first"
# First bytes of files that are mistaken for text tables, their kind, and what to do.
_KINDS = (
    (b"PK\x05\x06", "an empty zip archive", "save the table again"),
    (b"PK\x03\x04", "a zip archive, as spreadsheets (.xlsx, .ods) are",
     "save a spreadsheet as .xlsx with this ending or as csv; unpack an archive"),
    (b"\xd0\xcf\x11\xe0", "an old spreadsheet (.xls), or one with a password",
     "save it as .xlsx or csv, without a password"),
    (b"PAR1", "a Parquet file", _SAVE),
    (b"\x89HDF", "an HDF5 or netCDF-4 file", _SAVE),
    (b"CDF", "a netCDF file", _SAVE),
    (b"SQLite format 3", "a SQLite or GeoPackage database", _SAVE),
    (b"%PDF", "a PDF document", _SAVE),
    (b"{\\rtf", "a document of a word processor", _SAVE),
    (b"RDX", "a file of R", _SAVE),
    (b"ARROW1", "an Arrow (Feather) file", _SAVE),
    (b"7z\xbc\xaf", "a 7z archive", "unpack it"),
    (b"BZh", "a bzip2 archive", "unpack it"),
    (b"\xfd7zXZ", "an xz archive", "unpack it"),
    (b"(\xb5/\xfd", "a zstd archive", "unpack it"),
)  # fmt: skip
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF_8_MARK = b"\xef\xbb\xbf"
_GZIP = b"\x1f\x8b"


@contextmanager
def open_text(
    path: str | Path, encoding: str = "utf-8", errors: str = "strict"
) -> Iterator[io.TextIOWrapper]:
    """Open a text file for reading, packed by gzip or not, with line breaks of any system.

    Parameters
    ----------
    path
        The file.
    encoding
        Its encoding, unless it begins with the mark of another one.
    errors
        How bytes that cannot be decoded are treated, as for `open`.

    Raises
    ------
    InputError
        For a missing file, another kind of file and bytes that cannot be decoded, also where they
        are met later, while it is read.
    """
    try:
        with Path(path).open("rb") as file:
            start = file.read(64)
            _check_kind(path, start, encoding)
            file.seek(0)
            packed = start.startswith(_GZIP)
            unpacked = cast(BinaryIO, gzip.GzipFile(fileobj=file)) if packed else file
            # Spreadsheets put a mark before UTF-8, which would stick to the first column.
            known = _marked(start) or encoding
            with io.TextIOWrapper(unpacked, known, errors) as text:
                yield text
    except FileNotFoundError:
        raise InputError(path, "a readable file", "no such file") from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(path, "a whole gzip file", str(error)) from None
    except UnicodeError as error:
        raise _undecodable(path, encoding, error) from None
    except OSError as error:
        raise InputError(path, "a readable file", error.strerror or str(error)) from None
    except LookupError as error:
        if isinstance(error, KeyError | IndexError):
            raise
        raise InputError(f"{path}, encoding", "the name of an encoding", repr(encoding)) from None


def _marked(start: bytes) -> str | None:
    """The encoding whose mark a file begins with, or None."""
    if start.startswith(_UTF_8_MARK):
        return "utf-8-sig"
    return _wide(start) if start.startswith((*_WIDE_MARKS, b"\0\0\xfe\xff")) else None


def _check_kind(path: str | Path, start: bytes, encoding: str) -> None:
    """Raise InputError for a file that begins like one of another kind or encoding."""
    for magic, kind, hint in _KINDS:
        if start.startswith(magic):
            raise InputError(path, "a delimited text table", kind, hint)
    if start.lstrip().lower().startswith((b"<!doctype", b"<html", b"<?xml")):
        hint = "a page of the web saved in its place? download the table itself"
        raise InputError(path, "a delimited text table", "a page of markup", hint)
    if "\0" in encoding:
        raise InputError(f"{path}, encoding", "the name of an encoding", repr(encoding))
    wide = _wide(start)
    if wide and not encoding.lower().replace("_", "-").startswith((wide, wide.replace("tf-", ""))):
        hint = f"set `encoding: {wide}` in the source, or save it as UTF-8"
        raise InputError(path, f"text in {encoding}", f"what looks like {wide.upper()}", hint)


def _wide(start: bytes) -> str | None:
    """The encoding of two or four bytes a character that a file seems to begin with, or None."""
    if start.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    first, second = start[::2].count(0), start[1::2].count(0)
    # Of plain text, one of two bytes is 0, and always the same one.
    one_of_two = min(first, second) == 0 and max(first, second) > len(start) // 4
    return "utf-16" if start.startswith(_WIDE_MARKS) or one_of_two else None


def _undecodable(path: str | Path, encoding: str, error: UnicodeError) -> InputError:
    """The error for bytes that cannot be decoded, with the line of the first."""
    if not isinstance(error, UnicodeDecodeError):
        hint = "leave `encoding` out for UTF-8"
        return InputError(path, f"text in {encoding}", str(error), hint)
    found = f"byte {error.object[error.start]:#x}"
    with Path(path).open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeError:
                found += f" in line {number}"
                break
    return InputError(path, f"text in {encoding}", found, OTHER_ENCODING)
