"""Write what follows from the sections of the configuration (workflow/proda/config/sections).

    python docs/make_configuration.py

docs/configuration.md        reference of all keys
config/config.schema.json    JSON schema for editors, which then complete and check keys

Configurations are checked against the same schema, so the two cannot differ from the code.
"""

import json
from pathlib import Path

from proda.config.schema import Schema, load_schema

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT / "docs" / "configuration.md"
SCHEMA = ROOT / "config" / "config.schema.json"
HEADER = """\
# Configuration reference

Made by `docs/make_configuration.py` from the classes in `workflow/proda/config/sections`. An
unknown key is an error that names the nearest known one. [config/README.md](../config/README.md)
lists the configurations that come with the workflow. Editors that know JSON schemas complete and
check keys by `config/config.schema.json`.

`NAME` is a name of your choice.
"""
LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
}


def reference(schema: Schema) -> str:
    """Text of the reference for a JSON schema: a table per section, sections by key."""
    lines = [HEADER]
    keys = schema["properties"]
    plain = {name: part for name, part in keys.items() if not _has_keys(part)}
    lines += ["## Top level\n", *_table(plain, schema.get("required", []))]
    for name, part in keys.items():
        if name not in plain:
            lines += _section(name, part)
    return "\n".join(lines).rstrip() + "\n"


def schema_text(schema: Schema) -> str:
    """Text of the file for editors."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _has_keys(part: Schema) -> bool:
    """Whether the value of a key has keys of its own, so that it needs a table."""
    return any("properties" in each for each in _branches(part) + _branches(_named(part)))


def _branches(part: Schema) -> list[Schema]:
    return [part, *part.get("oneOf", [])]


def _named(part: Schema) -> Schema:
    """Schema of the values of a section whose keys are names of the user's choice."""
    others = part.get("additionalProperties")
    return others if isinstance(others, dict) else {}


def _section(path: str, part: Schema) -> list[str]:
    """Heading, description and table of a section, then the sections below it."""
    default = f" Default: `{json.dumps(part['default'])}`." if part.get("default") else ""
    if "default" in part and part["default"] is None:
        default = " Optional."
    lines = [f"## `{path}`\n", part.get("description", "").strip() + default + "\n"]
    below = []
    for branch in _branches(part):
        keys = branch.get("properties", {})
        own = {name: each for name, each in keys.items() if not _has_keys(each)}
        if "format" in keys and branch is not part:
            lines.append(f"With {_kind(keys['format'])}:\n")
        if own:
            lines += _table(own, branch.get("required", []))
        for name, nested in keys.items():
            if name not in own:
                below += _section(f"{path}.{name}", nested)
        if _named(branch):
            below += _section(f"{path}.NAME", _named(branch))
    return lines + below


def _table(keys: dict[str, Schema], required: list[str]) -> list[str]:
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for name, part in keys.items():
        default = f"`{_short(part['default'])}`" if "default" in part else ""
        default = "required" if name in required else default
        cells = (f"`{name}`", _kind(part), default, part.get("description", ""))
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*rows, ""]


def _short(value: object) -> str:
    """A default as JSON; a fraction that is not written with few digits is rounded."""
    return f"{value:.3g}" if isinstance(value, float) else json.dumps(value)


def _kind(part: Schema) -> str:
    """What a value may be, in words."""
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return " or ".join("`null`" if v is None else f"`{v}`" for v in part["enum"])
    if "oneOf" in part:
        return " or ".join(_kind(branch) for branch in part["oneOf"])
    kinds = list(part["type"]) if isinstance(part["type"], list) else [part["type"]]
    limits = ", ".join(text.format(part[key]) for key, text in LIMITS.items() if key in part)
    for i, kind in enumerate(kinds):
        if kind in ("integer", "number") and limits:
            kinds[i] = f"{kind} ({limits})"
        elif kind == "array":
            size = f"{part['minItems']} " if part.get("minItems", 0) > 1 else ""
            kinds[i] = f"list of {size}{_kind(part['items'])}"
    if _named(part):
        kinds = ["`NAME`: " + _kind(_named(part))]
    return " or ".join(kinds)


if __name__ == "__main__":
    REFERENCE.write_text(reference(load_schema()), encoding="utf-8")
    SCHEMA.write_text(schema_text(load_schema()), encoding="utf-8")
