"""Results compared with what would make them now: code, settings, inputs and their content."""

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from proda.errors import InputError
from proda.files import StrPath, atomic_path
from proda.provenance import content_digest, file_digest
from proda.workflow_state.record import (
    PREFIX,
    Record,
    Stamp,
    input_digest,
    missing_files,
    read_record,
    record_path,
    stamp,
)

__all__ = ["Difference", "Results", "Rule", "changed_settings", "summary"]

# Folders without results of rules, or with many files of one.
NOT_WALKED = ("logs", "benchmarks", "raw", "models")
KNOWN = ".digests.json"

# Why a result is out of date: the first reason that applies, and its message.
REASONS = {
    "missing": "not made yet",
    "unrecorded": "without a record of what made it",
    "broken": "other content than its job wrote",
    "settings": "of another configuration",
    "code": "of other code",
    "inputs": "of other inputs",
    "outdated": "made from results that are out of date",
}


@dataclass(frozen=True)
class Difference:
    """Why a result is out of date.

    Attributes
    ----------
    path
        Of the result.
    rule
        Name of the rule that makes it.
    reason
        A key of ``REASONS``.
    detail
        What differs, if that is known.
    """

    path: str
    rule: str
    reason: str
    detail: str = ""


class Rule(Protocol):
    """A rule of the present workflow, as `proda.workflow_state.planning.CurrentRule`."""

    varies: bool

    @property
    def inputs(self) -> list[str] | None:
        """Paths of its inputs; None if they are not known yet."""

    def code(self) -> str:
        """Digest of its code."""

    def settings(self, wildcards: Mapping[str, str]) -> dict[str, Any]:
        """Return its settings."""

    def makes(self, path: StrPath) -> bool:
        """Whether a file is one of its results."""


class Results:
    """All results of a dataset and their records.

    Parameters
    ----------
    folder
        Of the results.
    rules
        Rules of the present workflow by name.
    others
        Paths of results outside of the folder.
    """

    def __init__(
        self, folder: StrPath, rules: Mapping[str, Rule], others: Iterable[str] = ()
    ) -> None:
        self.folder, self.rules = Path(folder), rules
        self.files, self.records = _walk(self.folder, others)
        self.entries = {
            path: entry for record in self.records for path, entry in record["outputs"].items()
        }
        self.of_path = {path: record for record in self.records for path in record["outputs"]}
        self.made = {record["result"] for record in self.records}
        # A folder is an output by itself, and all files in it.
        self.of_path |= {record["result"]: record for record in self.records}
        self._known = _read_known(self.folder)
        self._new: dict[str, list[Any]] = {}
        # Present digest of an input by its path, as `proda.workflow_state.record` takes it.
        self.digest = cache(self._digest)
        self._settings = cache(lambda rule, wildcards: rules[rule].settings(dict(wildcards)))

    def differences(self) -> list[Difference]:
        """Return a Difference for every existing result that is out of date."""
        found = []
        for record in self.records:
            reason, detail = self._compare(record)
            if reason:
                found.append(Difference(record["result"], record["rule"], reason, detail))
        for path in self.files:
            if path not in self.of_path:
                rule = next((name for name, rule in self.rules.items() if rule.makes(path)), None)
                if rule:
                    found.append(Difference(path, rule, "unrecorded"))
        self._keep_known()
        return found

    def needed_for(self, targets: Iterable[StrPath]) -> tuple[list[Difference], int]:
        """Return the differences of targets and of all that they were made from.

        A target that does not exist is missing; an intermediate result that was used and removed
        since is not.

        Returns
        -------
        list of Difference
            Of the results that are out of date.
        int
            Number of results that were compared.
        """
        own = {difference.path: difference for difference in self.differences()}
        found: dict[str, Difference] = {}
        seen: set[str] = set()
        for target in map(str, targets):
            self._descend(target, own, found, seen)
            if not Path(target).exists():
                found[target] = Difference(target, self._rule_of(target), "missing")
        self._keep_known()
        return list(found.values()), len(seen)

    def _descend(
        self,
        target: str,
        own: Mapping[str, Difference],
        found: dict[str, Difference],
        seen: set[str],
    ) -> None:
        """Collect differences of a result and of what it was made from, depth first."""
        waiting = [(target, False)]
        while waiting:
            path, ready = waiting.pop()
            record = self.of_path.get(path)
            inputs = [
                name
                for name in (record["inputs"] if record else ())
                if name in self.of_path or name in own
            ]
            siblings = [name for name in record["outputs"] if name in self.made] if record else []
            if not ready:
                if path in seen:
                    continue
                seen.add(path)
                waiting += [(path, True), *((name, False) for name in (*siblings, *inputs))]
                continue
            if path in own:
                found[path] = own[path]
            elif not Path(path).exists():
                continue  # made, used and removed
            elif broken := self._broken(path):
                detail = broken if broken != path else ""
                found[path] = Difference(path, self._rule_of(path), "broken", detail)
            elif origin := next((name for name in inputs if name in found), None):
                found[path] = Difference(path, self._rule_of(path), "outdated", origin)

    def _rule_of(self, path: str) -> str:
        record = self.of_path.get(path)
        if record:
            return str(record["rule"])
        return next((name for name, rule in self.rules.items() if rule.makes(path)), "")

    def _broken(self, path: str) -> str | None:
        """Name of the first file of a result whose content is not that of its record, or None."""
        record = self.of_path.get(path)
        if record is None:
            return "no record"
        names = [path] if path in self.entries else list(record["outputs"])
        for name in names:
            if self.digest(name) not in (self.entries[name], None):
                return name
        return next(map(str, missing_files(path)), None)

    def broken_ends(self) -> list[Difference]:
        """Return a Difference for every broken result that nothing else was made from.

        Other broken results are reported by the jobs that read them.
        """
        read = {path for record in self.records for path in record["inputs"]}
        found = []
        for record in self.records:
            path = record["result"]
            if path not in read and Path(path).exists() and (broken := self._broken(path)):
                detail = broken if broken != path else ""
                found.append(Difference(path, record["rule"], "broken", detail))
        self._keep_known()
        return found

    def _compare(self, record: Record) -> tuple[str | None, str]:
        """Reason and detail of a difference; None without."""
        rule = self.rules.get(record["rule"])
        if rule is None or not rule.makes(record["result"]):
            # Of a rule that this configuration does not have: nothing needs it.
            return None, ""
        wildcards = record["wildcards"] if rule.varies else {}
        now = self._settings(record["rule"], tuple(wildcards.items()))
        if now != record["settings"]:
            return "settings", "; ".join(changed_settings(record["settings"], now))
        if record["code"] != rule.code():
            return "code", ""
        for path, digest in record["inputs"].items():
            if self.digest(path) not in (digest, None):
                return "inputs", path
        if other := self._other_input(record, rule.inputs):
            return "inputs", other
        return None, ""

    def _other_input(self, record: Record, inputs: list[str] | None) -> str | None:
        """First file that is an input now and was none, or the other way round; None without.

        The same content in another place is the same input.
        """
        if inputs is None or set(inputs) == set(record["inputs"]):
            return None
        now = {path: self.digest(path) for path in inputs}
        if None in now.values():
            return None  # still to be made
        before = record["inputs"]
        new = [path for path in now if now[path] not in before.values()]
        gone = [path for path in before if before[path] not in now.values()]
        return next(iter([*new, *gone]), None)

    def _digest(self, path: str) -> str | None:
        """Digest of an input; None if it no longer exists."""
        if not Path(path).exists():
            return None
        if path in self.entries:
            return self._lookup(path, True, tuple(stamp(path)))
        return input_digest(path, self._lookup)

    def _lookup(self, path: str, whole: bool, now: Stamp) -> str:
        """Digest of a file, which is read only if it is not known from before."""
        key = f"{'whole' if whole else 'input'} {path}"
        known = self._known.get(key)
        if known is None or known[1:] != list(now):
            try:
                known = [content_digest(path) if whole else file_digest(path), *now]
            except InputError:
                return "unreadable"  # the job that needs it reports why
        self._new[key] = known
        return str(known[0])

    def _keep_known(self) -> None:
        if self._new and self._new != self._known:
            try:
                with atomic_path(self.folder / KNOWN) as temporary:
                    temporary.write_text(json.dumps(self._known | self._new))
            except OSError:
                pass  # results of another user: it only takes longer next time, too


def summary(differences: Iterable[Difference], limit: int = 3, reasons: bool = True) -> list[str]:
    """Return lines that report differences: one for each rule and reason.

    Parameters
    ----------
    differences
        In the order of the lines.
    limit
        Number of details in a line.
    reasons
        Name the reason in each line.
    """
    groups: dict[tuple[str, str], list[Difference]] = defaultdict(list)
    for difference in differences:
        groups[difference.rule, difference.reason].append(difference)
    lines = []
    for (rule, reason), members in groups.items():
        many = f"{len(members)} results" if len(members) > 1 else members[0].path
        line = f"{rule or 'no rule'}: {many}" + (f" {REASONS[reason]}" if reasons else "")
        details = list(dict.fromkeys(each.detail for each in members if each.detail))
        if details:
            more = f" and {len(details) - limit} more" if len(details) > limit else ""
            line += f" ({', '.join(details[:limit])}{more})"
        lines.append(line)
    return lines


def changed_settings(old: object, new: object, place: str = "") -> Iterator[str]:
    """Yield ``key was x, is y`` for all that differs between two settings."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            inner = f"{place}.{key}" if place else key
            yield from changed_settings(old.get(key), new.get(key), inner)
    elif old != new:
        yield f"{place} was {_short(old)}, is {_short(new)}"


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _walk(folder: Path, others: Iterable[str]) -> tuple[list[str], list[Record]]:
    """Paths of all files below the folder of results, and all records."""
    files: list[str] = []
    records: list[Record] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in NOT_WALKED)
        for name in sorted(names):
            path = f"{place}/{name}"
            if name.startswith(PREFIX):
                record = read_record(path)
                # A record that was moved does not belong to the file beside it.
                result = f"{place}/{name.removeprefix(PREFIX).removesuffix('.json')}"
                if record is not None and record["result"] == result:
                    records.append(record)
            elif not name.startswith("."):
                files.append(path)
    for path in others:
        if Path(path).exists():
            files.append(path)
            record = read_record(record_path(path))
            records += [record] if record is not None else []
    return files, records


def _read_known(folder: Path) -> dict[str, list[Any]]:
    try:
        return dict(json.loads((folder / KNOWN).read_bytes()))
    except (OSError, ValueError, TypeError):
        return {}
