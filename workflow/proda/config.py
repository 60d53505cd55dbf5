"""The configuration: a closed schema, defaults filled in, and errors that help.

The schema (workflow/schemas/config.schema.yaml) describes every key. A key it does not know is an
error that names the key and the nearest known one; so is a value of the wrong kind, a key that
stands twice in its file, and values that contradict each other.
"""

import difflib
import hashlib
import json
import math
from functools import cache
from pathlib import Path

import jsonschema
import yaml

from proda.errors import InputError

__all__ = ["check_config_file", "config_digest", "load_schema", "resolve", "validate_config"]

SCHEMA = Path(__file__).parents[1] / "schemas" / "config.schema.yaml"

# JSON knows neither true as a number nor infinity, and 2020.0 would not do as a seed.
_TYPES = jsonschema.Draft202012Validator.TYPE_CHECKER.redefine_many(
    {
        "integer": lambda _, value: isinstance(value, int) and not isinstance(value, bool),
        "number": lambda _, value: (
            isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        ),
    }
)
_Validator = jsonschema.validators.extend(jsonschema.Draft202012Validator, type_checker=_TYPES)

# How limits read in a message.
_LIMITS = {
    "minimum": "{} or more",
    "exclusiveMinimum": "more than {}",
    "maximum": "{} or less",
    "exclusiveMaximum": "less than {}",
    "minItems": "{} entries or more",
    "maxItems": "{} entries or fewer",
    "minLength": "a text of {} character or more",
    "pattern": "a name like {}",
    "uniqueItems": "each entry once",
}


@cache
def load_schema():
    """The JSON schema (draft 2020-12) of the configuration."""
    return yaml.safe_load(SCHEMA.read_text())


def validate_config(config):
    """Check a configuration and return it with all defaults filled in.

    Raises InputError that names the key, what was expected and what was found.
    """
    schema = load_schema()
    validator = _Validator(schema)
    errors = sorted(validator.iter_errors(config), key=lambda error: list(error.absolute_path))
    if errors:
        raise _explain(errors[0])
    if ("twin" in config) == ("data_dir" in config):
        found = "both" if "twin" in config else "neither"
        raise InputError("config", "either a section twin or a data_dir", found)
    config = _with_defaults(config, schema, schema)
    if config["structure"] == "clm45-10" and "npp" not in config["forcing"]:
        raise InputError("config forcing", "a key 'npp', which clm45-10 needs", "none")
    _check_meaning(config)
    return config


def check_config_file(path):
    """Raise InputError for a key that stands twice in the YAML file ``path``.

    YAML readers keep the last one and say nothing.
    """
    try:
        yaml.load(Path(path).read_text(encoding="utf-8-sig"), Loader=_OnceLoader)
    except _RepeatedKeyError as error:
        key, line = error.args
        raise InputError(f"{path}, line {line}", "each key once", f"{key!r} again") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(path, "a YAML file", " ".join(str(error).split())) from None


def config_digest(config):
    """Short digest of a configuration, for provenance."""
    text = json.dumps(config, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class _RepeatedKeyError(Exception):
    """A key and the line it is repeated in."""


class _OnceLoader(yaml.SafeLoader):
    def construct_mapping(self, node, deep=False):
        seen = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if name in seen:
                raise _RepeatedKeyError(name, key.start_mark.line + 1)
            seen.add(name)
        return super().construct_mapping(node, deep)


def _check_meaning(config):
    """What a schema cannot say: pairs in order, and numbers that must fit each other."""
    forcing, assimilation = config["forcing"], config["assimilation"]
    pairs = {
        "forcing.clm.years": forcing["clm"]["years"],
        "forcing.npp.years": forcing.get("npp", {}).get("years"),
        "twin.npp_years": config.get("twin", {}).get("npp_years"),
        "assimilation.acceptance_window": assimilation["acceptance_window"],
    }
    for key, pair in pairs.items():
        if pair and pair[0] > pair[1]:
            raise InputError(f"config {key}", "the smaller number first", repr(list(pair)))
    resolution = config["region"]["resolution"]
    if abs(180 / resolution - round(180 / resolution)) * resolution > 1e-6:
        raise InputError("config region.resolution", "a divisor of 180", f"{resolution:g}")
    for run in ("site", "one_batch"):
        steps, draws = assimilation[run]["steps"], assimilation[run]["draws"]
        left = steps - round(assimilation["burn_in"] * steps)
        if draws > left:
            expected = f"{left} or less, the steps that are left after burn-in"
            raise InputError(f"config assimilation.{run}.draws", expected, repr(draws))


def _explain(error):
    place = _place(error)
    if error.validator in ("anyOf", "oneOf") and error.context:
        return _explain_alternatives(error)
    if error.validator == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        unknown = sorted(set(error.instance) - set(known))[0]
        return _unknown(place, unknown, known)
    if "propertyNames" in error.schema_path:
        known = error.schema.get("enum")
        expected = f"names like {error.schema.get('pattern')}"
        return (
            _unknown(place, error.instance, known)
            if known
            else InputError(place, expected, repr(error.instance))
        )
    if error.validator == "required":
        missing = sorted(set(error.validator_value) - set(error.instance))[0]
        return InputError(place, f"a key {missing!r}", "none")
    if error.validator == "type":
        expected = error.validator_value
        expected = " or ".join(expected) if isinstance(expected, list) else expected
        hint = _number_hint(error.instance) if expected.startswith(("integer", "number")) else None
        return InputError(place, f"a value of type {expected}", repr(error.instance), hint)
    if error.validator == "enum":
        allowed = ", ".join(map(repr, error.validator_value))
        return InputError(place, f"one of {allowed}", repr(error.instance))
    expected = _LIMITS.get(error.validator, error.validator + " {}").format(error.validator_value)
    return InputError(place, expected, repr(error.instance))


def _number_hint(value):
    """Why what looks like a number is none."""
    if isinstance(value, float):
        return "a whole number without a point" if value.is_integer() else None
    try:
        float(value)
    except (TypeError, ValueError):
        return None
    return "YAML reads it as text: write all digits, without quotes"


def _place(error):
    return ("config " + ".".join(map(str, error.absolute_path))).strip()


def _unknown(place, unknown, known):
    nearest = difflib.get_close_matches(str(unknown), known, n=1, cutoff=0.0)
    hint = f"did you mean {nearest[0]!r}?" if nearest else None
    return InputError(place, f"one of {', '.join(known)}", repr(unknown), hint)


def _explain_alternatives(error):
    """The alternative of the stated ``format`` was meant; else the one that got furthest."""
    if isinstance(error.instance, dict):
        root = load_schema()
        formats = [_formats(resolve(part, root)) for part in error.validator_value]
        meant = error.instance.get("format")
        if any(formats):
            known = [name for names in formats for name in names]
            if "format" not in error.instance:
                return InputError(_place(error), "a key 'format'", "none")
            if meant not in known:
                return _unknown(_place(error) + ".format", meant, known)
            branch = next(i for i, names in enumerate(formats) if meant in names)
            inner = [e for e in error.context if e.relative_schema_path[0] == branch]
            return _explain(inner[0])
    return _explain(max(error.context, key=lambda nested: len(nested.absolute_path)))


def _formats(schema):
    rule = schema.get("properties", {}).get("format", {})
    return [rule["const"]] if "const" in rule else rule.get("enum", [])


def _with_defaults(value, schema, root):
    schema = resolve(schema, root)
    if not isinstance(value, dict):
        return value
    for branch in schema.get("oneOf", []):
        branch = resolve(branch, root)
        if value.get("format") in _formats(branch):
            schema = branch
    known, others = schema.get("properties", {}), schema.get("additionalProperties")
    filled = dict(value)
    for key, part in known.items():
        part = resolve(part, root)
        if key not in filled and "default" in part:
            filled[key] = part["default"]
        if key in filled:
            filled[key] = _with_defaults(filled[key], part, root)
    if isinstance(others, dict):
        for key in filled.keys() - known.keys():
            filled[key] = _with_defaults(filled[key], others, root)
    return filled


def resolve(schema, root):
    """The schema that a ``$ref`` to ``$defs`` of ``root`` stands for, or the schema itself."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return root["$defs"][name] | {k: v for k, v in schema.items() if k != "$ref"}
    return schema
