"""Where a result comes from: version, code, settings, seed and input files, as global attributes.

Nothing depends on the time or place of a run, so that the same run gives the same bytes.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Any

from proda import __version__
from proda.errors import InputError
from proda.files import StrPath, atomic_path

__all__ = ["content_digest", "file_digest", "provenance", "write_manifest"]

WHOLE_BYTES = 50 * 10**6
SAMPLE_BYTES = 4 * 2**20
MOST_NAMED = 12


def file_digest(path: StrPath) -> str:
    """Return the digest of an input file.

    Returns
    -------
    str
        ``sha256:...`` of a file up to 50 MB; ``sampled-sha256:...`` of a larger one, which covers
        its size and 4 MB at the start, the middle and the end.

    Raises
    ------
    InputError
        For a file that cannot be read.
    """
    with _reading(path) as file:
        size = Path(path).stat().st_size
        if size <= WHOLE_BYTES:
            return _whole(file)
        digest = hashlib.sha256(str(size).encode())
        for start in (0, (size - SAMPLE_BYTES) // 2, size - SAMPLE_BYTES):
            file.seek(start)
            digest.update(file.read(SAMPLE_BYTES))
    return "sampled-sha256:" + digest.hexdigest()[:32]


def content_digest(path: StrPath) -> str:
    """Return ``sha256:...`` of a whole file of any size; raise InputError as `file_digest`."""
    with _reading(path) as file:
        return _whole(file)


def _settings_digest(settings: Mapping[str, Any]) -> str:
    text = json.dumps(settings, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _whole(file: BufferedReader) -> str:
    return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()[:32]


@contextmanager
def _reading(path: StrPath) -> Iterator[BufferedReader]:
    """Open a file; errors of reading name it, which those of the operating system do not."""
    try:
        with Path(path).open("rb") as file:
            yield file
    except OSError as error:
        raise InputError(path, "a readable file", error.strerror or str(error)) from None


def provenance(
    inputs: Iterable[StrPath], settings: Mapping[str, Any], seed: int | None = None
) -> dict[str, str]:
    """Return the global attributes that record the origin of a result.

    Parameters
    ----------
    inputs
        Paths of its input files; folders are represented by their manifests.
    settings
        The part of the configuration it depends on. ``code``, a digest of the code
        (`proda.workflow_state`), becomes an attribute of its own.
    seed
        None where nothing is random.
    """
    files = sorted({Path(path) for path in inputs if not Path(path).is_dir()})
    digests = [f"{path.name} {file_digest(path)}" for path in files]
    if len(digests) > MOST_NAMED:
        whole = hashlib.sha256("\n".join(digests).encode()).hexdigest()[:32]
        digests = [f"{len(files)} files from {files[0].name} to {files[-1].name} sha256:{whole}"]
    settings = dict(settings)
    code = settings.pop("code", "unknown")
    return {
        "workflow_version": f"proda {__version__}",
        "code_digest": code,
        "settings_digest": _settings_digest(settings),
        "input_digests": "; ".join(digests) or "none",
        "seed": "none, nothing is random" if seed is None else str(seed),
    }


def write_manifest(folder: StrPath, path: StrPath) -> None:
    """List the files below ``folder`` and their digests in ``path``, which then represents them.

    Hidden files, which killed jobs leave behind, are excluded.
    """
    folder = Path(folder)
    files = sorted(
        file for file in folder.rglob("*") if file.is_file() and not file.name.startswith(".")
    )
    lines = [f"{file_digest(file)}  {file.relative_to(folder).as_posix()}\n" for file in files]
    with atomic_path(path) as temporary:
        temporary.write_text("".join(lines))
