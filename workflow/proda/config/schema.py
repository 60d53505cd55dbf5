"""The schema of the configuration, and finding one's way in it."""

from functools import cache

import yaml

from proda.parameters.methods import selectable
from proda.resources import resource

__all__ = ["formats_of", "load_schema", "resolve", "stated_branch"]

SCHEMA = resource("config.schema.yaml")


@cache
def load_schema():
    """The JSON schema (draft 2020-12) of the configuration, with the methods of the register."""
    schema = yaml.safe_load(SCHEMA.read_text())
    methods = schema["properties"]["methods"]
    methods["items"]["enum"] = methods["default"] = selectable()
    return schema


def resolve(schema, root):
    """The schema that a ``$ref`` to ``$defs`` of ``root`` stands for, or the schema itself."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return root["$defs"][name] | {k: v for k, v in schema.items() if k != "$ref"}
    return schema


def formats_of(schema):
    """Values of the key ``format`` that belong to a schema; empty where it has no such key."""
    rule = schema.get("properties", {}).get("format", {})
    return [rule["const"]] if "const" in rule else rule.get("enum", [])


def stated_branch(value, schema, root):
    """The schema of ``value``: of alternatives that of its ``format``, or else the one that has its
    keys, or is for its type."""
    schema = resolve(schema, root)
    branches = [resolve(branch, root) for branch in schema.get("oneOf", [])]
    if isinstance(value, dict):
        stated = [part for part in branches if value.get("format") in formats_of(part)]
        fitting = [
            part
            for part in branches
            if "properties" in part and not value.keys() - part["properties"].keys()
        ]
        return next(iter(stated or fitting), schema)
    wanted = "array" if isinstance(value, list) else "null" if value in ("null", "~") else None
    return next((part for part in branches if part.get("type") == wanted), schema)
