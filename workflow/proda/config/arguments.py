"""Values of ``--config``: Snakemake hands on all that is nested in them as text.

``--config 'twin={n_profiles: 5}'`` changes one key of the section twin and keeps the others, but
the 5 arrives as "5", and true, null or 0.3 as text too. Where the schema wants no text there, it is
read as YAML would read it in a file. Quotes are lost on the way, so the schema decides, not the
text.
"""

import yaml

from proda.config.schema import load_schema, stated_branch

__all__ = ["with_arguments"]


def with_arguments(config: dict, arguments: dict) -> dict:
    """``config`` with the texts that came from the command line as values of their type.

    config: the whole configuration as Snakemake joined it. arguments: what ``--config`` gave, as
    Snakemake read it. What is no value of the type wanted stays a text; the schema refuses it.
    """
    root = load_schema()
    return _merged(config, _typed(arguments, root, root))


def _merged(config, arguments):
    if not isinstance(config, dict) or not isinstance(arguments, dict):
        return arguments
    merged = dict(config)
    for key, value in arguments.items():
        merged[key] = _merged(config[key], value) if key in config else value
    return merged


def _typed(value, schema, root):
    schema = stated_branch(value, schema, root)
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        others = others if isinstance(others, dict) else {}
        return {key: _typed(inner, known.get(key, others), root) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        first = schema.get("prefixItems", [])
        items = schema.get("items") or {}
        parts = [*first, *[items] * len(value)]
        return [_typed(inner, part, root) for inner, part in zip(value, parts, strict=False)]
    return _scalar(value, schema) if isinstance(value, str) else value


def _scalar(text, schema):
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    choices = [schema["const"]] if "const" in schema else schema.get("enum", [])
    if text in choices or (not types and not choices):
        return text
    if text in ("null", "~") and ("null" in types or None in choices):
        return None
    if "string" in types:
        return text
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return text
    return found if found is None or isinstance(found, bool | int | float) else text
