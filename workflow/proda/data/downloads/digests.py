"""Trust on first use: what a file was when it came first is what it must be ever after.

The lock file is a table with a row per file that was downloaded: its size and SHA-256. Copied to
another machine, or kept beside the configuration (`downloads.lock`), it makes sure that all fetch
the same bytes. A digest of the register counts before; the two must agree.
"""

import csv
from dataclasses import replace

from proda.data.downloads.exclusive import exclusive
from proda.data.downloads.register import check_sha256, check_size
from proda.errors import InputError
from proda.files import atomic_path
from proda.text.formulas import guarded, unguarded
from proda.text.small_tables import read_register

__all__ = ["Digests"]

COLUMNS = ("product", "version", "file", "size_bytes", "sha256", "path")


class Digests:
    """The lock file at ``path``, which need not exist."""

    def __init__(self, path):
        self.path = path

    def expected(self, source):
        """``source`` with the size and SHA-256 that its file had when it came first.

        Raises InputError where the register says otherwise.
        """
        row = self._read().get((source.product, source.file))
        if row is None or row["version"] != source.version:
            return source
        for name, stated, noted in (
            ("size_bytes", source.size, row["size_bytes"]),
            ("sha256", source.sha256, row["sha256"]),
        ):
            if stated is not None and stated != noted:
                where = f"{self.path}: {source.product}, {source.file}, {name}"
                hint = "one of the two is wrong; remove the row of the lock file if it is that one"
                raise InputError(where, f"{stated} as in the register", f"{noted}", hint)
        return replace(source, size=row["size_bytes"], sha256=row["sha256"])

    def owners(self):
        """{path below the data folder: (product, file) that was downloaded there}."""
        return {row["path"]: key for key, row in self._read().items() if row["path"]}

    def record(self, source, size, sha256, path):
        """Note what came. Safe for several processes.

        Raises InputError where another one has noted other bytes of this version meanwhile.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        key = (source.product, source.file)
        row = {"version": source.version, "size_bytes": size, "sha256": sha256, "path": path}
        with exclusive(self.path):
            rows = self._read()
            if rows.get(key) == row:
                return
            noted = rows.get(key, row)
            if noted["version"] == source.version and noted["sha256"] != sha256:
                where = f"{self.path}: {source.product}, {source.file}"
                raise InputError(where, f"sha256 {noted['sha256']}", sha256, "noted meanwhile")
            # Whoever had this path before has it no longer.
            rows = {k: r | {"path": ""} if r["path"] == path else r for k, r in rows.items()}
            rows[key] = row
            with (
                atomic_path(self.path) as temporary,
                open(temporary, "w", newline="", encoding="utf-8") as file,
            ):
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(COLUMNS)
                for (product, name), r in sorted(rows.items()):
                    cells = (product, r["version"], name, r["size_bytes"], r["sha256"], r["path"])
                    writer.writerow(map(guarded, cells))

    def _read(self):
        if not self.path.exists():
            return {}
        rows = {}
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
