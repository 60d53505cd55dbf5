"""Which raw data a run reads, and where they are: there already, or brought by a download.

The rules that read them wait for these files, and ``proda check`` reports them. Importing this
costs next to nothing, because every start of the workflow does.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from proda.config.sections.profiles import source_files
from proda.errors import InputError
from proda.files import StrPath
from proda.patterns import files_below

__all__ = [
    "PATTERNS",
    "RawFiles",
    "covariates_of_npp",
    "find_raw_files",
    "history_patterns",
    "land_model_patterns",
    "npp_patterns",
    "profile_patterns",
    "reference_patterns",
]


@dataclass
class RawFiles:
    """Files below the folder of the raw data.

    Attributes
    ----------
    needed
        What must be there before the data can be read: the files themselves, or the manifest of
        the download that brings them.
    given
        Those of them that no download brings.
    missing
        Paths and patterns of which nothing is there, and that no download brings.
    """

    needed: list[str] = field(default_factory=list)
    given: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)

    def require_all(self) -> None:
        """Raise InputError for files that neither are there nor will be."""
        if self.missing:
            raise InputError("raw data", ", ".join(self.missing), "no such files")


def find_raw_files(
    folder: StrPath,
    patterns: Sequence[str],
    products: Mapping[str, Mapping[str, Any]],
    made: Collection[Path] = (),
) -> RawFiles:
    """Find the files of patterns below the folder of the raw data.

    Parameters
    ----------
    folder
        Of the raw data.
    patterns
        Files, folders or glob patterns below it.
    products
        Products that are downloaded, of the section `downloads`.
    made
        Files below it that the run itself makes.
    """
    folder, found = Path(folder), RawFiles()
    for pattern in patterns:
        path = folder / pattern
        if path in made:
            found.needed.append(str(path))
            continue
        downloads = [
            str(folder / "downloads" / f"{name}.sha256")
            for name, product in products.items()
            if path.is_relative_to(folder / product["folder"])
        ]
        if path.is_dir():
            # Hidden files are what killed jobs leave behind.
            files = [str(file) for file in sorted(path.rglob("[!.]*")) if file.is_file()]
        else:
            files = files_below(folder, pattern)
        found.needed += downloads or files
        found.given.update([] if downloads else files)
        if not (downloads or files):
            found.missing.append(str(path))
    found.needed = list(dict.fromkeys(found.needed))
    return found


def profile_patterns(config: Mapping[str, Any]) -> list[str]:
    """Files of the profiles, of a validated configuration."""
    source, sources = config["profiles"]["source"], config["profiles"]["sources"]
    named = [source] if source else sources.values()
    return [path for one in named for path in source_files(one)]


def land_model_patterns(config: Mapping[str, Any]) -> list[str]:
    """Files of the land model's history."""
    return list(config["forcing"]["clm"]["files"])


def npp_patterns(config: Mapping[str, Any]) -> list[str]:
    """Files of net primary production; none where the land model's own is used."""
    npp = config["forcing"]["npp"]
    if npp is None or npp["format"] == "clm":
        return []
    return [f"{npp['folder']}/MOD17A3_*.tif" if npp["format"] == "mod17a3" else npp["file"]]


def reference_patterns(config: Mapping[str, Any]) -> list[str]:
    """Files and folders of the reference maps."""
    return [
        path
        for reference in config["references"].values()
        for path in reference.get("files", [reference.get("folder")])
    ]


def history_patterns(config: Mapping[str, Any]) -> list[str]:
    """Files of the history through time."""
    transient = config["transient"]
    return list(transient["forcing"]["files"]) if transient else []


def covariates_of_npp(config: Mapping[str, Any], folder: StrPath) -> Path | None:
    """The file of NPP covariates that a run makes from annual rasters; None if it makes none."""
    npp = config["forcing"]["npp"]
    if config["twin"] is not None or npp is None or npp["format"] != "mod17a3":
        return None
    return Path(folder) / npp["folder"] / "npp.nc"


PATTERNS: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    "soil profiles": profile_patterns,
    "land model": land_model_patterns,
    "net primary production": npp_patterns,
    "reference maps": reference_patterns,
    "history through time": history_patterns,
}
"""Patterns of files by what they hold. Those of the covariates are in their table."""
