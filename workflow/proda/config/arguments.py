"""Values of ``--config``, whose nested values Snakemake passes on as text.

``--config 'twin={n_profiles: 5}'`` changes one key of the section twin and keeps the others, but
the 5 arrives as "5", and true, null or 0.3 as text too. Where the schema expects another type, the
text is read as YAML would read it in a file. Quotes are lost on the way, so the schema decides, not
the text.
"""

from typing import Any

import yaml

from proda.config.schema import Schema, load_schema, stated_branch, types_of

__all__ = ["with_arguments"]


def with_arguments(config: dict[str, Any], arguments: dict[str, Any]) -> dict[str, Any]:
    """Give values of the command line their type.

    A text that is not of the expected type is kept; the schema refuses it.

    Parameters
    ----------
    config
        The whole configuration as Snakemake merged it.
    arguments
        The values of ``--config``, as Snakemake read them.

    Returns
    -------
    dict
        The configuration with typed values.
    """
    return dict(_merged(config, _typed(arguments, load_schema())))


def _merged(config: Any, arguments: Any) -> Any:
    if not isinstance(config, dict) or not isinstance(arguments, dict):
        return arguments
    merged = dict(config)
    for key, value in arguments.items():
        merged[key] = _merged(config[key], value) if key in config else value
    return merged


def _typed(value: Any, schema: Schema) -> Any:
    schema = stated_branch(value, schema)
    if isinstance(value, dict):
        known, others = schema.get("properties", {}), schema.get("additionalProperties")
        others = others if isinstance(others, dict) else {}
        return {key: _typed(inner, known.get(key, others)) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_typed(inner, schema.get("items", {})) for inner in value]
    return _scalar(value, schema) if isinstance(value, str) else value


def _scalar(text: str, schema: Schema) -> Any:
    types = types_of(schema)
    choices = [schema["const"]] if "const" in schema else schema.get("enum", [])
    if text in choices or not types:
        return text
    if text in ("null", "~") and (_is_optional(schema) or None in choices):
        return None
    if "string" in types:
        return text
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return text
    return found if found is None or isinstance(found, bool | int | float) else text


def _is_optional(schema: Schema) -> bool:
    """Whether null is a value."""
    return any("null" in types_of(part) for part in (schema, *schema.get("oneOf", [])))
