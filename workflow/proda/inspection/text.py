"""An inspection as plain text for a terminal."""

import textwrap
from collections.abc import Container, Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from proda.inspection.findings import Level
from proda.inspection.views import (
    ColumnView,
    Coverage,
    Estimate,
    FileView,
    Inspection,
    LedgerView,
    TableView,
)

__all__ = ["report"]

_STATES = {
    "found": "found",
    "download": "not there yet",
    "made": "made by the run",
}
_WIDTH = 100
_OTHERS = 12  # columns that are not used, by name


def report(found: Inspection) -> str:
    """Return everything that was found out, the verdict last.

    Parameters
    ----------
    found
        The inspection.
    """
    lines: list[str] = [f"Configuration {found.path}"]
    lines += _aligned(found.summary)
    if found.files:
        lines += ["", "Files", *_files(found.files)]
    for table in found.tables:
        lines += ["", *_table(table, _used_columns(found.tables, table.path))]
    if found.ledger:
        lines += ["", *_ledger(found.ledger)]
    if found.coverage:
        lines += ["", "Coverage", *_coverage(found.coverage)]
    if found.results:
        made = [result for result in found.results if not result.skipped]
        skipped = [result for result in found.results if result.skipped]
        lines += ["", "Main results that the run makes"]
        lines += _aligned((result.path, result.about) for result in made)
        lines += ["", "Not made"]
        lines += _aligned((f"{result.about}", result.skipped) for result in skipped)
    if found.estimates:
        lines += ["", *_estimates(found.estimates, found.former_run)]
    elif found.config is not None:
        lines += ["", "Estimated cost"]
        lines += ["  not known without the number of profiles; --profiles N assumes one"]
    if found.not_examined:
        lines += ["", "Not examined", *(f"  {text}" for text in found.not_examined)]
    return "\n".join([*lines, "", *_verdict(found)])


def _aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows of texts in columns; the last one is as wide as it is."""
    rows = [list(map(str, row)) for row in rows]
    if not rows:
        return
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [text.ljust(width) for text, width in zip(row, widths, strict=False)]
        yield ("  " + "  ".join([*cells, row[-1]])).rstrip()


def _files(files: Sequence[FileView]) -> Iterator[str]:
    groups: dict[tuple[str, ...], list[FileView]] = {}
    for view in files:
        # What is missing is listed one by one.
        one = view.pattern if view.state == "missing" else str(PurePosixPath(view.pattern).parent)
        groups.setdefault((view.part, view.state, one, view.hint), []).append(view)
    rows, missing = [], []
    for (part, state, folder, hint), views in sorted(groups.items(), key=_state_of_group):
        named = views[0].pattern
        if len(views) > 1:
            named = f"{len(views)} in {folder}/" if folder != "." else f"{len(views)} files"
        number, size = sum(view.number for view in views), sum(view.bytes for view in views)
        found = _bytes(size) if number == 1 else f"{number} files, {_bytes(size)}"
        if state == "missing":
            missing += [f"  {part}: {named} is MISSING", *_wrapped(hint)]
        else:
            rows.append((part, named, _STATES[state], found if state == "found" else hint))
    yield from _aligned(rows)
    yield from missing


def _wrapped(text: str) -> list[str]:
    indent = " " * 6
    return textwrap.wrap(text, _WIDTH, initial_indent=indent, subsequent_indent=indent)


def _state_of_group(group: tuple[tuple[str, ...], list[FileView]]) -> int:
    """Place of a group: what was found first, what is missing last."""
    return ("found", "made", "download", "missing").index(group[0][1])


def _used_columns(tables: Sequence[TableView], path: str) -> set[str]:
    """Columns of a file that are used in any of its roles."""
    return {
        column.name
        for table in tables
        if PurePosixPath(table.path) == PurePosixPath(path)
        for column in table.columns
        if column.meaning
    }


def _table(table: TableView, used_in_any_role: Container[str]) -> Iterator[str]:
    yield f"Table {table.path}: {table.role}, {_count(range(table.rows), 'row')}"
    used = [column for column in table.columns if column.meaning]
    header = ("column", "read as", "unit", "missing", "5 %", "25 %", "median", "75 %", "95 %", "")
    yield from _aligned([header, *map(_column, used)])
    others = [c.name for c in table.columns if c.name not in used_in_any_role]
    if others:
        more = f" and {len(others) - _OTHERS} more" if len(others) > _OTHERS else ""
        yield f"  not used: {', '.join(others[:_OTHERS])}{more}"


def _column(column: ColumnView) -> tuple[str, ...]:
    missing = f"{100 * column.missing:.0f} %" if column.missing >= 0.005 else "< 1 %"
    missing = missing if column.missing else "none"
    note = f"LOOKS LIKE {column.looks_like}" if column.looks_like else ""
    if column.quantiles is None:
        numbers: tuple[str, ...] = ("",) * 5
        note = f"{column.distinct} different, e.g. {', '.join(column.examples)}"
    else:
        numbers = tuple(f"{value:.4g}" for value in column.quantiles)
    return (column.name, column.meaning, column.unit, missing, *numbers, note)


def _ledger(ledger: LedgerView) -> Iterator[str]:
    yield f"Profiles: {ledger.used} of {ledger.profiles} are used"
    yield from _aligned([("status", "profiles", "horizons", "meaning")])
    rows = [(status, str(p), str(h), meaning) for status, p, h, meaning in ledger.rows]
    yield from list(_aligned([("status", "profiles", "horizons", "meaning"), *rows]))[1:]
    for part in ledger.not_examined:
        yield f"  More may be excluded for lack of {part}, which could not be examined."
    if ledger.distinct_places:
        cells = _count(range(ledger.distinct_places), "cell")
        yield f"  The {ledger.used} used ones lie in {cells} of the grid."


def _coverage(coverage: Sequence[Coverage]) -> Iterator[str]:
    rows = []
    for one in coverage:
        notes = [one.note] if one.note else []
        notes += [f"{reason}: {n}" for reason, n in one.reasons]
        rows.append((one.what, f"{one.covered} of {one.places}", ", ".join(notes)))
    return _aligned(rows)


def _estimates(estimates: Sequence[Estimate], former: str) -> Iterator[str]:
    total = sum(one.cpu_seconds for one in estimates)
    yield "Estimated cost, to about a factor of 2 (one core of a 2-core AMD EPYC)"
    rows = [("", "CPU time", "memory of a job", "from")]
    for one in estimates:
        memory = f"{one.memory_gb:.1f} GB"
        rows.append((one.part, _duration(one.cpu_seconds), memory, one.basis))
    largest = max(one.memory_gb for one in estimates)
    disk = sum(one.disk_gb for one in estimates)
    rows.append(("in all", _duration(total), f"{largest:.1f} GB", f"{disk:.1f} GB of results"))
    yield from _aligned(rows)
    if former:
        yield f"  measured: {former}"


def _verdict(found: Inspection) -> Iterator[str]:
    errors, warnings = (found.findings.of(level) for level in (Level.ERROR, Level.WARNING))
    for finding in warnings:
        yield f"warning ({finding.part}): {finding.message}"
    for finding in errors:
        yield f"error ({finding.part}): {finding.message}"
    if errors:
        yield f"{_count(errors, 'error')}: the run would stop."
    elif warnings:
        number = _count(warnings, "warning")
        yield f"No error, {number}: the run would go on. Is this what you mean?"
    elif found.not_examined:
        yield "No error in what could be examined."
    else:
        yield "No error, no warning."


def _count(findings: Sequence[object], what: str) -> str:
    return f"{len(findings)} {what}{'s' if len(findings) != 1 else ''}"


def _bytes(size: int) -> str:
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size} bytes"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    if seconds < 5400:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
