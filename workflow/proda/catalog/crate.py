"""The origin of a run as an RO-Crate (https://www.researchobject.org/ro-crate), version 1.1.

The crate follows the profile Process Run Crate: one action, the run, with the workflow as its
instrument, what it read as objects and what it made as results. Files it read are named with the
digests that the jobs recorded; they are not part of the crate.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

from rocrate.model.contextentity import ContextEntity
from rocrate.model.person import Person
from rocrate.model.softwareapplication import SoftwareApplication
from rocrate.rocrate import ROCrate

from proda.catalog.about import About

__all__ = ["write_crate"]

PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
LICENSES = "https://spdx.org/licenses/"
FORMATS = {
    ".tif": "image/tiff; application=geotiff; profile=cloud-optimized",
    ".csv": "text/csv",
    ".gz": "application/gzip",
    ".json": "application/json",
    ".yaml": "application/yaml",
    ".txt": "text/plain",
}


def write_crate(
    folder: Path, titles: Mapping[Path, str], sources: Mapping[str, str], about: About
) -> None:
    """Write ro-crate-metadata.json of a folder.

    Parameters
    ----------
    folder
        The folder.
    titles
        {file below it: what it is}.
    sources
        {path of a file that the run read: its digest}.
    about
        The run.
    """
    crate = ROCrate(version="1.1")
    root = crate.root_dataset
    crate.name, crate.description = about.title, about.description
    # No time of writing: the same run gives the same bytes.
    root.pop("datePublished", None)
    if about.settings.published:
        root["datePublished"] = about.settings.published
    license_ = _license(crate, about)
    root["license"] = license_ if license_ is not None else "not stated"
    authors = [crate.add(Person(crate, f"#author-{i}", {"name": name}))
               for i, name in enumerate(about.creators, start=1)]  # fmt: skip
    if authors:
        root["author"] = authors
    profile = crate.add(
        ContextEntity(crate, PROFILE, {"@type": "CreativeWork", "name": "Process Run Crate"})
    )
    root["conformsTo"] = profile
    software = crate.add(
        SoftwareApplication(
            crate,
            "#workflow",
            {"name": about.citation.title, "softwareVersion": about.version,
             "license": f"{LICENSES}{about.citation.license}"},
        )
    )  # fmt: skip
    study = crate.add(
        ContextEntity(
            crate,
            f"https://doi.org/{about.citation.doi}",
            {"@type": "ScholarlyArticle", "name": about.citation.study},
        )
    )
    root["citation"] = study
    results = [
        crate.add_file(
            path,
            path.relative_to(folder).as_posix(),
            properties={"name": title, "encodingFormat": FORMATS[path.suffix],
                        "contentSize": str(path.stat().st_size)},
        )
        for path, title in titles.items()
    ]  # fmt: skip
    _add_run(crate, software, results, sources, about)
    crate.metadata.write(folder)


def _license(crate: ROCrate, about: About) -> ContextEntity | None:
    if about.license is None:
        return None
    return crate.add(
        ContextEntity(
            crate,
            f"{LICENSES}{about.license}",
            {"@type": "CreativeWork", "name": about.license},
        )
    )


def _add_run(
    crate: ROCrate,
    software: SoftwareApplication,
    results: Sequence[object],
    sources: Mapping[str, str],
    about: About,
) -> None:
    objects = [
        crate.add(
            ContextEntity(
                crate,
                f"#input-{i}",
                {"@type": "CreativeWork", "name": _shown(path), "identifier": digest},
            )
        )
        for i, (path, digest) in enumerate(sources.items(), start=1)
    ]
    run = crate.add(
        ContextEntity(
            crate,
            "#run",
            {
                "@type": "CreateAction",
                "name": f"Run of the workflow on the dataset {about.dataset}",
            },
        )
    )
    run["instrument"], run["object"], run["result"] = software, objects, list(results)
    crate.root_dataset["mentions"] = run


def _shown(path: str) -> str:
    """A path without the folders of the machine."""
    place = PurePath(path)
    return place.name if place.is_absolute() or ".." in place.parts else path
