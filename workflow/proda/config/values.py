"""What no configuration may hold, whichever key it stands behind.

Checked before the schema, so that all that comes later can rely on it: keys are texts, texts can be
written to a file and to a line of a message, and the whole is a tree of a size that a person wrote.
"""

import unicodedata

from proda.errors import InputError, shown

__all__ = ["check_values"]

MAX_DEPTH = 20
MAX_VALUES = 100_000
MAX_TEXT = 4096
# Beyond some thousand digits Python refuses to write a number, even into a message.
MAX_BITS = 2000
# Line breaks, tabs and others that no terminal shows; the separator of a table may be a tab.
CONTROL = ("Cc", "Cf", "Zl", "Zp")


def check_values(config):
    """Raise InputError for a key that is no text, a text that cannot be a name or a path, and for a
    configuration that is too deep or too large, or holds itself (YAML aliases can do that)."""
    _check(config, (), [0])


def _check(value, path, count):
    count[0] += 1
    place = ("config " + ".".join(map(str, path))).strip()
    if len(path) > MAX_DEPTH:
        found = "more: does an alias of YAML (*name) stand within what it stands for?"
        raise InputError(place[:80] + " ...", f"at most {MAX_DEPTH} levels", found)
    if count[0] > MAX_VALUES:
        hint = "aliases of YAML (*name) count each time"
        raise InputError("config", f"at most {MAX_VALUES} values", "more", hint)
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                hint = "YAML reads it as something else than a text: write it in quotes"
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


def _check_text(text, place, what):
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
