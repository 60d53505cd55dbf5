"""One broken input of the corpus."""

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Case", "replaced"]


@dataclass(frozen=True)
class Case:
    """A broken input.

    name: of the file (or folder) below the folder of its door. door: a key of doors.DOORS.
    expect: fragments of the error's message. write: callable that takes the path and writes there.
    options: what the door is told besides the path.
    """

    name: str
    door: str
    expect: tuple
    write: Any
    options: dict = field(default_factory=dict)

    @property
    def path(self):
        return f"{self.door}/{self.name}"


def replaced(text, old, new):
    """``text`` with its one ``old`` replaced: a fault that no longer fits its base is an error."""
    if text.count(old) != 1:
        raise ValueError(f"{old!r} stands {text.count(old)} times in the base")
    return text.replace(old, new)
