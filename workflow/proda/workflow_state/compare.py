"""Results compared with what would make them today: code, settings, inputs and their content."""

import json
import os
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from proda.errors import InputError
from proda.files import atomic_path
from proda.provenance import content_digest, file_digest
from proda.workflow_state.record import (
    PREFIX,
    input_digest,
    missing_files,
    read_record,
    record_path,
    stamp,
)

__all__ = ["Difference", "Results", "changed_settings", "summary"]

# Folders without results of rules, or with many files of one.
NOT_WALKED = ("logs", "benchmarks", "raw", "models")
KNOWN = ".digests.json"

# Why a result is not that of today, the first one that applies, and what to say of it.
REASONS = {
    "missing": "not made yet",
    "unrecorded": "without a record of what made it",
    "broken": "other content than its job wrote",
    "settings": "of another configuration",
    "code": "of other code",
    "inputs": "of other inputs",
    "outdated": "made from results that are not of today",
}


@dataclass(frozen=True)
class Difference:
    """Why a result is not that of today: path, name of its rule, a key of `REASONS`, details."""

    path: str
    rule: str
    reason: str
    detail: str = ""


class Results:
    """All results of a dataset and their records.

    folder: of the results. rules: by name, objects like proda.workflow_state.planning.RuleToday.
    others: results outside of the folder.
    """

    def __init__(self, folder, rules, others=()):
        self.folder, self.rules = Path(folder), rules
        self.files, self.records = _walk(self.folder, others)
        self.entries = {
            path: entry for record in self.records for path, entry in record["outputs"].items()
        }
        self.of_path = {path: record for record in self.records for path in record["outputs"]}
        self.made = {record["result"] for record in self.records}
        # A folder is an output by itself, and all files in it.
        self.of_path |= {record["result"]: record for record in self.records}
        self._known, self._new = _read_known(self.folder), {}
        # Digest of an input as it is now, as proda.workflow_state.record has it, by its path.
        self.digest = cache(self._digest)
        self._settings = cache(lambda rule, wildcards: rules[rule].settings(dict(wildcards)))

    def differences(self):
        """A Difference of every result that is there and is not that of today."""
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

    def needed_for(self, targets):
        """Differences of the targets and of all that they were made from, and how many these are.

        A target that is not there is missing; so is nothing that was used and removed since.
        """
        own = {difference.path: difference for difference in self.differences()}
        found, seen = {}, set()
        for target in map(str, targets):
            self._descend(target, own, found, seen)
            if not Path(target).exists():
                found[target] = Difference(target, self._rule_of(target), "missing")
        self._keep_known()
        return list(found.values()), len(seen)

    def _descend(self, target, own, found, seen):
        """Note differences of a result and of what it was made from, depth first."""
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
            elif not os.path.exists(path):
                continue  # made, used and removed
            elif broken := self._broken(path):
                detail = broken if broken != path else ""
                found[path] = Difference(path, record["rule"], "broken", detail)
            elif origin := next((name for name in inputs if name in found), None):
                found[path] = Difference(path, record["rule"], "outdated", origin)

    def _rule_of(self, path):
        record = self.of_path.get(path)
        if record:
            return record["rule"]
        return next((name for name, rule in self.rules.items() if rule.makes(path)), "")

    def _broken(self, path):
        """Name of the first file of a result whose content is not that of its record, or None."""
        record = self.of_path.get(path)
        if record is None:
            return "no record"
        names = [path] if path in self.entries else list(record["outputs"])
        for name in names:
            if self.digest(name) not in (self.entries[name], None):
                return name
        return next(map(str, missing_files(path)), None)

    def broken_ends(self):
        """A Difference of every result that nothing else was made from and that is broken.

        Of others those who read them tell.
        """
        read = {path for record in self.records for path in record["inputs"]}
        found = []
        for record in self.records:
            path = record["result"]
            if path not in read and os.path.exists(path) and (broken := self._broken(path)):
                detail = broken if broken != path else ""
                found.append(Difference(path, record["rule"], "broken", detail))
        self._keep_known()
        return found

    def _compare(self, record):
        rule = self.rules.get(record["rule"])
        if rule is None or not rule.makes(record["result"]):
            # Of a rule that this configuration has not: nothing asks for it.
            return None, ""
        wildcards = record["wildcards"] if rule.varies else {}
        today = self._settings(record["rule"], tuple(wildcards.items()))
        if today != record["settings"]:
            return "settings", "; ".join(changed_settings(record["settings"], today))
        if record["code"] != rule.code():
            return "code", ""
        for path, digest in record["inputs"].items():
            if self.digest(path) not in (digest, None):
                return "inputs", path
        if other := self._other_input(record, rule.inputs):
            return "inputs", other
        return None, ""

    def _other_input(self, record, inputs):
        """A file that is an input today and was none, or the other way round; None without.

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

    def _digest(self, path):
        """Digest of an input, None if it is not there any more."""
        if not os.path.exists(path):
            return None
        if path in self.entries:
            return self._lookup(path, True, stamp(path))
        return input_digest(path, self._lookup)

    def _lookup(self, path, whole, now):
        """Digest of a file, read only if it is not known from before."""
        key, now = f"{'whole' if whole else 'input'} {path}", list(now)
        known = self._known.get(key)
        if known is None or known[1:] != now:
            try:
                known = [content_digest(path) if whole else file_digest(path), *now]
            except InputError:
                return "unreadable"  # the job that needs it says why
        self._new[key] = known
        return known[0]

    def _keep_known(self):
        if self._new and self._new != self._known:
            try:
                with atomic_path(self.folder / KNOWN) as temporary:
                    temporary.write_text(json.dumps(self._known | self._new))
            except OSError:
                pass  # results of somebody else: it takes longer next time, too


def summary(differences, limit=3, reasons=True):
    """Lines that say what differs: a line for each rule and reason, with some of the details.

    reasons: name the reason in each line.
    """
    groups = defaultdict(list)
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


def changed_settings(old, new, place=""):
    """Texts ``key was x, is y`` of all that differs between two settings."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            inner = f"{place}.{key}" if place else key
            yield from changed_settings(old.get(key), new.get(key), inner)
    elif old != new:
        yield f"{place} was {_short(old)}, is {_short(new)}"


def _short(value):
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _walk(folder, others):
    """Paths of all files below the folder of results, and all records."""
    files, records = [], []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in NOT_WALKED)
        for name in sorted(names):
            path = os.path.join(place, name)
            if name.startswith(PREFIX):
                record = read_record(path)
                # In another place it does not say what it lies beside.
                result = os.path.join(place, name.removeprefix(PREFIX).removesuffix(".json"))
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


def _read_known(folder):
    try:
        return dict(json.loads((Path(folder) / KNOWN).read_bytes()))
    except (OSError, ValueError, TypeError):
        return {}
