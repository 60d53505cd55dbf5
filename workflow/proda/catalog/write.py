"""Writing the catalogue of a run as one folder, which can be moved or deposited as it is."""

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

from proda.catalog.about import About
from proda.catalog.crate import write_crate
from proda.catalog.data_package import PACKAGE, copy_tables, data_package
from proda.catalog.deposit import DEPOSIT, deposit_metadata
from proda.catalog.maps import MapSources, write_maps
from proda.catalog.stac import COLLECTION, ITEMS, write_collection

__all__ = ["write_catalog"]

MAPS, CONFIG, PACKAGES = "maps", "config.yaml", "packages.txt"


def write_catalog(
    folder: Path,
    maps: MapSources,
    tables: Iterable[Path],
    results: Path,
    sources: Mapping[str, str],
    config: Mapping[str, Any],
    packages: Sequence[str],
    about: About,
) -> list[str]:
    """Write maps, tables and their descriptions.

    Parameters
    ----------
    folder
        Of the catalogue; what is in it is replaced.
    maps
        Maps of the run.
    tables
        Tables of the run.
    results
        Folder of the run, results/<dataset>.
    sources
        {file that the run read: its digest}.
    config
        The configuration, with all defaults.
    packages
        Names of the packages of the run, of which the installed versions are listed.
    about
        The run.

    Returns
    -------
    list of str
        Columns and tables that the register of tables does not describe.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = write_maps(maps, about.labels, folder / MAPS)
    titles = {one.path: one.title for one in files}
    if files:
        write_collection(folder, files, about)
        titles[folder / COLLECTION] = "STAC collection of the maps"
        titles |= {folder / ITEMS / f"{one.id}.json": f"STAC item: {one.title}" for one in files}
    package, faults = data_package(copy_tables(tables, results, folder), folder, about)
    titles |= {folder / one["path"]: one["title"] for one in package["resources"]}
    titles[_write_json(folder / PACKAGE, package)] = "Frictionless Data Package of the tables"
    titles[_write_json(folder / DEPOSIT, deposit_metadata(about))] = "Metadata for Zenodo"
    (folder / CONFIG).write_text(yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True))
    titles[folder / CONFIG] = "Configuration of the run, with all defaults"
    (folder / PACKAGES).write_text("".join(f"{line}\n" for line in _versions(packages)))
    titles[folder / PACKAGES] = "Versions of the Python packages of the run"
    write_crate(folder, titles, sources, about)
    return faults


def _write_json(path: Path, content: Mapping[str, Any]) -> Path:
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    return path


def _versions(packages: Iterable[str]) -> list[str]:
    installed = {}
    for name in packages:
        try:
            installed[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return [f"{name}=={version}" for name, version in sorted(installed.items())]
