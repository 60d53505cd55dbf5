"""A configuration for the files of a folder, with a comment on every guess."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from proda.errors import InputError
from proda.inspection.draft_fields import write_comparisons, write_covariates, write_forcing
from proda.inspection.draft_material import Material
from proda.inspection.draft_profiles import write_profiles
from proda.inspection.draft_study import write_methods, write_region
from proda.inspection.guessed_fields import guess_fields
from proda.inspection.guessed_tables import GuessedTable, guess_tables
from proda.inspection.sniffing import ENDINGS
from proda.model.structures import STUDY

__all__ = ["Draft", "draft_configuration"]

_SNAPSHOTS = {
    "wosis_2019": ("*_profiles.tsv", "*_layers_chemical.tsv", "*_layers_physical.tsv"),
    "wosis_2016": ("*_profiles.txt", "*_layers.txt"),
    "wosis_2023": ("*_profiles.tsv", "*_layers.tsv", "*_sites.tsv"),
}
_MAX_DEPTH = 3


@dataclass
class Draft:
    """A configuration that was drafted.

    Attributes
    ----------
    text
        The configuration.
    recognised
        What each file was taken for, by path below the folder.
    others
        Files that were not recognised.
    doubts
        What the user has to confirm.
    """

    text: str
    recognised: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def draft_configuration(folder: Path) -> Draft:
    """Draft a configuration from the files in a folder.

    Parameters
    ----------
    folder
        The folder, as the configuration will name it.

    Raises
    ------
    InputError
        For a folder that is not there, or without a table of horizons.
    """
    if not folder.is_dir():
        raise InputError(folder, "a folder with your data", "no such folder")
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        and len(path.relative_to(folder).parts) <= _MAX_DEPTH
    )
    snapshot = _snapshot(folder, files)
    inside = [path for path in files if snapshot and path.parent == snapshot[1]]
    tables = guess_tables(
        path for path in files if path.suffix.lower() in ENDINGS and path not in inside
    )
    horizons = [table for table in tables if table.kind == "horizons"]
    if not horizons and snapshot is None:
        found = ", ".join(path.name for path in files[:10]) or "no file at all"
        expected = "a table with columns for an identifier, two depths and organic carbon"
        raise InputError(folder, expected, found, "name them as in docs/tutorial.md, section 1")
    fields = guess_fields(folder, [path for path in files if path not in inside])
    by_size = sorted(tables, key=lambda table: -len(table.source.table))

    def of_kind(kind: str) -> list[GuessedTable]:
        return [table for table in by_size if table.kind == kind]

    return _draft(
        Material(
            folder,
            files,
            of_kind("horizons"),
            of_kind("sites"),
            of_kind("points"),
            fields,
            snapshot,
        )
    )


def _draft(found: Material) -> Draft:
    """Write all sections."""
    lines = found.lines
    name = re.sub(r"[^A-Za-z0-9._-]", "_", found.folder.resolve().name).strip("._-") or "own"
    lines.comment("Drafted by `proda init` from the files in this folder. Values marked")
    lines.comment("CONFIRM are guesses that names and numbers do not settle. Then run")
    lines.comment(f"  proda check {found.folder / 'config.yaml'}")
    lines.comment("Every key is described in docs/configuration.md.")
    lines.key("dataset", name, why="results go to results/" + name)
    lines.key("data_dir", str(found.folder), why="the paths below are meant from this folder")
    if found.fields.structure != STUDY:
        why = "the history has the fields of this structure"
        lines.key("structure", found.fields.structure, why=why)
    for write in (
        write_methods,
        write_region,
        write_profiles,
        write_forcing,
        write_covariates,
        write_comparisons,
    ):
        write(found)
    others = [found.name(path) for path in found.files]
    others = [path for path in others if path not in found.recognised]
    return Draft(lines.text(), found.recognised, others, lines.doubts)


def _snapshot(folder: Path, files: Sequence[Path]) -> tuple[str, Path] | None:
    """Format and folder of a snapshot of WoSIS."""
    for parent in sorted({path.parent for path in files}):
        for form, patterns in _SNAPSHOTS.items():
            if all(any(parent.glob(pattern)) for pattern in patterns):
                return form, parent
    return None
