"""One broken input of the corpus."""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Case", "replaced"]


@dataclass(frozen=True)
class Case:
    """A broken input.

    name: of the file (or folder) below the folder of its reader. reader: a key of readers.READERS.
    expect: fragments of the error's message. write: callable that writes the file at a path.
    options: arguments of the reader beside the path.
    """

    name: str
    reader: str
    expect: tuple
    write: Any
    options: dict = field(default_factory=dict)

    @property
    def path(self):
        return f"{self.reader}/{self.name}"


def replaced(text, old, new):
    """``text`` with its one ``old`` replaced: a fault that no longer fits its base is an error."""
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands {text.count(old)} times in the base")
    return text.replace(old, new)
