"""The JSON schema of the configuration (draft 2020-12), made from its sections."""

import inspect
from collections.abc import Sequence
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, get_args, get_origin

from proda.config.keys import (
    Limits,
    alternatives,
    annotation,
    as_plain,
    default_of,
    key_types,
)
from proda.config.sections.config import Config

__all__ = ["Schema", "formats_of", "load_schema", "stated_branch", "types_of"]

Schema = dict[str, Any]

_KEYWORDS = {
    "minimum": "minimum",
    "maximum": "maximum",
    "above": "exclusiveMinimum",
    "below": "exclusiveMaximum",
    "min_length": "minLength",
    "max_length": "maxLength",
    "pattern": "pattern",
    "min_items": "minItems",
    "max_items": "maxItems",
    "unique": "uniqueItems",
    "min_keys": "minProperties",
    "max_keys": "maxProperties",
}
_SCALARS = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


@cache
def load_schema() -> Schema:
    """Return the schema of the whole configuration."""
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of the PRODA workflow",
    }
    return head | _section(Config)


def _section(section: type) -> Schema:
    defaults = {field.name: default_of(field) for field in fields(section)}
    properties = {name: _schema(key) for name, key in key_types(section).items()}
    for name, part in properties.items():
        if defaults[name] is not MISSING:
            part["default"] = _default(defaults[name])
    required = [name for name in properties if defaults[name] is MISSING]
    text = (inspect.getdoc(section) or "").partition("\n\n")[0]
    schema: Schema = {"description": " ".join(text.split()), "type": "object"}
    schema |= {"additionalProperties": False, "properties": properties}
    return schema | ({"required": required} if required else {})


def _default(value: Any) -> Any:
    """A default as in a file; of a section only what is not its own default anyway."""
    if is_dataclass(value) and all(default_of(each) is not MISSING for each in fields(value)):
        section: Any = type(value)
        plain, own = as_plain(value), as_plain(section())
        return {name: each for name, each in plain.items() if each != own[name]}
    return as_plain(value)


def _schema(key: Any) -> Schema:
    plain, description, limits = annotation(key)
    schema = _union([_schema(each) for each in alternatives(plain)]) if _is_union(plain) else None
    if schema is None:
        schema = _one(plain)
    for limit in limits:
        schema |= _limits(limit)
    if "enum" in schema:
        schema.pop("type", None)
    return ({"description": description} if description else {}) | {
        name: each for name, each in schema.items() if not (description and name == "description")
    }


def _is_union(plain: Any) -> bool:
    return len(alternatives(plain)) > 1


def _one(plain: Any) -> Schema:
    """Schema of a type that is not a union."""
    if is_dataclass(plain):
        return _section(plain)  # type: ignore[arg-type] # types of keys are classes
    origin, parts = get_origin(plain), get_args(plain)
    if origin is Literal:
        return {"const": parts[0]} if len(parts) == 1 else {"enum": list(parts)}
    if origin is dict:
        schema = {"type": "object", "additionalProperties": _schema(parts[1])}
        return schema | ({} if parts[0] is str else {"propertyNames": _schema(parts[0])})
    if origin is tuple and parts[-1] is Ellipsis:
        return {"type": "array", "items": _schema(parts[0])}
    if origin is tuple:
        size = len(parts)
        return {"type": "array", "items": _schema(parts[0]), "minItems": size, "maxItems": size}
    return {"type": _SCALARS[plain]}


def _union(parts: Sequence[Schema]) -> Schema:
    """One schema where each alternative has a type of its own, or else ``oneOf``.

    Values that are listed and a list of values are alternatives, too.
    """
    kinds = [kind for part in parts for kind in types_of(part)]
    listed = [bool({"enum", "const"} & part.keys()) for part in parts]
    if len(set(kinds)) < len(kinds) or (any(listed) and "array" in kinds):
        return {"oneOf": list(parts)}
    if any(listed):
        values = [v for part in parts for v in part.get("enum", [part.get("const")])]
        return {"enum": values}
    merged: Schema = {}
    for part in parts:
        merged |= part
    return merged | {"type": kinds}


def _limits(limit: Limits) -> Schema:
    if limit.choices is not None:
        return {"enum": list(limit.choices)}
    stated = {word: getattr(limit, name) for name, word in _KEYWORDS.items()}
    return {word: value for word, value in stated.items() if value is not None}


# --- parts of the schema -------------------------------------------------------------------------


def types_of(schema: Schema) -> list[str]:
    """Return the JSON types that a schema allows."""
    if "const" in schema or "enum" in schema:
        return ["string"]
    kinds = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else list(kinds)


def formats_of(schema: Schema) -> list[str]:
    """Return the values of the key ``format`` of a schema; none where it has no such key."""
    rule = schema.get("properties", {}).get("format", {})
    return [rule["const"]] if "const" in rule else rule.get("enum", [])


def stated_branch(value: Any, schema: Schema) -> Schema:
    """Return the schema of ``value``: of alternatives that of its ``format`` or its keys."""
    if not isinstance(value, dict):
        return schema
    for branch in schema.get("oneOf", []):
        keys = branch.get("properties", {}).keys()
        if value.get("format") in formats_of(branch):
            return branch
        if keys and not formats_of(branch) and not value.keys() - keys:
            return branch
    return schema
