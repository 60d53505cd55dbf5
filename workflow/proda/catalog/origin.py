"""The files a result was made from, found by the records of the jobs."""

from collections.abc import Iterable
from pathlib import Path

from proda.files import StrPath
from proda.workflow_state.record import Record, read_record, record_path

__all__ = ["source_files"]


def source_files(results: Iterable[StrPath]) -> dict[str, str]:
    """Return the files from which results were made and which no job of the workflow made.

    Parameters
    ----------
    results
        Paths of results, as their jobs knew them.

    Returns
    -------
    dict
        {path: digest as the job that read it recorded it}, sorted by path. What has no record of
        its own is a source; a folder counts as one.
    """
    sources, seen = {}, set()
    waiting = [str(path) for path in results]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        record = _record_of(Path(path))
        for name, digest in record["inputs"].items() if record else ():
            if _record_of(Path(name)) is None:
                sources[name] = digest
            else:
                waiting.append(name)
    return dict(sorted(sources.items()))


def _record_of(path: Path) -> Record | None:
    """The record of a result, or of the folder that it is a part of."""
    for place in (path, *path.parents):
        if not place.name:
            break
        record = read_record(record_path(place))
        if record is not None:
            return record
    return None
