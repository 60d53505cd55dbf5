"""A whole data product: fetch its files, unpack archives, and list the digests.

Below ``data_dir`` the files of a product lie in its folder. ``downloads/`` holds what belongs to
the downloads: archives in ``archives/<product>/``, with the list of what was unpacked from each, a
manifest per product of the configuration, and the lock file.
"""

from collections.abc import Mapping
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import Any

from proda.data.downloads.archives import unpack
from proda.data.downloads.claims import Claims
from proda.data.downloads.digests import Digests
from proda.data.downloads.names import RECORDS, check_folder, place_below
from proda.data.downloads.register import Source, read_sources
from proda.data.downloads.transfer import download
from proda.errors import InputError
from proda.files import atomic_path

__all__ = ["fetch_product"]

GIGABYTE = 10**9


def fetch_product(
    sources: Path,
    wanted: Mapping[str, Any],
    data_dir: Path,
    manifest: Path,
    *,
    lock: Path | None = None,
    max_download_gb: float | None = None,
    max_unpacked_gb: float | None = None,
    **options: Any,
) -> list[Path]:
    """Fetch the files of one product below ``data_dir`` and write their digests to ``manifest``.

    Files that exist are checked and kept.

    Parameters
    ----------
    sources : Path
        Table of sources.
    wanted : mapping
        With product, version, folder (below data_dir), files (patterns, None for all) and unpack
        (patterns of members of zip archives, None for files used as they are; archives stay in
        data_dir/downloads/archives).
    data_dir : Path
        The data folder.
    manifest : Path
        List of the digests.
    lock : Path, optional
        File of the digests that are trusted; data_dir/downloads/sources.lock.csv by default.
    max_download_gb, max_unpacked_gb : float, optional
        Maximum size of a file and of the members of an archive; None for any.
    options
        Of `download`.

    Returns
    -------
    list of Path
        The downloaded files.

    Raises
    ------
    InputError
        For a product that is not in the table, names that would lead out of data_dir, and as
        `download` and `unpack`.
    """
    data_dir = Path(data_dir)
    folder = check_folder("config downloads.products, folder", wanted["folder"])
    chosen = _choose(sources, wanted)
    places = [_place(sources, wanted, data_dir, folder, source) for source in chosen]
    # Read before the first request; the default is not written outside the data folder.
    own = place_below("downloads", data_dir, (RECORDS, "sources.lock.csv"))
    digests = Digests(Path(lock) if lock else own)
    claims = Claims(data_dir, digests)
    lines, paths = [], []
    for source, target in zip(chosen, places, strict=True):
        path = target.relative_to(data_dir).as_posix()
        if not wanted["unpack"]:
            claims.refuse([target])
        received = None if max_download_gb is None else int(max_download_gb * GIGABYTE)
        sha256 = download(source, target, digests=digests, path=path, max_bytes=received, **options)
        paths.append(target)
        lines.append(f"{sha256}  {path}\n")
        if wanted["unpack"]:
            unpack(
                target,
                data_dir.joinpath(*folder),
                wanted["unpack"],
                root=data_dir,
                max_bytes=None if max_unpacked_gb is None else int(max_unpacked_gb * GIGABYTE),
                claim=partial(claims.take, target),
            )
    with atomic_path(manifest) as temporary:
        temporary.write_text("".join(lines), encoding="utf-8")
    return paths


def _place(
    sources: Path,
    wanted: Mapping[str, Any],
    data_dir: Path,
    folder: tuple[str, ...],
    source: Source,
) -> Path:
    """Path of a download, checked together with those of the files beside it."""
    where = f"{sources}, {source.product}, {source.file}"
    above = (RECORDS, "archives", source.product) if wanted["unpack"] else folder
    target = place_below(where, data_dir, (*above, *source.file.split("/")))
    for beside in (".part", ".part.json", ".sha256", ".members"):
        name = source.file.split("/")[-1] + beside
        place_below(where, data_dir, (*target.relative_to(data_dir).parts[:-1], name))
    if target.is_symlink():
        raise InputError(where, "a file or none", f"the link {target}", "copy the file there")
    return target


def _choose(sources: Path, wanted: Mapping[str, Any]) -> list[Source]:
    """Files of the product and version that match the patterns."""
    known = read_sources(sources)
    versions = {source.version for source in known.values() if source.product == wanted["product"]}
    where = f"{sources}, product {wanted['product']}"
    if wanted["version"] not in versions:
        found = f"versions {', '.join(sorted(versions))}" if versions else "no such product"
        raise InputError(where, f"version {wanted['version']}", found)
    files = [
        source
        for source in known.values()
        if source.product == wanted["product"] and source.version == wanted["version"]
    ]
    patterns = wanted["files"] or ["*"]
    unmatched = [p for p in patterns if not any(fnmatch(source.file, p) for source in files)]
    if unmatched:
        found = ", ".join(source.file for source in files)
        raise InputError(where, f"files like {', '.join(unmatched)}", found)
    return [source for source in files if any(fnmatch(source.file, p) for p in patterns)]
