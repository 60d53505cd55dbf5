"""Lines of YAML with comments: why a value was chosen, and what the user has to confirm."""

import re
from typing import Any

__all__ = ["CONFIRM", "YamlLines", "written"]

CONFIRM = "CONFIRM"
"""Marks what the user has to look at."""

_COMMENT_COLUMN = 40
# What needs no quotes in YAML and is no number, date or truth value.
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_WORDS = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}


def written(value: Any) -> str:
    """Return a value as YAML on one line.

    Parameters
    ----------
    value
        A text, number, truth value, None, or list or dict of these.
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return f"{value:.12g}"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{written(k)}: {written(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(written, value)) + "]"
    text = str(value)
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
    return f'"{escaped}"'


class YamlLines:
    """Text of a configuration that grows line by line; doubts are collected."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.doubts: list[str] = []

    def comment(self, text: str, level: int = 0) -> None:
        """Add a line of comment."""
        self.lines.append(f"{'  ' * level}# {text}".rstrip())

    def blank(self) -> None:
        """Add an empty line."""
        self.lines.append("")

    def section(self, key: str, level: int = 0) -> None:
        """Add the name of a section."""
        self.lines.append(f"{'  ' * level}{written(key)}:")

    def key(
        self, key: str, value: Any, level: int = 0, why: str | None = None, doubt: str | None = None
    ) -> None:
        """Add a key.

        Parameters
        ----------
        key, value
            The key and its value.
        level
            Of indentation.
        why
            Reason for the value.
        doubt
            What the user has to confirm; it is listed with the others.
        """
        line = f"{'  ' * level}{written(key)}: {written(value)}"
        if doubt:
            note = f"{CONFIRM}: {doubt}"
            self.doubts.append(f"{key}: {written(value)} ({doubt})")
        else:
            note = why or ""
        self.lines.append(f"{line:<{_COMMENT_COLUMN}}  # {note}" if note else line)

    def text(self) -> str:
        """All lines."""
        return "\n".join(self.lines) + "\n"
