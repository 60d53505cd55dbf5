"""A Frictionless Data Package of the tables (https://datapackage.org, version 2).

The description of a column is that of the register (`proda.catalog.columns`). What the register
does not know is described by its name alone and reported.
"""

import csv
import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from proda.catalog.about import About
from proda.catalog.columns import Column, Table, columns_of, table_of
from proda.text.files import open_text
from proda.text.formulas import unguarded

__all__ = ["PACKAGE", "copy_tables", "data_package"]

PACKAGE = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
TABLE_PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"
GZ = ".gz"


def copy_tables(tables: Iterable[Path], results: Path, folder: Path) -> list[Path]:
    """Copy tables of a run to the same places below a folder.

    Parameters
    ----------
    tables
        The files, csv or csv.gz.
    results
        Folder of the run, results/<dataset>.
    folder
        Where to copy them.

    Returns
    -------
    list of Path
        The copies, in the order of their paths.
    """
    copies = []
    for path in sorted(set(tables)):
        target = folder / path.relative_to(results)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        copies.append(target)
    return copies


def data_package(
    tables: Iterable[Path], folder: Path, about: About
) -> tuple[dict[str, Any], list[str]]:
    """Describe tables.

    Parameters
    ----------
    tables
        The files below ``folder``.
    folder
        Folder of the description.
    about
        The run.

    Returns
    -------
    dict, list of str
        Content of datapackage.json, and what the register of tables does not agree with.
    """
    resources, faults = [], []
    for path in tables:
        described, wrong = _resource(path, folder, about)
        resources.append(described)
        faults += [f"{described['path']}: {fault}" for fault in wrong]
    package: dict[str, Any] = {
        "$schema": PROFILE,
        "name": about.dataset.lower(),
        "title": about.title,
        "description": about.description,
        "version": about.version,
        "keywords": ["soil organic carbon", "data assimilation"],
        "contributors": [{"title": name, "roles": ["creator"]} for name in about.creators],
        "licenses": [{"name": about.license}] if about.license else [],
        "sources": [
            {"title": about.citation.study, "path": f"https://doi.org/{about.citation.doi}"}
        ],
        "resources": resources,
    }
    # The specification allows no empty lists.
    return {name: value for name, value in package.items() if value != []}, faults


def _resource(path: Path, folder: Path, about: About) -> tuple[dict[str, Any], list[str]]:
    place = path.relative_to(folder).as_posix()
    name = place.removesuffix(GZ).removesuffix(".csv")
    table = table_of(name)
    header = _header(path)
    if table is None:
        columns, faults = [Column(one, "any", "", "") for one in header], ["no description of it"]
        table = Table(name, name, (), ())
    else:
        columns, faults = columns_of(table, header, about.labels)
    described: dict[str, Any] = {
        "name": name.replace("/", "_").lower(),
        "type": "table",
        "path": place,
        "title": table.title,
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "header": True},
        "bytes": path.stat().st_size,
        "hash": "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest(),
        "schema": {
            "$schema": TABLE_PROFILE,
            "fields": [_field(column) for column in columns],
            "missingValues": [""],
        },
    }
    if path.suffix == GZ:
        described |= {"compression": "gz", "mediatype": "application/gzip"}
    if table.key:
        described["schema"]["primaryKey"] = list(table.key)
    return described, faults


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": column.type}
    if column.description:
        field["description"] = column.description
    if column.unit.startswith("@"):
        field["unit"] = f"given by the column {column.unit[1:]}"
    elif column.unit:
        field["unit"] = column.unit
    if column.type == "boolean":
        field |= {"trueValues": ["True"], "falseValues": ["False"]}
    return field


def _header(path: Path) -> list[str]:
    with open_text(path) as file:
        return [unguarded(name) for name in next(csv.reader(file))]
