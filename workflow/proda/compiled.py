"""The decorator of all compiled kernels, and a cache on disk that never returns stale code.

Numba keeps compiled functions per source file and does not notice that a function called from
another file, or a constant imported from one, has changed. The cache folder is therefore named by a
digest of this file and of every file of the folders that hold kernels: a changed kernel or constant
leads to a new folder and a new compilation (some seconds, once). Its files carry a digest: a file
damaged by a power failure or a bad disk is compiled again and not run, and a full disk costs the
time of compiling, not the run. Division follows IEEE rules (x / 0 is infinite or NaN, never an
exception) and nothing is reordered: results are the same bits on every run.
"""

import hashlib
import logging
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba
import numpy as np
from numba.core.caching import IndexDataCacheFile

__all__ = ["inlined", "kernel"]

PACKAGE = Path(__file__).parent
DIGEST_BYTES = hashlib.sha256().digest_size

log = logging.getLogger(__name__)
Function = TypeVar("Function", bound=Callable[..., Any])


def _sources_digest(package: Path = PACKAGE) -> str:
    sources = {path: path.read_bytes() for path in sorted(package.rglob("*.py"))}
    user = b"\nfrom proda.compiled import "
    folders = {path.parent for path, source in sources.items() if user in source}
    digest = hashlib.sha256()
    for path, source in sources.items():
        if path.parent in folders or path.name == Path(__file__).name:
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + source + b"\0")
    return digest.hexdigest()[:16]


def _cache_folder() -> Path | None:
    """Folder beside the workflow if that can be written, else in the user's or system's cache."""
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    candidates = [
        PACKAGE.parents[1] / ".cache",
        Path(os.path.expanduser(cache)) / "proda",  # noqa: PTH111, pathlib's fails without a home
        Path(tempfile.gettempdir()) / f"proda-{os.getuid()}",
    ]
    for folder in candidates:
        if folder.parts[0] == "~":
            continue  # a user without a home
        kernels = folder / f"kernels-{_sources_digest()}"
        try:
            kernels.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(kernels, os.W_OK | os.X_OK):
            return kernels
    return None


class _CheckedFile(IndexDataCacheFile):
    """Numba's index and machine code of a function, each behind a digest of its bytes."""

    def save(self, key: Any, data: Any) -> None:
        """Save a compiled function if the disk has space."""
        try:
            super().save(key, data)
        except OSError as error:
            log.warning("compiled code is not kept: %s", error)

    def _load_index(self) -> dict[Any, Any]:
        content = _whole(self._index_path)
        if content is None:
            return {}
        try:
            version, stamp, overloads = pickle.loads(content)
        except (ImportError, AttributeError):
            # Of a function that was passed as an argument and whose module is not found from here.
            return {}
        return overloads if (version, stamp) == (self._version, self._source_stamp) else {}

    def _save_index(self, overloads: dict[Any, Any]) -> None:
        content = self._dump((self._version, self._source_stamp, overloads))
        with self._open_for_write(self._index_path) as file:
            file.write(hashlib.sha256(content).digest() + content)

    def _load_data(self, name: str) -> Any:
        content = _whole(self._data_path(name))
        if content is None:
            raise OSError("damaged")  # for the base class the same as no file
        try:
            return pickle.loads(content)
        except (ImportError, AttributeError) as error:
            raise OSError(str(error)) from None

    def _save_data(self, name: str, data: Any) -> None:
        content = self._dump(data)
        with self._open_for_write(self._data_path(name)) as file:
            file.write(hashlib.sha256(content).digest() + content)


def _whole(path: str) -> bytes | None:
    """Content after the digest of a file; None without a file and for another digest."""
    try:
        stored = Path(path).read_bytes()
    except OSError:
        return None
    digest, content = stored[:DIGEST_BYTES], stored[DIGEST_BYTES:]
    return content if hashlib.sha256(content).digest() == digest else None


def _compiler(**options: Any) -> Callable[[Function], Function]:
    def decorator(function: Function) -> Function:
        if getattr(numba.config, "DISABLE_JIT", False):  # numpy, too, divides in silence then
            return np.errstate(all="ignore")(function)
        try:
            dispatcher = numba.njit(cache=True, error_model="numpy", **options)(function)
        except RuntimeError:  # without a folder that can be written
            return numba.njit(error_model="numpy", **options)(function)
        dispatcher._cache._cache_file.__class__ = _CheckedFile
        return dispatcher

    return decorator


if "NUMBA_CACHE_DIR" not in os.environ and (folder := _cache_folder()):
    setattr(numba.config, "CACHE_DIR", str(folder))  # noqa: B010, numba adds it when imported

kernel = _compiler()

# Compiled into its caller. Passing an array to a compiled function costs two atomic operations; for
# functions called millions of times a second that is a third of the time.
inlined = _compiler(inline="always")
