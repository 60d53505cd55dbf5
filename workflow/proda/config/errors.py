"""Errors of a schema as sentences with a hint."""

import datetime
import difflib
from collections.abc import Sequence

from jsonschema import ValidationError

from proda.config.schema import Schema, formats_of, load_schema, types_of
from proda.errors import InputError, number_text, shown

__all__ = ["SMALLEST_NUMBER", "explained"]

# Smaller numbers other than zero lose digits, and no setting needs them.
SMALLEST_NUMBER = 1e-12

# How limits read in a message.
_LIMITS = {
    "minimum": "{} or more",
    "exclusiveMinimum": "more than {}",
    "maximum": "{} or less",
    "exclusiveMaximum": "less than {}",
    "minItems": "{} entries or more",
    "maxItems": "{} entries or fewer",
    "minProperties": "{} entries or more",
    "maxProperties": "{} entries or fewer",
    "minLength": "a text of {} character or more",
    "maxLength": "a text of {} characters or fewer",
    "pattern": "a name like {}",
    "uniqueItems": "each entry once",
}


def explained(error: ValidationError) -> InputError:
    """Return an error of jsonschema as an InputError: key, what was expected, what was found."""
    place = _place(error)
    if error.validator in ("anyOf", "oneOf") and error.context:
        return _explain_alternatives(error)
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known))[0]
        return _unknown(place, unknown, known)
    if "propertyNames" in error.schema_path:
        known = error.schema.get("enum")
        if known:
            return _unknown(place, error.instance, known)
        expected = f"names like {error.schema.get('pattern')}"
        if error.validator == "maxLength":
            expected = f"names of {error.validator_value} characters or fewer"
        return InputError(place, expected, shown(error.instance))
    if error.validator == "required":
        missing = sorted(set(error.validator_value) - set(error.instance))[0]
        return InputError(place, f"a key {missing!r}", "none")
    if error.validator == "type":
        expected = error.validator_value
        expected = " or ".join(expected) if isinstance(expected, list) else expected
        hint = _type_hint(error.instance, expected)
        return InputError(place, f"a value of type {expected}", shown(error.instance), hint)
    if error.validator == "enum":
        allowed = ", ".join(map(repr, error.validator_value))
        names = [name for name in error.validator_value if isinstance(name, str)]
        nearest = difflib.get_close_matches(str(error.instance), names, n=1)
        hint = _type_hint(error.instance, "string")
        if nearest and hint is None:
            hint = f"did you mean {nearest[0]!r}?"
        return InputError(place, f"one of {allowed}", shown(error.instance), hint)
    limit = error.validator_value
    limit = number_text(limit) if isinstance(limit, int | float) else limit
    expected = _LIMITS.get(error.validator, error.validator + " {}").format(limit)
    if error.validator == "maxLength" and error.validator_value == 1:
        hint = r'a tab is "\t", in double quotes'
        return InputError(place, "one character", shown(error.instance), hint)
    return InputError(place, expected, shown(error.instance))


def _type_hint(value: object, expected: str) -> str | None:
    """Why YAML reads a value as another type than the expected one."""
    if value is None:
        return "the key has no value"
    if isinstance(value, bool):
        return "YAML reads yes, no, on and off as true and false: write a text in quotes"
    if isinstance(value, datetime.date):
        return "YAML reads it as a date: write it in quotes"
    if isinstance(value, int | float) and expected.startswith("string"):
        return "YAML reads it as a number: write it in quotes in the file"
    if not expected.startswith(("integer", "number")):
        return None
    if isinstance(value, float):
        if value.is_integer():
            return "a whole number without a point"
        if 0 < abs(value) < SMALLEST_NUMBER:
            return f"0, or {number_text(SMALLEST_NUMBER)} or more in size"
        return None
    try:
        float(str(value))
    except (TypeError, ValueError, OverflowError):
        return None
    return "YAML reads it as text: write all digits, without quotes"


def _place(error: ValidationError) -> str:
    return ("config " + ".".join(map(str, error.absolute_path))).strip()


def _unknown(place: str, unknown: str, known: Sequence[str]) -> InputError:
    nearest = difflib.get_close_matches(unknown, known, n=1, cutoff=0.0)
    hint = f"did you mean {nearest[0]!r}?" if nearest else None
    sections = [name for name in _places_of(unknown) if name != place]
    # A letter too many or too few is a slip, wherever else there may be a key of this name.
    slip = [name for name in known if abs(len(name) - len(unknown)) <= 1]
    if sections and not difflib.get_close_matches(unknown, slip, n=1, cutoff=0.85):
        hint = f"it belongs to {' or '.join(sections)}"
    return InputError(place, f"one of {', '.join(known)}", shown(unknown), hint)


def _places_of(key: str) -> list[str]:
    """Sections of the schema, at most two levels deep, that have this key."""
    schema, places = load_schema(), []
    for name, section in schema["properties"].items():
        part = _keys(section)
        places += [f"config {name}"] * (key in part)
        for inner, nested in part.items():
            places += [f"config {name}.{inner}"] * (key in nested.get("properties", {}))
    return places[:3]


def _keys(section: Schema) -> Schema:
    """Keys of a section, or of all alternatives of one."""
    keys = dict(section.get("properties", {}))
    for branch in section.get("oneOf", []):
        keys |= branch.get("properties", {})
    return keys


def _explain_alternatives(error: ValidationError) -> InputError:
    """Explain the alternative of the stated ``format``, or else the one that matches furthest.

    Where no format is stated, that is the section that has none, if there is one. Of a list it is
    the alternative that is one.
    """
    if isinstance(error.instance, dict):
        formats = [formats_of(part) for part in error.validator_value]
        meant = error.instance.get("format")
        if any(formats):
            known = [name for names in formats for name in names]
            if "format" not in error.instance:
                parts = enumerate(error.validator_value)
                plain = [i for i, part in parts if _keys(part) and not formats[i]]
                inner = [e for e in error.context if e.relative_schema_path[0] in plain]
                if inner:
                    return explained(inner[0])
                return InputError(_place(error), "a key 'format'", "none")
            if not isinstance(meant, str):
                hint = _type_hint(meant, "string")
                return InputError(f"{_place(error)}.format", "a text", shown(meant), hint)
            if meant not in known:
                return _unknown(_place(error) + ".format", meant, known)
            branch = next(i for i, names in enumerate(formats) if meant in names)
            inner = [e for e in error.context if e.relative_schema_path[0] == branch]
            return explained(inner[0])
    if all(e.validator == "type" and not e.relative_path for e in error.context):
        kinds = dict.fromkeys(kind for e in error.context for kind in types_of(e.schema))
        expected = f"a value of type {' or '.join(kinds)}"
        return InputError(_place(error), expected, shown(error.instance))
    inner = error.context
    if isinstance(error.instance, list):
        lists = [i for i, part in enumerate(error.validator_value) if "array" in types_of(part)]
        inner = [e for e in inner if e.relative_schema_path[0] in lists] or inner
    return explained(max(inner, key=lambda nested: len(nested.absolute_path)))
