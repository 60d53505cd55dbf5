"""The register of sources: each file of a product, its addresses, size and SHA-256 if known."""

import re
from dataclasses import dataclass
from pathlib import Path

from proda.data.downloads.addresses import check_address
from proda.data.downloads.names import check_name, check_relative, same_name
from proda.errors import InputError
from proda.text.small_tables import read_register

__all__ = ["COLUMNS", "Source", "check_sha256", "check_size", "read_sources"]

COLUMNS = (
    "product", "version", "file", "addresses", "size_bytes", "sha256", "licence", "citation",
    "access", "verified", "notes",
)  # fmt: skip


@dataclass(frozen=True)
class Source:
    """A file of a data product.

    Attributes
    ----------
    product, file : str
        Names; they identify the file.
    addresses : tuple of str
        In the order in which they are tried.
    size : int or None
        Bytes, None if unknown.
    sha256 : str or None
        Digest, None if unknown.
    version : str
        Version of the product.
    """

    product: str
    file: str
    addresses: tuple[str, ...]
    size: int | None = None
    sha256: str | None = None
    version: str = ""


def read_sources(path: Path) -> dict[tuple[str, str], Source]:
    """Read the table of sources: {(product, file): Source}.

    Raises
    ------
    InputError
        Naming the row, for unknown columns, repeated files, names that would lead out of their
        folder, addresses that are not http(s) or hold a password, and malformed sizes and
        checksums.
    """
    sources: dict[tuple[str, str], Source] = {}
    seen: set[tuple[str, str]] = set()
    for row in read_register(path, COLUMNS).itertuples():
        where = f"{path} row {row.Index}"
        if not row.product or not row.file:
            raise InputError(where, "a product and file of its own", f"{row.product}, {row.file}")
        if len(check_relative(f"{where}: product", row.product)) > 1:
            raise InputError(f"{where}: product", "a name without /", repr(row.product))
        check_name(f"{where}: file", row.file)
        key = (same_name(row.product), same_name(row.file))
        if key in seen:
            raise InputError(where, "a product and file of its own", f"{row.product}, {row.file}")
        seen.add(key)
        addresses = tuple(row.addresses.split())
        for address in addresses:
            check_address(where, address)
        size = check_size(f"{where}: size_bytes", row.size_bytes)
        sha256 = check_sha256(f"{where}: sha256", row.sha256)
        source = Source(row.product, row.file, addresses, size, sha256, row.version)
        sources[row.product, row.file] = source
    return sources


def check_size(where: object, text: str) -> int | None:
    """Return a number of bytes, None for an empty text. Raises InputError for anything else."""
    if not text:
        return None
    if not re.fullmatch("[0-9]{1,18}", text) or int(text) == 0:
        hint = "digits only: no sign, point, underscore or unit, and not 0"
        raise InputError(where, "a number of bytes", text, hint)
    return int(text)


def check_sha256(where: object, text: str) -> str | None:
    """Return a SHA-256 in lower case, None for an empty text. Raises InputError otherwise."""
    if not text:
        return None
    if not re.fullmatch("[0-9A-Fa-f]{64}", text):
        raise InputError(where, "64 hexadecimal digits", text)
    return text.lower()
