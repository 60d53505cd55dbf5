"""The partial file beside a target: its address, and the bytes of it that are on the disk.

``<target>.part.json`` records the address (without secrets), the server's mark of the version, and
size and SHA-256 of the bytes that were on the disk then. After a crash only these count: later
bytes are cut off, and if they differ from the record the download starts again.
"""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from proda.files import atomic_path, put_on_disk
from proda.masking import masked

__all__ = ["Part"]

CHECKPOINT_BYTES, CHECKPOINT_SECONDS = 2**25, 10.0
CHUNK_BYTES = 2**20


class Part:
    """The partial file of a target.

    Attributes
    ----------
    target, path, notes : Path
        The final file, the partial file and its record.
    state : dict
        Content of the record: address, validator, size and sha256; {} where nothing can be
        continued.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(target.name + ".part")
        self.notes = target.with_name(target.name + ".part.json")
        self._digest = hashlib.sha256()
        self.state: dict[str, Any] = self._read() or {}

    @property
    def size(self) -> int:
        """Number of bytes of the partial file."""
        return self.path.stat().st_size if self.path.exists() else 0

    def began_at(self, address: str) -> bool:
        """Whether the partial file comes from this address."""
        return self.state.get("address") == masked(address)

    def begin(self, address: str, validator: str | None) -> None:
        """Start again; the record is written first, so that it never belongs to another body."""
        self.path.unlink(missing_ok=True)
        self._digest = hashlib.sha256()
        self.state = {"address": masked(address), "validator": validator}
        self._note(0)

    def forget(self) -> None:
        """Remove the partial file and its record."""
        self.path.unlink(missing_ok=True)
        self.notes.unlink(missing_ok=True)
        self._digest = hashlib.sha256()
        self.state = {}

    @contextmanager
    def appending(self) -> Iterator[Callable[[bytes], None]]:
        """Yield a function that appends bytes.

        The bytes are recorded at intervals, because a killed process has no time for it, and at the
        end.

        Raises
        ------
        OSError
            Naming the file.
        """
        try:
            with self.path.open("ab") as file:
                sure, noted = file.tell(), time.monotonic()

                def append(data: bytes) -> None:
                    nonlocal sure, noted
                    file.write(data)
                    self._digest.update(data)
                    late = time.monotonic() - noted >= CHECKPOINT_SECONDS
                    if late or file.tell() - sure >= CHECKPOINT_BYTES:
                        sure, noted = self._save(file), time.monotonic()

                try:
                    yield append
                finally:
                    self._save(file)
        except OSError as error:
            if error.filename is None:
                raise type(error)(error.errno, error.strerror, str(self.path)) from None
            raise

    def finish(self) -> None:
        """Give the partial file the target's name, once its bytes are on the disk."""
        put_on_disk(self.path)
        self.path.replace(self.target)
        self.forget()
        with suppress(OSError):  # not every file system can do that for folders
            put_on_disk(self.target.parent)

    def _save(self, file: BinaryIO) -> int:
        """Put the bytes on the disk and record them; returns their number."""
        file.flush()
        os.fsync(file.fileno())
        self._note(file.tell())
        return file.tell()

    def _note(self, size: int) -> None:
        self.state |= {"size": size, "sha256": self._digest.hexdigest()}
        with atomic_path(self.notes) as temporary:
            temporary.write_text(json.dumps(self.state))

    def _read(self) -> dict[str, Any] | None:
        """Read the record, None if it does not belong to the partial file."""
        # A link would have its bytes written elsewhere, as would a second name of the same file.
        if self.path.is_symlink() or not self.path.is_file() or self.path.stat().st_nlink > 1:
            return None
        try:
            state = json.loads(self.notes.read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        kinds: dict[str, type | tuple[type, ...]]
        kinds = {"address": str, "validator": (str, type(None)), "size": int, "sha256": str}
        if not isinstance(state, dict) or any(
            not isinstance(state.get(key), kind) or isinstance(state.get(key), bool)
            for key, kind in kinds.items()
        ):
            return None
        size = state["size"]
        if not 0 < size <= self.size:
            return None
        with self.path.open("r+b") as file:
            for start in range(0, size, CHUNK_BYTES):
                self._digest.update(file.read(min(CHUNK_BYTES, size - start)))
            if self._digest.hexdigest() != state["sha256"]:
                self._digest = hashlib.sha256()
                return None
            file.truncate(size)
        return state
