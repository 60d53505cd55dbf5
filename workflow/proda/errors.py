"""The one error the workflow raises for bad input, with everything needed to correct it."""

import numbers
from collections.abc import Sequence
from typing import Any, Self

__all__ = ["InputError", "number_text", "shown"]

SHOWN_CHARACTERS = 100
SHOWN_DIGITS = 30


class InputError(ValueError):
    """Input that cannot be used.

    The message reads ``<where>: expected <expected>, found <found> (<hint>)``.

    Parameters
    ----------
    where
        File, argument or configuration key and, where there is one, row, index or variable.
    expected
        What should be there.
    found
        What is there.
    hint
        What may be the cause, or what to do.
    array, index
        Of an error in an element of an array: the name of the array and the index of the element,
        from which a reader finds the row and column of its file; else None and empty.
    """

    def __init__(
        self,
        where: object,
        expected: object,
        found: object,
        hint: str | None = None,
        *,
        array: str | None = None,
        index: tuple[int, ...] = (),
    ) -> None:
        self.where, self.expected, self.found, self.hint = where, expected, found, hint
        self.array, self.index = array, index
        message = f"{where}: expected {expected}, found {found}"
        super().__init__(message + (f" ({hint})" if hint else ""))

    @classmethod
    def of_element(
        cls,
        array: str,
        index: Sequence[int],
        expected: object,
        found: object,
        hint: str | None = None,
    ) -> Self:
        """Return the error in an element of an array, at ``<array>[<index>]``."""
        place = f"{array}[{', '.join(map(str, index))}]"
        return cls(place, expected, found, hint, array=array, index=tuple(map(int, index)))

    def __reduce__(self) -> tuple[Any, ...]:
        state = {"array": self.array, "index": self.index}
        return type(self), (self.where, self.expected, self.found, self.hint), state


def number_text(value: Any, *limits: Any) -> str:
    """Return a number as text for a message.

    It has twelve digits, or as many as distinguish it from ``limits``: a value just beyond a limit
    must not read like the limit.
    """
    if isinstance(value, numbers.Integral):
        size = abs(int(value))
        # Python refuses to write out whole numbers of thousands of digits.
        if size >= 10 ** (SHOWN_DIGITS - 1):
            digits = int(size.bit_length() * 0.30103) + 1
            return f"{'-' if value < 0 else ''}a whole number of about {digits} digits"
        return str(int(value))
    whole = str(value).removesuffix(".0")
    text = min(f"{float(value):.12g}", whole, key=len)
    hidden = any(float(text) == limit != value for limit in limits)
    return whole if hidden else text


def shown(value: object) -> str:
    """Return a value as text for a message: as Python writes it, shortened where it is long."""
    if isinstance(value, bool):
        return repr(value)
    if isinstance(value, numbers.Integral):
        return number_text(value)
    try:
        text = repr(value)
    except ValueError:  # a whole number of thousands of digits somewhere in it
        return f"a {type(value).__name__} with a number of thousands of digits"
    if len(text) <= SHOWN_CHARACTERS:
        return text
    return f"{text[: SHOWN_CHARACTERS - 20]} ... ({len(text)} characters)"
