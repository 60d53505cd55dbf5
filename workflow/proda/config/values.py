"""Values that no key of a configuration may have.

They are checked before the schema, so that all later steps can rely on it: keys are texts, texts
can be written to a file and to a line of a message, and the whole is a tree of limited size.
"""

import unicodedata

from proda.errors import InputError, shown

__all__ = ["check_values"]

MAX_DEPTH = 20
MAX_VALUES = 100_000
MAX_TEXT = 4096
# Python refuses to write a number of several thousand digits, even into a message.
MAX_BITS = 2000
# Line breaks, tabs and other invisible characters; the separator of a table may be a tab.
CONTROL = ("Cc", "Cf", "Zl", "Zp")


def check_values(config: object) -> None:
    """Check all keys and texts of a configuration, and its depth and size.

    Raises
    ------
    InputError
        For a key that is not a text, a text that can be neither a name nor a path, and a
        configuration that is too deep or too large, or contains itself, as YAML aliases allow.
    """
    _check(config, (), [0])


def _check(value: object, path: tuple[object, ...], count: list[int]) -> None:
    count[0] += 1
    place = ("config " + ".".join(map(str, path))).strip()
    if len(path) > MAX_DEPTH:
        found = "more: does a YAML alias (*name) refer to a section that contains it?"
        raise InputError(place[:80] + " ...", f"at most {MAX_DEPTH} levels", found)
    if count[0] > MAX_VALUES:
        hint = "YAML aliases (*name) count each time"
        raise InputError("config", f"at most {MAX_VALUES} values", "more", hint)
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                hint = "YAML does not read it as a text: write it in quotes"
                raise InputError(place, "a text as the name of a key", shown(key), hint)
            _check_text(key, place, "a key")
            _check(inner, (*path, key), count)
    elif isinstance(value, list | tuple):
        for i, inner in enumerate(value):
            _check(inner, (*path, i), count)
    elif isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise InputError(place, f"a number below 2^{MAX_BITS}", shown(value))
    elif isinstance(value, str) and not (path[-1:] == ("separator",) and value in ("\t", " ")):
        _check_text(value, place, "a text")


def _check_text(text: str, place: str, what: str) -> None:
    if len(text) > MAX_TEXT:
        raise InputError(place, f"{what} of at most {MAX_TEXT} characters", f"{len(text)}")
    if text and not text.strip():
        raise InputError(place, f"{what} that is not blank", shown(text))
    for character in text:
        category = unicodedata.category(character)
        if category in CONTROL:
            name = unicodedata.name(character, f"U+{ord(character):04X}")
            expected = f"{what} without line breaks and invisible characters"
            raise InputError(place, expected, f"{shown(text)} with {name}")
        if category == "Cs":
            expected = f"{what} that can be written as UTF-8"
            raise InputError(place, expected, f"{shown(text)} with U+{ord(character):04X}")
