"""The record of a job: what made its results, kept beside each of them.

``.record-<name>.json`` holds the rule and its wildcards, the digest of its code, its settings, and
digests of all files the job read and wrote. A job removes former records when it begins and writes
its own when it ends well, so that results of a job that was killed have none.

What the workflow made itself is compared as a whole before it is used, so that a damaged copy is
noticed. Of raw data above 50 MB, size, samples and the time of the last change count.

A large result is not read by every job that uses a part of it: ``.checked-<name>.json`` beside it
keeps the digest that was found and a stamp of the file, which changes with whatever is done to it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeAlias

from proda.errors import InputError
from proda.files import StrPath, atomic_path
from proda.provenance import content_digest, file_digest

__all__ = [
    "PREFIX",
    "Job",
    "Record",
    "Stamp",
    "check_content",
    "input_digest",
    "job_settings",
    "missing_files",
    "read_record",
    "record_path",
    "recording",
    "stamp",
]

Record: TypeAlias = dict[str, Any]
"""Content of a record: result, the path it lies beside, rule, wildcards, code, settings, inputs
(digest by path) and outputs (the same)."""
Stamp: TypeAlias = tuple[int, ...]
TakeDigest: TypeAlias = Callable[[str, bool, Stamp], str]
"""A function (path, whole, stamp) that returns the digest of a file."""


class Job(Protocol):
    """What is used of the ``snakemake`` object of a script."""

    rule: str
    input: Iterable[StrPath]
    output: Iterable[StrPath]
    params: Any
    wildcards: Any
    log: Any


FORMAT = 1
KINDS: dict[str, type] = {"result": str, "rule": str, "code": str}
KINDS |= dict.fromkeys(("wildcards", "settings", "inputs", "outputs"), dict)
PREFIX = ".record-"
CHECKED = ".checked-"
LARGE_BYTES = 10 * 10**6
MAKE_AGAIN = "remove it, and the workflow makes it again"
# Parameters of a rule that are not settings: the code is compared by itself, and the place of data
# is not a property of them.
NOT_SETTINGS = ("code", "data_dir")


def record_path(output: StrPath) -> Path:
    """Return the path of the record of a result."""
    output = Path(output)
    return output.with_name(f"{PREFIX}{output.name}.json")


def read_record(path: StrPath) -> Record | None:
    """Return the record in a file, or None if there is none that can be read."""
    try:
        record = json.loads(Path(path).read_bytes())
    except (OSError, ValueError):
        return None
    return record if _is_record(record) else None


def _is_record(record: object) -> bool:
    """Whether the content of a file is a complete record; somebody may have edited it."""
    if not isinstance(record, dict) or record.get("format") != FORMAT:
        return False
    if not all(isinstance(record.get(key), kind) for key, kind in KINDS.items()):
        return False
    digests = [*record["inputs"].values(), *record["outputs"].values()]
    return all(isinstance(digest, str) for digest in digests)


def job_settings(params: Mapping[str, object]) -> dict[str, Any]:
    """Return the settings among the parameters of a rule, as they are stored in records."""
    kept = {name: value for name, value in params.items() if name not in NOT_SETTINGS}
    return dict(json.loads(json.dumps(kept, sort_keys=True, default=str)))


def stamp(path: StrPath) -> list[int]:
    """Return size, times of the last change of content and of metadata (ns), and inode of a file.

    Whatever changes a file changes its stamp.
    """
    about = Path(path).stat()
    return [about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino]


def check_content(path: StrPath, what: str) -> None:
    """Check that a result is what its job wrote; a file without a record passes.

    Parameters
    ----------
    path
        A file or a folder.
    what
        Its content, for the message.

    Raises
    ------
    InputError
        For a file with another content, and a file that lacks in a folder.
    """
    for file, recorded in _entries(path):
        if recorded is not None and _taken(str(file), True, tuple(stamp(file))) != recorded:
            expected = f"a whole {what}"
            raise InputError(file, expected, "other content than its job wrote", MAKE_AGAIN)
    for file in missing_files(path):
        hint = f"remove {path}, and the workflow makes it again"
        raise InputError(file, f"a whole {what}", "no such file", hint)


def missing_files(folder: StrPath) -> list[Path]:
    """Return the files that a result, a folder, no longer has; none for a file."""
    record = read_record(record_path(folder)) if Path(folder).is_dir() else None
    if record is None:
        return []
    name = Path(record["result"])
    places = [
        Path(path).relative_to(name) for path in record["outputs"] if name in Path(path).parents
    ]
    return [place for place in (Path(folder) / each for each in places) if not place.exists()]


def input_digest(path: StrPath, digest: TakeDigest | None = None) -> str:
    """Return the digest by which an input is compared.

    It is that of the content of a result, and `file_digest` of other files; a large file that was
    sampled is identified by its time as well. A folder is represented by all files in it.

    Parameters
    ----------
    path
        A file or a folder.
    digest
        Takes the digest of a file, for instance from a cache.
    """
    path, digest = Path(path), digest or _taken
    digests = []
    for file, recorded in _entries(path):
        now = tuple(stamp(file))
        found = digest(str(file), recorded is not None, now)
        # Samples cannot show that nothing else was changed.
        digests.append((file, f"{found} {now[1]}" if found.startswith("sampled") else found))
    if not path.is_dir():
        return digests[0][1]
    lines = [f"{file.relative_to(path).as_posix()} {found}" for file, found in digests]
    return "sha256:" + hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


@contextmanager
def recording(job: Job) -> Iterator[None]:
    """Check the inputs of a job, and write its record when the block succeeds.

    Parameters
    ----------
    job
        The ``snakemake`` object of a script.

    Raises
    ------
    InputError
        For an input that is not what another job wrote.
    """
    for path in job.output:
        try:
            record_path(path).unlink(missing_ok=True)
        except OSError as error:
            raise type(error)(error.errno, error.strerror, str(path)) from None
    inputs = {str(path): input_digest(path) for path in job.input}
    # The readers of netCDF files report better what is wrong with a truncated one.
    for path in inputs:
        if not path.endswith(".nc"):
            check_content(path, "file")
    yield
    for path in inputs:
        check_content(path, "file")
    files = [file for path in job.output for file, _ in _entries(path)]
    record = {
        "format": FORMAT,
        "rule": job.rule,
        "wildcards": dict(job.wildcards.items()),
        "code": job.params.code,
        "settings": job_settings(dict(job.params.items())),
        "inputs": inputs,
        "outputs": {str(path): content_digest(path) for path in files},
    }
    for path in job.output:
        with atomic_path(record_path(path)) as temporary:
            temporary.write_text(json.dumps({"result": str(path)} | record))


def _entries(path: StrPath) -> list[tuple[Path, str | None]]:
    """Files of a result, with their recorded digest or None."""
    path = Path(path)
    record = read_record(record_path(path))
    outputs = record["outputs"] if record else {}
    # The run may have been in another place.
    name = Path(record["result"] if record else path)
    if not path.is_dir():
        return [(path, outputs.get(str(name)))]
    files = [each for each in sorted(path.rglob("[!.]*")) if each.is_file()]
    return [(each, outputs.get(str(name / each.relative_to(path)))) for each in files]


@cache
def _taken(path: str, whole: bool, now: Stamp) -> str:
    """Digest of a file that has the stamp ``now``."""
    if not whole:
        return file_digest(path)
    if now[0] < LARGE_BYTES:
        return content_digest(path)
    keeper = Path(path).with_name(f"{CHECKED}{Path(path).name}.json")
    with suppress(OSError, ValueError, TypeError):
        digest, *known = json.loads(keeper.read_bytes())
        if tuple(known) == now:
            return str(digest)
    digest = content_digest(path)
    with suppress(OSError), atomic_path(keeper) as temporary:
        temporary.write_text(json.dumps([digest, *now]))
    return digest
