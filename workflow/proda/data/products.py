"""A data product as a whole: its files fetched, archives unpacked, and their digests listed."""

import shutil
import zipfile
import zlib
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from proda.data.download import download, read_sources
from proda.errors import InputError
from proda.files import atomic_path

__all__ = ["fetch_product", "unpack"]


def fetch_product(sources, wanted, data_dir, manifest):
    """Fetch the files of one product below ``data_dir`` and write their digests to ``manifest``.

    sources: table of sources. wanted: mapping with product, version, folder (below data_dir), files
    (patterns, None for all) and unpack (patterns of members of zip archives, None for files used as
    they are; archives stay in data_dir/downloads). Files that are there are checked and kept.
    Returns the paths of the downloaded files. Raises InputError for a product the table does not
    know, and as `download` and `unpack`.
    """
    data_dir, folder = Path(data_dir), Path(data_dir) / wanted["folder"]
    chosen = _choose(sources, wanted)
    lines, paths = [], []
    for source in chosen:
        target = (data_dir / "downloads" if wanted["unpack"] else folder) / source.file
        sha256 = download(source, target)
        paths.append(target)
        lines.append(f"{sha256}  {target.relative_to(data_dir).as_posix()}\n")
        if wanted["unpack"]:
            unpack(target, folder, wanted["unpack"])
    with atomic_path(manifest) as temporary:
        temporary.write_text("".join(lines))
    return paths


def unpack(archive, folder, patterns=("*",)):
    """Unpack the members of a zip archive whose path or name matches one of the patterns.

    Each file is checked against the archive's checksum before it takes its name. Members keep their
    folders. Returns the paths. Raises InputError for a broken archive, a member that would leave
    ``folder``, and patterns without a match.
    """
    folder, paths = Path(folder), []
    try:
        with zipfile.ZipFile(archive) as opened:
            for member in opened.infolist():
                path = PurePosixPath(member.filename)
                matches = (fnmatch(name, p) for name in (str(path), path.name) for p in patterns)
                if member.is_dir() or not any(matches):
                    continue
                if path.is_absolute() or ".." in path.parts:
                    raise InputError(archive, "members inside the archive", member.filename)
                target = folder / path
                with (
                    atomic_path(target) as temporary,
                    open(temporary, "wb") as file,
                    opened.open(member) as body,
                ):
                    shutil.copyfileobj(body, file, 2**20)
                paths.append(target)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InputError(archive, "a whole zip archive", str(error), "remove it") from None
    if not paths:
        raise InputError(archive, f"members like {', '.join(patterns)}", "none")
    return paths


def _choose(sources, wanted):
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
