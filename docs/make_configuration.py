"""Write docs/configuration.md, the reference of all configuration keys, from the schema.

    python docs/make_configuration.py

The schema (workflow/proda/resources/config.schema.yaml) is what configurations are checked
against, so the reference cannot say anything else.
"""

import json
from pathlib import Path

from proda.config import load_schema, resolve

ROOT = Path(__file__).parents[1]
HEADER = """\
# Configuration reference

Made from `workflow/proda/resources/config.schema.yaml` by `docs/make_configuration.py`. A key that
is not listed here is an error that names the nearest one. A key without a default is optional
unless the table says *required*. [config/README.md](../config/README.md) lists the configurations
that come with the workflow.

`NAME` stands for a name of your choice.
"""
LIMITS = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
}


def reference(schema):
    """Text of the reference for a JSON schema: a table per section, sections by key."""
    lines = [HEADER]
    keys = schema["properties"]
    plain = {k: v for k, v in keys.items() if not _sections(resolve(v, schema), schema)}
    lines += ["## Top level\n", *_table(plain, schema.get("required", []), schema)]
    for key, part in keys.items():
        if key not in plain:
            lines += _section(key, resolve(part, schema), schema)
    return "\n".join(lines).rstrip() + "\n"


def _sections(part, root):
    """Whether a key holds keys of its own, so that it needs a table."""
    parts = [part, *part.get("oneOf", [])]
    if isinstance(part.get("additionalProperties"), dict):
        parts += [part["additionalProperties"], *part["additionalProperties"].get("oneOf", [])]
    return any("properties" in resolve(each, root) for each in parts)


def _section(path, part, root):
    """Heading, description and table of a section, then the sections below it."""
    default = f" Default: `{json.dumps(part['default'])}`." if part.get("default") else ""
    lines = [f"## `{path}`\n", part.get("description", "").strip() + default + "\n"]
    below = []
    for branch in [part, *(resolve(branch, root) for branch in part.get("oneOf", []))]:
        keys = branch.get("properties", {})
        own = {k: v for k, v in keys.items() if not _sections(resolve(v, root), root)}
        if "format" in keys and branch is not part:
            lines.append(f"With {_kind(keys['format'], root)}:\n")
        if own:
            lines += _table(own, branch.get("required", []), root)
        for key, nested in keys.items():
            if key not in own:
                below += _section(f"{path}.{key}", resolve(nested, root), root)
        if isinstance(branch.get("additionalProperties"), dict):
            nested = resolve(branch["additionalProperties"], root)
            below += _section(f"{path}.NAME", nested, root)
    return lines + below


def _table(keys, required, root):
    rows = ["| key | value | default | meaning |", "|---|---|---|---|"]
    for key, part in keys.items():
        part = resolve(part, root)
        if "default" in part:
            default = f"`{json.dumps(part['default'])}`"
        else:
            default = "required" if key in required else ""
        meaning = " ".join(part.get("description", "").split())
        cells = (f"`{key}`", _kind(part, root), default, meaning)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return [*rows, ""]


def _kind(part, root):
    part = resolve(part, root)
    if "const" in part:
        return f"`{part['const']}`"
    if "enum" in part:
        return " or ".join("`null`" if v is None else f"`{v}`" for v in part["enum"])
    if "oneOf" in part:
        return " or ".join(_kind(branch, root) for branch in part["oneOf"])
    kinds = list(part["type"]) if isinstance(part["type"], list) else [part["type"]]
    if "array" in kinds:
        items = part.get("items") or part["prefixItems"][0]
        size = f"{part['minItems']} " if part.get("minItems", 0) > 1 else ""
        kinds[kinds.index("array")] = f"list of {size}{_kind(items, root)}"
    if isinstance(part.get("additionalProperties"), dict):
        kinds = ["`NAME`: " + _kind(part["additionalProperties"], root)]
    limits = [text.format(part[key]) for key, text in LIMITS.items() if key in part]
    return ", ".join([" or ".join(kinds), *limits])


if __name__ == "__main__":
    (ROOT / "docs" / "configuration.md").write_text(reference(load_schema()))
