"""The configuration: a closed schema, defaults filled in, and errors that help.

The schema (workflow/schemas/config.schema.yaml) describes every key. A key it does not know is an
error that names the key and the nearest known one; so is a value of the wrong kind.
"""

import difflib
import hashlib
import json
from functools import cache
from pathlib import Path

import jsonschema
import yaml

from proda.errors import InputError

__all__ = ["config_digest", "load_schema", "validate_config"]

SCHEMA = Path(__file__).parents[1] / "schemas" / "config.schema.yaml"


@cache
def load_schema():
    """The JSON schema (draft 2020-12) of the configuration."""
    return yaml.safe_load(SCHEMA.read_text())


def validate_config(config):
    """Check a configuration and return it with all defaults filled in.

    Raises InputError that names the key, what was expected and what was found.
    """
    schema = load_schema()
    validator = jsonschema.Draft202012Validator(schema)
    errors = sorted(validator.iter_errors(config), key=lambda error: list(error.absolute_path))
    if errors:
        raise _explain(errors[0])
    return _with_defaults(config, schema, schema)


def config_digest(config):
    """Short digest of a configuration, for provenance."""
    text = json.dumps(config, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _explain(error):
    if error.validator in ("anyOf", "oneOf") and error.context:
        # The branch that got furthest is the one that was meant.
        error = max(error.context, key=lambda nested: len(nested.absolute_path))
    place = "config " + ".".join(map(str, error.absolute_path))
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known))[0]
        nearest = difflib.get_close_matches(unknown, known, n=1, cutoff=0.0)
        hint = f"did you mean {nearest[0]!r}?" if nearest else None
        return InputError(place.strip(), f"one of {', '.join(known)}", repr(unknown), hint)
    if error.validator == "required":
        missing = sorted(set(error.validator_value) - set(error.instance))[0]
        return InputError(place.strip(), f"a key {missing!r}", "none")
    if error.validator == "type":
        expected = error.validator_value
        expected = " or ".join(expected) if isinstance(expected, list) else expected
        return InputError(place, f"a value of type {expected}", repr(error.instance))
    if error.validator == "enum":
        allowed = ", ".join(map(repr, error.validator_value))
        return InputError(place, f"one of {allowed}", repr(error.instance))
    return InputError(place, f"{error.validator} {error.validator_value!r}", repr(error.instance))


def _with_defaults(value, schema, root):
    schema = _resolve(schema, root)
    if not isinstance(value, dict) or "properties" not in schema:
        return value
    filled = dict(value)
    for key, part in schema["properties"].items():
        part = _resolve(part, root)
        if key not in filled and "default" in part:
            filled[key] = part["default"]
        if key in filled:
            filled[key] = _with_defaults(filled[key], part, root)
    return filled


def _resolve(schema, root):
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return root["$defs"][name] | {k: v for k, v in schema.items() if k != "$ref"}
    return schema
