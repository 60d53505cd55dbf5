"""What a configuration is drafted from: the files of a folder and what they were taken for."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from proda.inspection.guessed_fields import Fields
from proda.inspection.guessed_tables import GuessedTable
from proda.inspection.yaml_lines import YamlLines

__all__ = ["Material", "write_layout"]

_CARBON = ("SOIL1C_vr", "SOM_ACT_C_vr")


@dataclass
class Material:
    """Files of a folder, and the configuration that grows from them.

    Attributes
    ----------
    folder
        As the configuration names it.
    files
        All files below it.
    horizons, sites, points
        Tables by their kind, the longest first.
    fields
        NetCDF files and rasters.
    snapshot
        Format and folder of a snapshot of WoSIS, or None.
    lines
        Of the configuration.
    recognised
        What each file was taken for, by path below the folder.
    """

    folder: Path
    files: Sequence[Path]
    horizons: Sequence[GuessedTable]
    sites: Sequence[GuessedTable]
    points: Sequence[GuessedTable]
    fields: Fields
    snapshot: tuple[str, Path] | None
    lines: YamlLines = field(default_factory=YamlLines)
    recognised: dict[str, str] = field(default_factory=dict)

    def name(self, path: Path) -> str:
        """Path of a file below the folder."""
        return path.relative_to(self.folder).as_posix()

    @property
    def has_carbon(self) -> bool:
        """Whether the history holds soil carbon by layer."""
        return bool(self.fields.variables & set(_CARBON))

    @property
    def has_sand(self) -> bool:
        """Whether the history holds sand, which runs at default parameters need."""
        return "CELLSAND" in self.fields.variables

    @property
    def number_of_profiles(self) -> int | None:
        """Number of profiles in the table of horizons; None for a snapshot, which has many."""
        if not self.horizons:
            return None
        table = self.horizons[0]
        ids = table.columns["profile_id"]
        columns = ids if isinstance(ids, list) else [ids]
        return int(table.source.table[columns].drop_duplicates().shape[0])


def write_layout(found: Material, table: GuessedTable, level: int) -> None:
    """Write the keys of how a table is written.

    Parameters
    ----------
    found
        What the configuration is drafted from.
    table
        The table.
    level
        Of indentation.
    """
    for key, value in table.source.keys.items():
        found.lines.key(key, value, level, table.source.reasons.get(key))
