"""The section `downloads`."""

from dataclasses import dataclass, field
from typing import Annotated

from proda.config.keys import Limits, Name, Text

__all__ = ["DownloadSettings", "ProductRequest"]

_Patterns = Annotated[tuple[Text, ...], Limits(min_items=1, max_items=10_000)] | None
_Gigabytes = Annotated[float, Limits(above=0, maximum=1_000_000)]


@dataclass(frozen=True, kw_only=True)
class ProductRequest:
    """A data product to download."""

    product: Annotated[Text, "Product, as in the register of sources."]
    version: Annotated[Text, "Version, as in the register of sources."]
    files: Annotated[
        _Patterns, "Glob patterns of the files to download; null for all of the version."
    ] = None
    folder: Annotated[
        Text,
        "Folder below data_dir for the files; not `downloads`, which is reserved for archives.",
    ]
    unpack: Annotated[
        _Patterns,
        "Glob patterns of the members to unpack from zip archives; null for files that are used "
        "as they are.",
    ] = None


@dataclass(frozen=True, kw_only=True)
class DownloadSettings:
    """Data products that are downloaded into data_dir if they are missing."""

    sources: Annotated[
        Text | None,
        "Register of products and their addresses, relative to the working directory; null for "
        "workflow/proda/resources/sources.csv.",
    ] = None
    lock: Annotated[
        Text | None,
        "Table of the digests of downloaded files, relative to the working directory; a file must "
        "keep the digest of its first download. null for data_dir/downloads/sources.lock.csv.",
    ] = None
    max_download_gb: Annotated[_Gigabytes, "Maximum size of a downloaded file, GB."] = 20
    max_unpacked_gb: Annotated[
        _Gigabytes, "Maximum total size of the unpacked members of an archive, GB."
    ] = 100
    products: Annotated[
        dict[Name, ProductRequest],
        Limits(max_keys=100),
        "The products, each under a name of your choice.",
    ] = field(default_factory=dict)
