"""Glob patterns below a folder whose name may have any characters."""

import glob
from pathlib import Path

from proda.files import StrPath

__all__ = ["files_below", "pattern_below"]


def pattern_below(folder: StrPath, pattern: str) -> str:
    """Return the glob pattern of ``pattern`` below ``folder``.

    Brackets and stars of the folder itself, and those in ``pattern`` that belong to the names of
    existing folders and files, have no special meaning. A path that exists is returned unchanged.
    """
    there, rest = Path(folder), list(Path(pattern).parts)
    while rest and (there / rest[0]).exists():
        there /= rest.pop(0)
    return str(Path(glob.escape(str(there)), *rest) if rest else there)


def files_below(folder: StrPath, pattern: str) -> list[str]:
    """Return the files and folders that `pattern_below` matches, sorted."""
    found = pattern_below(folder, pattern)
    # pathlib has no patterns of absolute paths.
    matches = glob.glob(found)  # noqa: PTH207, see above
    return [found] if Path(found).exists() else sorted(matches)
