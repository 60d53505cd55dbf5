"""Texts of the user in tables that spreadsheets open: none may become a formula.

Spreadsheets take a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break for a
formula and run it, also when it is the name that somebody gave a profile. Such a text is written
behind an apostrophe, which is removed when the table is read again. Numbers stay as they are.
"""

import re
from typing import TypeVar

__all__ = ["guarded", "unguarded"]

Cell = TypeVar("Cell")

# Half-width and full-width; texts that begin with apostrophes before such a sign get one more, so
# that all come back as they were.
_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile("'" + _FORMULA.pattern)
_NUMBER = re.compile(
    r"[+-]?(([0-9]+([.,][0-9]*)?|[.,][0-9]+)(e[+-]?[0-9]+)?|inf|infinity|nan)", re.IGNORECASE
)


def guarded(cell: Cell) -> Cell | str:
    """The cell as it is written: behind an apostrophe if it would be run as a formula."""
    if isinstance(cell, str) and _FORMULA.match(cell) and not _NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def unguarded(cell: Cell) -> Cell | str:
    """The cell that `guarded` was given."""
    return cell[1:] if isinstance(cell, str) and _GUARDED.match(cell) else cell
