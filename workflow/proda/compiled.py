"""The decorator of all compiled kernels, and a cache on disk that never serves stale machine code.

Numba keeps compiled functions per source file and does not notice that a function called from
another file, or a constant imported from one, has changed. The cache folder is therefore named by a
digest of this file and of every file of the folders that hold kernels: a changed kernel or constant
there means a new folder and a fresh compilation (some seconds, once). Division follows IEEE rules
(x / 0 is infinite or NaN, never an exception) and nothing is reordered: results are the same bits
on every run.
"""

import hashlib
import os
import tempfile
from pathlib import Path

import numba

__all__ = ["inlined", "kernel"]

PACKAGE = Path(__file__).parent


def _sources_digest(package=PACKAGE):
    sources = {path: path.read_bytes() for path in sorted(package.rglob("*.py"))}
    user = b"\nfrom proda.compiled import "
    folders = {path.parent for path, source in sources.items() if user in source}
    digest = hashlib.sha256()
    for path, source in sources.items():
        if path.parent in folders or path.name == Path(__file__).name:
            digest.update(path.relative_to(package).as_posix().encode() + b"\0" + source + b"\0")
    return digest.hexdigest()[:16]


def _cache_folder():
    """Beside the workflow where that can be written, else in the user's or the system's cache."""
    candidates = [
        PACKAGE.parents[1] / ".cache",
        Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "proda",
        Path(tempfile.gettempdir()) / f"proda-{os.getuid()}",
    ]
    for folder in candidates:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return folder / f"kernels-{_sources_digest()}"
    return None


if "NUMBA_CACHE_DIR" not in os.environ and (folder := _cache_folder()):
    numba.config.CACHE_DIR = str(folder)

kernel = numba.njit(cache=True, error_model="numpy")

# Written into its caller when that is compiled. Handing an array to a compiled function costs two
# atomic operations; for functions called millions of times a second that is a third of the time.
inlined = numba.njit(cache=True, error_model="numpy", inline="always")
