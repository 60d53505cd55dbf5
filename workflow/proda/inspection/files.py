"""Files that a configuration names: found, missing, or brought by a download or by the run."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path
from types import MappingProxyType
from typing import Any

from proda.data.downloads.register import COLUMNS, Source, read_sources
from proda.data.raw_files import find_raw_files
from proda.errors import InputError
from proda.files import StrPath
from proda.inspection.views import FileView
from proda.patterns import files_below
from proda.resources import resource
from proda.text.small_tables import read_register

__all__ = ["file_views", "obtained_from", "require_files", "size_of"]

FOUND, MISSING, DOWNLOAD, MADE = "found", "missing", "download", "made"

_HINTS = {
    "soil profiles": "put it below data_dir, or correct its path under profiles",
    "land model": "put history of a land model below data_dir, or correct forcing.clm.files",
    "net primary production": "put it below data_dir, or correct forcing.npp",
    "reference maps": "put it below data_dir, or remove it from references",
    "history through time": "put it below data_dir, or correct transient.forcing.files",
}


def file_views(
    part: str,
    patterns: Sequence[str],
    folder: StrPath,
    config: Mapping[str, Any],
    made: Sequence[Path] = (),
    about: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[FileView]:
    """Yield the state of the files of each pattern.

    Parameters
    ----------
    part
        What they hold.
    patterns
        Below the folder of the raw data.
    folder
        Folder of the raw data.
    config
        A validated configuration.
    made
        Files that the run makes.
    about
        Where to get files that are missing, by pattern; else what is usual for the part.
    """
    products = {} if config["twin"] is not None else config["downloads"]["products"]
    for pattern in dict.fromkeys(patterns):
        path = Path(folder) / pattern
        there = _files(folder, pattern)
        size = sum(file.stat().st_size for file in there)
        product = next(
            (one for one in products.values() if path.is_relative_to(Path(folder) / one["folder"])),
            None,
        )
        if there:
            yield FileView(part, pattern, FOUND, len(there), size)
        elif path in made or config["twin"] is not None:
            yield FileView(part, pattern, MADE)
        elif product is not None:
            yield FileView(part, pattern, DOWNLOAD, hint=_where_from(product, config))
        else:
            yield FileView(part, pattern, MISSING, hint=about.get(pattern, _HINTS.get(part, "")))


def size_of(views: Sequence[FileView], part: str) -> int:
    """Bytes of the files of a part that were found."""
    return sum(view.bytes for view in views if view.part == part)


def require_files(
    part: str,
    patterns: Sequence[str],
    folder: StrPath,
    config: Mapping[str, Any],
    made: Sequence[Path] = (),
) -> None:
    """Raise InputError, as the run does, for files that neither are there nor will be."""
    products = {} if config["twin"] is not None else config["downloads"]["products"]
    if config["twin"] is None:
        find_raw_files(folder, patterns, products, made).require_all()


def _files(folder: StrPath, pattern: str) -> list[Path]:
    path = Path(folder) / pattern
    if path.is_dir():
        return [file for file in sorted(path.rglob("[!.]*")) if file.is_file()]
    return [Path(file) for file in files_below(folder, pattern) if Path(file).is_file()]


def _where_from(product: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    """Product, number of files and first address of a download."""
    register = config["downloads"]["sources"] or resource("sources.csv")
    name = f"{product['product']} {product['version']}"
    try:
        sources = [
            source
            for source in read_sources(Path(register)).values()
            if (source.product, source.version) == (product["product"], product["version"])
            and any(fnmatch(source.file, pattern) for pattern in product["files"] or ["*"])
        ]
    except InputError:
        return f"downloaded by the run: {name}"
    address = next((source.addresses[0] for source in sources if source.addresses), "")
    several = f"{len(sources)} files" if len(sources) != 1 else "1 file"
    return f"downloaded by the run: {name}, {several}{_size(sources)}, from {_host(address)}"


def obtained_from(config: Mapping[str, Any], product: str) -> str:
    """Where the register of sources says that a product is obtained; empty if it is not there.

    Parameters
    ----------
    config
        A validated configuration.
    product
        Key of the product.
    """
    register = config["downloads"]["sources"] or resource("sources.csv")
    try:
        rows = read_register(register, COLUMNS)
    except InputError:
        return ""
    found = rows[rows["product"] == product]
    if found.empty:
        return ""
    row = found.iloc[0]
    access = f"{row['access']}; " if row["access"] not in ("", "open") else ""
    return f"{access}{row['notes']}" if row["notes"] else str(row["citation"])


def _size(sources: Sequence[Source]) -> str:
    known = [source.size for source in sources if source.size]
    return f", {sum(known) / 1e9:.1f} GB" if known and len(known) == len(sources) else ""


def _host(address: str) -> str:
    return address.split("/")[2] if address.count("/") > 2 else "the register of sources"
