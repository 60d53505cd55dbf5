"""What ``proda check`` reports, as plain records that text and JSON are made from."""

from dataclasses import dataclass, field
from typing import Any

from proda.config.plan import PlannedResult
from proda.inspection.findings import Findings

__all__ = [
    "ColumnView",
    "Coverage",
    "Estimate",
    "FileView",
    "Inspection",
    "LedgerView",
    "TableView",
]


@dataclass(frozen=True)
class FileView:
    """Files of one entry of the configuration.

    Attributes
    ----------
    part
        What they hold.
    pattern
        As in the configuration.
    state
        "found", "missing", "download" (the run fetches them) or "made" (the run makes them).
    number, bytes
        Of the files found.
    hint
        Where to get what is not there.
    """

    part: str
    pattern: str
    state: str
    number: int = 0
    bytes: int = 0
    hint: str = ""


@dataclass(frozen=True)
class ColumnView:
    """A column of a table.

    Attributes
    ----------
    name
        In the file.
    meaning
        Key of the configuration that names it; empty for a column that is not used.
    unit
        Declared in the configuration, or by default.
    looks_like
        Unit whose usual range the values fit, if the declared one does not; else empty.
    missing
        Fraction of the rows without a value.
    quantiles
        5, 25, 50, 75 and 95 % quantiles of the numbers; None for a column of text.
    examples
        Some texts of a column of text, and the number of different ones.
    """

    name: str
    meaning: str
    unit: str
    looks_like: str
    missing: float
    quantiles: tuple[float, ...] | None
    examples: tuple[str, ...] = ()
    distinct: int = 0


@dataclass(frozen=True)
class TableView:
    """A table: its path, its role, the number of its rows, and its columns."""

    path: str
    role: str
    rows: int
    columns: tuple[ColumnView, ...]


@dataclass(frozen=True)
class LedgerView:
    """Numbers of profiles and horizons by status, and what was examined for them.

    Attributes
    ----------
    rows
        status, profiles, horizons and meaning; of statuses that occur.
    used, profiles
        Profiles that are accepted, and all of the source.
    distinct_places
        Grid cells that hold an accepted profile; 0 if the grid is not known.
    not_examined
        Stages that could not be examined, by name.
    """

    rows: tuple[tuple[str, int, int, str], ...]
    used: int
    profiles: int
    distinct_places: int = 0
    not_examined: tuple[str, ...] = ()


@dataclass(frozen=True)
class Coverage:
    """At how many of the places something is there, and what is missing at the others."""

    what: str
    places: int
    covered: int
    reasons: tuple[tuple[str, int], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Estimate:
    """What a part of the run is estimated to take."""

    part: str
    cpu_seconds: float
    memory_gb: float
    disk_gb: float
    basis: str


@dataclass
class Inspection:
    """Everything that was found out about a configuration and its data."""

    path: str
    findings: Findings = field(default_factory=Findings)
    config: dict[str, Any] | None = None
    summary: list[tuple[str, str]] = field(default_factory=list)
    files: list[FileView] = field(default_factory=list)
    tables: list[TableView] = field(default_factory=list)
    ledger: LedgerView | None = None
    coverage: list[Coverage] = field(default_factory=list)
    results: list[PlannedResult] = field(default_factory=list)
    estimates: list[Estimate] = field(default_factory=list)
    former_run: str = ""
    not_examined: list[str] = field(default_factory=list)
