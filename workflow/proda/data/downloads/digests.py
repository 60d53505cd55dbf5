"""Trust on first use: later downloads of a file must give the bytes of the first.

The lock file is a table with a row per file that was downloaded: its size and SHA-256. Copied to
another machine, or kept beside the configuration (`downloads.lock`), it ensures that everybody
fetches the same bytes. Where the register of sources has a digest, the two must agree.
"""

import csv
from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from proda.data.downloads.exclusive import exclusive
from proda.data.downloads.register import Source, check_sha256, check_size
from proda.errors import InputError
from proda.files import atomic_path
from proda.text.formulas import guarded, unguarded
from proda.text.small_tables import read_register

__all__ = ["Digests"]

COLUMNS = ("product", "version", "file", "size_bytes", "sha256", "path")


class _Row(TypedDict):
    """A row of the lock file; path below the data folder, empty if another file took it."""

    version: str
    size_bytes: int
    sha256: str
    path: str


class Digests:
    """The lock file at ``path``, which need not exist."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def expected(self, source: Source) -> Source:
        """Return ``source`` with the size and SHA-256 of its first download.

        Raises
        ------
        InputError
            Where the register differs.
        """
        row = self._read().get((source.product, source.file))
        if row is None or row["version"] != source.version:
            return source
        pairs: tuple[tuple[str, int | str | None, int | str], ...] = (
            ("size_bytes", source.size, row["size_bytes"]),
            ("sha256", source.sha256, row["sha256"]),
        )
        for name, stated, noted in pairs:
            if stated is not None and stated != noted:
                where = f"{self.path}: {source.product}, {source.file}, {name}"
                hint = "one of the two is wrong; remove the row of the lock file if it is that one"
                raise InputError(where, f"{stated} as in the register", f"{noted}", hint)
        return replace(source, size=row["size_bytes"], sha256=row["sha256"])

    def owners(self) -> dict[str, tuple[str, str]]:
        """Return {path below the data folder: (product, file) that was downloaded there}."""
        return {row["path"]: key for key, row in self._read().items() if row["path"]}

    def record(self, source: Source, size: int, sha256: str, path: str) -> None:
        """Record a download. Safe for several processes.

        Parameters
        ----------
        source : Source
            The file that was downloaded.
        size : int
            Number of bytes.
        sha256 : str
            Its digest.
        path : str
            Where it is below the data folder.

        Raises
        ------
        InputError
            Where another process has just recorded other bytes of this version.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        key = (source.product, source.file)
        row: _Row = {"version": source.version, "size_bytes": size, "sha256": sha256, "path": path}
        with exclusive(self.path):
            rows = self._read()
            if rows.get(key) == row:
                return
            noted = rows.get(key, row)
            if noted["version"] == source.version and noted["sha256"] != sha256:
                where = f"{self.path}: {source.product}, {source.file}"
                hint = "recorded by another process"
                raise InputError(where, f"sha256 {noted['sha256']}", sha256, hint)
            # A file that was downloaded to this path before is no longer there.
            for other in rows.values():
                if other["path"] == path:
                    other["path"] = ""
            rows[key] = row
            with (
                atomic_path(self.path) as temporary,
                temporary.open("w", newline="", encoding="utf-8") as file,
            ):
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(COLUMNS)
                for (product, name), r in sorted(rows.items()):
                    cells = (product, r["version"], name, r["size_bytes"], r["sha256"], r["path"])
                    writer.writerow(map(guarded, cells))

    def _read(self) -> dict[tuple[str, str], _Row]:
        """Rows of the lock file by (product, file)."""
        if not self.path.exists():
            return {}
        rows: dict[tuple[str, str], _Row] = {}
        for row in read_register(self.path, COLUMNS).map(unguarded).itertuples():
            where = f"{self.path} row {row.Index}"
            if (row.product, row.file) in rows:
                raise InputError(where, "each file once", f"{row.product}, {row.file} again")
            size = check_size(f"{where}: size_bytes", row.size_bytes)
            sha256 = check_sha256(f"{where}: sha256", row.sha256)
            if size is None or sha256 is None:
                raise InputError(where, "size_bytes and sha256", "an empty cell")
            rows[row.product, row.file] = {
                "version": row.version,
                "size_bytes": size,
                "sha256": sha256,
                "path": row.path,
            }
        return rows
